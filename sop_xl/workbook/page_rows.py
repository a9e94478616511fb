"""The rows of a family page: what is given, what a formula works out, and how each adds up over quarters and years."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from sop_xl.schema.catalogue import Measure, measures

Value = float | str
"""A number, or '' for an empty cell."""

Total = Literal["sum", "last", "max", "same", "none"]
"""How a row adds up over time; *same*: the row's own formula applied to the totals it is made of."""


@dataclass(frozen=True, slots=True)
class PageRow:
    """A row of the page.

    ``formula`` and ``value`` work on the rows of the same column by name: in the formula ``{name}`` is the cell of a
    row, ``{name<}`` the one a column to the left. A row without a formula is given.
    """

    name: str
    block: str
    header: str
    unit: str
    total: Total
    formula: str = ""
    value: Callable[[Mapping[str, Value], Mapping[str, Value]], Value] | None = None
    bold: bool = False
    over_products: str = "sum"


def given(name: str, *, bold: bool = False, header: str = "") -> PageRow:
    """Return the row of a measure of the schema that is given, not calculated."""
    measure: Measure = measures()[name]
    total: Total = "last" if measure.over_time == "last" else "max" if measure.over_time == "max" else "sum"
    return PageRow(
        name,
        measure.block,
        header or measure.header,
        measure.unit,
        total,
        bold=bold,
        over_products=measure.over_products,
    )


def _less(a: str, b: str) -> Callable[[Mapping[str, Value], Mapping[str, Value]], Value]:
    return lambda now, _: "" if now[a] == "" or now[b] == "" else round(float(now[a]) - float(now[b]), 6)


def _share(a: str, b: str, less: float = 0.0) -> Callable[[Mapping[str, Value], Mapping[str, Value]], Value]:
    return lambda now, _: "" if now[a] == "" or now[b] in ("", 0) else float(now[a]) / float(now[b]) - less


def _running(name: str, own: str) -> Callable[[Mapping[str, Value], Mapping[str, Value]], Value]:
    return lambda now, before: "" if now[name] == "" else float(before.get(own) or 0) + float(now[name])


def _accuracy(now: Mapping[str, Value], _: Mapping[str, Value]) -> Value:
    plan, actual = now["sales_plan"], now["sales_actual"]
    if plan == "" or actual in ("", 0):
        return ""
    return max(0.0, 1 - abs(float(actual) - float(plan)) / float(actual))


def _difference(name: str, block: str) -> tuple[PageRow, PageRow]:
    actual, plan, own, run = (
        f"{name}_actual",
        f"{name}_plan",
        f"{name}_difference",
        f"{name}_cumulative",
    )
    return (
        PageRow(
            own,
            block,
            "Difference",
            "units",
            "same",
            f'=IF(OR({{{actual}}}="",{{{plan}}}=""),"",ROUND({{{actual}}}-{{{plan}}},6))',
            _less(actual, plan),
        ),
        PageRow(
            run,
            block,
            "Cumulative difference",
            "units",
            "none",
            f'=IF({{{own}}}="","",N({{{run}<}})+{{{own}}})',
            _running(own, run),
        ),
    )


def _against(name: str, header: str, base: str) -> PageRow:
    return PageRow(
        name,
        "Money",
        header,
        "%",
        "same",
        f'=IF(OR({{revenue}}="",{{{base}}}="",{{{base}}}=0),"",{{revenue}}/{{{base}}}-1)',
        _share("revenue", base, 1.0),
        over_products="same",
    )


INVENTORY = "inventory_plan"
OTHER = "other_movements"
SUPPLY = "months_of_supply"


def page_rows() -> tuple[PageRow, ...]:
    """Return the rows of the page in order; inventory and months of supply are written by the page itself."""
    sales, production = _difference("sales", "Sales"), _difference("production", "Production")
    return (
        given("sales_plan", bold=True),
        given("sales_actual"),
        *sales,
        PageRow(
            "sales_accuracy",
            "Sales",
            "Accuracy",
            "%",
            "same",
            '=IF(OR({sales_actual}="",{sales_plan}="",{sales_actual}=0),"",'
            "MAX(0,1-ABS({sales_actual}-{sales_plan})/{sales_actual}))",
            _accuracy,
        ),
        given("consensus_demand", header="Consensus demand"),
        PageRow(
            "unmet",
            "Sales",
            "Demand less plan",
            "units",
            "same",
            '=IF(OR({consensus_demand}="",{sales_plan}=""),"",ROUND({consensus_demand}-{sales_plan},6))',
            _less("consensus_demand", "sales_plan"),
        ),
        given("production_plan", bold=True),
        given("production_actual"),
        *production,
        PageRow(OTHER, "Inventory", "Other movements", "units", "sum"),
        given(INVENTORY, bold=True),
        given("inventory_actual"),
        given("inventory_target"),
        given(SUPPLY),
        given("revenue", bold=True),
        given("revenue_budget", header="Budget"),
        _against("to_budget", "Revenue to budget", "revenue_budget"),
        given("revenue_prior_year", header="Prior year"),
        _against("to_prior_year", "Revenue to prior year", "revenue_prior_year"),
        given("revenue_committed", header="Committed"),
        given("gross_margin", bold=True),
        PageRow(
            "margin_share",
            "Money",
            "Margin share",
            "%",
            "same",
            '=IF(OR({gross_margin}="",{revenue}="",{revenue}=0),"",{gross_margin}/{revenue})',
            _share("gross_margin", "revenue"),
            over_products="same",
        ),
        given("margin_budget"),
        given("inventory_value"),
        given("capacity_load", bold=True),
    )


def months_of_supply(stock: float, sales: list[float], position: int) -> tuple[int, Value]:
    """Return how many whole months the stock at the end of a month covers, and the months of supply.

    Past the last month sales go on at the mean of the last 12 given; '' where nothing is sold any more.
    """
    ahead = sales[position + 1 :]
    gone, whole = 0.0, 0
    for month in ahead:
        if gone + month >= stock - 1e-6:
            break
        gone, whole = gone + month, whole + 1
    if stock <= 1e-6:
        return whole, 0.0
    if whole < len(ahead):
        return whole, whole + (stock - gone) / ahead[whole]
    year = sales[-12:]
    rate = math.fsum(year) / len(year)
    return whole, len(ahead) + (stock - gone) / rate if rate > 0 else ""
