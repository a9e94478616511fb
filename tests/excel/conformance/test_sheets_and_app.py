"""Sheets of a book, and the application it is open in."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlwings as xw


class TestSheets:
    def test_by_name_index_and_number(self, book: xw.Book) -> None:
        assert book.sheets["Looks"] == book.sheets[1] == book.sheets(2)
        assert book.sheets[-1].name == "Empty"

    def test_names_in_any_letter_case(self, book: xw.Book) -> None:
        assert book.sheets["pLAN"].name == "Plan"

    def test_in_the_order_of_their_tabs(self, book: xw.Book) -> None:
        assert book.sheet_names == ["Plan", "Looks", "Empty"]
        assert [sheet.index for sheet in book.sheets] == [1, 2, 3]
        assert len(book.sheets) == book.sheets.count == 3

    def test_membership(self, book: xw.Book) -> None:
        assert "Plan" in book.sheets
        assert "Nowhere" not in book.sheets

    def test_the_first_is_active(self, book: xw.Book) -> None:
        assert book.sheets.active.name == "Plan"

    def test_activate(self, book: xw.Book) -> None:
        book.sheets["Looks"].activate()
        assert book.sheets.active.name == "Looks"

    def test_add_goes_before_the_active_sheet_and_becomes_active(self, book: xw.Book) -> None:
        added = book.sheets.add("Notes")
        assert book.sheet_names == ["Notes", "Plan", "Looks", "Empty"]
        assert book.sheets.active == added

    def test_add_after(self, book: xw.Book) -> None:
        book.sheets.add("Notes", after=book.sheets["Plan"])
        assert book.sheet_names == ["Plan", "Notes", "Looks", "Empty"]

    def test_add_before(self, book: xw.Book) -> None:
        book.sheets.add("Notes", before="Empty")
        assert book.sheet_names == ["Plan", "Looks", "Notes", "Empty"]

    def test_add_takes_a_name_once(self, book: xw.Book) -> None:
        with pytest.raises(ValueError, match="already"):
            book.sheets.add("plan")

    def test_rename(self, book: xw.Book) -> None:
        book.sheets["Empty"].name = "Blank"
        assert book.sheet_names == ["Plan", "Looks", "Blank"]

    def test_a_name_has_limits(self, empty: xw.Sheet) -> None:
        with pytest.raises(ValueError, match="characters"):
            empty.name = "a/b"

    def test_delete(self, book: xw.Book) -> None:
        book.sheets["Empty"].delete()
        assert book.sheet_names == ["Plan", "Looks"]

    def test_hide(self, empty: xw.Sheet) -> None:
        empty.visible = False
        assert empty.visible is False

    def test_sheets_know_their_book(self, book: xw.Book) -> None:
        assert book.sheets["Looks"].book == book


class TestApp:
    def test_settings_are_remembered(self, book: xw.Book) -> None:
        app = book.app
        app.screen_updating = False
        app.display_alerts = False
        app.enable_events = False
        app.calculation = "manual"
        assert (app.screen_updating, app.display_alerts, app.enable_events) == (False, False, False)
        assert app.calculation == "manual"

    def test_settings_for_a_while(self, book: xw.Book) -> None:
        with book.app.properties(screen_updating=False):
            assert book.app.screen_updating is False
        assert book.app.screen_updating is True

    def test_status_bar(self, book: xw.Book) -> None:
        book.app.status_bar = "Forecasting 3 of 9"
        assert book.app.status_bar == "Forecasting 3 of 9"
        book.app.status_bar = False
        assert book.app.status_bar is False

    def test_selection(self, book: xw.Book, plan: xw.Sheet) -> None:
        plan["C4:D5"].select()
        assert book.selection.address == book.app.selection.address == "$C$4:$D$5"
        assert book.selection.sheet.name == "Plan"

    def test_the_book_is_one_of_the_app(self, book: xw.Book) -> None:
        assert book.name == "conformance.xlsx"
        assert [each.name for each in book.app.books] == ["conformance.xlsx"]
        assert book.app.books.active == book
        assert book.app.books["conformance.xlsx"] == book

    def test_saving_and_opening_again(self, book: xw.Book, tmp_path: Path) -> None:
        target = tmp_path / "copy.xlsx"
        book.sheets["Empty"]["A1"].value = "kept"
        book.save(target)
        assert Path(book.fullname).name == "copy.xlsx"
        app = book.app
        book.close()
        again = app.books.open(target)
        assert again.sheets["Empty"]["A1"].value == "kept"
        assert again.sheets["Plan"]["G3"].value == 150.0
        again.close()
