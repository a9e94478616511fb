"""The page of the pack that says what luck makes of the plans, and which families it leaves short."""

from __future__ import annotations

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from sop_xl.twin.replay import judged
from sop_xl.workbook.content import PackContent
from sop_xl.workbook.frame import FIRST_COLUMN, write_band
from sop_xl.workbook.pack_plan import write_heat
from sop_xl.workbook.report import write_nothing, write_spans
from sop_xl.workbook.style import Formats

_MONEY, _SHARE = "#,##0;[Red]-#,##0", "0.0%"
_SPANS = (
    (0, 2, "Plan"),
    (3, 4, "Gross margin planned"),
    (5, 6, "P10"),
    (7, 8, "P50"),
    (9, 10, "P90"),
    (11, 11, "Fill rate"),
    (12, 12, "P10"),
    (13, 13, "P50"),
    (14, 14, "P90"),
    (15, 17, "Earns more than the base plan"),
)
_NAMES = (
    *("title", "gross_margin", "margin_p10", "margin_p50", "margin_p90"),
    *("fill_rate", "fill_rate_p10", "fill_rate_p50", "fill_rate_p90", "better_than_base"),
)
_COLOURS = (0.0, 0.1, 0.5)


def write_uncertainty(sheet: Worksheet, formats: Formats, content: PackContent, note: str) -> None:
    """Write ranges of margin and service of every plan, and the chance of a stock-out by family and bucket."""
    simulation, risk = content.tables.get("simulation"), content.tables.get("stockout_risk")
    starts = [pd.Timestamp(start) for start in content.calendar.starts]
    width = max(len(starts) + 3, _SPANS[-1][1] + 1)
    lead = "Simulated from plan data: every plan in the same courses of demand, yield, breakdowns and late supply."
    write_band(sheet, formats, "What luck makes of the plans", lead, width, note, "Cover")
    if simulation is None or simulation.empty:
        write_nothing(sheet, formats, 4, "Nothing was simulated with this version.")
        return
    sheet.set_column(FIRST_COLUMN, FIRST_COLUMN, 24)
    sheet.set_column(FIRST_COLUMN + 1, FIRST_COLUMN + width - 1, 9)
    replayed = content.tables.get("twin_replay")
    if replayed is not None:
        sheet.write_string(4, FIRST_COLUMN, judged(replayed), formats("lead"))
    text = f"Gross margin in {content.currency} and fill rate: one course in ten ends below P10, one in ten above P90"
    sheet.write_string(6, FIRST_COLUMN, text, formats("section"))
    numbers = ("", *[_MONEY] * 4, *[_SHARE] * 4, "0%")
    last = write_spans(sheet, formats, 7, _SPANS, _NAMES, numbers, simulation)
    if risk is not None and len(risk):
        wide = risk.pivot(index="family", columns="period", values="chance").reindex(columns=starts)
        title = "Chance that a family owes more than 1 % of a bucket's demand at its end"
        write_heat(sheet, formats, last + 3, title, "Family", wide, content, _COLOURS)
    sheet.freeze_panes(3, FIRST_COLUMN + 1)
