"""From submissions to a committed plan over HTTP: merged, planned, committed once, carried to the next cycle."""

from __future__ import annotations

import io
import threading
from datetime import date
from urllib.parse import quote

import pytest
from conftest import CYCLE, Site, consolidated, cycle_form, sales_book
from small_company import BASE, SEASON, tables, zipped

from sop_xl.workbook.pack import read_pack

SEPTEMBER = "2026-09-01"


def decision(site: Site, **changed: str) -> dict[str, str]:
    found = site.get(f"/cycles/{CYCLE}")
    given = {"scenario": "base", "reason": "best for the year"}
    return {**given, "expected_parent": found["head"], **changed}


def director(site: Site) -> Site:
    return site.as_("managing director", "executive")


def test_a_consolidated_version_names_what_it_was_made_from(planned: Site) -> None:
    found = planned.get(f"/cycles/{CYCLE}")
    issued, plan = found["versions"]
    assert (found["state"], plan["kind"], plan["parent"], found["head"]) == (
        "consolidated",
        "consolidated",
        issued["hash"],
        plan["hash"],
    )
    used = {s["id"]: s["sha256"] for s in found["submissions"] if s["function"] != "data"}
    assert {source["id"]: source["sha256"] for source in found["plan"]["submissions"]} == used
    assert [s["state"] for s in found["submissions"]] == ["validated", "reconciled", "reconciled"]


def test_every_changed_cell_is_told_with_its_person_and_reason(planned: Site) -> None:
    changes = planned.get(f"/versions/{planned.get(f'/cycles/{CYCLE}')['head']}/tables/changes")
    override = next(c for c in changes if c["column"] == "sales_override")
    assert (override["before"], override["after"], override["submitter"]) == ("", "1000", "sales lead")
    assert "account win" in override["reason"] and SEPTEMBER in override["key"]
    assert {c["function"] for c in changes} == {"sales"}


def test_the_override_reaches_consensus_and_the_gap_is_what_the_line_cannot_make(planned: Site) -> None:
    found = planned.get(f"/cycles/{CYCLE}")
    demand = planned.get(f"/versions/{found['head']}/tables/scenarios/base/consensus_demand")
    (september,) = [r for r in demand if r["product"] == "KETTLE" and r["period"] == SEPTEMBER]
    assert september["consensus"] == pytest.approx(1000.0)
    wanted = sum(row["consensus"] for row in demand)
    sales = planned.get(f"/versions/{found['head']}/tables/sales_plan?scenario=base")
    assert sum(row["delivered"] for row in sales) <= 8940 + 200 + 1e-6
    gap = sum(row["demand"] - row["on_time"] for row in sales)
    assert gap >= wanted - 9140 - 1e-6
    rows = found["plan"]["scenarios"]["base"]["gaps"]["rows"]
    assert sum(row["units"] for row in rows) == pytest.approx(gap, rel=1e-6)
    assert all("LINE" in row["cause"] for row in rows)


def test_the_summary_adds_up_to_the_tables_it_was_made_from(planned: Site) -> None:
    found = planned.get(f"/cycles/{CYCLE}")
    for row in found["plan"]["comparison"]:
        name = row["scenario"]
        summary = found["plan"]["scenarios"][name]
        money = planned.get(f"/versions/{found['head']}/tables/profit_and_loss?scenario={quote(name, safe='')}")
        revenue = sum(line["revenue"] for line in money)
        assert revenue == pytest.approx(row["revenue"])
        assert revenue == pytest.approx(sum(family["revenue"] for family in summary["families"]))
        assert revenue == pytest.approx(sum(period["revenue"] for period in summary["periods"]))
        assert sum(map(sum, (line["units"] for line in summary["gaps"]["grid"]["rows"]))) == pytest.approx(
            sum(period["demand"] - period["on_time"] for period in summary["periods"]), abs=1e-3
        )
    assert found["plan"]["recommendation"]["scenario"] == found["plan"]["recommended"]


def test_tables_come_as_json_and_as_csv_with_the_same_values(planned: Site) -> None:
    head = planned.get(f"/cycles/{CYCLE}")["head"]
    rows = planned.get(f"/versions/{head}/tables/inputs/products")
    answer = planned.client.get(f"/api/v1/versions/{head}/tables/inputs/products?format=csv")
    assert answer.mimetype == "text/csv"
    lines = [line.replace('"', "").split(",") for line in answer.text.splitlines()]
    assert [row["product"] for row in rows] == [line[lines[0].index("product")] for line in lines[1:]]
    detail = planned.get(f"/versions/{head}")
    assert {"inputs/history", "cycle/reconciliation", "scenarios/base/gaps"} <= {t["name"] for t in detail["tables"]}


