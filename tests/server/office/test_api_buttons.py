"""Buttons over HTTP: what the desktop's own calculation gives, hostile files refused, workbooks never mixed."""

from __future__ import annotations

import io
import json
import threading
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from conftest import CYCLE, Site, typed
from signing import token_of
from test_browser import served

from sop_xl.buttons.request import Request
from sop_xl.buttons.wire import answer_from_json, request_to_json
from sop_xl.capabilities import BUTTONS
from sop_xl.client import Client
from sop_xl.schema.parse import parse
from sop_xl.workbook.reading import read_workbook

KEY = {"product": "KETTLE", "location": "PLANT", "channel": "ALL", "period": date(2026, 9, 1)}


def pressed(office: Site, button: str, book: bytes, status: int = 200, **fields: str) -> Any:
    """Press a button on a workbook over HTTP."""
    data = {"workbook": (io.BytesIO(book), "book.xlsx"), **fields}
    answer = office.as_("facilitator").client.post(f"/api/v1/office/buttons/{button}", data=data)
    assert answer.status_code == status, answer.text[:2000]
    return answer.json


def request_of(button: str, book: bytes) -> dict[str, Any]:
    """Return the request that a desktop sends for a workbook."""
    reading = read_workbook(book, file_name="book.xlsx")
    request = Request(button, "book.xlsx", tuple(reading.raw_tables), reading.meta, tuple(reading.issues))
    return request_to_json(request)


def test_the_list_is_the_catalogue(office: Site) -> None:
    listed = office.get("/buttons")
    assert [each["name"] for each in listed] == list(BUTTONS)
    reforecast = next(each for each in listed if each["name"] == "reforecast")
    assert reforecast["tables"] == ["tblSalesForecast", "tblHistoryCorrections", "tblChecks"]


def test_a_desktop_and_a_workbook_get_the_same_forecast(office: Site) -> None:
    book = office.book("sales")
    sent = request_of("reforecast", book)
    answer = answer_from_json(office.post(f"/cycles/{CYCLE}/buttons/reforecast", 200, json=sent))
    assert not answer.failed and answer.message == "2 products forecast over 6 buckets; overrides are as they were."
    forecast = next(output for output in answer.outputs if output.table == "sales_forecast").rows
    journal = pressed(office, "reforecast", book)["journal"]
    written = {
        round(value, 6)
        for step in journal
        if step["op"] == "write" and step["sheet"] == "Forecast"
        for row in step["values"]
        for value in row
        if isinstance(value, float)
    }
    assert {round(float(value), 6) for value in forecast["baseline"]} <= written


def test_an_override_in_the_workbook_counts_in_the_plan(office: Site) -> None:
    book = office.book("sales")
    more = typed(book, "sales_forecast", KEY, sales_override=2000.0, reason="account win")
    assert (
        parse(read_workbook(more, file_name="b.xlsx").raw_tables).tables["sales_forecast"]["sales_override"].max()
        == 2000
    )
    usual, grown = (pressed(office, "feasibility", each)["message"] for each in (book, more))
    assert usual.startswith("310 units cannot be delivered")
    assert int(grown.split()[0].replace(",", "")) > 1000


def test_what_is_selected_is_explained(office: Site) -> None:
    book = typed(office.book("sales"), "sales_forecast", KEY, sales_override=900.0, reason="account win")
    reading = read_workbook(book, file_name="b.xlsx")
    grid = next(raw for raw in reading.raw_tables if raw.name == "sales_forecast")
    column = next(letter for letter, values in zip(grid.letters, grid.data, strict=True) if 900.0 in values)
    row = next(grid.row_numbers[values.index(900.0)] for values in grid.data if 900.0 in values)
    chosen = json.dumps({"sheet": "Forecast", "address": f"{column}{row}"})
    told = pressed(office, "explain", book, selection=chosen)
    assert not told["failed"] and "900" in told["message"], told["message"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"", "invalid-request"), (b"PK\x03\x04 cut off", "unreadable-file"), (b"%PDF-1.7", "unreadable-file")],
    ids=["empty", "damaged", "a PDF"],
)
def test_what_is_no_workbook_is_told_and_costs_nothing(office: Site, content: bytes, kind: str) -> None:
    problem = pressed(office, "validate", content, 422)
    assert problem["type"] in (f"/problems/{kind}", "/problems/unreadable-file")
    assert not pressed(office, "validate", office.book("sales"))["failed"]


