"""Data quality (step 0): checks that no single cell can fail, and the stamp that says whether data can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from sop_xl.model.calendar import add_months
from sop_xl.model.plan import PlanningInputs
from sop_xl.schema import frames

TIE_OUT_TOLERANCE = 0.005
"""Share by which two sources of the same figure may differ."""


class Stamp(StrEnum):
    """Whether people should plan on these data."""

    TRUSTED = "trusted"
    REMARKS = "trusted with remarks"
    NOT_TRUSTED = "not trusted"


@dataclass(frozen=True, slots=True)
class DataQuality:
    """The stamp and the checks behind it (schema table ``data_quality``)."""

    stamp: Stamp
    checks: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: how many rows or series do not pass, in words, and what to do."""

    count: int
    message: str
    hint: str
    fatal: bool = False


def data_quality(inputs: PlanningInputs) -> DataQuality:
    """Return the data-quality sheet and the trusted-data stamp of planning inputs.

    A check on a table that was not given is left out. *failed* checks (tie-outs, stale data) take the trust away;
    *remarks* (gaps, outliers, negative sales) are shown and kept. Types, keys, codes and dates were checked when the
    tables were parsed: inputs with such errors never come here.
    """
    rows = []
    for title, table, check in _CHECKS:
        if inputs[table].empty:
            continue
        finding = check(inputs)
        result = "passed" if not finding.count else "failed" if finding.fatal else "remark"
        rows.append(
            {
                "check": title,
                "table": table,
                "result": result,
                "findings": finding.count,
                "message": finding.message if finding.count else "Nothing found.",
                "hint": finding.hint if finding.count else "",
            }
        )
    checks = frames.rows("data_quality", rows)
    results = set(checks["result"])
    stamp = Stamp.NOT_TRUSTED if "failed" in results else Stamp.REMARKS if "remark" in results else Stamp.TRUSTED
    return DataQuality(stamp, checks)


def _some(names: Iterable[object], limit: int = 3) -> str:
    listed = [str(name) for name in names]
    return ", ".join(listed[:limit]) + (f" and {len(listed) - limit} more" if len(listed) > limit else "")


def _series(inputs: PlanningInputs) -> pd.core.groupby.DataFrameGroupBy:
    return inputs["history"].groupby(["product", "location", "channel"], sort=True)


def _stale(inputs: PlanningInputs) -> Finding:
    last = inputs["history"]["period"].max()
    wanted = add_months(inputs.calendar.start, -1)
    late = (wanted.year - last.year) * 12 + wanted.month - last.month
    return Finding(
        max(late, 0),
        f"The history ends in {last:%Y-%m}, the horizon starts on {inputs.calendar.start}: {late} months are missing.",
        "Load the newest actuals before the demand review.",
        fatal=late > 1,
    )


def _gaps(inputs: PlanningInputs) -> Finding:
    def holes(periods: pd.Series) -> int:
        months = periods.dt.to_period("M")
        return max((months.max() - months.min()).n + 1 - months.nunique(), 0)

    found = _series(inputs)["period"].agg(holes)
    found = found[found > 0]
    names = ("/".join(key) for key in found.index)
    return Finding(
        len(found),
        f"{len(found)} series lack {int(found.sum())} months between their first and last sale ({_some(names)}).",
        "Write 0 where nothing was sold; a month that is not known may stay out and is completed for the forecast.",
    )


def _negative(inputs: PlanningInputs) -> Finding:
    wrong = inputs["history"].loc[inputs["history"]["units"] < 0]
    return Finding(
        len(wrong),
        f"{len(wrong)} months of sales are negative ({_some(wrong['product'].unique())}).",
        "Book returns in the month of the sale, or leave them: the forecast counts them as 0.",
    )


def _outliers(inputs: PlanningInputs) -> Finding:
    """Flag months further than 6 robust standard deviations from the median of the log ratios to the year before."""
    history = inputs["history"]
    history = history[history["units"] > 0]
    if history.empty:
        return Finding(0, "", "")
    before = history.assign(period=history["period"] + pd.DateOffset(years=1)).rename(columns={"units": "before"})
    keys = ["product", "location", "channel", "period"]
    both = history[[*keys, "units"]].merge(before[[*keys, "before"]], on=keys)
    ratio = (both["units"] / both["before"]).map(lambda value: value if value > 0 else float("nan"))
    logs = ratio.transform("log")
    centre = logs.groupby([both[key] for key in keys[:3]]).transform("median")
    spread = (logs - centre).abs().groupby([both[key] for key in keys[:3]]).transform("median") * 1.4826
    odd = both[(logs - centre).abs() > 6 * spread.clip(lower=0.05)]
    names = (f"{row.product} {row.period:%Y-%m}" for row in odd.itertuples())
    return Finding(
        len(odd),
        f"{len(odd)} months are far from the year before ({_some(names)}).",
        "Correct errors; name true one-offs as promotions so that the baseline does not repeat them.",
    )


