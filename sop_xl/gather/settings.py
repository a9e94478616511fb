"""The settings of a cycle: every one with its default, those given checked and typed."""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from typing import Any

import pandas as pd

from sop_xl.model.issue import Issue, Severity
from sop_xl.schema.catalogue import Column, Setting, settings
from sop_xl.schema.convert import convert
from sop_xl.schema.parse import Parsed


def default_settings() -> dict[str, Any]:
    """Return every setting with its default, in its type."""
    return {name: _typed(setting, setting.default)[0] for name, setting in settings().items()}


def read_settings(parsed: Parsed) -> tuple[dict[str, Any], list[Issue]]:
    """Return the settings of the inputs, defaults filled in, and an issue for each that is unknown or does not fit."""
    values = default_settings()
    issues: list[Issue] = []
    frame = parsed.tables.get("settings")
    if frame is None:
        return values, issues
    for row, (name, text) in enumerate(zip(frame["setting"], frame["value"], strict=True)):
        name = name.strip().lower()
        if name not in values:
            near = get_close_matches(name, list(values), n=1)
            hint = f"Did you mean '{near[0]}'?" if near else "See the settings in the data dictionary."
            issues.append(
                Issue(
                    Severity.ERROR, f"Setting '{name}' is not known.", hint, **parsed.locate("settings", row, "setting")
                )
            )
            continue
        values[name], problems = _typed(settings()[name], text)
        issues += [Issue(Severity.ERROR, m, h, **parsed.locate("settings", row, "value")) for m, h in problems]
    return values, issues


def _typed(setting: Setting, value: object) -> tuple[Any, list[tuple[str, str]]]:
    column = Column(
        setting.name,
        setting.type,
        setting.name,
        setting.description,
        min=setting.min,
        max=setting.max,
        choices=setting.choices,
        default=setting.default if setting.type != "date" else None,
    )
    series, findings = convert(column, [value])
    typed: Any = series.iloc[0]
    problems = [(message, hint) for _, message, hint in findings]
    if setting.type == "date":
        typed = None if pd.isna(typed) else date(typed.year, typed.month, typed.day)
    elif setting.type == "integer":
        typed = int(setting.default if pd.isna(typed) else typed)
    elif column.numeric:
        typed = float(setting.default if pd.isna(typed) else typed)
    elif setting.type == "boolean":
        typed = bool(typed)
    return typed, problems
