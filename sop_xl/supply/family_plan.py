"""A plan by families: solved for families, then split to their products so that every total stays what it was.

What families plan together is right for them; a product gets its share of it: of deliveries by its own demand and
backlog, of production by what it lacks, in whole units. The stock of every product is its own opening stock and what
comes and goes, so that it balances product by product.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.schema.catalogue import table
from sop_xl.supply.explain import Explain
from sop_xl.supply.family_inputs import families_of, family_demand, family_inputs
from sop_xl.supply.plan import solve
from sop_xl.supply.rates import rates
from sop_xl.supply.split import largest_remainder, shares

_PLACE = ["product", "location"]
_SHORT = 0.5
"""Units below zero from which a product's stock is said to count on that of another."""


def solve_by_family(inputs: PlanningInputs, demand: pd.DataFrame, *, explain: Explain = Explain.RELIEFS) -> SolvedPlan:
    """Return the best plan of families, its tables split to products; see :func:`sop_xl.supply.plan.solve`.

    Sums over the products of a family are the family's plan: exact in whole units made, to rounding elsewhere.
    Gaps keep the cause and the relief of their family. Status, objective and key figures are those of the families.

    Raises:
        InputErrors: where the code of a product is that of a family too.
    """
    whole, left_out = family_inputs(inputs, demand)
    plan = solve(whole, family_demand(inputs, demand), explain=explain)
    if plan.objective is None:
        return replace(plan, issues=(*left_out, *plan.issues))
    parts = _Parts(inputs, demand, plan)
    return replace(
        plan, tables={**plan.tables, **parts.tables()}, issues=(*left_out, *plan.issues, *parts.counting_on_others())
    )


