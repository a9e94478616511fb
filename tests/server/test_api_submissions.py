"""Submissions over HTTP: answered cell by cell, kept whatever they are, recognised when they come again."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msoffcrypto.format.ooxml
import pytest
from conftest import CYCLE, Site, cycle_form, typed
from small_company import tables, zipped

from server.store import events
from server.store.verify import verify
from sop_xl.workbook.filling import Filler


def encrypted(book: bytes) -> bytes:
    sink = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(book)).encrypt("secret", sink)
    return sink.getvalue()


def test_a_book_as_issued_is_valid_and_its_bytes_are_kept(site: Site) -> None:
    book = site.book("operations")
    answer = site.submit(book, by="operations planner", name="renamed (3).xlsx")
    assert (answer["state"], answer["function"], answer["issues"]) == ("validated", "operations", [])
    assert answer["base_version"] == site.get(f"/cycles/{CYCLE}")["head"]
    assert site.client.get(f"/api/v1/submissions/{answer['id']}/file").data == book
    row = next(f for f in site.get(f"/cycles/{CYCLE}")["functions"] if f["function"] == "operations")
    assert (row["state"], row["latest"], row["submissions"]) == ("validated", answer["id"], 1)


LINE = {"resource": "LINE"}
ROUTE = {"product": "KETTLE", "location": "PLANT", "operation": "10", "resource": "LINE"}


def test_a_cell_with_an_error_is_named_with_sheet_table_message_and_hint(site: Site) -> None:
    book = site.book("operations")
    sheet, cell = Filler(book).type("resources", LINE, "hours_per_shift", "eight")
    answer = site.submit(typed(book, "resources", LINE, hours_per_shift="eight"))
    assert answer["state"] == "returned"
    (issue,) = [issue for issue in answer["issues"] if issue["severity"] == "error"]
    assert (issue["sheet"], issue["table"], issue["cell"]) == (sheet, "resources", cell)
    assert "eight" in issue["message"] and issue["hint"]


def test_codes_are_checked_against_the_cycle_when_they_are_sent(site: Site) -> None:
    book = site.book("operations")
    sheet, cell = Filler(book).type("routings", ROUTE, "resource", "NO-SUCH-LINE")
    answer = site.submit(typed(book, "routings", ROUTE, resource="NO-SUCH-LINE"))
    assert answer["state"] == "returned"
    places = [(i["sheet"], i["cell"]) for i in answer["issues"] if "NO-SUCH-LINE" in i["message"]]
    assert places == [(sheet, cell)]


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.4 not a workbook",
        b"",
        b"PK\x03\x04 cut off in the middle",
        b"\xd0\xcf\x11\xe0 an old xls" + b"\0" * 600,
    ],
    ids=["pdf", "empty", "truncated", "xls"],
)
def test_a_file_that_cannot_be_read_is_refused_but_kept(site: Site, content: bytes) -> None:
    if not content:
        assert site.submit(content, 422)["type"] == "/problems/invalid-request"
        return
    problem = site.submit(content, 422, name="sales.xlsx")
    assert (problem["type"], problem["recognised"]) == ("/problems/unreadable-file", False)
    kept = site.get(f"/submissions/{problem['submission']}")
    assert (kept["state"], kept["readable"], kept["file_name"]) == ("returned", False, "sales.xlsx")
    assert site.client.get(f"/api/v1/submissions/{problem['submission']}/file").data == content
    again = site.submit(content, 422, name="sales.xlsx")
    assert (again["submission"], again["recognised"]) == (problem["submission"], True)


def test_an_encrypted_workbook_says_so_and_is_kept(site: Site) -> None:
    problem = site.submit(encrypted(site.book("sales")), 422)
    assert any(word in problem["detail"].lower() for word in ("password", "encrypted", "protected"))
    assert len(site.get(f"/cycles/{CYCLE}")["submissions"]) == 2  # the data, and this


def test_the_same_bytes_are_recognised_whoever_sends_them(site: Site) -> None:
    book = site.book("finance")
    first = site.submit(book, 201, by="controller")
    second = site.submit(book, 200, by="assistant", name="copy of finance.xlsx")
    assert (second["id"], second["recognised"], second["submitter"]) == (first["id"], True, "controller")
    assert len(site.get(f"/cycles/{CYCLE}")["submissions"]) == 2


def test_the_same_file_sent_at_once_by_many_is_stored_once(site: Site) -> None:
    book = site.book("finance")
    with ThreadPoolExecutor(4) as pool:
        send = [pool.submit(_send, site, book) for _ in range(4)]
    answers = [future.result() for future in send]
    assert sorted(status for status, _ in answers) == [200, 200, 200, 201]
    assert len({found["id"] for _, found in answers}) == 1


def _send(site: Site, content: bytes) -> tuple[int, Any]:
    form = {"file": (io.BytesIO(content), "finance.xlsx")}
    answer = site.as_("controller", "contributor:finance").client.post(f"/api/v1/cycles/{CYCLE}/submissions", data=form)
    return answer.status_code, answer.json


def test_a_newer_book_of_the_same_sender_takes_the_place_of_the_older(site: Site) -> None:
    book = site.book("operations")
    first = site.submit(book, by="Plant Manager")
    second = site.submit(typed(book, "resources", LINE, hours_per_shift=9), by="plant manager")
    states = {s["id"]: s["state"] for s in site.get(f"/cycles/{CYCLE}")["submissions"]}
    assert (states[first["id"]], states[second["id"]]) == ("superseded", "validated")


def test_a_book_of_another_cycle_is_returned(site: Site) -> None:
    site.post("/cycles", 201, data=cycle_form(zipped(tables()), name="2026-08"))
    assert site.done("2026-08")["state"] == "done"
    other = site.client.get("/api/v1/cycles/2026-08/books/sales").data
    answer = site.submit(other)
    assert answer["state"] == "returned"
    assert f"issued for the cycle 2026-08, not for {CYCLE}" in answer["issues"][0]["message"]


def test_a_workbook_that_is_none_of_ours_is_returned(site: Site) -> None:
    from openpyxl import Workbook

    book, sink = Workbook(), io.BytesIO()
    book.create_sheet("Budget").append(["Family", "Period", "Quantity"])
    book.save(sink)
    form = {"file": (io.BytesIO(sink.getvalue()), "mine.xlsx")}
    answer = site.client.post(f"/api/v1/cycles/{CYCLE}/submissions", data=form)
    assert answer.status_code in (201, 422)
    assert site.get(f"/cycles/{CYCLE}")["submissions"][-1]["state"] == "returned"


def test_a_store_with_all_of_this_verifies(site: Site) -> None:
    site.submit(site.book("marketing"))
    site.submit(b"not a workbook", 422)
    assert site.get("/verify") == {
        "ok": True,
        "versions": 1,
        "events": 4,
        "submissions": 3,
        "head": site.get(f"/cycles/{CYCLE}")["head"],
        "breaks": [],
    }
    with site.context.database.read() as connection:
        assert verify(connection).ok


def test_what_is_missing_is_named(site: Site) -> None:
    problem = site.post(f"/cycles/{CYCLE}/submissions", 422, data={"submitter": ""})
    assert list(problem["fields"]) == ["file"]


def test_a_facilitator_says_who_filled_in_a_mailed_file_and_others_submit_in_their_own_name(site: Site) -> None:
    book = site.book("finance")
    form = {"submitter": "controller", "file": (io.BytesIO(site.book("sales")), "sales.xlsx")}
    own = site.as_("planner", "contributor:sales").post(f"/cycles/{CYCLE}/submissions", 201, data=form)
    assert own["submitter"] == "planner"
    form = {"submitter": "controller", "file": (io.BytesIO(book), "mailed.xlsx")}
    sent = site.post(f"/cycles/{CYCLE}/submissions", 201, data=form)
    assert sent["submitter"] == "controller"
    with site.context.database.read() as connection:
        (received,) = events.of_subject(connection, sent["id"], ("received",))
    assert received.actor == "facilitator", "who sent it in is kept beside who filled it in"


def test_a_product_that_others_still_need_cannot_be_taken_away(site: Site) -> None:
    book = site.book("product")
    answer = site.submit(typed(book, "products", {"product": "TOASTER"}, product="TOASTER-2"))
    assert answer["state"] == "returned"
    needing = {issue["table"] for issue in answer["issues"] if "'TOASTER' is not known" in issue["message"]}
    assert {"routings", "inventory", "price_cost"} <= needing
