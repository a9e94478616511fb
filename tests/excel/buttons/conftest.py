"""The example company and its books, as for the calculations of the buttons."""

from buttons.conftest import book, company, company_folder, narrow_operations

__all__ = ["book", "company", "company_folder", "narrow_operations"]
