"""Excel Tables and defined names."""

from __future__ import annotations

import pandas as pd
import xlwings as xw


class TestTables:
    def test_by_name_and_index(self, plan: xw.Sheet) -> None:
        assert plan.tables["orders"] == plan.tables[0]
        assert len(plan.tables) == 1
        assert "orders" in plan.tables

    def test_ranges(self, plan: xw.Sheet) -> None:
        table = plan.tables["orders"]
        assert table.range.address == "$B$3:$E$8"
        assert table.header_row_range.address == "$B$3:$E$3"
        assert table.data_body_range.address == "$B$4:$E$8"
        assert table.totals_row_range is None

    def test_properties(self, plan: xw.Sheet) -> None:
        table = plan.tables["orders"]
        assert (table.name, table.display_name, table.parent) == ("orders", "orders", plan)
        assert table.table_style == "TableStyleLight9"
        assert (table.show_headers, table.show_totals, table.show_autofilter) == (True, False, True)
        assert (table.show_table_style_row_stripes, table.show_table_style_column_stripes) == (True, False)

    def test_setting_properties(self, plan: xw.Sheet) -> None:
        table = plan.tables["orders"]
        table.show_autofilter = False
        table.show_table_style_first_column = True
        table.table_style = "TableStyleMedium4"
        assert (table.show_autofilter, table.show_table_style_first_column) == (False, True)
        assert table.table_style == "TableStyleMedium4"

    def test_columns_and_rows(self, plan: xw.Sheet) -> None:
        table = plan.tables["orders"]
        assert [column.name for column in table.columns] == ["Product", "Units", "Price", "Due"]
        assert table.columns["Units"].data_body_range.address == "$C$4:$C$8"
        assert table.columns["Price"].index == 3
        assert len(table.rows) == 5
        assert table.rows[1].range.address == "$B$5:$E$5"

    def test_cells_know_their_table(self, plan: xw.Sheet) -> None:
        assert plan["D5"].table.name == "orders"
        assert plan["A1"].table is None

    def test_resize(self, plan: xw.Sheet) -> None:
        table = plan.tables["orders"]
        table.resize(plan["B3:E10"])
        assert table.data_body_range.address == "$B$4:$E$10"

    def test_resize_to_more_columns_names_them(self, plan: xw.Sheet) -> None:
        plan.tables["orders"].resize(plan["B3:F8"])
        assert plan["F3"].value == "Column1"

    def test_add(self, empty: xw.Sheet) -> None:
        empty["B2"].value = [["Key", "Units"], ["a", 1], ["b", 2]]
        table = empty.tables.add(empty["B2"].expand(), name="fresh")
        assert (table.name, table.range.address) == ("fresh", "$B$2:$C$4")
        assert table.data_body_range.value == [["a", 1.0], ["b", 2.0]]

    def test_headers_of_a_new_table_are_text(self, empty: xw.Sheet) -> None:
        empty["A1"].value = [[2026, None], [1, 2]]
        empty.tables.add(empty["A1:B2"], name="fresh")
        assert empty["A1"].value == "2026"
        assert empty["B1"].value.startswith("Column")

    def test_update_from_a_frame(self, plan: xw.Sheet) -> None:
        frame = pd.DataFrame({"Product": ["Rivet", "Bolt"], "Units": [1, 2]})
        plan.tables["orders"].update(frame, index=False)
        table = plan.tables["orders"]
        assert table.range.address == "$B$3:$C$5"
        assert table.range.value == [["Product", "Units"], ["Rivet", 1.0], ["Bolt", 2.0]]
        assert plan["D3:E8"].value == [[None, None]] * 6

    def test_add_a_row(self, plan: xw.Sheet) -> None:
        row = plan.tables["orders"].rows.add(["Clip", 60, 1.0, None])
        assert row.index == 6
        assert plan["B9:C9"].value == ["Clip", 60.0]


class TestNames:
    def test_of_the_book(self, book: xw.Book) -> None:
        assert book.names["units"].refers_to == "=Plan!$C$4:$C$8"
        assert book.names["units"].refers_to_range.address == "$C$4:$C$8"
        assert book.names["units"].refers_to_range.sheet.name == "Plan"
        assert book.names["rate"].refers_to == "=0.25"

    def test_of_a_sheet(self, looks: xw.Sheet) -> None:
        assert [name.name for name in looks.names] == ["Looks!mine"]

    def test_membership(self, book: xw.Book) -> None:
        assert "units" in book.names
        assert "nothing_of_the_kind" not in book.names

    def test_add_change_and_delete(self, book: xw.Book) -> None:
        book.names.add("prices", "=Plan!$D$4:$D$8")
        assert book.names["prices"].refers_to_range.value == [1.5, 0.5, 2.5, 0.25, 4.0]
        book.names["prices"].refers_to = "=Plan!$D$4"
        assert book.names["prices"].refers_to_range.address == "$D$4"
        book.names["prices"].delete()
        assert "prices" not in book.names

    def test_of_a_range(self, plan: xw.Sheet) -> None:
        assert plan["C4:C8"].name.name == "units"
        assert plan["A1"].name is None
        plan["A1"].name = "title"
        assert plan.book.names["title"].refers_to == "=Plan!$A$1"
