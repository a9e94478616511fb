"""Administration: people, rights that change at once, tokens, the audit log and its chain."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from conftest import CYCLE, Site
from signing import person_of

from server.actions import people as people_actions
from server.store import audit, people
from server.store.tables import audit as audit_table
from server.store.verify import verify


@pytest.fixture
def admin(site: Site) -> Site:
    return site.as_("boss", "administrator")


def test_a_person_is_added_with_a_one_time_password_shown_once(admin: Site) -> None:
    sent = {"name": "Anna", "roles": ["contributor"], "functions": ["sales"]}
    added = admin.post("/people", 201, json=sent)
    shown = admin.get(f"/people/{added['id']}")
    assert (shown["roles"], shown["functions"], shown["must_change"]) == (["contributor"], ["sales"], True)
    assert "one_time_password" not in shown
    with admin.context.database.read() as connection:
        kept = people.password_of(connection, added["id"])
    assert kept.startswith("$argon2id$") and added["one_time_password"] not in kept


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({"name": "BOSS ", "roles": ["reader"]}, 409, "BOSS"),
        ({"name": "Anna", "roles": ["king"]}, 422, "roles"),
        ({"name": "Anna", "roles": []}, 422, "roles"),
        ({"name": "Anna", "roles": ["reader"], "functions": ["sales"]}, 422, "Only a contributor has functions"),
        ({"name": "Anna", "roles": ["contributor"]}, 422, "at least one function"),
        ({"name": "Anna", "roles": ["contributor"], "functions": ["piracy"]}, 422, "functions"),
        ({"name": "  ", "roles": ["reader"]}, 422, "name"),
        ({"name": "A\u202ea", "roles": ["reader"]}, 422, "name"),
    ],
)
def test_people_that_cannot_be_are_refused_with_the_reason(
    admin: Site, sent: dict[str, object], status: int, words: str
) -> None:
    assert words in admin.post("/people", status, json=sent)["detail"]


def test_rights_change_at_once_and_only_for_who_saw_the_present_ones(admin: Site) -> None:
    anna = admin.as_("Anna", "reader")
    person = person_of(admin.context, "Anna")
    tag = admin.client.get(f"/api/v1/people/{person.id}").headers["ETag"]
    anna.post(f"/cycles/{CYCLE}/consolidate", 403)
    path, headers = f"/api/v1/people/{person.id}", {"If-Match": tag}
    assert admin.client.patch(path, json={"roles": ["facilitator"]}, headers=headers).status_code == 200
    anna.post(f"/cycles/{CYCLE}/consolidate", 202)
    late = admin.client.patch(path, json={"roles": ["reader"]}, headers=headers)
    assert (late.status_code, late.json["newest"]["roles"]) == (412, ["facilitator"])
    admin.done()


def test_who_leaves_is_out_at_once_with_browser_and_token(admin: Site) -> None:
    anna, browser = admin.as_("Anna", "reader"), admin.browser("Anna")
    person = person_of(admin.context, "Anna")
    admin.client.patch(f"/api/v1/people/{person.id}", json={"active": False})
    assert anna.client.get("/api/v1/cycles").status_code == 401
    assert browser.get("/").status_code == 303
    admin.client.patch(f"/api/v1/people/{person.id}", json={"active": True})
    assert anna.client.get("/api/v1/cycles").status_code == 401, "revoked tokens stay revoked"


def test_the_last_administrator_stays(admin: Site) -> None:
    boss = person_of(admin.context, "boss")
    for change in ({"active": False}, {"roles": ["reader"]}):
        answer = admin.client.patch(f"/api/v1/people/{boss.id}", json=change)
        assert (answer.status_code, answer.json["type"]) == (409, "/problems/last-administrator")
    person_of(admin.context, "deputy", "administrator")
    assert admin.client.patch(f"/api/v1/people/{boss.id}", json={"roles": ["reader"]}).status_code == 200


def test_a_token_works_until_it_is_revoked_and_only_its_hash_is_kept(site: Site) -> None:
    made = site.post("/tokens", 201, json={"label": "Excel, laptop"})
    client = site.anonymous()
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert client.get("/api/v1/me", headers=headers).json["name"] == "facilitator"
    assert made["token"] not in str(site.get("/tokens"))
    with site.context.database.read() as connection:
        kept = str(list(connection.exec_driver_sql("SELECT * FROM tokens")))
    assert made["token"] not in kept
    assert site.client.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
    assert client.get("/api/v1/me", headers=headers).status_code == 401


def test_nobody_revokes_the_token_of_another_but_an_administrator(admin: Site) -> None:
    made = admin.as_("Anna", "reader").post("/tokens", 201, json={"label": "Excel"})
    path = f"/api/v1/tokens/{made['id']}"
    assert admin.as_("Bert", "facilitator").client.delete(path).status_code == 404
    assert admin.client.delete(path).status_code == 204


def test_a_token_runs_out(open_site: Callable[..., Site]) -> None:
    now = [datetime(2026, 7, 1, tzinfo=UTC)]
    site = open_site(clock=lambda: now[0])
    person = person_of(site.context, "Anna", "reader")
    _, secret = people_actions.make_token(site.context, person, label="Excel", days=30)
    headers = {"Authorization": f"Bearer {secret}"}
    assert site.anonymous().get("/api/v1/me", headers=headers).status_code == 200
    now[0] += timedelta(days=31)
    assert site.anonymous().get("/api/v1/me", headers=headers).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer sopxl_x", "Bearer " + "x" * 9000])
def test_what_is_no_token_is_no_entry_even_beside_a_session(site: Site, header: str) -> None:
    browser = site.browser()
    assert browser.get("/api/v1/me", headers={"Authorization": header}).status_code == 401


def test_pages_add_change_and_let_go_of_people(admin: Site) -> None:
    browser = admin.browser("boss")
    form = {"name": "Anna", "roles": ["contributor", "reader"], "functions": ["sales"]}
    page = browser.post("/administration/people", data=form)
    assert re.search(r'class="secret">[A-Z2-9-]{19}<', page.text)
    person = person_of(admin.context, "Anna")
    wrong = browser.post("/administration/people", data={"name": "Anna", "roles": "reader"})
    assert wrong.status_code == 409 and "someone named" in wrong.text
    shown = browser.get(f"/administration/people/{person.id}").text
    tag = re.search(r'name="seen" value="(\w+)"', shown)
    assert tag is not None and "one-time password until" in shown
    ticked = {"roles": "executive", "functions": "sales", "seen": tag[1]}
    refused = browser.post(f"/administration/people/{person.id}", data=ticked)
    assert refused.status_code == 422 and "choose contributor as well, or leave out sales" in refused.text
    nothing = browser.post(f"/administration/people/{person.id}", data={"seen": tag[1]})
    assert nothing.status_code == 422 and "Choose at least one role." in nothing.text
    change = {"roles": "executive", "seen": tag[1]}
    assert browser.post(f"/administration/people/{person.id}", data=change).status_code == 303
    assert browser.post(f"/administration/people/{person.id}", data=change).status_code == 412
    assert person_of(admin.context, "Anna").roles == {"executive"}
    assert "secret" in browser.post(f"/administration/people/{person.id}/password").text
    assert browser.post(f"/administration/people/{person.id}/leave").status_code == 303
    assert not person_of(admin.context, "Anna").active
    assert browser.post(f"/administration/people/{person.id}/return").status_code == 303
    assert person_of(admin.context, "Anna").active


def test_the_account_page_makes_a_token_shows_it_once_and_revokes_it(site: Site) -> None:
    browser = site.browser("Anna", "reader")
    secret = re.search(r"sopxl_[\w-]{43}", browser.post("/account/tokens", data={"label": "Excel"}).text)
    assert secret is not None
    headers = {"Authorization": f"Bearer {secret[0]}"}
    assert site.anonymous().get("/api/v1/me", headers=headers).json["name"] == "Anna"
    page = browser.get("/account").text
    revoke = re.search(r'action="(/account/tokens/t-\w+/revoke)"', page)
    assert revoke is not None and secret[0] not in page
    browser.post(revoke[1])
    assert site.anonymous().get("/api/v1/me", headers=headers).status_code == 401


def test_every_change_and_refusal_is_in_the_audit_log_with_who_and_how(admin: Site) -> None:
    anna = admin.browser("Anna", "reader")
    anna.post(f"/cycles/{CYCLE}/consolidate")
    anna.get("/administration/people")
    admin.as_("Fay", "facilitator").post(f"/cycles/{CYCLE}/issue", 409)
    lines = admin.get("/audit?limit=3")
    assert [(line["person"], line["means"], line["action"], line["subject"], line["status"]) for line in lines] == [
        ("Fay", "token", "api_cycles.issue", CYCLE, 409),
        ("Anna", "page", "administration.people_page refused", "", 403),
        ("Anna", "page", "pages.consolidate", CYCLE, 403),
    ]
    page = admin.browser("boss").get("/administration/audit?person=Anna").text
    assert 'title="pages.consolidate">Start' in page and 'title="api_cycles.issue"' not in page


def test_older_lines_are_on_further_pages(admin: Site) -> None:
    with admin.context.database.write() as connection:
        for number in range(150):
            audit.record(connection, at="2026-07-01T00:00:00Z", person="Anna", means="page", action=f"deed {number}")
    browser = admin.browser("boss")
    first = browser.get("/administration/audit").text
    older = re.search(r'href="(/administration/audit\?before=\d+[^"]*)"', first)
    assert ">deed 149</td>" in first and ">deed 49</td>" not in first and older is not None
    assert ">deed 49</td>" in browser.get(older[1].replace("&amp;", "&")).text


def test_rights_given_behind_the_servers_back_are_found_by_verify(admin: Site) -> None:
    """Adding, changing and letting go through the server agree with the log; an UPDATE in the database does not."""
    added = admin.post("/people", 201, json={"name": "Anna", "roles": ["contributor"], "functions": ["sales"]})
    path = f"/api/v1/people/{added['id']}"
    assert admin.client.patch(path, json={"roles": ["reader"]}).status_code == 200
    browser = admin.browser("boss")
    assert browser.post(f"/administration/people/{added['id']}/leave").status_code == 303
    assert admin.get("/verify")["ok"]
    with admin.context.database.write() as connection:
        connection.exec_driver_sql(
            f"UPDATE people SET roles = '[\"executive\"]', active = 1 WHERE id = '{added['id']}'"
        )
    (found,) = admin.get("/verify")["breaks"]
    assert (found["what"], found["id"]) == ("person", "Anna")
    assert "roles ['reader'] → ['executive']" in found["problem"] and "active False → True" in found["problem"]


def test_the_log_cannot_be_changed_and_a_change_behind_its_back_shows(admin: Site) -> None:
    admin.post("/people", 201, json={"name": "Anna", "roles": ["reader"]})
    with pytest.raises(Exception, match="append-only"), admin.context.database.write() as connection:
        connection.execute(audit_table.delete())
    with admin.context.database.write() as connection:
        trigger = "audit_no_change ON audit" if admin.context.database.shared else "audit_no_update"
        connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        connection.exec_driver_sql("UPDATE audit SET person = 'someone else' WHERE action = 'api_people.add'")
    with admin.context.database.read() as connection:
        (found,) = verify(connection).breaks
    assert (found.what, found.problem) == ("audit line", "was changed")


def test_requests_beyond_the_limit_wait(open_site: Callable[..., Site]) -> None:
    from server.context import PeopleConfig

    site = open_site(people=PeopleConfig(requests_per_minute=5, writes_per_minute=2, anonymous_per_minute=3))
    person_of(site.context, "Anna", "reader")
    client = site.as_("Anna").client
    statuses = [client.post("/api/v1/tokens", json={"label": "x"}).status_code for _ in range(3)]
    assert statuses == [201, 201, 429]
    answers = [client.get("/api/v1/me") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) <= 61
    assert [site.anonymous().get("/sign-in").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_a_body_without_files_is_small_and_text_has_no_nul(site: Site) -> None:
    large = site.client.post("/api/v1/tokens", data=b'{"label": "' + b"x" * 5_000_000, content_type="application/json")
    assert large.status_code == 413
    for strange in (b"[" * 200_000, b'{"days": ' + b"9" * 5000 + b"}", b'{"label": "a\\u0000b"}', b'{"label": NaN}'):
        answer = site.client.post("/api/v1/tokens", data=strange, content_type="application/json")
        assert (answer.status_code, answer.json["type"]) == (400, "/problems/bad-request")
    halved = b'{"label": "\\ud800"}'
    assert site.client.post("/api/v1/tokens", data=halved, content_type="application/json").status_code == 400
    assert site.browser().post("/account/tokens", data={"label": "a\0b"}).status_code == 400
    assert site.client.get("/cycles/a%00b").status_code == 400
    assert site.client.get("/api/v1/versions?cycle=a%00b").status_code == 400
