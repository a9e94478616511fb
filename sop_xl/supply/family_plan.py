"""A plan by families: solved for families, then split to their products so that every total stays what it was.

What families plan together is right for them; a product gets its share of it: of deliveries by its own demand and
backlog, of production by what it lacks, in whole units. The stock of every product is its own opening stock and what
comes and goes, so that it balances product by product.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np
import pandas as pd

from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.schema import frames
from sop_xl.schema.catalogue import table
from sop_xl.supply.explain import Explain
from sop_xl.supply.family_inputs import families_of, family_demand, family_inputs
from sop_xl.supply.plan import solve
from sop_xl.supply.rates import rates
from sop_xl.supply.split import largest_remainder, shares

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
        self.members = pd.DataFrame({"product": list(self.family), "family": list(self.family.values())})
        self.members = self.members.sort_values(["family", "product"], kind="stable")
        inside = demand[demand["period"].isin(self.starts) & demand["units"].notna()]
        self.asked = inside.assign(t=self.starts.get_indexer(inside["period"]))
        self.rates = rates(inputs, list(self.family), {})[0]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables of the plan that speak of products."""
        return {
            "sales_plan": self.sales,
            "inventory_plan": self.stock,
            "production_plan": self._by("production_plan", ["location"], self._made),
            "shipments": self._shipments,
            "gaps": self._by("gaps", ["location"], self._demand_at),
        }

    def _expanded(self, rows: pd.DataFrame) -> pd.DataFrame:
        """A row a product for every row of a family: ``row`` its position, ``product`` and ``family``; in order."""
        held = rows.reset_index(drop=True).rename(columns={"product": "code"}).drop(columns="family", errors="ignore")
        held["row"] = np.arange(len(held))
        members = self.members.rename(columns={"family": "code"})
        full = held.merge(members, on="code", how="left")
        full["product"] = full["product"].fillna(full["code"])
        full["family"] = full["code"]
        return full

    def _cube(self, frame: pd.DataFrame, keys: list[str], value: str, index: pd.MultiIndex) -> np.ndarray:
        """Numbers of a long table as an array: a row an entry of an index of keys, a column a bucket."""
        found = np.zeros((len(index), len(self.starts)))
        at = index.get_indexer(pd.MultiIndex.from_frame(frame[keys]))
        inside = at >= 0
        np.add.at(found, (at[inside], frame["t"].to_numpy()[inside]), frame[value].to_numpy(dtype=float)[inside])
        return found

    @cached_property
    def sales(self) -> pd.DataFrame:
        """Schema table ``sales_plan``: on time, late (the oldest first) or lost in equal parts of the demand."""
        keys = ["product", "location", "channel"]
        whole = self.plan.tables["sales_plan"].sort_values([*keys, "period"], kind="stable")
        full = self._expanded(whole[keys].drop_duplicates())
        numbers = {
            name: whole[name].to_numpy(dtype=float).reshape(-1, len(self.starts))
            for name in ("demand", "delivered", "on_time", "backlog", "lost", "price")
        }
        group, index = full["row"].to_numpy(), pd.MultiIndex.from_frame(full[keys])
        demand = self._cube(self.asked, keys, "units", index)
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
        paid = self._cube(self.asked.assign(value=self.asked["units"] * self.asked["price"]), keys, "value", index)
        own = np.array(
            [self.rates[p].price if p in self.rates else [np.nan] * len(self.starts) for p in full["product"]]
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            price = np.where((demand > 0) & np.isfinite(paid), paid / demand, own)
        found["price"] = np.where(np.isfinite(price), price, numbers["price"][group])
        found["revenue"] = found["delivered"] * found["price"]
        return self._long("sales_plan", full, ["family", *keys], found)

    @cached_property
    def stock(self) -> pd.DataFrame:
        """Schema table ``inventory_plan``: produced where it lacks, in whole units; every product's stock balances."""
        keys = ["product", "location"]
        whole = self.plan.tables["inventory_plan"].sort_values([*keys, "period"], kind="stable")
        full = self._expanded(whole[keys].drop_duplicates())
        shape = (-1, len(self.starts))
        numbers = {
            c.name: whole[c.name].to_numpy(dtype=float).reshape(shape)
            for c in table("inventory_plan").columns
            if c.numeric
        }
        group, index = full["row"].to_numpy(), pd.MultiIndex.from_frame(full[keys])
        asked = self._demand_at(full)
        usual = shares(asked.sum(axis=1) + 1e-9 * self._overall(full), group)
        found = {
            name: numbers[name][group] * usual[:, None]
            for name in ("outsourced", "consumed", "expired", "safety_stock")
        }
        receipts = self.inputs["scheduled_receipts"]
        receipts = receipts.assign(t=self.starts.get_indexer(self._bucket(receipts["period"])))
        found["scheduled"] = self._cube(receipts[receipts["t"] >= 0], keys, "quantity", index)
        sold = self.sales.assign(t=self.starts.get_indexer(self.sales["period"]))
        found["delivered"] = self._cube(sold, keys, "delivered", index)
        moved = self._shipments.assign(t=self.starts.get_indexer(self._shipments["period"]))
        found["sent"] = self._cube(moved.rename(columns={"from_location": "location"}), keys, "units", index)
        found["received"] = numbers["received"][group] * usual[:, None]
        on_hand = self.inputs["inventory"].assign(t=0)
        stock = self._cube(on_hand, keys, "on_hand", index)[:, 0]
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
        return self._long("inventory_plan", full, ["family", *keys], found)

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
        rows = self.plan.tables["shipments"]
        full = self._expanded(rows)
        at = full.rename(columns={"to_location": "location"})
        usual = shares(self._demand_at(at).sum(axis=1) + 1e-9 * self._overall(full), full["row"].to_numpy())
        return frames.typed("shipments", full.assign(units=full["units"] * usual)[list(rows.columns)])

    def _by(self, name: str, keys: list[str], weights: object) -> pd.DataFrame:
        """A sparse table split by the weights of product, place and bucket: sums by parts, the rest as it is."""
        rows = self.plan.tables[name]
        full = self._expanded(rows)
        bucket = self.starts.get_indexer(full["period"])
        weight = weights(full)[np.arange(len(full)), bucket]  # type: ignore[operator]
        part = shares(weight + 1e-9 * self._overall(full), full["row"].to_numpy())
        summed = [c.name for c in table(name).columns if c.numeric and c.over_products == "sum"]
        return frames.typed(name, full.assign(**{c: full[c] * part for c in summed})[list(rows.columns)])

    def _made(self, full: pd.DataFrame) -> np.ndarray:
        made = self.stock.assign(t=self.starts.get_indexer(self.stock["period"]))
        keys = ["product", "location"]
        return self._matched(made, keys, "produced", full)

    def _demand_at(self, full: pd.DataFrame) -> np.ndarray:
        """Units asked of the product at the place of each row, a column a bucket."""
        return self._matched(self.asked, ["product", "location"], "units", full)

    def _overall(self, full: pd.DataFrame) -> np.ndarray:
        """Units asked of the product of each row, everywhere and ever."""
        return full["product"].map(self.asked.groupby("product")["units"].sum()).fillna(0.0).to_numpy()

    def _matched(self, frame: pd.DataFrame, keys: list[str], value: str, full: pd.DataFrame) -> np.ndarray:
        index = pd.MultiIndex.from_frame(full[keys].drop_duplicates())
        return self._cube(frame, keys, value, index)[index.get_indexer(pd.MultiIndex.from_frame(full[keys]))]

    def _bucket(self, days: pd.Series) -> pd.Series:
        """First day of the bucket of each day; none outside of the horizon."""
        at = [self.inputs.calendar.index_of(day.date()) for day in days]
        return pd.Series([pd.NaT if k is None else self.starts[k] for k in at], dtype="datetime64[ns]")

    def _long(self, name: str, full: pd.DataFrame, keys: list[str], found: Mapping[str, np.ndarray]) -> pd.DataFrame:
        buckets = len(self.starts)
        codes = {key: np.repeat(full[key].to_numpy(dtype=object), buckets) for key in keys}
        numbers = {column: values.ravel() for column, values in found.items()}
        return frames.typed(name, pd.DataFrame({**codes, "period": np.tile(self.starts, len(full)), **numbers}))
