"""The task pane in a real browser, on a real server, beside a stand-in for Excel that holds a real workbook."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import CYCLE, Site
from excel_stand_in import book_json, saved
from signing import PASSWORD, person_of, token_of
from test_browser import CHROMIUM, CONTRAST, FLAGS, UNLABELLED
from waitress.server import create_server

from server.office.catalogue import page_catalogue
from server.office.routes import OFFICE_JS
from sop_xl.capabilities import BUTTONS, CELL_FUNCTIONS
from sop_xl.functions.calling import call

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
HOST = (Path(__file__).parent / "office_host.js").read_text(encoding="utf-8")
HISTORY = [[float(90 + month % 12 * 10 + month)] for month in range(36)]


@pytest.fixture(scope="module")
def address(office: Site) -> Iterator[str]:
    """The application behind a real server on loopback."""
    server = create_server(office.app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(5)


@dataclass
class Excel:
    """Excel with the pane open: the page, and what a person does."""

    page: Any
    complaints: list[str]

    def press(self, button: str) -> None:
        """Press a button in the pane and wait for what came of it."""
        self.page.evaluate("document.getElementById('result').hidden = true")
        self.page.click(f"button[data-button={button}]")
        self.page.wait_for_selector("#result:visible", timeout=120_000)

    def result(self) -> tuple[str, str]:
        """Return the mark and the text of the result."""
        return self.page.inner_text("#result-mark"), self.page.inner_text("#result-text")

    def cell(self, sheet: str, place: str) -> dict[str, Any]:
        """Return a cell of the stand-in."""
        return self.page.evaluate("([s, a]) => window.__host.cell(s, a)", [sheet, place])

    def type(self, sheet: str, place: str, value: Any) -> None:
        """Type into a cell."""
        self.page.evaluate("([s, a, v]) => window.__host.type(s, a, v)", [sheet, place, value])

    def book(self) -> dict[str, Any]:
        """Return the stand-in's workbook."""
        return self.page.evaluate("window.__host.book()")

    def repeat(self, journal: list[dict[str, Any]], tables: list[str]) -> dict[str, Any]:
        """Repeat a journal as the page does; an error comes back as its text."""
        script = """([journal, tables]) => import("/static/office/journal.js")
          .then((module) => module.apply(journal, tables, [])).catch((problem) => ({ problem: problem.message }))"""
        return self.page.evaluate(script, [journal, tables])

    def evaluate(self, name: str, *given: Any) -> Any:
        """Work out =SOP.NAME(...)."""
        count = next(f["arguments"] for f in page_catalogue()["functions"] if f["name"] == name)
        return self.page.evaluate("([n, g, c]) => window.__host.evaluate(n, g, c)", [name, list(given), count])


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for all tests of this file."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def excel(browser: Any, address: str, office: Site) -> Iterator[Callable[..., Excel]]:
    """Opens Excel on a workbook with the pane beside it, where the facilitator is signed in from before."""
    contexts = []
    facilitator = token_of(office.context, "facilitator", "facilitator")

    def opened(
        book: bytes, selection: tuple[str, str] | None = None, *, width: int = 360, token: str | None = None
    ) -> Excel:
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        kept = f"localStorage.setItem('partition-sop-xl.token', {json.dumps(facilitator if token is None else token)})"
        page.add_init_script(f"if (!localStorage.length) {kept}")
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        setup = f"window.__book = {json.dumps(book_json(book, selection))};\n"
        page.route(OFFICE_JS, lambda route: route.fulfill(content_type="text/javascript", body=setup + HOST))

        def save() -> str:
            typed = page.evaluate("window.__book.typed ?? []")
            return base64.b64encode(saved(book, typed) if typed else book).decode("ascii")

        page.expose_function("__save", save)
        page.goto(f"{address}/office/taskpane")
        page.wait_for_selector("#pane.ready")
        return Excel(page, complaints)

    yield opened
    for context in contexts:
        context.close()


def test_the_pane_is_ready_readable_and_knows_every_command_and_function(
    office: Site, excel: Callable[..., Excel]
) -> None:
    for width in (320, 400):
        pane = excel(office.book("sales"), width=width)
        assert pane.page.evaluate("window.__host.commands()") == list(BUTTONS)
        assert pane.page.evaluate("window.__host.functions()") == list(CELL_FUNCTIONS)
        assert pane.page.evaluate("document.documentElement.scrollWidth") <= width
        assert pane.page.evaluate(CONTRAST) == []
        assert pane.page.evaluate(UNLABELLED) == []
        assert pane.complaints == []


