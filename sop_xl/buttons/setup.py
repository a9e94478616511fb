"""Tables about the computer rather than the plan: the check of its setup, its settings, and the guide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from sop_xl.buttons.request import Answer, Output
from sop_xl.capabilities import BUTTONS, CELL_FUNCTIONS
from sop_xl.functions.describing import describe
from sop_xl.schema import frames
from sop_xl.schema.catalogue import table


class Checked(Protocol):
    """One point of the check of a setup: what, its state (*ok*, *warning*, *error*), what was found, the remedy."""

    @property
    def what(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def found(self) -> str: ...
    @property
    def remedy(self) -> str: ...


def setup_answer(checks: Iterable[Checked]) -> Answer:
    """Return the check of the setup as an answer: what is wrong first."""
    rank = {"error": 0, "warning": 1, "ok": 2}
    listed = sorted(checks, key=lambda check: rank.get(str(check.state), 3))
    records = [{"what": c.what, "state": str(c.state), "found": c.found, "remedy": c.remedy} for c in listed]
    wrong = [record for record in records if record["state"] != "ok"]
    message = f"{len(records)} points checked, all in order."
    if wrong:
        first = wrong[0]
        message = (
            f"{len(wrong)} of {len(records)} points need a look. {first['what']}: {first['found']} {first['remedy']}"
        )
    return Answer(message.strip(), outputs=(Output("setup_checks", frames.rows("setup_checks", records)),))


def settings_answer(settings: Mapping[str, tuple[str, str]]) -> Answer:
    """Return settings (name: value and meaning) as an answer."""
    records = [{"setting": name, "value": value, "meaning": text} for name, (value, text) in settings.items()]
    output = Output("excel_settings", frames.rows("excel_settings", records))
    return Answer("The settings of this computer.", outputs=(output,), show="excel_settings")


def guide_answer() -> Answer:
    """Return what every button and every cell function does, as an answer."""
    records = []
    for button in BUTTONS.values():
        where = ", ".join(dict.fromkeys(table(name).sheet for name in button.writes))
        records.append({"group": button.group, "name": button.label, "what": button.tip, "where": where})
    for function in CELL_FUNCTIONS.values():
        told = describe(function.name)
        records.append(
            {"group": "Cell functions", "name": function.excel_name, "what": told.summary, "where": told.example}
        )
    output = Output("guide", frames.rows("guide", records))
    return Answer(f"{len(BUTTONS)} buttons and {len(CELL_FUNCTIONS)} cell functions.", outputs=(output,), show="guide")
