"""Who may use a route. Every route declares it; one that declares nothing is refused to everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from flask import Blueprint, Flask

from server.store.people import ADMINISTRATOR, CONTRIBUTOR, EXECUTIVE, FACILITATOR, READER, ROLES

__all__ = ["ADMINISTRATOR", "ANYONE", "CONTRIBUTOR", "EXECUTIVE", "FACILITATOR", "READER", "ROLES"]
ANYONE = ROLES
"""Any role: whoever is signed in."""

_View = TypeVar("_View", bound=Callable[..., Any])
_MARK = "sop_access"


@dataclass(frozen=True, slots=True)
class Access:
    """The roles that may use a route; None for everybody, also without a sign-in.

    ``asks`` marks a POST that changes nothing: it is not written to the audit log and counts as reading.
    ``body_mb`` is the most a body may have that is no form with files, where it is not the usual.
    """

    roles: frozenset[str] | None
    asks: bool = False
    body_mb: int = 0

    def __call__(self, view: _View) -> _View:
        """Mark a view; wrappers around it carry the mark on."""
        setattr(view, _MARK, self)
        return view

    def on(self, blueprint: Blueprint) -> None:
        """Mark all views of a blueprint that are not marked themselves."""
        setattr(blueprint, _MARK, self)

    def only_asks(self) -> Access:
        """Return the access of a POST that changes nothing, such as a calculation for a cell."""
        return replace(self, asks=True)

    def taking(self, megabytes: int) -> Access:
        """Return the access of a route whose body may be larger than is usual."""
        return replace(self, body_mb=megabytes)

    @property
    def is_open(self) -> bool:
        """True where no sign-in is asked for."""
        return self.roles is None


def allowed(*roles: str) -> Access:
    """Return the access of some roles, to mark a view with.

    Raises:
        ValueError: where a role is unknown or none is given.
    """
    if not roles or not set(roles) <= set(ROLES):
        raise ValueError(f"{roles} are no roles; roles are {', '.join(ROLES)}")
    return Access(frozenset(roles))


open_to_all = Access(None)
"""Marks what is open without a sign-in: the sign-in itself, static files, health."""

_FRAMEWORK = {"static": open_to_all, "openapi.spec": allowed(*ANYONE)}


def access_of(app: Flask, endpoint: str) -> Access | None:
    """Return who may use an endpoint, None where nothing says so."""
    view = app.view_functions.get(endpoint)
    marked = getattr(view, _MARK, None) or _FRAMEWORK.get(endpoint)
    if marked is not None:
        return marked
    blueprint = app.blueprints.get(endpoint.rpartition(".")[0])
    return getattr(blueprint, _MARK, None)
