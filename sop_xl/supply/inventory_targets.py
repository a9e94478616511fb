"""Safety stock per product-location from a service target, the error of the forecast, lead time and review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, sqrt

import numpy as np

from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.demand_error import STATED, DemandErrors, demand_of
from sop_xl.supply.elements import Arc, LeadTime, Node, Offer, PerBucket
from sop_xl.supply.lead_time import UNITS
from sop_xl.supply.lead_time_demand import (
    LeadTimeDemand,
    LumpyDemand,
    SmoothDemand,
    stock_for_cycle_service,
    stock_for_fill_rate,
    units_short,
)
from sop_xl.supply.policy import SERVICE, Policies, Policy, months_ahead

CYCLE_SERVICE = "cycle service"
MOST_SERVICE = 0.9999
_MONTH_DAYS = 30.4375


@dataclass(frozen=True, slots=True)
class InventoryTarget:
    """The target of stock at a product-location and what it stands on; times in the unit of the rates.

    Attributes:
        safety: safety stock at the end of each bucket, in units.
        demand: units asked per month (or bucket), own and of the locations pooled here.
        spread: standard deviation of demand over lead time and review; NaN where nothing tells it.
        source: where it is known from; empty where nothing tells it.
        lumpy: True where demand is made of few orders.
        lead_time, lead_time_sd, review: as planned with.
        quantity: units per order, or demand of a review.
        apart: safety stock if each location pooled here held its own; NaN where none is pooled.
        pooled_at: location that holds the safety stock in place of this one; empty: here.
        cycle_service, fill_rate: to be expected with this safety stock; NaN where the spread is not known.
    """

    safety: PerBucket
    demand: float
    spread: float
    source: str
    lumpy: bool
    lead_time: float
    lead_time_sd: float
    review: float
    quantity: float
    apart: float
    pooled_at: str
    cycle_service: float
    fill_rate: float


class Targets:
    """Works out targets of stock: what is asked where, how far it may be off, how long a refill takes."""

    def __init__(
        self,
        inputs: PlanningInputs,
        policies: Policies,
        nodes: Iterable[Node],
        own: Mapping[Node, Sequence[float]],
        arcs: Sequence[Arc],
        offers: Sequence[Offer],
    ) -> None:
        """Index who pools where and how long each way in takes."""
        self._inputs, self._policies, self._own = inputs, policies, dict(own)
        self._lengths = [inputs.period_length(t) for t in range(len(inputs.calendar))]
        self._nodes = set(nodes)
        self._errors: DemandErrors | None = None
        self._ways: dict[Node, float] = {}
        ways = [(Node(arc.product, arc.target), arc.lead_time) for arc in arcs]
        ways += [(Node(offer.product, offer.location), offer.lead_time) for offer in offers]
        for node, lead in ways:
            self._ways[node] = max(self._ways.get(node, 0.0), self._mean_delay(lead))
        self._members: dict[Node, list[Node]] = {}
        for node in sorted(self._nodes):
            hub = self._hub(node)
            if hub is not None:
                self._members.setdefault(hub, []).append(node)

    def by_service(self) -> tuple[dict[Node, InventoryTarget], list[Issue]]:
        """Return the targets of the product-locations whose policy is *service*, and what keeps one from being set."""
        found: dict[Node, InventoryTarget] = {}
        issues: list[Issue] = []
        for node in sorted(self._nodes):
            row = self._policies.of(node)
            if row is None or row["method"] != SERVICE:
                continue
            found[node] = self.of(node, row)
            issues += self._remarks(node, row, found[node])
        return found, issues

    def of(self, node: Node, row: Policy, safety: PerBucket | None = None) -> InventoryTarget:
        """Return the target of a product-location.

        Demand over lead time L and review R after each bucket: mean of the plan, σ² = (relative error × mean)² +
        (rate × σ_L)². Smooth demand is normal; lumpy demand is a random number of orders of random size, and its safety
        stock is that of an average month throughout. A deviation stated at a location where nobody asks is that of all
        demand pooled there.

        Args:
            node: product-location.
            row: its policy.
            safety: the safety stock where it is stated; left out: set for the service target, at least ``min_stock``.
        """
        hub = self._hub(node)
        members = [] if hub is not None else [node, *self._members.get(node, ())]
        lead, lead_sd, review = self._times(node, row)
        asked = demand_of(members or [node], self._own, len(self._lengths))
        rate = float(asked.sum()) / sum(self._lengths)
        demand, before, quantity, known, lumpy = self._over(members, row, asked, (lead, lead_sd, review))
        if safety is None:
            least = float(row["min_stock"]) if hub is None else 0.0
            wanted = np.zeros(len(asked)) if demand is None else self._wanted(demand, before, quantity, row)
            safety = tuple(np.maximum(wanted, least).tolist())
        expected = (float("nan"), float("nan"))
        if demand is not None and quantity.sum() > 0:
            stock = demand.mean + np.array(safety)
            missing = units_short(demand, before, quantity, stock).sum()
            expected = (float(1 - demand.above(stock).mean()), float(1 - missing / quantity.sum()))
        apart = float("nan")
        if len(members) > 1:
            alone = (self._alone(member, row) for member in members if member in self._own)
            apart = float(sum(np.mean(each) for each in alone))
        return InventoryTarget(
            safety=safety,
            demand=rate,
            spread=float("nan") if demand is None else _spread(demand),
            source=known,
            lumpy=lumpy,
            lead_time=lead,
            lead_time_sd=lead_sd,
            review=review,
            quantity=float(quantity.mean()),
            apart=apart,
            pooled_at="" if hub is None else hub.location,
            cycle_service=expected[0],
            fill_rate=expected[1],
        )

    def _alone(self, node: Node, row: Policy) -> np.ndarray:
        """Return the safety stock that a location would hold for its own demand with the policy of its pool."""
        asked = demand_of([node], self._own, len(self._lengths))
        demand, before, quantity, _, _ = self._over([node], row, asked, self._times(node, row))
        return np.zeros(len(asked)) if demand is None else self._wanted(demand, before, quantity, row)

    def _wanted(
        self, demand: LeadTimeDemand, before: LeadTimeDemand | None, quantity: np.ndarray, row: Policy
    ) -> np.ndarray:
        service = min(float(row["service_target"]), MOST_SERVICE)
        if row["service_measure"] == CYCLE_SERVICE:
            stock = stock_for_cycle_service(demand, service)
        else:
            stock = stock_for_fill_rate(demand, before, quantity, service)
        return np.broadcast_to(np.maximum(stock - demand.mean, 0.0), quantity.shape)

    def _over(
        self, members: Sequence[Node], row: Policy, asked: np.ndarray, times: tuple[float, float, float]
    ) -> tuple[LeadTimeDemand | None, LeadTimeDemand | None, np.ndarray, str, bool]:
        """Return demand over lead time and review, over the lead time, units per order, source and pattern.

        The second is None where a fixed quantity is ordered; the first where nothing tells how far demand may be off.
        """
        lead, lead_sd, review = times
        whole, until = self._ahead(asked, lead + review), self._ahead(asked, lead)
        fixed = float(row["order_quantity"]) if row["order_quantity"] > 0 else None
        continuous = fixed is not None or review == 0
        usual = self._ahead(asked, lead + 1.0) - until if review == 0 else whole - until
        quantity = np.full(len(asked), fixed) if fixed is not None else usual
        whole_pool = members[:1] if members and members[0] not in self._own and self._stated(members[0]) else []
        asking = whole_pool or [member for member in members if member in self._own]
        stated = {m: sd for m in asking if (sd := self._stated(m)) is not None}
        rest = [m for m in asking if m not in stated]
        error = self._known.of(rest, lead + review) if rest and asked.sum() > 0 else None
        if not stated and error is None:
            return None, None, quantity, "", False
        if error is not None and error.lumps is not None and not stated:
            per_unit = float(asked.sum()) / sum(self._lengths) / error.lumps.size
            undershoot = (error.lumps.size**2 + error.lumps.sd**2) / (2 * error.lumps.size) if review == 0 else 0.0

            def over(time: float) -> LumpyDemand:
                orders = per_unit * time
                assert error is not None and error.lumps is not None
                varying = orders + (per_unit * lead_sd) ** 2
                return LumpyDemand(orders, varying, error.lumps.size, error.lumps.sd, undershoot)

            typical = np.full(len(asked), quantity.mean())
            return over(lead + review), None if continuous else over(lead), typical, error.source, True
        fixed_variance = sum(sd**2 for sd in stated.values())
        part = demand_of(rest, self._own, len(asked)).sum() / asked.sum() if asked.sum() > 0 else 0.0

        def smooth(time: float, mean: np.ndarray) -> SmoothDemand:
            share = 0.0 if error is None else (error.relative * part) ** 2 * (lead + review)
            variance = fixed_variance * time + share * mean**2 / max(time, 1e-9)
            speed = mean / time if time > 0 else self._ahead(asked, 1.0)
            return SmoothDemand(mean, np.sqrt(variance + (speed * lead_sd) ** 2))

        source = STATED if error is None else error.source if not stated else f"{error.source}, {STATED}"
        return smooth(lead + review, whole), None if continuous else smooth(lead, until), quantity, source, False

    @property
    def _known(self) -> DemandErrors:
        if self._errors is None:
            self._errors = DemandErrors(self._inputs)
        return self._errors

    def _stated(self, node: Node) -> float | None:
        row = self._policies.of(node)
        return None if row is None or isnan(row["demand_sd"]) else float(row["demand_sd"])

    def _ahead(self, asked: np.ndarray, time: float) -> np.ndarray:
        return np.array(months_ahead(asked.tolist(), self._lengths, time)) if time > 0 else np.zeros(len(asked))

    def _hub(self, node: Node) -> Node | None:
        row = self._policies.of(node)
        if row is None or row["method"] != SERVICE or row["pooled_at"] in ("", node.location):
            return None
        hub = Node(node.product, str(row["pooled_at"]))
        return hub if hub in self._nodes else None

    def _times(self, node: Node, row: Policy) -> tuple[float, float, float]:
        unit = str(row["lead_time_unit"])
        lead = self._ways.get(node, 0.0) if isnan(row["lead_time"]) else self._time(row["lead_time"], unit)
        review = 1.0 if isnan(row["review_period"]) else self._time(row["review_period"], unit)
        return lead, self._time(row["lead_time_sd"], unit), review

    def _time(self, length: float, unit: str) -> float:
        """Return a time in the unit of the rates: months, or buckets."""
        if not unit:
            return float(length)
        bucket = self._inputs.calendar.buckets[0].months
        months = float(length) * ({"months": 1.0, "buckets": bucket}.get(unit) or UNITS[unit] / _MONTH_DAYS)
        return months / bucket if self._inputs.settings["rates_per"] == "bucket" else months

    def _mean_delay(self, lead: LeadTime) -> float:
        """Return the average time from order to arrival of what the first bucket orders."""
        starts = np.concatenate([[0.0], np.cumsum(self._lengths)])
        return float(sum(share * starts[u] for u, share in lead.of(0)))

    def _remarks(self, node: Node, row: Policy, target: InventoryTarget) -> list[Issue]:
        where = f"{node.product} at {node.location}"
        place = self._inputs.place("inventory_policy", int(row["row"]), "method")
        found = []

        def remark(message: str, hint: str) -> None:
            found.append(Issue(Severity.WARNING, message, hint, **place))

        hub = str(row["pooled_at"])
        if hub and hub != node.location:
            other = self._policies.of(Node(node.product, hub))
            if not target.pooled_at:
                remark(f"{where} pools its safety stock at {hub}, where none of it can lie: it is held here.", _POOL)
            elif other is None or other["method"] != SERVICE:
                remark(f"{where} pools its safety stock at {hub}, whose own method is not service.", _POOL)
        elif not target.source and target.demand > 0:
            remark(
                f"Nothing tells how far demand of {where} may be off: its safety stock is only the Min of the policy.",
                "Give a history, a baseline with P10 and P90, or the standard deviation of demand in the policy.",
            )
        elif target.demand == 0:
            remark(
                f"Nobody asks for {where}, and no location pools its safety stock there: a service needs none.",
                "State Pooled at = this location in the policy of the locations it serves, or a Min in units.",
            )
        if not 0 < row["service_target"] < 1:
            remark(
                f"A service of {row['service_target']:.0%} for {where} is no target: "
                f"{'none is held' if row['service_target'] <= 0 else f'{MOST_SERVICE:.2%} is planned'}.",
                "Give a share above 0 and below 100 %.",
            )
        return found


_POOL = "Correct Pooled at, or give that location a policy with the method service."


def _spread(demand: LeadTimeDemand) -> float:
    if isinstance(demand, LumpyDemand):
        return sqrt(demand.orders * demand.size_sd**2 + demand.orders_var * demand.size**2)
    assert isinstance(demand, SmoothDemand)
    return float(demand.sd.mean())