def test_a_reforecast_writes_what_the_macro_wrote_and_nothing_else(office: Site, excel: Callable[..., Excel]) -> None:
    book = office.book("sales")
    pane = excel(book)
    before = pane.book()
    pane.press("reforecast")
    assert pane.result()[0] == "Done"
    assert "2 products forecast over 6 buckets" in pane.result()[1]
    after = pane.book()
    changed = {
        (now["name"], place)
        for was, now in zip(before["sheets"], after["sheets"], strict=True)
        for place, cell in now["cells"].items()
        if cell != was["cells"].get(place, {"v": "", "f": "", "nf": "General", "locked": True})
    }
    macro = office.post("/office/buttons/reforecast", 200, data=form(book))
    written = {
        (step["sheet"], place)
        for step in macro["journal"]
        if step["op"] == "write"
        for place in cells_of(step["address"])
    }
    assert changed and changed <= written
    for step in macro["journal"]:
        if step["op"] == "write":
            values = [value for row in step["values"] for value in row]
            for place, value in zip(cells_of(step["address"]), values, strict=True):
                assert pane.cell(step["sheet"], place)["v"] == ("" if value is None else value)
    assert all(sheet["protection"]["protected"] for sheet in after["sheets"] if sheet["name"] in ("Forecast", "Checks"))
    assert pane.page.evaluate("window.__host.openFiles()") == 0


def test_errors_lead_to_their_cells(office: Site, excel: Callable[..., Excel]) -> None:
    pane = excel(saved(office.book("operations"), [("Resources", resource_cell(office), "eight")]))
    pane.press("validate")
    mark, text = pane.result()
    assert mark == "To correct" and text == "1 error in operations July.xlsx: they are listed on the sheet Checks."
    link = pane.page.locator("#issue-list .issue.error button.place").first
    assert link.inner_text() == f"Resources!{resource_cell(office)}"
    link.click()
    pane.page.wait_for_function("window.__host.log.selected.length > 0")
    assert pane.page.evaluate("window.__host.log.selected") == [f"Resources!{resource_cell(office)}"]
    assert pane.page.evaluate(CONTRAST) == []


def test_nothing_is_written_where_somebody_typed_meanwhile(office: Site, excel: Callable[..., Excel]) -> None:
    pane = excel(office.book("sales"))
    override = override_cell(pane)

    def type_then_go_on(route: Any) -> None:
        response = route.fetch()
        pane.type("Forecast", override, 1234)
        route.fulfill(response=response)

    pane.page.route("**/api/v1/office/buttons/*", type_then_go_on)
    before = pane.book()
    pane.press("reforecast")
    mark, text = pane.result()
    assert mark == "Changed meanwhile" and "Press the button again" in text
    after = pane.book()
    assert pane.cell("Forecast", override)["v"] == 1234
    for sheet in after["sheets"]:
        sheet["cells"].pop(override, None)
    for sheet in before["sheets"]:
        sheet["cells"].pop(override, None)
    assert after["sheets"] == before["sheets"]
    pane.page.unroute("**/api/v1/office/buttons/*")
    pane.press("reforecast")
    assert pane.result()[0] == "Done"
    assert pane.cell("Forecast", override)["v"] == 1234


def test_whoever_is_typing_is_waited_for_and_the_entry_counts(office: Site, excel: Callable[..., Excel]) -> None:
    pane = excel(office.book("sales"))
    override = override_cell(pane)

    def begin_to_type(route: Any) -> None:
        response = route.fetch()
        pane.page.evaluate("window.__host.edit()")
        route.fulfill(response=response)

    pane.page.route("**/api/v1/office/buttons/*", begin_to_type)
    pane.page.click("button[data-button=reforecast]")
    pane.page.wait_for_selector("text=Waiting for Excel")
    assert not pane.page.is_visible("#result")
    pane.page.evaluate("([s, a, v]) => window.__host.enter(s, a, v)", ["Forecast", override, 77])
    pane.page.wait_for_selector("#result:visible")
    assert pane.result()[0] == "Changed meanwhile"
    assert pane.cell("Forecast", override)["v"] == 77


