"""Open a 10,000 x 40 workbook and read one table: the file engine beside openpyxl, CPU time of the same run.

Run from anywhere: ``python benchmarks/file_engine.py`` (about half a minute). The book has a second sheet that nobody
reads, as plan books have; both readers return the table as rows of Python values. ``--writes 4000`` also times that
many edits of single cells and the saving.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable

import xlsxwriter

ROWS, COLUMNS = 10_000, 40


def workbook() -> bytes:
    """Return the book: a table of text, dates and numbers."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Data")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    headers = ["Product", "Month", *(f"M{number}" for number in range(1, COLUMNS - 1))]
    for row in range(1, ROWS):
        sheet.write_string(row, 0, f"P-{row % 700:04d}")
        sheet.write_number(row, 1, 45_000 + row % 365, day)
        for column in range(2, COLUMNS):
            sheet.write_number(row, column, row * column / 8)
    sheet.add_table(0, 0, ROWS - 1, COLUMNS - 1, {"name": "data", "columns": [{"header": h} for h in headers]})
    book.add_worksheet("Notes").write("A1", "nothing")
    book.close()
    return out.getvalue()


def with_engine(data: bytes) -> int:
    """Read the table with the file engine through xlwings."""
    from sop_xl.excel.engine import open_book

    return len(open_book(data).sheets["Data"].tables["data"].range.value)


def with_openpyxl(data: bytes) -> int:
    """Read the table with openpyxl."""
    from openpyxl import load_workbook

    sheet = load_workbook(io.BytesIO(data), data_only=True)["Data"]
    return len([[cell.value for cell in row] for row in sheet[sheet.tables["data"].ref]])


def with_openpyxl_read_only(data: bytes) -> int:
    """Read the sheet with openpyxl's fastest way, which knows no tables."""
    from openpyxl import load_workbook

    return len(
        list(load_workbook(io.BytesIO(data), read_only=True, data_only=True)["Data"].iter_rows(values_only=True))
    )


def edit_and_save(data: bytes, writes: int) -> int:
    """Write single cells through xlwings and save."""
    from sop_xl.excel.engine import open_book, save

    book = open_book(data)
    sheet = book.sheets["Data"]
    for number in range(writes):
        sheet[1 + number % (ROWS - 1), 2 + number // (ROWS - 1)].value = number
    return len(save(book))


def cpu_seconds(work: Callable[[], int]) -> float:
    """Return the CPU time of the better of two runs."""
    times = []
    for _ in range(2):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Print the times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writes", type=int, default=4000)
    writes = parser.parse_args().writes
    import pandas  # noqa: F401
    import xlwings  # noqa: F401

    data = workbook()
    print(f"{ROWS:,} x {COLUMNS} cells, {len(data) / 2**20:.1f} MB")
    engine = cpu_seconds(lambda: with_engine(data))
    others = {"openpyxl": with_openpyxl, "openpyxl, read-only": with_openpyxl_read_only}
    print(f"{'file engine':22} {engine:6.2f} s")
    for name, work in others.items():
        seconds = cpu_seconds(lambda work=work: work(data))  # type: ignore[misc]
        print(f"{name:22} {seconds:6.2f} s   {seconds / engine:4.1f} x the file engine")
    if writes:
        print(f"{writes:,} single edits and saving: {cpu_seconds(lambda: edit_and_save(data, writes)):.2f} s")


if __name__ == "__main__":
    main()
