"""The executive pack: a workbook that shows a version of the plan by family, with the plan's tables at its end."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pandas as pd
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sop_xl.model.calendar import BucketKind
from sop_xl.model.issue import Issue, Severity
from sop_xl.schema.catalogue import table, tables
from sop_xl.schema.frames import empty
from sop_xl.schema.parse import parse
from sop_xl.workbook import (
    meta,
    pack_accuracy,
    pack_lists,
    pack_money,
    pack_plan,
    pack_reconciliation,
    pack_scenarios,
    pack_uncertainty,
)
from sop_xl.workbook.content import BookContent, PackContent
from sop_xl.workbook.frame import FIRST_COLUMN, protect, set_up_page, write_band
from sop_xl.workbook.lists import drop_downs
from sop_xl.workbook.pack_front import Section, write_cover, write_dashboard
from sop_xl.workbook.page_sheet import write_family_pages
from sop_xl.workbook.reading import read_tables
from sop_xl.workbook.row_grid import Book
from sop_xl.workbook.rows import write_table
from sop_xl.workbook.style import NAVY, SLATE, TEAL, Formats
from sop_xl.workbook.widths import column_widths
from sop_xl.workbook.writing import FIRST_HEADER_ROW, open_workbook

DATA = (
    *("consensus_demand", "sales_plan", "inventory_plan", "inventory_targets", "available_to_promise"),
    *("profit_and_loss", "resource_load", "gaps", "kpis"),
)
"""Tables of the plan at the end of the pack: reading it back gives them again."""

Writer = Callable[[Workbook, Worksheet, Formats, PackContent, str], None]


def _plain(write: Callable[[Worksheet, Formats, PackContent, str], None]) -> Writer:
    return lambda _, sheet, formats, content, note: write(sheet, formats, content, note)


_BEFORE: tuple[tuple[Section, Writer], ...] = (
    (Section("Dashboard", "Key figures against budget, prior year and the committed plan"), write_dashboard),
)
_AFTER: tuple[tuple[Section, Writer], ...] = (
    (Section("Scenarios", "What-ifs side by side, the recommended one marked"), pack_scenarios.write_scenarios),
    (
        Section("Decisions", "What must be decided, and what was decided before"),
        _plain(pack_lists.write_decisions),
    ),
    (Section("Risks", "Risks and opportunities beside the plan"), _plain(pack_lists.write_risks)),
    (Section("Gaps", "Demand not met, why, and the cheapest relief"), _plain(pack_plan.write_gaps)),
    (Section("Capacity", "Load of every resource, and the bottlenecks"), _plain(pack_plan.write_capacity)),
    (
        Section("Uncertainty", "What luck makes of the plans, and where stock-outs threaten"),
        _plain(pack_uncertainty.write_uncertainty),
    ),
    (Section("ProfitLoss", "Profit and loss by family and quarter, and the bridge"), pack_money.write_profit_and_loss),
    (
        Section("Reconciliation", "Where the plans of the functions differ"),
        _plain(pack_reconciliation.write_reconciliation),
    ),
    (Section("Accuracy", "How good the forecast was"), _plain(pack_accuracy.write_accuracy)),
    (Section("Assumptions", "What must hold for the plan to hold"), _plain(pack_lists.write_assumptions)),
    (Section("SignOff", "Who commits to this version"), _plain(pack_lists.write_sign_off)),
)
_PAGES = Section("FamilyPages", "One page a family, and the total")


@dataclass(frozen=True)
class PackReading:
    """A pack as it was read: the plan's tables, the version it shows, and what is wrong with the file."""

    tables: Mapping[str, pd.DataFrame]
    version: str
    meta: Mapping[str, str]
    issues: tuple[Issue, ...]


def write_pack(content: PackContent, target: Path | BinaryIO) -> None:
    """Write the executive pack to a file or a binary stream.

    The visible part keeps to families (see :func:`altitude`); the plan's tables by product stand at the end, and
    profit and loss by family is their sum by formula. The version is printed on every page. Equal content gives
    equal bytes.
    """
    workbook = open_workbook(target, f"Executive S&OP {content.cycle}".strip(), content.issued)
    formats = Formats(workbook)
    version = content.version[:16] or "no version"
    footer = " · ".join(
        part for part in (f"S&OP {content.cycle}".strip(), content.status, f"version {version}") if part
    )
    footer += " · illustrative data" if content.illustrative else ""
    note = f"{content.cycle} · {content.status}".strip(" ·")
    cover = workbook.add_worksheet("Cover")
    given = [name for name in DATA if name in content.tables and len(content.tables[name])]
    sections = [*(s for s, _ in _BEFORE), _PAGES, *(s for s, _ in _AFTER)]
    sections += [Section(_data_sheet(name), f"Data: {table(name).description}") for name in given]
    write_cover(cover, formats, content, sections)
    _finish(cover, footer, "Cover")
    for section, write in _BEFORE:
        _section(workbook, formats, content, section, write, note, footer)
    families = content.tables.get("families")
    names = {} if families is None else dict(zip(families["family"], families["description"], strict=True))
    pages = content.tables.get("family_pages")
    write_family_pages(
        workbook,
        formats,
        empty("family_pages") if pages is None else pages,
        names,
        content.calendar,
        currency=content.currency,
        footer=footer,
        note=note,
        index=_PAGES.sheet,
        narratives=content.narratives,
        back="Cover",
    )
    for section, write in _AFTER:
        _section(workbook, formats, content, section, write, note, footer)
    for name in given:
        _write_data(workbook, formats, content, name, note, footer)
    for sheet in workbook.worksheets():
        data = sheet.get_name().startswith("Data ")
        sheet.set_tab_color(SLATE if data else NAVY if sheet.get_name() == "Cover" else TEAL)
    _write_meta(workbook, content, given)
    workbook.close()


