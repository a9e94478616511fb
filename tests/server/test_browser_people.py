"""The administrator's first day in a real browser: one-time password, people, a token for Excel, the audit log."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Site
from test_browser import CHROMIUM, FLAGS, fits, served

from server.actions.people import first_administrator

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
OWN = "a kettle boils in the hall"


def test_from_the_one_time_password_to_a_team_with_tokens(empty_site: Site, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    with empty_site.context.database.update() as connection:
        connection.exec_driver_sql("DELETE FROM tokens")
        connection.exec_driver_sql("DELETE FROM people")
    first = first_administrator(empty_site.context)
    assert first is not None
    complaints: list[str] = []
    with served(empty_site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1360, "height": 900})
        page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
        page.goto(f"{address}/administration/people")
        fits(page)
        page.fill("#name", "administrator")
        page.fill("#password", first.password)
        page.click("main button:has-text('Sign in')")
        page.wait_for_selector("text=Choose your password")
        fits(page)
        for field, text in (("old", first.password), ("new", OWN), ("again", OWN)):
            page.fill(f"#{field}", text)
        page.click("button:has-text('Change the password')")
        page.wait_for_selector("text=Your password was changed.")

        page.click("nav >> text=Administration")
        page.wait_for_selector("text=You are alone so far")
        fits(page)
        page.fill("#name", "Plant manager")
        page.check("input[value=contributor]")
        page.check("input[value=operations]")
        page.click("text=Add and show the one-time password")
        handed_over = page.locator("code.secret").inner_text()
        fits(page)
        page.click("tbody >> text=Plant manager")
        page.wait_for_selector("h2 >> text=Rights")
        fits(page)
        page.click("main >> text=Audit log")
        page.wait_for_selector("td >> text=Add a person")
        fits(page)
        page.click("main >> text=Tokens")
        page.wait_for_selector("text=No token yet")
        page.click("text=Sign out")
        page.wait_for_selector("h1 >> text=Sign in")

        page.fill("#name", "plant manager")
        page.fill("#password", handed_over)
        page.click("main button:has-text('Sign in')")
        for field, text in (("old", handed_over), ("new", OWN), ("again", OWN)):
            page.fill(f"#{field}", text)
        page.click("button:has-text('Change the password')")
        page.fill("#label", "Excel on the laptop")
        page.click("text=Make a token")
        assert page.locator("code.secret").inner_text().startswith("sopxl_")
        fits(page)
        assert page.locator("nav >> text=Administration").count() == 0
        browser.close()
    assert complaints == []
