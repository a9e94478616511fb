"""What the departments of the demo expect when they open their books: units per product, and months that fall short."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import pandas as pd

from sop_xl.gather.demo import rules
from sop_xl.gather.demo.operations import regular_hours
from sop_xl.model.calendar import add_months

Tables = Mapping[str, pd.DataFrame]
Expected = dict[tuple[str, date], float]
"""Units by product (or family) and month."""
NOTICEABLE = 0.005
"""A gap below this part of demand is answered with accept."""


def horizon_of(tables: Tables) -> list[date]:
    """Return the months that are planned, told from the settings."""
    chosen = {str(k): str(v) for k, v in tables["settings"][["setting", "value"]].to_numpy()}
    start = date.fromisoformat(chosen["horizon_start"])
    return [add_months(start, ahead) for ahead in range(int(chosen["monthly_buckets"]))]


def expected(tables: Tables, months: Sequence[date]) -> Expected:
    """Return units expected per product and month.

    The table ``baseline`` where there is one, else units of the same month a year (or two) before × last year's
    growth, once for each year.
    """
    baseline = tables.get("baseline")
    if baseline is not None and len(baseline):
        total = baseline.groupby(["product", "period"], as_index=False)["baseline"].sum()
        return _by_code_and_month(total["product"], total["period"].dt.date, total["baseline"])
    history = tables["history"].pivot_table(index="period", columns="product", values="units", aggfunc="sum")
    growth = history.iloc[-12:].sum() / history.iloc[-24:-12].sum()
    found: Expected = {}
    for day in months:
        years = 1 if pd.Timestamp(add_months(day, -12)) in history.index else 2
        units = (history.loc[pd.Timestamp(add_months(day, -12 * years))] * growth**years).dropna()
        found |= _by_code_and_month(units.index, [day] * len(units), units.to_numpy())
    return found


def _by_code_and_month(codes: Iterable[object], months: Iterable[date], units: Iterable[float]) -> Expected:
    return {(str(c), date(m.year, m.month, m.day)): float(u) for c, m, u in zip(codes, months, units, strict=True)}


def short_months(tables: Tables, months: Sequence[date]) -> set[tuple[str, date]]:
    """Return the family-months that supply cannot meet.

    Where the tables hold a filled ``supply_response``: those with a noticeable gap; else the months in which the
    expected demand needs more than the regular hours of the line that is short.
    """
    response = tables.get("supply_response")
    if response is not None and len(response) and response["gap"].notna().any():
        short = response[response["gap"] > NOTICEABLE * response["demand"]]
        return set(_by_code_and_month(short["family"], short["period"].dt.date, short["gap"]))
    units, line = expected(tables, months), rules.BOTTLENECK
    family = next(code for code, rule in rules.families().items() if rule.line == line)
    most = regular_hours(line) * rules.families()[family].packs_per_hour
    return {
        (family, day) for day in months if sum(u for (p, d), u in units.items() if d == day and p[0] == family) > most
    }
