"""The history over all cycles: its versions, one of them, two of them side by side, and the check of the chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.actions import history
from server.actions.history import SIGNED, Comparison
from server.api import edit_documents
from server.auth import reach
from server.auth.access import ANYONE, allowed
from server.auth.current import current
from server.context import context
from server.pages import pages
from server.problems import Problem
from server.store import cycles, events, payload, versions
from server.store.revisions import UNTOUCHED
from server.store.verify import verify
from sop_xl.reconcile.differences import PLAN
from sop_xl.schema.catalogue import table
from sop_xl.schema.plain import records

HEADLINES = (
    *("revenue", "gross_margin", "margin_pct", "fill_rate", "gap_units", "average_stock_value", "turns", "peak_load"),
    *("supply_premium", "cash", "cash_to_cash", "co2_t"),
)
"""Key figures a version shows first."""
_COMPARED = ("revenue", "gross_margin", "fill_rate", "gap_units", "average_stock_value", "peak_load", "cash")
_PER_PAGE, _CELLS = 50, 100


@dataclass(frozen=True, slots=True)
class FigurePair:
    """A key figure of two versions."""

    name: str
    unit: str
    left: float | None
    right: float | None

    @property
    def change(self) -> float | None:
        """Right less left; None where one is not known."""
        return None if self.left is None or self.right is None else self.right - self.left


@pages.get("/versions")
@allowed(*ANYONE)
def chain() -> str:
    """Show the versions of all cycles, newest first; the check follows, because it reads every byte ever stored."""
    before = request.args.get("before", "")
    with context().database.read() as connection:
        page = versions.page(connection, before=int(before) if before.isdigit() else None, limit=_PER_PAGE)
        names = {cycle.id: cycle.name for cycle in cycles.all_cycles(connection)}
    return render_template("versions.html", page=page, names=names, asked=request.args.get("head", ""), before=before)


@pages.get("/versions/check")
@allowed(*ANYONE)
def check() -> str:
    """Tell whether the chain is whole: as a part of the page of versions, or alone."""
    asked = request.args.get("head", "").strip()
    with context().database.read() as connection:
        result = verify(connection, asked)
    partial = request.headers.get("HX-Request") == "true"
    page = "fragments/check.html" if partial else "check.html"
    return render_template(page, result=result, asked=asked)


@pages.get("/versions/<digest>")
@allowed(*ANYONE)
def version(digest: str) -> str:
    """Show a version: who stored it, when and why, what it says, who signed it, and its tables."""
    with context().database.read() as connection:
        found = versions.find(connection, digest)
        if found is None:
            raise Problem.of("not-found", "There is no such version.")
        of = cycles.find(connection, found.cycle_id)
        parent = versions.find(connection, found.parent) if found.parent else None
        told = events.of_subject(connection, found.hash, ("decision",))
        tables = payload.manifest(versions.content_of(connection, found))
        signatures = history.signatures(connection, found)
        newest = versions.head(connection, found.cycle_id)
    groups: dict[str, list[tuple[str, int]]] = {}
    for name in (name for name in tables if reach.table_visible(current(), name)):
        group, _, own_name = name.rpartition("/")
        groups.setdefault(group, []).append((own_name, tables[name]["rows"]))
    own = next((s for s in signatures if s.author == current().name), None)
    return render_template(
        "version.html",
        version=found,
        cycle=of,
        parent=parent,
        decision=told[0] if told else None,
        groups=groups,
        headlines=HEADLINES,
        signatures=signatures,
        signed=SIGNED,
        own_tag=own.tag if own else UNTOUCHED,
        newest=newest,
    )


@pages.get("/compare")
@allowed(*ANYONE)
def compare() -> ResponseReturnValue:
    """Show what differs between two versions: figures, families, and every cell with its person and reason."""
    asked = {name: request.args.get(name, "") for name in ("left", "right", "left_scenario", "right_scenario")}
    if not asked["left"] or not asked["right"]:
        return redirect(url_for("pages.chain"), 303)
    found = history.compare(context(), **asked)
    wanted = {name: request.args.get(name, "") for name in ("part", "function", "family", "table", "measure")}
    mine = [f for f in found.found.cells["function"].unique() if f == PLAN or reach.reads(current(), f)]
    every = found.found.cells[found.found.cells["function"].isin(mine)]
    wanted["part"] = wanted["part"] or "inputs"
    chosen = edit_documents.chosen_cells(found, wanted)
    chosen = chosen[chosen["function"].isin(mine)]
    start = request.args.get("offset", "")
    offset = int(start) if start.isdigit() else 0
    with context().database.read() as connection:
        names = {cycle.id: cycle.name for cycle in cycles.all_cycles(connection)}

    planless = [name for name, side in (("left", found.left), ("right", found.right)) if not side.scenario]

    def link(**change: object) -> str:
        """Return the address of the same comparison with other filters."""
        kept: dict[str, Any] = {name: value for name, value in {**asked, **wanted, **change}.items() if value}
        return url_for("pages.compare", **kept)

    return render_template(
        "compare.html",
        left=found.left,
        right=found.right,
        names=names,
        planless=planless,
        figures=[] if planless else _figures(found),
        families=[] if planless else _families(found),
        groups=_groups(found, mine),
        cells=edit_documents.cells(found, chosen.iloc[offset : offset + _CELLS]),
        total=len(chosen),
        everything=len(every),
        wanted=wanted,
        asked={name: value for name, value in asked.items() if value},
        offset=offset,
        per_page=_CELLS,
        link=link,
        choices={name: sorted(set(every[name]) - {""}) for name in ("function", "family", "table", "measure")},
    )


def _groups(found: Comparison, functions: list[str]) -> list[dict[str, Any]]:
    """Differences by function, table and measure over all families; what people changed before what was calculated."""
    rows = found.found.by_measure
    rows = rows[rows["function"].isin(functions)]
    keys = ["function", "table", "measure", "header", "unit"]
    together = rows.groupby(keys, as_index=False, sort=False)[["cells", "change", "money"]].sum()
    together["number"] = [
        table(name).column(column).numeric for name, column in together[["table", "measure"]].to_numpy()
    ]
    return sorted(records(together), key=lambda row: (row["function"] == PLAN, -abs(row["money"] or 0.0)))


def _figures(found: Comparison) -> list[FigurePair]:
    sides = []
    for side in (found.left, found.right):
        scenario = side.version.summary.get("scenarios", {}).get(side.scenario, {})
        sides.append({row["kpi"]: row for row in scenario.get("kpis", ())})
    left, right = sides
    pairs = []
    for name in _COMPARED:
        row = left.get(name) or right.get(name)
        if row is not None:
            values = [side[name]["value"] if name in side else None for side in sides]
            pairs.append(FigurePair(name, row["unit"], *values))
    return pairs


def _families(found: Comparison) -> list[dict[str, Any]]:
    """Demand, revenue and margin by family on both sides, the largest change of margin first."""
    rows: dict[str, dict[str, Any]] = {}
    for name, side in (("left", found.left), ("right", found.right)):
        scenario = side.version.summary.get("scenarios", {}).get(side.scenario, {})
        for row in scenario.get("families", ()):
            rows.setdefault(row["family"], {"family": row["family"]})[name] = row
    changed = []
    for row in rows.values():
        pair = [row.get("left"), row.get("right")]
        changes = {
            measure: (pair[1][measure] if pair[1] else 0.0) - (pair[0][measure] if pair[0] else 0.0)
            for measure in ("demand", "delivered", "revenue", "gross_margin")
        }
        changed.append({**row, "change": changes})
    return sorted(changed, key=lambda row: -abs(row["change"]["gross_margin"]))
