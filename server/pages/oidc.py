"""Signing in at the identity provider of the organisation, by OpenID Connect (authorization code with PKCE).

The provider says who someone is; who may do what is said here. A person is known by the subject the provider gives,
which is bound at the first sign-in to the person of the same name (the claim chosen, such as the e-mail address, which
the provider must have verified).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from apiflask import APIBlueprint, APIFlask
from flask import current_app, request, session
from flask.typing import ResponseReturnValue

from server.auth import guard
from server.auth.access import open_to_all
from server.auth.current import PAGE
from server.context import Context, OidcConfig, context
from server.pages.account import admit
from server.problems import Problem
from server.store import audit, people, secrets
from server.store.people import Person

blueprint = APIBlueprint("oidc", __name__, enable_openapi=False)
_EXTENSION = "sop_oidc"
_log = logging.getLogger(__name__)


def install(app: APIFlask, opened: Context) -> None:
    """Offer the sign-in at the provider of the configuration; without one there are no such routes.

    Raises:
        ImportError: where Authlib is not installed (``pip install 'sop-xl[oidc]'``).
    """
    chosen = opened.config.people.oidc
    if chosen is None:
        return
    from authlib.integrations.flask_client import OAuth

    with opened.database.write() as connection:
        app.secret_key = secrets.shared(connection, "oidc-state")
    app.config.update(
        SESSION_COOKIE_NAME="sop_xl_oidc",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=opened.config.people.tls,
    )
    oauth = OAuth(app)
    oauth.register(
        "provider",
        client_id=chosen.client_id,
        client_secret=chosen.client_secret,
        server_metadata_url=f"{chosen.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256"},
    )
    app.extensions[_EXTENSION] = oauth.provider
    app.register_blueprint(blueprint)


@blueprint.get("/sign-in/oidc")
@open_to_all
def start() -> ResponseReturnValue:
    """Go to the provider."""
    session.clear()
    session["next"] = request.args.get("next", "")
    back = f"{context().config.people.public_url}/sign-in/oidc/back"
    with _refusals():
        return current_app.extensions[_EXTENSION].authorize_redirect(back)


@blueprint.get("/sign-in/oidc/back")
@open_to_all
def back() -> ResponseReturnValue:
    """Come back from the provider, signed in."""
    target = str(session.get("next", ""))
    with _refusals():
        answer = current_app.extensions[_EXTENSION].authorize_access_token()
    session.clear()
    claims = answer.get("userinfo") or {}
    chosen = context().config.people.oidc
    person = None if chosen is None else known(context(), chosen, claims)
    _written(person)
    if person is None:
        raise Problem.of("sign-in-refused", "The provider knows you, but nobody of that name may sign in here.")
    return admit(person, target)


@contextmanager
def _refusals() -> Iterator[None]:
    """Tell in plain words that the provider cannot be reached or did not confirm who it is."""
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError
    from requests import RequestException

    try:
        yield
    except RequestException as silence:
        _log.warning("the identity provider cannot be reached: %s", silence)
        raise Problem.of("sign-in-refused", "The identity provider cannot be reached at the moment.") from silence
    except (AuthlibBaseError, JoseError, KeyError, ValueError) as refused:
        _log.warning("the identity provider did not confirm a sign-in: %s", refused)
        raise Problem.of("sign-in-refused", "The identity provider did not confirm the sign-in.") from refused


def known(context: Context, chosen: OidcConfig, claims: Mapping[str, Any]) -> Person | None:
    """Return the person the claims of a verified ID token speak of, bound to its subject from now on; None where none.

    A name is believed only where the provider has verified it, and only for a person not bound to another subject.
    """
    subject = f"{claims.get('iss', '')} {claims.get('sub', '')}"
    if not claims.get("sub"):
        return None
    with context.database.write() as connection:
        person = people.find_by_oidc(connection, subject)
        if person is None:
            name = str(claims.get(chosen.name_claim) or "")
            verified = chosen.name_claim != "email" or claims.get("email_verified") is True
            person = people.find_by_name(connection, name) if name and verified else None
            if person is None or person.oidc_subject is not None or not person.active:
                return None
            people.bind_oidc(connection, person.id, subject)
            if person.must_change:  # the provider has said who it is; the one-time password is not needed any more
                people.set_password(connection, person.id, "")
            return people.find(connection, person.id)
    return person if person.active else None


def _written(person: Person | None) -> None:
    where = context()
    with where.database.write() as connection:
        audit.record(
            connection,
            at=where.now(),
            person=person.name if person else "(unknown name)",
            means=PAGE,
            action="sign-in at the provider" if person else "sign-in at the provider refused",
            status=200 if person else 401,
            address=guard.address(),
        )
