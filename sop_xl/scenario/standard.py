"""The standard set of scenarios, made from the inputs in one go: what could happen to this plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.prices import competitor_elasticity, price_elasticity
from sop_xl.scenario.ranked import families_by_revenue, lanes_by_load, resources_by_harm, suppliers_by_spend
from sop_xl.scenario.scenario import BASE
from sop_xl.scenario.scope import products_of
from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.schema.frames import rows

DEMAND_SWING = 0.15
PRICE_MOVE = 0.03
COST_RISE = 0.05
MONTHS_DOWN = 2.0
MONTHS_WITHOUT_SUPPLIER = 3.0
MONTHS_CLOSED = 1.0
MONTHS_LATE = 3
MONTHS_TO_ENTRY = 3.0
ENTRY_PRICE, ENTRY_SHARE = -0.10, -0.05
"""A competitor enters at this price against ours, and takes this share of the demand at an equal price."""
MOST_SUPPLIERS, MOST_RESOURCES, MOST_LANES = 3, 3, 1
"""So many suppliers, resources and lanes fail one after the other; those that matter most."""
NOT_PLANNED = frozenset({"stopped", "launched"})


@dataclass(frozen=True, slots=True)
class StandardSet:
    """The generated tables ``scenarios`` and ``scenario_drivers``, and what was left out of them."""

    scenarios: pd.DataFrame
    drivers: pd.DataFrame
    notes: tuple[Issue, ...]

    @property
    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Both tables."""
        return self.scenarios, self.drivers


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    title: str
    drivers: Sequence[Mapping[str, object]]
    parent: str = BASE
    ours: str = ""


def standard_set(inputs: PlanningInputs, plan: Mapping[str, pd.DataFrame]) -> StandardSet:
    """Return the standard set: rows of the tables ``scenarios`` and ``scenario_drivers`` that anyone can change.

    Base plan · demand ±15 % · each of the three suppliers with the largest spend takes no orders for three months ·
    each of the three resources that hurt most (bottlenecks by worth, then the busiest) is down for two months · the
    lane with most units is closed for a month · launches three months late · all costs +5 % · prices ±3 % · a
    competitor enters the family with the largest revenue, and we hold, half match or match its price. Price moves and
    the competitor need elasticities. What does not apply is left out; what was left out of many is a note.

    Args:
        inputs: what the base plan was made from.
        plan: tables of the base plan (``bottlenecks``, ``resource_load``, ``shipments``); may be empty.
    """
    entries = [
        _Entry(BASE, "Base plan", (), parent=""),
        _Entry("demand-up", f"Demand {_percent(DEMAND_SWING)}", [_driver("demand_pct", EVERYWHERE, DEMAND_SWING)]),
        _Entry("demand-down", f"Demand {_percent(-DEMAND_SWING)}", [_driver("demand_pct", EVERYWHERE, -DEMAND_SWING)]),
    ]
    notes: list[Issue] = []
    entries += _failures(inputs, plan, notes)
    launches = inputs["launches"]
    if len(launches[~launches["gate"].isin(NOT_PLANNED)]) and inputs["demand"].empty:
        late = [_driver("launch_delay", EVERYWHERE, MONTHS_LATE)]
        entries.append(_Entry("launch-late", f"Launches {MONTHS_LATE} months late", late))
    entries.append(_Entry("costs-up", f"All costs {_percent(COST_RISE)}", [_driver("cost_pct", EVERYWHERE, COST_RISE)]))
    entries += _prices(inputs, notes)
    scenarios = ({"scenario": e.name, "title": e.title, "parent": e.parent, "ours": e.ours} for e in entries)
    drivers = ({"scenario": e.name, **driver} for e in entries for driver in e.drivers)
    return StandardSet(rows("scenarios", scenarios), rows("scenario_drivers", drivers), tuple(notes))


