"""A month in a real browser, from data to a signed plan; nothing blocked or unreadable, nothing wider than a phone."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import CYCLE, Site, sales_book, typed
from signing import sign_in
from small_company import tables, zipped
from waitress.server import create_server

if TYPE_CHECKING:
    from playwright.sync_api import Page

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
  .filter((field) => !field.labels.length && !field.ariaLabel).map((field) => field.name)"""
NARROW = "() => document.documentElement.scrollWidth <= window.innerWidth"
PAGES = ("", "/submissions", "/consolidation", "/plan", "/scenarios", "/decisions", "/history")


def charts_are_drawn(page: Page) -> None:
    """Wait until the page has charts and each is drawn."""
    drawn: list[bool] = []
    until = time.monotonic() + 20
    while not (drawn and all(drawn)) and time.monotonic() < until:
        page.wait_for_timeout(50)
        drawn = page.evaluate("[...document.querySelectorAll('canvas')].map((c) => Boolean(window.Chart?.getChart(c)))")
    assert drawn and all(drawn)


@contextmanager
def served(site: Site) -> Iterator[str]:
    """Put an application behind a real server on loopback."""
    server = create_server(site.app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(5)


@pytest.fixture
def address(empty_site: Site) -> Iterator[str]:
    """Where the application without a cycle is served."""
    with served(empty_site) as url:
        yield url


@pytest.fixture
def site_address(site: Site) -> Iterator[str]:
    """Where the application with the issued cycle is served."""
    with served(site) as url:
        yield url


def fits(page: Page) -> None:
    """Check that the page can be read by everybody, at desk and on a phone."""
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(UNLABELLED) == []
    assert page.locator("h1").count() == 1
    size = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(NARROW, timeout=5_000)  # charts follow the width of the window a moment later
    assert size is not None
    page.set_viewport_size(size)


def hand_in(page: Page, book: Path, content: bytes) -> None:
    """Hand in a workbook on the page of submissions."""
    book.write_bytes(content)
    page.set_input_files("#file", str(book))
    page.click("button:has-text('Submit')")


def tab(page: Page, name: str) -> None:
    """Open a page of the cycle by its tab."""
    page.click(f"nav[aria-label='Pages of the cycle'] >> text={name}")


def test_the_facilitators_month_from_data_to_a_signed_plan(empty_site: Site, address: str, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    data = tmp_path / "data.zip"
    data.write_bytes(zipped(tables()))
    complaints: list[str] = []

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)

        def enter(name: str, *roles: str) -> Page:
            page = browser.new_context(viewport={"width": 1360, "height": 900}).new_page()
            page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            sign_in(page, address, empty_site.context, name, *roles)
            return page

        page = enter("facilitator", "facilitator")
        fits(page)
        page.fill("#name", CYCLE)
        page.set_input_files("#files", str(data))
        page.click("text=Check the data and start")
        page.wait_for_selector("text=Hand out the books.", timeout=180_000)
        fits(page)

        operations = enter("plant manager", "contributor:operations")
        operations.goto(f"{address}/cycles/{CYCLE}/submissions")
        with operations.expect_download() as download:
            operations.click("tr#operations >> text=as issued")
        assert download.value.suggested_filename == f"{CYCLE}-operations.xlsx"
        book = Path(download.value.path()).read_bytes()
        hand_in(
            operations, tmp_path / "slip.xlsx", typed(book, "resources", {"resource": "LINE"}, hours_per_shift="eight")
        )
        operations.wait_for_selector("text=Returned: 1 error to correct.")
        fits(operations)
        operations.click("tr.issue-error a")
        assert operations.locator("td.here").inner_text() == "eight"
        fits(operations)
        operations.goto(f"{address}/cycles/{CYCLE}/submissions")
        hand_in(operations, tmp_path / "renamed (2).xlsx", book)
        operations.wait_for_selector("text=Validated.")

        for name, units in (("sales lead", 1000), ("key account", 1300)):
            sales = enter(name, "contributor:sales")
            sales.goto(f"{address}/cycles/{CYCLE}/submissions")
            assert sales.locator("tr#finance >> text=as issued").count() == 0, "the books of others are not offered"
            hand_in(sales, tmp_path / f"{units}.xlsx", sales_book(empty_site, units))
            sales.wait_for_selector("text=Validated.")
        assert sales.goto(f"{address}/cycles/{CYCLE}/consolidation").status == 200
        assert sales.locator("button:has-text('Settle'), button:has-text('Consolidate')").count() == 0
        controller = enter("controller", "contributor:finance")
        controller.goto(f"{address}/cycles/{CYCLE}/submissions")
        hand_in(controller, tmp_path / "finance.xlsx", empty_site.book("finance"))
        controller.wait_for_selector("text=Validated.")

        tab(page, "Submissions")
        page.click("tr#finance >> button:has-text('Accept')")
        page.wait_for_selector("tr#finance >> text=accepted")
        page.click("tr#operations >> summary:has-text('Return')")
        page.fill("tr#operations >> textarea", "The second shift of October is missing.")
        page.click("tr#operations >> text=Return with this comment")
        page.wait_for_selector("text=Operations: returned by facilitator")
        fits(page)
        operations.reload()
        assert "The second shift of October is missing." in operations.inner_text("main")

        tab(page, "Consolidation")
        page.wait_for_selector("text=1 conflict is open.")
        fits(page)
        page.check("label.claim:has-text('key account') >> input")
        page.fill("article.conflict >> input[name=reason]", "the chain has signed")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Settled by people (1)")
        fits(page)
        page.click("button:has-text('Consolidate')")
        page.wait_for_selector("text=The plan is ready to be decided.", timeout=180_000)
        for path in PAGES:
            page.goto(f"{address}/cycles/{CYCLE}{path}")
            fits(page)
        tab(page, "Plan")
        charts_are_drawn(page)
        page.click("#explorer tbody >> text=KETTLES")
        page.click("#explorer tbody >> text=KETTLE")
        page.wait_for_selector("figcaption:has-text('Consensus demand of KETTLE')")
        assert page.locator("#explorer tbody tr").count() == 1
        fits(page)

        tab(page, "History")
        page.click("#versions >> button:has-text('Compare')")
        page.wait_for_selector("h1:has-text('What differs')")
        row = page.locator("#cells tbody tr", has_text="Sales override").inner_text()
        assert "1,300" in row and "the chain has signed" in row
        fits(page)

        director = enter("managing director", "executive")
        director.goto(f"{address}/cycles/{CYCLE}/decisions")
        assert director.locator("text=Add an action").count() == 1
        director.fill("#reason", "best for the year")
        director.click("text=Commit this plan")
        director.wait_for_selector("text=Committed and immutable.")
        director.click("#signatures >> button")
        director.wait_for_selector("#signatures >> text=approved")
        fits(director)
        page.goto(f"{address}/cycles/{CYCLE}/decisions")
        page.fill("#new-text", "Hire for the second shift")
        page.fill("#new-owner", "plant manager")
        page.fill("#new-due", "2026-08-31")
        page.click("button:has-text('Add')")
        page.wait_for_selector("text=Hire for the second shift")
        fits(page)

        reader = enter("visitor", "reader")
        for path in PAGES:
            assert reader.goto(f"{address}/cycles/{CYCLE}{path}").status == 200
            assert reader.locator("main form[method=post]").count() == 0, path
        page.click("nav[aria-label='Main'] >> text=Version history")
        page.wait_for_selector("text=The history is whole.")
        fits(page)
        browser.close()
    assert complaints == []


def test_on_a_phone_what_is_wrong_and_what_to_decide_stand_in_view(site: Site, site_address: str) -> None:
    """At 375 px nothing essential of findings and reviews needs scrolling sideways; long words wrap."""
    from playwright.sync_api import sync_playwright

    key: dict[str, str | date] = {
        "product": "KETTLE",
        "location": "PLANT",
        "channel": "ALL",
        "period": date(2026, 9, 1),
    }
    wrong = site.submit(typed(site.book("sales"), "sales_forecast", key, sales_override="x" * 200), by="sales lead")
    site.submit(site.book("finance"), by="controller")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 375, "height": 812})
        sign_in(page, site_address, site.context, "facilitator", "facilitator")
        page.goto(f"{site_address}/submissions/{wrong['id']}")
        told = page.locator(".roomy td", has_text="x" * 20).last
        box = told.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 375
        page.goto(f"{site_address}/cycles/{CYCLE}/submissions")
        for name in ("Accept", "Return"):
            button = page.locator("#finance .reviews").get_by_text(name).first
            box = button.bounding_box()
            assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 375, name
        assert page.evaluate(NARROW)
        browser.close()


def test_a_conflict_is_settled_by_keyboard_alone(site: Site, site_address: str) -> None:
    from playwright.sync_api import sync_playwright

    for name, units in (("sales lead", 1000), ("key account", 1300)):
        site.submit(sales_book(site, units), by=name)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        sign_in(page, site_address, site.context, "facilitator", "facilitator")
        page.goto(f"{site_address}/cycles/{CYCLE}/consolidation")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.name") == "take":
                break
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        for _ in range(6):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.name") == "reason":
                break
        page.keyboard.type("agreed by both")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Settled by people (1)")
        assert "1,300" in page.inner_text("#conflicts")
        browser.close()
