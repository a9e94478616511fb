"""Costs of a shared thing, such as a resource, divided among the products that use it; nothing is lost on the way."""

from __future__ import annotations

import pandas as pd


def allocate(pools: pd.DataFrame, usage: pd.DataFrame, fallback: pd.Series) -> pd.DataFrame:
    """Return the amounts of shared pools per product, in proportion to use; the sums are those of the pools.

    share = use of the pool in the bucket / all use of it in the bucket. Where nothing used the pool in that bucket
    (wages of an idle month), use over the whole horizon divides it; where nothing ever used it, ``fallback`` does.

    Args:
        pools: ``pool, period, component, amount``.
        usage: ``product, pool, period, use`` with use ≥ 0, such as hours on a resource.
        fallback: weights of the products, ≥ 0; equal shares where all are 0.

    Returns:
        ``product, period, component, amount``.
    """
    columns = ["product", "period", "component", "amount"]
    used = usage[usage["use"] > 0].groupby(["pool", "period", "product"], as_index=False)["use"].sum()
    left = pools[pools["amount"] != 0].reset_index(drop=True)
    parts: list[pd.DataFrame] = []
    by_pool = used.groupby(["pool", "product"], as_index=False)["use"].sum()
    for keys, weights in ((["pool", "period"], used), (["pool"], by_pool)):
        shares = weights.assign(share=weights["use"] / weights.groupby(keys)["use"].transform("sum"))
        found = left.reset_index().merge(shares[[*keys, "product", "share"]], on=keys)
        parts.append(found.assign(amount=found["amount"] * found["share"])[columns])
        left = left[~left.index.isin(found["index"])]
    if len(left) and len(fallback):
        total = fallback.sum()
        even = pd.Series(1.0 / len(fallback), index=fallback.index)
        share = (fallback / total if total > 0 else even).rename("share").rename_axis("product").reset_index()
        found = left.merge(share, how="cross")
        parts.append(found.assign(amount=found["amount"] * found["share"])[columns])
    kept = [part for part in parts if len(part)]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=columns)