def test_committing_stores_the_scenario_with_name_and_reason(planned: Site) -> None:
    parent = planned.get(f"/cycles/{CYCLE}")["head"]
    version = director(planned).post(f"/cycles/{CYCLE}/commit", 201, json=decision(planned))
    assert (version["kind"], version["parent"], version["author"]) == ("committed", parent, "managing director")
    detail = planned.get(f"/versions/{version['hash']}")
    names = {table["name"] for table in detail["tables"]}
    assert {"plan/sales_plan", "plan/profit_and_loss", "plan/family_pages", "inputs/history"} <= names
    assert not any(name.startswith("scenarios/") for name in names)
    plan = planned.get(f"/versions/{version['hash']}/tables/plan/profit_and_loss")
    assert plan == planned.get(f"/versions/{parent}/tables/scenarios/base/profit_and_loss")
    found = planned.get(f"/cycles/{CYCLE}")
    assert found["state"] == "committed"
    assert [s["state"] for s in found["submissions"]] == ["validated", "committed", "committed"]
    assert planned.get("/verify")["ok"]


@pytest.mark.parametrize(("header", "status"), [(False, 409), (True, 412)], ids=["body", "If-Match"])
def test_a_decision_on_an_old_version_is_refused_with_the_newest(planned: Site, header: bool, status: int) -> None:
    old = decision(planned)
    newest = director(planned).post(f"/cycles/{CYCLE}/commit", 201, json=old)
    headers = {"If-Match": f'"{old.pop("expected_parent")}"'} if header else {}
    problem = director(planned).post(f"/cycles/{CYCLE}/commit", status, json=old, headers=headers)
    assert (problem["head"]["hash"], problem["head"]["author"]) == (newest["hash"], "managing director")
    assert len(planned.get("/versions")) == 3


