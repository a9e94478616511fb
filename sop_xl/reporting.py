"""What a plan says on a terminal: key figures, gaps with their cause, bottlenecks, the cheapest relief, scenarios."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from sop_xl.model.plan import SolvedPlan

console = Console(highlight=False, width=None if sys.stdout.isatty() else 132)

_HEADLINES = (
    ("status", "Status"),
    ("objective", "Objective"),
    ("profit", "Profit"),
    ("total_cost", "Total cost"),
    ("revenue", "Revenue"),
    ("gross_margin", "Gross margin"),
    ("fill_rate", "Fill rate"),
    ("gap_units", "Gap, units late or lost"),
    ("peak_load", "Peak load"),
    ("average_stock_value", "Average stock value"),
)


def number(value: Any, *, percent: bool = False) -> str:
    """Return a figure as people read it: thousands apart, percentages with one digit, a dash where undefined.

    What is nearly all is never rounded up to 100 %.
    """
    if value is None or value == "" or value != value:
        return "–"
    if isinstance(value, str):
        return value
    if percent:
        nearly = 0.9995 <= value < 1
        return f"{min(value, 0.9999):.2%}" if nearly else f"{value:.1%}"
    return f"{value:,.0f}" if abs(value) >= 100 or value == 0 else f"{value:,.2f}"


def show_table(title: str, headers: Sequence[str], rows: Iterable[Sequence[str]], numeric: Sequence[int] = ()) -> None:
    """Print a table; columns in ``numeric`` are aligned to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False)
    for position, header in enumerate(headers):
        table.add_column(header, justify="right" if position in numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)
    console.print()


def key_figures(plan: SolvedPlan, more: Mapping[str, float | None] | None = None) -> None:
    """Print the key figures of a plan."""
    figures = {**plan.kpis, **(more or {}), "status": plan.status, "objective": plan.objective}
    rows = [
        (label, number(figures[name], percent=name in ("fill_rate", "peak_load")))
        for name, label in _HEADLINES
        if name in figures
    ]
    show_table("Plan", ("Key figure", "Value"), rows, numeric=(1,))


def accuracy_report(found: Mapping[str, pd.DataFrame]) -> None:
    """Print what frozen forecasts tell: accuracy by lag, value added, how overrides turned out, and drift."""
    by_lag, added = found["accuracy_by_lag"], found["forecast_value_added"]
    whole = by_lag[by_lag["family"] == "ALL"]
    if whole.empty:
        console.print("No frozen forecast has met a month of sales yet.")
        return
    shares, figures = ("wape", "accuracy", "bias"), ("tracking_signal", "mase", "rmsse", "smape", "owa")
    rows = [
        (
            *(str(row["layer"]), str(row["lag"]), _count(row["forecasts"])),
            *(number(row[name], percent=True) for name in shares),
            *(number(row[name]) for name in figures),
        )
        for row in whole.to_dict("records")
    ]
    headers = ("Layer", "Lag", "Forecasts", "WAPE", "Accuracy", "Bias", "Tracking", "MASE", "RMSSE", "sMAPE", "OWA")
    show_table("Frozen forecasts against what was sold", headers, rows, range(2, len(headers)))
    steps = [
        (
            *(str(row["layer"]), "" if row["person"] == "ALL" else str(row["person"]), _count(row["changed"])),
            *(number(row[name], percent=True) for name in ("wape", "value_added", "low", "high")),
            str(row["verdict"]),
        )
        for row in added[added["family"] == "ALL"].to_dict("records")
    ]
    headers = ("Step", "Person", "Changed", "WAPE", "Added", "from", "to", "Verdict")
    show_table("Value added, points of WAPE with a 90 % interval", headers, steps, range(2, 7))
    record = found["track_record"]
    said = record[(record["person"] == "ALL") & (record["product"] != "ALL") & (record["text"] != "")]
    for text in [*said["text"], *found["drift_proposals"]["proposal"]]:
        console.print(f"• {text}")


def _count(value: float) -> str:
    return "–" if value != value else f"{value:,.0f}"


