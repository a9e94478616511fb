"""What a sheet works out for its reader while typing: helper columns, row checks and highlights, as data.

Every formula stands beside the Python function that gives its cached value; the formula check of the tests
recalculates both. In a formula ``{name}`` is the cell of a schema column in the same row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Row = Mapping[str, Any]
"""Values of a row by column name; None where the cell is empty."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A column that a formula fills: a calculated column of the schema, or a helper that is never read back."""

    header: str
    formula: str
    value: Callable[[Row], Any]
    num_format: str = "#,##0;[Red]-#,##0"
    unit: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A row that is not in order: the condition as formula and as function, and the word shown in the column Check."""

    condition: str
    failed: Callable[[Row], bool]
    word: str


@dataclass(frozen=True, slots=True)
class Highlight:
    """A colour for cells of a column: ``criteria`` is an xlsxwriter rule without its format."""

    header: str
    rule: Mapping[str, Any]
    signal: str


def _n(row: Row, name: str) -> float:
    return float(row[name] or 0)


def _days(row: Row, first: str, last: str) -> float | str:
    start, end = row[first], row[last]
    return (end - start).days + 1 if isinstance(start, datetime) and isinstance(end, datetime) else ""


def _regular_hours(row: Row) -> float | str:
    if row["resource"] is None:
        return ""
    if row["hours"] is not None:
        return _n(row, "units") * _n(row, "hours")
    shift = 8.0 if row["hours_per_shift"] is None else _n(row, "hours_per_shift")
    return _n(row, "units") * shift * _n(row, "shifts") * _n(row, "days") * _n(row, "efficiency")


def _net(row: Row) -> float:
    return _n(row, "price") * (1 - _n(row, "rebate_pct"))


def _unit_margin(row: Row) -> float:
    return _net(row) - _n(row, "material_cost") - _n(row, "conversion_cost") - _n(row, "freight_cost")


def _against(name: str) -> Callable[[Row], float | str]:
    return lambda r: "" if r["plan"] is None or not r[name] else r["plan"] / r[name] - 1


def _both(first: str, second: str, value: Callable[[Row], Any]) -> Callable[[Row], Any]:
    return lambda r: "" if r[first] is None or r[second] is None else value(r)


_PCT = "0.0%;[Red]-0.0%"
_NET = "{price}*(1-{rebate_pct})"
_COST = "{material_cost}-{conversion_cost}-{freight_cost}"

DERIVED: dict[str, tuple[Derived, ...]] = {
    "pipeline": (
        Derived(
            "Expected",
            '=IF({opportunity}="","",IF({in_baseline}="yes",0,{probability}*{quantity}))',
            lambda r: (
                ""
                if r["opportunity"] is None
                else 0.0
                if r["in_baseline"] == "yes"
                else _n(r, "probability") * _n(r, "quantity")
            ),
            unit="units/month",
            description="Probability × quantity; nothing where the baseline shows it already.",
        ),
    ),
    "account_changes": (
        Derived(
            "Expected",
            '=IF({customer}="","",{quantity_change}*{confidence})',
            lambda r: "" if r["customer"] is None else _n(r, "quantity_change") * _n(r, "confidence"),
            unit="units/month",
            description="Δ quantity × confidence.",
        ),
    ),
    "campaigns": (
        Derived(
            "Days",
            '=IF(OR({start}="",{end}=""),"",{end}-{start}+1)',
            lambda r: _days(r, "start", "end"),
            "0",
            "days",
            "Length of the campaign.",
        ),
    ),
    "price_changes": (
        Derived(
            "Price change",
            '=IF(OR({old_price}="",{old_price}=0,{new_price}=""),"",{new_price}/{old_price}-1)',
            lambda r: "" if not r["old_price"] or r["new_price"] is None else r["new_price"] / r["old_price"] - 1,
            _PCT,
            "%",
            "New price against old.",
        ),
        Derived(
            "Demand effect",
            '=IF(OR({old_price}="",{old_price}=0,{new_price}="",{new_price}=0),"",({new_price}/{old_price})^{elasticity}-1)',
            lambda r: (
                ""
                if not r["old_price"] or not r["new_price"]
                else (r["new_price"] / r["old_price"]) ** _n(r, "elasticity") - 1
            ),
            _PCT,
            "%",
            "(new / old) ^ elasticity − 1.",
        ),
    ),
    "resources": (
        Derived(
            "Regular hours",
            '=IF({resource}="","",IF({hours}<>"",{units}*{hours},{units}*IF({hours_per_shift}="",8,{hours_per_shift})'
            "*{shifts}*{days}*{efficiency}))",
            _regular_hours,
            "#,##0.0",
            "h/month",
            "Regular hours per month before downtime.",
        ),
    ),
    "workforce": (
        Derived(
            "Regular hours",
            '=IF({workforce}="","",{opening_workers}*{hours_per_worker})',
            lambda r: "" if r["workforce"] is None else _n(r, "opening_workers") * _n(r, "hours_per_worker"),
            "#,##0.0",
            "h/month",
            "Regular hours of the opening crew per month.",
        ),
    ),
    "materials": (
        Derived(
            "Position",
            '=IF({item}="","",{on_hand}+{on_order}+{in_transit})',
            lambda r: "" if r["item"] is None else _n(r, "on_hand") + _n(r, "on_order") + _n(r, "in_transit"),
            "#,##0",
            "units",
            "On hand + on order + in transit.",
        ),
    ),
    "supply_response": (
        Derived(
            "Gap",
            '=IF({demand}="","",{demand}-{feasible})',
            lambda r: "" if r["demand"] is None else _n(r, "demand") - _n(r, "feasible"),
        ),
    ),
    "price_cost": (
        Derived(
            "Net price",
            f'=IF({{price}}="","",{_NET})',
            lambda r: "" if r["price"] is None else _net(r),
            "#,##0.00",
            "money/unit",
            "Price less rebates.",
        ),
        Derived(
            "Unit margin",
            f'=IF({{price}}="","",{_NET}-{_COST})',
            lambda r: "" if r["price"] is None else _unit_margin(r),
            "#,##0.00;[Red]-#,##0.00",
            "money/unit",
            "Net price less material, conversion and freight.",
        ),
        Derived(
            "Margin share",
            f'=IF({{price}}="","",IF(ABS({_NET})<1E-9,"",({_NET}-{_COST})/({_NET})))',
            lambda r: "" if r["price"] is None or abs(_net(r)) < 1e-9 else _unit_margin(r) / _net(r),
            _PCT,
            "%",
            "Unit margin / net price.",
        ),
    ),
    "budget": (
        Derived(
            "Margin share",
            '=IF(OR({revenue}="",{revenue}=0,{margin}=""),"",{margin}/{revenue})',
            lambda r: "" if not r["revenue"] or r["margin"] is None else r["margin"] / r["revenue"],
            _PCT,
            "%",
            "Margin / revenue.",
        ),
    ),
    "working_capital": (
        Derived(
            "Cash-to-cash",
            '=IF(OR({period}="",{dio}=""),"",{dio}+{dso}-{dpo})',
            lambda r: "" if r["period"] is None or r["dio"] is None else _n(r, "dio") + _n(r, "dso") - _n(r, "dpo"),
            "#,##0.0",
            "days",
            "DIO + DSO − DPO.",
        ),
    ),
    "dashboard": tuple(
        Derived(
            header,
            f'=IF(OR({{plan}}="",{{{name}}}="",{{{name}}}=0),"",{{plan}}/{{{name}}}-1)',
            _against(name),
            _PCT,
            "%",
            f"Plan against {text}.",
        )
        for header, name, text in (
            ("Δ budget", "budget", "budget"),
            ("Δ prior year", "prior_year", "prior year"),
            ("Δ committed", "committed", "the committed plan"),
        )
    ),
    "risks_opportunities": (
        Derived(
            "Weighted",
            '=IF(OR({money}="",{probability}=""),"",{money}*{probability})',
            _both("money", "probability", lambda r: r["money"] * r["probability"]),
            unit="money",
            description="Money × probability.",
        ),
    ),
}
"""Columns filled by formulas, by table, in the order of the sheet; a schema header replaces that column's value."""


