"""The people of the demo: they sign in like anyone else, each with rights of their own."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import click

from sop_xl.client import Client
from sop_xl.schema.catalogue import FUNCTIONS

ADMINISTRATOR, FACILITATOR, DIRECTOR = "administrator", "Facilitator", "Managing director"
MANAGERS: Mapping[str, str] = {
    function: DIRECTOR if function == "executive" else f"{function.capitalize()} manager" for function in FUNCTIONS
}
"""Who fills in the book of each function."""


@dataclass(frozen=True, slots=True)
class Team:
    """The people of a demo folder with their passwords, and the server as each of them sees it."""

    url: str
    passwords: Mapping[str, str]
    tokens: Mapping[str, str]

    def client(self, name: str) -> Client:
        """Return the server as a person sees it."""
        return Client(self.url, self.tokens[name])

    def of(self, function: str) -> Client:
        """Return the server as the person sees it who fills in the book of a function."""
        return self.client(MANAGERS[function])

    @property
    def facilitator(self) -> Client:
        """The server as the facilitator sees it."""
        return self.client(FACILITATOR)

    @property
    def director(self) -> Client:
        """The server as the executive sees it."""
        return self.client(DIRECTOR)


def gather_team(folder: Path, url: str, first_password: Path) -> Team:
    """Return the team of a folder; on a new store the administrator signs in first and adds the others.

    Raises:
        ClickException: where the folder has a store but its people were lost.
    """
    kept = folder / "people.json"
    if kept.exists():
        known = json.loads(kept.read_text(encoding="utf-8"))
        return Team(url, known["passwords"], known["tokens"])
    if not first_password.exists():
        raise click.ClickException(f"{kept} is gone, and with it the passwords of this demo. Take another folder.")
    team = _new_team(url, first_password.read_text(encoding="utf-8").strip())
    text = json.dumps({"passwords": team.passwords, "tokens": team.tokens}, indent=2)
    with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    first_password.unlink()
    return team


def _new_team(url: str, one_time: str) -> Team:
    nobody = Client(url)
    rights: dict[str, tuple[list[str], list[str]]] = {FACILITATOR: (["facilitator"], [])}
    rights |= {name: (["contributor"], [function]) for function, name in MANAGERS.items()}
    rights[DIRECTOR] = (["executive"], [])
    passwords = {name: secrets.token_urlsafe(12) for name in (ADMINISTRATOR, *rights)}
    admin = nobody.sign_in(ADMINISTRATOR, one_time, new_password=passwords[ADMINISTRATOR], label="demo")
    administrator = Client(url, admin)

    def join(name: str) -> str:
        handed_over = administrator.add_person(name, *rights[name])
        return nobody.sign_in(name, handed_over, new_password=passwords[name], label="demo")

    with ThreadPoolExecutor(2) as pool:
        tokens = dict(zip(rights, pool.map(join, rights), strict=True))
    return Team(url, passwords, {ADMINISTRATOR: admin, **tokens})
