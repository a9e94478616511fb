"""What a button of a workbook does, on a file: the answer is a new file in which only the answering cells changed.

A button reads the workbook, lays its tables over the rest of the company's inputs, calculates, and writes into the
calculated columns of the workbook's own tables. Entries of people are never written over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sop_xl.cycle import plan_inputs
from sop_xl.demand.baseline_plan import plan_baseline
from sop_xl.gather.inputs import planning_inputs
from sop_xl.model.issue import InputErrors, Issue, Severity, errors
from sop_xl.model.plan import PlanningInputs
from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.schema.parse import Parsed, parse
from sop_xl.supply.explain import Explain
from sop_xl.workbook.filling import Filler, NoPlaceError
from sop_xl.workbook.folder import read_folder
from sop_xl.workbook.prefill import supply_response
from sop_xl.workbook.reading import read_workbook

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Pressed:
    """What pressing a button has brought.

    Attributes:
        message: what was done, in a sentence.
        issues: everything found on the way.
        workbook: the workbook with the answer in it; None where the button only tells.
    """

    message: str
    issues: tuple[Issue, ...] = ()
    workbook: bytes | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What a button works on: a workbook, and the folder of the company's other inputs, if any."""

    workbook: Path
    inputs: Path | None = None

    def parsed(self) -> Parsed:
        """Return the workbook's tables with every issue."""
        reading = read_workbook(self.workbook)
        parsed = parse(reading.raw_tables)
        return Parsed(parsed.tables, (*reading.issues, *parsed.issues), parsed.origins)

    def company(self) -> Parsed:
        """Return the company's inputs with the workbook's tables laid over them."""
        own = self.parsed()
        if self.inputs is None:
            return own
        rest = read_folder(self.inputs)
        origins = {**rest.origins, **own.origins}
        return Parsed({**rest.tables, **own.tables}, (*rest.issues, *own.issues), origins)

    def planning(self) -> tuple[PlanningInputs, tuple[Issue, ...]]:
        """Return planning inputs, or raise with all issues.

        Raises:
            InputErrors: where the inputs have errors or nothing can be planned from them.
        """
        inputs, issues = planning_inputs(self.company())
        if inputs is None:
            raise InputErrors(issues)
        return inputs, issues


def validate(desk: Desk, progress: Progress) -> Pressed:
    """Check every cell of the workbook and, with the other inputs at hand, every code and date.

    Raises:
        InputErrors: with all issues, where there is an error among them.
    """
    progress(0.1, "Checking")
    found = planning_inputs(desk.company())[1] if desk.inputs else desk.parsed().issues
    if errors(found):
        raise InputErrors(found)
    rows = {name: len(frame) for name, frame in desk.parsed().tables.items() if len(frame)}
    listed = ", ".join(f"{name} {count}" for name, count in rows.items())
    return Pressed(f"No errors in {desk.workbook.name}. Rows read: {listed or 'none'}.", found)


def reforecast(desk: Desk, progress: Progress) -> Pressed:
    """Forecast every product anew and write baseline, P10 and P90 into the forecast sheet; overrides stay.

    Raises:
        InputErrors: where there is no history to forecast from.
    """
    inputs, issues = desk.planning()
    _needs(desk, inputs, "history", "sales_forecast")
    made = plan_baseline(
        inputs["history"], inputs["products"], inputs.calendar, seed=inputs.settings["seed"], progress=progress
    )
    ranges = made.ranges[made.ranges["level"] == "product"]
    filler = Filler(desk.workbook.read_bytes())
    written = set()
    for row in ranges.itertuples():
        key = {"product": row.code, "location": EVERYWHERE, "channel": EVERYWHERE, "period": row.period.date()}
        try:
            for column in ("baseline", "p10", "p90"):
                filler.type("sales_forecast", key, column, round(float(getattr(row, column)), 2))
            written.add(row.code)
        except NoPlaceError:
            continue
    message = f"{len(written)} products forecast over {len(inputs.calendar)} buckets; overrides are as they were."
    return Pressed(message, (*issues, *made.issues), filler.save())


def feasibility(desk: Desk, progress: Progress) -> Pressed:
    """Plan demand against capacity and write demand, feasible quantity, gap and cause into the supply response.

    Raises:
        InputErrors: where the inputs do not allow to plan.
    """
    inputs, issues = desk.planning()
    _needs(desk, inputs, "routings", "supply_response")
    plan = plan_inputs(inputs, explain=Explain.CAUSES, progress=progress)
    answer = supply_response({**inputs.tables, **plan.solved.tables})
    filler = Filler(desk.workbook.read_bytes())
    for row in answer.itertuples():
        key = {"family": row.family, "period": row.period.date()}
        figures: Mapping[str, float] = {"demand": row.demand, "feasible": row.feasible, "gap": row.gap}
        for column, value in figures.items():
            if pd.notna(value):
                filler.type("supply_response", key, column, round(float(value), 2))
        filler.type("supply_response", key, "cause", row.cause)
    gap = float(answer["gap"].sum())
    message = "All demand is feasible." if gap < 1 else f"{gap:,.0f} units cannot be delivered on time."
    return Pressed(message, (*issues, *plan.issues), filler.save())


def _needs(desk: Desk, inputs: PlanningInputs, given: str, written: str) -> None:
    """Refuse where the inputs lack a table, or the workbook the table that takes the answer."""
    missing = []
    if inputs[given].empty:
        hint = "Name the folder of the company's inputs with --inputs."
        missing.append(Issue(Severity.ERROR, f"There is no {given} to work from.", hint, table=given))
    if written not in desk.parsed().tables:
        hint = f"Press this button in the workbook that has the table {written}."
        missing.append(Issue(Severity.ERROR, f"{desk.workbook.name} has no table {written}.", hint, table=written))
    if missing:
        raise InputErrors(missing)


BUTTONS: dict[str, Callable[[Desk, Progress], Pressed]] = {
    "validate": validate,
    "reforecast": reforecast,
    "feasibility": feasibility,
}
"""The buttons by the name the command line knows them under."""
