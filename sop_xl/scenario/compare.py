"""Scenarios side by side: figures, Pareto set, and a score under weights that everyone can see and change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sop_xl.scenario.result import ScenarioResult, figures
from sop_xl.scenario.scenario import BASE, Kind
from sop_xl.schema.frames import rows

CHOOSABLE = frozenset({Kind.BASE, Kind.CHOICE})

WEIGHED: Mapping[str, tuple[str, bool]] = {
    "service_weight": ("fill_rate", True),
    "margin_weight": ("gross_margin", True),
    "stock_weight": ("stock_value", False),
    "cash_weight": ("cash", True),
    "co2_weight": ("co2", False),
}
"""Setting of the weight → figure it weighs, and whether more of it is better."""

LEAST_SWING: Mapping[str, float] = {
    "fill_rate": 0.01,
    "gross_margin": 0.01,
    "stock_value": 0.05,
    "cash": 0.01,
    "co2": 0.05,
}
"""Least difference from worst to best that counts fully: a point of fill rate, else a share of the best value."""

_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class Ranking:
    """Scores by scenario (None where there is none), the Pareto set, and the scenario recommended."""

    scores: Mapping[str, float | None]
    pareto: frozenset[str]
    recommended: str | None


Figures = Mapping[str, Mapping[str, float | None]]
"""Figures of the comparison by scenario."""


def compare(solved: Mapping[str, ScenarioResult], settings: Mapping[str, Any]) -> pd.DataFrame:
    """Return the comparison of solved scenarios (schema table ``scenario_comparison``), ranked by :func:`rank`.

    Only the base plan and choices (what we may decide) can be recommended; events and responses to them are shown
    beside. Fixed costs of a choice are taken off its gross margin and cash.

    Args:
        solved: results by scenario name, in the order of the page.
        settings: with the weights ``service_weight, margin_weight, stock_weight, cash_weight, co2_weight``.
    """
    found = {name: figures(result) for name, result in solved.items()}
    choosable = [name for name, result in solved.items() if result.scenario.kind in CHOOSABLE and result.solved]
    ranking = rank(found, choosable, settings)
    return rows(
        "scenario_comparison",
        (
            {
                "scenario": name,
                "title": result.scenario.title,
                "kind": result.scenario.kind.value,
                "status": result.plan.status,
                **found[name],
                "pareto": name in ranking.pareto,
                "score": ranking.scores[name],
                "recommended": name == ranking.recommended,
            }
            for name, result in solved.items()
        ),
    )


def rank(found: Figures, choosable: Sequence[str], settings: Mapping[str, Any]) -> Ranking:
    """Return scores, Pareto set and recommendation of scenarios from their figures.

    - score = 100 × Σ weight × closeness / Σ weight; closeness = 1 − |x − best| / swing, between 0 and 1, with best and
      swing (worst to best) taken among the choosable scenarios. A swing smaller than ``LEAST_SWING`` counts as that
      much, so that a difference nobody would act on does not decide. A figure that some choosable scenario has not is
      left out, its weight too.
    - Pareto: choosable, and no other choosable scenario is at least as good in every weighted figure and better in one.
    - recommended: the scenario of the Pareto set with the highest score; the base plan wins a tie.

    Args:
        found: figures by scenario; None where one is not known.
        choosable: names of the scenarios we may decide on, all of them solved.
        settings: with the weights.
    """
    weights = weights_used(found, choosable, settings)
    scales = {figure: _scale(found, choosable, figure) for figure in weights}
    scores = {name: _score(own, weights, scales) if choosable else None for name, own in found.items()}
    pareto = frozenset(name for name in choosable if _undominated(name, choosable, found, weights))
    return Ranking(scores, pareto, _winner([name for name in choosable if name in pareto], scores))


def weights_used(found: Figures, choosable: Sequence[str], settings: Mapping[str, Any]) -> dict[str, float]:
    """Return the weights by figure that count: above 0, and of figures that every choosable scenario has."""
    return {
        figure: float(settings[setting])
        for setting, (figure, _) in WEIGHED.items()
        if settings[setting] > 0 and all(found[name][figure] is not None for name in choosable)
    }


def _more_is_better(figure: str) -> bool:
    return next(more for name, more in WEIGHED.values() if name == figure)


def _value(found: Figures, name: str, figure: str) -> float:
    value = found[name][figure]
    if value is None:
        raise ValueError(f"{figure} of {name} is not known")
    return value


def _scale(found: Figures, choosable: Sequence[str], figure: str) -> tuple[float, float]:
    """Return the best value and the swing of a figure among the choosable scenarios."""
    values = [_value(found, name, figure) for name in choosable] or [0.0]
    best = max(values) if _more_is_better(figure) else min(values)
    least = LEAST_SWING[figure] * (1.0 if figure == "fill_rate" else abs(best))
    return best, max(max(values) - min(values), least)


def closeness(value: float, best: float, swing: float, more_is_better: bool) -> float:
    """Return how close a figure comes to the best: 1 − |value − best| / swing, 0 to 1; 1 where it is better still."""
    if value == best or (value > best) == more_is_better:
        return 1.0
    return max(0.0, 1.0 - abs(value - best) / swing) if swing > 0 else 0.0


def _score(
    own: Mapping[str, float | None], weights: Mapping[str, float], scales: Mapping[str, tuple[float, float]]
) -> float | None:
    parts = [
        (weight, closeness(value, *scales[figure], _more_is_better(figure)))
        for figure, weight in weights.items()
        if (value := own[figure]) is not None
    ]
    total = sum(weight for weight, _ in parts)
    return 100 * sum(weight * part for weight, part in parts) / total if total > 0 else None


def _undominated(name: str, choosable: Sequence[str], found: Figures, weights: Mapping[str, float]) -> bool:
    def gains(other: str) -> list[float]:
        found_gains = []
        for figure in weights:
            mine, theirs = _value(found, name, figure), _value(found, other, figure)
            gain = (theirs - mine) * (1 if _more_is_better(figure) else -1)
            found_gains.append(0.0 if abs(gain) <= _TIE * max(abs(mine), abs(theirs)) else gain)
        return found_gains

    others = [gains(other) for other in choosable if other != name]
    return not any(min(each, default=0.0) >= 0 and max(each, default=0.0) > 0 for each in others)


def _winner(choosable: Sequence[str], scores: Mapping[str, float | None]) -> str | None:
    ranked = sorted(choosable, key=lambda name: name != BASE)
    best: str | None = None
    for name in ranked:
        score, leader = scores[name], scores[best] if best is not None else None
        if best is None or (score is not None and (leader is None or score > leader + _TIE)):
            best = name
    return best
