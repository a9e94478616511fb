"""The first sheet of a book: where the cycle stands, what to do next, which sheets there are and what is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xlsxwriter.worksheet import Worksheet

from sop_xl.schema.catalogue import tables
from sop_xl.workbook.content import BookContent
from sop_xl.workbook.frame import FIRST_COLUMN, a1, quoted, write_band
from sop_xl.workbook.row_grid import Placed
from sop_xl.workbook.rules import CHECK
from sop_xl.workbook.style import DATE, LINK_INK, Formats

SHEET = "Home"


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    lead: str
    next_step: str


WORDS = {
    "data": _Words(
        "Data gathering",
        "Step 0: one clean dataset that every function plans from.",
        "Paste or type the data of the month, look at the column Check, save, and submit the file.",
    ),
    "product": _Words(
        "Product review",
        "Step 1: lifecycle, launches and the list of products to keep, watch or sunset.",
        "Confirm phases, keep launches up to date, decide an action for every product at risk, then submit.",
    ),
    "sales": _Words(
        "Sales · demand review",
        "Step 2: what sales knows that history does not. An empty override keeps the baseline, 0 plans zero.",
        "Override where you know better and say why, update pipeline and accounts, then submit.",
    ),
    "marketing": _Words(
        "Marketing · demand review",
        "Step 2: campaigns, price changes and signals, each with its effect on demand.",
        "Enter campaigns and price changes with their effect and an assumption, then submit.",
    ),
    "operations": _Words(
        "Operations · supply review",
        "Step 3: what can be made, bought, moved and stored, and the answer to demand.",
        "Check capacity, materials and lanes, answer every gap on SupplyResponse, then submit.",
    ),
    "finance": _Words(
        "Finance · financial reconciliation",
        "Step 4: prices, costs, budget and cash: what the plan is worth.",
        "Check prices and costs, keep budget and rates up to date, comment the bridge, then submit.",
    ),
    "executive": _Words(
        "Executive S&OP",
        "Step 5: key figures, family pages, scenarios and the few decisions that need this table.",
        "Read Dashboard and FamilyPages, compare Scenarios, decide on Decisions, sign on SignOff.",
    ),
}

COMMITTED = {"Committed revenue": "revenue", "Committed margin": "margin"}
"""Figures of the committed plan on Home, read by the cell function SOP_PLAN."""

WITHOUT_ADD_IN = "read with the S&OP add-in"
"""What stands in their place where no add-in answers, and as the stored result of a file."""

_LINKS = FIRST_COLUMN
_HEAD = ("Sheet", "What it is for", "Rows filled", "In order", "To check", "State")


def write_home(
    sheet: Worksheet, formats: Formats, book: str, content: BookContent, placed: Sequence[Placed], pages: int
) -> None:
    """Write the sheet; counts are formulas that move while people type."""
    words = WORDS[book]
    sheet.set_column(FIRST_COLUMN, FIRST_COLUMN, 22)
    sheet.set_column(FIRST_COLUMN + 1, FIRST_COLUMN + 1, 90)
    sheet.set_column(FIRST_COLUMN + 2, FIRST_COLUMN + 5, 12)
    write_band(sheet, formats, words.title, words.lead, 6, "S&OP workbook", back="")
    row = _write_facts(sheet, formats, book, content, 3)
    row = _write_next_step(sheet, formats, content.next_step or words.next_step, row)
    if content.illustrative:
        text = "Illustrative data: supply and cost figures of this book are invented to show how it works."
        sheet.merge_range(row, FIRST_COLUMN, row, FIRST_COLUMN + 5, text, formats("remark"))
        sheet.set_row(row, 20)
        row += 2
    row = _write_sheets(sheet, formats, placed, pages, row)
    row = _write_reference(sheet, formats, content, row, committed=book != "data")
    _write_legend(sheet, formats, row)


def _write_facts(sheet: Worksheet, formats: Formats, book: str, content: BookContent, row: int) -> int:
    calendar = content.calendar
    span = f"{calendar.labels[0]} to {calendar.labels[-1]} · {len(calendar)} buckets"
    facts: list[tuple[str, object]] = [
        ("Cycle", content.cycle or "not named yet"),
        ("Function", book),
        ("Status", content.status),
        ("Due", content.due or "no date set"),
        ("Issued from version", content.base_version[:12] or "none yet"),
        ("Horizon", span),
        ("Currency", content.currency),
    ]
    for label, value in facts:
        sheet.write_string(row, FIRST_COLUMN, label, formats("label"))
        if isinstance(value, str):
            sheet.write_string(row, FIRST_COLUMN + 1, value, formats("fact_left"))
        else:
            sheet.write_datetime(row, FIRST_COLUMN + 1, value, formats("fact_left", DATE))
        row += 1
    return row + 1


def _write_next_step(sheet: Worksheet, formats: Formats, text: str, row: int) -> int:
    sheet.write_string(row, FIRST_COLUMN, "Next step", formats("band", font_size=11, bg_color="#2B7A78"))
    form = formats("fact_left", bg_color="#E6F1F0", text_wrap=True, indent=1)
    sheet.merge_range(row, FIRST_COLUMN + 1, row, FIRST_COLUMN + 5, text, form)
    sheet.set_row(row, 32 if len(text) > 110 else 24)
    return row + 2


def _write_sheets(sheet: Worksheet, formats: Formats, placed: Sequence[Placed], pages: int, row: int) -> int:
    for position, text in enumerate(_HEAD):
        form = formats("header_text" if position < 2 else "header")
        sheet.write_string(row, FIRST_COLUMN + position, text, form)
    first = row + 1
    filled_at, good_at, open_at, state_at = (FIRST_COLUMN + i for i in (2, 3, 4, 5))
    number = formats("cross", "#,##0")
    open_rows = 0
    for offset, item in enumerate(placed):
        at, shape = first + offset, tables()[item.table]
        link = formats("calc", font_color="#2B7A78", underline=1, indent=1)
        target = f"internal:{quoted(item.sheet)}!{a1(item.header_row, FIRST_COLUMN)}"
        sheet.write_url(at, _LINKS, target, link, item.sheet)
        sheet.write_string(at, _LINKS + 1, _purpose(shape.title, shape.description), formats("calc", indent=1))
        if shape.layout == "page":
            sheet.write_number(at, filled_at, pages, formats("calc", "#,##0"))
            for column in (good_at, open_at, state_at):
                sheet.write_blank(at, column, None, formats("calc"))
            continue
        if item.in_order is None:
            span = item.key_range if "[" in item.key_range else f"{quoted(item.sheet)}!{item.key_range}"
            formula = f"=COUNTA({span})"
            sheet.write_formula(at, filled_at, formula, number, item.filled)
            sheet.write_blank(at, good_at, None, formats("calc"))
            sheet.write_blank(at, open_at, None, formats("calc"))
            opened = 0
        else:
            checks = f"{item.excel_name}[{CHECK}]"
            sheet.write_formula(at, filled_at, f'=COUNTIF({checks},"?*")', number, item.filled)
            sheet.write_formula(at, good_at, f'=COUNTIF({checks},"OK")', number, item.in_order)
            opened = item.filled - item.in_order
            formula = f"={a1(at, filled_at)}-{a1(at, good_at)}"
            sheet.write_formula(at, open_at, formula, formats("calc", "#,##0"), opened)
        open_rows += opened
        state = "empty" if not item.filled else "OK" if not opened else "check"
        formula = f'=IF({a1(at, filled_at)}=0,"empty",IF(N({a1(at, open_at)})=0,"OK","check"))'
        sheet.write_formula(at, state_at, formula, formats("check"), state)
    last = first + len(placed) - 1
    span = f"{a1(first, open_at)}:{a1(last, open_at)}"
    text = "All rows in order" if not open_rows else "Rows to check"
    formula = f'=IF(SUM({span})=0,"All rows in order","Rows to check")'
    sheet.write_formula(last + 1, FIRST_COLUMN + 1, formula, formats("total_label"), text)
    sheet.write_formula(last + 1, open_at, f"=SUM({span})", formats("total", "#,##0"), open_rows)
    for word, signal in (("OK", "good"), ("check", "bad"), ("empty", "faint")):
        sheet.conditional_format(
            first,
            state_at,
            last,
            state_at,
            {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": formats.signal(signal)},
        )
    return last + 3


def _purpose(title: str, description: str) -> str:
    sentence = description.split(". ")[0].rstrip(".")
    text = f"{title}: {sentence[0].lower() + sentence[1:]}" if sentence else title
    return text if len(text) <= 118 else text[:116].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def _write_reference(sheet: Worksheet, formats: Formats, content: BookContent, row: int, *, committed: bool) -> int:
    """Write values for reference, and those of the committed plan, which the add-in's function reads."""
    if not content.reference and not committed:
        return row
    sheet.write_string(row, FIRST_COLUMN, "For reference", formats("section"))
    sheet.write_blank(row, FIRST_COLUMN + 1, None, formats("section"))
    for label, value in content.reference.items():
        row += 1
        sheet.write_string(row, FIRST_COLUMN, label, formats("label"))
        if isinstance(value, str):
            sheet.write_string(row, FIRST_COLUMN + 1, value, formats("fact_left"))
        else:
            number = "0.0%" if abs(value) <= 1 and value != int(value) else "#,##0"
            sheet.write_number(row, FIRST_COLUMN + 1, value, formats("fact_left", number))
    for label, measure in COMMITTED.items() if committed else ():
        row += 1
        sheet.write_string(row, FIRST_COLUMN, label, formats("label"))
        formula = f'=IFERROR(SOP_PLAN("{measure}"),"{WITHOUT_ADD_IN}")'
        form = formats("fact_left", "#,##0", bold=False, font_color=LINK_INK)
        sheet.write_formula(row, FIRST_COLUMN + 1, formula, form, WITHOUT_ADD_IN)
    return row + 2


def _write_legend(sheet: Worksheet, formats: Formats, row: int) -> None:
    sheet.write_string(row, FIRST_COLUMN, "Colours", formats("section"))
    sheet.write_blank(row, FIRST_COLUMN + 1, None, formats("section"))
    entries = (
        ("Input", "input", "Type here: blue on pale yellow, unlocked."),
        ("Calculation", "calc", "Black on white, locked: a formula or a figure of the plan."),
        ("Other sheet", "cross", "Green: taken from another sheet."),
        ("OK", "good", "In order."),
        ("Look here", "warn", "Unusual: far from the baseline, outside the range, above 95 % load, off budget."),
        ("Wrong", "bad", "Incomplete, double, negative margin, load above 100 %."),
    )
    for label, style, text in entries:
        row += 1
        sheet.write_string(
            row, FIRST_COLUMN, label, formats(style, locked=True, border=1, border_color="#D5DCE4", indent=1)
        )
        sheet.write_string(row, FIRST_COLUMN + 1, text, formats("label"))
    text = "Sheets are protected without a password, against slips only. Every table ends with empty rows for more."
    sheet.write_string(row + 2, FIRST_COLUMN, text, formats("lead"))
