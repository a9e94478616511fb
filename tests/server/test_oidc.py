"""Signing in at an identity provider: a real one over HTTP, whose tokens are signed, forged, stale or for others."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import Site
from flask import Flask, request
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from signing import PASSWORD, person_of
from waitress.server import create_server
from werkzeug.test import TestResponse

from server.context import OidcConfig, PeopleConfig

CLIENT, SECRET = "sop-xl", "shared with the provider"
BACK = "http://localhost/sign-in/oidc/back"


@dataclass
class Provider:
    """An OpenID Connect provider that says about someone what the test wants it to say."""

    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    signing: RSAKey | None = None
    asked: dict[str, str] = field(default_factory=dict)
    nonce: str = ""

    def app(self) -> Flask:
        provider = Flask("provider")

        @provider.get("/.well-known/openid-configuration")
        def metadata() -> dict[str, Any]:
            return {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }

        @provider.get("/keys")
        def keys() -> dict[str, Any]:
            return {"keys": [self.key.as_dict(private=False)]}

        @provider.post("/token")
        def token() -> Any:
            proof = base64.urlsafe_b64encode(hashlib.sha256(request.form["code_verifier"].encode()).digest())
            given = (request.authorization.username, request.authorization.password) if request.authorization else None
            if given != (CLIENT, SECRET) or proof.decode().rstrip("=") != self.asked["code_challenge"]:
                return {"error": "invalid_grant"}, 400
            now = int(time.time())
            about = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": self.nonce, **self.claims}
            signed = jwt.encode({"alg": "RS256", "kid": "1"}, about, self.signing or self.key)
            return {"access_token": "x", "token_type": "Bearer", "id_token": signed}

        return provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    told = Provider()
    server = create_server(told.app(), host="127.0.0.1", port=0, threads=2)
    told.url = f"http://127.0.0.1:{server.effective_port}"
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield told
    server.close()
    thread.join(5)


@pytest.fixture
def joined(open_site: Callable[..., Site], provider: Provider) -> Site:
    oidc = OidcConfig(provider.url, CLIENT, SECRET, title="Example Works")
    return open_site(people=PeopleConfig(public_url="http://localhost", oidc=oidc))


def sign_in(browser: FlaskClient, provider: Provider, **claims: Any) -> TestResponse:
    """Press the button, sign in at the provider and come back."""
    away = browser.get("/sign-in/oidc?next=/versions")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(away.headers["Location"]).query).items()}
    assert (asked["client_id"], asked["redirect_uri"], asked["code_challenge_method"]) == (CLIENT, BACK, "S256")
    provider.asked, provider.nonce, provider.claims = asked, asked["nonce"], claims
    return browser.get("/sign-in/oidc/back", query_string={"code": "abc", "state": asked["state"]})


ANNA = {"sub": "u-1", "email": "anna@example.com", "email_verified": True}


def test_who_the_provider_knows_and_an_administrator_has_added_is_signed_in(joined: Site, provider: Provider) -> None:
    person_of(joined.context, "anna@example.com", "reader")
    browser = joined.anonymous()
    assert "Sign in with Example Works" in browser.get("/sign-in").text
    back = sign_in(browser, provider, **ANNA)
    assert (back.status_code, back.headers["Location"]) == (303, "/versions")
    assert browser.get("/account").status_code == 200


def test_the_subject_counts_from_then_on_and_not_the_name(joined: Site, provider: Provider) -> None:
    person_of(joined.context, "anna@example.com", "reader")
    sign_in(joined.anonymous(), provider, **ANNA)
    renamed = sign_in(joined.anonymous(), provider, **{**ANNA, "email": "anna.new@example.com"})
    assert renamed.status_code == 303
    usurper = sign_in(joined.anonymous(), provider, **{**ANNA, "sub": "u-2"})
    assert usurper.status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {**ANNA, "email": "nobody@example.com"},
        {**ANNA, "email_verified": False},
        {"sub": "u-1", "email": "anna@example.com"},
        {**ANNA, "aud": "another program"},
        {**ANNA, "iss": "https://evil.example"},
        {**ANNA, "exp": 1},
        {**ANNA, "nonce": "of another sign-in"},
        {"email": "anna@example.com", "email_verified": True},
    ],
    ids=["unknown", "unverified", "silent", "audience", "issuer", "stale", "nonce", "nameless"],
)
def test_whom_the_provider_does_not_vouch_for_stays_outside(
    joined: Site, provider: Provider, claims: dict[str, Any]
) -> None:
    person_of(joined.context, "anna@example.com", "reader")
    browser = joined.anonymous()
    assert sign_in(browser, provider, **claims).status_code == 401
    assert browser.get("/account").status_code == 303


def test_a_token_signed_by_somebody_else_is_refused(joined: Site, provider: Provider) -> None:
    person_of(joined.context, "anna@example.com", "reader")
    provider.signing = RSAKey.generate_key(2048, {"kid": "1"})
    assert sign_in(joined.anonymous(), provider, **ANNA).status_code == 401


def test_coming_back_without_having_gone_is_refused(joined: Site) -> None:
    person_of(joined.context, "anna@example.com", "reader")
    for query in ({}, {"code": "abc"}, {"code": "abc", "state": "made up"}, {"error": "access_denied"}):
        assert joined.anonymous().get("/sign-in/oidc/back", query_string=query).status_code == 401


def test_a_provider_that_is_down_is_said_plainly(open_site: Callable[..., Site]) -> None:
    oidc = OidcConfig("http://127.0.0.1:9", CLIENT, SECRET)
    site = open_site(people=PeopleConfig(public_url="http://localhost", oidc=oidc))
    assert site.anonymous().get("/sign-in/oidc").status_code == 401


def test_who_has_left_stays_outside_and_passwords_still_work(joined: Site, provider: Provider) -> None:
    person = person_of(joined.context, "anna@example.com", "reader")
    sign_in(joined.anonymous(), provider, **ANNA)
    assert (
        joined.anonymous().post("/api/v1/sign-in", json={"name": "anna@example.com", "password": PASSWORD}).status_code
        == 201
    )
    person_of(joined.context, "boss", "administrator")
    joined.as_("boss").client.patch(f"/api/v1/people/{person.id}", json={"active": False})
    assert sign_in(joined.anonymous(), provider, **ANNA).status_code == 401


def test_without_a_provider_there_is_no_such_address(empty_site: Site) -> None:
    assert "Sign in with" not in empty_site.anonymous().get("/sign-in").text
    assert empty_site.client.get("/sign-in/oidc").status_code == 404
