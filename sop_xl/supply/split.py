"""From families to products: totals split in whole units that add up exactly, by largest remainder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd


def largest_remainder(totals: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return totals split by shares: whole units, each within one unit of its exact part, that add up to the total.

    Every part gets the whole units of its exact part; units that are left go to the largest remainders, the first of
    equal ones. A total that is not whole keeps its fraction: the part with most takes it.

    Args:
        totals: shape (cells,), at least 0.
        shares: shape (parts, cells), at least 0; a cell whose shares are all 0 is split evenly.

    Returns:
        Shape (parts, cells).

    References:
        Balinski & Young (2001), Fair Representation: the method of Hamilton.
    """
    parts = len(shares)
    sums = shares.sum(axis=0)
    weights = np.where(sums > 0, shares / np.where(sums > 0, sums, 1.0), 1.0 / parts)
    whole = np.floor(totals + 1e-9)
    exact = weights * whole
    units = np.floor(exact + 1e-9)
    left = np.rint(whole - units.sum(axis=0)).astype(int)
    order = np.argsort(-(exact - units), axis=0, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(parts)[:, None], axis=0)
    units += rank < left
    cells = np.arange(len(totals))
    units[units.argmax(axis=0), cells] += np.maximum(totals - whole, 0.0)
    return units


def split_table(
    table: pd.DataFrame, shares: pd.DataFrame, measures: Sequence[str], keys: Sequence[str] = ("location", "period")
) -> pd.DataFrame:
    """Return a table of families as one of products: every measure split exactly, other columns left out.

    Args:
        table: one row a family and key; the family in its column ``product``.
        shares: ``product, family`` and the keys, and ``share``: what a product weighs within its family there. A family
            without any weight at a key is split by its weights over all keys, and evenly where it has none at all.
        measures: columns to split.
        keys: columns that make a row of a family, beside the family.
    """
    names = list(keys)
    members: Mapping[str, list[str]] = shares.groupby("family")["product"].unique().map(sorted).to_dict()
    weight = shares.groupby(["product", *names])["share"].sum()
    overall = shares.groupby("product")["share"].sum()
    found = []
    for family, rows in table.groupby("product", sort=True):
        products = members.get(str(family), [str(family)])
        index = pd.MultiIndex.from_frame(rows[names])
        weights = np.zeros((len(products), len(rows)))
        for k, product in enumerate(products):
            if product in weight.index.get_level_values(0):
                own = weight.loc[product]
                own = own if isinstance(own.index, pd.MultiIndex) else own.rename_axis(names[0])
                weights[k] = own.reindex(index if len(names) > 1 else index.get_level_values(0)).fillna(0.0)
        bare = weights.sum(axis=0) == 0
        weights[:, bare] = np.array([overall.get(product, 0.0) for product in products])[:, None]
        part = {name: largest_remainder(rows[name].to_numpy(), weights).ravel() for name in measures}
        many = len(products)
        found.append(
            pd.DataFrame(
                {
                    "family": str(family),
                    "product": np.repeat(products, len(rows)),
                    **{name: np.tile(rows[name].to_numpy(), many) for name in names},
                    **part,
                }
            )
        )
    columns = ["family", "product", *names, *measures]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)