class _Parts:
    """The split of one plan; arrays have a row a product and place, and a column a bucket."""

    def __init__(self, inputs: PlanningInputs, demand: pd.DataFrame, plan: SolvedPlan) -> None:
        self.inputs, self.plan = inputs, plan
        self.starts = pd.DatetimeIndex(inputs.calendar.starts)
        self.family = families_of(inputs)
        ordered = sorted(self.family, key=lambda product: (self.family[product], product))
        self.members = np.array(ordered, dtype=object)
        names, self.first, self.counts = np.unique(
            np.array([self.family[product] for product in ordered], dtype=object), return_index=True, return_counts=True
        )
        self.families = pd.Index(names)
        sales, stock = plan.tables["sales_plan"], plan.tables["inventory_plan"]
        self.codes = {
            "product": pd.Index(sorted({*self.family, *stock["product"], *demand["product"].unique()})),
            "location": pd.Index(sorted({*stock["location"].unique(), *demand["location"].unique()})),
            "channel": pd.Index(sales["channel"].unique()),
        }
        inside = demand[demand["units"].notna()]
        inside = inside.assign(t=self.starts.get_indexer(inside["period"]), place=self._key(inside, _PLACE))
        self.asked = inside[inside["t"] >= 0]
        self.rates = rates(inputs, list(self.family), {})[0]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables of the plan that speak of products."""
        return {
            "sales_plan": self.sales,
            "inventory_plan": self.stock,
            "production_plan": self._made,
            "shipments": self._shipments,
            "gaps": self._gaps,
        }

    def _expanded(self, rows: pd.DataFrame) -> pd.DataFrame:
        """A row a product for every row of a family: ``row`` its position, ``product`` and ``family``; in order."""
        code = self.families.get_indexer(rows["product"])
        row = np.repeat(np.arange(len(rows)), self.counts[code])
        nth = np.arange(len(row)) - np.repeat(np.cumsum(self.counts[code]) - self.counts[code], self.counts[code])
        columns = {name: rows[name].to_numpy()[row] for name in rows.columns}
        columns |= {"family": columns["product"], "product": self.members[self.first[code][row] + nth], "row": row}
        return pd.DataFrame(columns, copy=False)

    def _key(self, frame: pd.DataFrame, keys: Sequence[str]) -> np.ndarray:
        """One whole number for the codes of each row, in the order of the codes."""
        key = np.zeros(len(frame), dtype=np.int64)
        for name in keys:
            key = key * len(self.codes[name]) + self.codes[name].get_indexer(frame[name])
        return key

    def _cube(self, rows: np.ndarray, key: np.ndarray, t: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Sum long numbers by key and bucket: a row for each of ``rows`` (keys, none twice), a column a bucket."""
        order = np.argsort(rows)
        at = np.minimum(np.searchsorted(rows, key, sorter=order), len(rows) - 1)
        position = order[at]
        inside = rows[position] == key
        found = np.zeros((len(rows), len(self.starts)))
        np.add.at(found, (position[inside], t[inside]), values[inside])
        return found

    def _asked_at(self, rows: np.ndarray) -> np.ndarray:
        """Units asked at each key of product and place, a column a bucket."""
        asked = self.asked
        return self._cube(rows, asked["place"].to_numpy(), asked["t"].to_numpy(), asked["units"].to_numpy(dtype=float))

    @cached_property
    def sales(self) -> pd.DataFrame:
        """Schema table ``sales_plan``."""
        full, found = self._sold
        return self._long("sales_plan", full, found)

    @cached_property
    def _sold(self) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
        """Product, place and channel, with what they get: on time, late (oldest first) or lost in parts of demand."""
        keys = ["product", "location", "channel"]
        whole = self.plan.tables["sales_plan"].sort_values([*keys, "period"], kind="stable")
        full = self._expanded(whole[keys].drop_duplicates())
        numbers = {
            name: whole[name].to_numpy(dtype=float).reshape(-1, len(self.starts))
            for name in ("demand", "delivered", "on_time", "backlog", "lost", "price")
        }
        group, rows = full["row"].to_numpy(), self._key(full, keys)
        key, at = self._key(self.asked, keys), self.asked["t"].to_numpy()
        units = self.asked["units"].to_numpy(dtype=float)
        demand = self._cube(rows, key, at, units)
        part = shares(demand.T, group).T
        found = {name: numbers[name][group] * part for name in ("on_time", "lost")}
        found |= {"demand": demand, "delivered": np.zeros_like(demand), "backlog": np.zeros_like(demand)}
        waits = self.inputs.settings["shortage"] == "backorder"
        waiting = np.maximum(0.0, numbers["demand"] - numbers["on_time"])
        for t in range(len(self.starts)):
            late = (numbers["delivered"] - numbers["on_time"])[:, t]
            before = np.cumsum(waiting, axis=1) - waiting
            taken = np.clip(late[:, None] - before, 0.0, waiting)
            taken[:, t:] = 0.0
            waiting = waiting - taken
            found["delivered"][:, t] = found["on_time"][:, t] + (taken[group] * part).sum(axis=1)
            owed = (waiting[:, : t + 1][group] * part[:, : t + 1]).sum(axis=1)
            left = shares(owed, group)
            found["backlog"][:, t] = numbers["backlog"][:, t][group] * left
            if waits:
                found["lost"][:, t] = numbers["lost"][:, t][group] * left
        paid = self._cube(rows, key, at, units * self.asked["price"].to_numpy(dtype=float))
        own = np.array(
            [self.rates[p].price if p in self.rates else [np.nan] * len(self.starts) for p in full["product"]]
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            price = np.where((demand > 0) & np.isfinite(paid), paid / demand, own)
        found["price"] = np.where(np.isfinite(price), price, numbers["price"][group])
        found["revenue"] = found["delivered"] * found["price"]
        return full, found

    @cached_property
    def stock(self) -> pd.DataFrame:
        """Schema table ``inventory_plan``: produced where it lacks, in whole units; every product's stock balances."""
        whole = self.plan.tables["inventory_plan"].sort_values([*_PLACE, "period"], kind="stable")
        full = self._expanded(whole[_PLACE].drop_duplicates())
        shape = (-1, len(self.starts))
        numbers = {
            c.name: whole[c.name].to_numpy(dtype=float).reshape(shape)
            for c in table("inventory_plan").columns
            if c.numeric
        }
        group, rows = full["row"].to_numpy(), self._key(full, _PLACE)
        asked = self._asked_at(rows)
        usual = shares(asked.sum(axis=1) + 1e-9 * self._overall(full), group)
        found = {
            name: numbers[name][group] * usual[:, None]
            for name in ("outsourced", "consumed", "expired", "safety_stock")
        }
        found["scheduled"] = self._cube(rows, *self._receipts())
        sold, units = self._sold
        buckets = np.tile(np.arange(len(self.starts)), len(sold))
        key = np.repeat(self._key(sold, _PLACE), len(self.starts))
        found["delivered"] = self._cube(rows, key, buckets, units["delivered"].ravel())
        moved = self._shipments.rename(columns={"from_location": "location"})
        bucket = self.starts.get_indexer(moved["period"])
        found["sent"] = self._cube(rows, self._key(moved, _PLACE), bucket, moved["units"].to_numpy(dtype=float))
        found["received"] = numbers["received"][group] * usual[:, None]
        held = self.inputs["inventory"]
        first = np.zeros(len(held), dtype=int)
        stock = self._cube(rows, self._key(held, _PLACE), first, held["on_hand"].to_numpy(dtype=float))[:, 0]
        found |= {name: np.zeros_like(asked) for name in ("opening_stock", "produced", "closing_stock")}
        ahead = shares(np.roll(asked, -1, axis=1).T, group).T
        ahead[:, -1] = usual
        for t in range(len(self.starts)):
            found["opening_stock"][:, t] = stock
            net = stock + sum(found[name][:, t] for name in ("outsourced", "scheduled", "received"))
            net -= sum(found[name][:, t] for name in ("sent", "consumed", "delivered", "expired"))
            lacks = np.maximum(0.0, numbers["closing_stock"][:, t][group] * ahead[:, t] - net)
            weights = np.where(np.bincount(group, lacks)[group] > 0, lacks, usual)
            found["produced"][:, t] = largest_remainder(numbers["produced"][:, t], weights, group)
            stock = found["closing_stock"][:, t] = net + found["produced"][:, t]
        found["safety_shortfall"] = np.maximum(0.0, found["safety_stock"] - found["closing_stock"])
        own = np.array([self.rates[p].standard if p in self.rates else [0.0] * shape[1] for p in full["product"]])
        found["stock_value"] = found["closing_stock"] * own
        return self._long("inventory_plan", full, found)

    def counting_on_others(self) -> list[Issue]:
        """Return a warning where the family plan sells, of a product, what only its siblings have on stock."""
        least = self.stock.groupby("product")["closing_stock"].min()
        short = least[least < -_SHORT].sort_values()
        if short.empty:
            return []
        named = ", ".join(f"{product} ({-units:,.0f})" for product, units in short.head(5).items())
        more = f" and {len(short) - 5} more" if len(short) > 5 else ""
        return [
            Issue(
                Severity.WARNING,
                f"The plan by families counts on stock that other products of the family have: {named}{more} units "
                "are missing at the worst, shown as stock below zero.",
                "Plan these by product, or give them a family of their own.",
                sheet="Products",
                table="products",
            )
        ]

    @cached_property
    def _shipments(self) -> pd.DataFrame:
        """Schema table ``shipments``: by what is asked where they go, over the whole horizon."""
        rows = self.plan.tables["shipments"]
        full = self._expanded(rows)
        key = self._key(full.rename(columns={"to_location": "location"}), _PLACE)
        distinct, at = np.unique(key, return_inverse=True)
        asked = self._asked_at(distinct).sum(axis=1)[at] if len(full) else np.zeros(0)
        usual = shares(asked + 1e-9 * self._overall(full), full["row"].to_numpy())
        return full.assign(units=full["units"] * usual)[list(rows.columns)]

    def _by(self, name: str, weights: Callable[[np.ndarray], np.ndarray]) -> pd.DataFrame:
        """A sparse table split by weights of product and place in its bucket: sums by parts, the rest as it is."""
        rows = self.plan.tables[name]
        full = self._expanded(rows)
        if full.empty:
            return rows
        distinct, at = np.unique(self._key(full, _PLACE), return_inverse=True)
        weight = weights(distinct)[at, self.starts.get_indexer(full["period"])]
        part = shares(weight + 1e-9 * self._overall(full), full["row"].to_numpy())
        summed = [c.name for c in table(name).columns if c.numeric and c.over_products == "sum"]
        return full.assign(**{c: full[c] * part for c in summed})[list(rows.columns)]

    @property
    def _gaps(self) -> pd.DataFrame:
        """Schema table ``gaps``: units by what is asked, the value of a family's gap by units at their own price."""
        split = self._by("gaps", self._asked_at)
        if split.empty:
            return split
        at = self.starts.get_indexer(split["period"])
        price = [self.rates[p].price[t] if p in self.rates else 0.0 for p, t in zip(split["product"], at, strict=True)]
        row = split.groupby(["family", "location", "period"], sort=False).ngroup().to_numpy()
        whole = np.bincount(row, split["gap_value"])
        parts = shares((split["late"] + split["lost"]).to_numpy() * np.nan_to_num(price), row)
        return split.assign(gap_value=whole[row] * parts)

    @property
    def _made(self) -> pd.DataFrame:
        """Schema table ``production_plan``, without products of a family that nobody asks for and that are not made."""
        split = self._by("production_plan", self._made_at)
        return split[split["units"] > 0].reset_index(drop=True)

    def _made_at(self, rows: np.ndarray) -> np.ndarray:
        """Units made at each key of product and place, a column a bucket."""
        places = self.stock.iloc[:: len(self.starts)]
        made = self.stock["produced"].to_numpy().reshape(len(places), -1)
        order = np.argsort(key := self._key(places, _PLACE))
        return made[order[np.searchsorted(key, rows, sorter=order)]]

    def _overall(self, full: pd.DataFrame) -> np.ndarray:
        """Units asked of the product of each row, everywhere and ever."""
        asked = self.asked.groupby("product")["units"].sum().reindex(self.codes["product"], fill_value=0.0)
        return asked.to_numpy(dtype=float)[self.codes["product"].get_indexer(full["product"])]

    def _receipts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Key, bucket and units of scheduled receipts within the horizon."""
        held = self.inputs["scheduled_receipts"]
        found = [self.inputs.calendar.index_of(day.date()) for day in held["period"]]
        at = np.array([-1 if t is None else t for t in found], dtype=int)
        units = held["quantity"].to_numpy(dtype=float)
        inside = (at >= 0) & (units > 0)
        return self._key(held, _PLACE)[inside], at[inside], units[inside]

    def _long(self, name: str, full: pd.DataFrame, found: Mapping[str, np.ndarray]) -> pd.DataFrame:
        """A schema table from arrays: a row for every row of ``full`` and bucket."""
        buckets = len(self.starts)
        columns: dict[str, Any] = {}
        for column in table(name).columns:
            if column.name == "period":
                columns["period"] = np.tile(self.starts.to_numpy(), len(full))
            elif column.name in found:
                columns[column.name] = found[column.name].ravel()
            else:
                columns[column.name] = np.repeat(full[column.name].to_numpy(dtype=object), buckets)
        return pd.DataFrame(columns, copy=False)
