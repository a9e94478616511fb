"""Wide for people, long for storage: turns a grid with a column a period into rows, and rows into a grid."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from sop_xl.model.calendar import period_start
from sop_xl.model.issue import Issue, Severity
from sop_xl.schema.catalogue import Column, Table
from sop_xl.schema.convert import is_blank, suggestion
from sop_xl.schema.raw import RawTable

MEASURE = "Measure"
"""Header of the column that names the measure of a grid row."""

TOTAL = "Total"
"""Header of the column that adds a grid row up; calculated, never read."""


def grid_measures(shape: Table) -> tuple[Column, ...]:
    """Return the measures that become rows of the grid."""
    return shape.measures


def row_keys(shape: Table) -> tuple[Column, ...]:
    """Return the key columns that stand at the left of a grid row."""
    return tuple(column for column in shape.columns if column.name in shape.keys and column.type != "period")


def remarks(shape: Table) -> tuple[Column, ...]:
    """Return the text columns at the right of a grid row: reason, note, assumption."""
    left = {column.name for column in row_keys(shape)} | {"family"}
    return tuple(c for c in shape.columns if not c.numeric and c.name not in left and c.type != "period")


def is_wide(shape: Table, raw: RawTable) -> bool:
    """True where a raw table is a grid: it has the column Measure."""
    return MEASURE.lower() in {str(header).strip().lower() for header in raw.headers}


def unpivot(shape: Table, raw: RawTable) -> tuple[RawTable, list[Issue]]:
    """Return a grid as long rows, one a key and period, each value knowing its cell; silent rows are left out.

    A row of the grid belongs to a measure by its text in the column Measure: the header or name of a schema column,
    or a calculated row (such as *Sales forecast*), which is not read. Reasons and notes of an input row go with each
    of its values. A key may have several rows of the same input, with different reasons, as long as they do not
    fill the same period.
    """
    headers = [str(header).strip() for header in raw.headers]
    by_header = {header.lower(): position for position, header in enumerate(headers)}
    period_columns = [(p, period_start(h)) for p, h in enumerate(headers) if period_start(h)]
    issues = _header_issues(shape, raw, headers, by_header)
    if any(issue.severity is Severity.ERROR for issue in issues):
        return _long(shape, raw, [], []), issues
    measures = {name.lower(): c for c in grid_measures(shape) for name in (c.header, c.name)}
    keys, notes = row_keys(shape), remarks(shape)
    key_at = {c.name: by_header[c.header.lower()] for c in keys if c.header.lower() in by_header}
    note_at = {c.name: by_header[c.header.lower()] for c in notes if c.header.lower() in by_header}
    measure_at = by_header[MEASURE.lower()]
    calculated = {c.name for c in grid_measures(shape) if c.role == "calculation"}
    records: dict[tuple[str, ...], dict[str, object]] = {}
    cells: dict[tuple[str, ...], dict[str, str]] = {}
    for row in range(len(raw)):
        measure = measures.get(str(raw.data[measure_at][row] or "").strip().lower())
        if measure is None:
            continue
        key = tuple(str(raw.data[key_at[c.name]][row] or "").strip() if c.name in key_at else "" for c in keys)
        for position, day in period_columns:
            value = raw.data[position][row]
            if is_blank(value) or day is None:
                continue
            full = (*key, headers[position])
            record = records.setdefault(full, {})
            where = cells.setdefault(full, {})
            if measure.name in record:
                issues.append(
                    Issue(
                        Severity.ERROR,
                        f"{measure.header} for {', '.join(k for k in key if k)} in {headers[position]} is there "
                        f"twice; it stands already in {where[measure.name]}.",
                        "Keep one of the two rows for this period.",
                        file=raw.file,
                        sheet=raw.sheet,
                        table=shape.name,
                        cell=raw.address(position, row),
                    )
                )
                continue
            record[measure.name], where[measure.name] = value, raw.address(position, row)
            for column in keys:
                if column.name in key_at:
                    record[column.name] = raw.data[key_at[column.name]][row]
                    where.setdefault(column.name, raw.address(key_at[column.name], row))
            record["period"] = headers[position]
            where.setdefault("period", raw.header_address(position))
            if measure.name not in calculated:
                for name, at in note_at.items():
                    record[name], where[name] = raw.data[at][row], raw.address(at, row)
    return _long(shape, raw, list(records.values()), list(cells.values())), issues


def _header_issues(shape: Table, raw: RawTable, headers: list[str], by_header: dict[str, int]) -> list[Issue]:
    wanted = [c for c in (*row_keys(shape), *remarks(shape)) if c.role == "input"]
    expected = {c.header.lower(): c.header for c in shape.columns} | {"measure": MEASURE, "total": TOTAL}
    place = {"file": raw.file, "sheet": raw.sheet, "table": shape.name}
    issues = [
        Issue(
            Severity.ERROR,
            f"Column '{column.header}' is missing from the grid.",
            "Give the column its header back, or insert it again; it may stay empty.",
            **place,
            cell=raw.header_address(0),
        )
        for column in wanted
        if column.header.lower() not in by_header
    ]
    for position, header in enumerate(headers):
        if header.lower() in expected or period_start(header) or not header:
            continue
        filled = any(not is_blank(value) for value in raw.data[position])
        issues.append(
            Issue(
                Severity.ERROR if filled and issues else Severity.WARNING,
                f"Column '{header}' is neither a period nor a column of this grid and was not read.",
                suggestion(header, [*expected.values()]),
                **place,
                cell=raw.header_address(position),
            )
        )
    return issues


def _long(shape: Table, raw: RawTable, records: list[dict[str, object]], cells: list[dict[str, str]]) -> RawTable:
    names = [c.name for c in shape.columns if c.name != "family"]
    data: list[Sequence[object]] = [[record.get(name) for record in records] for name in names]
    fallback = [next(iter(where.values())) for where in cells]
    places = [[where.get(name, fallback[i]) for i, where in enumerate(cells)] for name in names]
    return RawTable(
        name=shape.name,
        headers=tuple(names),
        data=tuple(data),
        file=raw.file,
        sheet=raw.sheet,
        letters=tuple("" for _ in names),
        cells=tuple(places),
        header_row=raw.header_row,
    )


def pivot(shape: Table, frame: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return one measure of a long table as a grid: keys as index, periods as columns; empty where nothing is said."""
    keys = [column.name for column in row_keys(shape)]
    return frame.pivot(index=keys, columns="period", values=measure).sort_index(axis=1)
