"""Payloads: the same content gives the same bytes and the same hash, and nothing is lost on the way."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.store import payload

DEMAND = pd.DataFrame(
    {
        "product": ["P1", "P2", "Ä-3"],
        "period": pd.to_datetime(["2008-07-01", "2008-08-01", None]),
        "units": [10.5, float("nan"), -0.0],
        "firm": [True, False, True],
        "rank": [1, 2, 3],
    }
)

frames = st.integers(0, 6).flatmap(
    lambda rows: st.fixed_dictionaries(
        {
            "code": st.lists(
                st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=rows, max_size=rows
            ),
            "units": st.lists(st.floats(allow_infinity=False), min_size=rows, max_size=rows),
            "flag": st.lists(st.booleans(), min_size=rows, max_size=rows),
        }
    )
)


def typed(columns: dict[str, list]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "code": pd.Series(columns["code"], dtype=object),
            "units": pd.Series(columns["units"], dtype="float64"),
            "flag": pd.Series(columns["flag"], dtype=bool),
        }
    )


@given(frames)
@settings(max_examples=60, deadline=None)
def test_tables_come_back_as_they_went_in_and_packing_again_gives_the_same_bytes(columns: dict[str, list]) -> None:
    table = typed(columns)
    packed = payload.pack({"inputs/x": table})
    back = payload.unpack(packed)["inputs/x"]
    pd.testing.assert_frame_equal(back, table)
    assert payload.pack({"inputs/x": back}) == packed
    assert payload.recomputed_content_hash(packed) == payload.content_hash(packed)


def test_the_order_in_which_tables_are_handed_over_does_not_matter() -> None:
    other = pd.DataFrame({"a": ["x"]})
    assert payload.pack({"b": DEMAND, "a": other}) == payload.pack({"a": other, "b": DEMAND})


@pytest.mark.parametrize(
    ("column", "value"),
    [("product", "P9"), ("period", pd.Timestamp("2008-07-02")), ("units", 10.500000001), ("firm", False), ("rank", 7)],
)
def test_every_value_counts_for_the_content_hash(column: str, value: object) -> None:
    changed = DEMAND.copy()
    changed.loc[0, column] = value
    assert payload.content_hash(payload.pack({"t": changed})) != payload.content_hash(payload.pack({"t": DEMAND}))


def test_values_cannot_move_between_cells_without_changing_the_hash() -> None:
    one = pd.DataFrame({"a": ["xy", "z"], "b": ["", "q"]})
    two = pd.DataFrame({"a": ["x", "yz"], "b": ["", "q"]})
    assert payload.content_hash(payload.pack({"t": one})) != payload.content_hash(payload.pack({"t": two}))


def test_the_content_hash_of_a_known_table_stays_what_it_was() -> None:
    packed = payload.pack({"t": pd.DataFrame({"code": ["A"], "units": [1.5]})})
    # sha256 over {"columns":[["code","text"],["units","number"]],"rows":1}, then 8-byte length 1 + "A", then 1.5 as
    # little-endian float64; computed apart from the program with hashlib and struct.
    assert payload.manifest(packed)["t"]["sha256"] == (
        "776e6c5f661cfeb9ae51c79b7ff2fbf20344f6972237a961c480da43123df76e"
    )


def test_a_selection_keeps_tables_under_new_names_with_their_hashes() -> None:
    packed = payload.pack({"inputs/demand": DEMAND, "base/kpis": pd.DataFrame({"kpi": ["x"]})})
    kept = payload.select(packed, lambda name: name.removeprefix("base/") if name.startswith("base/") else None)
    assert list(payload.manifest(kept)) == ["kpis"]
    assert payload.manifest(kept)["kpis"] == payload.manifest(packed)["base/kpis"]


def test_text_columns_with_other_things_in_them_are_refused() -> None:
    with pytest.raises(ValueError, match=r"t\.a holds int among text"):
        payload.pack({"t": pd.DataFrame({"a": ["x", 3]})})


@pytest.mark.parametrize("name", ["../up", "a//b", "", "a\\b", "/a"])
def test_names_that_could_leave_the_zip_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a table"):
        payload.pack({name: DEMAND})
