"""The only parser: raw tables in, typed tables and *all* issues out, each with its sheet, table, cell and remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

import pandas as pd

from sop_xl.model.issue import Issue, Severity
from sop_xl.schema import frames
from sop_xl.schema.catalogue import Column, Table, tables
from sop_xl.schema.convert import convert, is_blank, suggestion
from sop_xl.schema.grid import is_wide, unpivot
from sop_xl.schema.raw import RawTable
from sop_xl.schema.together import Part, put_together


@dataclass(frozen=True)
class Origin:
    """Where the rows of a typed table came from."""

    raw: RawTable
    columns: Mapping[str, int]
    rows: tuple[int, ...]

    def place(self, row: int, column: str) -> dict[str, str]:
        """Return file, sheet, table and cell of a value, as fields of an Issue."""
        cell = ""
        if column in self.columns:
            cell = self.raw.address(self.columns[column], self.rows[row])
        elif self.columns:
            cell = self.raw.address(next(iter(self.columns.values())), self.rows[row])
        return _where(self.raw, cell)


@dataclass(frozen=True)
class Parsed:
    """Typed tables, every issue, and the way back from a typed row to its cell.

    A table read from several files is put together; ``locate`` still finds the cell.
    """

    tables: dict[str, pd.DataFrame]
    issues: tuple[Issue, ...] = ()
    origins: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict)

    def locate(self, table: str, row: int, column: str = "") -> dict[str, str]:
        """Return file, sheet, table and cell of a value of a typed table, as fields of an Issue."""
        for origin in self.origins.get(table, ()):
            if row < len(origin.rows):
                return origin.place(row, column)
            row -= len(origin.rows)
        return {"table": table}


def parse(raw: Iterable[RawTable]) -> Parsed:
    """Return typed tables from raw ones, with all issues of headers, types, limits, required values and keys.

    References between tables and the horizon are checked by :mod:`sop_xl.gather.inputs`, which sees all of them.
    A table with errors is returned as far as it could be read: never act on it while ``issues`` holds errors. A table
    that stands in several files is put together by :func:`sop_xl.schema.together.put_together`.
    """
    found: dict[str, list[Part]] = {}
    sources: dict[str, list[Origin]] = {}
    issues: list[Issue] = []
    for table in raw:
        shape = tables()[table.name]
        if shape.layout == "grid" and is_wide(shape, table):
            table, grid_issues = unpivot(shape, table)
            issues += grid_issues
        frame, origin, table_issues = _parse_table(shape, table)
        issues += table_issues
        found.setdefault(table.name, []).append(Part(frame, table.file, origin.rows))
        sources.setdefault(table.name, []).append(origin)
    parts = put_together(found)
    together = {
        name: pd.concat([part.frame for part in held], ignore_index=True) if len(held) > 1 else held[0].frame
        for name, held in parts.items()
    }
    origins = {
        name: tuple(
            Origin(origin.raw, origin.columns, part.rows) for origin, part in zip(sources[name], held, strict=True)
        )
        for name, held in parts.items()
    }
    parsed = Parsed(together, tuple(issues), origins)
    duplicates = [issue for name in together for issue in _duplicate_keys(tables()[name], parsed)]
    return Parsed(together, (*issues, *duplicates), parsed.origins)


def _where(raw: RawTable, cell: str = "") -> dict[str, str]:
    return {"file": raw.file, "sheet": raw.sheet, "table": raw.name, "cell": cell}


def _fold(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum() or sign in "%?Δ+")


def match_headers(shape: Table, raw: RawTable) -> tuple[dict[str, int], list[Issue]]:
    """Return which raw column holds each schema column, and issues for headers renamed, missing or twice there."""
    known = {_fold(c.header): c.name for c in shape.columns} | {_fold(c.name): c.name for c in shape.columns}
    columns: dict[str, int] = {}
    strangers: list[int] = []
    issues: list[Issue] = []
    for position, header in enumerate(raw.headers):
        name = known.get(_fold(str(header)))
        if name is None:
            strangers.append(position)
        elif name in columns:
            issues.append(
                Issue(
                    Severity.ERROR,
                    f"Column '{header}' is there twice.",
                    "Delete or rename one of them.",
                    **_where(raw, raw.header_address(position)),
                )
            )
        else:
            columns[name] = position
    missing = [c for c in shape.columns if c.name not in columns and c.role == "input"]
    for position in strangers:
        issues.append(_stranger(raw, position, missing))
    spare = [raw.headers[p] for p in strangers]
    for column in missing:
        issue = _missing_column(raw, column, spare)
        if issue:
            issues.append(issue)
    return columns, issues


def _stranger(raw: RawTable, position: int, missing: list[Column]) -> Issue:
    header = str(raw.headers[position])
    has_data = any(not is_blank(value) for value in raw.data[position])
    near = get_close_matches(_fold(header), [_fold(c.header) for c in missing], n=1, cutoff=0.6)
    renamed = next((c for c in missing if near and _fold(c.header) == near[0]), None)
    if renamed and has_data:
        return Issue(
            Severity.ERROR,
            f"Column '{header}' is not known.",
            f"If it is '{renamed.header}', give it that name again.",
            **_where(raw, raw.header_address(position)),
        )
    return Issue(
        Severity.WARNING,
        f"Column '{header}' is not known and was not read.",
        "Keep it for yourself, or use one of the columns of the data dictionary.",
        **_where(raw, raw.header_address(position)),
    )


def _missing_column(raw: RawTable, column: Column, spare: list[str]) -> Issue | None:
    if column.required and column.role == "input":
        seen = f" Found instead: {', '.join(map(str, spare[:3]))}." if spare else ""
        return Issue(
            Severity.ERROR,
            f"Column '{column.header}' is missing.",
            f"Add it, or give it its name back.{seen}",
            **_where(raw, raw.header_address(0) if raw.headers else ""),
        )
    if raw.letters and not raw.cells:
        return Issue(
            Severity.ERROR,
            f"Column '{column.header}' is missing from the sheet.",
            "Add it again with this header; it may stay empty.",
            **_where(raw),
        )
    return None


def _parse_table(shape: Table, raw: RawTable) -> tuple[pd.DataFrame, Origin, list[Issue]]:
    columns, issues = match_headers(shape, raw)
    filled = [raw.data[columns[c.name]] for c in shape.columns if c.role != "calculation" and c.name in columns]
    if shape.role == "output":
        filled = list(raw.data)
    kept = [row for row in range(len(raw)) if any(not is_blank(column[row]) for column in filled)]
    origin = Origin(raw, columns, tuple(kept))
    typed: dict[str, pd.Series] = {}
    for column in shape.columns:
        if column.name not in columns:
            continue
        values = raw.data[columns[column.name]]
        chosen = values if len(kept) == len(raw) else [values[row] for row in kept]
        typed[column.name], findings = convert(column, chosen)
        severity = Severity.WARNING if column.role == "calculation" else Severity.ERROR
        issues += [Issue(severity, m, h, **origin.place(row, column.name)) for row, m, h in findings]
        if column.required:
            wrong = {row for row, _, _ in findings}
            issues += [
                Issue(
                    Severity.ERROR,
                    f"{column.header} is empty.",
                    "Fill it in.",
                    **origin.place(row, column.name),
                )
                for row, value in enumerate(chosen)
                if row not in wrong and is_blank(value)
            ]
    frame = frames.typed(shape.name, pd.DataFrame(typed, index=range(len(kept))))
    if shape.max_rows is not None and len(frame) > shape.max_rows:
        issues.append(
            Issue(
                Severity.ERROR,
                f"{shape.title} has {len(frame)} rows, but at most {shape.max_rows} are allowed.",
                "Keep those that need this authority; solve the others below it.",
                **origin.place(shape.max_rows, shape.keys[0]),
            )
        )
    return frame, origin, issues


def _duplicate_keys(shape: Table, parsed: Parsed) -> list[Issue]:
    frame = parsed.tables[shape.name]
    keys = [key for key in shape.keys if key in frame.columns]
    again = frame.duplicated(keys, keep="first")
    if not again.any():
        return []
    first: dict[tuple[object, ...], int] = {}
    issues = []
    columns = [[None if value is pd.NaT else value for value in frame[key]] for key in keys]
    for row, key in enumerate(zip(*columns, strict=True)):
        earlier = first.setdefault(key, row)
        if earlier == row:
            continue
        shown = ", ".join(_shown_key(value) for value in key)
        before = parsed.locate(shape.name, earlier, keys[0])["cell"]
        issues.append(
            Issue(
                Severity.ERROR,
                f"The key {shown} is there twice; it stands already in {before}.",
                "Delete one of the rows, or add them up into one.",
                **parsed.locate(shape.name, row, keys[0]),
            )
        )
    return issues


def _shown_key(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return "(empty)" if value in ("", None) else str(value)


def unknown_code(column: Column, code: str, known: list[str], place: dict[str, str]) -> Issue:
    """Return the issue of a code that no master table holds."""
    return Issue(
        Severity.ERROR,
        f"{column.header} '{code}' is not known.",
        suggestion(code, known) if known else _none_known(column.ref),
        **place,
    )


def _none_known(ref: str) -> str:
    first, _, second = ref.partition("_or_")
    what = f"{first} or {second}" if second else first.replace("_", " ")
    return f"No {what} are known at all: fill the table {first}, or give the company's other inputs with this one."
