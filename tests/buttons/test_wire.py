"""Requests and answers travel as JSON and come back as they were."""

from __future__ import annotations

import json
from datetime import date, datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from sop_xl.buttons.request import Answer, AnswerFile, Output, Request, Selection
from sop_xl.buttons.wire import (
    NoRequestError,
    answer_from_json,
    answer_to_json,
    request_from_json,
    request_to_json,
)
from sop_xl.model.issue import Issue, Severity
from sop_xl.schema.catalogue import Column, Table, tables
from sop_xl.schema.frames import typed
from sop_xl.schema.raw import CellError, RawTable

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
DATES = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))
CELLS = st.one_of(
    st.none(),
    TEXT,
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False),
    DATES,
    st.dates(date(1900, 1, 1), date(2200, 1, 1)),
    st.sampled_from(["#N/A", "#DIV/0!"]).map(CellError),
)
ISSUES = st.builds(Issue, st.sampled_from(Severity), TEXT, TEXT, TEXT, TEXT, TEXT, TEXT)


@st.composite
def raw_tables(draw: st.DrawFn) -> RawTable:
    width, height = draw(st.integers(0, 4)), draw(st.integers(0, 3))
    texts = st.lists(TEXT, min_size=width, max_size=width).map(tuple)
    column = st.lists(CELLS, min_size=height, max_size=height)
    addresses = st.lists(TEXT, min_size=height, max_size=height)
    return RawTable(
        name=draw(st.sampled_from(sorted(tables()))),
        headers=draw(texts),
        data=tuple(draw(column) for _ in range(width)),
        file=draw(TEXT),
        sheet=draw(TEXT),
        row_numbers=draw(st.lists(st.integers(1, 1_048_576), min_size=height, max_size=height)),
        letters=draw(texts),
        header_row=draw(st.integers(1, 100)),
        cells=tuple(draw(addresses) for _ in range(width)) if draw(st.booleans()) else (),
    )


def travelled(document: dict[str, object]) -> dict[str, object]:
    return json.loads(json.dumps(document, allow_nan=False))


@given(
    st.builds(
        Request,
        TEXT,
        TEXT,
        st.lists(raw_tables(), max_size=2).map(tuple),
        st.dictionaries(TEXT, TEXT, max_size=3),
        st.lists(ISSUES, max_size=2).map(tuple),
        st.one_of(st.none(), st.builds(Selection, TEXT, TEXT)),
        st.dictionaries(TEXT, TEXT, max_size=3),
        st.binary(max_size=40),
    )
)
@settings(max_examples=60, deadline=None)
def test_a_request_comes_back_as_it_was(request_: Request) -> None:
    assert request_from_json(travelled(request_to_json(request_))) == request_


def _values(column: Column) -> st.SearchStrategy[object]:
    if column.type in ("date", "period"):
        return st.one_of(st.just(pd.NaT), DATES.map(lambda moment: pd.Timestamp(moment.date())))
    if column.type == "boolean":
        return st.booleans()
    if column.numeric:
        return st.one_of(st.just(float("nan")), st.floats(allow_nan=False, allow_infinity=False))
    return TEXT


@st.composite
def outputs(draw: st.DrawFn) -> Output:
    shape: Table = tables()[draw(st.sampled_from(sorted(tables())))]
    count = draw(st.integers(0, 3))
    rows = [{c.name: draw(_values(c)) for c in shape.columns} for _ in range(count)]
    frame = typed(shape.name, pd.DataFrame(rows, index=range(count)))
    chosen = draw(st.lists(st.sampled_from(shape.column_names), unique=True, max_size=3))
    if chosen:
        frame = frame[list(dict.fromkeys((*shape.keys, *chosen)))]
    return Output(shape.name, frame, draw(st.sampled_from(["fill", "replace", "add"])), tuple(chosen))


@given(outputs(), st.lists(ISSUES, max_size=2).map(tuple), st.one_of(st.none(), st.binary(max_size=20)))
@settings(max_examples=80, deadline=None)
def test_an_answer_comes_back_as_it_was(output: Output, issues: tuple[Issue, ...], data: bytes | None) -> None:
    file = AnswerFile("book.xlsx", data) if data is not None else None
    sent = Answer("Done.", issues, (output,), file, output.table)
    back = answer_from_json(travelled(answer_to_json(sent)))
    assert (back.message, back.issues, back.file, back.show) == (sent.message, issues, file, output.table)
    (found,) = back.outputs
    assert (found.table, found.mode, found.columns) == (output.table, output.mode, output.columns)
    assert_frame_equal(found.rows, output.rows.reset_index(drop=True))


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"button": 3},
        {"button": "validate", "tables": [{"name": "no_such_table", "headers": [], "data": []}]},
        {"button": "validate", "tables": [{"name": "demand", "headers": ["a"], "data": []}]},
        {"button": "validate", "tables": [{"name": "demand", "headers": ["a"], "data": [[{"call": "x"}]]}]},
        {"button": "validate", "tables": [{"name": "demand", "headers": ["a"], "data": [[[1]]]}]},
        {"button": "validate", "meta": {"function": 1}},
        {"button": "validate", "workbook": "not base64!"},
        {"button": "validate", "selection": {"sheet": "A"}},
    ],
)
def test_what_is_no_request_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(NoRequestError, match="This is no request"):
        request_from_json(document)


def test_a_column_the_schema_does_not_know_is_refused() -> None:
    output = {"table": "checks", "mode": "replace", "columns": [], "rows": {"password": ["x"]}}
    with pytest.raises(NoRequestError):
        answer_from_json({"message": "", "outputs": [output]})
