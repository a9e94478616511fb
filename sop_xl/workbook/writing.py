"""Writes the workbook of a function: Home, its tables, drop-down lists and the hidden sheet that identifies it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sop_xl.model.calendar import BucketKind
from sop_xl.schema.catalogue import BOOKS, Table, answers_of, tables_of
from sop_xl.schema.frames import empty
from sop_xl.workbook import forecast_chart, home, lists, meta, supply_pictures
from sop_xl.workbook.answers import write_answer
from sop_xl.workbook.content import TEMPLATE_VERSION, BookContent
from sop_xl.workbook.frame import A3, FIRST_COLUMN, a1, protect, quoted, set_up_page, write_band
from sop_xl.workbook.grid import write_grid
from sop_xl.workbook.grid_shape import grid_blocks, grid_shape
from sop_xl.workbook.page_sheet import write_family_pages
from sop_xl.workbook.prefill import prefilled
from sop_xl.workbook.row_grid import Book, Placed, row_count
from sop_xl.workbook.rows import write_table
from sop_xl.workbook.style import GOLD, NAVY, SLATE, TEAL, Formats
from sop_xl.workbook.widths import column_widths

CREATED = datetime(2000, 1, 1)
"""Creation date of files without a day of issue: equal content gives equal bytes."""

FIRST_HEADER_ROW = 5
_TAB = {"Home": NAVY, "Assumptions": SLATE, "Comments": SLATE, "Lists": SLATE}


def open_workbook(target: Path | BinaryIO, title: str, issued: object = None) -> Workbook:
    """Return a workbook that never turns text into formulas or links and whose bytes depend on its content alone."""
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": True,
    }
    workbook = Workbook(str(target) if isinstance(target, Path) else target, options)
    created = datetime.combine(issued, time()) if issued else CREATED  # type: ignore[arg-type]
    workbook.set_properties({"title": title, "subject": "Sales & Operations Planning", "created": created})
    workbook.set_calc_mode("auto")
    return workbook


def footer_of(content: BookContent, book: str) -> str:
    """Return the footer: cycle, function and the version the book was issued from."""
    version = content.base_version[:12] or "no version yet"
    parts = [f"S&OP {content.cycle}".strip(), book, f"issued from {version}", f"template {TEMPLATE_VERSION}"]
    return " · ".join([*parts, "illustrative data"] if content.illustrative else parts)


def write_book(function: str, content: BookContent, target: Path | BinaryIO) -> None:
    """Write the workbook of a function (or ``data``) to a file or a binary stream.

    Real Excel Tables with the schema's names and headers, inputs unlocked, formulas with their values. Sheets that
    people answer on are prefilled from the other tables (see :func:`sop_xl.workbook.prefill.prefilled`). Reading the
    file back and parsing it gives the tables it was written from. Equal content gives equal bytes.

    Raises:
        KeyError: where there is no such book.
    """
    if function not in BOOKS:
        raise KeyError(f"there is no book {function!r}; there are {', '.join(BOOKS)}")
    content = replace(content, tables=prefilled(content.tables, content.calendar))
    workbook = open_workbook(target, home.WORDS[function].title, content.issued)
    formats = Formats(workbook)
    shapes = tables_of(function)
    book = _book(formats, content, shapes, function)
    footer = footer_of(content, function)
    note = " · ".join(part for part in (f"Cycle {content.cycle}" if content.cycle else "", content.status) if part)
    home_sheet = workbook.add_worksheet(home.SHEET)
    placed: list[Placed] = []
    pages = 0
    for name, group in groupby(shapes, key=lambda shape: shape.sheet):
        on_sheet = list(group)
        if on_sheet[0].layout == "page":
            frame = content.tables.get(on_sheet[0].name)
            found = write_family_pages(
                workbook,
                formats,
                empty(on_sheet[0].name) if frame is None else frame,
                _names(content, "families", "family"),
                content.calendar,
                currency=content.currency,
                footer=footer,
                note=note,
                index=name,
            )
            pages = found.families
            placed.append(Placed(on_sheet[0].name, name, on_sheet[0].excel_name, 4, 4, 1, pages, None, ""))
            continue
        sheet = workbook.add_worksheet(name)
        if on_sheet[0].layout == "grid":
            placed.append(_grid_sheet(sheet, name, book, on_sheet[0], content, note, footer))
            _chart_sheets(workbook, name, book, on_sheet[0], content, note, footer)
        else:
            placed += _rows_sheet(sheet, name, book, on_sheet, content, note, footer)
    for shape in answers_of(function):
        sheet = workbook.add_worksheet(shape.sheet)
        placed.append(write_answer(sheet, book, shape, content.tables.get(shape.name), note=note, footer=footer))
    if function == "operations":
        _pictures_sheet(workbook, book, content, note, footer)
    home.write_home(home_sheet, formats, function, content, placed, pages)
    set_up_page(home_sheet, footer, pages_high=1)
    protect(home_sheet)
    lists_sheet = workbook.add_worksheet(lists.SHEET)
    lists.write_lists(lists_sheet, formats, book.drops)
    set_up_page(lists_sheet, footer)
    protect(lists_sheet)
    answered = {shape.sheet for shape in answers_of(function)}
    for sheet in workbook.worksheets():
        sheet.set_tab_color(_TAB.get(sheet.get_name(), GOLD if sheet.get_name() in answered else TEAL))
    _write_meta(workbook, function, content, shapes)
    workbook.close()


def _book(formats: Formats, content: BookContent, shapes: tuple[Table, ...], function: str) -> Book:
    drops = lists.drop_downs(content)
    drops.beside.update(_keys_beside(shapes, content))
    monthly = all(bucket.kind is BucketKind.MONTH for bucket in content.calendar.buckets)
    return Book(
        formats,
        drops,
        content.currency,
        monthly,
        content.spare_rows,
        content.highlight_pct,
        protected=function != "data",
    )


def _keys_beside(shapes: tuple[Table, ...], content: BookContent) -> dict[str, str]:
    """Return where the keys of the book's own tables will stand, so that drop-downs grow with what people type."""
    found: dict[str, str] = {}
    referred = {column.ref for shape in shapes for column in shape.columns if column.ref}
    for shape in shapes:
        first_on_sheet = next(other for other in shapes if other.sheet == shape.sheet)
        if shape.name in referred and shape.layout == "rows" and shape is first_on_sheet:
            rows = row_count(shape, content.tables.get(shape.name), content.spare_rows)
            at = a1(FIRST_HEADER_ROW + 1, FIRST_COLUMN, fixed_row=True, fixed_column=True)
            to = a1(FIRST_HEADER_ROW + rows, FIRST_COLUMN, fixed_row=True, fixed_column=True)
            found[shape.name] = f"={quoted(shape.sheet)}!{at}:{to}"
    return found


