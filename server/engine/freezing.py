"""The forecast of a committed version, frozen: what it forecast by layer, and who stood behind each layer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pandas as pd

from server.table_names import CYCLE, INPUTS, PLAN
from sop_xl.demand.snapshots import freeze
from sop_xl.gather.inputs import require_inputs

_CELL = re.compile(r"product=(?P<product>[^,]*),.*period=(?P<period>\d{4}-\d{2}-\d{2})")

Tables = Mapping[str, pd.DataFrame]


def frozen_forecasts(committed: Tables, *, cycle: str, people: Mapping[str, str]) -> pd.DataFrame:
    """Return what a committed version forecast (schema table ``forecast_snapshots``).

    Args:
        committed: tables of the committed version.
        cycle: name of its cycle.
        people: who answers for each layer, by function, see :func:`sop_xl.demand.snapshots.freeze`.
    """
    given = {name.removeprefix(INPUTS): frame for name, frame in committed.items() if name.startswith(INPUTS)}
    outputs = {name: committed[f"{PLAN}{name}"] for name in ("consensus_demand", "demand_layers")}
    by_cell = dict(_overridden(committed[f"{CYCLE}changes"]))
    calendar = require_inputs(given).calendar
    return freeze({**given, **outputs}, calendar, cycle=cycle, people=people, by_cell=by_cell)


def _overridden(changes: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield product and period of every override that was changed in the cycle, with who changed it."""
    typed = changes[(changes["table"] == "sales_forecast") & (changes["function"] == "sales")]
    for key, person in zip(typed["key"], typed["submitter"], strict=True):
        found = _CELL.search(str(key))
        if found and person:
            yield f"{found['product']} {found['period']}", str(person)
