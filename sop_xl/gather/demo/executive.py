"""Illustrative executive tables of the demo: scenarios, risks and opportunities, earlier commitments."""

from __future__ import annotations

import pandas as pd

from sop_xl.gather.demo import rules
from sop_xl.gather.demo.published import horizon
from sop_xl.model.calendar import add_months
from sop_xl.schema import frames

Record = dict[str, object]
DUE_DAY = 15


def scenarios() -> pd.DataFrame:
    """Return the scenarios people have written down: some of the standard set as they see them, and their own."""
    return frames.rows("scenarios", rules.illustrative()["executive"]["scenarios"])


def scenario_drivers(cycle: int) -> pd.DataFrame:
    """Return what each scenario but the base changes."""
    months = horizon(cycle)
    records: list[Record] = []
    for row in rules.illustrative()["executive"]["drivers"]:
        record = {k: v for k, v in row.items() if not k.endswith("_month")}
        if "from_month" in row:
            record |= {"from_period": months[row["from_month"]], "to_period": months[row["to_month"]]}
        records.append(record)
    return frames.rows("scenario_drivers", records)


def risks_opportunities() -> pd.DataFrame:
    """Return risks and opportunities that are not in the plan."""
    return frames.rows("risks_opportunities", rules.illustrative()["executive"]["risks"])


def prior_commitments(cycle: int) -> pd.DataFrame:
    """Return what earlier meetings decided, with due dates around the start of the horizon."""
    records: list[Record] = []
    for row in rules.illustrative()["executive"]["commitments"]:
        due = add_months(horizon(cycle)[0], row["due_month"]).replace(day=DUE_DAY)
        records.append({**{k: v for k, v in row.items() if k != "due_month"}, "due": due})
    return frames.rows("prior_commitments", records)
