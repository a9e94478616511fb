"""The catalogue of tables, columns, measures and settings, read from the TOML files beside this module.

Nothing here knows a table by name: to add a column, add a line to a file in ``tables/`` and every template, parser,
drop-down, page and data dictionary follows.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

ColumnType = Literal["code", "text", "number", "integer", "percent", "money", "date", "period", "boolean", "choice"]
Aggregation = Literal["sum", "weighted", "first", "last", "max", "none"]
Role = Literal["input", "calculation", "output"]
Layout = Literal["rows", "grid", "page"]

NUMERIC_TYPES = frozenset({"number", "integer", "percent", "money"})
FUNCTIONS = ("sales", "marketing", "product", "operations", "finance", "executive")
BOOKS = ("data", *FUNCTIONS)
EVERYWHERE = "ALL"
"""The code that stands for every product, location or channel."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its type, unit, default, how it adds up and who fills it."""

    name: str
    type: ColumnType
    header: str
    description: str
    unit: str = ""
    required: bool = False
    default: Any = None
    min: float | None = None
    max: float | None = None
    choices: tuple[str, ...] = ()
    ref: str = ""
    over_products: Aggregation = "none"
    over_time: Aggregation = "none"
    role: Role = "input"

    @property
    def numeric(self) -> bool:
        """True where the values are numbers."""
        return self.type in NUMERIC_TYPES


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the product: the book and sheet it lives on, its key and its columns.

    ``answers_in`` names the books that carry an output table from the start, for a button to write its answer into.
    """

    name: str
    book: str
    sheet: str
    title: str
    description: str
    keys: tuple[str, ...]
    columns: tuple[Column, ...]
    layout: Layout = "rows"
    role: Role = "input"
    max_rows: int | None = None
    answers_in: tuple[str, ...] = ()

    @property
    def excel_name(self) -> str:
        """Name of the Excel Table, such as ``tblPriceCost``."""
        return "tbl" + "".join(part.capitalize() for part in self.name.split("_"))

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns, in the order of the sheet."""
        return tuple(column.name for column in self.columns)

    @property
    def inputs(self) -> tuple[Column, ...]:
        """Columns a person fills."""
        return tuple(column for column in self.columns if column.role == "input")

    @property
    def measures(self) -> tuple[Column, ...]:
        """Numeric columns that are not part of the key."""
        return tuple(column for column in self.columns if column.numeric and column.name not in self.keys)

    def column(self, name: str) -> Column:
        """Return the column of that name; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name!r}")


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a cycle: its type, default and limits."""

    name: str
    type: ColumnType
    default: Any
    description: str
    min: float | None = None
    max: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """A row of the family page: the block it stands in, its unit and how it adds up."""

    name: str
    block: str
    header: str
    unit: str
    over_products: Aggregation
    over_time: Aggregation
    description: str


def _read(*path: str) -> dict[str, Any]:
    return tomllib.loads(files("sop_xl.schema").joinpath(*path).read_text(encoding="utf-8"))


@cache
def lists() -> dict[str, tuple[str, ...]]:
    """Return the fixed lists of choices by name."""
    return {name: tuple(values) for name, values in _read("lists.toml")["lists"].items()}


def _column(raw: dict[str, Any]) -> Column:
    choices = raw.get("choices", ())
    if isinstance(choices, str):
        choices = lists()[choices]
    header = raw.get("header") or raw["name"].replace("_", " ").capitalize()
    column = Column(**{**raw, "header": header, "choices": tuple(choices)})
    if column.type not in get_args(ColumnType):
        raise ValueError(f"unknown column type {column.type!r}")
    return column


@cache
def tables() -> dict[str, Table]:
    """Return every table of the product by name."""
    found: dict[str, Table] = {}
    for name in ("data", *FUNCTIONS, "common", "plan", "answers"):
        for table, raw in _read("tables", f"{name}.toml")["tables"].items():
            columns = tuple(_column(column) for column in raw.pop("columns"))
            keys, answers_in = tuple(raw.pop("keys")), tuple(raw.pop("answers_in", ()))
            found[table] = Table(name=table, columns=columns, keys=keys, answers_in=answers_in, **raw)
    return found


def table(name: str) -> Table:
    """Return one table; KeyError where there is none of that name."""
    return tables()[name]


def tables_of(book: str) -> tuple[Table, ...]:
    """Return the tables of a book, those of every book last."""
    own = tuple(t for t in tables().values() if t.book == book)
    return (
        own if book in ("plan", "data", "answers") else own + tuple(t for t in tables().values() if t.book == "every")
    )


def answers_of(book: str) -> tuple[Table, ...]:
    """Return the output tables that a book carries from the start, for buttons to write their answers into."""
    return tuple(t for t in tables().values() if book in t.answers_in)


@cache
def input_tables() -> tuple[str, ...]:
    """Return the names of the tables that people or systems fill."""
    return tuple(t.name for t in tables().values() if t.role == "input" and t.layout != "page")


@cache
def settings() -> dict[str, Setting]:
    """Return every setting of a cycle by name."""
    raw = _read("settings.toml")["settings"]
    return {n: Setting(name=n, **{**s, "choices": tuple(s.get("choices", ()))}) for n, s in raw.items()}


@cache
def measures() -> dict[str, Measure]:
    """Return the measures of the family page by name, in the order of the page."""
    return {name: Measure(name=name, **raw) for name, raw in _read("measures.toml")["measures"].items()}
