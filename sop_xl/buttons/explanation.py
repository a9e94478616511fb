"""A cell explained in short lines with their numbers: what it is, who said it, what is in it, and what limits it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from sop_xl.buttons.company import Known
from sop_xl.buttons.selecting import Cell
from sop_xl.cycle import Plan
from sop_xl.demand.layers import LAYERS
from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.schema.convert import is_blank

if TYPE_CHECKING:
    from sop_xl.model.plan import PlanningInputs, Tables

_MOST_LISTED = 6
_LAYER_WORDS = {"sensing": "signals", "price_effect": "price"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an explanation: what it is about, a sentence, and the figure in it."""

    about: str
    text: str
    value: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the plan a cell speaks of: products, location, channel, bucket, resource; what is open: all."""

    products: frozenset[str]
    named: str
    location: str = EVERYWHERE
    channel: str = EVERYWHERE
    period: str = ""
    resource: str = ""

    def of(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a table of the plan that lie in the scope."""
        kept = pd.Series(True, index=frame.index)
        if "product" in frame:
            kept &= frame["product"].isin(self.products)
        for column, code in (("location", self.location), ("channel", self.channel)):
            if column in frame and code != EVERYWHERE:
                kept &= frame[column].isin([code, EVERYWHERE])
        if self.period and "period" in frame:
            kept &= frame["period"] == pd.Timestamp(self.period)
        return frame[kept]

    @property
    def words(self) -> str:
        """The scope as people say it."""
        places = [code for code in (self.location, self.channel) if code != EVERYWHERE]
        when = f" in {self.period[:7]}" if self.period else " over the horizon"
        return " · ".join([self.named, *places]) + when


def explain_cell(cell: Cell, meta: Mapping[str, str], known: Known, tables: Tables, plan: Plan | None) -> list[Line]:
    """Return the lines of an explanation, the cell itself first.

    Args:
        cell: the selected cell.
        meta: entries of the workbook's hidden sheet.
        known: what is known about the committed plan and about who handed in what.
        tables: typed tables to look assumptions and families up in.
        plan: the base plan; None where none can be made.
    """
    lines = [*_itself(cell), *_origin(meta, known)]
    if plan is not None:
        scope = _scope(cell, plan.inputs)
        if scope.products:
            lines += _layers(scope, plan)
            lines += _range(scope, plan)
            lines += _supply(scope, plan)
            lines += _money(scope, plan)
        if scope.resource:
            lines += _resource(scope, plan)
    lines += _assumptions(cell, tables, plan)
    unique = {(line.about, line.text): line for line in lines}
    return list(unique.values())


def _itself(cell: Cell) -> Iterator[Line]:
    key = " · ".join(
        value[:7] if name == "period" else value for name, value in cell.key.items() if value != EVERYWHERE
    )
    name = cell.column.header if cell.column else cell.header
    shown, figure = _shown(cell)
    unit = cell.column.unit if cell.column else ""
    if cell.column is not None and cell.column.type == "percent":
        unit = "%"
    yield Line("Cell", f"{cell.sheet}!{cell.address}: {name} of {key or cell.shape.title} is {shown}.", figure, unit)
    if cell.column is None:
        yield Line("Meaning", f"'{name}' is worked out by a formula of the sheet.")
        return
    who = {
        "input": "Filled by people.",
        "calculation": "Filled by the plan; a button brings it up to date.",
        "output": "An answer of a button.",
    }["output" if cell.shape.role == "output" else cell.column.role]
    yield Line("Meaning", f"{cell.column.description} {who}")


def _shown(cell: Cell) -> tuple[str, float | None]:
    value = cell.value
    if is_blank(value):
        empty = cell.column.default if cell.column else None
        if cell.column is not None and cell.column.name == "sales_override":
            return "empty: the baseline is kept", None
        if cell.column is not None and cell.column.role == "calculation":
            return "not worked out yet", None
        return ("empty" if empty in (None, "") else f"empty, which means {empty}"), None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return (value.strftime("%Y-%m-%d") if hasattr(value, "strftime") else str(value)), None
    if cell.column is not None and cell.column.type == "percent":
        return f"{value:.1%}", float(value)
    return f"{value:,.2f}".rstrip("0").rstrip("."), float(value)


