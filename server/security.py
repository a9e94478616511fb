"""What every request is checked for and every answer carries, because the server speaks to browsers."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Request, Response, request

from server.context import context
from server.problems import Problem

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": _CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def install(app: Flask) -> None:
    """Check every request and mark every answer of an application."""
    app.before_request(_check)
    app.after_request(_mark)


def _check() -> None:
    hosts = context().config.hosts
    name = hostname(request.host)
    if hosts and name not in hosts:
        raise Problem.of("unknown-host", f"This server does not answer to the name {name!r}.")
    if "\0" in request.path or "%00" in request.query_string.decode("latin-1"):
        raise Problem.of("bad-request", "The address holds a character that no text has.")
    if request.method not in SAFE_METHODS and comes_from_elsewhere(request):
        raise Problem.of("cross-site", "The request came from another site.")


def comes_from_elsewhere(asked: Request) -> bool:
    """Return whether a browser says that a page of another site made the request.

    Browsers name the site in Origin or Sec-Fetch-Site on every post; programs such as curl or Excel send neither.
    """
    origin = asked.headers.get("Origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() != asked.host.lower() or origin == "null"
    return asked.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none")


def wants_json() -> bool:
    """Return whether a program asked: what it gets is a document, not a page."""
    if request.path.startswith("/api/") or request.path == "/openapi.json":
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html") == "application/json"


def hostname(host: str) -> str:
    """Return the name of a Host header without its port, in lower case."""
    return (urlsplit(f"//{host}").hostname or "").lower()


def _mark(response: Response) -> Response:
    own_policy = "Content-Security-Policy" in response.headers  # says itself who may frame the page
    for header, value in HEADERS.items():
        if not (own_policy and header == "X-Frame-Options"):
            response.headers.setdefault(header, value)
    if request.path.startswith("/static/office/icons/"):  # Excel shows them in its own ribbon
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
    if context().config.people.tls:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
