"""What supply answers to each family: accept what is met, gap where a lever is known, decline where none is."""

from __future__ import annotations

import pandas as pd

from sop_xl.schema.frames import rows
from sop_xl.supply.response import proposed_response

from .case import MONTHS


def test_a_family_is_accepted_answered_with_a_lever_or_declined() -> None:
    months = [pd.Timestamp(day) for day in MONTHS[:3]]
    met = pd.DataFrame({"family": "F", "period": months, "gap": [0.2, 5.0, 7.0]})
    gap = {"family": "F", "product": "A", "location": "P", "demand": 10}
    gaps = rows(
        "gaps",
        [
            {**gap, "period": MONTHS[1], "gap_value": 50, "relief": "SATURDAY", "relief_cost": 3},
            {**gap, "period": MONTHS[2], "gap_value": 70, "relief": ""},
        ],
    )
    found = proposed_response(met, gaps, rows("options", [{"option": "SATURDAY", "lever": "overtime"}]))
    assert found["response"].tolist() == ["accept", "gap", "decline"]
    assert found["option"].tolist() == ["", "SATURDAY", ""]
    assert found["note"].tolist() == ["", "Proposed: SATURDAY, 3.00 a unit", "Proposed: no lever closes it"]
