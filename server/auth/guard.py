"""The door: every request is asked who makes it and whether that person may; what people change is written down."""

from __future__ import annotations

import hmac
import json
import logging
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from server.auth import reach
from server.auth.access import access_of
from server.auth.current import PAGE, TOKEN, SignedIn, signed_in
from server.auth.limits import Limiter
from server.auth.times import later
from server.context import Context, context
from server.problems import Problem
from server.security import SAFE_METHODS, wants_json
from server.store import audit, sessions
from server.store.canonical import sha256
from server.store.people import Person
from sop_xl.schema.catalogue import FUNCTIONS

_log = logging.getLogger(__name__)
_LIMITER = "sop_limiter"
_NOTED_EVERY = timedelta(minutes=5)
FORM_FIELD, FORM_HEADER = "csrf_token", "X-CSRF-Token"
WITHOUT_PASSWORD = frozenset({"account.password", "account.change_password", "account.sign_out", "api_account.me"})
"""What is open to someone whose one-time password was not changed yet."""


def install(app: Flask) -> None:
    """Guard the routes of an application and tell its templates who is signed in."""
    app.extensions[_LIMITER] = Limiter()
    app.before_request(_admit)
    app.after_request(_record)
    app.context_processor(_told_to_templates)


def cookie_name() -> str:
    """Return the name of the session's cookie; over TLS one that browsers bind to this very host."""
    return "__Host-sop_xl" if context().config.people.tls else "sop_xl"


def form_cookie_name() -> str:
    """Return the name of the cookie that ties the sign-in form to the browser it was shown in."""
    return f"{cookie_name()}_form"


def set_cookie(response: Response, name: str, value: str) -> None:
    """Set a cookie that scripts cannot read and other sites' forms do not carry."""
    secure = context().config.people.tls
    response.set_cookie(name, value, httponly=True, secure=secure, samesite="Lax", path="/")


def form_token(secret: str) -> str:
    """Return the text the forms of a browser carry, made from a cookie only that browser has."""
    return sha256(f"form:{secret}".encode())


def limiter() -> Limiter:
    """Return the counter of requests."""
    return current_app.extensions[_LIMITER]


def address() -> str:
    """Return the address the request came from."""
    return request.remote_addr or ""


def _admit() -> ResponseReturnValue | None:
    access = access_of(current_app, request.endpoint) if request.endpoint else None
    if access is not None and access.is_open:
        if request.endpoint != "static":
            limiter().count("anonymous", address(), context().config.people.anonymous_per_minute)
        _limit_body(0)
        return None
    found = g.sop_signed_in = authenticate(context())
    if found is None:
        return _turn_away()
    person, limits = found.person, context().config.people
    limiter().count("requests", person.id, limits.requests_per_minute)
    if person.must_change and request.endpoint not in WITHOUT_PASSWORD:
        if wants_json():
            raise Problem.of("password-change-needed", "Sign in with the one-time password and a new one.")
        return redirect(url_for("account.password"), 303)
    if request.endpoint is None:  # there is no such address; the answer says so
        return None
    if access is None:
        raise Problem.of("forbidden", "This address does not say who may use it, so nobody may.")
    if access.roles is not None and not person.has(*access.roles):
        raise Problem.of("forbidden", f"This is for {_listed(access.roles)}; you are {_listed(person.roles)}.")
    _limit_body(access.body_mb)
    if request.method not in SAFE_METHODS:
        g.sop_asks = access.asks
        limiter().count("writes", person.id, 0 if access.asks else limits.writes_per_minute)
        if found.means == PAGE:
            check_form(found.csrf)
        _refuse_strange_text()
    return None


def _refuse_strange_text() -> None:
    """Refuse what no database keeps alike or no parser survives: NUL, halves of characters, numbers without end."""
    if request.mimetype == "multipart/form-data":
        names = [file.filename or "" for file in request.files.values()]
        strange = any("\0" in text for text in (*request.form.values(), *names))
    else:
        sent = request.get_data(cache=True)
        strange = b"\0" in sent or b"\\u0000" in sent or b"%00" in sent or (request.is_json and _no_plain_json(sent))
    if strange:
        raise Problem.of("bad-request", "The request holds what no text or number is.")


def _no_plain_json(sent: bytes) -> bool:
    """Return whether JSON nests without end, or holds numbers or characters that are none."""
    try:
        json.dumps(json.loads(sent, parse_constant=_refuse_constant), ensure_ascii=False).encode()
    except json.JSONDecodeError:
        return False  # told with its place by whoever reads it
    except (RecursionError, ValueError):
        return True
    return False


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def authenticate(context: Context) -> SignedIn | None:
    """Return who makes the request: by a token where it carries one, else by the browser's session."""
    header = request.headers.get("Authorization")
    if header is not None:
        kind, _, secret = header.partition(" ")
        return _by_token(context, secret.strip()) if kind.lower() == "bearer" else None
    secret = request.cookies.get(cookie_name(), "")
    return by_session(context, secret) if secret else None


