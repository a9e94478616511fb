"""The pages say what the store says, work without scripts, and answer mistakes in plain words."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from conftest import CYCLE, Site, cycle_form, sales_book
from flask.testing import FlaskClient
from small_company import tables, zipped

from server.pages.formats import short


def text_of(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return re.sub(r"\s+", " ", answer.text)


def test_an_empty_server_says_what_to_do_first(empty_site: Site) -> None:
    assert "No cycle yet" in text_of(empty_site.client, "/")
    assert "No version yet" in text_of(empty_site.client, "/versions")


def test_a_cycle_is_started_from_the_form_and_opened(empty_site: Site) -> None:
    answer = empty_site.client.post("/cycles", data=cycle_form(zipped(tables())))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/cycles/{CYCLE}")
    page = text_of(empty_site.client, f"/cycles/{CYCLE}")
    assert "Making the baseline and the books" in page
    fragment = empty_site.client.get(f"/cycles/{CYCLE}/progress")
    assert "<progress" in fragment.text and "HX-Refresh" not in fragment.headers
    empty_site.done()
    assert empty_site.client.get(f"/cycles/{CYCLE}/progress").headers["HX-Refresh"] == "true"
    assert "Hand out the books." in text_of(empty_site.client, f"/cycles/{CYCLE}")


def test_data_with_errors_come_back_as_a_list_with_cells(empty_site: Site) -> None:
    answer = empty_site.client.post(
        "/cycles", data=cycle_form(b"product,period,units\nP,2026-01-01,x\n", file="history.csv")
    )
    page = re.sub(r"\s+", " ", answer.text)
    assert answer.status_code == 422
    assert "units:2" in page and "history" in page and "What to do:" in page
    assert "Data that did not start a cycle" in text_of(empty_site.client, "/")


def test_a_returned_workbook_shows_its_findings_and_how_to_go_on(site: Site) -> None:
    form: dict[str, Any] = {"file": (io.BytesIO(b"no workbook"), "sales.xlsx")}
    answer = site.client.post(f"/cycles/{CYCLE}/submissions", data=form)
    assert answer.status_code == 303
    page = text_of(site.client, answer.headers["Location"])
    assert "The file could not be read." in page and "The attempt is kept." in page
    cycle = text_of(site.client, f"/cycles/{CYCLE}")
    assert "Every file received (1)" in cycle and "0 of 6 functions" in cycle


def test_the_page_shows_who_submitted_and_the_figures_of_the_plan(planned: Site) -> None:
    found = planned.get(f"/cycles/{CYCLE}")
    page = text_of(planned.client, f"/cycles/{CYCLE}")
    assert "2 of 6 functions" in page and "sales lead" in page and "controller" in page
    chosen = next(r for r in found["plan"]["comparison"] if r["scenario"] == found["plan"]["recommended"])
    for figure in ("revenue", "gross_margin", "stock_value", "cash"):
        assert short(chosen[figure]) in page
    assert found["plan"]["recommendation"]["text"].replace("'", "&#39;") in page
    for version in found["versions"]:
        assert version["hash"][:10] in page
    for row in found["plan"]["comparison"]:
        assert row["title"] in page


def test_every_scenario_can_be_looked_at(planned: Site) -> None:
    for name, scenario in planned.get(f"/cycles/{CYCLE}")["plan"]["scenarios"].items():
        answer = planned.client.get(f"/cycles/{CYCLE}", query_string={"scenario": name})
        heading = re.search(r'<h2 id="plan-title">Plan</h2>\s*<p class="muted">([^<]+)', answer.text)
        assert heading is not None and heading[1].strip() == scenario["title"]


def test_a_decision_is_made_from_the_form_and_refused_when_it_is_late(planned: Site) -> None:
    page = planned.client.get(f"/cycles/{CYCLE}").text
    parent = re.search(r'name="expected_parent" value="(\w+)"', page)
    assert parent is not None
    form = {"scenario": "base", "reason": "because", "expected_parent": parent[1]}
    answer = planned.browser("director", "executive").post(f"/cycles/{CYCLE}/commit", data=form)
    assert answer.status_code == 303
    version = text_of(planned.client, answer.headers["Location"])
    assert "Committed and immutable." in version and "director decided for" in version
    late = planned.browser("someone else", "executive").post(f"/cycles/{CYCLE}/commit", data=form)
    assert late.status_code == 409
    assert "Someone stored a newer version" in late.text and "by director" in late.text
    assert "Next cycle" in text_of(planned.client, f"/cycles/{CYCLE}")


def test_a_newer_submission_asks_for_a_new_consolidation(planned: Site) -> None:
    planned.submit(sales_book(planned, 1100), by="sales lead")
    page = text_of(planned.client, f"/cycles/{CYCLE}")
    assert "1 submission is newer than the plan." in page


def test_the_version_page_lists_every_table_as_csv(planned: Site) -> None:
    head = planned.get(f"/cycles/{CYCLE}")["head"]
    page = planned.client.get(f"/versions/{head}").text
    links = re.findall(r'href="(/api/v1/versions/[^"]+format=csv)"', page)
    assert len(links) == len(planned.get(f"/versions/{head}")["tables"])
    for link in links[:: max(1, len(links) // 12)]:
        assert planned.client.get(link.replace("&amp;", "&")).mimetype == "text/csv"


def test_the_history_page_tells_a_change_behind_its_back(planned: Site) -> None:
    assert "The history is whole." in text_of(planned.client, "/versions/check")
    with planned.context.database.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER versions_no_update")
        connection.exec_driver_sql("UPDATE versions SET author = 'nobody' WHERE seq = 2")
    page = text_of(planned.client, "/versions/check")
    assert "The history was changed." in page and "First break: version 2" in page


@pytest.mark.parametrize("path", ["/cycles/none", "/versions/ffffffff", "/submissions/none", "/nowhere"])
def test_what_is_not_there_has_a_page_with_a_way_back(site: Site, path: str) -> None:
    page = text_of(site.client, path, 404)
    assert "There is nothing at this address" in page and 'href="/"' in page
