"""Signing in: the first administrator, passwords, sessions and their end, throttling, forms of other sites."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from conftest import Site
from flask.testing import FlaskClient
from signing import PASSWORD, person_of
from werkzeug.test import TestResponse

from server.actions.people import first_administrator
from server.context import PeopleConfig
from server.store import audit

NEW = "a kettle boils in the hall"


class Clock:
    """A clock the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 7, 1, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)


def enter(client: FlaskClient, name: str, password: str, *, path: str = "/sign-in") -> TestResponse:
    """Fill in and send the sign-in form as a browser does."""
    form = re.search(r'name="csrf_token" value="(\w+)"', client.get(path).text)
    assert form is not None
    return client.post(path, data={"name": name, "password": password, "csrf_token": form[1]})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(open_site: Callable[..., Site], clock: Clock) -> Site:
    site = open_site(clock=clock, people=PeopleConfig(session_idle_minutes=60, session_hours=10))
    person_of(site.context, "Anna", "reader")
    return site


def test_the_first_start_makes_one_administrator_whose_password_must_be_changed(empty_site: Site) -> None:
    with empty_site.context.database.update() as connection:
        connection.exec_driver_sql("DELETE FROM tokens")
        connection.exec_driver_sql("DELETE FROM people")
    entry = first_administrator(empty_site.context)
    assert entry is not None and re.fullmatch(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){3}", entry.password)
    assert first_administrator(empty_site.context) is None, "once"
    browser = empty_site.anonymous()
    assert enter(browser, "administrator", entry.password).headers["Location"] == "/account/password"
    for path in ("/", "/administration/people", "/account"):
        assert browser.get(path).headers["Location"] == "/account/password", "nothing else is open before"
    token = re.search(r'name="csrf_token" value="(\w+)"', browser.get("/account/password").text)
    assert token is not None
    form = {"old": entry.password, "new": NEW, "again": NEW, "csrf_token": token[1]}
    assert browser.post("/account/password", data=form).status_code == 303
    assert browser.get("/administration/people").status_code == 200
    assert enter(empty_site.anonymous(), "administrator", entry.password).status_code == 401
    assert enter(empty_site.anonymous(), "administrator", NEW).status_code == 303


def test_nothing_is_open_but_the_sign_in(site: Site) -> None:
    nobody = site.anonymous()
    page = nobody.get("/cycles/2026-07?scenario=base")
    assert (page.status_code, page.headers["Location"]) == (303, "/sign-in?next=%2Fcycles%2F2026-07%3Fscenario%3Dbase")
    for path in ("/api/v1/cycles", "/openapi.json", "/api/v1/nowhere"):
        answer = nobody.get(path)
        assert (answer.status_code, answer.json["type"]) == (401, "/problems/not-signed-in")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert nobody.get("/nowhere").status_code == 303
    assert nobody.get("/health").json == {"status": "ok"}


def test_after_the_sign_in_the_page_that_was_asked_for_is_shown_and_no_other_site(timed: Site) -> None:
    path = "/sign-in?next=%2Fversions%3Fhead%3Dab"
    assert enter(timed.anonymous(), " anna ", PASSWORD, path=path).headers["Location"] == "/versions?head=ab"
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\r\nX: y"):
        browser = timed.anonymous()
        form = re.search(r'value="(\w{64})"', browser.get("/sign-in").text)
        assert form is not None
        sent = {"name": "Anna", "password": PASSWORD, "csrf_token": form[1]}
        answer = browser.post("/sign-in", query_string={"next": elsewhere}, data=sent)
        assert answer.headers["Location"] == "/"


def test_the_cookie_is_for_this_server_alone_and_its_secret_is_not_stored(timed: Site) -> None:
    browser = timed.anonymous()
    cookies = enter(browser, "Anna", PASSWORD).headers.getlist("Set-Cookie")
    (cookie,) = [text for text in cookies if text.startswith("sop_xl=")]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    secret = cookie.split(";")[0].removeprefix("sop_xl=")
    with timed.context.database.read() as connection:
        kept = [str(row) for row in connection.exec_driver_sql("SELECT * FROM sessions")]
    assert kept and not any(secret in row for row in kept)


def test_behind_tls_cookies_are_bound_to_the_host_and_to_tls(open_site: Callable[..., Site]) -> None:
    site = open_site(
        people=PeopleConfig(public_url="https://plan.example.com"), hosts=("plan.example.com", "localhost")
    )
    person_of(site.context, "Anna", "reader")
    answer = site.anonymous().get("/sign-in", base_url="https://plan.example.com")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-sop_xl_form=") and "Secure" in cookie
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(timed: Site) -> None:
    pages = {enter(timed.anonymous(), name, "wrong wrong wrong").text for name in ("Anna", "Bert")}
    assert len({re.sub(r'value="[^"]*"|Anna|Bert', "", page) for page in pages}) == 1
    assert "The sign-in was refused" in pages.pop()


def test_guessing_is_slowed_down_for_a_name_and_an_address_but_not_for_others(timed: Site, clock: Clock) -> None:
    person_of(timed.context, "Bert", "reader")
    browser = timed.anonymous()
    assert [enter(browser, "Anna", f"guess number {n}").status_code for n in range(6)] == [401] * 5 + [429]
    slowed = enter(browser, "Anna", PASSWORD)
    assert (slowed.status_code, slowed.headers["Retry-After"]) == (429, "900"), "even the right one"
    assert enter(timed.anonymous(), "Bert", PASSWORD).status_code == 303
    clock.wait(minutes=16)
    assert enter(browser, "Anna", PASSWORD).status_code == 303