def _failures(inputs: PlanningInputs, plan: Mapping[str, pd.DataFrame], notes: list[Issue]) -> Iterator[_Entry]:
    start = pd.Timestamp(inputs.calendar.start)

    def until(months: float) -> dict[str, pd.Timestamp]:
        return {"from_period": start, "to_period": _bucket_after(inputs, months)}

    suppliers = suppliers_by_spend(inputs)
    for code in suppliers[:MOST_SUPPLIERS]:
        title = f"Supplier {code} takes no orders for {_months(MONTHS_WITHOUT_SUPPLIER)}"
        out = [_driver("supplier_out", code, None, **until(MONTHS_WITHOUT_SUPPLIER))]
        yield _Entry(f"supplier-out {code}", title, out)
    resources = resources_by_harm(inputs, plan)
    for code in resources[:MOST_RESOURCES]:
        down = [_driver("resource_down", code, None, **until(MONTHS_DOWN))]
        yield _Entry(f"line-down {code}", f"{code} is down for {_months(MONTHS_DOWN)}", down)
    lanes = lanes_by_load(inputs, plan)
    for code in lanes[:MOST_LANES]:
        closed = [_driver("lane_closed", code, None, **until(MONTHS_CLOSED))]
        yield _Entry(f"lane-closed {code}", f"Lane {code} is closed for {_months(MONTHS_CLOSED)}", closed)
    for found, most, words, first in (
        (suppliers, MOST_SUPPLIERS, "suppliers", "with the largest spend"),
        (resources, MOST_RESOURCES, "resources", "that hurt most"),
        (lanes, MOST_LANES, "lanes", "with most units"),
    ):
        if len(found) > most:
            which = f"the {most} {words} {first}" if most > 1 else f"the one {first}"
            told = f"Of {len(found)} {words} the standard scenarios take {which}: {', '.join(found[:most])}."
            notes.append(Issue(Severity.INFO, told, "Add a scenario for any other.", table="scenarios"))


def _prices(inputs: PlanningInputs, notes: list[Issue]) -> Iterator[_Entry]:
    own = set(price_elasticity(inputs).loc[lambda e: e != 0].index)
    if own:
        for word, move in (("up", PRICE_MOVE), ("down", -PRICE_MOVE)):
            moved = [_driver("price_pct", EVERYWHERE, move)]
            yield _Entry(f"price-{word}", f"Our prices {_percent(move)}", moved, ours="no")
    against = set(competitor_elasticity(inputs).loc[lambda e: e != 0].index)
    target = next((family for family in families_by_revenue(inputs) if products_of(inputs, family) & against), "")
    if target:
        since = {"from_period": _bucket_after(inputs, MONTHS_TO_ENTRY, starting=True)}
        enters = [
            _driver("competitor_price_pct", target, ENTRY_PRICE, **since),
            _driver("demand_pct", target, ENTRY_SHARE, **since),
        ]
        title = f"A competitor enters {target} at {_percent(ENTRY_PRICE)} price"
        yield _Entry("competitor", title, enters)
        yield _Entry("competitor hold", f"{title}; we hold our price", (), "competitor")
        for name, words, share in (("partial", "half match it", 0.5), ("match", "match it", 1.0)):
            answer = [_driver("price_pct", target, ENTRY_PRICE * share, **since)]
            yield _Entry(f"competitor {name}", f"{title}; we {words}", answer, "competitor")
    left_out = [*([] if own else ["price moves"]), *([] if target else ["competitor entry"])]
    if left_out:
        told = f"The standard scenarios leave out {' and '.join(left_out)}: no elasticity is given."
        hint = "Give one in the table of elasticities on the sheet PriceChanges of the marketing book."
        notes.append(Issue(Severity.INFO, told, hint, table="elasticities"))


def _driver(driver: str, target: str, value: float | None, **periods: pd.Timestamp) -> dict[str, object]:
    return {"driver": driver, "target": target, "value": value, **periods}


def _percent(share: float) -> str:
    return f"{100 * share:+.0f} %".replace("-", "−")


def _months(count: float) -> str:
    return "a month" if count == 1 else f"{count:g} months"


def _bucket_after(inputs: PlanningInputs, months: float, *, starting: bool = False) -> pd.Timestamp:
    """First day of the bucket in which that many months from the start are over, or of the one that starts then."""
    passed = 0.0
    for bucket in inputs.calendar.buckets:
        if starting and passed >= months - 1e-9:
            return pd.Timestamp(bucket.start)
        passed += bucket.months
        if not starting and passed >= months - 1e-9:
            return pd.Timestamp(bucket.start)
    return pd.Timestamp(inputs.calendar.buckets[-1].start)
