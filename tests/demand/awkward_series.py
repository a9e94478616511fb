"""Awkward histories and how each must end: the table of docs/forecasting.md is written from here.

``python tests/demand/awkward_series.py`` prints the table; ``--write`` puts it into docs/forecasting.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

DOC = Path(__file__).resolve().parents[2] / "docs" / "forecasting.md"
START, END = "<!-- awkward series: generated -->", "<!-- end of awkward series -->"
HORIZON = 12

_T = np.arange(48)
_SEASON = 100 + 30 * np.sin(2 * np.pi * _T / 12) + np.random.default_rng(7).normal(0, 3, 48)
_SLOW = np.where(np.random.default_rng(3).random(48) < 0.3, np.random.default_rng(4).integers(1, 6, 48), 0).astype(
    float
)


@dataclass(frozen=True)
class Awkward:
    """One kind of awkward history.

    Attributes:
        kind: what it is called.
        history: rows of `unique_id, ds, y`.
        method: how the method of the series begins; empty where the history is refused.
        said: words of an issue that must be given; an error where the history is refused.
        ends: what the forecast is, in words.
        holds: tells whether a forecast is that.
        freq: frequency given by the user.
    """

    kind: str
    history: pd.DataFrame
    method: str = ""
    said: str = ""
    ends: str = ""
    holds: Callable[[np.ndarray], Any] = lambda f: True
    freq: str | None = None


def monthly(y: Any, unique_id: Any = "A", start: str = "2020-01-01") -> pd.DataFrame:
    """Return months from a day on."""
    y = list(y)
    return pd.DataFrame({"unique_id": unique_id, "ds": pd.date_range(start, periods=len(y), freq="MS"), "y": y})


def dated(stamps: Any, y: Any) -> pd.DataFrame:
    """Return rows of one series at given stamps."""
    return pd.DataFrame({"unique_id": "A", "ds": list(stamps), "y": list(y)})


def with_value(at: int, value: Any) -> pd.DataFrame:
    """Return a seasonal history with one value replaced."""
    y: list[Any] = [float(round(v)) for v in _SEASON]
    y[at] = value
    return monthly(y)


def near(value: float, share: float = 0.15) -> Callable[[np.ndarray], Any]:
    """Tell whether the mean forecast lies within a share of a value."""
    return lambda f: abs(f.mean() - value) <= share * value


def exactly(value: float) -> Callable[[np.ndarray], Any]:
    """Tell whether every period is forecast at a value."""
    return lambda f: np.allclose(f, value)


_WEEKS = pd.date_range("2015-01-05", "2022-01-03", freq="W-MON")
_WEEKLY = 200 + 60 * np.sin(2 * np.pi * np.arange(len(_WEEKS)) / 52.18)
_MIDNIGHTS = pd.date_range("2020-01-06", periods=160, freq="W-MON", tz="Europe/Berlin")
_DAYS = pd.date_range("2021-01-01", periods=1200, freq="D")
_BY_WEEKDAY = 100 + 40 * (_DAYS.dayofweek.to_numpy() < 5)
_ENSEMBLE = "ensemble of"

AWKWARD: tuple[Awkward, ...] = (
    Awkward("constant", monthly([7.0] * 36), "last value: the same", ends="that value", holds=exactly(7)),
    Awkward("all zeros", monthly([0.0] * 36), "zero: nothing sold in the history", ends="zero", holds=exactly(0)),
    Awkward("one point, frequency given", monthly([5.0]), "last value", ends="that value", holds=exactly(5), freq="MS"),
    Awkward("one point, no frequency", monthly([5.0]), said="daily, weekly, monthly"),
    Awkward("two points", monthly([4.0, 6.0]), "mean of the last 2", ends="their mean", holds=exactly(5)),
    Awkward(
        "eleven months: less than a season", monthly(_SEASON[:11]), "mean of Theta and average", ends="near the mean"
    ),
    Awkward(
        "thirteen months", monthly(_SEASON[:13]), "mean of Theta and last season", ends="near 100", holds=near(100)
    ),
    Awkward("no rows", monthly([]), said="There are no rows"),
    Awkward(
        "months missing inside",
        monthly(_SEASON).drop(index=[20, 21, 30]),
        _ENSEMBLE,
        "lacks 3 months",
        "near 100",
        near(100),
    ),
    Awkward(
        "more months missing than known",
        monthly(_SEASON).iloc[np.r_[0:3, 20:24, 44:48]],
        "mean of the known periods",
        "lacks 37 months",
        "mean of the known",
        near(float(_SEASON[np.r_[0:3, 20:24, 44:48]].mean()), 0.01),
    ),
    Awkward("equal rows twice", pd.concat([monthly(_SEASON), monthly(_SEASON).iloc[[5]]]), _ENSEMBLE, "count once"),
    Awkward(
        "one month twice, quantities differ",
        pd.concat([monthly(_SEASON), monthly(_SEASON).iloc[[5]].assign(y=1.0)]),
        said="different quantities",
    ),
    Awkward("a month below zero", with_value(30, -40), _ENSEMBLE, "is negative and counts as 0", "near 100", near(100)),
    Awkward("all below zero", monthly(-_SEASON), "zero", "negative and counts as 0", "zero", exactly(0)),
    Awkward("infinity", with_value(30, np.inf), said="The quantity is infinite"),
    Awkward(
        "an empty cell", with_value(30, np.nan), _ENSEMBLE, "is empty and counts as unknown", "near 100", near(100)
    ),
    Awkward("nothing but empty cells", monthly([np.nan] * 12), said="has no value at all"),
    Awkward("text among numbers", with_value(30, "n.b."), said="'n.b.' is not a number"),
    Awkward("yes and no as quantities", with_value(30, True), said="is not a number"),
    Awkward("numbers kept as text", monthly([f" {v:.1f} " for v in _SEASON]), _ENSEMBLE, "", "near 100", near(100)),
    Awkward("thousands with commas", monthly(["1,250"] * 24), said="'1,250' is not a number"),
    Awkward(
        "thousands with commas, decimals with dots",
        monthly([f"{1000 * v:,.1f}" for v in _SEASON]),
        _ENSEMBLE,
        "",
        "near 100,000",
        near(100_000),
    ),
    Awkward(
        "decimals with commas",
        monthly([f"{v:.2f}".replace(".", ",") for v in _SEASON]),
        _ENSEMBLE,
        "",
        "near 100",
        near(100),
    ),
    Awkward("currency signs", monthly([f"€ {v:.1f}" for v in _SEASON]), said="is not a number"),
    Awkward(
        "empty rows and a row of totals",
        pd.concat([monthly(_SEASON), pd.DataFrame({"unique_id": ["", "Total"], "ds": "", "y": ["", 4800]})]),
        said="The period is empty",
    ),
    Awkward(
        "months written 03.2024",
        monthly(_SEASON).assign(ds=lambda d: d["ds"].dt.strftime("%m.%Y")),
        _ENSEMBLE,
        "",
        "near 100",
        near(100),
    ),
    Awkward(
        "stamped at month ends",
        monthly(_SEASON).assign(ds=lambda d: d["ds"] + pd.offsets.MonthEnd(0)),
        _ENSEMBLE,
        "not the first day of a month",
        "near 100",
        near(100),
    ),
    Awkward("unsorted rows", monthly(_SEASON).sample(frac=1, random_state=1), _ENSEMBLE, "", "near 100", near(100)),
    Awkward(
        "level three times as high since a year",
        monthly(_SEASON * np.where(_T < 36, 1, 3)),
        _ENSEMBLE,
        "",
        "at the new level",
        near(300, 0.25),
    ),
    Awkward("a single spike", with_value(30, 1e7), _ENSEMBLE, "far from neighbours", "near 100", near(100)),
    Awkward(
        "ended two years ago",
        monthly(np.where(_T < 24, _SEASON, 0)),
        "zero: nothing sold in the last 24",
        "",
        "zero",
        exactly(0),
    ),
    Awkward(
        "stopped five months ago",
        monthly(np.where(_T < 43, _SEASON, 0)),
        "TSB: nothing sold in the last 5",
        "",
        "below half its level",
        lambda f: (f < 50).all(),
    ),
    Awkward(
        "declining to nothing",
        monthly(np.clip(100 - 2.5 * _T, 0, None)),
        "TSB",
        "",
        "small, never below zero",
        lambda f: (f < 15).all(),
    ),
    Awkward(
        "launched a year ago, zeros before",
        monthly(np.where(_T < 36, 0, 100.0 + _T)),
        "mean of Theta and last season",
        "taken as launched in 2023-01-01",
        "at its level, not at a mean with the zeros",
        near(142, 0.1),
    ),
    Awkward(
        "sold in winter only",
        monthly([60.0, 50, 20, 0, 0, 0, 0, 0, 0, 10, 30, 55] * 4),
        _ENSEMBLE,
        "",
        "no summer sales",
        lambda f: f[3:9].max() < 6,
    ),
    Awkward(
        "every other month zero",
        monthly([0.0, 10.0] * 24),
        _ENSEMBLE,
        "",
        "follows the zeros",
        lambda f: f[::2].mean() < 2 < 8 < f[1::2].mean(),
    ),
    Awkward(
        "slow mover", monthly(_SLOW), "IMAPA: intermittent", "", "its mean demand", near(float(_SLOW[-24:].mean()), 0.5)
    ),
    Awkward(
        "slow mover with one absurd order",
        monthly(np.where(np.arange(48) == np.flatnonzero(_SLOW)[5], 9000.0, _SLOW)),
        "IMAPA: intermittent",
        "9000 in",
        "its mean demand",
        near(float(_SLOW[-24:].mean()), 0.6),
    ),
    Awkward(
        "sold once", monthly(np.where(_T == 40, 5.0, 0.0)), "IMAPA: intermittent", "", "little", lambda f: (f < 2).all()
    ),
    Awkward("millions of millions", monthly(_SEASON * 1e10), _ENSEMBLE, "", "of the same size", near(1e12)),
    Awkward("billionths", monthly(_SEASON * 1e-11), _ENSEMBLE, "", "of the same size", near(1e-9)),
    Awkward("shares between 0 and 1", monthly(_SEASON / 200), _ENSEMBLE, "", "a share", near(0.5)),
    Awkward(
        "doubling every half year",
        monthly(10 * 2 ** (_T / 6)),
        _ENSEMBLE,
        "",
        "higher, within bounds",
        lambda f: f[0] > 2000 and f[-1] < 60_000,
    ),
    Awkward(
        "a year mistyped",
        monthly(_SEASON).replace(pd.Timestamp("2023-12-01"), pd.Timestamp("2203-12-01")),
        said="jumps from 2023-11-01 to 2203-12-01",
    ),
    Awkward(
        "monthly and weekly series together",
        pd.concat([monthly(_SEASON, "B"), dated(_WEEKS, _WEEKLY)]),
        said="are counted by the month, the others by the week",
    ),
    Awkward(
        "years with 53 weeks",
        dated(_WEEKS, _WEEKLY),
        _ENSEMBLE,
        "",
        "no gap, near the season",
        lambda f: (f > 190).all(),
    ),
    Awkward(
        "weeks written 2020-W53",
        dated([f"{d.isocalendar().year}-W{d.isocalendar().week:02d}" for d in _WEEKS], _WEEKLY),
        _ENSEMBLE,
        "",
        "as with dates",
        lambda f: (f > 190).all(),
    ),
    Awkward(
        "weeks beginning on Sunday",
        dated(_WEEKS - pd.Timedelta(days=1), _WEEKLY),
        _ENSEMBLE,
        "",
        "on Sundays",
        lambda f: (f > 190).all(),
    ),
    Awkward(
        "weeks across daylight saving, local midnights kept in UTC",
        dated(_MIDNIGHTS.tz_convert("UTC"), 50 + np.arange(160) % 7),
        _ENSEMBLE,
        "",
        "no week lost or doubled",
        near(53),
    ),
    Awkward(
        "stamps with a time zone",
        monthly(_SEASON).assign(ds=lambda d: d["ds"].dt.tz_localize("Europe/Berlin")),
        _ENSEMBLE,
        "",
        "near 100",
        near(100),
    ),
    Awkward(
        "three years of days, a leap day among them",
        dated(_DAYS, _BY_WEEKDAY),
        _ENSEMBLE,
        "",
        "follows the weekdays",
        lambda f: np.ptp(f) > 25,
    ),
    Awkward(
        "Excel day numbers as dates",
        monthly(_SEASON).assign(ds=lambda d: (d["ds"] - pd.Timestamp("1899-12-30")).dt.days),
        _ENSEMBLE,
        "",
        "near 100",
        near(100),
    ),
    Awkward(
        "dates like 01/02/2024 that may be either",
        dated(["01/02/2024", "02/01/2024", "03/04/2024", "04/03/2024"], [1, 2, 3, 4]),
        said="not a date that can be read safely",
    ),
    Awkward(
        "quarters of a fiscal year from February",
        dated(pd.date_range("2018-02-01", periods=24, freq="QS-FEB"), _SEASON[:24]),
        _ENSEMBLE,
        "",
        "from the next February quarter on",
    ),
    Awkward(
        "years", dated(range(2000, 2024), 100 + 3 * np.arange(24)), _ENSEMBLE, "", "further up", lambda f: f[0] > 160
    ),
    Awkward("names as numbers", monthly(_SEASON, 1001.0), _ENSEMBLE, "", "near 100", near(100)),
    Awkward("a row without a name", pd.concat([monthly(_SEASON), monthly([5.0], "")]), said="The series has no name"),
    Awkward(
        "out of stock all the time",
        monthly(_SEASON).assign(stock_out="yes"),
        _ENSEMBLE,
        "sales are taken as they are",
        "near 100",
        near(100),
    ),
    Awkward("a column missing", monthly(_SEASON).drop(columns="y"), said="The column y is missing"),
)


def table() -> str:
    """Return the cases as a Markdown table."""
    lines = ["| kind of history | what happens | said | forecast |", "|---|---|---|---|"]
    for case in AWKWARD:
        what = f"forecast: {case.method.rstrip(':').strip()} …" if case.method else "refused, with row and remedy"
        said = f"“… {case.said} …”" if case.said else "–"
        lines.append(f"| {case.kind} | {what} | {said} | {case.ends or '–'} |")
    return "\n".join(lines)


def documented(text: str) -> str:
    """Return the document with the table as it is now."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    if "--write" in sys.argv:
        DOC.write_text(documented(DOC.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        sys.stdout.write(table() + "\n")
