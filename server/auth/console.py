"""People on the server's command line: options of ``serve``, the first administrator, ``people add|reset|token``."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from server.context import Context, OidcConfig, PeopleConfig, ServerConfig
from server.problems import Problem
from server.store import audit, people
from server.store.people import FACILITATOR, ROLES, Person
from sop_xl.schema.catalogue import FUNCTIONS

_Command = TypeVar("_Command", bound=Callable[..., Any])
_SECRET = "SOP_XL_OIDC_SECRET"
_OPTIONS = (
    click.option("--public-url", default="", help="Address people type, such as https://plan.example.com."),
    click.option("--proxies", type=click.IntRange(0, 5), default=0, help="Reverse proxies in front that are believed."),
    click.option(
        "--writes-per-minute",
        type=click.IntRange(0),
        default=PeopleConfig().writes_per_minute,
        show_default=True,
        help="Most changes of a person a minute; 0 for no limit.",
    ),
    click.option("--oidc-issuer", default="", help=f"OpenID Connect provider people sign in at; secret: {_SECRET}."),
    click.option("--oidc-client", default="", help="This server's client id there."),
    click.option("--oidc-claim", default="email", show_default=True, help="Claim that is the person's name here."),
    click.option("--oidc-title", default="your organisation", show_default=True, help="What the button says."),
)


def people_options(command: _Command) -> _Command:
    """Add the options about people to a command, which gets them as ``people: PeopleConfig``."""

    @wraps(command)
    def with_people(
        *,
        public_url: str,
        proxies: int,
        writes_per_minute: int,
        oidc_issuer: str,
        oidc_client: str,
        oidc_claim: str,
        oidc_title: str,
        **others: Any,
    ) -> Any:
        if public_url and urlsplit(public_url).scheme not in ("http", "https"):
            raise click.BadParameter("begin with https://", param_hint="--public-url")
        oidc = None
        if oidc_issuer:
            secret = os.environ.get(_SECRET, "")
            if not (oidc_client and secret and public_url):
                text = f"--oidc-issuer needs --oidc-client, --public-url and the variable {_SECRET}."
                raise click.UsageError(text)
            oidc = OidcConfig(oidc_issuer, oidc_client, secret, oidc_claim, oidc_title)
        config = PeopleConfig(
            public_url=public_url.rstrip("/"), proxies=proxies, writes_per_minute=writes_per_minute, oidc=oidc
        )
        return command(people=config, **others)

    for option in reversed(_OPTIONS):
        with_people = option(with_people)
    return with_people  # type: ignore[return-value]


def announce_first(context: Context, password_file: Path | None) -> None:
    """Make the first administrator of a new store and tell the one-time password, this once."""
    from server.actions.people import FIRST, first_administrator

    entry = first_administrator(context)
    if entry is None:
        return
    if password_file is None:
        click.echo(f"First start: sign in as {FIRST!r} with the one-time password {entry.password}")
        click.echo("It is not shown again, and must be changed then. If it is lost: python -m server people reset")
        return
    with os.fdopen(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{entry.password}\n")
    click.echo(f"First start: the one-time password of {FIRST!r} is in {password_file}; delete the file when used.")


@click.group("people")
def people_commands() -> None:
    """Add people, give a new one-time password or make a token, on the store itself."""


def _db(command: _Command) -> _Command:
    return click.option("--db", default="sqlite:///sop_xl.sqlite", show_default=True, envvar="SOP_XL_DB")(command)


@people_commands.command("add")
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES))
@click.option("--function", "functions", multiple=True, type=click.Choice(FUNCTIONS), help="Of a contributor.")
@_db
def add_person(name: str, roles: tuple[str, ...], functions: tuple[str, ...], db: str) -> None:
    """Add a person and print the one-time password."""
    from server.actions import people as people_actions

    with _opened(db) as context:
        entry = people_actions.add(context, name=name, rights=people_actions.rights_of(roles, functions))
        _written(context, "add person", entry.person)
        click.echo(entry.password)


@people_commands.command("reset")
@click.argument("name", default="administrator")
@_db
def reset_password(name: str, db: str) -> None:
    """Print a new one-time password for a person, and let the person in again; left out: the administrator."""
    from server.actions import people as people_actions

    with _opened(db) as context:
        person = _named(context, name)
        people_actions.change(context, person.id, active=True)
        entry = people_actions.reset_password(context, person.id)
        _written(context, "reset password", person)
        click.echo(entry.password)


@people_commands.command("token")
@click.argument("name")
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), help="Of a person who is not there yet.")
@click.option("--function", "functions", multiple=True, type=click.Choice(FUNCTIONS))
@click.option("--label", default="made at the console", show_default=True)
@_db
def print_token(name: str, roles: tuple[str, ...], functions: tuple[str, ...], label: str, db: str) -> None:
    """Print a new token of a person, such as a program that nobody signs in for."""
    from server.actions import people as people_actions

    with _opened(db) as context:
        with context.database.read() as connection:
            known = people.find_by_name(connection, name)
        if known is None:
            rights = people_actions.rights_of(roles or (FACILITATOR,), functions)
            known = people_actions.add(context, name=name, rights=rights).person
            with context.database.update() as connection:
                people.set_password(connection, known.id, "")  # no sign-in, the token alone
        _, secret = people_actions.make_token(context, known, label=label)
        _written(context, "make token", known)
        click.echo(secret)


class _opened:  # noqa: N801 - reads as a verb: with _opened(db) as context
    """Opens the store of a URL for one command and tells problems plainly."""

    def __init__(self, db: str) -> None:
        """Keep the URL."""
        self._db = db

    def __enter__(self) -> Context:
        """Open the store."""
        from server.store.database import StoreError

        try:
            self._context = Context.open(ServerConfig(database_url=self._db, solvers=0))
        except StoreError as problem:
            raise click.ClickException(str(problem)) from problem
        return self._context

    def __exit__(self, _kind: object, problem: object, _trace: object) -> None:
        """Close the store."""
        self._context.close()
        if isinstance(problem, Problem):
            raise click.ClickException(problem.detail)


def _named(context: Context, name: str) -> Person:
    with context.database.read() as connection:
        found = people.find_by_name(connection, name)
    if found is None:
        raise Problem.of("not-found", f"There is no one named {name!r}.")
    return found


def _written(context: Context, action: str, person: Person) -> None:
    with context.database.write() as connection:
        audit.record(
            connection,
            at=context.now(),
            person="(console)",
            means="console",
            action=action,
            subject=person.name,
            detail={"rights": people.rights_told(people.find(connection, person.id) or person)},
        )
