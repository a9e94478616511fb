"""The demand behind a history: known and plausible quantities are never touched."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_xl.demand.cleaning import Reason, cleaned


@given(st.lists(st.one_of(st.none(), st.floats(-50, 1000)), min_size=1, max_size=40), st.data())
def test_what_is_corrected_says_why_and_what_is_kept_is_kept(values: list[float | None], data: st.DataObject) -> None:
    recorded = np.array([np.nan if value is None else value for value in values])
    out = np.array(data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))))
    if not (np.isfinite(recorded) & ~out).any():
        with pytest.raises(ValueError, match="every period"):
            cleaned(recorded, out, 12)
        return
    result = cleaned(recorded, out, 12)
    assert np.isfinite(result.y).all() and (result.y >= 0).all()
    for before, after, reason, stocked_out in zip(recorded, result.y, result.reasons, out, strict=True):
        assert (reason is Reason.KEPT) == (before == after)
        assert not stocked_out or np.isnan(before) or after >= before
        assert (reason is Reason.MISSING) == np.isnan(before)


def test_a_stock_out_is_filled_from_neighbours_and_season() -> None:
    season = np.tile([50.0, 100.0, 150.0, 100.0], 6)
    sold = season.copy()
    sold[10] = 30
    result = cleaned(sold, np.arange(24) == 10, 4)
    assert result.y[10] == pytest.approx(150, rel=0.1) and result.reasons[10] is Reason.STOCK_OUT