def _names(content: BookContent, table: str, key: str) -> dict[str, str]:
    frame = content.tables.get(table)
    return {} if frame is None else dict(zip(frame[key], frame["description"], strict=True))


def _grid_sheet(
    sheet: Worksheet, name: str, book: Book, shape: Table, content: BookContent, note: str, footer: str
) -> Placed:
    names = _names(content, "products", "product")
    placed = write_grid(sheet, name, book, shape, content.tables.get(shape.name), content.calendar, names)
    lead = (
        "Type in the yellow rows: an empty override keeps the baseline, 0 plans zero. The override of a whole family "
        "is its total: products without one of their own share the rest when you hand in. Orange: more than "
        f"{book.highlight_pct:.0%} from the baseline, or a forecast outside P10 … P90."
    )
    write_band(sheet, book.formats, shape.title, lead, placed.columns, note)
    set_up_page(sheet, footer, repeat=(6, placed.header_row), paper=A3)
    protect(sheet, insert_rows=False)
    return placed


def _chart_sheets(
    workbook: Workbook, name: str, book: Book, shape: Table, content: BookContent, note: str, footer: str
) -> None:
    """Add the picture of the grid, and the hidden sheet it draws the past from."""
    columns = grid_shape(shape, content.calendar)
    frame = content.tables.get(shape.name)
    names = _names(content, "products", "product")
    blocks = grid_blocks(columns, empty(shape.name) if frame is None else frame, content.calendar, names)
    if not forecast_chart.drawable(content.calendar, blocks):
        return
    months, found = forecast_chart.picks(columns, blocks, content.calendar, content.tables)
    sheet, data = (workbook.add_worksheet(title) for title in (forecast_chart.SHEET, forecast_chart.DATA_SHEET))
    forecast_chart.write_forecast_chart(
        workbook, sheet, data, book, name, columns, months, found, content.calendar, note
    )
    set_up_page(sheet, footer, pages_high=1)
    protect(sheet)
    data.hide()
    protect(data)


def _pictures_sheet(workbook: Workbook, book: Book, content: BookContent, note: str, footer: str) -> None:
    sheet = workbook.add_worksheet(supply_pictures.SHEET)
    supply_pictures.write_supply_pictures(workbook, sheet, book, content, note)
    set_up_page(sheet, footer, pages_high=1)
    protect(sheet)


def _rows_sheet(
    sheet: Worksheet, name: str, book: Book, shapes: list[Table], content: BookContent, note: str, footer: str
) -> list[Placed]:
    placed: list[Placed] = []
    header_row = FIRST_HEADER_ROW
    widths: dict[int, float] = {}
    for shape in shapes:
        if placed:
            start = placed[-1].last_row + 3
            sheet.write_string(start, FIRST_COLUMN, shape.title, book.formats("section"))
            sheet.write_string(start + 1, FIRST_COLUMN, shape.description, book.formats("lead"))
            header_row = start + 4
        frame = content.tables.get(shape.name)
        placed.append(write_table(sheet, name, book, shape, frame, header_row))
        for position, width in enumerate(column_widths(shape, frame)):
            widths[position] = max(widths.get(position, 0), width)
    for position, width in widths.items():
        sheet.set_column(FIRST_COLUMN + position, FIRST_COLUMN + position, width)
    first = shapes[0]
    across = max(item.columns for item in placed)
    room = 1.1 * sum(widths[position] for position in range(across))
    write_band(sheet, book.formats, first.title, first.description, across, note, characters=room)
    single = len(shapes) == 1
    sheet.freeze_panes(FIRST_HEADER_ROW + 1 if single else 3, FIRST_COLUMN + 1 if single else 0)
    repeat = (FIRST_HEADER_ROW, FIRST_HEADER_ROW) if single else None
    set_up_page(sheet, footer, repeat=repeat, pages_high=0 if single else 1)
    if book.protected:
        protect(sheet)
    return placed


def _write_meta(workbook: Workbook, function: str, content: BookContent, shapes: tuple[Table, ...]) -> None:
    labels = content.calendar.labels
    entries = meta.meta(
        function,
        cycle=content.cycle,
        status=content.status,
        base_version=content.base_version,
        content=meta.content_hash(content.tables, [shape.name for shape in shapes]),
        horizon=(labels[0], labels[-1]),
        currency=content.currency,
        illustrative=content.illustrative,
    )
    meta.write_meta(workbook.add_worksheet(meta.SHEET), entries)