def _section(
    workbook: Workbook,
    formats: Formats,
    content: PackContent,
    section: Section,
    write: Writer,
    note: str,
    footer: str,
) -> None:
    sheet = workbook.add_worksheet(section.sheet)
    write(workbook, sheet, formats, content, note)
    _finish(sheet, footer, section.sheet)


def _finish(sheet: Worksheet, footer: str, name: str) -> None:
    one_page = name in ("Cover", "Dashboard", "Scenarios", "Capacity", "ProfitLoss")
    set_up_page(sheet, footer, pages_high=1 if one_page else 0)
    protect(sheet)


def _data_sheet(name: str) -> str:
    return f"Data {table(name).sheet}"


def _write_data(workbook: Workbook, formats: Formats, content: PackContent, name: str, note: str, footer: str) -> None:
    shape = table(name)
    sheet_name = _data_sheet(name)
    sheet = workbook.add_worksheet(sheet_name)
    monthly = all(bucket.kind is BucketKind.MONTH for bucket in content.calendar.buckets)
    drops = drop_downs(BookContent({}, content.calendar))
    book = Book(formats, drops, content.currency, monthly, 0)
    frame = content.tables[name]
    placed = write_table(sheet, sheet_name, book, shape, frame, FIRST_HEADER_ROW)
    widths = column_widths(shape, frame)
    for position, width in enumerate(widths):
        sheet.set_column(FIRST_COLUMN + position, FIRST_COLUMN + position, width)
    room = 1.1 * sum(widths[: placed.columns])
    write_band(sheet, formats, shape.title, shape.description, placed.columns, note, "Cover", room)
    sheet.freeze_panes(FIRST_HEADER_ROW + 1, FIRST_COLUMN + 1)
    set_up_page(sheet, footer, repeat=(FIRST_HEADER_ROW, FIRST_HEADER_ROW))
    protect(sheet)


def _write_meta(workbook: Workbook, content: PackContent, given: list[str]) -> None:
    labels = content.calendar.labels
    entries = meta.meta(
        "pack",
        cycle=content.cycle,
        status=content.status,
        base_version=content.version,
        content=meta.content_hash(content.tables, given),
        horizon=(labels[0], labels[-1]),
        currency=content.currency,
        illustrative=content.illustrative,
    )
    meta.write_meta(workbook.add_worksheet(meta.SHEET), entries)


def read_pack(source: Path | bytes, *, file_name: str = "") -> PackReading:
    """Return the plan's tables of a pack, the version it shows and every issue; never raises on a bad file."""
    reading = read_tables(source, tuple(tables()[name] for name in DATA), file_name=file_name)
    parsed = parse(reading.raw_tables)
    return PackReading(
        parsed.tables,
        reading.meta.get("base_version", ""),
        reading.meta,
        (*reading.issues, *parsed.issues),
    )


def altitude(content: PackContent) -> tuple[Issue, ...]:
    """Return a warning for every decision, risk or headline that names a product: executives decide by family."""
    pnl = content.tables.get("profit_and_loss")
    codes = [] if pnl is None else sorted(set(pnl["product"]) - set(pnl["family"]), key=len, reverse=True)
    if not codes:
        return ()
    named = re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, codes)) + r")(?![\w-])")
    places: list[tuple[str, str, str]] = [("", "", text) for text in content.messages]
    for name, columns in (("decisions", ("question", "option_a", "option_b")), ("risks_opportunities", ("text",))):
        frame = content.tables.get(name)
        if frame is not None:
            places += [(name, str(row[frame.columns[0]]), str(row[c])) for _, row in frame.iterrows() for c in columns]
    return tuple(
        Issue(
            Severity.WARNING,
            f"{f'{key}: ' if key else ''}'{found[1]}' is a product; the executive table decides by family.",
            "Say it for the family, or settle it below this table.",
            table=name,
        )
        for name, key, text in places
        if (found := named.search(text))
    )
