"""Middle of the pack: what supply cannot do and what it would cost, how full the plants are, and where plans differ."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from sop_xl.workbook.content import PackContent
from sop_xl.workbook.frame import FIRST_COLUMN, a1, write_band
from sop_xl.workbook.report import (
    ReportColumn,
    column_sum,
    write_nothing,
    write_report,
    write_spans,
)
from sop_xl.workbook.style import MONTH, Formats

_UNITS = "#,##0"
_SIGNED = "#,##0;[Red]-#,##0"
_DETAILS = 60
_LOADS = (0.6, 0.95, 1.1)


def write_gaps(sheet: Worksheet, formats: Formats, content: PackContent, note: str) -> None:
    """Write the gaps by family and relief, dearest first, with the cause of the largest and a total."""
    lead = "Demand not met on time, by family, with the cause of the largest gap and what it would take to close it."
    write_band(sheet, formats, "Supply gaps", lead, 10, note, "Cover")
    gaps = content.tables.get("gaps")
    if gaps is None:
        write_nothing(sheet, formats, 4, "No answer of supply was given with this version.")
        return
    columns = [
        ReportColumn("Family", width=14),
        ReportColumn("Cause", width=34, wrap=True),
        ReportColumn("First month", MONTH, 12),
        ReportColumn("Last month", MONTH, 12),
        ReportColumn("Late", _UNITS, 11, "units"),
        ReportColumn("Lost", _UNITS, 11, "units"),
        ReportColumn("Revenue late or lost", _UNITS, 14, content.currency),
        ReportColumn("Cheapest relief", width=36, wrap=True),
        ReportColumn("Cost per unit", "#,##0.00", 12, f"{content.currency}/unit"),
        ReportColumn("One more unit or hour is worth", "#,##0.00", 16, content.currency),
    ]
    if gaps.empty:
        write_report(sheet, formats, 4, columns, [])
        write_nothing(sheet, formats, 6, "No gap: every unit demanded is delivered on time.")
        return
    rows: list[list[Any]] = []
    for (family, _), part in gaps.assign(relief=gaps["relief"].fillna("")).groupby(["family", "relief"], sort=False):
        worst = part.loc[part["gap_value"].fillna(0).idxmax()]
        rows.append(
            [
                family,
                worst["cause"],
                part["period"].min(),
                part["period"].max(),
                part["late"].sum(),
                part["lost"].sum(),
                part["gap_value"].sum(),
                worst["relief"],
                worst["relief_cost"],
                part["marginal_value"].max(),
            ]
        )
    rows.sort(key=lambda row: -float(row[6] or 0))
    total: list[Any] = ["Total", None, None, None, *(column_sum(rows, 4, p) for p in (4, 5, 6)), None, None, None]
    last = write_report(sheet, formats, 4, columns, [*rows, total], strong_last=True)
    sheet.freeze_panes(5, FIRST_COLUMN + 1)
    _write_reliefs(sheet, formats, content, last + 3)


def _write_reliefs(sheet: Worksheet, formats: Formats, content: PackContent, row: int) -> None:
    reliefs = content.tables.get("reliefs")
    if reliefs is None or reliefs.empty:
        return
    sheet.write_string(row, FIRST_COLUMN, "Levers, solved alone and together", formats("section"))
    spans = (
        (0, 1, "Lever"),
        (2, 3, "Kind"),
        (4, 4, "Gap closed"),
        (5, 5, "Extra cost"),
        (6, 6, "Margin effect"),
        (7, 7, "Cost per unit of gap closed"),
        (8, 8, "Fill rate"),
        (9, 9, "Average stock"),
        (10, 10, "CO2, t"),
    )
    names = (
        *("relief", "lever", "gap_closed", "extra_cost", "margin_effect", "cost_per_unit"),
        *("fill_rate", "stock_value", "co2"),
    )
    numbers = ("", "", _UNITS, _SIGNED, _SIGNED, "#,##0.00", "0.0%", _UNITS, _UNITS)
    sheet.set_column(FIRST_COLUMN + 10, FIRST_COLUMN + 10, 11)
    ranked = reliefs.sort_values(["levers", "margin_effect"], ascending=[True, False], kind="stable")
    write_spans(sheet, formats, row + 1, spans, names, numbers, ranked)


def write_capacity(sheet: Worksheet, formats: Formats, content: PackContent, note: str) -> None:
    """Write the heat map of planned and rough-cut load by resource and bucket, and the bottlenecks."""
    load = content.tables.get("resource_load")
    starts = [pd.Timestamp(start) for start in content.calendar.starts]
    width = len(starts) + 3
    lead = "Load of every resource against its regular hours: of the plan, and of demand as if nothing were limited."
    write_band(sheet, formats, "Capacity", lead, width, note, "Cover")
    if load is None or load.empty:
        write_nothing(sheet, formats, 4, "No resources are planned in this version.")
        return
    sheet.set_column(FIRST_COLUMN, FIRST_COLUMN, 24)
    sheet.set_column(FIRST_COLUMN + 1, FIRST_COLUMN + len(starts), 8.5)
    sheet.set_column(FIRST_COLUMN + len(starts) + 1, FIRST_COLUMN + width - 1, 10)
    row = 4
    for title, name in (("Plan", "utilisation"), ("Unconstrained demand (rough cut)", "rough_cut_utilisation")):
        wide = load.pivot(index="resource", columns="period", values=name).reindex(columns=starts)
        row = write_heat(sheet, formats, row, title, "Resource", wide, content, _LOADS) + 2
    _write_bottlenecks(sheet, formats, content, row)
    sheet.freeze_panes(3, FIRST_COLUMN + 1)


def write_heat(
    sheet: Worksheet,
    formats: Formats,
    row: int,
    title: str,
    what: str,
    wide: pd.DataFrame,
    content: PackContent,
    colours: tuple[float, float, float],
) -> int:
    """Write shares by row and bucket as a heat map with their highest and mean, and return its last row.

    Args:
        sheet: of the pack.
        formats: of the workbook.
        row: of the title.
        title: above the map.
        what: its rows are.
        wide: shares, one column a bucket.
        content: for the calendar.
        colours: shares at which the map is white, amber and red.
    """
    sheet.write_string(row, FIRST_COLUMN, title, formats("section"))
    head = row + 1
    sheet.write_string(head, FIRST_COLUMN, what, formats("header_text"))
    monthly = all(len(label) == 7 for label in content.calendar.labels)
    for position, start in enumerate(content.calendar.starts, start=1):
        form = formats("header", "mmm yy" if monthly else "dd mmm yy")
        sheet.write_datetime(head, FIRST_COLUMN + position, start, form)
    count = wide.shape[1]
    for offset, text in enumerate(("Highest", "Mean"), start=1):
        sheet.write_string(head, FIRST_COLUMN + count + offset, text, formats("header_calc"))
    at = head
    for resource, values in zip(wide.index, wide.to_numpy(dtype=float), strict=True):
        at += 1
        sheet.write_string(at, FIRST_COLUMN, str(resource), formats("calc", align="left", indent=1))
        form = formats("calc", "0%", align="center")
        for position, value in enumerate(values, start=1):
            if pd.isna(value):
                sheet.write_blank(at, FIRST_COLUMN + position, None, form)
            else:
                sheet.write_number(at, FIRST_COLUMN + position, float(value), form)
        span = f"{a1(at, FIRST_COLUMN + 1)}:{a1(at, FIRST_COLUMN + count)}"
        known = [float(v) for v in values if not pd.isna(v)]
        results = (max(known), math.fsum(known) / len(known)) if known else ("", "")
        for offset, (word, result) in enumerate(zip(("MAX", "AVERAGE"), results, strict=True), start=1):
            formula = f'=IF(COUNT({span})=0,"",{word}({span}))'
            sheet.write_formula(at, FIRST_COLUMN + count + offset, formula, formats("strong", "0%"), result)
    scale = {
        "type": "3_color_scale",
        "min_type": "num",
        "mid_type": "num",
        "max_type": "num",
        **dict(zip(("min_value", "mid_value", "max_value"), colours, strict=True)),
        "min_color": "#FFFFFF",
        "mid_color": "#FDEBCB",
        "max_color": "#E5989B",
    }
    sheet.conditional_format(head + 1, FIRST_COLUMN + 1, at, FIRST_COLUMN + count + 1, scale)
    return at


def _write_bottlenecks(sheet: Worksheet, formats: Formats, content: PackContent, row: int) -> None:
    frame = content.tables.get("bottlenecks")
    sheet.write_string(row, FIRST_COLUMN, "Bottlenecks, most valuable first", formats("section"))
    if frame is None or frame.empty:
        sheet.write_string(row + 1, FIRST_COLUMN, "No constraint is worth money in this plan.", formats("lead"))
        return
    spans = (
        (0, 0, "Constraint"),
        (1, 2, "Kind"),
        (3, 9, "Months in which it binds"),
        (10, 11, "Peak"),
        (12, 14, "One more unit or hour"),
        (15, 17, "10 % more is worth"),
    )
    names = ("constraint", "kind", "periods", "peak_utilisation", "marginal_value", "value_of_10_percent")
    write_spans(sheet, formats, row + 1, spans, names, ("", "", "", "0%", "#,##0.00", "#,##0"), frame)
