"""What a workbook or an executive pack is filled with, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from sop_xl.model.calendar import Calendar

if TYPE_CHECKING:
    import pandas as pd

TEMPLATE_VERSION = 1
"""Counts up when a book of an older version can no longer be read as it stands."""

BookName = Literal["data", "sales", "marketing", "product", "operations", "finance", "executive"]


@dataclass(frozen=True, slots=True)
class BookContent:
    """Everything that fills the workbook of a function: tables, drop-down lists, calendar and where the cycle stands.

    Attributes:
        tables: typed tables by schema name. Those of the book are written into it, missing ones are written empty;
            the others (products, families, locations, channels, resources, …) feed the drop-downs. Handing in every
            input table is fine.
        calendar: the buckets of the cycle: columns of the grid, choices of period columns.
        cycle: name of the cycle, such as ``2008-07``.
        status: state of the submission, one of the schema's ``submission_states``.
        due: day by which the book is wanted back.
        base_version: hash of the version the book was issued from, '' where there is none.
        next_step: what the reader does next, in a sentence; '' writes the usual one of the function.
        currency: reporting currency of money columns.
        illustrative: True writes the remark that supply and cost data are illustrative.
        reference: values worth showing on Home, by label, such as ``{"Budget revenue": 1_200_000.0}``; texts as well.
        lists: codes by reference (``products``, ``resources`` …) that are offered beside those of ``tables``.
        highlight_pct: an override further from its baseline than this share is highlighted.
        issued: day written as the creation date of the file; left out: a fixed one, so that equal content gives
            equal bytes.
        spare_rows: empty input rows in every table, since tables on protected sheets cannot grow.
    """

    tables: Mapping[str, pd.DataFrame]
    calendar: Calendar
    cycle: str = ""
    status: str = "draft"
    due: date | None = None
    base_version: str = ""
    next_step: str = ""
    currency: str = "EUR"
    illustrative: bool = False
    reference: Mapping[str, float | str] = field(default_factory=dict)
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    highlight_pct: float = 0.2
    issued: date | None = None
    spare_rows: int = 15

    def __post_init__(self) -> None:
        """Close the mappings against change."""
        for name in ("tables", "reference", "lists"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))


@dataclass(frozen=True, slots=True)
class PackContent:
    """Everything that fills the executive pack of one plan.

    Attributes:
        tables: typed tables by schema name: the output tables of the solved plan (``sales_plan``, ``inventory_plan``,
            ``profit_and_loss``, ``resource_load``, ``gaps``, ``bottlenecks``, ``reliefs``, ``kpis``),
            ``consensus_demand``, ``scenario_comparison``, ``reconciliation``, ``forecast_accuracy``, ``bridge``, and
            the inputs ``dashboard``, ``family_pages``, ``families``, ``decisions``, ``risks_opportunities``,
            ``prior_commitments``, ``assumptions``, ``sign_off``. A section without its table says that nothing was
            given.
        calendar: the buckets of the plan.
        version: hash of the version the pack shows; printed on every page.
        cycle: name of the cycle.
        status: state of the version, such as ``recommended`` or ``committed``.
        scenario: the scenario that is the plan of this pack.
        currency: reporting currency.
        company: name on the cover, '' for none.
        weights: weights of the scenario score by figure, shown beside the comparison.
        messages: headlines for the cover and the dashboard, most important first.
        narratives: a line for the page of a family, by family code.
        illustrative: True writes the remark that supply and cost data are illustrative.
        issued: day written on the cover and as the creation date; left out: none, and a fixed creation date.
    """

    tables: Mapping[str, pd.DataFrame]
    calendar: Calendar
    version: str
    cycle: str = ""
    status: str = "recommended"
    scenario: str = "base"
    currency: str = "EUR"
    company: str = ""
    weights: Mapping[str, float] = field(default_factory=dict)
    messages: Sequence[str] = ()
    narratives: Mapping[str, str] = field(default_factory=dict)
    illustrative: bool = False
    issued: date | None = None

    def __post_init__(self) -> None:
        """Close the mappings against change."""
        for name in ("tables", "weights", "narratives"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        object.__setattr__(self, "messages", tuple(self.messages))