def _origin(meta: Mapping[str, str], known: Known) -> Iterator[Line]:
    function, base = meta.get("function", ""), meta.get("base_version", "")
    if function:
        issued = f"issued from version {base[:12]}" if base else "not issued from a version yet"
        yield Line("Version", f"The {function} book of cycle {meta.get('cycle') or 'without a name'}, {issued}.")
    if known.version:
        who = f" by {known.author}" if known.author else ""
        why = f": {known.reason}" if known.reason else ""
        yield Line("Committed plan", f"Version {known.version[:12]} of cycle {known.cycle}, committed{who}{why}")
    if function in known.submitters:
        yield Line("Handed in by", f"{function}: {known.submitters[function]}.")


def _scope(cell: Cell, inputs: PlanningInputs) -> Scope:
    families = dict(zip(inputs["products"]["product"], inputs["products"]["family"], strict=True))
    found = {"location": EVERYWHERE, "channel": EVERYWHERE}
    code = resource = period = ""
    for name, value in {**cell.refers, **cell.key}.items():
        ref = cell.shape.column(name).ref if name in cell.shape.column_names else ""
        if name == "product" or name == "family" or ref in ("products", "families", "products_or_families"):
            code = value
        elif ref == "resources" or (name == "resource" and cell.shape.name in ("resources", "resource_load")):
            resource = value
        elif name in found:
            found[name] = value
        elif name == "period":
            period = value
    inside = {product for product, family in families.items() if code in (product, family, EVERYWHERE) and code}
    if period:
        bucket = inputs.calendar.bucket_of(pd.Timestamp(period).date())
        period = bucket.start.isoformat() if bucket is not None else ""
    if found["location"] not in set(inputs["locations"]["location"]):
        found["location"] = EVERYWHERE
    named = "all products" if code == EVERYWHERE else code
    return Scope(frozenset(inside), named, found["location"], found["channel"], period, resource)


def _layers(scope: Scope, plan: Plan) -> Iterator[Line]:
    rows = scope.of(plan.solved.tables["consensus_demand"])
    if rows.empty:
        return
    base = float(rows["baseline"].sum())
    yield Line("Baseline", f"The statistical baseline of {scope.words} is {base:,.0f} units.", base, "units")
    changes = scope.of(plan.solved.tables["demand_layers"])
    for layer in LAYERS:
        quantity = float(rows[layer].sum())
        word = _LAYER_WORDS.get(layer, layer)
        own = changes[changes["layer"] == layer]
        if math.isclose(quantity, 0.0, abs_tol=0.005) and own.empty:
            continue
        sources = own.groupby("source")["quantity"].sum()
        sources = sources.reindex(sources.abs().sort_values(ascending=False).index).head(_MOST_LISTED)
        from_ = "; ".join(f"{name} {units:+,.0f}" for name, units in sources.items())
        reasons = ", ".join(dict.fromkeys(str(reason) for reason in own["reason"] if reason))
        because = f" Reason: {reasons}." if reasons else ""
        yield Line(
            f"Layer {word}", f"{quantity:+,.0f} units{f' from {from_}' if from_ else ''}.{because}", quantity, "units"
        )
    total = float(rows["consensus"].sum())
    yield Line("Consensus demand", f"Baseline and layers make {total:,.0f} units of demand.", total, "units")


def _range(scope: Scope, plan: Plan) -> Iterator[Line]:
    rows = scope.of(plan.baseline) if len(plan.baseline) else plan.baseline
    if len(rows) != 1 or rows[["p10", "p90"]].isna().any(axis=None):
        return
    low, high = float(rows["p10"].iloc[0]), float(rows["p90"].iloc[0])
    yield Line(
        "Range",
        f"Four of five outcomes lie between {low:,.0f} and {high:,.0f} units (P10 to P90).",
        high - low,
        "units",
    )


