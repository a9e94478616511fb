"""The workbook that the conformance tests work on."""

from __future__ import annotations

import io
from datetime import datetime

import xlsxwriter


def conformance_book() -> bytes:
    """Return a book of three sheets.

    ``Plan``: a table `orders` in B3:E8 (Product, Units, Price, Due), notes and formulas beside it.
    ``Looks``: formatted cells. ``Empty``: nothing.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    plan, looks = book.add_worksheet("Plan"), book.add_worksheet("Looks")
    book.add_worksheet("Empty")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    price = book.add_format({"num_format": "0.00"})
    plan.write("A1", "Orders")
    rows = [
        ["Bolt", 10, 1.5, datetime(2026, 1, 5)],
        ["Nut", 20, 0.5, datetime(2026, 2, 5)],
        ["Screw", 30, 2.5, datetime(2026, 3, 5)],
        ["Washer", 40, 0.25, datetime(2026, 4, 5)],
        ["Pin", 50, 4, datetime(2026, 5, 5)],
    ]
    columns = [
        {"header": "Product"},
        {"header": "Units"},
        {"header": "Price", "format": price},
        {"header": "Due", "format": day},
    ]
    plan.add_table("B3:E8", {"name": "orders", "data": rows, "columns": columns, "style": "Table Style Light 9"})
    for row, line in enumerate(rows, 3):
        plan.write_row(row, 1, line[:2])
        plan.write(row, 3, line[2], price)
        plan.write_datetime(row, 4, line[3], day)
    plan.write_formula("G3", "=SUM(orders[Units])", None, 150)
    plan.write_formula("G4", "=C4*2", None, 20)
    plan.write_formula("G5", '=IF(C4>5,"many","few")', None, "many")
    plan.write_formula("G6", "=NA()", None, "#N/A")
    plan.write_boolean("G7", True)
    plan.write_formula("G8", "=C4>100", None, False)
    plan.write("I1", 1)
    plan.write("I2", 2)
    plan.write("I4", 4)
    plan.write_comment("B4", "checked by the buyer")
    plan.write_url("A2", "https://example.com/orders", string="link")
    plan.set_column("A:A", 20)
    plan.set_row(0, 30)
    book.define_name("units", "=Plan!$C$4:$C$8")
    book.define_name("rate", "=0.25")
    book.define_name("Looks!mine", "=Looks!$A$1")
    bold = {"bold": True, "italic": True, "font_name": "Arial", "font_size": 14, "font_color": "#C00000"}
    looks.write("A1", "Loud", book.add_format({**bold, "bg_color": "#FFFF00"}))
    looks.write("A2", 1234.5, book.add_format({"num_format": "#,##0.00", "align": "center", "valign": "vcenter"}))
    looks.write("A3", "a long text", book.add_format({"text_wrap": True}))
    looks.write("A4", 0.5, book.add_format({"num_format": "0%"}))
    looks.write("A5", 0.25, book.add_format({"num_format": "hh:mm"}))
    looks.write_datetime("A6", datetime(2026, 7, 1, 13, 30), book.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
    looks.merge_range("C1:D2", "joined", book.add_format({"align": "left"}))
    book.close()
    return out.getvalue()
