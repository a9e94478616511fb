"""Signing in and out, and changing the own password; guessing is slowed down and every attempt written down."""

from __future__ import annotations

from datetime import timedelta

from server.auth import passwords
from server.auth.times import later
from server.context import Context
from server.problems import Problem
from server.store import audit, people, sessions, sign_ins
from server.store.people import Person

_WINDOW = timedelta(minutes=15)
_MOST_BOTH, _MOST_NAME, _MOST_ADDRESS = 5, 30, 40


def check_password(context: Context, name: str, password: str, *, address: str, means: str) -> Person:
    """Return the person of a name and password.

    The same answer is given, after the same time, whether the name is unknown or the password wrong. After five
    failures of a name from an address (30 of the name, 40 of the address) a quarter of an hour must pass.

    Raises:
        Problem: *sign-in-refused* or *too-many-requests*.
    """
    now = context.now()
    with context.database.update() as connection:
        failed = sign_ins.failures(connection, name, address, later(context, -_WINDOW))
        slowed = failed.both >= _MOST_BOTH or failed.name >= _MOST_NAME or failed.address >= _MOST_ADDRESS
        if not slowed:
            sign_ins.note(connection, name, address, now, forget_before=later(context, -timedelta(days=1)))
        person = people.find_by_name(connection, name)
        kept = people.password_of(connection, person.id) if person else ""
    if slowed:
        _written(context, person, "sign-in slowed down", 429, address, means)
        wait = int(_WINDOW.total_seconds())
        raise Problem.of(
            "too-many-requests", "Signing in failed too often. Wait a quarter of an hour.", retry_after=wait
        )
    right = passwords.matches(kept, password)
    if person is None or not right or not person.active or (person.must_change and person.one_time_until <= now):
        _written(context, person, "sign-in refused", 401, address, means)
        raise Problem.of("sign-in-refused", "No one may sign in with this name and password.")
    with context.database.update() as connection:
        sign_ins.forgive(connection, name, address)
        if passwords.outdated(kept):
            renewed = passwords.hashed(password)
            people.set_password(connection, person.id, renewed, one_time_until=person.one_time_until)
    _written(context, person, "sign-in", 200, address, means)
    return person


def _written(context: Context, person: Person | None, action: str, status: int, address: str, means: str) -> None:
    name = person.name if person else "(unknown name)"
    with context.database.write() as connection:
        at = context.now()
        audit.record(connection, at=at, person=name, means=means, action=action, status=status, address=address)


def open_session(context: Context, person: Person, *, address: str, browser: str) -> str:
    """Open a session of a person and return its secret for the cookie."""
    until = later(context, timedelta(hours=context.config.people.session_hours))
    with context.database.update() as connection:
        return sessions.open_session(
            connection, person.id, at=context.now(), expires_at=until, address=address, browser=browser
        )


def close_session(context: Context, secret: str) -> None:
    """End a session."""
    with context.database.update() as connection:
        sessions.close_session(connection, secret)


def change_password(context: Context, person: Person, *, old: str, new: str, session: str = "") -> None:
    """Change the own password; all other sessions of the person end.

    Raises:
        Problem: *weak-password*, or *sign-in-refused* where the old one is wrong.
    """
    with context.database.read() as connection:
        kept = people.password_of(connection, person.id)
    if not passwords.matches(kept, old):
        raise Problem.of("sign-in-refused", "The present password is not the one you typed.", fields={"old": "Wrong."})
    refuse_weak(new, person.name)
    if new == old:
        raise Problem.of("weak-password", "Take one that differs from the present one.", fields={"new": "Unchanged."})
    hashed = passwords.hashed(new)
    with context.database.update() as connection:
        people.set_password(connection, person.id, hashed)
        sessions.close_sessions(connection, person.id, but=session)


def refuse_weak(password: str, name: str) -> None:
    """Refuse a password that is guessed too easily.

    Raises:
        Problem: *weak-password*.
    """
    weakness = passwords.weakness(password, name)
    if weakness:
        raise Problem.of("weak-password", weakness, fields={"new": weakness})
