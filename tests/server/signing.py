"""People of the tests: made when they are first named, and signed in by a token, a session or a password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from apiflask import APIFlask
from flask.testing import FlaskClient

from server.actions import signing_in
from server.auth import guard, passwords
from server.context import Context
from server.store import people, sessions
from server.store.database import open_database
from server.store.people import Person, Rights
from sop_xl.schema.catalogue import FUNCTIONS

if TYPE_CHECKING:
    from playwright.sync_api import Page

PASSWORD = "correct horse battery staple"
PLANNER = tuple(f"contributor:{function}" for function in FUNCTIONS)
"""Roles of someone who plans for every function."""
_KEPT = passwords.hashed(PASSWORD)


def _stamp(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds").replace("+00:00", "Z")


def person_of(context: Context, name: str, *roles: str) -> Person:
    """Return the person of a name, made now where there is none; the password is `PASSWORD`."""
    with context.database.write() as connection:
        known = people.find_by_name(connection, name)
        if known is not None:
            return known
        return people.add(connection, name=name, rights=Rights.of(roles), at=_stamp(0), password=_KEPT)


def token_of(context: Context, name: str, *roles: str) -> str:
    """Return a new token of a person, made now where there is none."""
    person = person_of(context, name, *roles)
    with context.database.write() as connection:
        return sessions.make_token(connection, person.id, label="test", at=_stamp(0), expires_at=_stamp(30))[1]


def token_for(store: Path, name: str, *roles: str) -> str:
    """Return a token of a person of a store that no server of this process has open."""
    database = open_database(f"sqlite:///{store}")
    try:
        with database.write() as connection:
            known = people.find_by_name(connection, name)
            person = known or people.add(connection, name=name, rights=Rights.of(roles), at=_stamp(0), password=_KEPT)
            return sessions.make_token(connection, person.id, label="test", at=_stamp(0), expires_at=_stamp(30))[1]
    finally:
        database.close()


def client_of(app: APIFlask, context: Context, name: str, *roles: str) -> FlaskClient:
    """Return a client that sends a token of a person with every request."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token_of(context, name, *roles)}"
    return client


def browser_of(app: APIFlask, context: Context, name: str, *roles: str) -> FlaskClient:
    """Return a client with the session of a person, which sends the text of the forms along as pages do."""
    person = person_of(context, name, *roles)
    secret = signing_in.open_session(context, person, address="127.0.0.1", browser="test")
    client = app.test_client()
    client.set_cookie("sop_xl", secret)
    client.environ_base["HTTP_X_CSRF_TOKEN"] = guard.form_token(secret)
    return client


def sign_in(page: Page, address: str, context: Context, name: str, *roles: str) -> None:
    """Sign a person in on the page of a real browser; the person is made now where there is none of that name."""
    person_of(context, name, *roles)
    page.goto(f"{address}/sign-in")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("button:has-text('Sign in')")
    page.wait_for_selector("text=Sign out")