def _products_without_history(inputs: PlanningInputs) -> Finding:
    sold = set(inputs["history"]["product"])
    launched = set(inputs["launches"]["product"])
    silent = sorted(set(inputs["products"]["product"]) - sold - launched)
    return Finding(
        len(silent),
        f"{len(silent)} products have neither history nor a launch ({_some(silent)}).",
        "Give them an analogue in Launches, or take them out of the product list.",
    )


def _without_price(inputs: PlanningInputs) -> Finding:
    priced = set(inputs["price_cost"]["product"])
    missing = sorted(set(inputs["products"]["product"]) - priced)
    return Finding(
        len(missing),
        f"{len(missing)} products have no price ({_some(missing)}).",
        "Give each a row in PriceCost; without it the plan cannot value them.",
        fatal=bool(missing),
    )


def _stock_ledger(inputs: PlanningInputs) -> Finding:
    """Tie out stock: closing = opening + production − sales, per family and month."""
    ledger = inputs["actuals"].sort_values(["family", "period"])
    opening = ledger.groupby("family")["stock_units"].shift()
    difference = (opening + ledger["production_units"] - ledger["sales_units"] - ledger["stock_units"]).abs()
    allowed = TIE_OUT_TOLERANCE * ledger["sales_units"].abs() + 1
    wrong = ledger[difference > allowed]
    names = (f"{row.family} {row.period:%Y-%m}" for row in wrong.itertuples())
    return Finding(
        len(wrong),
        f"Opening + production − sales is not the closing stock in {len(wrong)} family-months ({_some(names)}).",
        "Find the missing receipt, shipment or count difference in the stock ledger.",
        fatal=True,
    )


def _family_sum(inputs: PlanningInputs, ours: str, theirs: str) -> pd.DataFrame:
    family = inputs["products"].set_index("product")["family"]
    sold = inputs["history"].assign(family=inputs["history"]["product"].map(family))
    sums = sold.groupby(["family", "period"])[ours].sum(min_count=1).rename("sum").reset_index()
    both = inputs["actuals"][["family", "period", theirs]].merge(sums, on=["family", "period"])
    wrong = (both["sum"] - both[theirs]).abs() > TIE_OUT_TOLERANCE * both[theirs].abs() + 1
    return both[wrong]


def _units_tie_out(inputs: PlanningInputs) -> Finding:
    wrong = _family_sum(inputs, "units", "sales_units")
    names = (f"{row.family} {row.period:%Y-%m}" for row in wrong.itertuples())
    return Finding(
        len(wrong),
        f"Products do not add up to their family's sales in {len(wrong)} family-months ({_some(names)}).",
        "Check which products are missing from, or double in, the history.",
        fatal=True,
    )


def _ledger_tie_out(inputs: PlanningInputs) -> Finding:
    wrong = _family_sum(inputs, "revenue", "revenue")
    names = (f"{row.family} {row.period:%Y-%m}" for row in wrong.itertuples())
    return Finding(
        len(wrong),
        f"Sales value and ledger differ in {len(wrong)} family-months ({_some(names)}).",
        "Reconcile credit notes and currency with finance.",
        fatal=True,
    )


_CHECKS: tuple[tuple[str, str, Callable[[PlanningInputs], Finding]], ...] = (
    ("History is up to date", "history", _stale),
    ("Series have no gaps", "history", _gaps),
    ("Sales are not negative", "history", _negative),
    ("No outliers against the year before", "history", _outliers),
    ("Every product has a history or a launch", "history", _products_without_history),
    ("Every product has a price", "price_cost", _without_price),
    ("Stock ledger: opening + production − sales = closing", "actuals", _stock_ledger),
    ("Products add up to their family", "actuals", _units_tie_out),
    ("Sales value equals the ledger", "actuals", _ledger_tie_out),
)
