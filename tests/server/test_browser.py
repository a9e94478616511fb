"""A month in a real browser: data in, books, submissions, plan, commitment; nothing blocked, nothing unreadable."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import CYCLE, Site, sales_book, typed
from small_company import tables, zipped
from waitress.server import create_server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]

CONTRAST = """() => {
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((c) => c / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const colour = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (node) => {
    for (let n = node; n; n = n.parentElement) {
      const c = colour(getComputedStyle(n).backgroundColor);
      if (c.length === 3 || c[3] > 0.9) return c.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), node = walker.currentNode.parentElement;
    if (!text || text === "·" || !node.checkVisibility() || node.closest(".visually-hidden, .skip")) continue;
    const [a, b] = [luminance(colour(getComputedStyle(node).color)), luminance(ground(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(getComputedStyle(node).fontSize);
    if (ratio < (size >= 24 ? 3 : 4.5)) faint.push(`${text.slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return faint;
}"""
UNLABELLED = """() => [...document.querySelectorAll("input:not([type=hidden]), textarea, select")]
  .filter((field) => !field.labels.length).map((field) => field.name)"""


@pytest.fixture
def address(empty_site: Site) -> Iterator[str]:
    """The application behind a real server on loopback."""
    server = create_server(empty_site.app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(5)


def test_a_month_from_data_to_commitment(empty_site: Site, address: str, tmp_path: Path) -> None:
    from playwright.sync_api import Page, sync_playwright

    data, wrong, right = tmp_path / "data.zip", tmp_path / "wrong.xlsx", tmp_path / "sales.xlsx"
    data.write_bytes(zipped(tables()))
    complaints: list[str] = []

    def fits(page: Page) -> None:
        assert page.evaluate(CONTRAST) == []
        assert page.evaluate(UNLABELLED) == []
        assert page.locator("h1").count() == 1

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1360, "height": 900})
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))

        page.goto(address)
        fits(page)
        page.fill("#name", CYCLE)
        page.fill("#author", "facilitator")
        page.set_input_files("#files", str(data))
        page.click("text=Check the data and start")
        page.wait_for_selector("text=Hand out the books.", timeout=120_000)
        fits(page)

        with page.expect_download() as download:
            page.click("tr:has-text('Sales') >> text=Download")
        assert download.value.suggested_filename == f"{CYCLE}-sales.xlsx"
        wrong.write_bytes(
            typed(empty_site.book("operations"), "resources", {"resource": "LINE"}, hours_per_shift="eight")
        )
        page.set_input_files("#file", str(wrong))
        page.fill("#submitter-name", "plant manager")
        page.click("button:has-text('Submit')")
        page.wait_for_selector("text=Returned: 1 error to correct.")
        assert page.locator("tr.issue-error").inner_text().startswith("Error\tResources!")
        fits(page)
        page.click("nav >> text=Cycles")
        page.click(f"h2 >> text={CYCLE}")
        right.write_bytes(sales_book(empty_site))
        page.set_input_files("#file", str(right))
        page.fill("#submitter-name", "sales lead")
        page.click("button:has-text('Submit')")
        page.click("text=Back to the cycle")

        page.fill("#consolidator", "facilitator")
        page.click("button:has-text('Consolidate')")
        page.wait_for_selector("text=The plan is ready to be decided.", timeout=120_000)
        fits(page)
        drawn = page.evaluate("[...document.querySelectorAll('canvas')].map((c) => Boolean(Chart.getChart(c)))")
        assert drawn == [True] * 3

        page.fill("#decider", "managing director")
        page.fill("#reason", "best for the year")
        page.click("text=Commit this plan")
        page.wait_for_selector("text=Committed and immutable.")
        fits(page)
        page.click("nav >> text=Version history")
        page.wait_for_selector("text=The history is whole.")
        fits(page)
        browser.close()
    assert complaints == []
