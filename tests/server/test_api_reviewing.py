"""Conflicts are settled by name and reason, submissions accepted or returned; who comes late is told both values."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from conftest import CYCLE, Site, consolidated, sales_book, typed

from sop_xl.workbook.filling import Filler

SEPTEMBER = {"product": "KETTLE", "location": "PLANT", "channel": "ALL", "period": date(2026, 9, 1)}

BUDGET: dict[str, str | date] = {"family": "KETTLES", "period": date(2026, 9, 1)}


def conflicting(site: Site, first: float = 1000, second: float = 1300) -> dict[str, Any]:
    """Submit two sales books that want a cell differently and return the conflict."""
    site.submit(sales_book(site, first), by="sales lead")
    site.submit(sales_book(site, second), by="key account")
    (conflict,) = site.get(f"/cycles/{CYCLE}/conflicts")
    return conflict


def settle(site: Site, conflict: dict[str, Any], status: int, tag: str | None = None, **choice: Any) -> Any:
    body = {"take": "1", "reason": "the customer signed", **choice}
    headers = {"If-Match": f'"{conflict["etag"] if tag is None else tag}"'} if tag != "" else {}
    address = f"/api/v1/cycles/{CYCLE}/conflicts/{conflict['id']}/resolution"
    answer = site.client.put(address, json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json


def kettles(site: Site) -> float:
    """Return September's consensus demand for kettles in the newest plan."""
    head = site.get(f"/cycles/{CYCLE}")["head"]
    rows = site.get(f"/versions/{head}/tables/scenarios/base/consensus_demand")
    return next(r["consensus"] for r in rows if r["product"] == "KETTLE" and r["period"] == "2026-09-01")


def test_a_conflict_names_both_values_people_and_reasons_before_anything_is_planned(site: Site) -> None:
    conflict = conflicting(site)
    assert (conflict["state"], conflict["function"], conflict["etag"]) == ("open", "sales", "0")
    assert conflict["place"] == "Sales forecast: KETTLE · PLANT · 2026-09-01"
    assert [s["submitter"] for s in conflict["senders"]] == ["sales lead", "key account"]
    assert all("account win" in s["reason"] for s in conflict["senders"])
    assert (conflict["spread"], conflict["money"]) == (300, 300 * 30), "300 units at the price of 30"


def test_an_open_conflict_leaves_the_cell_as_issued_and_a_settled_one_takes_the_value(site: Site) -> None:
    conflict = conflicting(site)
    consolidated(site)
    assert kettles(site) == pytest.approx(800)
    settled = settle(site, conflict, 200)
    assert (settled["state"], settled["values"]) == ("resolved", {"sales_override": 1300})
    assert settled["resolution"]["author"] == "facilitator" and settled["resolution"]["reason"] == "the customer signed"
    plan = consolidated(site)["plan"]
    assert kettles(site) == pytest.approx(1300)
    assert (plan["conflicts"]["resolved"], plan["conflicts"]["open"]) == (1, 0)
    changes = site.get(f"/versions/{site.get(f'/cycles/{CYCLE}')['head']}/tables/changes")
    (change,) = [c for c in changes if c["what"] == "settled"]
    assert (change["submitter"], change["after"], change["reason"]) == ("facilitator", "1300", "the customer signed")


@pytest.mark.parametrize(
    ("choice", "value"),
    [({"take": "0"}, 1000), ({"take": "issued"}, None), ({"take": "own", "values": {"sales_override": "1150"}}, 1150)],
)
def test_a_conflict_is_settled_for_a_sender_as_issued_or_with_another_value(
    site: Site, choice: dict[str, Any], value: float | None
) -> None:
    settled = settle(site, conflicting(site), 200, **choice)
    assert settled["values"] == {"sales_override": value}


