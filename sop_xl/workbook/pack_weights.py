"""Weights of the scenario score that the reader of the pack may change, and the picture of efficient plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sop_xl.scenario.compare import CHOOSABLE, LEAST_SWING, WEIGHED, closeness
from sop_xl.workbook.frame import FIRST_COLUMN, a1
from sop_xl.workbook.report import pretty
from sop_xl.workbook.style import LINE, SERIES, Formats

_KINDS = frozenset(kind.value for kind in CHOOSABLE)
Records = Sequence[Mapping[Any, Any]]


def choosable(records: Records) -> int:
    """Return how many of the scenarios, which stand first, can be chosen."""
    return sum(record["kind"] in _KINDS for record in records)


def write_weights(
    sheet: Worksheet,
    formats: Formats,
    records: Records,
    weights: Mapping[str, float],
    row_of: Callable[[str], int],
    top: int,
) -> int:
    """Write how close each scenario comes to the best by figure, the score of it, and weights to type over.

    Best and swing are those of the scenarios that can be chosen, as in :func:`sop_xl.scenario.compare.rank`; formulas
    read the figures above. Returns the row below.

    Args:
        sheet: sheet with a column a scenario from the fourth on, those that can be chosen first.
        formats: cell formats.
        records: rows of the comparison, in the order of the columns.
        weights: by figure.
        row_of: row of a figure on the sheet.
        top: first row.
    """
    ours = choosable(records)
    used = [
        (figure, more)
        for figure, more in WEIGHED.values()
        if figure in weights and all(not pd.isna(record[figure]) for record in records[:ours])
    ]
    if ours < 2 or not used:
        return top
    sheet.write_string(top, FIRST_COLUMN, "Try other weights", formats("section"))
    sheet.write_string(top, FIRST_COLUMN + 3, "100 % is the best of the plans that can be chosen", formats("quiet"))
    first, last = top + 1, top + len(used)
    parts = {figure: _closeness(records, figure, more, ours) for figure, more in used}
    for row, (figure, more) in enumerate(used, start=first):
        sheet.write_string(row, FIRST_COLUMN, pretty(figure), formats("calc", align="left", indent=1))
        sheet.write_blank(row, FIRST_COLUMN + 1, None, formats("calc"))
        sheet.write_number(row, FIRST_COLUMN + 2, weights[figure], formats("input", "0%", align="center"))
        for position, record in enumerate(records):
            if pd.isna(record[figure]):
                sheet.write_blank(row, FIRST_COLUMN + 3 + position, None, formats("calc"))
                continue
            formula = _formula(row_of(figure), FIRST_COLUMN + 3 + position, ours, figure, more)
            form = formats("calc", "0%")
            sheet.write_formula(row, FIRST_COLUMN + 3 + position, formula, form, parts[figure][position])
    weight = f"{a1(first, FIRST_COLUMN + 2, fixed_row=True, fixed_column=True)}:"
    weight += a1(last, FIRST_COLUMN + 2, fixed_row=True, fixed_column=True)
    score = last + 1
    sheet.write_string(score, FIRST_COLUMN, "Score under these weights", formats("calc", align="left", bold=True))
    for column in (1, 2):
        sheet.write_blank(score, FIRST_COLUMN + column, None, formats("calc"))
    total = sum(weights[figure] for figure, _ in used)
    scores = [
        100 * sum(weights[figure] * float(parts[figure][position] or 0.0) for figure, _ in used) / total
        if total
        else 0.0
        for position in range(len(records))
    ]
    for position, record in enumerate(records):
        at = FIRST_COLUMN + 3 + position
        known = all(not pd.isna(record[figure]) for figure, _ in used)
        if known:
            column = f"{a1(first, at)}:{a1(last, at)}"
            formula = f'=IF(SUM({weight})=0,"",100*SUMPRODUCT({weight},{column})/SUM({weight}))'
            sheet.write_formula(score, at, formula, formats("calc", "0.0", bold=True), scores[position])
    row = score + 1
    sheet.write_string(row, FIRST_COLUMN, "Highest of those that can be chosen", formats("calc", align="left"))
    for column in (1, 2):
        sheet.write_blank(row, FIRST_COLUMN + column, None, formats("calc"))
    first_column, last_column = FIRST_COLUMN + 3, FIRST_COLUMN + 2 + ours
    span = f"{a1(score, first_column, fixed_column=True)}:{a1(score, last_column, fixed_column=True)}"
    for position in range(ours):
        cell = a1(score, FIRST_COLUMN + 3 + position)
        best = scores[position] >= max(scores[:ours]) - 1e-9
        form = formats("calc", align="center", bold=True)
        formula = f'=IF({cell}="","",IF({cell}>=MAX({span})-0.000001,"★",""))'
        sheet.write_formula(row, FIRST_COLUMN + 3 + position, formula, form, "★" if best else "")
    return row + 1


def _scale(records: Records, figure: str, more: bool, ours: int) -> tuple[float, float]:
    values = [float(record[figure]) for record in records[:ours]]
    best = max(values) if more else min(values)
    least = LEAST_SWING[figure] * (1.0 if figure == "fill_rate" else abs(best))
    return best, max(max(values) - min(values), least)


def _closeness(records: Records, figure: str, more: bool, ours: int) -> list[float | None]:
    best, swing = _scale(records, figure, more, ours)
    return [None if pd.isna(r[figure]) else closeness(float(r[figure]), best, swing, more) for r in records]


def _formula(row: int, column: int, ours: int, figure: str, more: bool) -> str:
    first = a1(row, FIRST_COLUMN + 3, fixed_row=True, fixed_column=True)
    last = a1(row, FIRST_COLUMN + 2 + ours, fixed_row=True, fixed_column=True)
    span, cell = f"{first}:{last}", a1(row, column)
    best = f"{'MAX' if more else 'MIN'}({span})"
    least = f"{LEAST_SWING[figure]}" + ("" if figure == "fill_rate" else f"*ABS({best})")
    swing = f"MAX(MAX({span})-MIN({span}),{least})"
    behind = f"({best}-{cell})" if more else f"({cell}-{best})"
    return f"=IF({behind}<=0,1,IF({swing}=0,0,MAX(0,1-{behind}/{swing})))"


def write_efficient(
    workbook: Workbook, sheet: Worksheet, records: Records, row_of: Callable[[str], int], at: tuple[int, int], unit: str
) -> None:
    """Draw fill rate against gross margin of the plans that can be chosen, efficient ones apart."""
    name = sheet.get_name()
    chart = workbook.add_chart({"type": "scatter"})
    small = {"size": 9, "color": "#5B6B7F"}

    def cell(figure: str, position: int) -> list[object]:
        row, column = row_of(figure), FIRST_COLUMN + 3 + position
        return [name, row, column, row, column]

    for position, record in enumerate(records[: choosable(records)]):
        if pd.isna(record["fill_rate"]) or pd.isna(record["gross_margin"]):
            continue
        colour = SERIES[1] if record["recommended"] else SERIES[0] if record["pareto"] else "#9AA7B4"
        chart.add_series(
            {
                "name": [name, 4, FIRST_COLUMN + 3 + position],
                "data_labels": {"series_name": True, "value": False, "position": "above", "font": small},
                "categories": cell("fill_rate", position),
                "values": cell("gross_margin", position),
                "marker": {
                    "type": "diamond" if record["recommended"] else "circle",
                    "size": 11 if record["recommended"] else 8,
                    "fill": {"color": colour},
                    "border": {"color": colour},
                },
            }
        )
    grid = {"visible": True, "line": {"color": LINE, "width": 0.5}}
    title = {"size": 9, "color": "#5B6B7F", "bold": False}
    chart.set_title({"name": "What more service costs", "name_font": {"size": 11, "bold": True}, "overlay": False})
    chart.set_x_axis(
        {"name": "Fill rate", "name_font": title, "num_font": small, "num_format": "0.0%", "line": {"color": LINE}}
    )
    chart.set_y_axis(
        {
            **{"name": f"Gross margin, {unit}", "name_font": title, "num_font": small, "num_format": "#,##0"},
            **{"line": {"none": True}, "major_gridlines": grid},
        }
    )
    chart.set_legend({"none": True})
    chart.set_chartarea({"border": {"color": LINE}})
    chart.set_size({"width": 760, "height": 330})
    text = "Fill rate and gross margin of the plans that can be chosen; grey: another is better in all that is weighted"
    sheet.insert_chart(*at, chart, {"object_position": 2, "description": text})
