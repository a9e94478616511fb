"""Typed tables become facts and come back without loss."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_xl.schema import frames
from sop_xl.schema.catalogue import Column, tables
from sop_xl.schema.facts import FACT_COLUMNS, from_facts, to_facts

WORDS = st.text(alphabet="ABCxyz019 |\\-%é", min_size=1, max_size=6).map(str.strip).filter(bool)
DAYS = st.dates(min_value=pd.Timestamp("2000-01-01").date(), max_value=pd.Timestamp("2040-12-31").date())


def values_of(column: Column, is_key: bool) -> st.SearchStrategy[object]:
    if column.numeric:
        return st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False, width=64))
    if column.type in ("date", "period"):
        return DAYS if is_key else st.one_of(st.none(), DAYS)
    if column.type == "boolean":
        return st.booleans()
    if column.type == "choice":
        return st.sampled_from(column.choices)
    return WORDS if is_key else st.one_of(st.just(""), WORDS)


@st.composite
def typed_tables(draw: st.DrawFn, name: str) -> pd.DataFrame:
    shape = tables()[name]
    row = st.fixed_dictionaries({c.name: values_of(c, c.name in shape.keys) for c in shape.columns})
    records = draw(st.lists(row, max_size=5, unique_by=lambda r: tuple(str(r[key]) for key in shape.keys)))
    return frames.rows(name, records)


@pytest.mark.parametrize("name", sorted(tables()))
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_typed_to_facts_to_typed_loses_nothing(name: str, data: st.DataObject) -> None:
    typed = data.draw(typed_tables(name))
    facts = to_facts({name: typed})
    assert tuple(facts.columns) == FACT_COLUMNS
    back = from_facts(facts)
    if typed.empty:
        assert back == {}
    else:
        in_key_order = typed.sort_values(list(tables()[name].keys), kind="stable", ignore_index=True)
        pd.testing.assert_frame_equal(back[name], in_key_order)


def test_a_fact_says_measure_product_place_period_and_value() -> None:
    demand = frames.rows(
        "demand",
        [{"product": "A1", "location": "DC", "channel": "Retail", "period": pd.Timestamp("2026-01-01"), "units": 7.0}],
    )
    facts = to_facts({"demand": demand})
    assert facts.to_dict("records") == [
        {
            "table": "demand",
            "measure": "units",
            "product": "A1",
            "location": "DC",
            "channel": "Retail",
            "period": pd.Timestamp("2026-01-01"),
            "item": "",
            "value": 7.0,
            "text": "",
        }
    ]


def test_a_family_stands_in_the_product_dimension_and_other_keys_in_item() -> None:
    budget = frames.rows("budget", [{"family": "F", "period": pd.Timestamp("2026-01-01"), "quantity": 3}])
    routing = frames.rows("routings", [{"product": "F", "location": "P1", "operation": "10", "resource": "L|1"}])
    facts = to_facts({"budget": budget, "routings": routing})
    assert facts.loc[facts["table"] == "budget", "product"].unique().tolist() == ["F"]
    assert facts.loc[facts["table"] == "routings", "item"].unique().tolist() == ["10|L\\|1"]
