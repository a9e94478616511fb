"""Only the edited cells of a file change; everything else stays to the byte."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from python_calamine import load_workbook as read_values

from sop_xl.workbook.patching import drop_cached_results, patch_cells, recalculate_on_load


def book() -> bytes:
    """A workbook with what a careless save would lose: a sparkline, a chart, a conditional format, a comment."""
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = workbook.add_worksheet("Plan & more")
    yellow = workbook.add_format({"bg_color": "#FFFF99", "num_format": "#,##0"})
    for row, value in enumerate([10, 20, 30]):
        sheet.write_number(row, 0, value, yellow)
    sheet.write_formula("A4", "=SUM(A1:A3)", None, 60)
    sheet.write_string("C1", "text")
    sheet.add_sparkline("B1", {"range": "'Plan & more'!A1:A3"})
    sheet.conditional_format("A1:A3", {"type": "data_bar", "data_bar_2010": True})
    sheet.write_comment("A1", "why")
    chart = workbook.add_chart({"type": "column"})
    chart.add_series({"values": "='Plan & more'!$A$1:$A$3"})
    sheet.insert_chart("E2", chart)
    workbook.add_worksheet("Other").write("A1", 1)
    workbook.close()
    return out.getvalue()


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def values(data: bytes, sheet: str) -> dict[str, object]:
    cells = load_workbook(io.BytesIO(data))[sheet]
    return {cell.coordinate: cell.value for row in cells.iter_rows() for cell in row if cell.value is not None}


def test_the_edited_cell_changes_and_keeps_its_format() -> None:
    patched = patch_cells(book(), {("Plan & more", "A2"): 25.5})
    sheet = load_workbook(io.BytesIO(patched))["Plan & more"]
    assert sheet["A2"].value == 25.5
    assert sheet["A2"].fill.fgColor.rgb == "FFFFFF99"


def test_every_other_part_and_cell_stays_to_the_byte() -> None:
    original = book()
    before, after = parts(original), parts(patch_cells(original, {("Plan & more", "A2"): 25}))
    changed = {name for name in before if before[name] != after[name]}
    assert set(before) == set(after)
    assert changed == {"xl/worksheets/sheet1.xml"}, "XlsxWriter's workbook already recalculates on load"
    name = "xl/worksheets/sheet1.xml"
    cell = re.compile(rb'<c r="A2".*?</c>')
    assert cell.sub(b"", before[name], 1) == cell.sub(b"", after[name], 1)


def test_cells_and_rows_that_were_not_there_are_put_in_order() -> None:
    edits = {("Plan & more", "B2"): 1, ("Plan & more", "Z9"): "far", ("Plan & more", "AA1"): date(2026, 1, 1)}
    patched = patch_cells(book(), {**edits, ("Other", "A3"): True})
    assert values(patched, "Plan & more")["Z9"] == "far"
    assert values(patched, "Plan & more")["AA1"] == 46023
    assert values(patched, "Other") == {"A1": 1, "A3": True}
    assert read_values(io.BytesIO(patched)).get_sheet_by_name("Plan & more").to_python()[8][25] == "far"


@settings(max_examples=30, deadline=None)
@given(
    text=st.text(
        alphabet=st.characters(blacklist_categories=("Cs",), min_codepoint=32, max_codepoint=0x2FFF), max_size=30
    )
)
def test_text_is_text_whatever_it_says(text: str) -> None:
    patched = patch_cells(book(), {("Plan & more", "C1"): text})
    assert (values(patched, "Plan & more").get("C1") or "") == text


def test_text_that_looks_like_a_formula_stays_text() -> None:
    patched = patch_cells(book(), {("Plan & more", "C1"): "=1+1"})
    assert b"<f>1+1" not in parts(patched)["xl/worksheets/sheet1.xml"]


def test_a_cell_is_emptied() -> None:
    assert "A2" not in values(patch_cells(book(), {("Plan & more", "A2"): None}), "Plan & more")


def test_an_unknown_sheet_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError):
        patch_cells(book(), {("Nowhere", "A1"): 1})


def test_results_of_formulas_can_be_left_to_the_next_calculation() -> None:
    emptied = drop_cached_results(book())
    assert load_workbook(io.BytesIO(emptied), data_only=True)["Plan & more"]["A4"].value is None
    assert load_workbook(io.BytesIO(emptied))["Plan & more"]["A4"].value == "=SUM(A1:A3)"
    assert values(emptied, "Plan & more")["A2"] == 20


places = st.tuples(st.sampled_from(["A", "B", "C", "Z", "AA", "AB"]), st.integers(1, 12))
contents = (
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6) | st.text("a<&\"'= é", max_size=5)
)


@settings(max_examples=60)
@given(
    there=st.dictionaries(places, st.integers(1, 9), max_size=15),
    edits=st.dictionaries(places, contents, min_size=1, max_size=15),
)
def test_any_edits_at_once_change_these_cells_and_no_others(
    there: dict[tuple[str, int], int], edits: dict[tuple[str, int], object]
) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("Plan")
        for (letters, row), value in there.items():
            sheet.write(f"{letters}{row}", value)
    patched = patch_cells(out.getvalue(), {("Plan", f"{c}{r}"): value for (c, r), value in edits.items()})  # type: ignore[misc]
    expected = {f"{c}{r}": value for (c, r), value in {**there, **edits}.items() if value is not None and value != ""}
    found = {place: value for place, value in values(patched, "Plan").items() if value != ""}
    assert found == expected
    xml = parts(patched)["xl/worksheets/sheet1.xml"]
    rows = [int(number) for number in re.findall(rb'<row r="(\d+)"', xml)]
    assert rows == sorted(set(rows))
    for line in re.findall(rb"<row .*?</row>", xml):
        columns = [(len(letters), letters) for letters in re.findall(rb'<c r="([A-Z]+)', line)]
        assert columns == sorted(set(columns))


def test_new_cells_take_the_style_of_their_row_or_column() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("Plan")
        sheet.set_column("B:B", 10, workbook.add_format({"num_format": "0.00"}))
        sheet.set_row(4, 20, workbook.add_format({"num_format": "0%"}))
    patched = patch_cells(out.getvalue(), {("Plan", "B2"): 1, ("Plan", "B5"): 1, ("Plan", "C2"): 1})
    cells = load_workbook(io.BytesIO(patched))["Plan"]
    assert [cells[place].number_format for place in ("B2", "B5", "C2")] == ["0.00", "0%", "General"]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"<sheets/>", b'<sheets/><calcPr fullCalcOnLoad="1"/>'),
        (b"<sheets></sheets><calcPr calcId='1'/>", b"<sheets></sheets><calcPr fullCalcOnLoad=\"1\" calcId='1'/>"),
        (
            b'<sheets></sheets><calcPr calcId="1" fullCalcOnLoad="0" iterate="1"/>',
            b'<sheets></sheets><calcPr calcId="1" fullCalcOnLoad="1" iterate="1"/>',
        ),
        (
            b"<sheets></sheets><externalReferences><x/></externalReferences><pivotCaches/>",
            b'<sheets></sheets><externalReferences><x/></externalReferences><calcPr fullCalcOnLoad="1"/><pivotCaches/>',
        ),
        (
            b"<sheets></sheets><definedNames></definedNames>",
            b'<sheets></sheets><definedNames></definedNames><calcPr fullCalcOnLoad="1"/>',
        ),
    ],
)
def test_the_mark_to_reckon_stands_where_the_schema_wants_it(head: bytes, expected: bytes) -> None:
    assert recalculate_on_load(b"<workbook>" + head + b"</workbook>") == b"<workbook>" + expected + b"</workbook>"
