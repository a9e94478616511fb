"""Which way of adding up to use: chosen where it would have done best, at every level, on the past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sop_xl.demand.hierarchy.methods import from_level, minimum_trace
from sop_xl.demand.hierarchy.tree import Tree

_CLOSE = 0.15
_LEAST_KNOWN_STEPS = 3


@dataclass(frozen=True, slots=True)
class PastForecast:
    """Forecasts of all series made from a past origin, with what then happened.

    Attributes:
        base: forecasts, level by level, not adding up (series × steps).
        actual: what happened, NaN where it is not known yet (series × steps).
        errors: errors known at the origin, for `minimum_trace` (series × errors).
        scale: mean squared change from season to season before the origin, by series.
    """

    base: np.ndarray
    actual: np.ndarray
    errors: np.ndarray
    scale: np.ndarray


@dataclass(frozen=True, slots=True)
class Choice:
    """The methods whose mean makes forecasts add up.

    Attributes:
        methods: their names; a mean of forecasts that add up adds up.
        origins: number of past origins it was chosen on; 0 where there was too little history.
        regret: by how much the worst level was worse on them than with the best single method (0.01 is 1 %).
    """

    methods: tuple[str, ...]
    origins: int
    regret: float

    def __str__(self) -> str:
        """Name the methods."""
        return self.methods[0] if len(self.methods) == 1 else f"mean of {', '.join(self.methods)}"


def method_names(tree: Tree) -> tuple[str, ...]:
    """Return the names of the methods that differ on a tree; a level equal to the one below is left out."""
    names = [_level_name(tree, level) for level in _distinct(tree)]
    return (*names, "minimum trace") if len(names) > 1 else tuple(names)


def reconciled(tree: Tree, base: np.ndarray, errors: np.ndarray, methods: Sequence[str]) -> np.ndarray:
    """Return forecasts that add up: the mean of what the named methods make of the forecasts of all levels.

    Args:
        tree: which series add up to which.
        base: forecasts of all series (series × periods).
        errors: see `minimum_trace`; read for that method alone.
        methods: names from `method_names`.
    """
    made = _each(tree, base, errors, methods)
    return np.asarray(np.mean([made[name] for name in methods], axis=0))


def choose(tree: Tree, past: Sequence[PastForecast]) -> Choice:
    """Return the mean of the methods that did well at every level on the past.

    The loss of a level is its WAPE, and its mean RMSSE, over all past origins; the regret of a method is that of the
    level where it is farthest above the best method. Methods whose regret is at most 15 % above the smallest are
    averaged: which of those that are close is best changes from origin to origin, and their mean is rarely far from
    it. All methods are averaged without past origins.

    Args:
        tree: which series add up to which.
        past: forecasts from past origins.

    References:
        Hollyman, Petropoulos & Tipping (2021), doi:10.1016/j.ejor.2021.01.017, on combining the ways of adding up.
    """
    names = method_names(tree)
    seen = [item for item in past if np.isfinite(item.actual).all(axis=0).sum() >= _LEAST_KNOWN_STEPS]
    if not seen or len(names) == 1:
        return Choice(names, 0, 0.0)
    made = [_each(tree, item.base, item.errors, names) for item in seen]
    losses = {name: _losses(tree, seen, made, (name,)) for name in names}
    best = np.min(list(losses.values()), axis=0)

    def against_best(loss: np.ndarray) -> float:
        return float(np.max(loss / np.where(best > 0, best, 1.0)))

    worst = {name: against_best(loss) for name, loss in losses.items()}
    chosen = tuple(name for name in names if worst[name] <= (1 + _CLOSE) * min(worst.values()))
    return Choice(chosen, len(seen), against_best(_losses(tree, seen, made, chosen)) - 1)


def level_losses(tree: Tree, actual: np.ndarray, made: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return absolute error, quantity and mean RMSSE of every level (levels × 3).

    Args:
        tree: which series add up to which.
        actual: what happened (series × steps).
        made: forecasts (series × steps).
        scale: see `PastForecast`.
    """
    error = actual - made
    rows = []
    for level in range(len(tree.levels)):
        part = tree.rows(level)
        scaled = (error[part] ** 2).mean(axis=1)[scale[part] > 0] / scale[part][scale[part] > 0]
        rows.append(
            (np.abs(error[part]).sum(), np.abs(actual[part]).sum(), np.sqrt(scaled).mean() if scaled.size else 0.0)
        )
    return np.array(rows)


def _losses(
    tree: Tree, past: Sequence[PastForecast], made: Sequence[Mapping[str, np.ndarray]], chosen: Sequence[str]
) -> np.ndarray:
    parts = []
    for item, by_name in zip(past, made, strict=True):
        known = np.isfinite(item.actual).all(axis=0)
        mean = np.mean([by_name[name] for name in chosen], axis=0)
        parts.append(level_losses(tree, item.actual[:, known], mean[:, known], item.scale))
    both = np.array(parts)
    quantity = both[:, :, 1].sum(axis=0)
    return np.concatenate(
        [both[:, :, 0].sum(axis=0) / np.where(quantity > 0, quantity, 1.0), both[:, :, 2].mean(axis=0)]
    )


def _each(tree: Tree, base: np.ndarray, errors: np.ndarray, methods: Sequence[str]) -> dict[str, np.ndarray]:
    made = {}
    for level in _distinct(tree):
        name = _level_name(tree, level)
        if name in methods:
            made[name] = from_level(tree, base, level)
    if "minimum trace" in methods:
        made["minimum trace"] = minimum_trace(tree, base, errors)
    return made


def _distinct(tree: Tree) -> list[int]:
    return [
        level
        for level in range(len(tree.levels))
        if level == tree.bottom or len(tree.codes[level]) < len(tree.codes[level + 1])
    ]


def _level_name(tree: Tree, level: int) -> str:
    if level == tree.bottom:
        return "bottom-up"
    if level == 0 or level == _distinct(tree)[0]:
        return "top-down"
    return f"middle-out from {tree.levels[level]}"
