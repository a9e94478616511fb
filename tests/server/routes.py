"""Real addresses of every route: each variable of a rule is filled in with every id there is of its kind.

A route with a variable that is not named here fails the tests that use this; add a line to `_ids`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any
from urllib.parse import quote

from conftest import CYCLE, Site
from werkzeug.routing import Rule

from server.auth.access import access_of
from server.problems import KINDS
from server.store import events
from sop_xl.capabilities import BUTTONS, CELL_FUNCTIONS
from sop_xl.schema.catalogue import FUNCTIONS

_BASE = "scenarios/base/"
"""Of the scenarios, which have the same tables, one is asked for."""
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def rules(site: Site) -> list[Rule]:
    """Return every rule of an application but that of static files."""
    found = (rule for rule in site.app.url_map.iter_rules() if rule.endpoint != "static")
    return sorted(found, key=lambda rule: (rule.rule, sorted(rule.methods or ())))


def changing(site: Site) -> list[Rule]:
    """Return the rules that change something."""
    unsafe = (rule for rule in rules(site) if set(UNSAFE) & set(rule.methods or ()))
    return [rule for rule in unsafe if not getattr(access_of(site.app, rule.endpoint), "asks", False)]


def roles_of(site: Site, rule: Rule) -> frozenset[str] | None:
    """Return the roles a rule is for, None where it is open; AssertionError where it does not say."""
    access = access_of(site.app, rule.endpoint)
    assert access is not None, f"{rule.rule} ({rule.endpoint}) does not say who may use it: add @allowed(…)"
    return access.roles


class Addresses:
    """The ids of a store, asked for once by someone who may see everything."""

    def __init__(self, site: Site) -> None:
        """Collect the ids."""
        self._ids = _ids(site)

    def of(self, rule: Rule) -> Iterator[str]:
        """Yield every address of a rule with ids that are there."""
        if not rule.arguments:
            yield rule.rule
            return
        names = sorted(rule.arguments)
        for values in product(*(self.values(rule, name) for name in names)):
            address = rule.rule
            for name, value in zip(names, values, strict=True):
                for form in (f"<{name}>", f"<path:{name}>"):
                    address = address.replace(form, quote(value, safe="/"))
            yield address

    def first(self, rule: Rule) -> str:
        """Return one address of a rule."""
        return next(self.of(rule))

    def values(self, rule: Rule, name: str) -> list[str]:
        """Return the ids there are for a variable of a rule."""
        own = self._ids.get(f"{rule.endpoint} {name}") or self._ids.get(name)
        assert own, f"{rule.rule}: say in tests/server/routes.py what stands for <{name}>"
        return own


def _ids(site: Site) -> dict[str, list[str]]:
    found = site.get(f"/cycles/{CYCLE}")
    hashes = [version["hash"] for version in found["versions"]]
    tables = dict.fromkeys(table["name"] for digest in hashes for table in site.get(f"/versions/{digest}")["tables"])
    admin = site.as_("the administrator", "administrator")
    with site.context.database.read() as connection:
        jobs = connection.exec_driver_sql("SELECT id FROM jobs").scalars().all()
        assert events.of_cycle(connection, CYCLE)
    conflicts: list[Any] = site.get(f"/cycles/{CYCLE}/conflicts")
    decisions, actions = site.get(f"/cycles/{CYCLE}/decisions"), site.get(f"/cycles/{CYCLE}/actions")
    return {
        "cycle_id": [CYCLE],
        "submission_id": [submission["id"] for submission in found["submissions"]],
        "digest": hashes,
        "other": hashes,
        "api_versions.table name": [name for name in tables if not name.startswith("scenarios/") or _BASE in name],
        "pages.problems name": list(KINDS),
        "api_calculations.call name": list(CELL_FUNCTIONS),
        "api_calculations.press name": list(BUTTONS),
        "api_calculations.press_workbook name": list(BUTTONS),
        "function": list(FUNCTIONS),
        "person_id": [person["id"] for person in admin.get("/people")],
        "token_id": [token["id"] for token in admin.get("/tokens")],
        "job_id": list(jobs),
        "conflict_id": [conflict["id"] for conflict in conflicts] or ["none"],
        "api_follow_up.decision code": [decision["decision"] for decision in decisions] or ["none"],
        "api_follow_up.decide code": [decision["decision"] for decision in decisions] or ["none"],
        "code": [action["code"] for action in actions] or ["none"],
    }
