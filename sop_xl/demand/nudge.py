"""How earlier overrides turned out, said at the moment of the next one: a look in the mirror, never a verdict."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from sop_xl.schema import frames
from sop_xl.schema.catalogue import EVERYWHERE

LAST = 12
"""Overrides that are looked back on, at most."""
ENOUGH = 4
"""Overrides below which nothing is said."""
WORTH_SAYING, MOSTLY = 0.05, 0.75
"""Least median error, and least share of the overrides on its side, for a remark."""

ROUNDED_AWAY = 0.005
UPWARD, DOWNWARD = "upward", "downward"


def track_record(compared: pd.DataFrame) -> pd.DataFrame:
    """Return how the last overrides of sales turned out, by person, product and direction (table ``track_record``).

    An override is a product's forecast for a period that sales changed, as it stood when it was last frozen, over all
    places and channels. The last twelve whose period has passed count; where nothing was sold the share is not
    defined and the override is left out. Rows of person ALL are those of everybody in sales, rows of product ALL those
    of all products.

    Args:
        compared: frozen forecasts beside actuals, see :func:`sop_xl.demand.snapshots.compared`.
    """
    if compared.empty or not {"sales", "statistical", "sales_person"} <= set(compared.columns):
        return frames.empty("track_record")
    changed = compared[(compared["sales_person"] != "") & compared["statistical"].notna()]
    if changed.empty:
        return frames.empty("track_record")
    total = changed.rename(columns={"sales_person": "who"}).sort_values(["product", "period", "lag", "cycle"])
    total = total.drop_duplicates(["product", "period"], keep="first")
    total = total[(total["actual"] > 0) & (total["sales"] != total["statistical"])]
    direction = np.where(total["sales"] > total["statistical"], UPWARD, DOWNWARD)
    return frames.rows("track_record", _records(total.assign(direction=direction)))


def _records(total: pd.DataFrame) -> Iterator[dict[str, object]]:
    for person, own in [(EVERYWHERE, total), *total.groupby("who", sort=True)]:
        for product, rows in [(EVERYWHERE, own), *own.groupby("product", sort=True)]:
            for direction, part in rows.groupby("direction", sort=True):
                yield _record(str(person), str(product), str(direction), part)


def _record(person: str, product: str, direction: str, part: pd.DataFrame) -> dict[str, object]:
    last = part.sort_values(["period", "product"]).tail(LAST)
    off, off_before = (last[name] / last["actual"] - 1 for name in ("sales", "statistical"))
    helped = off.abs() < off_before.abs()
    record = {
        "person": person,
        "product": product,
        "direction": direction,
        "overrides": len(last),
        "median_error": float(off.median()),
        "median_error_before": float(off_before.median()),
        "helped": float(helped.mean()),
    }
    subject = "" if product == EVERYWHERE else f" of {product}"
    begin = f"Your last {len(last)} {direction} overrides{subject}"
    if person == EVERYWHERE:
        begin = f"The last {len(last)} {direction} overrides{subject} by sales"
    return {**record, "text": _remark(begin, off.to_numpy(), float(off_before.median()), int(helped.sum()))}


def _remark(begin: str, off: np.ndarray, before: float, helped: int) -> str:
    """Return what is said of a record; '' where there are too few, or they were neither off nor of help."""
    count, median = off.size, float(np.median(off))
    if count < ENOUGH:
        return ""
    if helped >= MOSTLY * count:
        return f"{begin} came closer to sales than the baseline in {helped} of {count} cases."
    same_side = float(np.mean(np.sign(off) == np.sign(median)))
    if abs(median) >= WORTH_SAYING and same_side >= MOSTLY:
        return f"{begin} were {_side(median)} by a median {abs(median):.0%}; the baseline was {_baseline(before)}."
    return ""


def _baseline(before: float) -> str:
    return "right in the middle" if abs(before) < ROUNDED_AWAY else f"{_side(before)} by {abs(before):.0%}"


def _side(error: float) -> str:
    return "high" if error > 0 else "low"


def nudges(sales_forecast: pd.DataFrame, record: pd.DataFrame, person: str = "") -> list[tuple[int, str]]:
    """Return what is said about overrides, as row of the table and text: once a product and direction.

    The record of the person on this product counts; without one that of everybody in sales on it. Nothing is said
    about other products.

    Args:
        sales_forecast: schema table ``sales_forecast``, with the baseline beside the overrides.
        record: schema table ``track_record``.
        person: who overrides; '' where that is not known.
    """
    said = record[(record["text"] != "") & (record["product"] != EVERYWHERE)]
    texts = {(row["person"], row["product"], row["direction"]): str(row["text"]) for row in said.to_dict("records")}
    known = sales_forecast["sales_override"].notna() & sales_forecast["baseline"].notna()
    different = (sales_forecast["sales_override"] - sales_forecast["baseline"]).abs() > 1e-6
    found: dict[tuple[str, str], tuple[int, str]] = {}
    for row in np.flatnonzero(known & different):
        entry = sales_forecast.iloc[row]
        direction = UPWARD if entry["sales_override"] > entry["baseline"] else DOWNWARD
        place = (str(entry["product"]), direction)
        text = texts.get((person, *place)) or texts.get((EVERYWHERE, *place))
        if text and place not in found:
            found[place] = (int(row), text)
    return list(found.values())
