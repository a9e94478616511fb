"""Ranges: addresses, reading, writing, moving, clearing."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
import xlwings as xw

JANUARY = dt.datetime(2026, 1, 5)


class TestAddresses:
    @pytest.mark.parametrize(
        ("given", "address"),
        [("B2", "$B$2"), ("$B$2:C4", "$B$2:$C$4"), ("C4:B2", "$B$2:$C$4"), ("A:B", "$A:$B"), ("2:3", "$2:$3")],
    )
    def test_from_text(self, plan: xw.Sheet, given: str, address: str) -> None:
        assert plan.range(given).address == plan[given].address == address

    def test_from_pairs(self, plan: xw.Sheet) -> None:
        assert plan.range((2, 2)).address == "$B$2"
        assert plan.range((2, 2), (4, 3)).address == "$B$2:$C$4"

    def test_from_ranges(self, plan: xw.Sheet) -> None:
        assert plan.range(plan["B2"], plan["C4"]).address == "$B$2:$C$4"

    def test_from_python_indices(self, plan: xw.Sheet) -> None:
        assert plan[0, 0].address == "$A$1"
        assert plan[1:3, 0:2].address == "$A$2:$B$3"

    def test_zero_is_no_row(self, plan: xw.Sheet) -> None:
        with pytest.raises(IndexError):
            plan.range((0, 1))

    def test_parts_of_a_range(self, plan: xw.Sheet) -> None:
        cells = plan["B3:E8"]
        assert cells[0, 0].address == "$B$3"
        assert cells[1, :].address == "$B$4:$E$4"
        assert cells[-1, -1].address == "$E$8"
        assert cells(2, 3).address == "$D$4"
        assert cells(6).address == "$C$4"
        assert plan["A1:A9"][3].address == "$A$4"
        assert plan["A1:A9"][2:4].address == "$A$3:$A$4"

    def test_row_column_shape_size(self, plan: xw.Sheet) -> None:
        cells = plan["B3:E8"]
        assert (cells.row, cells.column, cells.shape, cells.size, len(cells)) == (3, 2, (6, 4), 24, 24)
        assert cells.last_cell.address == "$E$8"

    def test_offset_and_resize(self, plan: xw.Sheet) -> None:
        assert plan["B3"].offset(2, 1).address == "$C$5"
        assert plan["B3:C4"].offset(row_offset=1).address == "$B$4:$C$5"
        assert plan["B3"].resize(2, 3).address == "$B$3:$D$4"
        assert plan["B3:C4"].resize(column_size=1).address == "$B$3:$B$4"

    def test_rows_and_columns(self, plan: xw.Sheet) -> None:
        cells = plan["B3:D5"]
        assert [row.address for row in cells.rows] == ["$B$3:$D$3", "$B$4:$D$4", "$B$5:$D$5"]
        assert [column.address for column in cells.columns][1] == "$C$3:$C$5"
        assert (len(cells.rows), len(cells.columns)) == (3, 3)

    def test_relative_and_with_sheet(self, plan: xw.Sheet) -> None:
        assert plan["B3:C4"].get_address(False, False) == "B3:C4"
        assert plan["B3"].get_address(row_absolute=False) == "$B3"
        assert plan["B3"].get_address(include_sheetname=True) == "Plan!$B$3"
        assert plan["B3"].get_address(external=True) == "[conformance.xlsx]Plan!$B$3"

    def test_iterates_row_by_row(self, plan: xw.Sheet) -> None:
        assert [cell.address for cell in plan["A1:B2"]] == ["$A$1", "$B$1", "$A$2", "$B$2"]

    def test_of_a_name(self, plan: xw.Sheet) -> None:
        assert plan.range("units").address == "$C$4:$C$8"

    def test_equal_ranges_are_equal(self, plan: xw.Sheet, looks: xw.Sheet) -> None:
        assert plan["A1"] == plan.range((1, 1))
        assert plan["A1"] != looks["A1"]


class TestReading:
    def test_number_is_a_float(self, plan: xw.Sheet) -> None:
        value = plan["C4"].value
        assert value == 10.0 and isinstance(value, float)

    def test_text_truth_date_and_nothing(self, plan: xw.Sheet) -> None:
        assert plan["B4"].value == "Bolt"
        assert plan["G7"].value is True
        assert plan["E4"].value == JANUARY
        assert plan["Z99"].value is None

    def test_results_of_formulas(self, plan: xw.Sheet) -> None:
        assert plan["G3:G5"].value == [150.0, 20.0, "many"]
        assert plan["G8"].value is False

    def test_failed_formula_is_nothing_or_its_text(self, plan: xw.Sheet) -> None:
        assert plan["G6"].value is None
        assert plan["G6"].options(err_to_str=True).value == "#N/A"

    def test_row_column_and_block(self, plan: xw.Sheet) -> None:
        assert plan["B3:D3"].value == ["Product", "Units", "Price"]
        assert plan["C4:C6"].value == [10.0, 20.0, 30.0]
        assert plan["B4:C5"].value == [["Bolt", 10.0], ["Nut", 20.0]]

    def test_time_of_day_is_part_of_a_day(self, looks: xw.Sheet) -> None:
        assert looks["A5"].value == 0.25

    def test_moment(self, looks: xw.Sheet) -> None:
        assert looks["A6"].value == dt.datetime(2026, 7, 1, 13, 30)

    def test_dimensions(self, plan: xw.Sheet) -> None:
        assert plan["C4"].options(ndim=1).value == [10.0]
        assert plan["C4"].options(ndim=2).value == [[10.0]]
        assert plan["C4:C5"].options(ndim=2).value == [[10.0], [20.0]]

    def test_transpose(self, plan: xw.Sheet) -> None:
        assert plan["B4:C6"].options(transpose=True).value == [["Bolt", "Nut", "Screw"], [10.0, 20.0, 30.0]]

    def test_numbers_as_integers(self, plan: xw.Sheet) -> None:
        value = plan["C4"].options(numbers=int).value
        assert value == 10 and isinstance(value, int)

    def test_dates_as_dates(self, plan: xw.Sheet) -> None:
        assert plan["E4"].options(dates=dt.date).value == dt.date(2026, 1, 5)

    def test_empty_as(self, plan: xw.Sheet) -> None:
        assert plan["I1:I4"].options(empty=0.0).value == [1.0, 2.0, 0.0, 4.0]

    def test_dictionary(self, plan: xw.Sheet) -> None:
        assert plan["B4:C5"].options(dict).value == {"Bolt": 10.0, "Nut": 20.0}

    def test_array(self, plan: xw.Sheet) -> None:
        np.testing.assert_array_equal(plan["C4:D5"].options(np.array).value, [[10.0, 1.5], [20.0, 0.5]])

    def test_frame(self, plan: xw.Sheet) -> None:
        frame = plan["B3:D5"].options(pd.DataFrame).value
        assert frame.index.tolist() == ["Bolt", "Nut"]
        assert frame.index.name == "Product"
        assert frame["Units"].tolist() == [10.0, 20.0]

    def test_frame_without_index(self, plan: xw.Sheet) -> None:
        frame = plan["B3:E4"].options(pd.DataFrame, index=False).value
        assert frame.columns.tolist() == ["Product", "Units", "Price", "Due"]
        assert frame.loc[0, "Due"] == pd.Timestamp(JANUARY)

    def test_series(self, plan: xw.Sheet) -> None:
        series = plan["B3:C5"].options(pd.Series).value
        assert series.name == "Units" and series["Nut"] == 20.0

    def test_in_chunks(self, plan: xw.Sheet) -> None:
        assert plan["B4:C8"].options(chunksize=2).value == plan["B4:C8"].value

    def test_raw(self, plan: xw.Sheet) -> None:
        assert plan["C4"].raw_value == 10.0


class TestWriting:
    def test_scalar(self, empty: xw.Sheet) -> None:
        empty["B2"].value = 7
        assert empty["B2"].value == 7.0

    def test_scalar_fills_the_range(self, empty: xw.Sheet) -> None:
        empty["B2:C3"].value = "x"
        assert empty["B2:C3"].value == [["x", "x"], ["x", "x"]]

    def test_row_column_and_block(self, empty: xw.Sheet) -> None:
        empty["A1"].value = [1, 2, 3]
        empty["A2"].options(transpose=True).value = [4, 5]
        empty["B2"].value = [[6, 7], [8, 9]]
        assert empty["A1:C3"].value == [[1.0, 2.0, 3.0], [4.0, 6.0, 7.0], [5.0, 8.0, 9.0]]

    def test_none_and_nan_empty_a_cell(self, empty: xw.Sheet) -> None:
        empty["A1:C1"].value = [1, 2, 3]
        empty["A1:C1"].value = [None, float("nan"), ""]
        assert empty["A1:C1"].value == [None, None, None]

    def test_truth_values(self, empty: xw.Sheet) -> None:
        empty["A1"].value = [True, np.bool_(False)]
        assert empty["A1:B1"].value == [True, False]

    def test_numbers_of_numpy(self, empty: xw.Sheet) -> None:
        empty["A1"].value = np.array([[1, 2], [3, 4]])
        empty["A3"].value = [np.int64(5), np.float64(1.5)]
        assert empty["A1:B3"].value == [[1.0, 2.0], [3.0, 4.0], [5.0, 1.5]]

    def test_a_date_takes_a_date_format(self, empty: xw.Sheet) -> None:
        empty["A1"].value = dt.datetime(2026, 2, 3)
        assert empty["A1"].value == dt.datetime(2026, 2, 3)
        assert empty["A1"].number_format == "m/d/yyyy"

    def test_a_moment_takes_a_format_with_its_time(self, empty: xw.Sheet) -> None:
        empty["A1"].value = dt.datetime(2026, 2, 3, 4, 5)
        assert empty["A1"].value == dt.datetime(2026, 2, 3, 4, 5)

    def test_a_date_keeps_the_format_of_its_cell(self, plan: xw.Sheet) -> None:
        plan["E4"].value = dt.date(2027, 1, 1)
        assert plan["E4"].value == dt.datetime(2027, 1, 1)
        assert plan["E4"].number_format == "yyyy-mm-dd"

    def test_a_number_in_a_cell_of_dates_is_a_date(self, plan: xw.Sheet) -> None:
        plan["E4"].value = 46023
        assert plan["E4"].value == dt.datetime(2026, 1, 1)

    def test_a_new_format_makes_numbers_of_dates(self, plan: xw.Sheet) -> None:
        plan["E4"].number_format = "0"
        assert plan["E4"].value == 46027.0

    def test_frame(self, empty: xw.Sheet) -> None:
        frame = pd.DataFrame({"units": [1, 2], "note": ["a", None]}, index=pd.Index(["x", "y"], name="key"))
        empty["A1"].value = frame
        assert empty["A1:C3"].value == [["key", "units", "note"], ["x", 1.0, "a"], ["y", 2.0, None]]

    def test_frame_without_index_and_header(self, empty: xw.Sheet) -> None:
        empty["B2"].options(index=False, header=False).value = pd.DataFrame({"a": [1, 2]})
        assert empty["A1:B3"].value == [[None, None], [None, 1.0], [None, 2.0]]

    def test_frame_with_dates(self, empty: xw.Sheet) -> None:
        empty["A1"].options(index=False).value = pd.DataFrame(
            {"key": ["a", "b"], "day": pd.to_datetime(["2026-01-01", None])}
        )
        assert empty["B1:B3"].value == ["day", dt.datetime(2026, 1, 1), None]

    def test_series(self, empty: xw.Sheet) -> None:
        empty["A1"].value = pd.Series([1.0, 2.0], index=["x", "y"], name="units")
        assert empty["B2:B3"].value == [1.0, 2.0]

    def test_dictionary(self, empty: xw.Sheet) -> None:
        empty["A1"].value = {"a": 1, "b": 2}
        assert empty["A1:B2"].value == [["a", 1.0], ["b", 2.0]]

    def test_in_chunks(self, empty: xw.Sheet) -> None:
        rows = [[row, row * 2] for row in range(1, 8)]
        empty["A1"].options(chunksize=3).value = rows
        assert empty["A1:B7"].options(numbers=int).value == rows

    def test_ragged_rows_are_refused(self, empty: xw.Sheet) -> None:
        with pytest.raises(Exception, match="same length"):
            empty["A1"].value = [[1, 2], [3]]

    def test_an_apostrophe_before_text_marks_text(self, empty: xw.Sheet) -> None:
        empty["A1"].value = [["'=1+1"], ["'007"]]
        assert empty["A1:A2"].value == ["=1+1", "007"]

    def test_a_value_replaces_a_formula(self, plan: xw.Sheet) -> None:
        plan["G4"].value = 5
        assert (plan["G4"].value, plan["G4"].formula) == (5.0, "5")


class TestMoving:
    def test_end_within_a_block(self, plan: xw.Sheet) -> None:
        assert plan["C4"].end("down").address == "$C$8"
        assert plan["C4"].end("right").address == "$E$4"
        assert plan["C8"].end("up").address == "$C$3"
        assert plan["E4"].end("left").address == "$B$4"

    def test_end_over_a_gap(self, plan: xw.Sheet) -> None:
        assert plan["I1"].end("down").address == "$I$2"
        assert plan["I2"].end("down").address == "$I$4"
        assert plan["E4"].end("right").address == "$G$4"

    def test_end_at_the_edge_of_the_sheet(self, plan: xw.Sheet) -> None:
        assert plan["I4"].end("down").address == "$I$1048576"
        assert plan["Z50"].end("left").address == "$A$50"
        assert plan["A1"].end("up").address == "$A$1"

    def test_expand(self, plan: xw.Sheet) -> None:
        assert plan["B3"].expand().address == "$B$3:$E$8"
        assert plan["B3"].expand("down").address == "$B$3:$B$8"
        assert plan["B3"].expand("right").address == "$B$3:$E$3"
        assert plan["Z99"].expand().address == "$Z$99"

    def test_expand_as_an_option(self, plan: xw.Sheet) -> None:
        assert plan["B4"].options(expand="down").value == ["Bolt", "Nut", "Screw", "Washer", "Pin"]

    def test_current_region(self, plan: xw.Sheet) -> None:
        assert plan["C5"].current_region.address == "$A$1:$E$8"
        assert plan["Z99"].current_region.address == "$Z$99"

    def test_current_region_sees_what_was_written(self, empty: xw.Sheet) -> None:
        empty["B2"].value = [[1, 2], [3, 4]]
        assert empty["B2"].current_region.address == "$B$2:$C$3"

    def test_used_range(self, plan: xw.Sheet, empty: xw.Sheet) -> None:
        assert plan.used_range.address == "$A$1:$I$8"
        assert empty.used_range.address == "$A$1"
        empty["C5"].value = 1
        assert empty.used_range.last_cell.address == "$C$5"


class TestClearing:
    def test_contents(self, plan: xw.Sheet) -> None:
        plan["D4:D5"].clear_contents()
        assert plan["D4:D5"].value == [None, None]
        assert plan["D4"].number_format == "0.00"

    def test_formats(self, looks: xw.Sheet) -> None:
        looks["A1"].clear_formats()
        assert looks["A1"].value == "Loud"
        assert looks["A1"].font.bold is False
        assert looks["A1"].color is None

    def test_everything(self, looks: xw.Sheet) -> None:
        looks["A2"].clear()
        assert (looks["A2"].value, looks["A2"].number_format) == (None, "General")

    def test_a_sheet(self, looks: xw.Sheet) -> None:
        looks.clear_contents()
        assert looks["A1:A6"].value == [None] * 6

    def test_formulas_go_too(self, plan: xw.Sheet) -> None:
        plan["G3:G8"].clear_contents()
        assert plan["G3"].formula == ""