def _by_token(context: Context, secret: str) -> SignedIn | None:
    now = context.now()
    with context.database.glance() as connection:
        found = sessions.token(connection, secret)
    if found is None:
        return None
    token, person = found
    if not person.active or token.revoked_at or token.expires_at <= now:
        return None
    if token.used_at < later(context, -_NOTED_EVERY):
        with context.database.update() as connection:
            sessions.used(connection, token.id, now)
    return SignedIn(person, TOKEN, token.id)


def by_session(context: Context, secret: str) -> SignedIn | None:
    """Return who is signed in by the secret of a session, None where it has ended."""
    now = context.now()
    idle = timedelta(minutes=context.config.people.session_idle_minutes)
    with context.database.glance() as connection:
        found = sessions.session(connection, secret)
    if found is None:
        return None
    session, person = found
    if not person.active or session.expires_at <= now or session.seen_at < later(context, -idle):
        return None
    if session.seen_at < later(context, -_NOTED_EVERY):
        with context.database.update() as connection:
            sessions.seen(connection, session.hash, now)
    return SignedIn(person, PAGE, session.hash, form_token(secret))


def check_form(expected: str) -> None:
    """Refuse a change that was not sent from a form of this browser's pages.

    Raises:
        Problem: *form-expired*.
    """
    sent = request.headers.get(FORM_HEADER) or request.form.get(FORM_FIELD, "")
    if not expected or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise Problem.of("form-expired", "It was made before you signed in, or somewhere else.")


def _turn_away() -> ResponseReturnValue:
    limiter().count("anonymous", address(), context().config.people.anonymous_per_minute)
    if wants_json() or request.headers.get("Authorization") is not None:
        raise Problem.of("not-signed-in", "Sign in, or send a token that is valid.")
    back = request.full_path.rstrip("?") if request.method == "GET" else ""
    place = url_for("account.sign_in")
    if back not in ("", "/"):
        place = f"{place}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request") == "true":
        return Response(status=401, headers={"HX-Redirect": url_for("account.sign_in")})
    return redirect(place, 303)


def _limit_body(megabytes: int) -> None:
    """Let only forms with files be large, and what a route says it takes."""
    if request.mimetype != "multipart/form-data":
        request.max_content_length = (megabytes or context().config.people.max_body_mb) * 1024 * 1024


def _listed(names: frozenset[str]) -> str:
    return " or ".join(sorted(names))


def _record(response: Response) -> Response:
    if response.status_code == 401:
        response.headers.setdefault("WWW-Authenticate", 'Bearer realm="sop-xl"')
    found = signed_in()
    reading = request.method in SAFE_METHODS or g.get("sop_asks", False)
    if found is None or (reading and response.status_code != 403):
        return response
    if request.endpoint is None or g.get("sop_recorded"):
        return response
    where = context()
    location = response.headers.get("Location", "")
    try:
        with where.database.write() as connection:
            audit.record(
                connection,
                at=where.now(),
                person=found.person.name,
                means=found.means,
                action=request.endpoint if request.method not in SAFE_METHODS else f"{request.endpoint} refused",
                subject=str(g.get("sop_subject") or " ".join(map(str, (request.view_args or {}).values())))[:200],
                status=response.status_code,
                address=address(),
                detail={**({"location": location[:300]} if location else {}), **_rights(response)},
            )
    except Exception:
        _log.exception("%s by %s could not be written to the audit log", request.endpoint, found.person.name)
    return response


def _told_to_templates() -> dict[str, object]:
    found = signed_in()
    csrf = found.csrf if found else ""

    def csrf_field() -> Markup:
        return Markup('<input type="hidden" name="{}" value="{}">').format(FORM_FIELD, csrf)

    person: Person | None = found.person if found else None
    readable = [function for function in FUNCTIONS if person is not None and reach.reads(person, function)]
    return {
        "person": person,
        "csrf_token": csrf,
        "csrf_field": csrf_field,
        "readable": readable,
        "reads": readable.__contains__,
        "own_issues": lambda issues: [] if person is None else reach.issues_visible(person, issues),
    }


def _rights(response: Response) -> dict[str, Any]:
    rights = g.get("sop_rights")
    return {"rights": rights} if rights and response.status_code < 400 else {}
