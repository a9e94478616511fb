"""The drop-downs of a book: codes of the master data on a sheet of their own, or the keys of a table beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from sop_xl.schema.catalogue import EVERYWHERE, Column, Table, tables
from sop_xl.workbook.content import BookContent
from sop_xl.workbook.style import DATE, Formats

SHEET = "Lists"
_FIRST_ROW = 5
_COMPOSED = {
    "products_or_families": ("families", "products"),
    "materials_or_products": ("materials", "products"),
}


@dataclass
class DropDowns:
    """Sources of drop-downs, gathered while the sheets are written and put on the sheet *Lists* at the end."""

    codes: Mapping[str, tuple[str, ...]]
    periods: Sequence[object]
    beside: dict[str, str] = field(default_factory=dict)
    _columns: dict[str, tuple[str, Sequence[object]]] = field(default_factory=dict)

    def source(self, column: Column) -> str | list[str] | None:
        """Return the source of a column's drop-down as xlsxwriter takes it, or None where it has none."""
        if column.type == "boolean":
            return ["yes", "no"]
        if column.type == "period":
            return self._range("period", "Buckets", self.periods)
        if column.choices:
            if len(",".join(column.choices)) <= 250:
                return list(column.choices)
            return self._range(column.name, column.header, column.choices)
        if not column.ref:
            return None
        if column.ref in self.beside and column.default != EVERYWHERE:
            return self.beside[column.ref]
        codes = self.codes.get(column.ref, ())
        if column.default == EVERYWHERE:
            return self._range(f"{column.ref}+", f"{_title(column.ref)} or ALL", (EVERYWHERE, *codes))
        return self._range(column.ref, _title(column.ref), codes)

    def _range(self, key: str, title: str, values: Sequence[object]) -> str | None:
        if not values:
            return None
        position = list(self._columns).index(key) if key in self._columns else len(self._columns)
        self._columns[key] = (title, values)
        letter = xl_col_to_name(position + 1)
        return f"={SHEET}!${letter}${_FIRST_ROW + 1}:${letter}${_FIRST_ROW + len(values)}"

    @property
    def columns(self) -> list[tuple[str, Sequence[object]]]:
        """Titles and values of the lists in use, in the order of the sheet."""
        return list(self._columns.values())


def _title(ref: str) -> str:
    return ref.replace("_", " ").capitalize()


def _unique(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for value in values if (text := str(value)) and text != EVERYWHERE))


def drop_downs(content: BookContent) -> DropDowns:
    """Return the drop-downs of a book: the codes of every table that others refer to."""
    codes: dict[str, tuple[str, ...]] = {}
    for name, shape in tables().items():
        frame = content.tables.get(name)
        given = [] if frame is None else list(frame[shape.keys[0]])
        codes[name] = _unique([*given, *content.lists.get(name, ())])
    for name, parts in _COMPOSED.items():
        codes[name] = _unique([*(c for part in parts for c in codes[part]), *content.lists.get(name, ())])
    return DropDowns(codes, content.calendar.starts)


def rule(column: Column, source: str | list[str] | None, shape: Table) -> dict[str, object] | None:
    """Return the data validation of a column: drop-down, limits or date; None where any text may stand."""
    error: dict[str, object] = {"error_title": column.header[:31], "error_message": column.description[:250]}
    if source is not None:
        strict = bool(column.choices) or column.type == "boolean"
        hint = "Choose one of the list." if strict else "This is not in the list. Keep it only if it is new on purpose."
        return {
            "validate": "list",
            "source": source,
            "error_type": "stop" if strict else "warning",
            **error,
            "error_message": f"{column.description} {hint}"[:250],
        }
    if column.type in ("date", "period"):
        from datetime import date

        return {
            "validate": "date",
            "criteria": "between",
            "minimum": date(1950, 1, 1),
            "maximum": date(2150, 12, 31),
            **error,
            "error_message": f"{column.description} Type a date, such as 2026-07-01."[:250],
        }
    if not column.numeric:
        return None
    kind = "integer" if column.type == "integer" else "decimal"
    low, high = column.min, column.max
    limits = f" Least {low:g}." if low is not None else ""
    limits += f" Most {high:g}." if high is not None else ""
    error["error_message"] = f"{column.description}{limits} Type a number."[:250]
    if low is not None and high is not None:
        return {"validate": kind, "criteria": "between", "minimum": low, "maximum": high, **error}
    if high is not None:
        return {"validate": kind, "criteria": "<=", "value": high, **error}
    return {"validate": kind, "criteria": ">=", "value": low if low is not None else -1e15, **error}


def write_lists(sheet: Worksheet, formats: Formats, drops: DropDowns) -> None:
    """Write the sheet that the drop-downs point to."""
    from sop_xl.workbook.frame import write_band

    columns = drops.columns
    write_band(sheet, formats, "Lists", "Codes offered in drop-downs. They come from the master data.", 6)
    for position, (title, values) in enumerate(columns, start=1):
        sheet.set_column(position, position, max(14, len(title) + 3))
        sheet.write_string(_FIRST_ROW - 1, position, title, formats("header_text"))
        for offset, value in enumerate(values):
            if isinstance(value, str):
                sheet.write_string(_FIRST_ROW + offset, position, value, formats("calc"))
            else:
                sheet.write_datetime(_FIRST_ROW + offset, position, value, formats("calc", DATE, align="left"))
    sheet.freeze_panes(_FIRST_ROW, 0)
