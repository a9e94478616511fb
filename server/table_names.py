"""Names of the tables in the payload of a version.

``inputs/<table>`` what was planned from · ``cycle/<table>`` what concerns all scenarios · ``scenarios/<name>/<table>``
each scenario's plan (in a committed version: ``plan/<table>``, the one chosen) · ``targets/<table>`` the plan committed
in the cycle before.
"""

from __future__ import annotations

from urllib.parse import quote

INPUTS, CYCLE, PLAN, TARGETS, SCENARIOS = "inputs/", "cycle/", "plan/", "targets/", "scenarios/"


def scenario_prefix(scenario: str) -> str:
    """Return the group of a scenario's tables in the payload of a consolidated version."""
    return f"{SCENARIOS}{quote(scenario, safe=' +')}/"
