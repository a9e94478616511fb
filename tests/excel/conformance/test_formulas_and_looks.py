"""Formulas as text, and how cells look."""

from __future__ import annotations

import pytest
import xlwings as xw


class TestFormulas:
    def test_reading(self, plan: xw.Sheet) -> None:
        assert plan["G4"].formula == "=C4*2"
        assert plan["G3"].formula == "=SUM(orders[Units])"
        assert plan["G4:G5"].formula == (("=C4*2",), ('=IF(C4>5,"many","few")',))

    def test_of_cells_without_formula(self, plan: xw.Sheet) -> None:
        assert plan["B4"].formula == "Bolt"
        assert plan["C4"].formula == "10"
        assert plan["D4"].formula == "1.5"
        assert plan["G7"].formula == "TRUE"
        assert plan["Z99"].formula == ""

    def test_setting(self, empty: xw.Sheet) -> None:
        empty["A1"].formula = "=1+1"
        assert empty["A1"].formula == "=1+1"

    def test_setting_fills_and_moves_references(self, empty: xw.Sheet) -> None:
        empty["B1:B3"].formula = "=A1*$D$1"
        assert empty["B1:B3"].formula == (("=A1*$D$1",), ("=A2*$D$1",), ("=A3*$D$1",))

    def test_setting_a_block(self, empty: xw.Sheet) -> None:
        empty["A1:B1"].formula = [["=1", "=2"]]
        assert empty["A1:B1"].formula == (("=1", "=2"),)

    def test_formula2(self, empty: xw.Sheet) -> None:
        empty["A1"].formula2 = "=SUM(B1:B3)"
        assert empty["A1"].formula2 == "=SUM(B1:B3)"

    def test_plain_cells_belong_to_no_array(self, plan: xw.Sheet) -> None:
        assert plan["G4"].has_array is False


class TestLooks:
    def test_number_formats(self, looks: xw.Sheet) -> None:
        assert looks["A2"].number_format == "#,##0.00"
        assert looks["A4"].number_format == "0%"
        assert looks["Z9"].number_format == "General"
        assert looks["A2:A4"].number_format is None

    def test_setting_a_number_format(self, empty: xw.Sheet) -> None:
        empty["A1:B2"].number_format = "0.0000"
        assert empty["B2"].number_format == "0.0000"
        assert empty["A1:B2"].number_format == "0.0000"

    def test_colors(self, looks: xw.Sheet) -> None:
        assert looks["A1"].color == (255, 255, 0)
        assert looks["A2"].color is None

    def test_setting_and_removing_a_color(self, empty: xw.Sheet) -> None:
        empty["A1"].color = (1, 2, 3)
        assert empty["A1"].color == (1, 2, 3)
        empty["A1"].color = "#0a0b0c"
        assert empty["A1"].color == (10, 11, 12)
        empty["A1"].color = None
        assert empty["A1"].color is None

    def test_font(self, looks: xw.Sheet) -> None:
        font = looks["A1"].font
        assert (font.bold, font.italic, font.name, font.size, font.color) == (True, True, "Arial", 14, (192, 0, 0))

    def test_setting_a_font(self, looks: xw.Sheet) -> None:
        looks["A1"].font.bold = False
        looks["A1"].font.size = 9
        looks["A1"].font.color = (0, 128, 0)
        font = looks["A1"].font
        assert (font.bold, font.italic, font.name, font.size, font.color) == (False, True, "Arial", 9, (0, 128, 0))

    def test_alignment(self, looks: xw.Sheet) -> None:
        assert (looks["A2"].horizontal_alignment, looks["A2"].vertical_alignment) == ("center", "center")
        assert looks["A1"].horizontal_alignment == "general"
        looks["A1"].horizontal_alignment = "right"
        assert looks["A1"].horizontal_alignment == "right"

    def test_wrapped_text(self, looks: xw.Sheet) -> None:
        assert looks["A3"].wrap_text is True
        looks["A1"].wrap_text = True
        assert looks["A1:A1"].wrap_text is True

    def test_widths_and_heights(self, plan: xw.Sheet) -> None:
        assert plan["A1"].column_width == pytest.approx(20, abs=0.01)
        assert plan["A1"].row_height == 30
        plan["C:D"].column_width = 12
        plan["2:2"].row_height = 24
        assert plan["D9"].column_width == pytest.approx(12, abs=0.01)
        assert plan["F2"].row_height == 24
        assert plan["A1:C1"].column_width is None

    def test_autofit_makes_columns_wider(self, empty: xw.Sheet) -> None:
        empty["A1"].value = "a text that is far longer than the column"
        empty["A:A"].autofit()
        assert empty["A1"].column_width > 25

    def test_joined_cells(self, looks: xw.Sheet) -> None:
        assert looks["D2"].merge_area.address == "$C$1:$D$2"
        assert looks["C1:D2"].merge_cells is True
        assert looks["A1"].merge_cells is False

    def test_joining_and_parting(self, empty: xw.Sheet) -> None:
        empty["A1"].value = "title"
        empty["A1:C1"].merge()
        assert empty["B1"].merge_area.address == "$A$1:$C$1"
        empty["B1"].unmerge()
        assert empty["A1:C1"].merge_cells is False
        assert empty["A1"].value == "title"

    def test_notes(self, plan: xw.Sheet) -> None:
        assert plan["B4"].note.text == "checked by the buyer"
        assert plan["B5"].note is None
        assert len(plan.notes) == 1

    def test_links(self, plan: xw.Sheet) -> None:
        assert plan["A2"].hyperlink == "https://example.com/orders"