def _supply(scope: Scope, plan: Plan) -> Iterator[Line]:
    sales = scope.of(plan.solved.tables["sales_plan"])
    if sales.empty:
        return
    demand, on_time = float(sales["demand"].sum()), float(sales["on_time"].sum())
    gap = demand - on_time
    if gap < 0.5:
        yield Line("Supply", f"All {demand:,.0f} units can be delivered on time.", on_time, "units")
        return
    yield Line("Supply", f"{on_time:,.0f} of {demand:,.0f} units can be delivered on time.", on_time, "units")
    yield Line("Gap", f"{gap:,.0f} units are late or lost.", gap, "units")
    gaps = scope.of(plan.solved.tables["gaps"])
    worst = gaps.sort_values("gap_value", ascending=False, kind="stable").drop_duplicates("cause")
    currency = str(plan.inputs.settings["currency"])
    for row in worst.head(_MOST_LISTED).itertuples():
        worth = None if pd.isna(row.marginal_value) else float(row.marginal_value)
        more = "" if not worth else f" One more hour or unit of it is worth {worth:,.2f} {currency}."
        yield Line("Binding constraint", f"{row.cause}.{more}", worth, f"{currency} per hour or unit" if worth else "")
    helpful = worst[worst["relief"] != ""]
    if len(helpful):
        row = helpful.iloc[0]
        cost = None if pd.isna(row["relief_cost"]) else float(row["relief_cost"])
        price = "" if cost is None else f" at {cost:,.2f} {currency} per unit"
        yield Line("Cheapest relief", f"{row['relief']}{price}.", cost, f"{currency}/unit" if cost is not None else "")


def _money(scope: Scope, plan: Plan) -> Iterator[Line]:
    rows = scope.of(plan.solved.tables["profit_and_loss"])
    if rows.empty:
        return
    currency = str(plan.inputs.settings["currency"])
    revenue, margin = float(rows["revenue"].sum()), float(rows["gross_margin"].sum())
    share = f" ({margin / revenue:.1%})" if revenue else ""
    text = f"Revenue {revenue:,.0f} {currency}, gross margin {margin:,.0f} {currency}{share} in the plan."
    yield Line("Money", text, margin, currency)


def _resource(scope: Scope, plan: Plan) -> Iterator[Line]:
    tables, currency = plan.solved.tables, str(plan.inputs.settings["currency"])
    load = tables["resource_load"]
    load = load[load["resource"] == scope.resource]
    if scope.period:
        load = load[load["period"] == pd.Timestamp(scope.period)]
    known = load.dropna(subset=["utilisation"])
    if len(known):
        peak = known.loc[known["utilisation"].idxmax()]
        when = f"{pd.Timestamp(peak['period']):%Y-%m}"
        share = float(peak["utilisation"])
        text = f"{scope.resource} runs at {share:.1%} of {peak['available_hours']:,.0f} regular hours in {when}"
        yield Line("Capacity load", f"{text}{'' if scope.period else ', its peak'}.", share, "of regular hours")
        worth = float(known["marginal_value"].max())
        if worth > 0:
            text = f"One more hour on {scope.resource} is worth up to {worth:,.2f} {currency}."
            yield Line("Binding constraint", text, worth, f"{currency}/h")
        else:
            yield Line(
                "Binding constraint", f"{scope.resource} does not limit the plan: one more hour is worth nothing."
            )
    narrow = tables["bottlenecks"]
    narrow = narrow[narrow["constraint"] == scope.resource]
    for row in narrow.itertuples():
        more = float(row.value_of_10_percent)
        if not math.isnan(more):
            yield Line(
                "10 % more", f"10 % more of it in {row.periods} is worth {more:,.0f} {currency}.", more, currency
            )


def _assumptions(cell: Cell, tables: Tables, plan: Plan | None) -> Iterator[Line]:
    listed = tables.get("assumptions")
    if listed is None or listed.empty:
        return
    used: set[str] = set()
    if plan is not None:
        scope = _scope(cell, plan.inputs)
        if scope.products:
            changes = scope.of(plan.solved.tables["demand_layers"])
            used |= {code for text in changes["assumption_id"] for code in str(text).split("; ") if code}
    used |= {*cell.key.values(), *cell.refers.values()} - {EVERYWHERE}
    for row in listed[listed["assumption_id"].isin(used) | listed["target"].isin(used)].itertuples():
        yield Line("Assumption", _assumption(row), _number(row.value), str(row.measure))


def _assumption(row: Any) -> str:
    owner = f" Owner: {row.owner}." if row.owner else ""
    tested = "" if pd.isna(row.test_date) else f" Tested on {row.test_date:%Y-%m-%d}."
    return f"{row.assumption_id}: {str(row.statement).rstrip('.')}. Status {row.status}.{tested}{owner}"


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
