"""What a scenario is: named drivers on a parent; something that may happen, something we may decide, or both."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

BASE = "base"


class Kind(StrEnum):
    """Who decides whether a scenario comes true.

    Only *base* and *choice* can be recommended: nobody chooses that demand falls or a supplier fails.
    """

    BASE = "base"
    CHOICE = "choice"
    EVENT = "event"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class Driver:
    """One change of the inputs: what changes, where, by how much, and in which buckets.

    Attributes:
        driver: name of the driver, such as ``demand_pct``.
        target: family, product, channel, resource, supplier, item, partner or lane (FROM>TO); ALL for every one.
        value: a fraction for ``_pct`` (0.15 = +15 %), months or buckets for delays; not used by down, out, closed.
        first: position of the first bucket.
        last: position of the last bucket, included.
        whole: True where no period was given: the driver holds over the whole horizon.
    """

    driver: str
    target: str
    value: float
    first: int
    last: int
    whole: bool

    @property
    def ours(self) -> bool:
        """True where we decide it ourselves: our price, more capacity."""
        return self.driver == "price_pct" or (self.driver == "capacity_pct" and self.value > 0)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named what-if with everything it changes against the base plan.

    Attributes:
        name: identifier.
        title: what happens, in a line.
        parent: scenario it starts from; '' for the base plan.
        drivers: its own drivers, after those of its parents.
        options: options (rows of the table ``options``) it pulls, after those of its parents.
        inherited: how many of the drivers come from its parents.
    """

    name: str
    title: str
    parent: str = ""
    drivers: tuple[Driver, ...] = ()
    options: tuple[str, ...] = ()
    inherited: int = 0

    @property
    def kind(self) -> Kind:
        """Base, choice, event, or response: a choice made once its parent's event has come."""
        if not self.drivers and not self.options:
            return Kind.BASE if self.name == BASE else Kind.CHOICE
        if all(driver.ours for driver in self.drivers):
            return Kind.CHOICE
        own = self.drivers[self.inherited :]
        if all(driver.ours for driver in own) and (own or self.options):
            return Kind.RESPONSE
        return Kind.EVENT
