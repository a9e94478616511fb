"""Measure how demand adds up on the hierarchy of Australian prescriptions (PBS), beside the ways of adding up.

Run from anywhere: ``python benchmarks/hierarchy.py`` (277 SKU-channels, 74 SKUs, 15 families and the total; horizon 12;
12 origins three months apart, the last 8 scored; a good two minutes of CPU), ``--preview`` with the quick forecast
(half of it). The series are read from ``../shared/data`` beside the repository.

All ways of adding up start from the same forecasts of `sop_xl.demand.baseline`. *chosen* is what the product does: at
every origin the methods whose worst level did best on the earlier origins, as far as their actuals were known by then.
The ranges are those of `ranges_by_level`; *added up* are the ranges of the SKU-channels summed, which nobody should do.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path

os.environ["SOP_XL_CORES"] = "1"  # CPU time is counted in this process: no work may leave it

import numpy as np
import pandas as pd

from sop_xl.demand.baseline import forecast
from sop_xl.demand.calendar_completion import Series
from sop_xl.demand.ensemble import Mode
from sop_xl.demand.frequency import Frequency, Unit
from sop_xl.demand.hierarchy.choice import PastForecast, choose, level_losses, method_names, reconciled
from sop_xl.demand.hierarchy.portfolio import Forecaster, Portfolio, forecast_rows, make_portfolio
from sop_xl.demand.hierarchy.tree import Tree, make_tree
from sop_xl.demand.paths import level_codes, ranges_by_level
from sop_xl.demand.quantiles import KNOTS
from sop_xl.model.calendar import Calendar

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "pbs_monthly.parquet"
MONTHS = 204
HORIZON, STEP, WARM_UP, SCORED = 12, 3, 4, 8
FREQUENCY = Frequency(Unit.MONTH)
SINGLE = ("bottom-up", "top-down", "minimum trace")
DRAWS = 500


def load() -> tuple[pd.DataFrame, list[tuple[str, str, str]]]:
    """Return quantities (SKU-channels × months) and the path of each from the family down."""
    frame = pd.read_parquet(DATA).dropna(subset=["Scripts"])
    wide = frame.pivot(index=["ATC1", "ATC2", "grp"], columns="ds", values="Scripts").dropna()
    assert wide.shape[1] == MONTHS
    return wide, [(family, sku, f"{sku} / {channel}") for family, sku, channel in wide.index]


def forecaster(mode: Mode, ranges: dict[int, np.ndarray]) -> Forecaster:
    """Return what forecasts series, and keeps P2.5 … P97.5 of each by its row."""

    def run(series: Sequence[Series], horizon: int) -> np.ndarray:
        rows = pd.DataFrame(
            {
                "unique_id": np.repeat([item.unique_id for item in series], [item.y.size for item in series]),
                "ds": FREQUENCY.first_days(np.concatenate([np.arange(s.start, s.end + 1) for s in series])),
                "y": np.concatenate([item.y for item in series]),
            }
        )
        made = forecast(rows, horizon, "MS", mode=mode).frame
        for unique_id, group in made.groupby("unique_id"):
            ranges[int(unique_id)] = group[list(KNOTS)].to_numpy().T
        return made.sort_values(["unique_id", "ds"])["forecast"].to_numpy().reshape(-1, horizon)

    return run


def origin_of(portfolio: Portfolio, origin: int, base: np.ndarray, known_until: int) -> PastForecast:
    """Return an origin's forecasts with the actuals known by a month."""
    actual = portfolio.values[:, origin : origin + HORIZON].copy()
    actual[:, max(0, known_until - origin) :] = np.nan
    past = portfolio.values[:, :origin]
    scale = ((past[:, 12:] - past[:, :-12]) ** 2).mean(axis=1)
    return PastForecast(base, actual, portfolio.errors(origin), scale)


def scored(losses: Sequence[np.ndarray]) -> np.ndarray:
    """Return WAPE then RMSSE by level over all origins."""
    both = np.array(losses)
    return np.concatenate([both[:, :, 0].sum(axis=0) / both[:, :, 1].sum(axis=0), both[:, :, 2].mean(axis=0)])


