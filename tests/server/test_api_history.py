"""Two versions are compared cell by cell, an earlier one is restored as a new one, and a hash is signed."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import CYCLE, Site, consolidated, sales_book
from tampering import behind_its_back

from server.store import revisions, versions


def hashes(site: Site) -> list[str]:
    return [version["hash"] for version in site.get(f"/cycles/{CYCLE}")["versions"]]


def put(site: Site, path: str, body: dict[str, Any], tag: str) -> Any:
    return site.client.put(f"/api/v1{path}", json=body, headers={"If-Match": f'"{tag}"'} if tag else {})


def test_a_difference_names_cell_money_person_and_reason(planned: Site) -> None:
    issued, plan = hashes(planned)
    found = planned.get(f"/versions/{issued}/diff/{plan}?part=inputs&measure=sales_override")
    (cell,) = found["cells"]
    assert (cell["before"], cell["after"], cell["change"], cell["money"]) == (None, 1000, 1000, 30_000)
    assert (cell["family"], cell["function"], cell["who"]) == ("KETTLES", "sales", "sales lead")
    assert "account win" in cell["reason"] and cell["period"] == "2026-09-01"
    assert planned.get(f"/versions/{plan}/diff/{plan}")["cells_total"] == 0


def test_differences_come_in_parts_and_lead_on(planned: Site) -> None:
    issued, plan = hashes(planned)
    first = planned.client.get(f"/api/v1/versions/{issued}/diff/{plan}?part=plan&limit=50")
    total = int(first.headers["X-Total-Count"])
    seen, answer = list(first.json["cells"]), first
    while "Link" in answer.headers:
        answer = planned.client.get(answer.headers["Link"].split(">")[0].lstrip("<"))
        seen += answer.json["cells"]
    assert len(seen) == total == first.json["cells_total"]
    assert len({(c["table"], c["key"], c["measure"]) for c in seen}) == total


def test_scenarios_of_a_plan_are_branches_that_can_be_compared(planned: Site) -> None:
    plan = hashes(planned)[-1]
    other = planned.get(f"/versions/{plan}")["scenario"]
    query = f"scenario=base&other_scenario={other.replace(' ', '%20').replace('+', '%2B')}"
    found = planned.get(f"/versions/{plan}/diff/{plan}?{query}&part=plan&limit=500")
    assert (found["scenario"], found["other_scenario"]) == ("base", other)
    delivered = sum(c["change"] for c in found["cells"] if (c["table"], c["measure"]) == ("sales_plan", "on_time"))
    assert delivered == pytest.approx(510, abs=1), "9,650 units wanted, 9,140 can be had on time"
    assert planned.get(f"/versions/{plan}/diff/{plan}?scenario=none", 422)["type"] == "/problems/unknown-scenario"


def test_a_contributor_compares_the_plan_and_the_own_inputs(planned: Site) -> None:
    issued, plan = hashes(planned)
    found = planned.as_("budget analyst", "contributor:finance").get(f"/versions/{issued}/diff/{plan}?limit=500")
    assert {cell["function"] for cell in found["cells"]} == {"plan"}
    assert "account win" not in str(found)


def test_an_earlier_plan_becomes_the_newest_and_what_came_between_stays(planned: Site) -> None:
    _, first = hashes(planned)
    second = consolidated(planned)["head"]
    place, body = f"/api/v1/versions/{first}/restore", {"reason": "the second was a mistake"}
    assert planned.client.post(place, json=body).status_code == 428
    late = planned.client.post(place, json=body, headers={"If-Match": f'"{first}"'})
    assert late.status_code == 412 and late.json["head"]["hash"] == second
    made = planned.client.post(place, json=body, headers={"If-Match": f'"{second}"'})
    assert made.status_code == 201 and made.json["parent"] == second
    assert hashes(planned)[1:] == [first, second, made.json["hash"]]
    again = planned.client.post(
        f"/api/v1/versions/{made.json['hash']}/restore", json=body, headers={"If-Match": f'"{made.json["hash"]}"'}
    )
    assert again.json["type"] == "/problems/cannot-restore"


def test_a_committed_plan_comes_back_with_the_plan_it_was_chosen_from(planned: Site) -> None:
    _, first = hashes(planned)
    choice = {"scenario": "base", "reason": "as planned", "expected_parent": first}
    committed = planned.as_("director", "executive").post(f"/cycles/{CYCLE}/commit", 201, json=choice)["hash"]
    planned.submit(sales_book(planned, 1200.0), by="sales lead")
    second = consolidated(planned)["head"]
    place = f"/api/v1/versions/{committed}/restore"
    made = planned.client.post(place, json={"reason": "the account is lost"}, headers={"If-Match": f'"{second}"'})
    assert made.status_code == 201
    chain = planned.get(f"/cycles/{CYCLE}")["versions"]
    made_again = ["consolidated", "committed"]
    assert [v["kind"] for v in chain] == ["issued", "consolidated", "committed", "consolidated", *made_again]
    with planned.context.database.read() as connection:
        plans = {v["hash"]: versions.find(connection, v["hash"]) for v in chain}
    plan, again = plans[chain[-2]["hash"]], plans[made.json["hash"]]
    assert plan and again and again.parent == again.summary["plan"] == plan.hash
    assert plan.summary["restored"] == first and plan.content_sha256 == plans[first].content_sha256  # type: ignore[union-attr]
    assert planned.get("/verify")["ok"]


def test_a_signature_is_under_one_hash_and_kept_with_those_before_it(planned: Site) -> None:
    plan = hashes(planned)[-1]
    director = planned.as_("director", "executive")
    place = f"/versions/{plan}/sign-offs/mine"
    assert director.get(place)["etag"] == "0"
    assert put(director, place, {"decision": "reject"}, "0").json["fields"] == {"note": "missing"}
    signed = put(director, place, {"decision": "approve with conditions", "note": "stock below 5,000"}, "0")
    assert (signed.status_code, signed.json["version"]) == (200, plan)
    assert put(director, place, {"decision": "approve"}, "0").status_code == 412
    put(director, place, {"decision": "approve"}, signed.json["etag"])
    assert [s["decision"] for s in planned.get(f"/versions/{plan}/sign-offs")] == ["approve"]
    with planned.context.database.read() as connection:
        kept = revisions.history(connection, CYCLE, revisions.SIGN_OFF)
    assert [revision.value["decision"] for revision in kept] == ["approve with conditions", "approve"]
    assert put(planned.as_("visitor", "reader"), place, {"decision": "approve"}, "0").status_code == 403


def test_a_revision_changed_behind_the_back_is_found(planned: Site) -> None:
    plan = hashes(planned)[-1]
    put(planned, f"/versions/{plan}/sign-offs/mine", {"decision": "approve"}, "0")
    assert planned.get("/verify")["ok"]
    behind_its_back(planned.context.database, "UPDATE revisions SET value = replace(value, 'approve', 'reject')")
    (found,) = planned.get("/verify")["breaks"]
    assert found["what"] == "revision" and "sign-off was changed" in found["problem"]


def test_versions_never_change_and_are_not_sent_twice(planned: Site) -> None:
    plan = hashes(planned)[-1]
    tag = planned.client.get(f"/api/v1/versions/{plan}").headers["ETag"]
    again = planned.client.get(f"/api/v1/versions/{plan}", headers={"If-None-Match": tag})
    assert again.status_code == 304 and not again.data
