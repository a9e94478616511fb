"""What a scenario is: named drivers on a parent; something that may happen, something we may decide, or both."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

BASE = "base"


class Kind(StrEnum):
    """Who decides whether a scenario comes true.

    Only *base* and *choice* can be recommended: nobody chooses that demand falls or a supplier fails. A *test* is a
    choice that is only shown, such as a price move of the standard set.
    """

    BASE = "base"
    CHOICE = "choice"
    EVENT = "event"
    RESPONSE = "response"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Driver:
    """One change of the inputs: what changes, where, by how much, and in which buckets.

    Attributes:
        driver: name of the driver, such as ``demand_pct``.
        target: what it acts on, see :data:`sop_xl.scenario.scope.TARGETS`; ALL for every one.
        value: a fraction for ``_pct`` (0.15 = +15 %), months or buckets for delays, the value itself for
            ``signal_value``; not used by down, out, closed.
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
class Option:
    """A lever we may pull, with its size and price: always a choice.

    Attributes:
        name: of the option or relief; it becomes the code of the capacity, partner or supplier that is added.
        lever: kind of lever, see :func:`sop_xl.scenario.options.pull`.
        target: resource, product, family, item, channel, ITEM@SUPPLIER, partner or lane (FROM>TO) it acts on.
        size: hours or units per month; for a lever in per cent the share of what is there. Infinite: no limit.
        price: money per hour or unit used.
        fixed_cost: money for pulling it at all.
        first: position of the first bucket.
        last: position of the last bucket, included.
        title: what is done, in words; '' where the name says it.
    """

    name: str
    lever: str
    target: str
    size: float
    price: float
    fixed_cost: float
    first: int
    last: int
    title: str = ""

    @property
    def ours(self) -> bool:
        """True: pulling an option is always our decision."""
        return True


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named what-if with everything it changes against the base plan.

    Attributes:
        name: identifier.
        title: what happens, in a line.
        parent: scenario it starts from; '' for the base plan.
        drivers: what it changes, that of its parents first.
        inherited: how many of the drivers come from its parents.
        ours: ``yes`` or ``no`` where people say whether we decide it; '' where its drivers tell.
    """

    name: str
    title: str
    parent: str = ""
    drivers: tuple[Driver | Option, ...] = ()
    inherited: int = 0
    ours: str = ""

    @property
    def kind(self) -> Kind:
        """Base, choice, event, test, or response: a choice made once its parent's event has come.

        A scenario without drivers of its own on an event is a response too: to change nothing.
        """
        if self.name == BASE:
            return Kind.BASE
        decided = all(driver.ours for driver in self.drivers[self.inherited :])
        if self.ours == "no":
            return Kind.TEST if decided else Kind.EVENT
        if self.ours != "yes" and not decided:
            return Kind.EVENT
        return Kind.CHOICE if all(driver.ours for driver in self.drivers[: self.inherited]) else Kind.RESPONSE

    @property
    def fixed_cost(self) -> float:
        """Money that deciding for it costs once, whatever the plan then does."""
        return sum(driver.fixed_cost for driver in self.drivers if isinstance(driver, Option))
