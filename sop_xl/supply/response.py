"""The answer supply gives to the demand of a family, as far as the plan tells it: accept, gap or decline."""

from __future__ import annotations

import pandas as pd

NOTHING_TO_SAY = 0.5
"""A gap of less than this many units of a family and bucket is accepted."""
PROPOSED = "Proposed: "
"""How the note of an answer begins that no person has given yet."""


def by_cost(reliefs: pd.DataFrame) -> pd.DataFrame:
    """Return what closes part of the gap: levers alone, the cheapest per unit first, then those solved together.

    Args:
        reliefs: schema table ``reliefs``.
    """
    helpful = reliefs[(reliefs["gap_closed"] > 0) & (reliefs["levers"] > 0)]
    ranked = helpful.assign(_together=helpful["levers"] > 1)
    ranked = ranked.sort_values(["_together", "cost_per_unit", "relief"], kind="stable", ignore_index=True)
    return ranked.drop(columns="_together")


def proposed_response(met: pd.DataFrame, gaps: pd.DataFrame, options: pd.DataFrame) -> pd.DataFrame:
    """Return the answer that follows from a plan, for a person to confirm or to change.

    Grain: family × bucket. *accept* where all of it is delivered on time; *gap* where a lever is known that closes part
    of it (``option`` names it where people listed it, the note what it is and costs); *decline* where none is.

    Args:
        met: ``family, period, gap``: units not delivered on time.
        gaps: schema table ``gaps`` of the plan.
        options: schema table ``options``.

    Returns:
        ``met`` with the columns ``response``, ``option`` and ``note``.
    """
    keys = ["family", "period"]
    listed = set(options["option"]) if len(options) else set()
    worst = gaps.sort_values("gap_value", ascending=False, kind="stable")
    helped = worst[worst["relief"].fillna("") != ""].drop_duplicates(keys)
    best = {(row.family, row.period): (str(row.relief), float(row.relief_cost)) for row in helped.itertuples()}
    responses, names, notes = [], [], []
    for family, period, gap in zip(met["family"], met["period"], met["gap"], strict=True):
        relief, cost = best.get((family, period), ("", 0.0))
        answer = "accept" if gap < NOTHING_TO_SAY else "gap" if relief else "decline"
        responses.append(answer)
        names.append(relief if answer == "gap" and relief in listed else "")
        said = {
            "accept": "",
            "gap": f"{PROPOSED}{relief}, {cost:,.2f} a unit",
            "decline": f"{PROPOSED}no lever closes it",
        }
        notes.append(said[answer])
    return met.assign(response=responses, option=names, note=notes)
