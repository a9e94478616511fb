"""The illustrative rules of the demo, read from ``illustrative.toml``: none of them is a fact about anybody."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

NORTH, SOUTH, CENTRE = "PLANT-N", "PLANT-S", "DC"
BOTTLENECK = "N1"
"""The line that is sized to be short."""
NEW_PRODUCT, ANALOGUE = "A10N", "A10"
NEW_PRODUCT_PREMIUM = 1.15
"""Price of the new product over that of its analogue."""
STERILE = frozenset({"L", "V"})
"""Families that wait for release: a month passes between the plant and the centre."""
WAITING_PART = 0.1
"""Part of their stock that waits at the plant."""

DAYS, HOURS_PER_SHIFT = 21, 8.0
LANE_COST = {NORTH: 0.18, SOUTH: 0.24}
LANE_CO2 = {NORTH: 0.02, SOUTH: 0.05}
STERILE_LANE_FACTOR = 3
HOLDING_PCT = 0.12
"""Per year, of standard cost."""
SAFETY_PART, STORAGE_FACTOR = 0.9, 2.2
"""Safety stock, and storage where the family gives none, in parts of the months of supply aimed at."""


@dataclass(frozen=True, slots=True)
class FamilyRule:
    """How a family is made, stocked and priced; rebate, material, conversion and freight are shares of the price."""

    name: str
    line: str
    packs_per_hour: float
    active: str
    pack: str
    months_of_supply: float
    rebate: float
    material: float
    conversion: float
    freight: float
    co2: float
    storage: float | None = None

    @property
    def most(self) -> float:
        """Most stock there is room for, in months of supply."""
        return STORAGE_FACTOR * self.months_of_supply if self.storage is None else self.storage

    @property
    def margin(self) -> float:
        """Gross margin as a share of the price."""
        return 1 - self.rebate - self.material - self.conversion - self.freight


@dataclass(frozen=True, slots=True)
class LineRule:
    """A packaging line, sized by how full the base year would have filled it."""

    site: str
    base_load: float
    machines: int
    shifts: int
    overtime: float
    overtime_premium: float


@dataclass(frozen=True, slots=True)
class SupplyRule:
    """A bought item from a supplier; limit and stock in months of average use."""

    item: str
    supplier: str
    cost: float
    lead_time: int
    limit: float | None = None
    on_hand: float = 0.0
    in_transit: float = 0.0


@cache
def illustrative() -> dict[str, Any]:
    """Return the rules as they stand in the file. Treat them as read-only."""
    text = files("sop_xl.gather.demo").joinpath("illustrative.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def families() -> dict[str, FamilyRule]:
    """Return the rule of each family by code."""
    return {code: FamilyRule(**rule) for code, rule in illustrative()["families"].items()}


@cache
def lines() -> dict[str, LineRule]:
    """Return the rule of each packaging line by code."""
    return {code: LineRule(**rule) for code, rule in illustrative()["lines"].items()}


@cache
def supplies() -> tuple[SupplyRule, ...]:
    """Return the bought items, the first supplier of an item first."""
    return tuple(SupplyRule(**rule) for rule in illustrative()["supplies"]["items"])


def item_cost(item: str) -> float:
    """Return the price of a bought item at its first supplier, AUD."""
    return next(s.cost for s in supplies() if s.item == item)


def packaging(family: str) -> dict[str, float]:
    """Return units of each packaging item per pack."""
    return {item: illustrative()["packaging"][item] for item in (families()[family].pack, "CARTON")}
