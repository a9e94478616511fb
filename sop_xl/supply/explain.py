"""Why demand is not met: the limit that binds, traced from each gap upstream through the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from sop_xl.supply.agreed_limits import EVERYTHING
from sop_xl.supply.elements import LeadTime, Node
from sop_xl.supply.limits import FULL, LimitUse, in_words, storage_code, supplier_code, when
from sop_xl.supply.results import Solved
from sop_xl.supply.shutdowns import lane_code


class Explain(StrEnum):
    """How much of the gap is explained: nothing, the causes (one solve), or the ways to close it too (a few more)."""

    NOTHING = "nothing"
    CAUSES = "causes"
    RELIEFS = "reliefs"


@dataclass(frozen=True, slots=True)
class Cause:
    """What keeps demand from being met: in words, the buckets, what one more hour or unit is worth, and which limit."""

    text: str
    periods: str = ""
    value: float = float("nan")
    limit: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """What lies upstream of a node.

    ``use`` is hours or units of a limit per unit of product; ``lead`` the longest time in buckets from any of them to
    the node; ``soonest`` the first bucket in which something newly made or bought can arrive; ``lots`` whether setups
    or smallest orders stand on the way.
    """

    use: Mapping[tuple[str, str], float]
    lead: int
    soonest: float
    lots: bool


_WORDS = {
    "resource": "{0} is full",
    "workforce": "{0} has no more people",
    "supplier": "{0} delivers no more {1}",
    "partner": "Partner {0} sells no more",
    "lane": "Lane {0} takes no more",
    "location": "{0} can handle no more",
    "storage": "Storage of {0} at {1} is full",
}
_OF_THE_PLAN = {
    "spend": "The budget is used up",
    "working capital": "Working capital is at its limit",
    "co2": "The CO2 limit is reached",
    "idle workers": "No more people may stand idle",
    "overtime hours": "No more overtime is allowed",
}


class Tracer:
    """Finds the cause of a gap; remembers what lies upstream of each node."""

    def __init__(self, s: Solved, uses: Sequence[LimitUse]) -> None:
        """Index the limits by name and bucket, and the network by what leads into a node."""
        self._s, self._n = s, s.network
        self._uses: dict[tuple[str, str], dict[int, LimitUse]] = {}
        for use in (use for use in uses if use.kind != "plan"):
            held = self._uses.setdefault((use.kind, use.code), {})
            known = held.get(use.period)
            held[use.period] = use if known is None or use.value > known.value else known
        self._whole = [use for use in uses if use.kind == "plan" and use.value > 0]
        self._known: dict[Node, Path] = {}

    def cause(self, node: Node, t: int, *, only_late: bool = False) -> Cause:
        """Return the cause of a gap at a product-location in a bucket; of one that is late, not lost, if so told.

        No more may be sold; nothing comes from anywhere; or nothing can arrive so early; else, among the limits
        upstream, that whose worth × use per unit is largest in the buckets that still count: the run of binding buckets
        that ends at the gap, or as many buckets before as the way takes. Without one: a limit of the whole plan, frozen
        or level production, a limit that is full without being worth anything alone, lots, or a price that does not
        pay.
        """
        if self._sold_out(node, t):
            return Cause(f"No more may be sold {when(self._n, [t])} (market limit)")
        path = self._path(node, frozenset())
        if path.soonest == float("inf"):
            return Cause("Nothing makes, buys or brings it here")
        if t < path.soonest:
            return Cause(self._too_early(path.soonest))
        best: tuple[float, tuple[str, str], list[int], float] | None = None
        for key, use in sorted(path.use.items()):
            run = self._run(key, t, path.lead, valued=True)
            if run:
                value = max(self._uses[key][b].value for b in run)
                if best is None or value * use > best[0]:
                    best = (value * use, key, run, value)
        if best is not None:
            _, key, run, value = best
            text = self._say(key, run) + (self._no_room(path, t) if key[0] != "storage" else "")
            return Cause(text, in_words(self._n, run), value, key)
        agreed = self._agreed(node, t, path.lead)
        if agreed is not None:
            return agreed
        for key in sorted(path.use):
            run = self._run(key, t, path.lead, valued=False)
            if run:
                return Cause(self._say(key, run), in_words(self._n, run), 0.0, key)
        if path.lots:
            return Cause("Setups, smallest lots or smallest orders make a further run not worth it")
        return Cause(f"Meeting it would cost more than {'being late does' if only_late else 'it is worth'}")

    def _sold_out(self, node: Node, t: int) -> bool:
        """Whether a market limit on all that is asked for at a product-location is used up in a bucket."""
        x, n = self._s.model.variables, self._n
        here = {s for s, series in enumerate(n.series) if series.node == node}
        held: set[int] = set()
        for limit in n.market:
            if isfinite(limit.most[t]):
                sold = sum(self._s.of(x.deliver.get((s, t))) for s in limit.series)
                held |= set(limit.series) if sold >= limit.most[t] * (1 - FULL) - FULL else set()
        return here <= held

    def _agreed(self, node: Node, t: int, lead: int) -> Cause | None:
        """Return the limit of the whole plan that binds in a bucket or before, or production that may not change."""
        n, x = self._n, self._s.model.variables
        window = range(max(0, t - lead), t + 1)
        found = [use for use in self._whole if set(use.periods) & set(window)]
        if found:
            worst = max(found, key=lambda use: use.value)
            run = [*worst.periods]
            text = f"{_OF_THE_PLAN[worst.code]} {when(n, run)}"
            return Cause(text, in_words(n, run), worst.value, ("plan", worst.code))
        here = {k for k, process in enumerate(n.processes) if (process.product, process.location) == node}
        here |= {k for a in n.arcs if (a.product, a.target) == node for k in self._made_at(a.product, a.origin)}
        for rule, level in enumerate(n.smoothing):
            held = [u for u in window if (rule, u) in x.rise and self._s.growth(x.rise[rule, u]) > 0]
            if held and here & set(level.processes):
                return Cause(f"Production may not rise faster {when(n, held)}", in_words(n, held))
        frozen = sorted({f.period for f in n.frozen if f.process in here and f.period in window})
        if frozen:
            return Cause(f"Production is frozen {when(n, frozen)}", in_words(n, frozen))
        return None

    def _made_at(self, product: str, location: str) -> list[int]:
        return [k for k, p in enumerate(self._n.processes) if (p.product, p.location) == (product, location)]

    def _too_early(self, soonest: float) -> str:
        if soonest > self._n.last:
            return "Stock is used up and nothing more can arrive within the horizon (lead time)"
        label = self._n.inputs.calendar.labels[int(soonest)]
        return f"Stock is used up and nothing more can arrive before {label} (lead time)"

    def _say(self, key: tuple[str, str], run: Sequence[int]) -> str:
        kind, code = key
        names = code.split("/", 1) if kind == "supplier" else code.rsplit("@", 1) if kind == "storage" else [code]
        return f"{_WORDS[kind].format(*names)} {when(self._n, run)}"

    def _no_room(self, path: Path, t: int) -> str:
        """Storage upstream in which more could have been built ahead of a gap, were there room; '' where there is."""
        rooms = []
        for key in sorted(path.use):
            full = [b for b, use in self._uses[key].items() if b < t and use.value > 0] if key[0] == "storage" else []
            if full:
                rooms.append((max(self._uses[key][b].value for b in full), key, sorted(full)))
        if not rooms:
            return ""
        _, (_, code), full = max(rooms)
        product, location = code.rsplit("@", 1)
        return f"; storage of {product} at {location} leaves no room to build ahead {when(self._n, full)}"

    def _run(self, key: tuple[str, str], t: int, lead: int, *, valued: bool) -> list[int]:
        held, run = self._uses.get(key, {}), []
        for bucket in range(t, -1, -1):
            use = held.get(bucket)
            if use is not None and (use.value > 0 if valued else use.full):
                run.append(bucket)
            elif run or bucket < t - lead:
                break
        return run[::-1]

    def _path(self, node: Node, above: frozenset[Node]) -> Path:
        if node in self._known:
            return self._known[node]
        if node in above:
            return Path({}, 0, float("inf"), False)
        path = self._trace(node, above | {node})
        if not above:
            self._known[node] = path
        return path

    def _trace(self, node: Node, above: frozenset[Node]) -> Path:
        n = self._n
        use: dict[tuple[str, str], float] = {}
        leads, soonest, lots = [0], [float("inf")], False

        def take(path: Path, lead: int, factor: float = 1.0) -> None:
            nonlocal lots
            for key, amount in path.use.items():
                use[key] = max(use.get(key, 0.0), amount * factor)
            leads.append(path.lead + lead)
            lots = lots or path.lots

        def limit(kind: str, code: str, amount: float) -> None:
            if (kind, code) in self._uses:
                use[kind, code] = max(use.get((kind, code), 0.0), amount)

        limit("storage", storage_code(*node), 1.0)
        limit("storage", storage_code(EVERYTHING, node.location), 1.0)
        limit("location", node.location, 1.0)
        for process in (p for p in n.processes if (p.product, p.location) == node):
            ready, factor = 0.0, 1.0
            for step in reversed(process.steps):
                for k in step:
                    route = n.routes[k]
                    limit("resource", route.resource, factor * route.hours / route.good)
                    for group in n.workforces:
                        if group.resource == route.resource:
                            limit("workforce", group.code, factor * route.labour / route.good)
                    lots = lots or (n.lots and route.in_lots)
                factor /= min(n.routes[k].good for k in step)
            for item, quantity in process.items:
                pool = n.pool_of(item, process.location)
                if pool is None:
                    ready = float("inf")
                    continue
                there = n.pools[pool]
                soon = 0.0 if there.opening > 0 else float("inf")
                for m in there.suppliers:
                    supplier = n.suppliers[m]
                    limit("supplier", supplier_code(supplier.code, item), quantity * factor)
                    leads.append(supplier.lead_time.buckets)
                    soon = min(soon, supplier.lead_time.first, _first(supplier.coming))
                    lots = lots or supplier.moq > 0
                ready = max(ready, soon)
            for part, quantity in process.parts:
                path = self._path(Node(part, process.location), above)
                take(path, 0, quantity * factor)
                stocked = n.stock[Node(part, process.location)].opening > 0
                ready = max(ready, 0.0 if stocked else path.soonest)
            soonest.append(ready)
        for offer in (o for o in n.offers if (o.product, o.location) == node):
            limit("partner", offer.partner, 1.0)
            leads.append(offer.lead_time.buckets)
            soonest.append(offer.lead_time.first)
        for arc in (a for a in n.arcs if (a.product, a.target) == node):
            limit("lane", lane_code(arc.origin, arc.target), 1.0)
            origin = Node(arc.product, arc.origin)
            path = self._path(origin, above)
            take(path, arc.lead_time.buckets)
            there = n.stock[origin]
            waiting = 0.0 if there.opening > 0 else _first(there.receipts)
            soonest.append(_after(arc.lead_time, min(path.soonest, waiting)))
        return Path(use, max(leads), min(soonest), lots)


def _after(lead: LeadTime, ready: float) -> float:
    """Bucket in which what is ready in a bucket can arrive; infinite where nothing does."""
    return next((float(lead.of(t)[0][0]) for t in lead.ordering if t >= ready), float("inf"))


def _first(units: Sequence[float]) -> float:
    """Position of the first bucket in which something comes; infinite where nothing does."""
    return next((float(t) for t, quantity in enumerate(units) if quantity > 0), float("inf"))
