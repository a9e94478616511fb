"""Prices and costs of every product per bucket, from the dated rows of the finance book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import isnan

import pandas as pd

from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.elements import Rates

Bills = Mapping[str, tuple[tuple[str, float], ...]]
_COLUMNS = ("price", "rebate_pct", "material_cost", "conversion_cost", "freight_cost", "standard_cost", "co2_per_unit")


def rates(inputs: PlanningInputs, products: Iterable[str], bills: Bills) -> tuple[dict[str, Rates], list[Issue]]:
    """Return the rates of products per bucket: a dated row holds until the next, the first one before its date too.

    A product without a row costs nothing and has no price (``known`` is False), which is said once for all of them.
    Its standard cost, where left out, is material + conversion; a product with a bill of materials and no material
    cost of its own takes the cost of its items at the cheapest supplier, rolled up over all levels.
    """
    rows: dict[str, list[tuple[pd.Timestamp, tuple[float, ...]]]] = {}
    table = inputs["price_cost"].sort_values(["product", "period"], na_position="first", kind="stable")
    for code, day, *values in table[["product", "period", *_COLUMNS]].itertuples(index=False):
        rows.setdefault(code, []).append((day, tuple(float(v) for v in values)))
    found, missing, late = {}, [], []
    for code in sorted(set(products)):
        dated = rows.get(code)
        if dated is None:
            missing.append(code)
            found[code] = _nothing_known(len(inputs.calendar))
            continue
        first = dated[0][0]
        if not pd.isna(first) and first.date() > inputs.calendar.start:
            late.append(code)
        found[code] = _per_bucket(inputs, dated)
    issues = [_no_rates(missing)] if missing else []
    issues += [_starts_late(late)] if late else []
    return _rolled_up(inputs, found, bills), issues


def _per_bucket(inputs: PlanningInputs, dated: list[tuple[pd.Timestamp, tuple[float, ...]]]) -> Rates:
    held = []
    for start in inputs.calendar.starts:
        valid = [values for day, values in dated if pd.isna(day) or day.date() <= start]
        held.append(valid[-1] if valid else dated[0][1])
    price, rebate, material, conversion, freight, standard, co2 = zip(*held, strict=True)
    return Rates(True, price, rebate, material, conversion, freight, standard, co2)


def _nothing_known(periods: int) -> Rates:
    none, nan = (0.0,) * periods, (float("nan"),) * periods
    return Rates(False, nan, none, none, none, none, nan, none)


def _rolled_up(inputs: PlanningInputs, found: dict[str, Rates], bills: Bills) -> dict[str, Rates]:
    bought: dict[str, float] = inputs["materials"].groupby("item")["unit_cost"].min().to_dict()
    done: dict[str, tuple[float, ...]] = {}
    on_the_way: set[str] = set()

    def material(code: str) -> tuple[float, ...]:
        own = found[code].material
        if code in done:
            return done[code]
        if code in on_the_way or code not in bills or any(cost > 0 for cost in own):
            return own
        on_the_way.add(code)
        total = [0.0] * len(own)
        for item, quantity in bills[code]:
            if item in bought:
                part = (bought[item],) * len(own)
            elif item in found:
                part = tuple(m + c for m, c in zip(material(item), found[item].conversion, strict=True))
            else:
                continue
            total = [sum_ + quantity * cost for sum_, cost in zip(total, part, strict=True)]
        on_the_way.discard(code)
        done[code] = tuple(total)
        return done[code]

    out = {}
    for code, given in found.items():
        made = material(code)
        standard = tuple(
            m + c if isnan(s) else s for s, m, c in zip(given.standard, made, given.conversion, strict=True)
        )
        out[code] = replace(given, standard=standard)
    return out


def _listed(codes: list[str]) -> str:
    return ", ".join(codes[:8]) + (f" and {len(codes) - 8} more" if len(codes) > 8 else "")


def _no_rates(codes: list[str]) -> Issue:
    return Issue(
        Severity.WARNING,
        f"No costs for {_listed(codes)}: making them counts as free.",
        "Add a row for each to the sheet PriceCost of the finance book.",
        sheet="PriceCost",
        table="price_cost",
    )


def _starts_late(codes: list[str]) -> Issue:
    return Issue(
        Severity.WARNING,
        f"Prices and costs of {_listed(codes)} start after the first bucket; they are used before it too.",
        "Add a row without period for the time before.",
        sheet="PriceCost",
        table="price_cost",
    )
