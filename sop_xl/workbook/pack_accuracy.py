"""Accuracy in the pack: frozen forecasts against what was sold, value added by every step, and the baseline's test."""

from __future__ import annotations

from typing import Any

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.workbook.content import PackContent
from sop_xl.workbook.frame import FIRST_COLUMN, a1, write_band
from sop_xl.workbook.report import Formula, ReportColumn, write_nothing, write_report
from sop_xl.workbook.style import Formats

_POINTS = "+0.0%;[Red]-0.0%;0.0%"
_FIRST_LAG = "1"
_TOP = 4
_HEAD = 2
"""Rows from the title of a table to its header; units stand between them."""


def write_accuracy(sheet: Worksheet, formats: Formats, content: PackContent, note: str) -> None:
    """Write how good the frozen forecasts were, what every step added, and how the baseline does on held-out months."""
    lead = (
        "What was forecast, frozen when it was committed, against what was then sold; and the baseline on past months."
    )
    write_band(sheet, formats, "Forecast accuracy", lead, 8, note, "Cover")
    row = _write_stairs(sheet, formats, content, _TOP)
    row = _write_families(sheet, formats, content, row)
    _write_hold_out(sheet, formats, content, row)


def _table(content: PackContent, name: str) -> pd.DataFrame | None:
    frame = content.tables.get(name)
    return None if frame is None or frame.empty else frame


def _write_stairs(sheet: Worksheet, formats: Formats, content: PackContent, row: int) -> int:
    """Write the value added by every step over all families; return the row that follows."""
    sheet.write_string(row, FIRST_COLUMN, "Value added by every step, all months ahead", formats("section"))
    frame = _table(content, "forecast_value_added")
    if frame is None:
        text = "No frozen forecast has met its month yet: the first is measured in the cycle after its commitment."
        write_nothing(sheet, formats, row + 1, text)
        return row + 4
    whole = frame[(frame["family"] == EVERYWHERE) & (frame["person"] == EVERYWHERE)]
    columns = [
        ReportColumn("Step", width=18),
        ReportColumn("WAPE", "0.0%", 12),
        ReportColumn("Value added", _POINTS, 13, "WAPE before − WAPE"),
        ReportColumn("Interval from", _POINTS, 12, "90 %, by product"),
        ReportColumn("to", _POINTS, 12),
        ReportColumn("Changed", "#,##0", 14, "forecasts"),
        ReportColumn("Verdict", width=46),
    ]
    rows: list[list[Any]] = [
        [s.layer, s.wape, s.value_added, s.low, s.high, s.changed, s.verdict] for s in whole.itertuples(index=False)
    ]
    return write_report(sheet, formats, row + _HEAD, columns, rows) + 2


def _write_families(sheet: Worksheet, formats: Formats, content: PackContent, row: int) -> int:
    """Write accuracy of the last layer by family, one month ahead; return the row that follows."""
    frame = _table(content, "accuracy_by_lag")
    if frame is None:
        return row
    first = frame[frame["lag"] == _FIRST_LAG]
    order = {layer: position for position, layer in enumerate(dict.fromkeys(first["layer"]))}
    last = max(order, key=lambda layer: order[layer], default="")
    sheet.write_string(row, FIRST_COLUMN, f"By family, one month ahead: {last}", formats("section"))
    columns = [
        ReportColumn("Family", width=18),
        ReportColumn("WAPE", "0.0%", 12, "Σ|A−F| / Σ|A|"),
        ReportColumn("Bias", _POINTS, 13, "positive = over"),
        ReportColumn("Tracking signal", "+0.0;[Red]-0.0;0.0", 12, "beyond ±4: look"),
        ReportColumn("MASE", "0.00", 12),
        ReportColumn("RMSSE", "0.00", 14),
        ReportColumn("Verdict", width=46),
    ]
    own = first[first["layer"] == last]
    rows: list[list[Any]] = [
        [f.family, f.wape, f.bias, f.tracking_signal, f.mase, f.rmsse, _against_naive(f.owa)]
        for f in own.itertuples(index=False)
    ]
    return write_report(sheet, formats, row + _HEAD, columns, rows, set_widths=False) + 2


def _against_naive(owa: float) -> str:
    if pd.isna(owa):
        return ""
    return f"{'better' if owa < 1 else 'no better'} than naive (OWA {owa:.2f})"


def _write_hold_out(sheet: Worksheet, formats: Formats, content: PackContent, row: int) -> None:
    """Write how good the baseline was, against the seasonal naive, and whether it earned its place."""
    title = "The baseline on the last months of the history, held back, beside the seasonal naive"
    sheet.write_string(row, FIRST_COLUMN, title, formats("section"))
    frame = _table(content, "forecast_accuracy")
    if frame is None:
        write_nothing(sheet, formats, row + 1, "No accuracy was measured for this version.")
        return
    columns = [
        ReportColumn("Family", width=18),
        ReportColumn("WAPE", "0.0%", 12, "Σ|A−F| / Σ|A|"),
        ReportColumn("Naive WAPE", "0.0%", 12),
        ReportColumn("Value added", _POINTS, 13, "naive − WAPE"),
        ReportColumn("Bias", _POINTS, 12, "positive = over"),
        ReportColumn("Within P10 … P90", "0%", 14, "80 % is right"),
        ReportColumn("Verdict", width=46),
    ]
    rows: list[list[Any]] = []
    for offset, f in enumerate(frame.itertuples(index=False)):
        wape, naive = (a1(row + _HEAD + 1 + offset, FIRST_COLUMN + p) for p in (1, 2))
        known = not (pd.isna(f.wape) or pd.isna(f.naive_wape))
        gain = float(f.naive_wape) - float(f.wape) if known else None
        added = Formula(f'=IF(OR({wape}="",{naive}=""),"",{naive}-{wape})', "" if gain is None else gain)
        verdict = "not defined: nothing was sold" if gain is None else "better than naive" if gain > 0 else ""
        verdict = verdict or "no better than naive: use with care"
        rows.append([f.family, f.wape, f.naive_wape, added, f.bias, f.coverage_80, verdict])
    write_report(sheet, formats, row + _HEAD, columns, rows)
