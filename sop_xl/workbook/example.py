"""The example company: the smallest complete set of inputs, small enough to be read, and a plan made from it.

Two families with four products, a plant with two lines, a distribution centre, one bought item, 36 months of history.
All of it is invented.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import pandas as pd

from sop_xl.gather.inputs import require_inputs
from sop_xl.gather.sources import read_csv
from sop_xl.model.issue import InputErrors, Issue, errors
from sop_xl.model.plan import PlanningInputs
from sop_xl.schema.parse import parse

SMALLEST = (
    "settings",
    "products",
    "history",
    "launches",
    "price_cost",
    "resources",
    "routings",
    "materials",
    "bom",
    "lanes",
    "inventory",
    "inventory_policy",
    "budget",
)
"""Tables of the example folder: what a plan with everything in it needs at least."""


def _folder() -> Traversable:
    return files("sop_xl.workbook").joinpath("example")


def _read(folder: Traversable) -> dict[str, pd.DataFrame]:
    raw, issues = [], list[Issue]()
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if path.name.endswith(".csv"):
            table, found = read_csv(path.name.removesuffix(".csv"), path.read_bytes(), path.name)
            raw += [table] if table else []
            issues += found
    parsed = parse(raw)
    if errors([*issues, *parsed.issues]):
        raise InputErrors([*issues, *parsed.issues])
    return parsed.tables


@cache
def example_inputs() -> PlanningInputs:
    """Return the planning inputs of the example company, every sheet of every book with a few rows."""
    return require_inputs(_read(_folder()))


@cache
def example_plan() -> dict[str, pd.DataFrame]:
    """Return the output tables of a plan of the example company, as it was solved once: enough to fill every sheet."""
    return _read(_folder().joinpath("plan"))


def write_example(folder: Path) -> list[Path]:
    """Write the smallest complete folder of inputs, a CSV a table, and return its files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in SMALLEST:
        path = folder / f"{name}.csv"
        path.write_bytes(_folder().joinpath(f"{name}.csv").read_bytes())
        written.append(path)
    return written
