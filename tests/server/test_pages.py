"""The pages say what the store says, work without scripts, and answer mistakes in plain words."""

from __future__ import annotations

import html
import io
import json
import re
from typing import Any

import pytest
from conftest import CYCLE, Site, consolidated, cycle_form, sales_book, typed
from flask.testing import FlaskClient
from small_company import tables, zipped
from tampering import behind_its_back

from server.pages.formats import short
from server.store import versions


def text_of(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return re.sub(r"\s+", " ", answer.text)


def text_of_answer(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.text)


def test_an_empty_server_says_what_to_do_first(empty_site: Site) -> None:
    assert "No cycle yet" in text_of(empty_site.client, "/")


@pytest.mark.parametrize(
    ("role", "told", "untold"),
    [
        ("facilitator", "with the form on this page", "A facilitator starts it"),
        ("administrator", "Add a facilitator", "the form on this page"),
        ("reader", "A facilitator starts it", "the form on this page"),
    ],
)
def test_an_empty_server_tells_everyone_what_is_theirs_to_do(
    empty_site: Site, role: str, told: str, untold: str
) -> None:
    shown = text_of(empty_site.browser(f"the {role}", role), "/")
    assert told in shown and untold not in shown
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
    cycle = text_of(site.client, f"/cycles/{CYCLE}/submissions")
    assert "Every file received (1)" in cycle and "0 of 6 functions" in cycle


def test_the_page_shows_who_submitted_and_the_figures_of_the_plan(planned: Site) -> None:
    found = planned.get(f"/cycles/{CYCLE}")
    books = text_of(planned.client, f"/cycles/{CYCLE}/submissions")
    assert "2 of 6 functions" in books and "sales lead" in books and "controller" in books
    page = "".join(
        text_of(planned.client, f"/cycles/{CYCLE}/{name}") for name in ("plan", "scenarios", "decisions", "history")
    )
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
        answer = planned.client.get(f"/cycles/{CYCLE}/plan", query_string={"scenario": name})
        heading = re.search(r'<h2 id="plan-title">Plan</h2>\s*<p class="muted">([^<]+)', answer.text)
        assert heading is not None and heading[1].strip() == scenario["title"]


def test_a_decision_is_made_from_the_form_and_refused_when_it_is_late(planned: Site) -> None:
    page = planned.client.get(f"/cycles/{CYCLE}/decisions").text
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
    assert "Next cycle" in text_of(planned.client, f"/cycles/{CYCLE}/decisions")


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
    behind_its_back(planned.context.database, "UPDATE versions SET author = 'nobody' WHERE seq = 2")
    page = text_of(planned.client, "/versions/check")
    assert "The history was changed." in page and "First break: version 2" in page


@pytest.mark.parametrize("path", ["/cycles/none", "/versions/ffffffff", "/submissions/none", "/nowhere"])
def test_what_is_not_there_has_a_page_with_a_way_back(site: Site, path: str) -> None:
    page = text_of(site.client, path, 404)
    assert "There is nothing at this address" in page and 'href="/"' in page


def test_work_shows_its_progress_on_the_page_and_is_cancelled_there(site: Site) -> None:
    site.submit(sales_book(site), by="sales lead")
    site.post(f"/cycles/{CYCLE}/consolidate", 202)
    page = site.client.get(f"/cycles/{CYCLE}").text
    assert "<progress" in page and "Consolidating" in page
    (action,) = set(re.findall(r'action="([^"]+/cancel)"', page))
    assert site.client.post(action).status_code == 303
    done = site.done()
    assert (done["state"], done["problem"]["detail"]) == ("failed", "facilitator cancelled it. Nothing was stored.")
    assert "cancelled it" in text_of(site.client, f"/cycles/{CYCLE}") and not site.context.jobs.latest(CYCLE).running  # type: ignore[union-attr]


EMPTY = {
    "": "Hand out the books.",
    "/consolidation": "Nothing is disputed",
    "/plan": "No plan yet",
    "/supply": "No plan yet",
    "/scenarios": "No scenarios yet",
    "/decisions": "No questions yet",
}


@pytest.mark.parametrize("page", EMPTY)
def test_pages_that_have_nothing_to_show_say_what_to_do(site: Site, page: str) -> None:
    assert EMPTY[page] in text_of(site.client, f"/cycles/{CYCLE}{page}")


def test_the_explorer_leads_from_families_to_a_product_and_adds_up(planned: Site) -> None:
    head = planned.get(f"/cycles/{CYCLE}")["head"]
    rows = planned.get(f"/versions/{head}/tables/scenarios/base/consensus_demand")
    wanted = round(sum(row["consensus"] for row in rows if row["product"] == "KETTLE"))
    for query in ("", "&family=KETTLES", "&family=KETTLES&product=KETTLE"):
        page = text_of(planned.client, f"/cycles/{CYCLE}/plan?scenario=base&measure=consensus{query}")
        assert f"<b>{wanted:,}</b>" in page
    unknown = text_of(planned.client, f"/cycles/{CYCLE}/plan?measure=nothing&family=none")
    assert "All families" in unknown and "Consensus demand" in unknown


def test_the_forecast_is_drawn_with_its_history_and_ranges(planned: Site) -> None:
    head = planned.get(f"/cycles/{CYCLE}")["head"]
    rows = planned.get(f"/versions/{head}/tables/scenarios/base/consensus_demand")
    sold = planned.get(f"/versions/{head}/tables/inputs/history")
    page = planned.client.get(f"/cycles/{CYCLE}/plan?scenario=base&measure=consensus&family=KETTLES").text
    charts = [json.loads(html.unescape(text)) for text in re.findall(r'data-chart="([^"]+)"', page)]
    chart = next(found for found in charts if any(series.get("band") for series in found["series"]))
    drawn = {series["label"]: series["values"] for series in chart["series"] if series["label"]}
    assert {"95 in 100", "80 in 100", "History", "Baseline", "Consensus demand"} <= set(drawn)
    periods = sorted({row["period"] for row in rows})
    ahead = [sum(r["consensus"] for r in rows if r["period"] == p and r["family"] == "KETTLES") for p in periods]
    assert drawn["Consensus demand"][24:] == pytest.approx(ahead)
    before = max(row["period"] for row in sold if row["period"] < periods[0])
    last = sum(row["units"] for row in sold if row["period"] == before and row["product"] == "KETTLE")
    assert drawn["History"][23] == pytest.approx(last)
    assert drawn["History"][24:] == [None] * len(periods)
    narrow, wide = drawn["80 in 100"][24:], drawn["95 in 100"][24:]
    assert all(low <= high for low, high in zip(narrow, wide, strict=True))
    assert 'aria-label="History, baseline with its ranges' in page
    money = planned.client.get(f"/cycles/{CYCLE}/plan?scenario=base&measure=revenue").text
    assert "History, baseline with its ranges" not in money


def test_other_weights_may_recommend_another_scenario_and_nothing_is_stored(planned: Site) -> None:
    weights = dict.fromkeys(("service_weight", "margin_weight", "cash_weight", "co2_weight"), 0)
    page = planned.client.get(f"/cycles/{CYCLE}/scenarios", query_string={**weights, "stock_weight": 100}).text
    assert "These are your weights." in page
    assert "These are your weights." not in planned.client.get(f"/cycles/{CYCLE}/scenarios").text
    assert len(planned.get("/versions")) == 2


def test_a_wrong_cell_is_shown_with_those_around_it(site: Site) -> None:
    book = typed(site.book("operations"), "resources", {"resource": "LINE"}, hours_per_shift="eight")
    sent = site.submit(book, by="plant manager")
    page = site.client.get(f"/submissions/{sent['id']}").text
    link = re.search(r'href="(/submissions/[^"]+/cells[^"]+)"', page)
    assert link is not None
    shown = text_of(site.client, link[1].replace("&amp;", "&"))
    assert 'aria-current="true">eight' in shown and "Hours per shift" in shown and "is not a number" in shown
    nowhere = text_of(site.client, f"/submissions/{sent['id']}/cells?sheet=Nowhere&cell=ZZZ1")
    assert "This place cannot be shown" in nowhere


def test_a_conflict_is_settled_from_the_page_and_the_late_one_sees_both_values(site: Site) -> None:
    site.submit(sales_book(site, 1000), by="sales lead")
    site.submit(sales_book(site, 1300), by="key account")
    page = site.client.get(f"/cycles/{CYCLE}/consolidation").text
    assert "1 conflict is open." in re.sub(r"\s+", " ", page) and "Sales forecast: KETTLE · PLANT · Sep 2026" in page
    action = re.search(r'action="(/cycles/[^"]+/conflicts/[^"]+)"', page)
    assert action is not None
    form = {"take": "own", "value.sales_override": "1150", "reason": "agreed in the call", "expected": "0"}
    assert site.browser().post(action[1], data=form).status_code == 303
    settled = text_of(site.client, f"/cycles/{CYCLE}/consolidation")
    assert "agreed in the call" in settled and "1,150" in settled
    late = site.browser("second facilitator", "facilitator").post(action[1], data={**form, "take": "0"})
    assert late.status_code == 412
    assert "Both values" in late.text and "1,150" in late.text and "agreed in the call" in late.text


def test_two_versions_are_compared_by_family_function_and_cell(planned: Site) -> None:
    issued, plan = (version["hash"] for version in planned.get(f"/cycles/{CYCLE}")["versions"])
    page = text_of(planned.client, f"/compare?left={issued}&right={plan}")
    assert "By function and measure" in page and "Sales override" in page
    assert "sales lead" in page and "account win, chain of cafés" in page
    every = text_of(planned.client, f"/compare?left={issued}&right={plan}&part=plan&measure=revenue&family=KETTLES")
    assert "Profit and loss" in every or "Profit and loss of the plan" in every
    assert "The first has no plan." in page and "Key figures" not in re.findall("<h2[^>]*>([^<]*)", page)
    turned = text_of(planned.client, f"/compare?left={plan}&right={issued}")
    assert "The second has no plan." in turned
    assert planned.client.get("/compare").status_code == 303
    assert "Nothing differs between the two." in text_of(planned.client, f"/compare?left={plan}&right={plan}")


def test_an_earlier_plan_is_restored_and_signed(planned: Site) -> None:
    first = planned.get(f"/cycles/{CYCLE}")["head"]
    second = consolidated(planned)["head"]
    browser = planned.browser()
    form = {"reason": "the second one was a mistake", "expected": first}
    assert browser.post(f"/versions/{first}/restore", data=form).status_code == 412, "the newest was not seen"
    answer = browser.post(f"/versions/{first}/restore", data={**form, "expected": second})
    assert answer.status_code == 303
    restored = planned.get(f"/cycles/{CYCLE}")["head"]
    detail = planned.get(f"/versions/{restored}")
    assert detail["content_sha256"] == planned.get(f"/versions/{first}")["content_sha256"]
    assert (detail["parent"], detail["kind"]) == (second, "consolidated") and planned.get("/verify")["ok"]
    director = planned.browser("director", "executive")
    signed = director.post(f"/versions/{restored}/sign", data={"decision": "approve", "note": "", "expected": "0"})
    assert signed.status_code == 303
    page = text_of(planned.client, f"/versions/{restored}")
    assert "approved" in page and "director" in page and "Restored from" in page


def test_after_a_plan_was_restored_behind_a_commitment_every_page_says_that_it_is_to_be_decided(planned: Site) -> None:
    plan = planned.get(f"/cycles/{CYCLE}")["head"]
    decision = {"scenario": "base", "reason": "It is the plan.", "expected_parent": plan}
    committed = planned.post(f"/cycles/{CYCLE}/commit", 201, json=decision)["hash"]
    assert "Committed plan" in text_of(planned.client, f"/cycles/{CYCLE}")
    form = {"reason": "decided too soon", "expected": committed}
    assert planned.browser().post(f"/versions/{plan}/restore", data=form).status_code == 303
    board = text_of(planned.client, f"/cycles/{CYCLE}")
    assert "Plan to be decided" in board and "There is a plan newer than the committed one." in board
    for page in (board, text_of(planned.client, "/")):
        assert '<span class="badge accent">consolidated</span>' in page and "newer than the committed plan" in page
        assert '<span class="badge good">committed</span>' not in page
    assert "Recommended:" in text_of(planned.client, "/")
    assert "The plan beside is newer." in text_of(planned.client, f"/cycles/{CYCLE}/decisions")


def test_the_facilitator_makes_a_scenario_the_candidate_and_the_decision_preselects_it(planned: Site) -> None:
    found = planned.get(f"/cycles/{CYCLE}")
    other = next(
        name
        for name, row in found["plan"]["scenarios"].items()
        if row["kind"] in ("base", "choice") and name != found["plan"]["recommended"]
    )
    browser = planned.browser("process owner", "facilitator")
    page = browser.get(f"/cycles/{CYCLE}/scenarios").text
    assert "Make it the candidate" in page and "What more service costs" in page
    assert "Make it the candidate" not in planned.browser("r", "reader").get(f"/cycles/{CYCLE}/scenarios").text
    form = {"scenario": other, "reason": "cash first", "expected_parent": found["head"]}
    answer = browser.post(f"/cycles/{CYCLE}/candidate", data=form)
    assert (answer.status_code, answer.location) == (303, f"/cycles/{CYCLE}/scenarios#candidate")
    page = browser.get(f"/cycles/{CYCLE}/scenarios").text
    assert "proposed by process owner" in page and "cash first" in page
    decisions = browser.get(f"/cycles/{CYCLE}/decisions").text
    assert f'name="scenario" value="{html.escape(other)}" required checked' in decisions
    head = planned.get(f"/cycles/{CYCLE}")["head"]
    assert "Nothing is committed by it." in browser.get(f"/versions/{head}").text


def test_the_history_names_a_committed_scenario_by_its_title(planned: Site) -> None:
    found = planned.get(f"/cycles/{CYCLE}")
    rows = {row["scenario"]: row["title"] for row in found["plan"]["comparison"] if row["kind"] == "choice"}
    name, title = next((name, title) for name, title in rows.items() if name != title)
    decision = {"scenario": name, "reason": "It closes the gap.", "expected_parent": found["head"]}
    head = planned.post(f"/cycles/{CYCLE}/commit", 201, json=decision)["hash"]
    page = text_of(planned.client, f"/cycles/{CYCLE}/history")
    assert f"<strong>{html.escape(title)}</strong>: It closes the gap." in page
    assert f"<dt>Scenario</dt><dd>{html.escape(title)}</dd>" in text_of(planned.client, f"/versions/{head}")


def test_a_book_that_was_right_is_accepted_after_all(site: Site) -> None:
    sent = site.submit(sales_book(site), by="sales lead")
    place, browser = f"/submissions/{sent['id']}", site.browser()
    form = {"state": "returned", "comment": "Is this signed?", "expected": sent["etag"], "back": ""}
    assert browser.post(f"{place}/review", data=form).status_code == 303
    lead = site.as_("sales lead", "contributor:sales").browser("sales lead")
    upload: dict[str, Any] = {"file": (io.BytesIO(sales_book(site)), "sales.xlsx")}
    again = text_of(lead, lead.post(f"/cycles/{CYCLE}/submissions", data=upload).headers["Location"])
    assert "ask facilitator to accept it after all" in again
    table = text_of(browser, f"/cycles/{CYCLE}/submissions")
    assert "Accept after all" in table and "Accept after all" in text_of(browser, place)
    tag = site.get(place)["etag"]
    late = text_of_answer(browser.post(f"{place}/review", data={**form, "expected": "received"}))
    assert "The submission was returned by facilitator in the meantime." in late
    accepted = browser.post(f"{place}/review", data={"state": "accepted", "comment": "", "expected": tag})
    assert accepted.status_code == 303
    assert "Accepted by facilitator." in text_of(browser, place)
    assert "1 of 6 functions" in text_of(browser, f"/cycles/{CYCLE}/submissions")


def test_a_submission_that_changes_nothing_says_so(site: Site) -> None:
    same = site.submit(site.book("finance"), by="controller")
    assert "It changes nothing" in text_of(site.client, f"/submissions/{same['id']}")
    other = site.submit(sales_book(site), by="sales lead")
    page = text_of(site.client, f"/submissions/{other['id']}")
    assert "It changes nothing" not in page and "against the book as issued" in page


def test_a_form_that_is_wrong_is_called_a_form(planned: Site) -> None:
    browser, head = planned.browser("director", "executive"), planned.get(f"/cycles/{CYCLE}")["head"]
    answer = browser.post(f"/cycles/{CYCLE}/commit", data={"scenario": "base", "expected_parent": head})
    assert answer.status_code == 422
    assert "<h1>Please correct the form</h1>" in answer.text and "field of the request" not in answer.text
    sent = {"scenario": "base", "reason": "yes", "expected_parent": "0" * 64}
    late = text_of_answer(browser.post(f"/cycles/{CYCLE}/commit", data=sent))
    assert re.search(r"stored a consolidated version on \d+ \w+ \d{4}, \d\d:\d\d UTC\.", late)


def test_a_plan_whose_solve_ran_out_of_time_says_so_wherever_it_is_looked_at_and_decided(planned: Site) -> None:
    with planned.context.database.write() as connection:
        plan = versions.head(connection, CYCLE, "consolidated")
        assert plan is not None
        rows = [{**row, "status": "time limit"} for row in plan.summary["comparison"]]
        scenarios = {name: {**told, "may_be_off": 0.034} for name, told in plan.summary["scenarios"].items()}
        versions.append(
            connection,
            cycle_id=CYCLE,
            kind="consolidated",
            scenario=plan.scenario,
            author="facilitator",
            message="On a slow machine",
            at=planned.context.now(),
            content=versions.content_of(connection, plan),
            summary={**plan.summary, "comparison": rows, "scenarios": scenarios},
            expected_parent=plan.hash,
        )
    for page in ("", "/plan", "/decisions", "/scenarios"):
        told = text_of(planned.client, f"/cycles/{CYCLE}{page}")
        assert "solved until the time limit; may be up to 3.4 % from the best" in told, page
        assert ("The same data may give another plan" in told) == (page != "/scenarios")


def test_a_decided_question_becomes_an_action_that_can_be_closed(planned: Site) -> None:
    browser = planned.browser("director", "executive")
    question = planned.get(f"/cycles/{CYCLE}/decisions")[0]
    place = f"/cycles/{CYCLE}/decisions/{question['decision']}"
    form = {"outcome": "decided", "decided_option": question["option_a"], "expected": question["etag"]}
    assert browser.post(place, data=form).status_code == 303
    assert browser.post(place, data=form).status_code == 412
    (action,) = planned.get(f"/cycles/{CYCLE}/actions")
    assert (action["owner"], action["text"], action["status"]) == ("director", question["option_a"], "open")
    done = {"status": "done", "evidence": "signed off", "expected": action["etag"]}
    place = f"/cycles/{CYCLE}/actions/{action['code']}"
    assert planned.browser("stranger", "contributor:sales").post(place, data=done).status_code == 403
    assert browser.post(place, data=done).status_code == 303
    assert planned.get(f"/cycles/{CYCLE}/actions")[0]["status"] == "done"


def test_the_calendar_is_set_once_for_what_was_seen(site: Site) -> None:
    calendar = site.get(f"/cycles/{CYCLE}/calendar")
    form = {f"due-{n}": f"2026-07-{n + 10}" for n in range(7)} | {f"active-{n}": "1" for n in range(6)}
    form |= {"owner-2": "demand planner", "expected": calendar["etag"]}
    assert site.browser().post(f"/cycles/{CYCLE}/calendar", data=form).status_code == 303
    board = text_of(site.client, f"/cycles/{CYCLE}")
    assert "12 Jul 2026" in board and "demand planner" in board and "not held" in board
    assert site.browser().post(f"/cycles/{CYCLE}/calendar", data=form).status_code == 412
