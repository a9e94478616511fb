"""Scenarios side by side in the pack: figures with their weights, the difference to the plan, a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sop_xl.scenario.result import FIGURES
from sop_xl.schema.catalogue import table
from sop_xl.workbook.content import PackContent
from sop_xl.workbook.frame import FIRST_COLUMN, a1, write_band
from sop_xl.workbook.pack_weights import choosable, write_efficient, write_weights
from sop_xl.workbook.report import pretty, write_nothing, write_spans
from sop_xl.workbook.style import LINE, SERIES, Formats, number_format

_BESIDE = 5
"""Up to so many scenarios the chart stands beside the table, else below it."""

_MOST_COLUMNS = 12
"""Scenarios that stand as columns; the others, whose events weigh least, as rows below."""

_FIGURES = (*FIGURES, "margin_p10", "margin_p90", "fill_rate_p10", "score")


def write_scenarios(workbook: Workbook, sheet: Worksheet, formats: Formats, content: PackContent, note: str) -> None:
    """Write scenarios as columns, figures as rows with their weights, the difference to the plan, and a chart."""
    frame = content.tables.get("scenario_comparison")
    count = 0 if frame is None else min(len(frame), _MOST_COLUMNS)
    lead = "Every scenario solved in full. The recommended one scores highest under the weights shown."
    write_band(sheet, formats, "Scenarios", lead, 3 + count + (8 if count <= _BESIDE else 0), note, "Cover")
    if frame is None or frame.empty:
        write_nothing(sheet, formats, 4, "No scenarios were solved with this version.")
        return
    sheet.set_column(FIRST_COLUMN, FIRST_COLUMN, 24)
    sheet.set_column(FIRST_COLUMN + 1, FIRST_COLUMN + 2, 9)
    sheet.set_column(FIRST_COLUMN + 3, FIRST_COLUMN + 2 + count, 17)
    everything = _ordered(frame)
    records, others = everything[:_MOST_COLUMNS], everything[_MOST_COLUMNS:]
    _scenario_heads(sheet, formats, records, 4)
    first = 7
    weights = weights_by_figure(content.weights)
    for offset, name in enumerate(_FIGURES):
        _scenario_row(sheet, formats, records, name, first + offset, weights.get(name), content.currency)
    row = first + len(_FIGURES)
    for name, text in (("kind", "Kind"), ("status", "Solver"), ("pareto", "On the efficient frontier")):
        sheet.write_string(row, FIRST_COLUMN, text, formats("calc", align="left", indent=1))
        for column in (1, 2):
            sheet.write_blank(row, FIRST_COLUMN + column, None, formats("calc"))
        for position, record in enumerate(records):
            value = record[name]
            shown = str(value) if isinstance(value, str) else ("yes" if value else "no")
            sheet.write_string(row, FIRST_COLUMN + 3 + position, shown, formats("calc", align="center"))
        row += 1
    base = next((i for i, r in enumerate(records) if r["scenario"] == content.scenario), 0)
    below = write_weights(sheet, formats, records, weights, lambda name: first + _FIGURES.index(name), row + 1)
    top = below + 1 if below > row + 1 else row + 1
    _against_base(sheet, formats, records, base, first, top)
    end = _others(sheet, formats, others, top + 2 + len(_FIGURES))
    at = (4, FIRST_COLUMN + 4 + count) if count <= _BESIDE else (end, FIRST_COLUMN)
    _scenario_chart(workbook, sheet, records, first, at, content.currency)
    if choosable(records) > 1:
        place = (end, FIRST_COLUMN) if count <= _BESIDE else (end + 18, FIRST_COLUMN)
        write_efficient(workbook, sheet, records, lambda name: first + _FIGURES.index(name), place, content.currency)
    sheet.freeze_panes(7, FIRST_COLUMN + 3)


def _ordered(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return scenarios as records: the plan and what we can choose by score, tests, the worst events first, answers."""
    order = {"base": 0, "choice": 1, "test": 2, "event": 3, "response": 4}
    kinds = frame["kind"] if "kind" in frame else pd.Series("", index=frame.index)
    ours = kinds.isin(("base", "choice"))
    score = (-frame["score"].fillna(-1)).where(ours, frame["gross_margin"])
    ranked = frame.assign(_kind=kinds.map(order).fillna(1), _score=score)
    ranked = ranked.sort_values(["_kind", "_score"], kind="stable").drop(columns=["_kind", "_score"])
    return ranked.to_dict("records")