def test_the_ribbon_presses_the_same_buttons(office: Site, excel: Callable[..., Excel]) -> None:
    pane = excel(office.book("sales"))
    pane.page.evaluate("window.__host.press('history')")
    mark, text = pane.result()
    assert mark == "Done" and "2 versions" in text
    sheets = [sheet["name"] for sheet in pane.book()["sheets"]]
    tables = {table["name"]: table for table in pane.book()["tables"]}
    assert tables["tblVersionHistory"]["sheet"] in sheets


def test_who_signs_in_in_the_pane_hands_in_under_that_name_and_signs_out(
    office: Site, excel: Callable[..., Excel]
) -> None:
    person_of(office.context, "brand manager", "contributor:marketing")
    pane = excel(office.book("marketing"), token="")
    page = pane.page
    page.wait_for_selector("#who:has-text('not signed in')")
    page.fill("#name", "brand manager")
    page.fill("#password", "a wrong guess")
    page.click("#sign-in >> text=Sign in")
    page.wait_for_selector("#notice:has-text('No one may sign in with this name and password')")
    page.fill("#password", PASSWORD)
    page.click("#sign-in >> text=Sign in")
    page.wait_for_selector("#who:has-text('brand manager')")
    assert page.input_value("#password") == "" and not page.is_visible("#sign-in")
    pane.complaints.clear()  # the browser's own lines about the refusals above
    pane.press("submit")
    mark, text = pane.result()
    assert mark == "Done", text
    received = office.get(f"/cycles/{CYCLE}")["submissions"]
    assert ("marketing", "brand manager") in [(each["function"], each["submitter"]) for each in received]
    assert pane.evaluate("COVER", 100, [[50], [50]]) == rows(call("COVER", [100, [[50], [50]]]))
    page.reload()
    page.wait_for_selector("#who:has-text('brand manager')")
    assert pane.complaints == []
    page.click("#account > summary")
    manager = office.as_("brand manager", "contributor:marketing")

    def revoked() -> list[bool]:
        return [bool(token["revoked_at"]) for token in manager.get("/tokens") if token["label"] == "Excel add-in"]

    assert revoked() == [False]
    page.click("#sign-out")
    page.wait_for_selector("#who:has-text('not signed in')")
    assert revoked() == [True], "whoever copied the token cannot use it any more"
    pane.press("status")
    assert "Nobody is signed in" in pane.result()[1]


def test_a_one_time_password_is_changed_in_the_pane(office: Site, excel: Callable[..., Excel]) -> None:
    person = {"name": "new planner", "roles": ["reader"]}
    once = office.as_("boss", "administrator").post("/people", 201, json=person)["one_time_password"]
    pane = excel(office.book("marketing"), token="")
    page = pane.page
    page.fill("#name", "new planner")
    page.fill("#password", once)
    assert not page.is_visible("#new-password")
    page.click("#sign-in >> text=Sign in")
    page.wait_for_selector("#notice:has-text('one-time password')")
    page.fill("#new-password", PASSWORD)
    page.click("#sign-in >> text=Sign in")
    page.wait_for_selector("#who:has-text('new planner')")
    assert page.input_value("#new-password") == ""


@pytest.mark.parametrize("button", ["submit", "refresh", "get_workbook"])
def test_the_book_of_another_function_is_refused_in_the_pane(
    office: Site, excel: Callable[..., Excel], button: str
) -> None:
    pane = excel(office.book("operations"), token=token_of(office.context, "a controller", "contributor:finance"))
    before = office.get(f"/cycles/{CYCLE}")["submissions"]
    pane.press(button)
    assert pane.result()[0] == "To correct"
    assert "belongs to operations; you plan for finance" in pane.page.inner_text("#result")
    assert office.get(f"/cycles/{CYCLE}")["submissions"] == before


def test_the_workbook_of_a_function_is_opened_in_excel(office: Site, excel: Callable[..., Excel]) -> None:
    pane = excel(office.book("finance"))
    pane.press("get_workbook")
    pane.page.click("text=Open in Excel")
    pane.page.wait_for_function("window.__host.log.created.length === 1")
    data = base64.b64decode(pane.page.evaluate("window.__host.log.created[0]"))
    assert data == office.book("finance")