def test_a_hostile_workbook_brings_down_no_more_than_its_own_answer(office: Site) -> None:
    sink = io.BytesIO()
    far = xlsxwriter.Workbook(sink, {"in_memory": True})
    sheet = far.add_worksheet("Forecast")
    sheet.write(0, 0, "A1")
    sheet.write(1_048_575, 16_383, "XFD1048576")
    sheet.add_table(1_000_000, 16_000, 1_048_575, 16_383, {"name": "tblSalesForecast"})
    far.close()
    answer = office.client.post(
        "/api/v1/office/buttons/validate", data={"workbook": (io.BytesIO(sink.getvalue()), "far.xlsx")}
    )
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/unreadable-file")
    assert "span" in answer.json["detail"]
    assert not pressed(office, "validate", office.book("sales"))["failed"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"selection": "[1]"}, "selection"),
        ({"selection": '{"sheet": "Forecast"}'}, "sheet and an address"),
        ({"entered": '{"title": 3}'}, "entered"),
        ({"entered": "{"}, "entered"),
    ],
)
def test_wrong_fields_are_told(office: Site, fields: dict[str, str], told: str) -> None:
    problem = pressed(office, "validate", office.book("sales"), 422, **fields)
    assert problem["type"] == "/problems/invalid-request" and told in problem["detail"]


def test_unknown_buttons_and_cycles_are_told(office: Site) -> None:
    assert pressed(office, "nothing", b"x", 404)["type"] == "/problems/not-found"
    told = pressed(office, "feasibility", office.book("sales"), cycle="2099-01")
    assert told["failed"] and told["issues"][0]["message"] == "The server knows no cycle '2099-01'."
    request = request_of("reforecast", office.book("sales"))
    assert office.post(f"/cycles/{CYCLE}/buttons/validate", 422, json=request)["type"] == "/problems/invalid-request"
    assert office.post(f"/cycles/{CYCLE}/buttons/settings", 404, json={"button": "settings"})["status"] == 404
    wrong = {**request, "tables": [{"name": "no_such_table"}]}
    assert office.post(f"/cycles/{CYCLE}/buttons/reforecast", 422, json=wrong)["type"] == "/problems/invalid-request"


def test_sixty_four_presses_on_eight_threads_never_mix_workbooks(office: Site) -> None:
    book = office.book("sales")
    books = {
        n: typed(book, "sales_forecast", KEY, sales_override=10_000.0 + n, reason=f"=marker {n}") for n in range(64)
    }
    found: dict[int, set[int]] = {}
    waiting = list(books)
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                number = waiting.pop()
            told = json.dumps(pressed(office, "validate", books[number])["journal"])
            found[number] = {n for n in books if f"=marker {n}'" in told}

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: {number} for number in books}


def test_lists_that_come_in_parts_are_put_together(office: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pressed(office, "history", office.book("sales"))["message"]
    monkeypatch.setattr("server.office.answering._MOST", 1)
    assert pressed(office, "history", office.book("sales"))["message"] == whole
    newest_first = [version["hash"] for version in office.get("/versions")]
    assert len(newest_first) >= 2 and whole.startswith(f"{len(newest_first)} versions")
    monkeypatch.setattr("sop_xl.client._MOST", 1)
    with served(office) as url:
        client = Client(url, token_of(office.context, "facilitator"))
        assert [version["hash"] for version in client.versions()] == newest_first[::-1], "oldest first"
        assert client.versions("no such cycle") == []
        assert [cycle["id"] for cycle in client.cycles()] == [CYCLE]