def plan_report(plan: SolvedPlan, more: Mapping[str, float | None] | None = None) -> None:
    """Print key figures, gaps, bottlenecks and reliefs of a plan."""
    key_figures(plan, more)
    gaps, bottlenecks, reliefs = (plan.tables[name] for name in ("gaps", "bottlenecks", "reliefs"))
    if plan.objective is None:
        console.print("There is no plan, so nothing is known of gaps.\n")
    elif gaps.empty:
        console.print("No gaps: all demand is met on time.\n")
    else:
        show_table(
            f"Gaps ({len(gaps)}), largest value first",
            ("Product", "Period", "Late", "Lost", "Value", "Cause", "Cheapest relief"),
            [_gap(row) for row in gaps.sort_values("gap_value", ascending=False).head(12).itertuples()],
            numeric=(2, 3, 4),
        )
    if len(bottlenecks):
        show_table(
            "Bottlenecks",
            ("Kind", "Constraint", "Periods", "Peak use", "One more is worth"),
            [
                (
                    r.kind,
                    r.constraint,
                    _short(r.periods),
                    number(r.peak_utilisation, percent=True),
                    number(r.marginal_value),
                )
                for r in bottlenecks.head(8).itertuples()
            ],
            numeric=(3, 4),
        )
    if len(reliefs):
        from sop_xl.supply.response import by_cost

        best = by_cost(reliefs)
        show_table(
            "Ways to close the gap: levers alone, the cheapest first, then together",
            ("Relief", "Gap closed", "Cost", "Effect on result", "Cost per unit"),
            [
                (r.relief, number(r.gap_closed), number(r.extra_cost), number(r.margin_effect), number(r.cost_per_unit))
                for r in best.itertuples()
            ],
            numeric=(1, 2, 3, 4),
        )


def _gap(row: Any) -> tuple[str, ...]:
    period = f"{row.period:%Y-%m-%d}"
    return (row.product, period, number(row.late), number(row.lost), number(row.gap_value), row.cause, row.relief)


def _short(text: str, limit: int = 48) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def scenario_report(comparison: pd.DataFrame, recommendation: str) -> None:
    """Print scenarios side by side and what is recommended."""
    show_table(
        "Scenarios",
        (
            "Scenario",
            "Revenue",
            "Gross margin",
            "Fill rate",
            "Gap units",
            "Stock value",
            "Peak load",
            "CO2 t",
            "Score",
            "",
        ),
        [
            (
                r.scenario,
                number(r.revenue),
                number(r.gross_margin),
                number(r.fill_rate, percent=True),
                number(r.gap_units),
                number(r.stock_value),
                number(r.peak_load, percent=True),
                number(r.co2),
                number(r.score),
                "recommended" if r.recommended else "",
            )
            for r in comparison.itertuples()
        ],
        numeric=tuple(range(1, 9)),
    )
    console.print(recommendation + "\n")


def simulation_report(past: str, tables: Mapping[str, pd.DataFrame], currency: str) -> None:
    """Print how the simulation did on the past, ranges of margin and service, families at risk, and what to start."""
    console.print(f"{past}\n")
    plans, risk, decisions = (tables[name] for name in ("simulation", "stockout_risk", "cautious_decisions"))
    if plans.empty:
        console.print("Nothing was simulated: there is no plan with demand.\n")
        return
    margins, services = ("margin_p10", "margin_p50", "margin_p90"), ("fill_rate_p10", "fill_rate_p50", "fill_rate_p90")
    rows = [
        (
            _short(str(row["title"])),
            *(number(row[name]) for name in ("gross_margin", *margins)),
            *(number(row[name], percent=True) for name in ("fill_rate", *services, "stock_out_risk")),
        )
        for row in plans.to_dict("records")
    ]
    title = f"Simulated from plan data, {plans['paths'].iloc[0]:,.0f} courses: gross margin in {currency}, fill rate"
    headers = ("Plan", "Margin", "P10", "P50", "P90", "Service", "P10", "P50", "P90", "Short")
    show_table(title, headers, rows, range(1, len(headers)))
    worst = risk[risk["chance"] >= 0.1].sort_values("chance", ascending=False).head(8)
    if worst.empty:
        console.print("No family is short in any bucket with a chance of 10 % or more.\n")
    else:
        shown = [
            (str(row.family), f"{row.period:%Y-%m}", number(row.chance, percent=True), number(row.short_units))
            for row in worst.itertuples()
        ]
        show_table("Where stock-outs threaten most", ("Family", "Bucket", "Chance", "Units short"), shown, (2, 3))
    if len(decisions):
        started = [
            (
                str(row.product),
                str(row.location),
                *(number(v) for v in (row.base_units, row.cautious_units, row.change)),
            )
            for row in decisions.itertuples()
        ]
        show_table("What to make now", ("Product", "Site", "Base plan", "Cautious", "Change"), started, (2, 3, 4))


def sensitivity_report(table: pd.DataFrame, most: int = 15) -> None:
    """Print what a plan is most sensitive to, the strongest first."""
    show_table(
        "What moves the plan most",
        ("What", "Of", "Change", "Objective", "Difference", "Delivered", "Lost", ""),
        [
            (
                r.what,
                r.target,
                f"{r.change:+.1%}",
                number(r.objective),
                f"{r.difference:+,.0f}" if r.difference == r.difference else "–",
                number(r.delivered),
                number(r.lost),
                "" if r.status == "optimal" else r.status,
            )
            for r in table.head(most).itertuples()
        ],
        numeric=(2, 3, 4, 5, 6),
    )