def test_a_custom_function_gives_what_rest_and_the_function_itself_give(
    office: Site, excel: Callable[..., Excel]
) -> None:
    pane = excel(office.book("sales"))
    itself = call("FORECAST", [HISTORY, 6])
    assert pane.evaluate("FORECAST", HISTORY, 6) == itself
    assert office.post("/functions/FORECAST", 200, json={"arguments": [HISTORY, 6]})["value"] == itself
    assert pane.evaluate("NEWSVENDOR") == [[call("NEWSVENDOR", [])]]
    broken = call("FORECAST", [[["#N/A"], *HISTORY[1:]], 6])
    assert pane.evaluate("FORECAST", [[{"code": "#N/A"}], *HISTORY[1:]], 6) == rows(broken)


def test_cells_of_one_recalculation_travel_together(office: Site, excel: Callable[..., Excel]) -> None:
    pane = excel(office.book("sales"))
    sent: list[int] = []

    def count(request: Any) -> None:
        if request.url.endswith("/api/v1/functions"):
            sent.append(len(request.post_data_json))

    pane.page.on("request", count)
    found = pane.page.evaluate(
        "(h) => Promise.all([1, 2, 3, 4].map((n) => window.__host.evaluate('FORECAST', [h, n], 9)))", HISTORY
    )
    assert [len(each) for each in found] == [1, 2, 3, 4]
    assert sent == [4]


def test_a_server_that_is_gone_is_told_in_pane_and_cells(office: Site, excel: Callable[..., Excel]) -> None:
    pane = excel(office.book("sales"))
    pane.page.route("**/api/v1/**", lambda route: route.abort())
    pane.press("validate")
    assert pane.result() == ("Not done", "The server cannot be reached. Check your connection.")
    value = pane.evaluate("FORECAST", HISTORY, 6)
    assert value == [["#S&OP: The server cannot be reached. Check your connection."]]


def test_a_token_goes_with_every_request_and_its_refusal_asks_to_sign_in(
    office: Site, excel: Callable[..., Excel]
) -> None:
    pane = excel(office.book("sales"))
    headers: list[str] = []
    pane.page.evaluate("localStorage.setItem('partition-sop-xl.token', 'sopxl_abc')")

    def refuse(route: Any) -> None:
        headers.append(route.request.headers.get("authorization", ""))
        problem = {"title": "Sign in first", "detail": "The token is not known.", "status": 401}
        route.fulfill(status=401, json=problem)

    pane.page.route("**/api/v1/**", refuse)
    pane.press("validate")
    assert pane.result()[1] == "Sign in first. The token is not known."
    assert pane.page.locator("#account").get_attribute("open") is not None
    assert pane.evaluate("FORECAST", HISTORY, 6) == [["#S&OP: sign in first: S&OP tab, Open pane"]]
    assert set(headers) == {"Bearer sopxl_abc"}


RISKY = ["=1+1", "+1", "-x", "@SUM(A1)", "'quoted", "007", "1/2", "3-4", "1e5", "TRUE", "50%", "=HYPERLINK(1)", "plain"]


def test_text_stays_text_whatever_it_begins_with(office: Site, excel: Callable[..., Excel]) -> None:
    pane = excel(office.book("sales"))
    journal = [
        {"op": "sheet_add", "name": "Answers", "after": "Forecast"},
        {"op": "write", "sheet": "Answers", "address": f"A1:A{len(RISKY)}", "values": [[text] for text in RISKY]},
        {"op": "write", "sheet": "Answers", "address": "B1:D1", "values": [[1.5, True, None]]},
    ]
    assert pane.repeat(journal, []) == {"cells": len(RISKY) + 3, "texts": [], "changed": []}
    cells = [pane.cell("Answers", f"A{row}") for row in range(1, len(RISKY) + 1)]
    assert [(cell["v"], cell["f"]) for cell in cells] == [(text, "") for text in RISKY]
    assert [pane.cell("Answers", place)["v"] for place in ("B1", "C1", "D1")] == [1.5, True, ""]
    assert [sheet["name"] for sheet in pane.book()["sheets"]][1:3].count("Answers") == 1


