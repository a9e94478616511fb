"""Who may use which route, from the table of routes itself: a new route without a role fails here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Site
from flask import request
from routes import Addresses, changing, roles_of, rules
from signing import PLANNER
from werkzeug.routing import Rule

from server.auth.access import Access, access_of, allowed, open_to_all
from server.store import audit
from server.store.people import ROLES

OPEN = {"account.sign_in", "account.enter", "account.health", "api_account.sign_in"}
OFFICE = {"office.manifest", "office.functions", "office.taskpane", "office.help_page"}
"""What Excel fetches before anybody can sign in: the add-in itself, the same for everybody."""
OWN_ACCOUNT = ("account.", "api_account.")
ROOT = Path(__file__).resolve().parents[2]


def as_role(site: Site, role: str) -> Site:
    return site.as_(f"the {role}", *(PLANNER if role == "contributor" else (role,)))


def test_every_route_says_who_may_use_it(empty_site: Site) -> None:
    silent = [rule.rule for rule in rules(empty_site) if access_of(empty_site.app, rule.endpoint) is None]
    assert silent == [], "add @allowed(…) of server.auth.access"


def test_what_is_open_without_a_sign_in_is_the_sign_in_and_no_more(empty_site: Site) -> None:
    assert {rule.endpoint for rule in rules(empty_site) if roles_of(empty_site, rule) is None} == OPEN | OFFICE


def test_the_add_in_tells_nothing_of_the_company_before_the_sign_in(planned: Site) -> None:
    for rule in rules(planned):
        if rule.endpoint in OFFICE:
            answer = planned.anonymous().get(rule.rule)
            assert answer.status_code == 200
            assert not [word for word in ("KETTLE", "sales lead") if word in answer.text]


def test_a_reader_changes_nothing_but_the_own_account(empty_site: Site) -> None:
    open_to_readers = {rule.endpoint for rule in changing(empty_site) if "reader" in (roles_of(empty_site, rule) or ())}
    assert open_to_readers and all(endpoint.startswith(OWN_ACCOUNT) for endpoint in open_to_readers)


def test_an_administrator_decides_nothing_about_the_plan(empty_site: Site) -> None:
    for rule in changing(empty_site):
        if "administrator" in (roles_of(empty_site, rule) or ()):
            assert rule.endpoint.startswith((*OWN_ACCOUNT, "administration.", "api_people.")), rule.rule


@pytest.mark.parametrize("role", ROLES)
def test_every_route_refuses_the_roles_it_is_not_for_and_lets_the_others_read(planned: Site, role: str) -> None:
    addresses, person = Addresses(planned), as_role(planned, role)
    nobody = planned.anonymous()
    refused = 0
    for rule in rules(planned):
        roles = roles_of(planned, rule)
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            if roles is None:
                continue
            address = addresses.first(rule)
            unknown = nobody.open(address, method=method)
            assert unknown.status_code in (401, 303), f"{method} {address} without a sign-in"
            if role not in roles:
                answer = person.client.open(address, method=method)
                assert answer.status_code == 403, f"{method} {address} as {role}"
                refused += 1
            elif method == "GET":
                answer = person.client.open(address)
                refusals = (401, 500) if role == "contributor" else (401, 403, 500)  # the data of others, see isolation
                assert answer.status_code not in refusals, f"{method} {address} as {role}: {answer.text[:300]}"
    assert refused >= (5 if role == "facilitator" else 15)


def test_a_route_that_declares_nothing_is_refused_to_everybody(empty_site: Site) -> None:
    empty_site.app._got_first_request = False
    empty_site.app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    for role in ROLES:
        answer = as_role(empty_site, role).client.get("/forgotten")
        assert answer.status_code == 403 and "secret" not in answer.text


def test_a_route_that_only_asks_leaves_no_line_and_takes_what_it_says(empty_site: Site) -> None:
    empty_site.app._got_first_request = False
    asking = allowed("reader").only_asks().taking(6)(lambda: str(len(request.get_data())))
    empty_site.app.add_url_rule("/asked", "asked", asking, methods=["POST"])
    client, most = as_role(empty_site, "reader").client, 6 * 1024 * 1024
    assert client.post("/asked", data=b"x" * most, content_type="text/plain").text == str(most)
    assert client.post("/asked", data=b"x" * (most + 1), content_type="text/plain").status_code == 413
    assert as_role(empty_site, "executive").client.post("/asked").status_code == 403
    with empty_site.context.database.read() as connection:
        lines = audit.newest(connection, limit=10, action="asked")
    assert [(line.person, line.status) for line in lines] == [("the executive", 403)]


def test_roles_are_checked_when_they_are_declared() -> None:
    for wrong in ((), ("king",), ("reader", "")):
        with pytest.raises(ValueError, match="are no roles"):
            allowed(*wrong)
    assert open_to_all == Access(None)


def test_every_form_that_changes_something_carries_the_text_that_proves_where_it_comes_from() -> None:
    templates = ROOT / "server" / "templates"
    forms = [
        (path.name, form)
        for path in templates.rglob("*.html")
        for form in re.findall(r"<form[^>]*method=\"post\"[^>]*>.{0,200}", path.read_text(encoding="utf-8"), re.DOTALL)
    ]
    assert len(forms) >= 10
    for name, form in forms:
        assert "{{ csrf_field() }}" in form or "{{ form_field }}" in form, f"{name}: {form[:120]}"


def declared(rule: Rule) -> str:
    return f"{rule.endpoint} {sorted((rule.methods or set()) - {'OPTIONS', 'HEAD'})}"


def test_the_description_of_the_api_says_who_may_use_what(empty_site: Site) -> None:
    paths = empty_site.client.get("/openapi.json").json["paths"]
    for rule in rules(empty_site):
        if not rule.rule.startswith("/api/"):
            continue
        item = paths[re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)]
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}:
            operation, roles = item[method.lower()], roles_of(empty_site, rule)
            assert operation["security"] == ([] if roles is None else [{"token": []}, {"session": []}])
            assert operation.get("x-roles", []) == sorted(roles or ()), declared(rule)
            assert {"401", "403", "429"} <= set(operation["responses"]) or roles is None
