"""Key figures of a plan in money, alone and beside budget, prior year and the committed plan."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sop_xl.finance.cash import cash_flow, payment_days
from sop_xl.finance.standard import bucket_starts, standard_rates
from sop_xl.finance.yardsticks import budgeted, prior_year
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.schema.frames import rows

_YEAR = 365.0


def financial_kpis(inputs: PlanningInputs, plan: SolvedPlan, pnl: pd.DataFrame) -> pd.DataFrame:
    """Return the financial key figures of a plan over the whole horizon (schema table ``kpis``).

    - margin % = gross margin / revenue;
    - average stock value = Σ stock value at the end of a bucket × its days / days of the horizon;
    - turns = annualised cost of goods sold, at standard cost / average stock value; DIO = 365 / turns;
    - cash = gross margin − holding − growth of stock value; after working capital: less growth of receivables, plus
      growth of payables, where payment days are given;
    - cash-to-cash = DIO + DSO − DPO, with the mean payment days of the horizon.

    A figure that is not defined (no revenue, no stock, no payment days) is empty, never 0.
    """
    days = pd.Series([bucket.days for bucket in inputs.calendar.buckets], index=bucket_starts(inputs))
    revenue, margin = pnl["revenue"].sum(), pnl["gross_margin"].sum()
    stock = pnl.groupby("period")["stock_value"].sum().reindex(days.index, fill_value=0.0)
    average = float((stock * days).sum() / days.sum())
    rates = standard_rates(inputs)[["product", "period", "standard_cost"]]
    sold = pnl.merge(rates, on=["product", "period"], how="left")
    goods = float((sold["units"] * sold["standard_cost"].fillna(0.0)).sum()) / days.sum() * _YEAR
    turns = goods / average if average > 0 else None
    dio = average / (goods / _YEAR) if goods > 0 else None
    terms = payment_days(inputs).mean()
    dso, dpo = (None if pd.isna(terms[name]) else float(terms[name]) for name in ("dso", "dpo"))
    flow = cash_flow(inputs, plan, pnl)
    after = flow["cash_after_working_capital"].sum(min_count=len(flow))
    to_cash = dio + dso - dpo if dio is not None and dso is not None and dpo is not None else None
    currency = inputs.settings["currency"]
    figures = [
        ("units", "units", pnl["units"].sum()),
        ("revenue", currency, revenue),
        ("gross_margin", currency, margin),
        ("margin_pct", "%", margin / revenue if revenue else None),
        ("supply_premium", currency, pnl["supply_premium"].sum()),
        ("holding", currency, pnl["holding"].sum()),
        ("average_stock_value", currency, average),
        ("closing_stock_value", currency, stock.iloc[-1]),
        ("turns", "per year", turns),
        ("dio", "days", dio),
        ("dso", "days", dso),
        ("dpo", "days", dpo),
        ("cash_to_cash", "days", to_cash),
        ("cash", currency, flow["cash"].sum()),
        ("cash_after_working_capital", currency, None if pd.isna(after) else after),
    ]
    return rows("kpis", ({"kpi": name, "unit": unit, "value": value} for name, unit, value in figures))


def kpi(table: pd.DataFrame, name: str) -> float | None:
    """Return one key figure of a ``kpis`` table, or None where it is not defined.

    Raises:
        KeyError: where the table has no such figure.
    """
    found = table.loc[table["kpi"] == name, "value"]
    if found.empty:
        raise KeyError(name)
    return None if pd.isna(found.iloc[0]) else float(found.iloc[0])


def dashboard(
    inputs: PlanningInputs, plan: SolvedPlan, pnl: pd.DataFrame, committed: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the plan beside budget, prior year and committed plan (schema table ``dashboard``).

    Each comparison covers the same families and buckets on both sides: a row names its buckets, and only the
    yardsticks that cover them all stand beside the plan. The rows of the whole horizon come first.

    Args:
        inputs: for budget, history and calendar.
        plan: the plan shown.
        pnl: its profit and loss.
        committed: profit and loss of the plan committed in the last cycle.
    """
    currency = inputs.settings["currency"]
    records: list[dict[str, object]] = [{"kpi": "fill_rate", "unit": "%", "plan": fill_rate(plan)}]
    for _, row in financial_kpis(inputs, plan, pnl).iterrows():
        records.append({"kpi": row["kpi"], "unit": row["unit"], "plan": row["value"]})
    family = pnl.groupby(["family", "period"], as_index=False)[
        ["units", "revenue", "gross_margin", "stock_value"]
    ].sum()
    budget = budgeted(inputs).rename(columns={"quantity": "units", "margin": "gross_margin"})
    yardsticks: list[tuple[str, pd.DataFrame]] = [("budget", budget), ("prior_year", prior_year(inputs))]
    if committed is not None:
        both = committed.groupby(["family", "period"], as_index=False)[["units", "revenue", "gross_margin"]].sum()
        yardsticks.append(("committed", both))
    for name, yardstick in yardsticks:
        for figure, unit in (("units", "units"), ("revenue", currency), ("gross_margin", currency)):
            if figure not in yardstick or yardstick[figure].dropna().empty:
                continue
            given = yardstick.dropna(subset=[figure])[["family", "period", figure]]
            ours = family.merge(given[["family", "period"]], on=["family", "period"], how="right")[figure].fillna(0.0)
            span = _span(inputs, given["period"])
            label = f"{figure} against {name.replace('_', ' ')}, {span}"
            records.append({"kpi": label, "unit": unit, "plan": ours.sum(), name: given[figure].sum()})
    return rows("dashboard", records)


def fill_rate(plan: SolvedPlan) -> float | None:
    """Return units delivered on time / units demanded over the horizon; None without demand."""
    sales = plan.tables["sales_plan"]
    demand = sales["demand"].sum()
    return float(sales["on_time"].sum() / demand) if demand > 0 else None


def _span(inputs: PlanningInputs, periods: Iterable[pd.Timestamp]) -> str:
    starts = sorted(set(periods))
    labels = [bucket.label for bucket in inputs.calendar.buckets if pd.Timestamp(bucket.start) in starts]
    return f"{labels[0]} to {labels[-1]}" if labels else ""