def test_a_cell_that_would_not_keep_its_text_is_emptied_and_told(office: Site, excel: Callable[..., Excel]) -> None:
    pane = excel(office.book("sales"))
    journal = [
        {"op": "sheet_add", "name": "Answers", "after": ""},
        {"op": "format", "sheet": "Answers", "address": "A1", "property": "number_format", "value": "drops quotes"},
        {"op": "write", "sheet": "Answers", "address": "A1:A2", "values": [["=1+1"], ["=2+2"]]},
    ]
    assert pane.repeat(journal, []) == {"cells": 2, "texts": ["Answers!A1"], "changed": []}
    assert (pane.cell("Answers", "A1")["v"], pane.cell("Answers", "A1")["f"]) == ("", "")
    assert pane.cell("Answers", "A2")["v"] == "=2+2"


@pytest.mark.parametrize(
    "step",
    [
        {"op": "write", "sheet": "Pipeline", "address": "B6", "values": [["x"]]},
        {"op": "formula", "sheet": "Home", "address": "A1", "formulas": [["=1"]], "array": False},
        {"op": "table_resize", "name": "tblPipeline", "sheet": "Pipeline", "address": "B5:K90"},
        {"op": "sheet_delete", "name": "Pipeline"},
    ],
    ids=lambda step: step["op"],
)
def test_the_page_itself_refuses_what_is_none_of_the_button_s_tables(
    office: Site, excel: Callable[..., Excel], step: dict[str, Any]
) -> None:
    pane = excel(office.book("sales"))
    before = pane.book()
    told = pane.repeat([step], ["tblChecks"])
    assert "none of this button's tables" in told["problem"] or "structure" in told["problem"]
    assert pane.book() == before


def test_a_sheet_with_a_password_stays_as_it_is(office: Site, excel: Callable[..., Excel]) -> None:
    pane = excel(office.book("sales"))
    for name in ("Forecast", "Checks"):
        pane.page.evaluate(
            "(n) => window.__book.sheets.forEach((s) => (s.protection.password = s.name === n ? 'secret' : ''))", name
        )
        before = pane.book()
        pane.press("reforecast")
        mark, text = pane.result()
        assert mark == "Not done"
        assert text == f"The sheet {name} is protected with a password. Take the protection off and press again."
        assert pane.book() == before


def test_a_large_answer_goes_in_lots_that_excel_on_the_web_takes(office: Site, excel: Callable[..., Excel]) -> None:
    pane = excel(office.book("sales"))
    rows, columns = 2600, 60
    values = [[f"text of row {row} and column {column}" for column in range(columns)] for row in range(rows)]
    journal = [
        {"op": "sheet_add", "name": "Answers", "after": ""},
        {"op": "write", "sheet": "Answers", "address": f"A1:BH{rows}", "values": values},
    ]
    assert pane.repeat(journal, [])["cells"] == rows * columns
    assert pane.cell("Answers", f"BH{rows}")["v"] == values[-1][-1]
    assert pane.page.evaluate("window.__host.log.syncs") < 60


def form(book: bytes) -> dict[str, Any]:
    """Return the form that presses a button."""
    import io

    return {"workbook": (io.BytesIO(book), "book.xlsx")}


def cells_of(address: str) -> list[str]:
    """Return the addresses of the cells of a block, row by row."""
    from openpyxl.utils import get_column_letter, range_boundaries

    left, top, right, bottom = range_boundaries(address)
    return [f"{get_column_letter(c)}{r}" for r in range(top, bottom + 1) for c in range(left, right + 1)]


def resource_cell(office: Site) -> str:
    """Return the cell of the hours a shift of the only resource."""
    sheet = next(s for s in book_json(office.book("operations"))["sheets"] if s["name"] == "Resources")
    return next(place for place, cell in sheet["cells"].items() if cell["v"] == 8)


def override_cell(pane: Excel) -> str:
    """Return the first cell of an override in the forecast grid."""
    sheet = next(s for s in pane.book()["sheets"] if s["name"] == "Forecast")
    row = next(place for place, cell in sheet["cells"].items() if cell["v"] == "Sales override")
    number = "".join(sign for sign in row if sign.isdigit())
    return next(
        place
        for place, cell in sheet["cells"].items()
        if place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == number and not cell["locked"] and cell["v"] in ("", 1000)
    )


def rows(value: Any) -> Any:
    """Return a value as the rows a custom function gives."""
    return value if isinstance(value, list) else [[value]]
