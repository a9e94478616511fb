"""What goes into a plan and what comes out of it, as frozen values that are handed forward and never changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sop_xl.model.calendar import Calendar
from sop_xl.model.issue import Issue

if TYPE_CHECKING:
    import pandas as pd

Tables = Mapping[str, "pd.DataFrame"]
"""Typed tables by schema name: one row a key, one column a measure, every column of the schema present."""

Locate = Callable[[str, int, str], Mapping[str, str]]
"""Tells file, sheet, table and cell of a value: table, row and column of a typed table."""


@dataclass(frozen=True, slots=True)
class PlanningInputs:
    """Everything a plan is made from: typed tables, the calendar, the settings, and a hash of it all.

    ``tables`` holds every input table of the schema, empty where nothing was given. ``period`` columns are the first
    day of a bucket of ``calendar`` (``datetime64``). ``settings`` holds every setting with its default filled in.
    """

    tables: Tables
    calendar: Calendar
    settings: Mapping[str, Any]
    content_hash: str = ""
    locate: Locate | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Close the mappings against change."""
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Let inputs travel between processes; the way back to cells stays behind."""
        return PlanningInputs, (dict(self.tables), self.calendar, dict(self.settings), self.content_hash)

    def __getitem__(self, table: str) -> pd.DataFrame:
        """Return a table by its schema name."""
        return self.tables[table]

    def with_tables(self, **changed: pd.DataFrame) -> PlanningInputs:
        """Return new inputs with some tables exchanged: what a scenario does. The hash is left to be made anew."""
        return replace(self, tables={**self.tables, **changed}, content_hash="", locate=None)

    def place(self, table: str, row: int, column: str = "") -> dict[str, str]:
        """Return file, sheet, table and cell of an input value, as far as they are known, as fields of an issue."""
        return {"table": table} if self.locate is None else dict(self.locate(table, row, column))

    def period_length(self, position: int) -> float:
        """Length of a bucket in the unit of the rates: months, or 1 where rates hold per bucket."""
        return 1.0 if self.settings["rates_per"] == "bucket" else self.calendar.buckets[position].months


@dataclass(frozen=True, slots=True)
class SolvedPlan:
    """A solved plan: status, objective, key figures and every output table of the schema.

    ``status`` is *optimal*, *time limit* (with the gap proven so far in ``mip_gap``) or *infeasible data*.
    ``objective`` is profit or cost, as the settings ask. ``kpis`` are plain numbers by name, None where undefined.
    """

    status: str
    objective: float | None
    kpis: Mapping[str, float | None]
    tables: Tables
    issues: tuple[Issue, ...] = ()
    mip_gap: float = 0.0
    scenario: str = "base"
    notes: tuple[str, ...] = field(default=())

    def with_results(self, kpis: Mapping[str, float | None], tables: Tables) -> SolvedPlan:
        """Return the plan with other key figures and more tables: what a later step adds."""
        return replace(self, kpis=dict(kpis), tables={**self.tables, **tables})
