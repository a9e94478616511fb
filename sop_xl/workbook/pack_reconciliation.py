"""Where the plans of the functions differ: by family over the horizon, and the rows that need talk."""

from __future__ import annotations

from typing import Any

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from sop_xl.workbook.content import PackContent
from sop_xl.workbook.frame import FIRST_COLUMN, a1, write_band
from sop_xl.workbook.report import (
    Formula,
    ReportColumn,
    write_nothing,
    write_report,
)
from sop_xl.workbook.style import MONTH, Formats

_UNITS = "#,##0"
_DETAILS = 60


def write_reconciliation(sheet: Worksheet, formats: Formats, content: PackContent, note: str) -> None:
    """Write where the plans of the functions differ: by family over the horizon, and the rows that need talk."""
    lead = "Plans of the functions side by side. What is below materiality was resolved by rule; the rest is below."
    write_band(sheet, formats, "Reconciliation", lead, 9, note, "Cover")
    frame = content.tables.get("reconciliation")
    if frame is None or frame.empty:
        write_nothing(sheet, formats, 4, "No reconciliation was given with this version.")
        return
    columns = [
        ReportColumn("Family", width=14),
        ReportColumn("Between", width=22),
        ReportColumn("First plan", _UNITS, 13, "units"),
        ReportColumn("Second plan", _UNITS, 13, "units"),
        ReportColumn("Gap", "#,##0;[Red]-#,##0", 13, "units"),
        ReportColumn("Gap", "#,##0;[Red]-#,##0", 14, content.currency),
        ReportColumn("Gap %", "0.0%;[Red]-0.0%", 11),
        ReportColumn("Months above materiality", "0", 13),
        ReportColumn("Largest cause", width=44, wrap=True),
    ]
    rows: list[list[Any]] = []
    for (family, between), part in frame.groupby(["family", "between"], sort=False):
        at = 5 + len(rows)
        first, second, gap = (a1(at, FIRST_COLUMN + p) for p in (2, 3, 4))
        one, two = float(part["first_units"].sum()), float(part["second_units"].sum())
        largest = part.loc[part["gap_value"].abs().fillna(0).idxmax()]
        share = Formula(f'=IF({second}=0,"",{gap}/{second})', (one - two) / two if two else "")
        rows.append(
            [
                family,
                between,
                one,
                two,
                Formula(f"={first}-{second}", one - two),
                part["gap_value"].sum(),
                share,
                float(part["material"].sum()),
                largest["root_cause"],
            ]
        )
    last = write_report(sheet, formats, 4, columns, rows)
    _write_agenda(sheet, formats, frame, last + 3)
    sheet.freeze_panes(5, FIRST_COLUMN + 1)


def _write_agenda(sheet: Worksheet, formats: Formats, frame: pd.DataFrame, row: int) -> None:
    material = frame[frame["material"]]
    order = material["gap_value"].abs().sort_values(ascending=False, kind="stable").index
    shown = material.loc[order].head(_DETAILS)
    settled = len(frame) - len(material)
    text = f"Above materiality: {len(material)} of {len(frame)} rows; {settled} were resolved by rule."
    sheet.write_string(row, FIRST_COLUMN, text, formats("section"))
    if len(shown) < len(material):
        sheet.write_string(row + 1, FIRST_COLUMN, f"The {_DETAILS} largest are shown.", formats("lead"))
    columns = [
        ReportColumn("Family", width=14),
        ReportColumn("Between", width=22),
        ReportColumn("Month", MONTH, 13),
        ReportColumn("First plan", _UNITS, 13),
        ReportColumn("Second plan", _UNITS, 13),
        ReportColumn("Gap value", "#,##0;[Red]-#,##0", 14),
        ReportColumn("Gap %", "0.0%;[Red]-0.0%", 11),
        ReportColumn("Resolution", width=13),
        ReportColumn("Cause", width=44, wrap=True),
    ]
    rows = [
        [
            r.family,
            r.between,
            r.period,
            r.first_units,
            r.second_units,
            r.gap_value,
            r.gap_pct,
            r.resolution,
            r.root_cause,
        ]
        for r in shown.itertuples(index=False)
    ]
    write_report(sheet, formats, row + 2, columns, rows, set_widths=False)
