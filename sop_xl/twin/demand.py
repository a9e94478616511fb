"""How uncertain the demand of a plan is: ranges by family and bucket, and how families and months move together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sop_xl.demand.paths import around, demand_paths
from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.demand_draws import QuantilePaths

DRAWS = 1000
_MOST_PERSISTENT = 0.95
_KEYS = ["product", "location", "channel"]


@dataclass(frozen=True, slots=True, eq=False)
class DemandSpread:
    """How far demand may lie from the plan.

    Attributes:
        families: codes.
        low, high: P10 and P90 of demand over its median, shape (families, buckets).
        correlation: of the deviations of two families in a bucket, shape (families, families).
        persistence: correlation of a family's deviation in one bucket with that in the next.
        issues: what had to be assumed.
    """

    families: tuple[str, ...]
    low: np.ndarray
    high: np.ndarray
    correlation: np.ndarray
    persistence: float
    issues: tuple[Issue, ...] = ()

    def paths(self, families: tuple[str, ...], demand: np.ndarray) -> QuantilePaths:
        """Return the paths of a plan's demand: its units are the median, the ranges lie around it in proportion.

        Args:
            families: codes of the plan; one that is not known here has the mean range and moves on its own.
            demand: units planned, shape (families, buckets).
        """
        known = np.array([family in self.families for family in families])
        at = [self.families.index(family) if family in self.families else 0 for family in families]
        low, high = (
            np.where(known[:, None], part[at], part.mean(axis=0, keepdims=True)) for part in (self.low, self.high)
        )
        correlation = np.where(np.outer(known, known), self.correlation[np.ix_(at, at)], np.eye(len(families)))
        return QuantilePaths(demand * low, demand, demand * high, correlation, self.persistence)


def demand_spread(inputs: PlanningInputs, baseline: pd.DataFrame, consensus: pd.DataFrame) -> DemandSpread:
    """Return how uncertain a consensus demand is, by family.

    The ranges of the baseline are laid around the consensus, and courses of all series together are drawn as their
    past errors went together (:func:`sop_xl.demand.paths.demand_paths`); the sums of a family in these courses give its
    P10 and P90 over its median, the ranks of the sums how families and buckets move together. Quantiles are not added
    up. Where no range is forecast, P10 and P90 lie ``demand_spread`` below and above.

    Args:
        inputs: for the history, the calendar and the settings.
        baseline: schema table ``baseline``; empty where the demand was given.
        consensus: schema table ``consensus_demand``.
    """
    share = float(inputs.settings["demand_spread"])
    asked = consensus.rename(columns={"consensus": "units"})[[*_KEYS, "family", "period", "units"]]
    if len(baseline):
        planned = around(baseline, asked[[*_KEYS, "period", "units"]])
    else:
        planned = asked[[*_KEYS, "period", "units"]].assign(p10=np.nan, p90=np.nan)
    unknown = planned["p10"].isna() | planned["p90"].isna()
    planned = planned.assign(
        p10=planned["p10"].where(~unknown, planned["units"] * (1 - share)),
        p90=planned["p90"].where(~unknown, planned["units"] * (1 + share)),
    )
    drawn = demand_paths(inputs["history"], planned, inputs.calendar, draws=DRAWS, seed=int(inputs.settings["seed"]))
    family_of = dict(zip(asked["product"], asked["family"], strict=True))
    own = np.array([family_of[product] for product in drawn.cells["product"]], dtype=object)
    families, place = np.unique(own, return_inverse=True)
    units = np.zeros((len(families), DRAWS, drawn.units.shape[2]))
    np.add.at(units, place, drawn.units.transpose(1, 0, 2))
    low, middle, high = np.quantile(units, [0.1, 0.5, 0.9], axis=1)
    over = np.where(middle > 0, middle, 1.0)
    correlation, persistence = _together(units)
    codes = tuple(str(family) for family in families)
    return DemandSpread(codes, low / over, high / over, correlation, persistence, _assumed(planned, unknown, share))


def _together(units: np.ndarray) -> tuple[np.ndarray, float]:
    """Correlation between families, mean over the buckets; and the persistence that gives their mean over the buckets.

    Both are those of normal scores, from ranks: r = 2 sin(π ρ_S / 6). The persistence is the one whose courses vary
    over the whole horizon as much as the drawn ones: mean of persistence^|s − t| = mean correlation of two buckets.
    """
    _, draws, buckets = units.shape
    rank = units.argsort(axis=1).argsort(axis=1) - (draws - 1) / 2
    moving = units.std(axis=1) > 0
    scaled = np.where(moving[:, None, :], rank / np.sqrt((rank**2).sum(axis=1, keepdims=True)), 0.0)
    seen = np.einsum("ft,gt->fg", moving.astype(float), moving.astype(float))
    correlation = _normal(np.einsum("fdt,gdt->fg", scaled, scaled) / np.maximum(seen, 1.0))
    np.fill_diagonal(correlation, 1.0)
    apart = np.abs(np.subtract.outer(np.arange(buckets), np.arange(buckets)))
    both = np.einsum("fs,ft->st", moving.astype(float), moving.astype(float)) * (apart > 0)
    if not both.any():
        return correlation, 0.0
    mean = float(_normal(np.einsum("fds,fdt->st", scaled, scaled)[apart > 0].sum() / both.sum()))
    tried = np.linspace(0.0, _MOST_PERSISTENT, 96)
    means = np.array([(rho**apart)[apart > 0].mean() for rho in tried])
    return correlation, float(tried[np.abs(means - mean).argmin()])


def _normal(rank_correlation: np.ndarray) -> np.ndarray:
    return np.asarray(2 * np.sin(np.pi * rank_correlation / 6))


def _assumed(planned: pd.DataFrame, unknown: pd.Series, share: float) -> tuple[Issue, ...]:
    without = float(planned.loc[unknown, "units"].sum() / max(planned["units"].sum(), 1e-9))
    if without < 0.005:
        return ()
    part = "No demand" if without > 0.995 else f"{without:.0%} of the demand"
    has = "has a forecast range" if part == "No demand" else "has no forecast range"
    text = f"{part} {has}: the simulation takes P10 and P90 {share:.0%} below and above what is planned."
    return (Issue(Severity.INFO, text, "Change it with the setting demand_spread.", table="settings"),)
