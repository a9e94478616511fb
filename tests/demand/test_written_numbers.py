"""Numbers as people write them: what the column shows is used, nothing else is guessed."""

from __future__ import annotations

import pandas as pd
import pytest

from sop_xl.demand.history import read_history
from sop_xl.demand.written_numbers import written_numbers
from sop_xl.model.issue import Severity


@pytest.mark.parametrize(
    ("column", "meant"),
    [
        (["1250", "12.5", "1e3", ".5"], [1250, 12.5, 1000, 0.5]),
        (["1,250", "1,250.5"], [1250, 1250.5]),
        (["1,250", "12,750,000"], [1250, 12_750_000]),
        (["1.250", "0,5"], [1250, 0.5]),
        (["1.250,75", "980"], [1250.75, 980]),
        (["1,250", "980"], [None, 980]),
        (["1,250", "0,5", "1,250.5"], [None, None, None]),
        (["1 250", "1'250.5", "1\u00a0250"], [1250, 1250.5, 1250]),
        (["12 34", "1_000", "0x1A", "€ 5", "5 %", "n.b.", "1.2.3"], [None] * 7),
        (["(5)", "5-", "-5", "(-5)", "-"], [-5, -5, -5, None, None]),
        (["1,25,000.5"], [None]),
    ],
)
def test_a_column_means(column: list[str], meant: list[float | None]) -> None:
    assert written_numbers(column) == meant


def test_three_digits_behind_every_dot_are_pointed_out() -> None:
    months = pd.date_range("2024-01-01", periods=3, freq="MS")
    found = read_history(pd.DataFrame({"unique_id": "A", "ds": months, "y": ["1.250", "12.500", "3.125"]}))
    assert found.frame["y"].tolist() == [1.25, 12.5, 3.125]
    assert [issue.severity for issue in found.issues] == [Severity.WARNING]
    assert "three digits behind it" in found.issues[0].message