def _others(sheet: Worksheet, formats: Formats, records: Sequence[dict[Any, Any]], row: int) -> int:
    """Write the scenarios that are no columns as rows; return the row below."""
    if not records:
        return row
    sheet.write_string(row, FIRST_COLUMN, "More of what may happen", formats("section"))
    figures = ("revenue", "gross_margin", "fill_rate", "gap_units", "stock_value", "peak_load", "cash", "co2")
    shape = table("scenario_comparison")
    spans = ((0, 3, "Scenario"), (4, 4, "Kind"), *((5 + i, 5 + i, pretty(name)) for i, name in enumerate(figures)))
    numbers = ("", "", *(number_format(shape.column(name)) for name in figures))
    names = ("title", "kind", *figures)
    return write_spans(sheet, formats, row + 1, spans, names, numbers, pd.DataFrame(records)) + 2


def _scenario_heads(sheet: Worksheet, formats: Formats, records: Sequence[dict[Any, Any]], row: int) -> None:
    for offset in range(3):
        for column in range(3):
            sheet.write_blank(row + offset, FIRST_COLUMN + column, None, formats("header_text"))
    sheet.write_string(row, FIRST_COLUMN, "Scenario", formats("header_text"))
    sheet.write_string(row, FIRST_COLUMN + 1, "Unit", formats("header_text"))
    sheet.write_string(row, FIRST_COLUMN + 2, "Weight", formats("header"))
    for position, record in enumerate(records):
        best = bool(record["recommended"])
        colour = {"bg_color": "#2B7A78"} if best else {}
        at = FIRST_COLUMN + 3 + position
        sheet.write_string(row, at, str(record["scenario"]), formats("header", **colour))
        form = formats("header", bold=False, font_size=9, valign="top", **colour)
        sheet.write_string(row + 1, at, str(record["title"]), form)
        sheet.write_string(row + 2, at, "★ recommended" if best else "", formats("header", font_size=9, **colour))
    names = max(len(str(record["scenario"])) for record in records)
    sheet.set_row(row, 14 * max(-(-names // 16), 1) + 4)
    longest = max(len(str(record["title"])) for record in records)
    sheet.set_row(row + 1, 13 * max(-(-longest // 19), 1) + 3)


def _scenario_row(
    sheet: Worksheet,
    formats: Formats,
    records: Sequence[dict[Any, Any]],
    name: str,
    row: int,
    weight: float | None,
    currency: str,
) -> None:
    column = table("scenario_comparison").column(name)
    number = "0.0" if name == "score" else number_format(column)
    unit = "%" if column.type == "percent" else currency if column.type == "money" else column.unit
    sheet.write_string(row, FIRST_COLUMN, pretty(name), formats("calc", align="left", indent=1))
    sheet.write_string(row, FIRST_COLUMN + 1, unit, formats("quiet"))
    form = formats("quiet", "0%", align="center")
    if weight is None:
        sheet.write_blank(row, FIRST_COLUMN + 2, None, form)
    else:
        sheet.write_number(row, FIRST_COLUMN + 2, weight, form)
    for position, record in enumerate(records):
        more: dict[str, Any] = {"bold": True, "bg_color": "#E6F1F0"} if record["recommended"] else {}
        form = formats("calc", number, **more)
        value = record[name]
        if pd.isna(value):
            sheet.write_blank(row, FIRST_COLUMN + 3 + position, None, form)
        else:
            sheet.write_number(row, FIRST_COLUMN + 3 + position, float(value), form)
    if name == "peak_load":
        rule = {"type": "cell", "criteria": ">", "value": 1.0001, "format": formats.signal("bad")}
        sheet.conditional_format(row, FIRST_COLUMN + 3, row, FIRST_COLUMN + 2 + len(records), rule)


def _against_base(
    sheet: Worksheet, formats: Formats, records: Sequence[dict[Any, Any]], base: int, first: int, top: int
) -> None:
    text = f"Difference to {records[base]['scenario']}"
    sheet.write_string(top, FIRST_COLUMN, text, formats("section"))
    for offset, name in enumerate(_FIGURES):
        column = table("scenario_comparison").column(name)
        row = top + 1 + offset
        number = "0.0" if name == "score" else number_format(column)
        sheet.write_string(row, FIRST_COLUMN, pretty(name), formats("calc", align="left", indent=1))
        for blank in (1, 2):
            sheet.write_blank(row, FIRST_COLUMN + blank, None, formats("calc"))
        own = a1(first + offset, FIRST_COLUMN + 3 + base, fixed_column=True)
        for position, record in enumerate(records):
            at = FIRST_COLUMN + 3 + position
            cell = a1(first + offset, at)
            known = not (pd.isna(record[name]) or pd.isna(records[base][name]))
            value = float(record[name]) - float(records[base][name]) if known else ""
            formula = f'=IF(OR({cell}="",{own}=""),"",{cell}-{own})'
            signed = f"+{number.split(';')[0]};-{number.split(';')[0]};0"
            sheet.write_formula(row, at, formula, formats("calc", signed), value)


def _scenario_chart(
    workbook: Workbook,
    sheet: Worksheet,
    records: Sequence[dict[Any, Any]],
    first: int,
    at: tuple[int, int],
    currency: str,
) -> None:
    name, last = sheet.get_name(), FIRST_COLUMN + 2 + len(records)
    categories = [name, 4, FIRST_COLUMN + 3, 4, last]

    def values(figure: str) -> list[object]:
        row = first + _FIGURES.index(figure)
        return [name, row, FIRST_COLUMN + 3, row, last]

    bars = workbook.add_chart({"type": "column"})
    best = [{"fill": {"color": SERIES[1]}} if r["recommended"] else {"fill": {"color": SERIES[0]}} for r in records]
    bars.add_series(
        {
            "name": f"Gross margin, {currency}",
            "categories": categories,
            "values": values("gross_margin"),
            "points": best,
            "fill": {"color": SERIES[0]},
            "gap": 70,
        }
    )
    line = workbook.add_chart({"type": "line"})
    line.add_series(
        {
            "name": "Fill rate (right axis)",
            "categories": categories,
            "values": values("fill_rate"),
            "y2_axis": True,
            "line": {"none": True},
            "marker": {"type": "diamond", "size": 9, "fill": {"color": SERIES[2]}, "border": {"color": SERIES[2]}},
        }
    )
    bars.combine(line)
    small = {"size": 9, "color": "#5B6B7F"}
    grid = {"visible": True, "line": {"color": LINE, "width": 0.5}}
    bars.set_x_axis({"num_font": small, "line": {"color": LINE}})
    axis = {"num_font": small, "num_format": "#,##0", "line": {"none": True}}
    bars.set_y_axis({**axis, "major_gridlines": grid, "min": 0})
    line.set_y2_axis({"num_font": small, "num_format": "0%", "line": {"none": True}})
    bars.set_legend({"position": "top", "font": small})
    bars.set_chartarea({"border": {"color": LINE}})
    bars.set_size({"width": 560 if len(records) <= _BESIDE else 240 + 90 * len(records), "height": 330})
    options = {"object_position": 2, "description": "Gross margin and fill rate of every scenario"}
    sheet.insert_chart(*at, bars, options)


def weights_by_figure(weights: Mapping[str, float]) -> dict[str, float]:
    """Return weights by column of the scenario comparison, from names of columns or of settings."""
    names = {
        "service": "fill_rate",
        "margin": "gross_margin",
        "stock": "stock_value",
        "cash": "cash",
        "co2": "co2",
    }
    return {names.get(name.removesuffix("_weight"), name.removesuffix("_weight")): w for name, w in weights.items()}