def test_many_names_from_one_address_are_slowed_down_too(timed: Site) -> None:
    sign_in = {"password": "wrong wrong wrong"}
    client = timed.anonymous()
    statuses = [client.post("/api/v1/sign-in", json={**sign_in, "name": f"n{n}"}).status_code for n in range(41)]
    assert statuses == [401] * 40 + [429]


@pytest.mark.parametrize(("wait", "status"), [({"minutes": 59}, 200), ({"minutes": 66}, 303), ({"hours": 11}, 303)])
def test_a_session_ends_when_it_is_not_used_or_old(
    timed: Site, clock: Clock, wait: dict[str, int], status: int
) -> None:
    browser = timed.browser("Anna")
    clock.wait(minutes=1)
    assert browser.get("/").status_code == 200
    clock.wait(**wait)
    assert browser.get("/").status_code == status


def test_a_session_that_is_used_goes_on_until_it_is_old(timed: Site, clock: Clock) -> None:
    browser = timed.browser("Anna")
    seen = []
    for _ in range(14):
        clock.wait(minutes=45)
        seen.append(browser.get("/").status_code)
    assert seen == [200] * 13 + [303], "13 times 45 minutes are less than ten hours"


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(timed: Site) -> None:
    browser, copy = timed.browser("Anna"), timed.anonymous()
    cookie = browser.get_cookie("sop_xl")
    assert cookie is not None
    copy.set_cookie("sop_xl", cookie.value)
    assert copy.get("/").status_code == 200
    assert browser.post("/sign-out").headers["Location"] == "/sign-in"
    assert copy.get("/").status_code == 303


def test_changing_the_password_ends_the_other_sessions_and_needs_the_present_one(timed: Site) -> None:
    here, elsewhere = timed.browser("Anna"), timed.browser("Anna")
    wrong = here.post("/account/password", data={"old": "not it at all", "new": NEW, "again": NEW})
    assert wrong.status_code == 401 and here.get("/").status_code == 200
    differs = here.post("/account/password", data={"old": PASSWORD, "new": NEW, "again": NEW + "!"})
    assert differs.status_code == 422 and "differ" in differs.text and "too simple" not in differs.text
    done = here.post("/account/password", data={"old": PASSWORD, "new": NEW, "again": NEW})
    assert done.status_code == 303
    assert (here.get("/").status_code, elsewhere.get("/").status_code) == (200, 303)


@pytest.mark.parametrize(
    "weak", ["short", "aaaaaaaaaaaaaaaa", "my password is long", "anna from the office", "1234567890abc"]
)
def test_passwords_that_are_guessed_at_once_are_refused_with_the_reason(timed: Site, weak: str) -> None:
    browser = timed.browser("Anna")
    answer = browser.post("/account/password", data={"old": PASSWORD, "new": weak, "again": weak})
    assert answer.status_code == 422 and "too simple" in answer.text
    assert enter(timed.anonymous(), "Anna", PASSWORD).status_code == 303


def test_a_form_that_does_not_come_from_this_browser_is_refused(site: Site) -> None:
    browser = site.browser()
    del browser.environ_base["HTTP_X_CSRF_TOKEN"]
    for sent in ({}, {"csrf_token": ""}, {"csrf_token": "0" * 64}, {"csrf_token": "é"}):
        for path in ("/cycles/2026-07/consolidate", "/api/v1/cycles/2026-07/consolidate", "/sign-out"):
            assert browser.post(path, data=sent).status_code == 403
    assert browser.get("/").status_code == 200, "reading needs no form"
    assert site.get("/cycles/2026-07/progress")["task"] == "issue", "nothing was consolidated"
    crossed = site.anonymous().post("/sign-in", data={"name": "Anna", "password": PASSWORD, "csrf_token": "0" * 64})
    assert crossed.status_code == 403 and "Set-Cookie" in crossed.headers


def test_a_one_time_password_runs_out(timed: Site, clock: Clock) -> None:
    admin = timed.as_("boss", "administrator")
    added = admin.post("/people", 201, json={"name": "Carl", "roles": ["reader"]})
    sign_in: dict[str, Any] = {"name": "Carl", "password": added["one_time_password"]}
    needs = timed.anonymous().post("/api/v1/sign-in", json=sign_in)
    assert (needs.status_code, needs.json["type"]) == (403, "/problems/password-change-needed")
    clock.wait(days=15)
    assert timed.anonymous().post("/api/v1/sign-in", json={**sign_in, "new_password": NEW}).status_code == 401


def test_sign_ins_are_written_down_without_what_was_typed(timed: Site) -> None:
    browser = timed.anonymous()
    enter(browser, "my-password-in-the-wrong-field", "x")
    enter(browser, "Anna", "wrong wrong wrong")
    enter(browser, "Anna", PASSWORD)
    with timed.context.database.read() as connection:
        lines = audit.newest(connection, limit=3)
    assert [(line.person, line.action, line.status) for line in lines] == [
        ("Anna", "sign-in", 200),
        ("Anna", "sign-in refused", 401),
        ("(unknown name)", "sign-in refused", 401),
    ]