def _later(first: str, last: str) -> tuple[str, Callable[[Row], bool]]:
    return (
        f'AND({{{first}}}<>"",{{{last}}}<>"",{{{last}}}<{{{first}}})',
        lambda r: r[first] is not None and r[last] is not None and r[last] < r[first],
    )


CHECKS: dict[str, tuple[Check, ...]] = {
    "account_changes": (
        Check(
            'AND({type}="loss",{quantity_change}>0)',
            lambda r: r["type"] == "loss" and _n(r, "quantity_change") > 0,
            "Loss above 0",
        ),
    ),
    "campaigns": (Check(*_later("start", "end"), "Ends too early"),),
    "products": (Check(*_later("launch", "end_of_life"), "Ends too early"),),
    "price_cost": (
        Check(
            f"{_NET}-{_COST}<0",
            lambda r: _unit_margin(r) < 0,
            "Negative margin",
        ),
    ),
    "inventory_policy": (Check(*_later("min_stock", "max_stock"), "Max below min"),),
    "options": (Check(*_later("from_period", "to_period"), "Ends too early"),),
    "scenario_drivers": (Check(*_later("from_period", "to_period"), "Ends too early"),),
    "supply_response": (
        Check(
            'AND({demand}-{feasible}>0.5,{response}="")',
            lambda r: _n(r, "demand") - _n(r, "feasible") > 0.5 and r["response"] is None,
            "Answer missing",
        ),
    ),
    "decisions": (
        Check(
            'AND({outcome}="decided",{decided_option}="")',
            lambda r: r["outcome"] == "decided" and r["decided_option"] is None,
            "Which option?",
        ),
    ),
    "risks_opportunities": (
        Check(
            'AND({kind}="risk",{money}>0)',
            lambda r: r["kind"] == "risk" and _n(r, "money") > 0,
            "Risk above 0",
        ),
    ),
    "assumptions": (Check('{test_date}=""', lambda r: r["test_date"] is None, "No test date"),),
}
"""Conditions beyond required cells and double keys, by table; the first that fails is shown."""


