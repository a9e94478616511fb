"""Every awkward kind of history ends in a sensible forecast or in a clear refusal."""

from __future__ import annotations

import numpy as np
import pytest
from awkward_series import AWKWARD, DOC, HORIZON, Awkward, documented

from sop_xl.demand.baseline import FORECAST_COLUMNS, forecast
from sop_xl.model.issue import InputErrors, Severity


def test_there_are_many_kinds() -> None:
    assert len(AWKWARD) >= 30
    assert len({case.kind for case in AWKWARD}) == len(AWKWARD)


@pytest.mark.parametrize("case", AWKWARD, ids=lambda case: case.kind)
def test_it_ends_well(case: Awkward) -> None:
    if not case.method:
        with pytest.raises(InputErrors) as caught:
            forecast(case.history, HORIZON, case.freq)
        found = [issue for issue in caught.value.issues if issue.severity is Severity.ERROR]
        assert any(case.said in issue.message for issue in found), [issue.message for issue in found]
        assert all(issue.hint for issue in found)
        return
    result = forecast(case.history, HORIZON, case.freq)
    frame = result.frame
    assert tuple(frame.columns) == FORECAST_COLUMNS
    assert len(frame) == HORIZON
    assert frame["method"].iloc[0].startswith(case.method), frame["method"].iloc[0]
    numbers = frame[["forecast", "p10", "p50", "p90"]].to_numpy()
    assert np.isfinite(numbers).all() and (numbers >= 0).all()
    assert (frame["p10"] <= frame["p50"]).all() and (frame["p50"] <= frame["p90"]).all()
    assert case.holds(frame["forecast"].to_numpy()), frame["forecast"].tolist()
    messages = [issue.message for issue in result.issues]
    assert not case.said or any(case.said in message for message in messages), messages
    assert frame["ds"].is_monotonic_increasing and frame["ds"].is_unique


def test_the_documented_table_is_this_one() -> None:
    text = DOC.read_text(encoding="utf-8")
    assert documented(text) == text, "write it anew: python tests/demand/awkward_series.py --write"
