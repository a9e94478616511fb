"""What the pages show of frozen forecasts and of the product review, as frozen values worked out before any HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from server.store import payload
from server.table_names import CYCLE, INPUTS
from sop_xl.demand.measured import MEASURED
from sop_xl.demand.snapshots import LAYERS
from sop_xl.product.obsolescence import SUNSET_RISK
from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.schema.frames import empty, typed
from sop_xl.schema.plain import records

MOST_PRODUCTS = 200
FIRST_LAG = "1"

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LagLine:
    """WAPE of a layer by months ahead, as a line of a chart."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class AccuracyPage:
    """Accuracy of the frozen forecasts.

    Attributes:
        last: the last layer that was given: the forecast people committed to.
        figures: that layer over all families, one month ahead; empty where nothing has been measured yet.
        naive: the naive layer beside it.
        stairs: what each step added, in order, with the interval.
        widest: largest distance from 0 among values and intervals of the stairs, for drawing them.
        people: the same by person, as far as the reader may see it.
        lags: months ahead.
        lines: WAPE by lag of every layer.
        families: the last layer by family, one month ahead.
        remarks: how overrides of products turned out, in words, as far as the reader may see it.
        drift: proposals with their decisions.
        cycles: cycles whose forecasts are frozen.
        held_back: accuracy of the baseline on the end of the history, all families first; empty where not known.
    """

    last: str
    figures: Row
    naive: Row
    stairs: tuple[Row, ...]
    widest: float
    people: tuple[Row, ...]
    lags: tuple[str, ...]
    lines: tuple[LagLine, ...]
    families: tuple[Row, ...]
    remarks: tuple[Row, ...]
    drift: tuple[Row, ...]
    cycles: tuple[str, ...]
    held_back: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ProductsPage:
    """The product review, the products at most risk first.

    Attributes:
        rows: rows of the review with description and phase of the product master: those with a sign, a proposal, an
            action or stock too many.
        quiet: the others.
        products: how many products there are.
        at_risk: how many have a score of 50 and more.
        stock_at_risk: value of their stock.
        excess: value of all excess stock.
        obsolete: value of all obsolete stock.
        proposed: how many sunsets are proposed that nobody has answered.
    """

    rows: tuple[Row, ...]
    quiet: tuple[Row, ...]
    products: int
    at_risk: int
    stock_at_risk: float
    excess: float
    obsolete: float
    proposed: int


def accuracy_page(content: bytes, may_see: Callable[[str], bool]) -> AccuracyPage:
    """Return what the accuracy page shows of a version.

    Args:
        content: payload of the version.
        may_see: whether the reader may see what is said about a person.
    """
    tables = {name: _table(content, f"{CYCLE}{name}", name) for name in MEASURED}
    frozen = _table(content, f"{INPUTS}forecast_snapshots", "forecast_snapshots")
    by_lag, added, record = (tables[name] for name in MEASURED[:3])
    whole = by_lag[(by_lag["family"] == EVERYWHERE)]
    given = [layer for layer in LAYERS if (whole["layer"] == layer).any()]
    last = given[-1] if given else ""
    first = whole[whole["lag"] == FIRST_LAG].set_index("layer")
    lags = sorted(set(whole["lag"]) - {EVERYWHERE}, key=int)
    stairs = tuple(records(added[(added["family"] == EVERYWHERE) & (added["person"] == EVERYWHERE)]))
    people = [row for row in records(added[added["person"] != EVERYWHERE]) if may_see(row["person"])]
    said = record[(record["text"] != "") & (record["product"] != EVERYWHERE) & (record["person"] != EVERYWHERE)]
    bounds = [row[name] for row in (*stairs, *people) for name in ("value_added", "low", "high")]
    return AccuracyPage(
        last=last,
        figures=_only(first, last),
        naive=_only(first, "naive"),
        stairs=stairs,
        widest=max((abs(bound) for bound in bounds if bound is not None), default=0.0) or 1.0,
        people=tuple(people),
        lags=tuple(lags),
        lines=tuple(_line(whole, layer, lags) for layer in given),
        families=_families(by_lag, last),
        remarks=tuple(row for row in records(said) if may_see(row["person"])),
        drift=tuple(records(tables["drift_proposals"])),
        cycles=tuple(sorted(set(frozen["cycle"]))),
        held_back=tuple(records(_table(content, f"{CYCLE}forecast_accuracy", "forecast_accuracy"))),
    )


def _table(content: bytes, stored: str, name: str) -> pd.DataFrame:
    found = payload.table(content, stored)
    return empty(name) if found is None else typed(name, found.to_pandas())


def _only(frame: pd.DataFrame, layer: str) -> Row:
    return records(frame.loc[[layer]].reset_index())[0] if layer in frame.index else {}


def _line(whole: pd.DataFrame, layer: str, lags: Sequence[str]) -> LagLine:
    own = whole[whole["layer"] == layer].set_index("lag")["wape"]
    return LagLine(layer, tuple(None if pd.isna(value) else float(value) for value in own.reindex(lags)))


def _families(by_lag: pd.DataFrame, last: str) -> tuple[Row, ...]:
    """Return the last layer and the naive by family one month ahead, the least accurate first."""
    first = by_lag[(by_lag["lag"] == FIRST_LAG) & (by_lag["family"] != EVERYWHERE)]
    naive = first[first["layer"] == "naive"].set_index("family")["wape"]
    own = first[first["layer"] == last].sort_values("wape", ascending=False, kind="stable")
    return tuple(records(own.assign(naive_wape=own["family"].map(naive))))


def products_page(content: bytes) -> ProductsPage:
    """Return what the products page shows of a version.

    Args:
        content: payload of the version.
    """
    review = _table(content, f"{CYCLE}rationalisation", "rationalisation")
    master = _table(content, f"{INPUTS}products", "products")
    own = review.merge(master[["product", "family", "description", "phase", "successor", "end_of_life"]], on="product")
    ranked = own.sort_values(["risk", "obsolete_value"], ascending=False, kind="stable")
    too_many = (ranked["excess_value"] > 0) | (ranked["obsolete_value"] > 0)
    telling = too_many | (ranked["risk"] > 0) | ranked["proposed_last_buy"].notna() | (ranked["action"] != "")
    risky = own[own["risk"] >= SUNSET_RISK]
    open_ones = own["proposed_end"].notna() & (own["action"] == "")
    return ProductsPage(
        rows=tuple(records(ranked[telling], MOST_PRODUCTS)),
        quiet=tuple(records(ranked[~telling], MOST_PRODUCTS)),
        products=len(own),
        at_risk=len(risky),
        stock_at_risk=float(risky["stock_value"].sum()),
        excess=float(own["excess_value"].sum()),
        obsolete=float(own["obsolete_value"].sum()),
        proposed=int(open_ones.sum()),
    )