def _equal(header: str, word: str, signal: str) -> Highlight:
    return Highlight(header, {"type": "cell", "criteria": "==", "value": f'"{word}"'}, signal)


def _below_zero(header: str) -> Highlight:
    return Highlight(header, {"type": "cell", "criteria": "<", "value": 0}, "bad")


HIGHLIGHTS: dict[str, tuple[Highlight, ...]] = {
    "price_cost": (_below_zero("Unit margin"), _below_zero("Margin share")),
    "budget": (_below_zero("Margin"), _below_zero("Margin share")),
    "supply_response": (
        Highlight("Gap", {"type": "cell", "criteria": ">", "value": 0.5}, "warn"),
        _equal("Response", "accept", "good"),
        _equal("Response", "gap", "warn"),
        _equal("Response", "decline", "bad"),
    ),
    "pipeline": (_equal("Stage", "won", "good"), _equal("Stage", "lost", "faint")),
    "campaigns": (_equal("Status", "approved", "good"), _equal("Status", "cancelled", "faint")),
    "launches": (_equal("Gate", "stopped", "bad"), _equal("Gate", "ready", "good")),
    "products": (_equal("Phase", "sunset", "bad"), _equal("Phase", "decline", "warn")),
    "rationalisation": (
        Highlight("Risk", {"type": "cell", "criteria": ">=", "value": 70}, "bad"),
        Highlight("Risk", {"type": "cell", "criteria": "between", "minimum": 40, "maximum": 69.999}, "warn"),
        _equal("Action", "sunset", "bad"),
        _equal("Action", "watch", "warn"),
    ),
    "dashboard": tuple(
        Highlight(f"Δ {name}", {"type": "cell", "criteria": "<", "value": -0.05}, "warn")
        for name in ("budget", "prior year", "committed")
    ),
    "prior_commitments": (_equal("Status", "late", "bad"), _equal("Status", "done", "good")),
    "decisions": (_equal("Outcome", "decided", "good"), _equal("Outcome", "deferred", "warn")),
    "risks_opportunities": (_equal("Kind", "risk", "bad"), _equal("Kind", "opportunity", "good")),
    "checks": (
        _equal("Severity", "error", "bad"),
        _equal("Severity", "warning", "warn"),
        _equal("Severity", "ok", "good"),
    ),
    "reconciliation": (
        _equal("Material", "yes", "warn"),
        Highlight("Gap value", {"type": "cell", "criteria": "<", "value": 0}, "bad"),
    ),
    "scenario_comparison": (_equal("Recommended", "yes", "good"), _equal("Pareto", "yes", "good")),
    "history_corrections": (
        _equal("Kind", "outlier", "warn"),
        _equal("Kind", "level shift", "good"),
    ),
    "forecast_accuracy": (
        Highlight("Value added", {"type": "cell", "criteria": "<", "value": 0}, "bad"),
        Highlight("Value added", {"type": "cell", "criteria": ">", "value": 0}, "good"),
    ),
    "forecast_value_added": (_equal("Verdict", "better", "good"), _equal("Verdict", "worse", "bad")),
    "drift_proposals": (_equal("Decision", "approve", "good"), _equal("Decision", "decline", "faint")),
    "sensing_gain": (_equal("Used", "yes", "good"), _below_zero("Gain")),
    "uplift_proposals": (_below_zero("Low"),),
    "assumption_scores": (
        Highlight("Failed", {"type": "cell", "criteria": ">", "value": 0}, "bad"),
        Highlight("Overdue", {"type": "cell", "criteria": ">", "value": 0}, "warn"),
    ),
    "bottlenecks": (Highlight("Peak utilisation", {"type": "cell", "criteria": ">=", "value": 0.999}, "warn"),),
    "reliefs": (
        Highlight("Margin effect", {"type": "cell", "criteria": "<", "value": 0}, "bad"),
        Highlight("Margin effect", {"type": "cell", "criteria": ">", "value": 0}, "good"),
    ),
    "option_effects": (
        Highlight("Margin effect", {"type": "cell", "criteria": "<", "value": 0}, "bad"),
        Highlight("Margin effect", {"type": "cell", "criteria": ">", "value": 0}, "good"),
    ),
    "sign_off": (_equal("Decision", "approve", "good"), _equal("Decision", "reject", "bad")),
    "assumptions": (
        _equal("Status", "held", "good"),
        _equal("Status", "partial", "warn"),
        _equal("Status", "failed", "bad"),
    ),
}
"""Colours by table: what the reader should see first."""

CHECK = "Check"
"""Header of the column that says whether a row is in order."""


def helper_headers(table: str) -> frozenset[str]:
    """Return the headers that a written sheet has beside those of the schema: never read back."""
    return frozenset(column.header for column in DERIVED.get(table, ())) | {CHECK}
