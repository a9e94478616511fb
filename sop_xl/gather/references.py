"""References between tables: every code must be held by its master table; masters left out are made from their uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from sop_xl.model.issue import Issue, Severity
from sop_xl.schema import frames
from sop_xl.schema.catalogue import EVERYWHERE, Column, tables
from sop_xl.schema.parse import Parsed, unknown_code

NO_FAMILY = "UNASSIGNED"
"""Family of products that were made from their uses."""

_ALWAYS_KNOWN = {"scenarios": {"base"}}
_OPEN_MASTERS = frozenset({"assumptions", "options"})
"""Masters whose absence of a code is a warning: the remark is lost, not a number."""


def complete_masters(found: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables with products, families, locations, channels and staffed resources made from their uses."""
    full = {name: found.get(name, frames.empty(name)) for name, shape in tables().items() if shape.role == "input"}
    if full["products"].empty:
        codes = _codes(full, ("demand", "history", "baseline", "price_cost"), "product")
        full["products"] = frames.rows("products", ({"product": code, "family": NO_FAMILY} for code in codes))
    if full["families"].empty:
        codes = sorted(set(full["products"]["family"]) - {""})
        full["families"] = frames.rows("families", ({"family": code} for code in codes))
    staffed = sorted(set(full["workforce"]["resource"]) - set(full["resources"]["resource"]))
    if staffed:
        labour_only = frames.rows("resources", ({"resource": code} for code in staffed))
        full["resources"] = pd.concat([full["resources"], labour_only], ignore_index=True)
    if full["locations"].empty:
        codes = sorted(_location_codes(full)) or ["SITE"]
        full["locations"] = frames.rows("locations", ({"location": code} for code in codes))
    if full["channels"].empty:
        codes = _codes(full, ("demand", "history", "baseline", "open_orders"), "channel") or [EVERYWHERE]
        full["channels"] = frames.rows("channels", ({"channel": code} for code in codes))
    return full


def _codes(found: Mapping[str, pd.DataFrame], names: Iterable[str], column: str) -> list[str]:
    return sorted({code for name in names for code in found[name][column].unique()} - {""})


def _location_codes(found: Mapping[str, pd.DataFrame]) -> set[str]:
    used: set[str] = set()
    for name, shape in tables().items():
        if shape.role == "input" and name != "locations":
            for column in shape.columns:
                if column.ref == "locations":
                    used |= set(found[name][column.name])
    return used - {"", EVERYWHERE}


def known_codes(full: Mapping[str, pd.DataFrame]) -> dict[str, set[str]]:
    """Return the codes each kind of reference may hold."""
    codes = {
        name: set(full[name][tables()[name].keys[0]])
        for name in (
            "products",
            "families",
            "locations",
            "channels",
            "resources",
            "options",
            "assumptions",
            "scenarios",
            "workforce",
        )
    }
    codes["resources"] |= set(full["workforce"]["resource"])
    codes["materials"] = set(full["materials"]["item"])
    codes["families"] |= set(full["products"]["family"])
    codes["products_or_families"] = codes["products"] | codes["families"]
    codes["materials_or_products"] = codes["materials"] | codes["products"]
    return codes


def check_references(full: Mapping[str, pd.DataFrame], parsed: Parsed) -> list[Issue]:
    """Return an issue for every code that its master table does not hold.

    Args:
        full: all input tables, masters completed.
        parsed: what was read, to tell the cell.
    """
    known = known_codes(full)
    given = {name for name, frame in parsed.tables.items() if len(frame)}
    issues: list[Issue] = []
    for name, shape in tables().items():
        if name not in parsed.tables or shape.role != "input":
            continue
        for column in shape.columns:
            if not column.ref or column.role != "input" or (name == column.ref and column.name in shape.keys):
                continue
            issues += _unknown(name, column, known, given, parsed)
    return issues


def _unknown(
    name: str, column: Column, known: Mapping[str, set[str]], given: set[str], parsed: Parsed
) -> Iterable[Issue]:
    allowed = known[column.ref] | _ALWAYS_KNOWN.get(column.ref, set())
    if column.ref in ("locations", "channels") and column.ref not in given:
        return
    values = parsed.tables[name][column.name]
    if column.default == EVERYWHERE or column.ref.startswith("products_or"):
        allowed = allowed | {EVERYWHERE}
    for row, code in enumerate(values):
        if code in ("", *_ALWAYS_KNOWN.get(column.ref, ())) or code in allowed:
            continue
        issue = unknown_code(column, code, sorted(allowed - {EVERYWHERE}), parsed.locate(name, row, column.name))
        if column.ref in _OPEN_MASTERS:
            issue = Issue(**{**issue.to_dict(), "severity": Severity.WARNING})  # type: ignore[arg-type]
        yield issue
