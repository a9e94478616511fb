"""Rectangles that cover scattered cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sop_xl.excel.engine.address import Area


def blocks(cells: Iterable[tuple[int, int]]) -> list[Area]:
    """Return rectangles that cover the cells, each exactly once: runs along the rows, joined where they lie alike."""
    open_runs: dict[tuple[int, int], Area] = {}
    found: list[Area] = []
    by_row: dict[int, list[int]] = {}
    for row, column in cells:
        by_row.setdefault(row, []).append(column)
    for row in sorted(by_row):
        still_open: dict[tuple[int, int], Area] = {}
        for left, right in _runs(sorted(by_row[row])):
            above = open_runs.pop((left, right), None)
            if above is not None and above.bottom == row - 1:
                still_open[left, right] = above._replace(bottom=row)
            else:
                if above is not None:
                    found.append(above)
                still_open[left, right] = Area(row, left, row, right)
        found.extend(open_runs.values())
        open_runs = still_open
    found.extend(open_runs.values())
    return sorted(found)


def _runs(columns: list[int]) -> Iterator[tuple[int, int]]:
    start = previous = columns[0]
    for column in columns[1:]:
        if column != previous + 1:
            yield start, previous
            start = column
        previous = column
    yield start, previous
