"""Chance that a product ends within a year, learned from the ends of life a company has recorded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from sop_xl.product.lifecycle import INTRODUCTION_MONTHS, YEAR, Curve, curve

LEAST_ENDS = 30
"""Recorded ends of life below which the risk stays a score: ten for each feature."""
FEATURES = ("trend", "of_peak", "silent")
WITHIN = 12
"""Months ahead in which the end is looked for."""

_EVERY = 6
"""Months between two looks at the same product."""
_FOLDS = 5
_RIDGE = 1.0
_STEPS, _STILL = 50, 1e-10
_STEEPEST, _LONGEST_SILENCE = 1.0, 12.0


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression: ``P = 1 / (1 + exp(−(intercept + Σ weight · feature)))``."""

    intercept: float
    weights: tuple[float, ...]

    def chance(self, features: np.ndarray) -> np.ndarray:
        """Return the chance of each row of features."""
        return 1 / (1 + np.exp(-np.clip(self.intercept + features @ np.array(self.weights), -35, 35)))


def fit_logistic(features: np.ndarray, ended: np.ndarray, *, ridge: float = 0.0) -> Logistic:
    """Return the logistic regression of highest likelihood, by Newton's method.

    Args:
        features: a row an observation.
        ended: 1 or 0 a row.
        ridge: penalty on the squared weights of standardised features, which keeps them finite where classes separate.

    References:
        Cox (1958), doi:10.1111/j.2517-6161.1958.tb00292.x; le Cessie & van Houwelingen (1992), doi:10.2307/2347628.
    """
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    x = np.column_stack([np.ones(len(features)), (features - mean) / scale])
    penalty = ridge * np.diag([0.0] + [1.0] * features.shape[1])
    beta = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -35, 35)))
        gradient = x.T @ (ended - p) - penalty @ beta
        step = np.linalg.solve(x.T * (p * (1 - p)) @ x + penalty + 1e-12 * np.eye(len(beta)), gradient)
        beta = beta + step
        if np.abs(step).max() < _STILL:
            break
    weights = beta[1:] / scale
    return Logistic(float(beta[0] - weights @ mean), tuple(float(weight) for weight in weights))


@dataclass(frozen=True, slots=True)
class EndOfLife:
    """A model of ends of life that was better than the mean rate on products it had not seen.

    Attributes:
        model: the regression on `FEATURES`.
        ends: recorded ends it was learned from.
        skill: share of the mean rate's log loss that it takes away on unseen products.
        slope: slope of the calibration line on unseen products; 1 is perfect, below it chances are too extreme.
    """

    model: Logistic
    ends: int
    skill: float
    slope: float

    def chance(self, seen: Curve) -> float:
        """Return the chance that a product ends within twelve months."""
        return float(self.model.chance(_features(seen)[None, :])[0])


def learn(monthly: pd.DataFrame, ends: Mapping[str, date]) -> EndOfLife | None:
    """Learn from recorded ends of life what the sales curve looked like a year before; None where they do not suffice.

    A discrete-time survival model: each product is looked at every half year while it lives, with what its curve said
    then, and whether its end came within the next twelve months (looks whose year is not over yet are left out). It
    is used only with at least 30 ends, and where it beats the mean rate on products left out in turn.

    Args:
        monthly: units, a column a product and a row a month (``DatetimeIndex``).
        ends: last day of sale by product, where one is recorded in the past.

    References:
        Singer & Willett (1993), doi:10.3102/10769986018002155.
    """
    looks = pd.DataFrame(_looks(monthly, ends), columns=["product", "ended", *FEATURES])
    came = looks.loc[looks["ended"] == 1, "product"].nunique()
    if came < LEAST_ENDS or (looks["ended"] == 0).sum() < LEAST_ENDS:
        return None
    x, y = looks[list(FEATURES)].to_numpy(), looks["ended"].to_numpy(dtype=float)
    fold = looks["product"].map({code: i % _FOLDS for i, code in enumerate(sorted(set(looks["product"])))}).to_numpy()
    unseen, rate = np.empty(len(y)), np.empty(len(y))
    for number in range(_FOLDS):
        out = fold == number
        unseen[out] = fit_logistic(x[~out], y[~out], ridge=_RIDGE).chance(x[out])
        rate[out] = y[~out].mean()
    skill = 1 - _log_loss(y, unseen) / _log_loss(y, rate)
    if skill <= 0:
        return None
    line = fit_logistic(np.log(unseen / (1 - unseen))[:, None], y)
    return EndOfLife(fit_logistic(x, y, ridge=_RIDGE), int(came), float(skill), line.weights[0])


def _looks(monthly: pd.DataFrame, ends: Mapping[str, date]) -> Iterator[tuple[object, ...]]:
    months = pd.DatetimeIndex(monthly.index)
    for product in monthly.columns:
        units = monthly[product].to_numpy(dtype=float)
        end = ends.get(str(product))
        for position in range(INTRODUCTION_MONTHS + YEAR, len(months) + 1, _EVERY):
            after = months[position - 1] + pd.DateOffset(months=1)
            if end is not None and pd.Timestamp(end) < after:
                break
            limit = after + pd.DateOffset(months=WITHIN)
            ended = end is not None and pd.Timestamp(end) < limit
            if not ended and position + WITHIN > len(months):
                break
            seen = curve(units[:position])
            if seen is not None and not math.isnan(seen.trend):
                yield product, int(ended), *_features(seen)


def _features(seen: Curve) -> np.ndarray:
    trend = 0.0 if math.isnan(seen.trend) else float(np.clip(seen.trend, -_STEEPEST, _STEEPEST))
    return np.array([trend, seen.of_peak, min(float(seen.silent), _LONGEST_SILENCE)])


def _log_loss(ended: np.ndarray, chance: np.ndarray) -> float:
    p = np.clip(chance, 1e-9, 1 - 1e-9)
    return float(-(ended * np.log(p) + (1 - ended) * np.log(1 - p)).mean())
