"""Master data of the demo: settings, families, locations, channels, and products with their phase of life."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from sop_xl.gather.demo import rules
from sop_xl.gather.demo.market import launch_day
from sop_xl.gather.demo.published import horizon, last_month, monthly_by_product, published
from sop_xl.schema import frames

CHANNELS = (
    ("Concessional safety net", "Concession card holders above the yearly threshold", 1),
    ("General safety net", "General patients above the yearly threshold", 1),
    ("Concessional", "Concession card holders", 2),
    ("General", "General patients", 3),
)
INTRODUCTION_MONTHS, GROWTH, DECLINE = 24, 0.08, -0.08


def settings(cycle: int, seed: int) -> pd.DataFrame:
    """Return the settings of a cycle: made on the day before its horizon, in Australian dollars, illustrative."""
    start = horizon(cycle)[0]
    values = {
        "cycle": f"{start:%Y-%m}",
        "as_of": (start - timedelta(days=1)).isoformat(),
        "currency": "AUD",
        "horizon_start": start.isoformat(),
        "weekly_months": "0",
        "monthly_buckets": str(len(horizon(cycle))),
        "objective": "profit",
        "shortage": "backorder",
        "backorder_cost_pct": "0.10",
        "shortfall_cost_pct": "0.04",
        "seed": str(seed),
        "illustrative": "yes",
        "holidays_of": "AU",
    }
    return frames.rows("settings", [{"setting": k, "value": v} for k, v in values.items()])


def families() -> pd.DataFrame:
    """Return the families: main groups of the Anatomical Therapeutic Chemical classification."""
    return frames.rows("families", [{"family": f, "description": rule.name} for f, rule in rules.families().items()])


def locations() -> pd.DataFrame:
    """Return two plants and a distribution centre, illustrative."""
    return frames.rows(
        "locations",
        [
            {"location": rules.NORTH, "kind": "plant", "description": "Northern plant (illustrative)"},
            {"location": rules.SOUTH, "kind": "plant", "description": "Southern plant (illustrative)"},
            {
                "location": rules.CENTRE,
                "kind": "distribution centre",
                "description": "Distribution centre (illustrative)",
            },
        ],
    )


def channels() -> pd.DataFrame:
    """Return the four patient groups of the published figures; who is served first is illustrative."""
    return frames.rows("channels", [{"channel": c, "description": d, "priority": p} for c, d, p in CHANNELS])


def phase(sales: pd.Series) -> str:
    """Return the phase of life told from monthly sales up to now.

    Introduction: fewer than 24 months of sales. Else by sales of the last twelve months over those of the twelve
    before: growth above +8 %, decline below −8 %, maturity between.
    """
    sold = sales.dropna()
    if len(sold) < INTRODUCTION_MONTHS:
        return "introduction"
    change = sold.iloc[-12:].sum() / sold.iloc[-24:-12].sum() - 1
    return "growth" if change > GROWTH else "decline" if change < DECLINE else "maturity"


def products(cycle: int) -> pd.DataFrame:
    """Return every product with family, name and phase, and one illustrative product about to be launched."""
    sales = monthly_by_product().loc[: pd.Timestamp(last_month(cycle))]
    named = published().drop_duplicates("product").set_index("product")
    records: list[dict[str, object]] = [
        {
            "product": product,
            "family": named.at[product, "family"],
            "description": named.at[product, "description"],
            "phase": phase(sales[product]),
            "successor": rules.illustrative()["successors"].get(product, ""),
        }
        for product in sorted(named.index)
    ]
    records.append(
        {
            "product": rules.NEW_PRODUCT,
            "family": "A",
            "description": "New Antidiabetic Therapy (illustrative)",
            "phase": "introduction",
            "launch": launch_day(cycle),
        }
    )
    return frames.rows("products", records)
