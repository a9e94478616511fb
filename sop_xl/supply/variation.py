"""What differs in a what-if of a plan, as numbers by position of thing and bucket; and the network it makes."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from itertools import pairwise

import numpy as np

from sop_xl.supply.elements import Network, Resource, Series, Supplier


@dataclass(frozen=True, slots=True, eq=False)
class Variation:
    """New numbers of a what-if, one a thing and bucket; None: as in the base network.

    Targets and prices of stock and the prices of late and lost units stay those of the base network: a what-if of this
    kind is weather, not another policy.

    Attributes:
        name: of the what-if.
        demand: units of every series, shape (series, buckets).
        regular: regular hours of every resource, shape (resources, buckets).
        overtime: most overtime hours of every resource, same shape.
        supply: most units of every supplier, shape (suppliers, buckets).
        price: change of the price of every series in parts (0.05 is 5 % dearer), shape (series, buckets).
    """

    name: str
    demand: np.ndarray | None = None
    regular: np.ndarray | None = None
    overtime: np.ndarray | None = None
    supply: np.ndarray | None = None
    price: np.ndarray | None = None

    @property
    def changed(self) -> dict[str, np.ndarray]:
        """Its numbers by name, those that stay left out."""
        held = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "name"}
        return {name: numbers for name, numbers in held.items() if numbers is not None}


def base_numbers(n: Network) -> dict[str, np.ndarray]:
    """Return what a variation may change, as it is in a network; price is a change and starts at 0."""
    periods = len(n.lengths)
    none = np.zeros((0, periods))
    demand = np.array([s.demand for s in n.series]) if n.series else none
    return {
        "demand": demand,
        "regular": np.array([r.regular for r in n.resources]) if n.resources else none,
        "overtime": np.array([r.overtime for r in n.resources]) if n.resources else none,
        "supply": np.array([m.limit for m in n.suppliers]) if n.suppliers else none,
        "price": np.zeros_like(demand),
    }


def varied(n: Network, variation: Variation) -> Network:
    """Return the network of a what-if; the one given stays as it is.

    Raises:
        ValueError: an array has another shape than the network.
    """
    known = base_numbers(n)
    for name, numbers in variation.changed.items():
        if numbers.shape != known[name].shape:
            raise ValueError(f"{name} has the shape {numbers.shape}; the network has {known[name].shape}")
    series: list[Series] = list(n.series)
    resources: list[Resource] = list(n.resources)
    suppliers: list[Supplier] = list(n.suppliers)
    if variation.demand is not None:
        series = [replace(s, demand=tuple(row)) for s, row in zip(series, variation.demand.tolist(), strict=True)]
    if variation.price is not None:
        series = [_priced(n, s, row) for s, row in zip(series, variation.price, strict=True)]
    if variation.regular is not None:
        rows = variation.regular.tolist()
        resources = [replace(r, regular=tuple(row)) for r, row in zip(resources, rows, strict=True)]
    if variation.overtime is not None:
        rows = variation.overtime.tolist()
        resources = [replace(r, overtime=tuple(row)) for r, row in zip(resources, rows, strict=True)]
    if variation.supply is not None:
        suppliers = [replace(m, limit=tuple(row)) for m, row in zip(suppliers, variation.supply.tolist(), strict=True)]
    return replace(n, series=tuple(series), resources=tuple(resources), suppliers=tuple(suppliers))


def _priced(n: Network, series: Series, change: np.ndarray) -> Series:
    price = tuple((np.array(series.price) * (1 + change)).tolist())
    net = tuple((np.array(series.net_price) * (1 + change)).tolist())
    rise = tuple(max(0.0, after - now) if n.for_profit else 0.0 for now, after in pairwise(net))
    return replace(series, price=price, net_price=net, rise=(*rise, 0.0))
