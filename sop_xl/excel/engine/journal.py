"""The journal of a workbook: everything a macro did to it, in order, as plain data that another face can repeat.

One JSON object an operation, its kind under ``op``. Dates are Excel's serial numbers; None empties a cell; text is text
whatever it begins with, so whoever repeats the journal must not let Excel read it as a formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from sop_xl.excel.engine.address import area_of, plain_address
from sop_xl.excel.engine.blocks import blocks

Plain = float | str | bool | None
"""A value as JSON carries it."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing done to a workbook."""

    op: ClassVar[str] = ""

    def to_json(self) -> dict[str, Any]:
        """Return the operation as a JSON object."""
        return {"op": self.op, **{name: _listed(value) for name, value in asdict(self).items()}}


@dataclass(frozen=True, slots=True)
class Write(Operation):
    """Values into a block of cells, row by row."""

    op: ClassVar[str] = "write"
    sheet: str
    address: str
    values: tuple[tuple[Plain, ...], ...]


@dataclass(frozen=True, slots=True)
class WriteFormula(Operation):
    """Formulas into a block of cells; ``array`` where the first one spills or fills the whole block."""

    op: ClassVar[str] = "formula"
    sheet: str
    address: str
    formulas: tuple[tuple[str, ...], ...]
    array: bool = False


@dataclass(frozen=True, slots=True)
class Clear(Operation):
    """Contents, formats or both of a block removed."""

    op: ClassVar[str] = "clear"
    sheet: str
    address: str
    what: str


@dataclass(frozen=True, slots=True)
class Format(Operation):
    """One property of the look of a block: ``number_format``, ``color``, ``font_color``, ``bold``, ``column_width``…"""

    op: ClassVar[str] = "format"
    sheet: str
    address: str
    property: str
    value: Plain


@dataclass(frozen=True, slots=True)
class Merge(Operation):
    """Cells of a block joined to one."""

    op: ClassVar[str] = "merge"
    sheet: str
    address: str


@dataclass(frozen=True, slots=True)
class Unmerge(Operation):
    """Joined cells of a block parted."""

    op: ClassVar[str] = "unmerge"
    sheet: str
    address: str


@dataclass(frozen=True, slots=True)
class SheetAdd(Operation):
    """A new sheet, behind another one (first where that is empty)."""

    op: ClassVar[str] = "sheet_add"
    name: str
    after: str = ""


@dataclass(frozen=True, slots=True)
class SheetDelete(Operation):
    """A sheet removed."""

    op: ClassVar[str] = "sheet_delete"
    name: str


@dataclass(frozen=True, slots=True)
class SheetRename(Operation):
    """A sheet under a new name."""

    op: ClassVar[str] = "sheet_rename"
    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class SheetShow(Operation):
    """A sheet shown or hidden."""

    op: ClassVar[str] = "sheet_show"
    sheet: str
    visible: bool


@dataclass(frozen=True, slots=True)
class TableAdd(Operation):
    """An Excel Table around cells that have headers."""

    op: ClassVar[str] = "table_add"
    sheet: str
    name: str
    address: str
    style: str = "TableStyleMedium2"


@dataclass(frozen=True, slots=True)
class TableResize(Operation):
    """An Excel Table over other cells."""

    op: ClassVar[str] = "table_resize"
    name: str
    sheet: str
    address: str


@dataclass(frozen=True, slots=True)
class TableSet(Operation):
    """A property of an Excel Table: ``name``, ``style``, ``show_autofilter``, ``show_row_stripes``…"""

    op: ClassVar[str] = "table_set"
    name: str
    sheet: str
    property: str
    value: Plain


@dataclass(frozen=True, slots=True)
class NameAdd(Operation):
    """A defined name, new or with a new meaning; of one sheet where ``sheet`` is given."""

    op: ClassVar[str] = "name_add"
    name: str
    refers_to: str
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class NameDelete(Operation):
    """A defined name removed."""

    op: ClassVar[str] = "name_delete"
    name: str
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Activate(Operation):
    """A sheet brought to the front."""

    op: ClassVar[str] = "activate"
    sheet: str


@dataclass(frozen=True, slots=True)
class Select(Operation):
    """Cells selected."""

    op: ClassVar[str] = "select"
    sheet: str
    address: str


@dataclass(frozen=True, slots=True)
class Protect(Operation):
    """A sheet protected, as it was before."""

    op: ClassVar[str] = "protect"
    sheet: str


@dataclass(frozen=True, slots=True)
class Unprotect(Operation):
    """A sheet opened for edits."""

    op: ClassVar[str] = "unprotect"
    sheet: str


@dataclass(frozen=True, slots=True)
class Alert(Operation):
    """A message that waits for the user; ``kind`` is ``info``, ``critical`` or empty."""

    op: ClassVar[str] = "alert"
    text: str
    title: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Status(Operation):
    """Text in the status bar; empty text hands it back to Excel."""

    op: ClassVar[str] = "status"
    text: str


KINDS: dict[str, type[Operation]] = {kind.op: kind for kind in Operation.__subclasses__()}


def to_json(journal: Iterable[Operation]) -> list[dict[str, Any]]:
    """Return a journal as a list of JSON objects."""
    return [operation.to_json() for operation in journal]


def from_json(objects: Iterable[Mapping[str, Any]]) -> tuple[Operation, ...]:
    """Return the journal that ``to_json`` wrote.

    Raises:
        ValueError: where an object is no operation.
    """
    return tuple(_operation(each) for each in objects)


def _operation(stored: Mapping[str, Any]) -> Operation:
    kind = KINDS.get(str(stored.get("op")))
    if kind is None:
        raise ValueError(f"{stored.get('op')!r} is no operation of a journal")
    wanted = {field.name for field in fields(kind)}
    given = {name: _tupled(value) for name, value in stored.items() if name != "op"}
    if not set(given) <= wanted:
        raise ValueError(f"the operation '{kind.op}' has no {', '.join(sorted(set(given) - wanted))}")
    try:
        return kind(**given)
    except TypeError as problem:
        raise ValueError(f"the operation '{kind.op}' is incomplete: {problem}") from None


def merged(journal: Iterable[Operation]) -> tuple[Operation, ...]:
    """Return the journal with consecutive writes into one sheet joined to as few blocks as rows and columns allow.

    A cell written twice in such a run keeps its last value.
    """
    result: list[Operation] = []
    run: list[Write] = []
    for operation in journal:
        if isinstance(operation, Write) and (not run or run[0].sheet == operation.sheet):
            run.append(operation)
            continue
        result.extend(_joined(run))
        run = [operation] if isinstance(operation, Write) else []
        if not run:
            result.append(operation)
    result.extend(_joined(run))
    return tuple(result)


def _joined(run: list[Write]) -> Iterator[Write]:
    if len(run) < 2:
        yield from run
        return
    rows: dict[int, dict[int, Plain]] = {}
    for write in run:
        area = area_of(write.address)
        for offset, values in enumerate(write.values):
            rows.setdefault(area.top + offset, {}).update(enumerate(values, area.left))
    for area in blocks({(row, column) for row, cells in rows.items() for column in cells}):
        values = tuple(
            tuple(rows[row][column] for column in range(area.left, area.right + 1))
            for row in range(area.top, area.bottom + 1)
        )
        yield Write(run[0].sheet, plain_address(area), values)


def _listed(value: Any) -> Any:
    return [_listed(each) for each in value] if isinstance(value, tuple) else value


def _tupled(value: Any) -> Any:
    return tuple(_tupled(each) for each in value) if isinstance(value, list) else value
