"""The data dictionary: every table, column, setting and measure as a page, written from the schema."""

from __future__ import annotations

from collections.abc import Iterable

from sop_xl.schema.catalogue import BOOKS, Column, Table, measures, settings, tables

_INTRODUCTION = """\
# Data dictionary

Generated from the schema by `python -m sop_xl.schema.dictionary`; a test fails when it is out of date.

## How to write a folder of inputs by hand

`sop-xl plan FOLDER --out plan.json` reads every `.csv` and `.xlsx` in a folder.

- A CSV is named after its table (`demand.csv`), is UTF-8, and has the column names below in its first line. Columns that
  are not required may be left out; an empty cell takes the default. Comma, semicolon or tab separate columns; numbers have
  a decimal point and no thousands separator.
- A **period** is the first day of a bucket (`2026-07-01`) or its label: `2026-07` a month, `2026-Q3` a quarter, `2026` a
  year, `2026-07-06` a week. A **percentage** is `0.15` or `15%`. A **boolean** is `yes` or `no`.
- `ALL` stands for every product, location or channel. With a single location in the inputs it may be left out everywhere.
- **The least that can be planned** is `demand.csv` (or `history.csv`, from which demand is forecast) and a way to supply
  it: `routings.csv` (made), `outsourcing.csv` (bought) or `inventory.csv` (on hand). `price_cost.csv` gives the money.
  `sop-xl templates example DIR` writes a small complete folder.
- Masters left out (`products`, `families`, `locations`, `channels`, and `resources` that a workforce staffs) are made from
  their uses. The calendar is taken from the periods of the demand, or made from the settings.
- Rates *per month* are scaled to the length of the bucket (a week of July is 7/31 of a month, a year 12). With the setting
  `rates_per = bucket` they hold per bucket as they stand.

How things add up: *sum*; *weighted* (by units); *last* (stock: the value at the end); *none* (never added, such as
quantiles and percentages).
"""

_BOOK_TITLES = {
    "data": "Data gathering (step 0)",
    "sales": "Sales book",
    "marketing": "Marketing book",
    "product": "Product book",
    "operations": "Operations book",
    "finance": "Finance book",
    "executive": "Executive book",
    "every": "In every book",
    "plan": "What a plan answers",
    "answers": "What buttons answer",
}


def data_dictionary() -> str:
    """Return the data dictionary as Markdown."""
    parts = [_INTRODUCTION, _settings()]
    for book in (*BOOKS, "every", "plan", "answers"):
        parts.append(f"## {_BOOK_TITLES[book]}\n")
        parts += [_table(shape) for shape in tables().values() if shape.book == book]
    return "\n".join([*parts, _measures()])


def _settings() -> str:
    rows = (
        (f"`{s.name}`", _kind(s.type, s.choices), _limits(s.min, s.max), str(s.default), s.description)
        for s in settings().values()
    )
    return "## Settings (`settings.csv`: setting, value)\n\n" + _markdown(
        ("setting", "type", "limits", "default", "meaning"), rows
    )


def _measures() -> str:
    rows = ((f"`{m.name}`", m.block, m.unit, m.over_products, m.over_time, m.description) for m in measures().values())
    return "## Measures of the family page\n\n" + _markdown(
        ("measure", "block", "unit", "over products", "over time", "meaning"), rows
    )


def _table(shape: Table) -> str:
    where = f"sheet *{shape.sheet}*, Excel Table `{shape.excel_name}`"
    head = f"### `{shape.name}`\n\n{shape.description}\nKey: {', '.join(f'`{k}`' for k in shape.keys)}; {where}.\n"
    if shape.layout == "grid":
        head += "In the workbook a grid: a row a measure (column *Measure*) and a column a period.\n"
    return (
        head + "\n" + _markdown(("column", "header", "type", "default", "adds up", "meaning"), map(_row, shape.columns))
    )


def _row(column: Column) -> tuple[str, ...]:
    default = "**required**" if column.required else "" if column.default in (None, "") else f"`{column.default}`"
    adds_up = f"{column.over_products} / {column.over_time}" if column.numeric else ""
    kind = _kind(column.type, column.choices)
    kind += f", {column.unit}" if column.unit else ""
    limits = _limits(column.min, column.max)
    kind += f", {limits}" if limits else ""
    filled = {"calculation": " *(calculated)*"}.get(column.role, "")
    refers = f" → `{column.ref}`" if column.ref else ""
    return (f"`{column.name}`", column.header, kind + refers, default, adds_up, column.description + filled)


def _kind(kind: str, choices: Iterable[str]) -> str:
    listed = list(choices)
    return f"one of: {', '.join(listed)}" if listed else kind


def _limits(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{low:g} … {high:g}"
    return f"≥ {low:g}" if low is not None else f"≤ {high:g}" if high is not None else ""


def _markdown(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    from pathlib import Path

    target = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"
    target.write_text(data_dictionary(), encoding="utf-8", newline="\n")
