"""The grid on which demand layers are laid: cells of product × location × channel, buckets, and the baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sop_xl.demand.buckets import bucket_starts
from sop_xl.model.calendar import Calendar
from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import Tables
from sop_xl.schema.catalogue import EVERYWHERE

KEY = ["product", "location", "channel"]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one source adds to (or takes from) demand.

    Attributes:
        layer: column of the consensus table, such as ``promotion``.
        source: campaign, opportunity, customer or book it comes from.
        reason: reason code.
        assumption_id: the assumption behind it, or empty.
        cells: rows of the grid it touches, each once.
        units: units per touched cell and bucket (len(cells) × buckets).
    """

    layer: str
    source: str
    reason: str
    assumption_id: str
    cells: np.ndarray
    units: np.ndarray


@dataclass(frozen=True, slots=True)
class DemandGrid:
    """Cells, buckets and baseline units.

    Attributes:
        cells: ``product, location, channel, family``, one row a cell, sorted.
        baseline: units per cell and bucket, >= 0.
        calendar: the buckets.
    """

    cells: pd.DataFrame
    baseline: np.ndarray
    calendar: Calendar

    def cells_of(self, code: str) -> np.ndarray:
        """Return the rows of a product, else of a family, else (ALL) of everything; empty where there are none."""
        if code == EVERYWHERE:
            return np.arange(len(self.cells))
        rows = np.flatnonzero((self.cells["product"] == code).to_numpy())
        return rows if rows.size else np.flatnonzero((self.cells["family"] == code).to_numpy())

    def spread(self, cells: np.ndarray, units: np.ndarray) -> np.ndarray:
        """Return units per bucket shared over cells by the baseline of the bucket (cells × buckets).

        A bucket without baseline is shared by the baseline of the whole horizon, and where there is none at all
        equally. Each column adds up to the units of its bucket.
        """
        own = self.baseline[cells]
        whole = own.sum(axis=1, keepdims=True)
        even = np.where(whole.sum() > 0, whole, 1.0)
        weight = np.where(own.sum(axis=0) > 0, own, even)
        return units * (weight / weight.sum(axis=0))

    def loss_of(self, product: str, cells: np.ndarray, units: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Return which cells of a cannibalised product lose how much: at the same location and channel if sold there.

        Args:
            product: the product that loses.
            cells: cells that gain.
            units: what is lost for each gaining cell and bucket, >= 0.
        """
        losing = np.flatnonzero((self.cells["product"] == product).to_numpy())
        if not losing.size:
            return None
        place = self.cells["location"] + "\0" + self.cells["channel"]
        same = {place.iloc[row]: position for position, row in enumerate(losing)}
        lost = np.zeros((losing.size, units.shape[1]))
        elsewhere = np.zeros(units.shape[1])
        for row, taken in zip(cells, units, strict=True):
            position = same.get(place.iloc[row])
            if position is None:
                elsewhere = elsewhere + taken
            else:
                lost[position] += taken
        return losing, -(lost + self.spread(losing, elsewhere))


def make_grid(tables: Tables, calendar: Calendar, baseline: pd.DataFrame) -> tuple[DemandGrid, list[Issue]]:
    """Return the grid of a baseline and of the products that layers add to it.

    A product without baseline gets the cells of its analogue (launch), of its family, or of the only place there
    is. Buckets that the baseline of a cell leaves out count as 0 and are reported.

    Args:
        tables: typed input tables.
        calendar: buckets of the plan.
        baseline: table ``baseline`` of the schema.
    """
    families = dict(zip(tables["products"]["product"], tables["products"]["family"], strict=True))
    issues: list[Issue] = []
    wide = baseline.groupby([*KEY, "period"])["baseline"].sum(min_count=1).unstack("period")
    wide = wide.reindex(columns=pd.DatetimeIndex(bucket_starts(calendar)))
    holes = wide.isna().sum(axis=1)
    if (holes > 0).any():
        first = " / ".join(wide.index[holes > 0][0])
        issues.append(
            Issue(
                Severity.WARNING,
                f"The baseline leaves out {int(holes.sum())} buckets of {int((holes > 0).sum())} series "
                f"(such as {first}); they count as 0.",
                "Give the baseline for every bucket of the horizon.",
                table="baseline",
            )
        )
    known = [tuple(key) for key in wide.index]
    wanted, problems = _added_cells(tables, families, known)
    issues += problems
    index = pd.MultiIndex.from_tuples(sorted(set(known) | wanted), names=KEY)
    units = wide.reindex(index).to_numpy(dtype=float)
    cells = index.to_frame(index=False).astype(object)
    cells["family"] = [families.get(product, "") for product in cells["product"]]
    return DemandGrid(cells, np.where(np.isnan(units), 0.0, units), calendar), issues


def _added_cells(
    tables: Tables, families: Mapping[str, str], known: Iterable[tuple[str, str, str]]
) -> tuple[set[tuple[str, str, str]], list[Issue]]:
    """Return the cells of products that have layers but no baseline."""
    places: dict[str, set[tuple[str, str]]] = {}
    for product, location, channel in known:
        places.setdefault(product, set()).add((location, channel))
    by_family: dict[str, set[tuple[str, str]]] = {}
    for product, found in places.items():
        by_family.setdefault(families.get(product, ""), set()).update(found)
    analogue = dict(zip(tables["launches"]["product"], tables["launches"]["analogue"], strict=True))
    override = tables["sales_forecast"][tables["sales_forecast"]["sales_override"].notna()]
    added = {
        (product, location, channel)
        for product, location, channel in override[KEY].itertuples(index=False)
        if (product in families and EVERYWHERE not in (location, channel))
        or _only(tables, "locations") == location == EVERYWHERE
    }
    new = {*analogue, *override["product"], *tables["pipeline"]["product"], *tables["account_changes"]["product"]}
    issues = []
    for product in sorted(new & set(families) - set(places)):
        found = places.get(analogue.get(product, ""), set()) or by_family.get(families[product], set())
        found = found or {place for places_of in places.values() for place in places_of}
        if not found and not any(cell[0] == product for cell in added):
            location, channel = _only(tables, "locations"), _only(tables, "channels")
            if location and channel:
                found = {(location, channel)}
            else:
                message = (
                    f"Where {product} is sold is not known: it has neither history nor baseline nor a family that has."
                )
                hint = "Give it a baseline, or name location and channel in the sales forecast."
                issues.append(Issue(Severity.ERROR, message, hint, table="sales_forecast"))
        added |= {(product, location, channel) for location, channel in found}
    return added, issues


def _only(tables: Tables, master: str) -> str:
    codes = tables[master][master.removesuffix("s")].unique()
    return str(codes[0]) if len(codes) == 1 else ""


def unknown_target(table: str, what: str, code: str) -> Issue:
    """Return the warning that a row names a product or family without demand in the plan."""
    return Issue(
        Severity.WARNING,
        f"{what} names {code}, which has no demand in the plan; nothing is added.",
        "Correct the code, or give the product a baseline.",
        table=table,
    )
