"""Scenarios side by side under weights that the reader may change, and versions side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.store.versions import Version
from sop_xl.scenario.compare import WEIGHED, Ranking, rank
from sop_xl.scenario.result import SOLVED
from sop_xl.schema.catalogue import settings

CHOOSABLE = ("base", "choice")
FIGURES = ("revenue", "gross_margin", "margin_pct", "fill_rate", "gap_units", "stock_value", "peak_load", "cash", "co2")
"""Figures of the comparison, in the order of the page."""
MOST_SIDE_BY_SIDE = 4


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight of the score: its setting, the figure it weighs, in percent."""

    setting: str
    figure: str
    percent: float


@dataclass(frozen=True, slots=True)
class ScenarioChoice:
    """The comparison under some weights; ``changed`` where they are not those of the cycle."""

    weights: tuple[Weight, ...]
    ranking: Ranking
    changed: bool
    side_by_side: tuple[Mapping[str, Any], ...]


def choose(plan: Version, given: Mapping[str, str], wanted: list[str]) -> ScenarioChoice:
    """Return the comparison of a plan's scenarios under the weights given, else under those of the cycle.

    Args:
        plan: a consolidated version.
        given: weights as typed, by setting; what is no number from 0 to 100 counts as not given.
        wanted: names of the scenarios to show side by side; none: the base plan and the recommended one.
    """
    own = {setting: float(plan.summary["weights"].get(figure, 0.0)) for setting, (figure, _) in WEIGHED.items()}
    asked = {setting: _percent(given.get(setting, "")) for setting in WEIGHED}
    used = {name: own[name] if asked[name] is None else float(asked[name] or 0.0) / 100 for name in own}
    rows = {row["scenario"]: row for row in plan.summary["comparison"]}
    choosable = [name for name, row in rows.items() if row["kind"] in CHOOSABLE and _has_plan(row)]
    ranking = rank(rows, choosable, {**dict.fromkeys(settings(), 0.0), **used})
    shown = [name for name in dict.fromkeys(wanted) if name in rows][:MOST_SIDE_BY_SIDE]
    if not shown:
        shown = list(dict.fromkeys(name for name in ("base", ranking.recommended) if name in rows))
    return ScenarioChoice(
        weights=tuple(Weight(name, WEIGHED[name][0], 100 * value) for name, value in used.items()),
        ranking=ranking,
        changed=any(abs(used[name] - own[name]) > 1e-9 for name in own),
        side_by_side=tuple(rows[name] for name in shown),
    )


def _percent(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value <= 100 else None


def _has_plan(row: Mapping[str, Any]) -> bool:
    return row["status"] in SOLVED and row["gross_margin"] is not None
