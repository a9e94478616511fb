"""The tables of a committed version: those of the scenario that was chosen, and what all scenarios share."""

from __future__ import annotations

from collections.abc import Mapping

from server.processes import Report, Result
from server.store import payload
from server.table_names import PLAN, SCENARIOS, scenario_prefix


def choose(*, report: Report, blobs: Mapping[str, bytes], scenario: str) -> Result:
    """Return the payload of the committed version of a consolidated plan."""
    report(0.0, "Choosing the scenario")
    return Result({}, {"payload": chosen_tables(blobs["plan"], scenario)})


def chosen_tables(plan: bytes, scenario: str) -> bytes:
    """Return the payload of a consolidated plan with the chosen scenario as *the* plan, without the others."""
    prefix = scenario_prefix(scenario)

    def rename(name: str) -> str | None:
        if name.startswith(prefix):
            return f"{PLAN}{name.removeprefix(prefix)}"
        return None if name.startswith(SCENARIOS) else name

    return payload.select(plan, rename)
