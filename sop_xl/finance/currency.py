"""Foreign currency to the reporting currency, by the exchange-rate table."""

from __future__ import annotations

import pandas as pd

from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import PlanningInputs


def exchange_rates(inputs: PlanningInputs, currency: pd.Series, period: pd.Series) -> pd.Series:
    """Return the value of a unit of each currency in the reporting currency, in each bucket.

    A row of ``fx`` without period holds from the start, one with a period from that bucket until the next; before its
    first row a currency has none. The reporting currency is 1.

    Args:
        inputs: for the table ``fx`` and the setting ``currency``.
        currency: three-letter codes; '' is the reporting currency.
        period: first days of buckets, aligned with ``currency``.

    Returns:
        Rates aligned with ``currency``; NaN where none is known.
    """
    table = inputs["fx"][["currency", "period", "rate"]]
    start = pd.Timestamp.min.ceil("D")
    table = table.assign(period=table["period"].fillna(start).astype("datetime64[ns]")).sort_values("period")
    wanted = pd.DataFrame({"currency": currency.to_numpy(), "period": period.to_numpy()})
    wanted = wanted.assign(position=range(len(wanted))).astype({"currency": object}).sort_values("period")
    table = table.astype({"currency": object})
    found = pd.merge_asof(wanted, table, on="period", by="currency").sort_values("position")["rate"]
    rates = pd.Series(found.to_numpy(), index=currency.index)
    own = currency.isin(("", inputs.settings["currency"]))
    return rates.mask(own, 1.0)


def to_reporting(
    inputs: PlanningInputs, amount: pd.Series, currency: pd.Series, period: pd.Series
) -> tuple[pd.Series, tuple[Issue, ...]]:
    """Return amounts in the reporting currency, and an error for every currency and bucket without a rate.

    An amount without a rate is NaN, never taken one to one.
    """
    rates = exchange_rates(inputs, currency, period)
    missing = pd.DataFrame({"currency": currency, "period": period})[rates.isna() & amount.notna()].drop_duplicates()
    issues = tuple(
        Issue(
            Severity.ERROR,
            f"No exchange rate for {code} in {day.date().isoformat()}.",
            "Add a row for it to the sheet FX of the finance book.",
            sheet="FX",
            table="fx",
        )
        for code, day in zip(missing["currency"], missing["period"], strict=True)
    )
    return amount * rates, issues
