"""Back of the pack: decisions, risks and opportunities, what was promised before, assumptions, sign-off."""

from __future__ import annotations

from typing import Any

import pandas as pd
from xlsxwriter.worksheet import Worksheet

from sop_xl.workbook.content import PackContent
from sop_xl.workbook.frame import FIRST_COLUMN, a1, write_band
from sop_xl.workbook.report import Formula, ReportColumn, column_sum, write_nothing, write_report
from sop_xl.workbook.style import DATE, Formats

_MONEY = "#,##0;[Red]-#,##0"
_SHARE = "0.0%;[Red]-0.0%"


def _table(content: PackContent, name: str) -> pd.DataFrame | None:
    frame = content.tables.get(name)
    return None if frame is None or frame.empty else frame


def write_decisions(sheet: Worksheet, formats: Formats, content: PackContent, note: str) -> None:
    """Write the decisions (seven at most) with their options and effects, and what was decided before."""
    write_band(
        sheet,
        formats,
        "Decisions",
        "What only this table can decide; the rest was settled below it.",
        11,
        note,
        "Cover",
    )
    columns = [
        ReportColumn("No.", width=9),
        ReportColumn("Question", width=40, wrap=True),
        ReportColumn("Family", width=12),
        ReportColumn("Option A", width=28, wrap=True),
        ReportColumn("Option B", width=28, wrap=True),
        ReportColumn("Margin, A less B", _MONEY, 13, content.currency),
        ReportColumn("Fill rate, A less B", "+0.0%;[Red]-0.0%;0.0%", 12),
        ReportColumn("Recommended", width=24, wrap=True),
        ReportColumn("Decide by", DATE, 12),
        ReportColumn("Decider", width=20, wrap=True),
        ReportColumn("Outcome", width=18, wrap=True),
    ]
    frame = _table(content, "decisions")
    rows: list[list[Any]] = []
    for d in [] if frame is None else frame.itertuples(index=False):
        outcome = f"{d.outcome}: {d.decided_option}" if d.decided_option else d.outcome
        rows.append(
            [
                d.decision,
                d.question,
                d.family,
                d.option_a,
                d.option_b,
                d.margin_effect,
                d.service_effect,
                d.recommendation,
                d.deadline,
                d.decider,
                outcome,
            ]
        )
    last = write_report(sheet, formats, 4, columns, rows)
    if not rows:
        last = write_nothing(sheet, formats, 5, "No decision is asked for.")
    _write_commitments(sheet, formats, content, last + 3)
    sheet.freeze_panes(5, 0)


def _write_commitments(sheet: Worksheet, formats: Formats, content: PackContent, row: int) -> None:
    frame = _table(content, "prior_commitments")
    if frame is None:
        return
    sheet.write_string(row, FIRST_COLUMN, "Decided before", formats("section"))
    columns = [
        ReportColumn("No.", width=9),
        ReportColumn("What was decided", width=40, wrap=True),
        ReportColumn("Status", width=12),
        ReportColumn("Owner", width=28, wrap=True),
        ReportColumn("Evidence", width=28, wrap=True),
        ReportColumn("Due", DATE, 13),
    ]
    rows = [[c.commitment, c.text, c.status, c.owner, c.evidence, c.due] for c in frame.itertuples(index=False)]
    last = write_report(sheet, formats, row + 1, columns, rows, set_widths=False)
    at = FIRST_COLUMN + 2
    for word, signal in (("late", "bad"), ("done", "good")):
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": formats.signal(signal)}
        sheet.conditional_format(row + 2, at, last, at, rule)