def test_of_two_decisions_at_once_one_is_stored(planned: Site) -> None:
    answers: list[int] = []
    start, given = threading.Barrier(4), decision(planned)

    def commit(number: int) -> None:
        client = planned.as_(f"director {number}", "executive").client
        start.wait()
        answer = client.post(f"/api/v1/cycles/{CYCLE}/commit", json=given)
        answers.append(answer.status_code)

    threads = [threading.Thread(target=commit, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, 409, 409, 409]
    assert [v["kind"] for v in planned.get("/versions")] == ["committed", "consolidated", "issued"]


def test_a_candidate_is_a_version_with_who_and_why_and_commits_nothing(planned: Site) -> None:
    before = planned.get(f"/cycles/{CYCLE}")
    given = decision(planned, reason="service first")
    director(planned).post(f"/cycles/{CYCLE}/candidate", 403, json=given)
    version = planned.post(f"/cycles/{CYCLE}/candidate", 201, json=given)
    assert (version["kind"], version["scenario"], version["parent"]) == ("candidate", "base", before["head"])
    assert (version["message"], version["author"]) == ("service first", "facilitator")
    plan = planned.get(f"/versions/{version['hash']}/tables/plan/profit_and_loss")
    assert plan == planned.get(f"/versions/{before['head']}/tables/scenarios/base/profit_and_loss")
    found = planned.get(f"/cycles/{CYCLE}")
    assert (found["state"], found["head"]) == ("consolidated", version["hash"])
    assert [s["state"] for s in found["submissions"]] == [s["state"] for s in before["submissions"]]
    assert planned.post(f"/cycles/{CYCLE}/candidate", 409, json=given)["head"]["kind"] == "candidate"
    event = next(name for name, row in before["plan"]["scenarios"].items() if row["kind"] == "event")
    refused = planned.post(f"/cycles/{CYCLE}/candidate", 422, json=decision(planned, scenario=event))
    assert refused["type"] == "/problems/unknown-scenario"
    committed = director(planned).post(f"/cycles/{CYCLE}/commit", 201, json=decision(planned))
    assert committed["parent"] == version["hash"]
    assert planned.get("/verify")["ok"]


def test_what_nobody_decides_cannot_be_committed(planned: Site) -> None:
    scenarios = planned.get(f"/cycles/{CYCLE}")["plan"]["scenarios"]
    event = next(name for name, scenario in scenarios.items() if scenario["kind"] == "event")
    problem = director(planned).post(f"/cycles/{CYCLE}/commit", 422, json=decision(planned, scenario=event))
    assert problem["type"] == "/problems/unknown-scenario"
    assert "base" in problem["scenarios"] and event not in problem["scenarios"]


@pytest.mark.parametrize("missing", ["reason", "scenario", "expected_parent"])
def test_a_decision_needs_a_scenario_a_reason_and_what_was_seen(planned: Site, missing: str) -> None:
    problem = director(planned).post(f"/cycles/{CYCLE}/commit", 422, json={**decision(planned), missing: ""})
    assert problem["type"] in ("/problems/invalid-request", "/problems/unknown-scenario")


def test_nothing_is_committed_before_it_is_consolidated(site: Site) -> None:
    assert site.post(f"/cycles/{CYCLE}/commit", 409, json=decision(site))["type"] == "/problems/nothing-consolidated"
    assert site.get(f"/cycles/{CYCLE}/pack", 409)["type"] == "/problems/nothing-consolidated"
    form = cycle_form(zipped(tables()), name="next")
    assert site.post(f"/cycles/{CYCLE}/next", 409, data=form)["type"] == "/problems/nothing-committed"


def test_the_pack_shows_the_version_it_was_made_from(planned: Site) -> None:
    version = director(planned).post(f"/cycles/{CYCLE}/commit", 201, json=decision(planned))
    answer = planned.client.get(f"/api/v1/cycles/{CYCLE}/pack")
    pack = read_pack(answer.data)
    assert (pack.version, answer.headers["X-Version"], pack.issues) == (version["hash"], version["hash"], ())
    rows = planned.get(f"/versions/{version['hash']}/tables/plan/profit_and_loss")
    assert pack.tables["profit_and_loss"]["revenue"].sum() == pytest.approx(sum(row["revenue"] for row in rows))
    parent = version["parent"]
    older = planned.client.get(f"/api/v1/cycles/{CYCLE}/pack?version={parent}&scenario=base")
    assert read_pack(older.data).version == parent


def test_work_on_a_cycle_is_done_once_at_a_time_and_polled(site: Site) -> None:
    site.post(f"/cycles/{CYCLE}/consolidate", 202)
    second = site.post(f"/cycles/{CYCLE}/consolidate", 409)
    assert second["type"] == "/problems/busy"
    running = site.get(f"/cycles/{CYCLE}/progress")
    assert (running["state"], running["task"]) == ("running", "consolidate")
    done = site.done()
    assert (done["state"], done["share"]) == ("done", 1.0)
    assert done["version"] == site.get(f"/cycles/{CYCLE}")["head"]


def test_a_consolidation_that_is_cut_short_stores_nothing(site: Site) -> None:
    site.post(f"/cycles/{CYCLE}/consolidate", 202)
    site.context.solvers.close()
    failed = site.done()
    assert (failed["state"], failed["problem"]["type"]) == ("failed", "/problems/calculation-failed")
    assert [v["kind"] for v in site.get("/versions")] == ["issued"]


def test_two_people_who_want_a_cell_differently_are_both_heard(site: Site) -> None:
    site.submit(sales_book(site, 1000), by="sales lead")
    site.submit(sales_book(site, 1300), by="key account")
    plan = consolidated(site)["plan"]
    assert {name: plan["conflicts"][name] for name in ("total", "open")} == {"total": 1, "open": 1}
    (conflict,) = plan["conflicts"]["rows"]
    (cell,) = conflict["cells"]
    assert [sender["submitter"] for sender in conflict["senders"]] == ["sales lead", "key account"]
    assert (cell["issued"], [wanted["value"] for wanted in cell["wanted"]]) == (None, [1000, 1300])


def test_the_next_cycle_carries_the_committed_plan_as_its_targets(planned: Site) -> None:
    version = director(planned).post(f"/cycles/{CYCLE}/commit", 201, json=decision(planned))
    form = cycle_form(zipped(tables(date(2026, 8, 1))), name="2026-08")
    made = planned.post(f"/cycles/{CYCLE}/next", 201, data=form)
    assert made["follows"] == CYCLE
    assert planned.done("2026-08")["state"] == "done"
    issued = planned.get("/cycles/2026-08")["versions"][0]
    assert issued["parent"] == version["hash"]
    committed = planned.get(f"/versions/{version['hash']}/tables/plan/sales_plan")
    july = sum(r["delivered"] for r in committed if r["family"] == "KETTLES" and r["period"] == "2026-07-01")
    actuals = planned.get(f"/versions/{issued['hash']}/tables/inputs/actuals")
    (past,) = [r for r in actuals if r["family"] == "KETTLES" and r["period"] == "2026-07-01"]
    assert past["sales_plan"] == pytest.approx(july)
    assert past["sales_units"] == 800
    commitments = planned.get(f"/versions/{issued['hash']}/tables/inputs/prior_commitments")
    assert [c["commitment"] for c in commitments] == [f"PLAN {CYCLE}"]
    assert "best for the year" in commitments[0]["text"] and commitments[0]["owner"] == "managing director"
    target = sum(r["delivered"] for r in committed if r["period"] >= "2026-08-01")
    assert home_numbers(planned.client.get("/api/v1/cycles/2026-08/books/sales").data) == pytest.approx(target)
    assert planned.get("/verify")["ok"]


def home_numbers(book: bytes) -> float:
    """Return the committed sales that the sheet Home of a book shows."""
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_name("Home").to_python()
    return next(
        float(cells[cells.index("Committed sales, units") + 1]) for cells in rows if "Committed sales, units" in cells
    )


def test_without_new_files_the_next_cycle_starts_from_the_committed_inputs(planned: Site) -> None:
    director(planned).post(f"/cycles/{CYCLE}/commit", 201, json=decision(planned))
    planned.post(f"/cycles/{CYCLE}/next", 201, data={"name": "again"})
    assert planned.done("again")["state"] == "done"
    issued = planned.get("/cycles/again")["head"]
    overrides = [
        r for r in planned.get(f"/versions/{issued}/tables/inputs/sales_forecast") if r["sales_override"] is not None
    ]
    assert [(r["product"], r["period"], r["sales_override"]) for r in overrides] == [("KETTLE", SEPTEMBER, 1000.0)]


def test_overdue_actions_hold_up_the_next_cycle_and_those_that_wait_go_along(planned: Site) -> None:
    for text, status in (("Second shift", "open"), ("Tell the customers", "done")):
        body = {"text": text, "owner": "plant manager", "due": "2026-01-31", "status": status}
        planned.post(f"/cycles/{CYCLE}/actions", 201, json=body)
    director(planned).post(f"/cycles/{CYCLE}/commit", 201, json=decision(planned))
    sent = zipped(tables(date(2026, 8, 1)))
    problem = planned.post(f"/cycles/{CYCLE}/next", 409, data=cycle_form(sent, name="2026-08"))
    assert (problem["type"], problem["actions"]) == ("/problems/overdue-actions", ["A01"])
    form = {**cycle_form(sent, name="2026-08"), "despite": "the shift starts next week"}
    planned.post(f"/cycles/{CYCLE}/next", 201, data=form)
    assert planned.done("2026-08")["state"] == "done"
    carried = {action["code"]: action for action in planned.get("/cycles/2026-08/actions")}
    assert (carried["A01"]["text"], carried["A01"]["due"]) == ("Second shift", "2026-01-31")
    assert "A02" not in carried and f"PLAN {CYCLE}" in carried


def test_the_next_cycle_measures_the_committed_forecast_layer_by_layer_and_by_person(planned: Site) -> None:
    director(planned).post(f"/cycles/{CYCLE}/commit", 201, json=decision(planned))
    form = cycle_form(zipped(tables(date(2026, 10, 1))), name="2026-10")
    planned.post(f"/cycles/{CYCLE}/next", 201, data=form)
    assert planned.done("2026-10")["state"] == "done"
    issued = planned.get("/cycles/2026-10")["head"]
    frozen = planned.get(f"/versions/{issued}/tables/inputs/forecast_snapshots")
    override = [r for r in frozen if r["product"] == "KETTLE" and r["period"] == SEPTEMBER and r["layer"] == "sales"]
    assert [(r["cycle"], r["lag"], r["units"], r["person"]) for r in override] == [(CYCLE, 3, 1000.0, "sales lead")]
    added = planned.get(f"/versions/{issued}/tables/cycle/forecast_value_added")
    (own,) = [r for r in added if r["person"] == "sales lead"]
    sold = BASE["KETTLE"] * SEASON[8]
    assert own["wape"] == pytest.approx(abs(1000 - sold) / sold)
    assert own["verdict"] == "too little to tell", "a single override proves nothing"
    by_lag = planned.get(f"/versions/{issued}/tables/cycle/accuracy_by_lag")
    assert {r["lag"] for r in by_lag if r["family"] == "ALL"} == {"ALL", "1", "2", "3"}
    assert planned.get("/verify")["ok"]
