"""A child of an XML part is found, replaced, added and removed; no other byte moves."""

from __future__ import annotations

import pytest

from sop_xl.workbook.xml_children import SHEET_ORDER, child, children, with_child

SHEET = (
    b'<?xml version="1.0"?>\n<worksheet xmlns="x"><sheetProtection sheet="1"/><mergeCells count="1">'
    b'<mergeCell ref="A1:B1"/></mergeCells><pageMargins left="a&gt;b"/><pageSetup/></worksheet>'
)


def test_children_begin_and_end_where_their_xml_does() -> None:
    found, closing = children(SHEET)
    assert [SHEET[each.start : each.end] for each in found] == [
        b'<sheetProtection sheet="1"/>',
        b'<mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells>',
        b'<pageMargins left="a&gt;b"/>',
        b"<pageSetup/>",
    ]
    assert SHEET[closing:] == b"</worksheet>"


def test_removing_a_child_without_content_leaves_its_neighbours() -> None:
    after = with_child(SHEET, "sheetProtection", b"", SHEET_ORDER)
    assert after == SHEET.replace(b'<sheetProtection sheet="1"/>', b"")


def test_the_last_child_is_removed() -> None:
    assert with_child(SHEET, "pageSetup", b"", SHEET_ORDER) == SHEET.replace(b"<pageSetup/>", b"")


@pytest.mark.parametrize(
    ("name", "before"),
    [("cols", b"<sheetProtection"), ("hyperlinks", b"<pageMargins"), ("tableParts", b"</worksheet>")],
)
def test_a_new_child_stands_where_the_schema_wants_it(name: str, before: bytes) -> None:
    new = f"<{name}/>".encode()
    assert with_child(SHEET, name, new, SHEET_ORDER) == SHEET.replace(before, new + before)


def test_a_child_is_replaced_in_its_place() -> None:
    after = with_child(SHEET, "mergeCells", b"<mergeCells/>", SHEET_ORDER)
    assert child(after, "mergeCells") == b"<mergeCells/>"
    assert after.replace(b"<mergeCells/>", child(SHEET, "mergeCells")) == SHEET


def test_a_damaged_part_is_refused() -> None:
    with pytest.raises(ValueError, match="damaged"):
        children(b"<a><b></a>")
