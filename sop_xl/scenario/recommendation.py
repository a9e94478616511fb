"""What we recommend, why, and how it stands when things happen that we do not choose; in sentences with numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sop_xl.scenario.compare import CHOOSABLE, WEIGHED
from sop_xl.scenario.result import ScenarioResult
from sop_xl.scenario.scenario import BASE, Kind

_NAMES = {"co2": "CO₂"}


@dataclass(frozen=True, slots=True)
class Exposure:
    """What an event does to the plan it starts from.

    Attributes:
        scenario: the event.
        title: what happens.
        margin_effect: gross margin of the event less that of the base plan; money.
        fill_rate_effect: its fill rate less that of the base plan, in points (0.01 = one point); None without demand.
        response: title of the best response solved for it, '' where none was.
        response_effect: gross margin of the response less that of the event.
        answers: how many responses were solved for it.
    """

    scenario: str
    title: str
    margin_effect: float
    fill_rate_effect: float | None
    response: str = ""
    response_effect: float = 0.0
    answers: int = 0


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The scenario recommended, in words, with reasons and with what could still happen to it."""

    scenario: str
    text: str
    reasons: tuple[str, ...]
    exposures: tuple[Exposure, ...]


def recommendation(
    comparison: pd.DataFrame, solved: Mapping[str, ScenarioResult], settings: Mapping[str, Any]
) -> Recommendation:
    """Return the recommendation of a comparison with its reasons.

    The scenario is the one marked *recommended*: the highest score among the base plan and choices. Reasons: its score
    and weights, what it gains and loses against the base plan, the runner-up, and the worst event, measured on the
    base plan. Money is in the reporting currency, over the whole horizon.

    Args:
        comparison: schema table ``scenario_comparison``.
        solved: the results it was made from.
        settings: weights and currency.
    """
    table = comparison.set_index("scenario")
    marked = table.index[table["recommended"]]
    exposures = _exposures(table, solved)
    currency = str(settings["currency"])
    if marked.empty:
        return Recommendation("", "No plan can be recommended: none of those we can choose was solved.", (), exposures)
    name = str(marked[0])
    own = table.loc[name]
    choices = [n for n in table.index if solved[n].scenario.kind in CHOOSABLE and solved[n].solved]
    text = f"Take '{own['title']}': gross margin {_money(own['gross_margin'], currency)}, {_service(own['fill_rate'])}."
    reasons = [_why(own, choices, settings)]
    if name != BASE and BASE in choices:
        reasons.append(_against(own, table.loc[BASE], currency))
    others = table.loc[[n for n in choices if n != name]].sort_values("score", ascending=False, kind="stable")
    if len(others):
        second = others.iloc[0]
        reasons.append(
            f"Next comes '{second['title']}' with score {second['score']:.1f}: gross margin "
            f"{_money(second['gross_margin'], currency)}, {_service(second['fill_rate'])}."
        )
    reasons += _robustness(exposures, currency)
    return Recommendation(name, text, tuple(reasons), exposures)


def _why(own: pd.Series, choices: list[str], settings: Mapping[str, Any]) -> str:
    if len(choices) == 1:
        return "It is the only plan among those solved that is ours to choose: the others are events, not decisions."
    weights = ", ".join(
        f"{_NAMES.get(figure, figure.replace('_', ' '))} {100 * settings[setting]:.4g} %"
        for setting, (figure, _) in WEIGHED.items()
        if settings[setting]
    )
    return f"Its score of {own['score']:.1f} is the highest of {len(choices)} plans under the weights {weights}."


def _against(own: pd.Series, base: pd.Series, currency: str) -> str:
    margin = own["gross_margin"] - base["gross_margin"]
    parts = [f"gross margin {_signed(margin, currency)}"]
    if pd.notna(own["fill_rate"]) and pd.notna(base["fill_rate"]):
        parts.append(f"fill rate {_points(own['fill_rate'] - base['fill_rate'])}")
    parts.append(f"average stock {_signed(own['stock_value'] - base['stock_value'], currency)}")
    parts.append(f"cash {_signed(own['cash'] - base['cash'], currency)}")
    return f"Against the base plan: {', '.join(parts)}."


def _exposures(table: pd.DataFrame, solved: Mapping[str, ScenarioResult]) -> tuple[Exposure, ...]:
    if BASE not in table.index or not solved[BASE].solved:
        return ()
    base = table.loc[BASE]
    found = []
    for name, result in solved.items():
        if result.scenario.kind is not Kind.EVENT or not result.solved:
            continue
        own = table.loc[name]
        answers = [
            (float(table.loc[other, "gross_margin"] - own["gross_margin"]), str(table.loc[other, "title"]))
            for other, answer in solved.items()
            if answer.scenario.kind is Kind.RESPONSE and answer.scenario.parent == name and answer.solved
        ]
        gain, answer_name = max(answers, default=(0.0, ""))
        service = own["fill_rate"] - base["fill_rate"]
        found.append(
            Exposure(
                name,
                str(own["title"]),
                float(own["gross_margin"] - base["gross_margin"]),
                None if pd.isna(service) else float(service),
                answer_name,
                gain,
                len(answers),
            )
        )
    return tuple(sorted(found, key=lambda exposure: exposure.margin_effect))


def _robustness(exposures: tuple[Exposure, ...], currency: str) -> list[str]:
    if not exposures:
        return []
    worst, many = exposures[0], "1 event" if len(exposures) == 1 else f"{len(exposures)} events"
    if worst.margin_effect >= 0:
        return [f"Of {many} solved none costs the base plan margin."]
    sentences = [
        f"Of {many} solved '{worst.title}' costs the base plan most: gross margin "
        f"{_signed(worst.margin_effect, currency)}"
        + (f", fill rate {_points(worst.fill_rate_effect)}." if worst.fill_rate_effect is not None else ".")
    ]
    sentences += [
        f"If '{exposure.title}' comes, '{exposure.response}' brings back {_money(exposure.response_effect, currency)}."
        if exposure.response_effect > 0
        else f"If '{exposure.title}' comes, none of the {exposure.answers} answers earns more than doing nothing."
        for exposure in exposures
        if exposure.answers
    ]
    return sentences


def _money(amount: float, currency: str) -> str:
    return f"{amount:,.0f} {currency}".replace("-", "−")


def _signed(amount: float, currency: str) -> str:
    return f"{amount:+,.0f} {currency}".replace("-", "−")


def _points(share: float) -> str:
    return f"{100 * share:+.1f} points".replace("-", "−")


def _service(rate: float) -> str:
    if pd.isna(rate):
        return "no demand"
    nearly = 0.9995 <= rate < 1 - 1e-6
    return f"fill rate {100 * min(rate, 0.9999):.2f} %" if nearly else f"fill rate {100 * rate:.1f} %"
