"""A workbook with everything that a careless save would lose."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import xlsxwriter

CUSTOM_UI = (
    b'<?xml version="1.0" encoding="UTF-8"?><customUI xmlns="http://schemas.microsoft.com/office/2009/07/customui">'
    b'<ribbon><tabs><tab id="mine" label="Mine"/></tabs></ribbon></customUI>'
)


def rich_book() -> bytes:
    """Return a workbook with sparklines, charts, old and new conditional formats, spills, comments, custom UI and more.

    ``Plan`` has the table `plan` in A3:D7 with a calculated column, totals beside it, a spill in H2, an array formula
    in J2:J4; ``Free`` has formulas that depend on nothing of ``Plan``; ``Chain`` depends on ``Plan`` through itself.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    plan, free, chain = (book.add_worksheet(name) for name in ("Plan", "Free", "Chain"))
    number = book.add_format({"num_format": "#,##0", "bg_color": "#FFFFCC", "font_color": "#0000FF"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    plan.write("A1", "Plan & targets", book.add_format({"bold": True, "font_size": 16}))
    rows = [["Bolt", 10, 1.5], ["Nut", 20, 0.5], ["Screw", 30, 2.0], ["Pin", 40, 4.0]]
    columns = [{"header": "Product"}, {"header": "Units"}, {"header": "Price"}]
    revenue = {"header": "Revenue", "formula": "=[@Units]*[@Price]"}
    plan.add_table("A3:D7", {"name": "plan", "data": rows, "columns": [*columns, revenue]})
    for row, line in enumerate(rows, 3):
        plan.write_number(row, 1, line[1], number)
        plan.write_formula(row, 3, "=plan[[#This Row],[Units]]*plan[[#This Row],[Price]]", number, line[1] * line[2])
    plan.write_formula("F3", "=SUM(plan[Units])", number, 100)
    plan.write_formula("F4", "=B4*2", number, 20)
    plan.write_formula("F5", "=SUM(C4:C7)", number, 8)
    plan.write_formula("F6", '=IF(F3>50,"over","under")', None, "over")
    plan.write_formula("F7", "=limit*2", None, 14)
    plan.write_dynamic_array_formula("H2:H5", "=UNIQUE(A4:A7)", None, "Bolt")
    for row, text in enumerate(("Nut", "Screw", "Pin"), 2):
        plan.write(row, 7, text)
    plan.write_array_formula("J2:J4", "{=C4:C6*2}", None, 3)
    plan.write_number("J3", 1)
    plan.write_number("J4", 4)
    plan.write_rich_string("A9", "plain ", book.add_format({"bold": True}), "bold", " plain")
    plan.write_datetime("A10", datetime(2026, 5, 1), day)
    plan.add_sparkline("E4", {"range": "Plan!B4:C4"})
    plan.conditional_format("B4:B7", {"type": "data_bar", "data_bar_2010": True})
    plan.conditional_format("C4:C7", {"type": "3_color_scale"})
    plan.conditional_format("D4:D7", {"type": "icon_set", "icon_style": "3_arrows"})
    plan.data_validation("A12", {"validate": "list", "source": ["open", "closed"]})
    plan.data_validation("A13", {"validate": "list", "source": "=Free!$A$1:$A$3"})
    plan.write_comment("B4", "agreed with the buyer")
    plan.write_url("A14", "https://example.com/plan")
    plan.freeze_panes(3, 1)
    plan.set_column("A:A", 24)
    plan.set_column("M:P", 5, day)
    plan.set_row(8, 27.75)
    plan.set_header("&LPlan")
    plan.autofilter("A20:B22")
    plan.merge_range("A16:B17", "joined")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"categories": "=Plan!$A$4:$A$7", "values": "=Plan!$B$4:$B$7"})
    plan.insert_chart("L2", chart)
    for row in range(3):
        free.write_number(row, 0, row + 1)
    free.write_formula("B1", "=SUM(A1:A3)", None, 6)
    free.write_formula("B2", "=B1*2", None, 12)
    free.write_formula("B3", "=TODAY()-TODAY()", None, 0)
    chain.write_formula("A1", "=Plan!F3+1", None, 101)
    chain.write_formula("A2", "=A1+1", None, 102)
    chain.write_formula("A3", "=Free!B1", None, 6)
    chain.write_formula("A4", '=INDIRECT("Plan!B4")', None, 10)
    chain.protect()
    book.define_name("limit", "=Free!$A$2+5")
    book.define_name("Plan!local", "=Plan!$B$4")
    book.set_custom_property("sop_xl", "yes")
    book.close()
    return _with_extras(out.getvalue())


def _with_extras(data: bytes) -> bytes:
    """Add a custom ribbon and an order of calculation, which XlsxWriter does not write."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    parts["customUI/customUI14.xml"] = CUSTOM_UI
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="rIdUi" Type="http://schemas.microsoft.com/office/2007/relationships/ui/extensibility" '
        b'Target="customUI/customUI14.xml"/></Relationships>',
    )
    parts["xl/calcChain.xml"] = (
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        b'<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<c r="A2" i="3"/><c r="A1"/><c r="F4" i="1"/><c r="F3"/><c r="F5"/><c r="B1" i="2"/></calcChain>'
    )
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(
        b"</Types>",
        b'<Override PartName="/xl/calcChain.xml" ContentType='
        b'"application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"/></Types>',
    )
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>",
        b'<Relationship Id="rIdChain" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        b'calcChain" Target="calcChain.xml"/></Relationships>',
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, part in parts.items():
            target.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), part)
    return out.getvalue()
