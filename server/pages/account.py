"""Pages of the own account: sign in and out, change the password, make and revoke tokens for Excel."""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from server.actions import people as people_actions
from server.actions import signing_in
from server.auth import guard
from server.auth.access import ANYONE, allowed, open_to_all
from server.auth.current import PAGE, current, signed_in
from server.context import context
from server.problems import Problem
from server.store import sessions
from server.store.people import Person

blueprint = APIBlueprint("account", __name__, enable_openapi=False)


@blueprint.get("/health")
@open_to_all
def health() -> ResponseReturnValue:
    """Tell that the server answers and reaches its store."""
    with context().database.read() as connection:
        connection.exec_driver_sql("SELECT 1")
    return {"status": "ok"}


@blueprint.get("/sign-in")
@open_to_all
def sign_in() -> ResponseReturnValue:
    """Show the form that signs in."""
    secret = request.cookies.get(guard.cookie_name(), "")
    if secret and guard.by_session(context(), secret) is not None:
        return redirect(local(request.args.get("next", "")), 303)
    return _sign_in_form(None)


@blueprint.post("/sign-in")
@open_to_all
def enter() -> ResponseReturnValue:
    """Sign in with name and password."""
    expected = guard.form_token(request.cookies.get(guard.form_cookie_name(), secrets.token_hex()))
    if not hmac.compare_digest(request.form.get(guard.FORM_FIELD, "").encode(), expected.encode()):
        return _sign_in_form(Problem.of("form-expired", "The page was open for long. Please try once more."))
    name, password = request.form.get("name", ""), request.form.get("password", "")
    try:
        person = signing_in.check_password(context(), name, password, address=guard.address(), means=PAGE)
    except Problem as problem:
        return _sign_in_form(problem)
    return admit(person, request.args.get("next", ""))


def admit(person: Person, target: str) -> Response:
    """Open a session of a person and go to the page that was asked for, or to the change of a one-time password."""
    browser = request.headers.get("User-Agent", "")
    secret = signing_in.open_session(context(), person, address=guard.address(), browser=browser)
    place = url_for("account.password") if person.must_change else local(target)
    response = make_response(redirect(place, 303))
    guard.set_cookie(response, guard.cookie_name(), secret)
    return response


def local(target: str) -> str:
    """Return an address of this server, the first page where the one given leads elsewhere."""
    parts = urlsplit(target)
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if plain and not parts.netloc and not parts.scheme else url_for("pages.index")


def _sign_in_form(problem: Problem | None) -> Response:
    secret = request.cookies.get(guard.form_cookie_name()) or secrets.token_urlsafe(24)
    field = Markup('<input type="hidden" name="{}" value="{}">').format(guard.FORM_FIELD, guard.form_token(secret))
    name = request.form.get("name", "")
    oidc = context().config.people.oidc
    page = render_template("sign_in.html", problem=problem, form_field=field, name=name, oidc=oidc)
    response = make_response(page, problem.kind.status if problem else 200)
    if problem is not None and "retry_after" in problem.extra:
        response.headers["Retry-After"] = str(problem.extra["retry_after"])
    guard.set_cookie(response, guard.form_cookie_name(), secret)
    return response


@blueprint.post("/sign-out")
@allowed(*ANYONE)
def sign_out() -> ResponseReturnValue:
    """End the session."""
    signing_in.close_session(context(), request.cookies.get(guard.cookie_name(), ""))
    response = make_response(redirect(url_for("account.sign_in"), 303))
    response.delete_cookie(guard.cookie_name(), path="/", secure=context().config.people.tls, samesite="Lax")
    return response


@blueprint.get("/account")
@allowed(*ANYONE)
def show() -> ResponseReturnValue:
    """Show the own roles, tokens and sessions."""
    return _account()


@blueprint.get("/account/password")
@allowed(*ANYONE)
def password() -> ResponseReturnValue:
    """Show the form that changes the password."""
    return render_template("password.html", problem=None)


@blueprint.post("/account/password")
@allowed(*ANYONE)
def change_password() -> ResponseReturnValue:
    """Change the password; sessions elsewhere end."""
    found = signed_in()
    key = found.key if found and found.means == PAGE else ""
    old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
    try:
        if new != again:
            raise Problem.of("invalid-request", "The two new passwords differ; type the new one twice.")
        signing_in.change_password(context(), current(), old=old, new=new, session=key)
    except Problem as problem:
        return render_template("password.html", problem=problem), problem.kind.status
    return redirect(url_for("account.show", changed=1), 303)


@blueprint.post("/account/tokens")
@allowed(*ANYONE)
def make_token() -> ResponseReturnValue:
    """Make a token and show it once."""
    _, secret = people_actions.make_token(context(), current(), label=request.form.get("label", ""))
    return _account(secret)


@blueprint.post("/account/tokens/<token_id>/revoke")
@allowed(*ANYONE)
def revoke_token(token_id: str) -> ResponseReturnValue:
    """Revoke a token."""
    people_actions.revoke_token(context(), token_id, by=current())
    return redirect(url_for("account.show"), 303)


@blueprint.post("/account/sessions/end")
@allowed(*ANYONE)
def end_sessions() -> ResponseReturnValue:
    """End the sessions of all other browsers."""
    found = signed_in()
    with context().database.update() as connection:
        sessions.close_sessions(connection, current().id, but=found.key if found else "")
    return redirect(url_for("account.show"), 303)


def _account(secret: str = "") -> str:
    found = signed_in()
    with context().database.read() as connection:
        own = [token for token, _ in sessions.tokens_of(connection, current().id)]
        browsers = sessions.sessions_of(connection, current().id)
    now = context().now()
    return render_template(
        "account.html",
        tokens=[token for token in own if not token.revoked_at and token.expires_at > now],
        sessions=[session for session in browsers if session.expires_at > now],
        key=found.key if found else "",
        secret=secret,
        changed=bool(request.args.get("changed")),
    )