def coverage(
    wide: pd.DataFrame, tree: Tree, made: np.ndarray, base: np.ndarray, ranges: dict[int, np.ndarray], origin: int
) -> np.ndarray:
    """Return by level: share of actuals within 80 % and 95 % of the draws, and within the added-up 80 % ranges."""
    months = pd.DatetimeIndex(wide.columns)
    calendar = Calendar.telescoping(months[origin].date(), monthly=HORIZON)
    first = tree.rows(tree.bottom).start
    leaves = len(wide)
    ratio = np.divide(made, base, out=np.ones_like(made), where=base > 0)[first:]
    knots = {name: np.stack([ranges[first + row][k] for row in range(leaves)]) * ratio for k, name in enumerate(KNOTS)}
    keys = {
        "product": [sku for _, sku, _ in wide.index],
        "location": "AU",
        "channel": [channel for _, _, channel in wide.index],
    }
    key = pd.DataFrame(keys)
    planned = key.loc[key.index.repeat(HORIZON)].reset_index(drop=True)
    planned["period"] = np.tile(months[origin : origin + HORIZON], leaves)
    planned["units"] = made[first:].ravel()
    for name in ("p2_5", "p10", "p90", "p97_5"):
        planned[name] = knots[name].ravel()
    history = key.loc[key.index.repeat(origin)].reset_index(drop=True)
    history["period"] = np.tile(months[:origin], leaves)
    history["units"] = wide.to_numpy()[:, :origin].ravel()
    order = key.sort_values(["product", "location", "channel"])
    groups = level_codes(order, {sku: family for family, sku, _ in wide.index})
    groups["series"] = [f"{row.product} / {row.channel}" for row in order.itertuples()]
    drawn = ranges_by_level(history, planned, calendar, groups, draws=DRAWS)
    rows = []
    actuals = tree.add_up(wide.to_numpy()[:, origin : origin + HORIZON])
    added = [tree.add_up(knots[name]) for name in ("p10", "p90")]
    for level, name in enumerate(tree.levels):
        own = drawn[drawn["level"] == name].pivot(index="code", columns="period")
        actual = actuals[tree.rows(level)]
        q = {k: own[k].loc[list(tree.codes[level])].to_numpy() for k in KNOTS}
        low, high = (values[tree.rows(level)] for values in added)
        rows.append(
            (
                ((q["p10"] <= actual) & (actual <= q["p90"])).mean(),
                ((q["p2_5"] <= actual) & (actual <= q["p97_5"])).mean(),
                ((low <= actual) & (actual <= high)).mean(),
            )
        )
    return np.array(rows)


def main() -> None:
    """Print the table of losses by level, the choices made, and the coverage by level."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preview", action="store_true", help="forecast with the quick preview")
    mode = Mode.PREVIEW if parser.parse_args().preview else Mode.FULL
    wide, paths = load()
    tree = make_tree(paths, ("family", "product", "series"))
    start = int(FREQUENCY.ordinals(np.array(wide.columns[:1], dtype="datetime64[D]"))[0])
    leaves = [
        Series(path[-1], start, y, np.ones(y.size, dtype=bool)) for path, y in zip(paths, wide.to_numpy(), strict=True)
    ]
    portfolio = make_portfolio(tree, leaves, start + MONTHS - 1, FREQUENCY)
    origins = [MONTHS - HORIZON - STEP * number for number in range(WARM_UP + SCORED)][::-1]
    cpu = time.process_time()
    made: dict[int, tuple[np.ndarray, dict[int, np.ndarray]]] = {}
    for origin in origins:
        ranges: dict[int, np.ndarray] = {}
        base = forecast_rows(portfolio, HORIZON, forecaster(mode, ranges), origin)
        single = tree.only_children()
        made[origin] = (base, {row: ranges[int(single[row]) if single[row] >= 0 else row] for row in range(tree.size)})
    forecasting, cpu = time.process_time() - cpu, time.process_time()
    names = method_names(tree)
    losses: dict[str, list[np.ndarray]] = {name: [] for name in ("chosen", *names, "not adding up")}
    covered, incoherent = [], 0.0
    print(f"{tree.size} series: " + ", ".join(f"{len(c)} {n}" for n, c in zip(tree.levels, tree.codes, strict=True)))
    for number, origin in enumerate(origins):
        if number < WARM_UP:
            continue
        past = [origin_of(portfolio, other, made[other][0], origin) for other in origins[:number]]
        choice = choose(tree, past)
        now = origin_of(portfolio, origin, made[origin][0], MONTHS)
        results = {name: reconciled(tree, now.base, now.errors, [name]) for name in names}
        results["chosen"] = reconciled(tree, now.base, now.errors, choice.methods)
        results["not adding up"] = now.base
        sums = tree.add_up(results["chosen"][tree.rows(tree.bottom)])
        incoherent = max(incoherent, float(np.abs(sums - results["chosen"]).max()))
        for name, values in results.items():
            losses[name].append(level_losses(tree, now.actual, values, now.scale))
        covered.append(coverage(wide, tree, results["chosen"], *made[origin], origin))
        print(f"  {wide.columns[origin]:%Y-%m} chosen on {choice.origins} earlier origins: {choice}")
    reconciling = time.process_time() - cpu
    table = {name: scored(values) for name, values in losses.items()}
    best = np.min([table[name] for name in SINGLE], axis=0)
    head = [f"{metric} {level[:7]}" for metric in ("WAPE", "RMSSE") for level in tree.levels]
    print(f"\n{len(covered)} origins, horizon {HORIZON}\n{'':26}" + "".join(f"{h:>15}" for h in head) + f"{'worst':>9}")
    for name, values in table.items():
        cells = "".join(f"{value:15.4f}" for value in values)
        print(f"{name:26}{cells}{(values / best).max() - 1:+9.1%}")
    print("worst: the level and measure that is farthest above the best of bottom-up, top-down and minimum trace")
    print(f"largest gap between a series and the sum of its parts: {incoherent:.1e} of {wide.to_numpy().max():,.0f}")
    print("\ncoverage" + " " * 12 + "80 % draws  95 % draws  80 % added up")
    for level, row in zip(tree.levels, np.mean(covered, axis=0), strict=True):
        print(f"{level:20}{row[0]:10.1%}{row[1]:12.1%}{row[2]:15.1%}")
    calls = len(origins) * tree.size
    print(
        f"\nCPU: forecasts {forecasting:.0f} s ({1000 * forecasting / calls:.1f} ms a series and origin), "
        f"choosing, adding up and drawing {reconciling:.0f} s"
    )


if __name__ == "__main__":
    main()