def write_risks(sheet: Worksheet, formats: Formats, content: PackContent, note: str) -> None:
    """Write risks and opportunities with their weighted money and its sum."""
    write_band(sheet, formats, "Risks and opportunities", "Not in the plan, but may come.", 9, note, "Cover")
    frame = _table(content, "risks_opportunities")
    if frame is None:
        write_nothing(sheet, formats, 4, "No risk or opportunity was entered.")
        return
    columns = [
        ReportColumn("Id", width=9),
        ReportColumn("Kind", width=13),
        ReportColumn("Description", width=46, wrap=True),
        ReportColumn("Family", width=12),
        ReportColumn("Margin if it comes", _MONEY, 14, content.currency),
        ReportColumn("Chance", "0%", 10),
        ReportColumn("Weighted", _MONEY, 13, content.currency),
        ReportColumn("Trigger", width=34, wrap=True),
        ReportColumn("Owner", width=22, wrap=True),
    ]
    rows: list[list[Any]] = []
    for offset, r in enumerate(frame.itertuples(index=False)):
        money, chance = (a1(5 + offset, FIRST_COLUMN + p) for p in (4, 5))
        known = not (pd.isna(r.money) or pd.isna(r.probability))
        value = float(r.money) * float(r.probability) if known else ""
        weighted = Formula(f'=IF(OR({money}="",{chance}=""),"",{money}*{chance})', value)
        rows.append([r.risk, r.kind, r.text, r.family, r.money, r.probability, weighted, r.trigger, r.owner])
    total: list[Any] = ["Expected", *[None] * 5, column_sum(rows, 4, 6), None, None]
    last = write_report(sheet, formats, 4, columns, [*rows, total], strong_last=True)
    for word, signal in (("risk", "bad"), ("opportunity", "good")):
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": formats.signal(signal)}
        sheet.conditional_format(5, FIRST_COLUMN + 1, last, FIRST_COLUMN + 1, rule)
    sheet.freeze_panes(5, 0)


def write_assumptions(sheet: Worksheet, formats: Formats, content: PackContent, note: str) -> None:
    """Write what must hold for the plan to hold, with the day of the test."""
    write_band(
        sheet, formats, "Assumptions", "What must hold for the plan to hold, and when it is tested.", 9, note, "Cover"
    )
    frame = _table(content, "assumptions")
    if frame is None:
        write_nothing(sheet, formats, 4, "No assumption was entered.")
        return
    pnl = content.tables.get("profit_and_loss")
    families = {} if pnl is None else dict(zip(pnl["product"], pnl["family"], strict=True))
    columns = [
        ReportColumn("Id", width=9),
        ReportColumn("Assumption", width=50, wrap=True),
        ReportColumn("Concerns", width=14),
        ReportColumn("Measure", width=18, wrap=True),
        ReportColumn("Expected", "#,##0.##", 12),
        ReportColumn("Tolerance", "0%", 11),
        ReportColumn("Tested on", DATE, 13),
        ReportColumn("Owner", width=22, wrap=True),
        ReportColumn("Status", width=11),
    ]
    rows = [
        [
            a.assumption_id,
            a.statement,
            families.get(a.target, a.target),
            a.measure,
            a.value,
            a.tolerance_pct,
            a.test_date,
            a.owner,
            a.status,
        ]
        for a in frame.itertuples(index=False)
    ]
    last = write_report(sheet, formats, 4, columns, rows)
    at = FIRST_COLUMN + 8
    for word, signal in (("failed", "bad"), ("partial", "warn"), ("held", "good")):
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": formats.signal(signal)}
        sheet.conditional_format(5, at, last, at, rule)
    sheet.freeze_panes(5, 0)


def write_sign_off(sheet: Worksheet, formats: Formats, content: PackContent, note: str) -> None:
    """Write who commits to which version; empty lines are left for a pen."""
    lead = "Who commits to this version. A signature names the version; a changed plan is a new one."
    write_band(sheet, formats, "Sign-off", lead, 6, note, "Cover")
    frame = _table(content, "sign_off")
    columns = [
        ReportColumn("Role", width=24),
        ReportColumn("Name", width=26),
        ReportColumn("Date", DATE, 14),
        ReportColumn("Decision", width=26),
        ReportColumn("Version", width=22),
        ReportColumn("Conditions", width=50, wrap=True),
    ]
    rows: list[list[Any]] = []
    for s in [] if frame is None else frame.itertuples(index=False):
        rows.append([s.role, s.name, s.date, s.decision, str(s.version)[:16], s.note])
    last = write_report(sheet, formats, 4, columns, rows or [["Executive sponsor", *[None] * 5]])
    for row in range(5, last + 1):
        sheet.set_row(row, 30)
    text = f"Version of this pack: {content.version or 'not committed'}"
    sheet.write_string(last + 2, FIRST_COLUMN, text, formats("fact_left"))
