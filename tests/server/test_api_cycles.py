"""Cycles over HTTP: data are checked, kept and issued; books know the version they came from."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import CYCLE, Site, cycle_form
from small_company import BASE, MONTHS, SEASON, tables, zipped

from sop_xl.schema.catalogue import FUNCTIONS
from sop_xl.schema.parse import parse
from sop_xl.workbook.reading import read_workbook


def test_a_cycle_is_issued_with_a_baseline_for_every_product_and_bucket(site: Site) -> None:
    found = site.get(f"/cycles/{CYCLE}")
    assert (found["state"], len(found["versions"]), found["plan"]) == ("collecting", 1, None)
    issued = found["versions"][0]
    assert (issued["kind"], issued["hash"], issued["parent"]) == ("issued", found["head"], "")
    rows = site.get(f"/versions/{issued['hash']}/tables/baseline")
    assert len(rows) == MONTHS * len(BASE)
    for row in rows:
        season = SEASON[int(row["period"][5:7]) - 1]
        assert row["baseline"] == pytest.approx(BASE[row["product"]] * season, rel=0.02)
        assert 0 <= row["p10"] <= row["baseline"] <= row["p90"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_book_knows_its_cycle_and_version_and_reads_back_without_findings(site: Site, function: str) -> None:
    reading = read_workbook(site.book(function))
    issued = site.get(f"/cycles/{CYCLE}")["head"]
    assert (reading.meta["function"], reading.meta["cycle"], reading.meta["base_version"]) == (function, CYCLE, issued)
    assert reading.issues == ()
    assert parse(reading.raw_tables).issues == ()


def test_the_sales_book_is_prefilled_with_baseline_range_and_last_year(site: Site) -> None:
    sheet = parse(read_workbook(site.book("sales")).raw_tables).tables["sales_forecast"]
    baseline = site.get(f"/versions/{site.get(f'/cycles/{CYCLE}')['head']}/tables/inputs/baseline")
    product = baseline[0]["product"]
    expected = sum(row["baseline"] for row in baseline if row["product"] == product)
    shown = sheet[sheet["product"] == product]
    assert shown["baseline"].sum() == pytest.approx(expected)
    assert (shown["p10"] <= shown["baseline"]).all() and (shown["baseline"] <= shown["p90"]).all()
    assert shown["history_y1"].notna().any()
    assert sheet["sales_override"].isna().all()


def test_a_book_is_the_same_file_however_often_it_is_made(site: Site) -> None:
    assert site.client.get(f"/api/v1/cycles/{CYCLE}/books/finance").data == site.book("finance")
    site.context.files._files.clear()
    answer = site.client.get(f"/api/v1/cycles/{CYCLE}/books/finance")
    assert answer.data == site.book("finance")
    assert answer.headers["X-Version"] == site.get(f"/cycles/{CYCLE}")["head"]


def test_single_files_do_as_well_as_a_zip(empty_site: Site) -> None:
    given = {name: text.encode() for name, text in tables().items() if name in ("history", "settings")}
    files = [(io.BytesIO(text), f"{name}.csv") for name, text in given.items()]
    empty_site.post("/cycles", 201, data={"name": "small", "files": files})
    assert empty_site.done("small")["state"] == "done"
    data = empty_site.get("/cycles/small")["submissions"][0]
    kept = empty_site.client.get(f"/api/v1/submissions/{data['id']}/file").data
    with zipfile.ZipFile(io.BytesIO(kept)) as archive:
        assert archive.namelist() == ["history.csv", "settings.csv"]
        assert archive.read("history.csv") == given["history"]


def test_data_with_errors_create_no_cycle_but_are_kept_with_every_finding(empty_site: Site) -> None:
    wrong = b"product,location,period,units\nP1,ALL,2026-01-01,ten\nP1,ALL,2026-02-01,\nP1,ALL,yesterday,5\n"
    problem = empty_site.post("/cycles", 422, data=cycle_form(wrong, file="history.csv"))
    assert problem["type"] == "/problems/invalid-data"
    cells = {issue["cell"]: issue["message"] for issue in problem["issues"] if issue["severity"] == "error"}
    assert {"units:2", "units:3", "period:4"} <= set(cells)
    assert empty_site.get("/cycles") == []
    kept = empty_site.get(f"/submissions/{problem['submission']}")
    assert (kept["state"], kept["function"], kept["cycle"]) == ("returned", "data", None)
    assert empty_site.client.get(f"/api/v1/submissions/{problem['submission']}/file").data == wrong


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("data.zip", b"not a zip", "cannot be opened"),
        ("forecast.pdf", b"%PDF-1.4", "neither a CSV file nor a workbook"),
        ("nonsense.csv", b"a,b\n1,2\n", "not the name of an input table"),
        ("data.xlsx", b"PK but no workbook", ""),
        ("history.csv", b"", "empty"),
    ],
)
def test_files_that_are_no_data_say_so(empty_site: Site, file: str, content: bytes, message: str) -> None:
    problem = empty_site.post("/cycles", 422, data=cycle_form(content, file=file))
    assert any(message in issue["message"] for issue in problem["issues"])
    assert all(issue["message"] and issue["hint"] is not None for issue in problem["issues"])


def test_a_name_is_used_once(site: Site) -> None:
    problem = site.post("/cycles", 409, data=cycle_form(zipped(tables()), name=f" {CYCLE} "))
    assert (problem["type"], problem["cycle"]) == ("/problems/cycle-exists", CYCLE)


@pytest.mark.parametrize("missing", ["name", "files"])
def test_what_is_missing_is_named(empty_site: Site, missing: str) -> None:
    form: dict[str, Any] = cycle_form(b"product,period,units\nP1,2026-07-01,1\n", file="demand.csv")
    del form[missing]
    problem = empty_site.post("/cycles", 422, data=form)
    assert problem["type"] == "/problems/invalid-request"
    assert list(problem["fields"]) == [missing]


def test_books_are_not_handed_out_before_they_are_ready(empty_site: Site) -> None:
    empty_site.post("/cycles", 201, data=cycle_form(zipped(tables())))
    early = empty_site.client.get(f"/api/v1/cycles/{CYCLE}/books/sales")
    assert (early.status_code, early.json["type"]) == (409, "/problems/not-issued")
    assert empty_site.get(f"/cycles/{CYCLE}")["state"] == "gathering"
    assert empty_site.done()["state"] == "done"
    assert empty_site.client.get(f"/api/v1/cycles/{CYCLE}/books/sales").status_code == 200


def test_a_cycle_whose_books_were_interrupted_is_issued_after_a_restart(
    open_site: Callable[..., Site], tmp_path: Path
) -> None:
    first = open_site(tmp_path / "s.sqlite")
    first.post("/cycles", 201, data=cycle_form(zipped(tables())))
    first.context.workers.close()
    assert first.get(f"/cycles/{CYCLE}/progress")["state"] == "running"
    assert first.get(f"/cycles/{CYCLE}")["versions"] == []
    second = open_site(tmp_path / "s.sqlite")
    assert second.done()["state"] == "done"
    assert [v["kind"] for v in second.get(f"/cycles/{CYCLE}")["versions"]] == ["issued"]
    assert second.post(f"/cycles/{CYCLE}/issue", 409)["type"] == "/problems/already-issued"


@pytest.mark.parametrize(
    "path",
    [
        *("/cycles/none", "/cycles/none/progress", "/cycles/none/books/sales", "/cycles/none/pack"),
        *("/versions/00000000", "/submissions/s-none", "/submissions/s-none/file", f"/cycles/{CYCLE}/books/weather"),
        "/nowhere",
    ],
)
def test_what_is_not_there_is_a_problem_document(site: Site, path: str) -> None:
    answer = site.client.get(f"/api/v1{path}")
    assert answer.content_type == "application/problem+json"
    assert (answer.json["status"], answer.json["type"]) == (404, "/problems/not-found")
