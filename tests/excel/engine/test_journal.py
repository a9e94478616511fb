"""The journal says everything as plain data, and joins writes without losing a cell."""

from __future__ import annotations

import json
from dataclasses import fields as dataclass_fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_xl.excel.engine.address import Area, area_of, plain_address
from sop_xl.excel.engine.blocks import blocks
from sop_xl.excel.engine.journal import KINDS, Format, Operation, Status, Write, from_json, merged, to_json

names = st.text(st.characters(codec="utf-8"), max_size=8)
plain = st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | names
areas = st.builds(
    lambda top, left, rows, columns: Area(top, left, top + rows, left + columns),
    st.integers(1, 12),
    st.integers(1, 12),
    st.integers(0, 3),
    st.integers(0, 3),
)


@st.composite
def writes(draw: st.DrawFn, sheet: str = "Plan") -> Write:
    area = draw(areas)
    rows, columns = area.shape
    values = tuple(tuple(draw(plain) for _ in range(columns)) for _ in range(rows))
    return Write(sheet, plain_address(area), values)


@st.composite
def operations(draw: st.DrawFn) -> Operation:
    kind = draw(st.sampled_from(sorted(KINDS)))
    if kind == "write":
        return draw(writes())
    given_by = {"values": plain, "value": plain, "visible": st.booleans(), "array": st.booleans()}
    fields = {}
    for name in (field.name for field in dataclass_fields(KINDS[kind])):
        if name == "formulas":
            fields[name] = draw(st.tuples(st.tuples(names, names)))
        else:
            fields[name] = draw(given_by.get(name, names))
    return KINDS[kind](**fields)


@given(st.lists(operations(), max_size=5))
def test_a_journal_survives_json(journal: list[Operation]) -> None:
    assert from_json(json.loads(json.dumps(to_json(journal)))) == tuple(journal)


@given(st.lists(writes(), max_size=6))
def test_joined_writes_leave_the_same_cells_and_write_each_once(journal: list[Write]) -> None:
    def cells(each: list[Write]) -> dict[tuple[int, int], object]:
        result = {}
        for write in each:
            area = area_of(write.address)
            for row, line in enumerate(write.values, area.top):
                for column, value in enumerate(line, area.left):
                    result[row, column] = value
        return result

    joined = merged(journal)
    assert all(isinstance(each, Write) for each in joined)
    assert cells(list(joined)) == cells(journal)  # type: ignore[arg-type]
    if len(journal) > 1:
        assert sum(area_of(each.address).size for each in joined) == len(cells(journal))  # type: ignore[attr-defined]


@given(st.lists(areas, max_size=5))
def test_blocks_cover_every_cell_exactly_once(given_areas: list[Area]) -> None:
    wanted = {(r, c) for a in given_areas for r in range(a.top, a.bottom + 1) for c in range(a.left, a.right + 1)}
    found = [(r, c) for a in blocks(wanted) for r in range(a.top, a.bottom + 1) for c in range(a.left, a.right + 1)]
    assert sorted(found) == sorted(wanted)


def test_cell_by_cell_writing_becomes_one_block() -> None:
    single = [Write("Plan", f"{letter}{row}", ((float(row),),)) for row in (2, 3) for letter in "BC"]
    assert merged(single) == (Write("Plan", "B2:C3", ((2.0, 2.0), (3.0, 3.0))),)


def test_writes_are_not_joined_across_another_operation_or_sheet() -> None:
    journal = (
        Write("Plan", "A1", ((1.0,),)),
        Format("Plan", "A1", "bold", True),
        Write("Plan", "A2", ((2.0,),)),
        Write("Other", "A3", ((3.0,),)),
        Status("done"),
    )
    assert merged(journal) == journal


@pytest.mark.parametrize(
    "stored", [{"op": "format_disk"}, {}, {"op": "status"}, {"op": "status", "text": "x", "colour": 1}]
)
def test_what_is_no_operation_is_refused(stored: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="operation"):
        from_json([stored])
