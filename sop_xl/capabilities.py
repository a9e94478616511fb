"""The catalogue: every cell function and every button, under the name it has on every face.

Nothing is calculated here and nothing heavy is imported. The faces (cell functions of Excel, ribbon, REST, command
line, Office.js) are mounted from this list; wrappers, ribbon and reference pages are generated from it; a test proves
that none is missing anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

PREFIX = "SOP"
"""Cell functions are ``SOP_FORECAST`` on the desktop and ``SOP.FORECAST`` in Office.js."""

Needs = Literal["workbook", "company", "team"]
"""What a button works from: the workbook alone; the company's other inputs as well; the server of the team."""


@dataclass(frozen=True, slots=True)
class CellFunction:
    """A cell function: its name and the Python function behind it, whose signature and docstring describe it."""

    name: str
    module: str

    @property
    def excel_name(self) -> str:
        """Name in a cell of desktop Excel."""
        return f"{PREFIX}_{self.name}"

    def load(self) -> Callable[..., Any]:
        """Return the function itself; imports its module."""
        return getattr(import_module(self.module), self.name.lower())


@dataclass(frozen=True, slots=True)
class Button:
    """A button of the ribbon.

    Attributes:
        name: name of the macro and of the command line's ``press``.
        label: text on the ribbon.
        group: group of the ribbon's tab.
        tip: what it does, in a sentence; the screen tip.
        image: Microsoft's name of the picture.
        needs: what it works from.
        writes: schema names of the tables it writes into.
    """

    name: str
    label: str
    group: str
    tip: str
    image: str
    needs: Needs = "workbook"
    writes: tuple[str, ...] = ()
    large: bool = False


CELL_FUNCTIONS: dict[str, CellFunction] = {
    name: CellFunction(name, f"sop_xl.functions.{module}")
    for name, module in (
        ("FORECAST", "forecasting"),
        ("BACKTEST", "forecasting"),
        ("SEASONALITY", "forecasting"),
        ("CLEAN", "cleaning"),
        ("ACCURACY", "measuring"),
        ("SAFETYSTOCK", "stock"),
        ("NEWSVENDOR", "stock"),
        ("COVER", "stock"),
        ("CAPACITY", "capacity"),
        ("FEASIBLE", "capacity"),
        ("BRIDGE", "money"),
        ("PLAN", "committed"),
        ("WHY", "committed"),
    )
}

BUTTONS: dict[str, Button] = {
    button.name: button
    for button in (
        Button(
            "get_workbook",
            "Get my workbook",
            "Cycle",
            "Downloads the workbook that the facilitator issued to your function in this cycle.",
            "FileSave",
            needs="team",
            large=True,
        ),
        Button(
            "refresh",
            "Refresh",
            "Cycle",
            "Brings baseline, targets and last values of this workbook up to date; your entries stay.",
            "RefreshAll",
            needs="team",
            writes=("sales_forecast", "drift_proposals", "supply_response", "rationalisation", "dashboard", "products"),
        ),
        Button(
            "validate",
            "Validate",
            "Cycle",
            "Checks every cell and lists what is wrong, where, and what to do.",
            "AcceptInvitation",
            writes=("checks",),
        ),
        Button(
            "submit",
            "Submit",
            "Cycle",
            "Checks the workbook and hands it in; the server keeps it as it is.",
            "FileSendAsAttachment",
            needs="team",
            writes=("checks",),
            large=True,
        ),
        Button(
            "status",
            "Status",
            "Cycle",
            "Shows where the cycle stands and who has handed in.",
            "Info",
            needs="team",
            writes=("cycle_status",),
        ),
        Button(
            "reforecast",
            "Re-forecast",
            "Demand",
            "Forecasts every series of this workbook anew: baseline, P10 and P90; your overrides stay.",
            "ChartInsert",
            needs="company",
            writes=("sales_forecast", "history_corrections"),
            large=True,
        ),
        Button(
            "reforecast_selection",
            "Selection",
            "Demand",
            "Forecasts only the products of the selected rows anew.",
            "SelectCurrentRegion",
            needs="company",
            writes=("sales_forecast", "history_corrections"),
        ),
        Button(
            "accuracy",
            "Accuracy",
            "Demand",
            "Measures how accurate the forecast was, by family, against the seasonal naive.",
            "ChartTrendline",
            needs="company",
            writes=("forecast_accuracy",),
        ),
        Button(
            "feasibility",
            "Check feasibility",
            "Supply",
            "Plans demand against capacity: what is feasible, the gap, its cause and the cheapest relief.",
            "DataValidation",
            needs="company",
            writes=(
                "supply_response",
                "bottlenecks",
                "reliefs",
                "resource_load",
                "demand_served",
                "inventory_targets",
                "available_to_promise",
            ),
            large=True,
        ),
        Button(
            "options",
            "Options",
            "Supply",
            "Solves the levers one by one: margin, service, stock and CO2 of each, side by side.",
            "DatasheetView",
            needs="company",
            writes=("option_effects",),
        ),
        Button(
            "simulate",
            "Simulate",
            "Supply",
            "Carries the plan out in thousands of courses of demand, yield, breakdowns and late supply.",
            "CalculateNow",
            needs="company",
            writes=("simulation", "stockout_risk", "twin_replay", "resource_load", "demand_served"),
        ),
        Button(
            "new_scenario",
            "New",
            "Scenarios",
            "Adds a scenario with a row for its first driver, ready to be filled in.",
            "FileNew",
            writes=("scenarios", "scenario_drivers"),
        ),
        Button(
            "scenarios",
            "Generate set",
            "Scenarios",
            "Solves the standard scenarios and your own, and puts them side by side.",
            "WhatIfAnalysisMenu",
            needs="company",
            writes=("scenario_comparison", "simulation", "scenarios", "scenario_drivers"),
            large=True,
        ),
        Button(
            "compare",
            "Compare",
            "Scenarios",
            "Solves the scenarios written in this workbook against the base plan and ranks them.",
            "CompareAndCombine",
            needs="company",
            writes=("scenario_comparison", "simulation"),
        ),
        Button(
            "explain",
            "Explain cell",
            "Explain",
            "Says where the number in the selected cell comes from: layers, assumptions, constraint, version.",
            "ReviewNewComment",
            needs="company",
            writes=("explanation",),
            large=True,
        ),
        Button(
            "conflicts",
            "Conflicts",
            "Explain",
            "Lists where the functions' plans disagree, in units and money.",
            "ReviewShowAllComments",
            needs="company",
            writes=("reconciliation",),
        ),
        Button(
            "history",
            "History",
            "Explain",
            "Lists the versions of the plan: who made them, when and why.",
            "SourceControlShowHistory",
            needs="team",
            writes=("version_history",),
        ),
        Button(
            "check_setup",
            "Check setup",
            "Setup",
            "Checks Python, add-in, settings and server, and says what to do where something is wrong.",
            "ControlToolboxOutlook",
            writes=("setup_checks",),
        ),
        Button(
            "settings",
            "Settings",
            "Setup",
            "Shows the settings of this computer: server, token, folder of the company's inputs.",
            "PropertySheet",
            writes=("excel_settings",),
        ),
        Button(
            "help",
            "Help",
            "Setup",
            "Lists what every button and every cell function does, with examples.",
            "Help",
            writes=("guide",),
        ),
    )
}
GROUPS: tuple[str, ...] = tuple(dict.fromkeys(button.group for button in BUTTONS.values()))
