"""Learn what `sop_xl/demand/ranges.py` keeps: the widths of both modes, the multiples of each rung and frequency.

Run with ``python benchmarks/learn_ranges.py`` (about five minutes of one core; ``--mode full`` or ``--mode preview``
for one of them); it prints the two tables as they stand in the module. Only training parts of the public series in
``../shared/data`` are used: each is cut at several origins, every half year further back, and what was cut off plays
the actual. Hold-outs are never looked at. Weeks without promotions are simulated: there is no such public set here.

1. The width: least squares of ln(|actual − forecast| + 0.3) on the logarithms of the signs of uncertainty, of the step
   and of the length of history, with the weights of the signs adding up to 1. Series: M3 monthly, 9 origins.
2. The multiples: at each step the 2.5, 10, 90 and 97.5 % quantile of (actual − forecast) / width over all series and
   origins, and a line in ln(step) through them.

Months are learned on M3 alone, whose 1,428 series come from six fields and eras that differ: a common shock weighs
little. Tourism (one field, one shock) and PBS are kept to see whether the widths carry over; ``--check`` prints the
coverage on their training windows.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sop_xl.demand.calendar_completion import Series, complete_calendar
from sop_xl.demand.ensemble import Mode, combine, local_members
from sop_xl.demand.global_lightgbm import learned_members
from sop_xl.demand.history import read_history
from sop_xl.demand.ladder import Route, choose, simple_forecast
from sop_xl.demand.outliers import without_outliers
from sop_xl.demand.ranges import LEVELS, Width, factor_for, short_width, signs_of_uncertainty

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SEASONS = {"MS": 12, "QS": 4, "YS": 1, "W": 52}
_LEAST_ERROR = 0.3
_COMMON_MEAN = 100.0


@dataclass(frozen=True)
class Window:
    """One series at one origin, on the common scale: its forecast, what then happened, and the signs (or width)."""

    forecast: np.ndarray
    actual: np.ndarray
    periods: int
    signs: np.ndarray

    def ratio(self, width: Width | None) -> np.ndarray:
        """Return the errors over the width; without a width, over the signs themselves."""
        made = self.signs if width is None else width.of(self.signs, self.periods)
        return (self.actual - self.forecast) / np.where(made > 0, made, np.nan)


def training_part(name: str) -> pd.DataFrame:
    """Return the training part of a set as `unique_id, ds, y`."""
    frame = pd.read_parquet(DATA / f"{name}_monthly.parquet")
    return frame.loc[~frame["test"], ["unique_id", "ds", "y"]].sort_values(["unique_id", "ds"])


def prescriptions() -> pd.DataFrame:
    """Return the complete monthly PBS series without their last year."""
    frame = pd.read_parquet(DATA / "pbs_monthly.parquet", columns=["grp", "ATC2", "ds", "Scripts"])
    frame["unique_id"] = frame["grp"].astype(str) + "|" + frame["ATC2"].astype(str)
    frame = frame.rename(columns={"Scripts": "y"})[["unique_id", "ds", "y"]].sort_values(["unique_id", "ds"])
    size = frame.groupby("unique_id")["ds"].transform("size")
    return frame[size == size.max()].groupby("unique_id").head(int(size.max()) - 12)


def orange_juice() -> pd.DataFrame:
    """Return weekly units of the store-brand pairs with a full history, without the last quarter."""
    frame = pd.read_parquet(DATA / "oj_weekly_store_brand.parquet", columns=["store", "code", "ds", "units"])
    frame["unique_id"] = frame["store"].astype(str) + "-" + frame["code"]
    frame = frame.rename(columns={"units": "y"})[["unique_id", "ds", "y"]].sort_values(["unique_id", "ds"])
    size = frame.groupby("unique_id")["ds"].transform("size")
    full = frame[size == size.max()]
    return full[full["ds"] <= full["ds"].max() - pd.Timedelta(weeks=13)]


def ordinary_weeks() -> pd.DataFrame:
    """Return 240 simulated series of 90 to 260 weeks without promotions: a walking level, a season, 4 to 25 % noise."""
    draw = np.random.default_rng(1)
    parts = []
    for number in range(240):
        count = int(draw.integers(90, 260))
        weeks, phase, season, noise = (
            np.arange(count),
            draw.uniform(0, 52),
            draw.choice([0, 0.1, 0.2, 0.3]),
            draw.uniform(0.04, 0.25),
        )
        level = np.cumsum(draw.normal(0, draw.uniform(0, 0.03), count))
        logs = season * np.sin(2 * np.pi * (weeks + phase) / 52.18) + level + draw.normal(0, noise, count)
        days = pd.date_range(end="2020-01-06", periods=count, freq="W-MON")
        parts.append(pd.DataFrame({"unique_id": f"W{number:03d}", "ds": days, "y": 100 * np.exp(logs)}))
    return pd.concat(parts)


def summed(frame: pd.DataFrame, rule: str, months: int) -> pd.DataFrame:
    """Return whole quarters or years of monthly series."""
    grouped = frame.set_index("ds").groupby("unique_id")["y"].resample(rule)
    total = grouped.agg(["sum", "size"]).reset_index()
    return total[total["size"] == months].rename(columns={"sum": "y"})[["unique_id", "ds", "y"]]


def without_last(frame: pd.DataFrame, count: int, kept: int | None = None) -> pd.DataFrame:
    """Return every series without its last `count` periods, and of the rest the last `kept`."""
    place = frame.groupby("unique_id").cumcount(ascending=False)
    return frame[(place >= count) & (place < count + (kept or 10**6))]


def windows(
    frame: pd.DataFrame, freq: str, horizon: int, cuts: Sequence[int], mode: Mode, kept: int | None = None
) -> list[Window]:
    """Return every series cut at every origin; with `kept` periods of history only, the rung below the ensemble."""
    clean = read_history(frame, freq)
    whole = {item.unique_id: item for item in complete_calendar(clean)[0]}
    made: list[Window] = []
    for cut in cuts:
        past, _ = complete_calendar(read_history(without_last(frame, cut, kept), freq))
        made += _short(past, whole, horizon, freq) if kept else _ensembles(past, whole, horizon, SEASONS[freq], mode)
    return made


def _ensembles(
    past: Sequence[Series], whole: dict[str, Series], horizon: int, season_length: int, mode: Mode
) -> list[Window]:
    scales, scaled = {}, {}
    for item in past:
        if choose(item, season_length, "period").route is Route.ENSEMBLE:
            y, _ = without_outliers(item.y, season_length)
            scales[item.unique_id] = y.mean() / _COMMON_MEAN
            scaled[item.unique_id] = y / scales[item.unique_id]
    learned = learned_members(scaled, horizon, season_length, 0, mode)
    made = []
    for item in past:
        if item.unique_id not in scaled:
            continue
        y = scaled[item.unique_id]
        local = local_members(y, horizon, season_length, mode)
        members = {name: member.mean for name, member in local.items()} | learned.get(item.unique_id, {})
        forecast = combine(members)
        native = local["damped trend"].half_width if "damped trend" in local else None
        actual = _after(item, whole, horizon) / scales[item.unique_id]
        if actual.size == horizon:
            signs = signs_of_uncertainty(forecast, members, native, y, season_length)
            made.append(Window(forecast, actual, len(y), signs))
    return made


def _short(past: Sequence[Series], whole: dict[str, Series], horizon: int, freq: str) -> list[Window]:
    made = []
    for item in past:
        route = choose(item, SEASONS[freq], "period").route
        actual = _after(item, whole, horizon)
        if route in (Route.SEASONAL_SHORT, Route.SHORT, Route.VERY_SHORT) and actual.size == horizon:
            forecast = simple_forecast(item, route, horizon, SEASONS[freq])
            made.append(Window(forecast, actual, len(item.y), short_width(forecast, item.y)))
    return made


def _after(item: Series, whole: dict[str, Series], horizon: int) -> np.ndarray:
    start = item.end + 1 - whole[item.unique_id].start
    return whole[item.unique_id].y[start : start + horizon]


def learned_width(made: Sequence[Window]) -> Width:
    """Return the weights of the signs and the exponent of the length, by least squares on logarithms."""
    signs = np.log(np.concatenate([window.signs for window in made], axis=1))
    steps = np.concatenate([np.log(np.arange(1, window.forecast.size + 1)) for window in made])
    lengths = np.concatenate([np.full(window.forecast.size, np.log(window.periods / 100)) for window in made])
    error = np.log(np.abs(np.concatenate([window.actual - window.forecast for window in made])) + _LEAST_ERROR)
    explained = np.column_stack([np.ones(steps.size), steps, lengths, (signs[1:] - signs[0]).T])
    found = np.linalg.lstsq(explained, error - signs[0], rcond=None)[0]
    weights = [1 - found[3:].sum(), *found[3:]]
    return Width(tuple(round(float(value), 3) for value in weights), round(float(found[2]), 3))


def factor_line(made: Sequence[Window], key: str, width: Width | None) -> str:
    """Return the line of the factor table for windows of one rung, mode and frequency."""
    ratio = np.stack([window.ratio(width) for window in made])
    horizon = ratio.shape[1]
    quantiles = np.nanquantile(ratio, LEVELS, axis=0)
    log_step = np.log(np.arange(1, horizon + 1))
    lines = [np.polyfit(log_step, row, 1) for row in quantiles]
    text = ", ".join(f"({start:.2f}, {slope:.2f})" for slope, start in lines)
    return f"    ({key}): RangeFactor(({text}), {horizon}),  # {len(made)} windows"


def learn(mode: Mode) -> None:
    """Print width and multiples of one mode."""
    m3, tourism = training_part("m3"), training_part("tourism")
    months = windows(m3, "MS", 18, range(18, 67, 6), mode)
    width = learned_width(months)
    print(f"    Mode.{mode.name}: {width},", flush=True)
    sets = {
        12: months,
        4: windows(summed(m3, "QS", 3), "QS", 8, range(8, 19, 2), mode),
        1: windows(summed(tourism, "YS", 12), "YS", 4, range(4, 9), mode),
        52: windows(orange_juice(), "W", 13, (13, 19, 26), mode),
    }
    for season_length, made in sets.items():
        key = f"Mode.{mode.name}, Route.ENSEMBLE, {season_length}"
        print(factor_line(made, key, width), flush=True)
    calm = windows(ordinary_weeks(), "W", 13, (13, 20), mode)
    print("ordinary weeks", factor_line(calm, f"Mode.{mode.name}", width), flush=True)


def learn_short() -> None:
    """Print the multiples of the rungs below the ensemble."""
    m3, both = training_part("m3"), pd.concat([training_part("m3"), training_part("tourism")])
    yearly = summed(both, "YS", 12)
    for route, frame, freq, horizon, kept in (
        (Route.SEASONAL_SHORT, m3, "MS", 18, 16),
        (Route.SHORT, m3, "MS", 12, 9),
        (Route.VERY_SHORT, m3, "MS", 12, 4),
        (Route.SHORT, yearly, "YS", 4, 8),
        (Route.VERY_SHORT, yearly, "YS", 4, 5),
    ):
        step = 1 if freq == "YS" else 6
        made = windows(frame, freq, horizon, [horizon + step * back for back in range(4)], Mode.FULL, kept)
        made = [window for window in made if window.periods == kept]
        print(factor_line(made, f"Mode.FULL, Route.{route.name}, {SEASONS[freq]}", None), flush=True)


def check(mode: Mode) -> None:
    """Print the coverage of the tables as they are on training windows they were not learned from."""
    from sop_xl.demand.ranges import WIDTHS, scaled_range

    tourism = training_part("tourism")
    for name, freq, horizon, cuts, frame in (
        ("PBS monthly", "MS", 18, (18, 42), prescriptions()),
        ("Tourism monthly", "MS", 24, (24, 48, 72), tourism),
        ("Tourism quarterly", "QS", 8, (8, 16), summed(tourism, "QS", 3)),
    ):
        for cut in cuts:
            made = windows(frame, freq, horizon, [cut], mode)
            inside = []
            for window in made:
                width = WIDTHS[mode].of(window.signs, window.periods)
                low95, low, high, high95 = scaled_range(
                    window.forecast, width, factor_for(Route.ENSEMBLE, SEASONS[freq], mode)
                )
                actual = window.actual
                inside.append([(actual >= low) & (actual <= high), (actual >= low95) & (actual <= high95)])
            covered = np.mean(inside, axis=(0, 2))
            print(f"{mode:8} {name:18} origin {cut:3} before the end: {covered[0]:.1%} / {covered[1]:.1%}", flush=True)


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mode", choices=[mode.value for mode in Mode], help="one mode only, both when left out")
    parser.add_argument("--check", action="store_true", help="print coverage on other training windows instead")
    options = parser.parse_args()
    for mode in [Mode(options.mode)] if options.mode else list(Mode):
        (check if options.check else learn)(mode)
    if not options.check and options.mode != Mode.PREVIEW:
        learn_short()


if __name__ == "__main__":
    main()