def test_a_value_that_does_not_fit_is_refused_in_plain_words(site: Site) -> None:
    conflict = conflicting(site)
    problem = settle(site, conflict, 422, take="own", values={"sales_override": "about 1100"})
    assert "is not a number" in problem["detail"] and "sales_override" in problem["fields"]
    assert settle(site, conflict, 422, take="7")["type"] == "/problems/invalid-request"
    assert settle(site, conflict, 422, reason=" ")["fields"] == {"reason": "missing"}


def test_who_settles_without_or_with_an_old_state_is_refused_with_both_values(site: Site) -> None:
    conflict = conflicting(site)
    assert settle(site, conflict, 428, tag="")["type"] == "/problems/precondition-required"
    settle(site, conflict, 200, take="0")
    problem = settle(site.as_("second facilitator", "facilitator"), conflict, 412, take="1")
    assert problem["yours"]["values"] == {"sales_override": 1300}
    assert problem["theirs"]["value"]["values"] == {"sales_override": 1000}
    assert problem["theirs"]["author"] == "facilitator"
    newest = site.client.get(f"/api/v1/cycles/{CYCLE}/conflicts/{conflict['id']}")
    settle(site, conflict, 200, tag=newest.headers["ETag"].strip('"'), take="1")


def test_of_sixteen_who_settle_at_once_one_does(site: Site) -> None:
    conflict = conflicting(site)
    answers: list[int] = []
    start = threading.Barrier(16)
    clients = [site.as_(f"facilitator {n}", "facilitator") for n in range(16)]

    def work(own: Site) -> None:
        start.wait()
        headers = {"If-Match": '"0"'}
        address = f"/api/v1/cycles/{CYCLE}/conflicts/{conflict['id']}/resolution"
        answers.append(own.client.put(address, json={"take": "0", "reason": "first"}, headers=headers).status_code)

    threads = [threading.Thread(target=work, args=(own,)) for own in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [412] * 15


def test_another_value_submitted_makes_it_another_conflict(site: Site) -> None:
    conflict = conflicting(site)
    settle(site, conflict, 200)
    site.submit(sales_book(site, 1400), by="key account")
    (newer,) = site.get(f"/cycles/{CYCLE}/conflicts")
    assert newer["id"] != conflict["id"] and newer["state"] == "open"
    assert site.get(f"/cycles/{CYCLE}/conflicts/{conflict['id']}", 404)["type"] == "/problems/not-found"


def test_below_materiality_the_rule_settles_and_a_person_may_still_decide(site: Site) -> None:
    conflict = conflicting(site, 1000, 1020)
    assert (conflict["state"], conflict["values"]) == ("rule", {"sales_override": 1020})
    plan = consolidated(site)["plan"]
    assert kettles(site) == pytest.approx(1020) and plan["conflicts"]["by_rule"] == 1
    settle(site, conflict, 200, take="0")
    consolidated(site)
    assert kettles(site) == pytest.approx(1000)


def test_contributors_of_other_functions_see_no_conflict(site: Site) -> None:
    conflict = conflicting(site)
    controller = site.as_("controller", "contributor:finance")
    assert controller.get(f"/cycles/{CYCLE}/conflicts") == []
    assert controller.get(f"/cycles/{CYCLE}/conflicts/{conflict['id']}", 403)["type"] == "/problems/forbidden"
    settle(site.as_("sales lead", "contributor:sales"), conflict, 403)


def review(site: Site, submission: dict[str, Any], status: int, state: str, comment: str = "", tag: str = "") -> Any:
    answer = site.client.put(
        f"/api/v1/submissions/{submission['id']}/review",
        json={"state": state, "comment": comment},
        headers={"If-Match": f'"{tag or submission["etag"]}"'},
    )
    assert answer.status_code == status, answer.text
    return answer.json


def test_a_returned_submission_no_longer_counts_and_says_why(site: Site) -> None:
    sent = site.submit(sales_book(site), by="sales lead")
    returned = review(site, sent, 200, "returned", "The chain has not signed yet.")
    assert (returned["state"], returned["comment"], returned["state_by"]) == (
        *("returned", "The chain has not signed yet."),
        "facilitator",
    )
    again = site.submit(sales_book(site), status=200, by="sales lead")
    assert again["recognised"] and again["state"] == "returned"
    consolidated(site)
    assert kettles(site) == pytest.approx(800)
    better = site.submit(sales_book(site, 900), by="sales lead")
    assert better["state"] == "validated"


def test_a_return_needs_a_comment_and_the_present_state(site: Site) -> None:
    sent = site.submit(sales_book(site), by="sales lead")
    assert review(site, sent, 422, "returned")["fields"] == {"comment": "missing"}
    accepted = review(site, sent, 200, "accepted")
    late = review(site, sent, 412, "returned", "too late")
    assert late["theirs"]["state"] == "accepted" and late["yours"]["state"] == "returned"
    assert review(site, accepted, 409, "accepted")["type"] == "/problems/state-refused"
    review(site, accepted, 200, "returned", "found something")


def test_a_returned_book_is_accepted_after_all_but_not_with_errors_or_beside_a_newer_one(site: Site) -> None:
    sent = site.submit(sales_book(site), by="sales lead")
    returned = review(site, sent, 200, "returned", "The chain has not signed yet.")
    accepted = review(site, returned, 200, "accepted")
    assert (accepted["state"], accepted["state_by"]) == ("accepted", "facilitator")
    consolidated(site)
    assert kettles(site) == pytest.approx(1000)
    older = review(site, site.get(f"/submissions/{sent['id']}"), 200, "returned", "not any more")
    site.submit(sales_book(site, 900), by="sales lead")
    assert "has submitted another workbook since" in review(site, older, 409, "accepted")["detail"]
    wrong = site.submit(typed(site.book("finance"), "budget", BUDGET, quantity="many"), by="controller")
    assert wrong["state"] == "returned"
    assert "has errors" in review(site, wrong, 409, "accepted")["detail"]


def test_a_book_from_the_plan_replaces_what_it_shows_without_a_conflict(site: Site) -> None:
    site.submit(sales_book(site, 1000), by="sales lead")
    head = consolidated(site)["head"]
    later = site.client.get(f"/api/v1/cycles/{CYCLE}/books/sales?version={head}").data
    site.submit(typed(later, "sales_forecast", SEPTEMBER, sales_override=1300), by="key account")
    assert site.get(f"/cycles/{CYCLE}/conflicts") == []
    consolidated(site)
    assert kettles(site) == pytest.approx(1300)
    site.submit(
        typed(later, "sales_forecast", {**SEPTEMBER, "product": "TOASTER"}, sales_override=700), by="sales lead"
    )
    assert site.get(f"/cycles/{CYCLE}/conflicts") == []


def test_a_comment_that_was_added_is_shown_with_its_words_and_outlives_the_next_book(site: Site) -> None:
    """Who looks through the changes reads what was written, also where the row came with an earlier book."""
    filler = Filler(site.book("sales"))
    filler.add("comments", {"number": "1", "author": "sales lead", "comment": "Port strike in May"})
    site.submit(filler.save(), by="sales lead")
    page = site.client.get(f"/cycles/{CYCLE}/consolidation").text
    assert "row added" in page and "Author: sales lead; Comment: Port strike in May" in page
    hidden = site.as_("controller", "contributor:finance").client.get(f"/cycles/{CYCLE}/consolidation").text
    assert "Port strike" not in hidden
    head = consolidated(site)["head"]
    later = site.client.get(f"/api/v1/cycles/{CYCLE}/books/sales?version={head}").data
    site.submit(typed(later, "sales_forecast", SEPTEMBER, sales_override=900), by="sales lead")
    consolidated(site)
    changes = site.get(f"/versions/{site.get(f'/cycles/{CYCLE}')['head']}/tables/changes")
    assert "Author: sales lead; Comment: Port strike in May" in {change["after"] for change in changes}
