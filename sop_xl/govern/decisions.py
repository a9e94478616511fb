"""The agenda of the executive meeting: at most seven questions that need authority, ranked by money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta

import pandas as pd

from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.reconcile.functions import AGENDA
from sop_xl.schema.catalogue import EVERYWHERE, table
from sop_xl.schema.frames import rows, typed

MOST_DECISIONS = table("decisions").max_rows or 7
MOST_NUMBERS = 3
"""Questions of whose number to plan; the smaller ones stay in the reconciliation."""
DAYS_TO_MEETING = 28
DECIDER = "executive sponsor"
MOST_LEFT = 0.5
"""Part of the gap a recommended plan may leave before families are asked about one by one."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question for the executive meeting, as a row of the table ``decisions``."""

    decision: str
    question: str
    family: str
    option_a: str
    option_b: str
    margin_effect: float
    service_effect: float
    recommendation: str
    deadline: date


def agenda(
    inputs: PlanningInputs, plan: SolvedPlan, reconciliation: pd.DataFrame, comparison: pd.DataFrame
) -> pd.DataFrame:
    """Return the decisions to take (schema table ``decisions``): people's own, then ours, seven in all.

    Ours are, each group ranked by money: what we do (which plan to commit, where there is a choice, and how to close
    the gap of a family that this plan leaves open), then whose number we plan, where two functions' plans differ
    materially (one question a family, the pair with most money, three at most). A family whose gap is asked about is
    not asked about again between sales and operations. Codes are the same in every cycle, so that a question that
    comes back is recognised; one that people have written under the same code is left as they wrote it.

    - margin effect of a relief = its effect on the result of the plan × the family's part of the gap it closes; of a
      difference between functions = its value at the plan's price × the plan's margin %;
    - service effect = units of gap closed / units demanded;
    - deadline = 28 days after the plan is made, sooner where the first bucket concerned starts sooner.

    Args:
        inputs: for settings and people's own decisions.
        plan: the base plan, with gaps and reliefs.
        reconciliation: schema table ``reconciliation``.
        comparison: schema table ``scenario_comparison``.
    """
    own = inputs["decisions"]
    choice = list(_plan_question(inputs, comparison))
    gaps = [] if _closes_most(comparison) else list(_gap_questions(inputs, plan, comparison))
    short = set(plan.tables["gaps"]["family"])
    numbers = list(_difference_questions(inputs, reconciliation, comparison, short))
    ranked = [*sorted([*choice, *gaps], key=_by_money), *sorted(numbers, key=_by_money)[:MOST_NUMBERS]]
    new = [question for question in ranked if question.decision not in set(own["decision"])]
    room = max(0, MOST_DECISIONS - len(own))
    ours = rows("decisions", ({**asdict(question), "decider": DECIDER} for question in new[:room]))
    return typed("decisions", pd.concat([own, ours], ignore_index=True)) if len(own) else ours


def _by_money(question: Question) -> tuple[float, str]:
    return -abs(question.margin_effect), question.decision


def _closes_most(comparison: pd.DataFrame) -> bool:
    """Whether the plan recommended is a choice that leaves less than half of the base plan's gap."""
    best = comparison[comparison["recommended"] & (comparison["kind"] == "choice")]
    base = comparison[comparison["kind"] == "base"]
    if best.empty or base.empty:
        return False
    return bool(best["gap_units"].iloc[0] < MOST_LEFT * base["gap_units"].iloc[0])


def _deadline(inputs: PlanningInputs, first: pd.Timestamp | None = None) -> date:
    made: date = inputs.settings["as_of"]
    latest = made + timedelta(days=DAYS_TO_MEETING)
    return latest if first is None else max(made, min(latest, first.date()))


def _plan_question(inputs: PlanningInputs, comparison: pd.DataFrame) -> Iterator[Question]:
    ours = comparison[comparison["kind"].isin(("base", "choice")) & comparison["score"].notna()]
    if len(ours) < 2 or not ours["recommended"].any():
        return
    best = ours[ours["recommended"]].iloc[0]
    rest = ours[ours["scenario"] != best["scenario"]].sort_values("score", ascending=False, kind="stable")
    base = rest[rest["kind"] == "base"]
    other = base.iloc[0] if len(base) else rest.iloc[0]
    closed = float(other["gap_units"] - best["gap_units"])
    said = f" The first closes {closed:,.0f} of {other['gap_units']:,.0f} units late or lost." if closed > 0 else ""
    yield Question(
        "PLAN",
        f"Which plan do we commit: '{best['title']}' or '{other['title']}'?{said}",
        EVERYWHERE,
        f"Commit '{best['title']}'",
        f"Commit '{other['title']}'",
        float(best["gross_margin"] - other["gross_margin"]),
        float(best["fill_rate"] - other["fill_rate"]),
        f"'{best['title']}': score {best['score']:.1f} against {other['score']:.1f} under the weights of the settings.",
        _deadline(inputs),
    )


def _gap_questions(inputs: PlanningInputs, plan: SolvedPlan, comparison: pd.DataFrame) -> Iterator[Question]:
    gaps = plan.tables["gaps"].assign(units=lambda t: t["late"] + t["lost"])
    material = gaps["units"] >= inputs.settings["materiality_pct"] * gaps["demand"]
    reliefs = plan.tables["reliefs"].set_index("relief")
    demand = float(plan.tables["sales_plan"]["demand"].sum())
    closed_by = gaps.groupby("relief")["units"].sum()
    for family, part in gaps[gaps["family"].isin(set(gaps.loc[material, "family"]))].groupby("family"):
        value, units = float(part["gap_value"].sum()), float(part["units"].sum())
        if value < inputs.settings["materiality_value"]:
            continue
        first, last = part["period"].min(), part["period"].max()
        when = _span(inputs, first, last)
        by_relief = part[part["relief"] != ""].groupby("relief")["units"].sum()
        question = f"{family}: {units:,.0f} units worth {_money(inputs, value)} come late or not at all in {when}. "
        if by_relief.empty:
            margin = value * _margin_pct(comparison)
            yield Question(
                f"GAP {family}",
                question + "No lever we know closes the gap: do we look for one, or cut the promise?",
                str(family),
                "Supply brings a priced option",
                "Accept the shortfall and tell the customers",
                margin,
                units / demand if demand > 0 else float("nan"),
                "Supply brings a priced option.",
                _deadline(inputs, first),
            )
            continue
        relief = str(by_relief.sort_values(ascending=False, kind="stable").index[0])
        share = float(by_relief[relief] / closed_by[relief])
        effect = float(reliefs.loc[relief, "margin_effect"]) * share
        closed = min(units, float(reliefs.loc[relief, "gap_closed"]) * share)
        cost = float(reliefs.loc[relief, "extra_cost"]) * share
        advice = f"Pull '{relief}'" if effect > 0 else "Accept the shortfall"
        yield Question(
            f"GAP {family}",
            question + f"Do we close {closed:,.0f} of them with '{relief}' for {_money(inputs, cost)}?",
            str(family),
            f"Pull '{relief}'",
            "Accept the shortfall",
            effect,
            closed / demand if demand > 0 else float("nan"),
            f"{advice}: the result of the plan changes by {_money(inputs, effect, signed=True)}.",
            _deadline(inputs, first),
        )


def _difference_questions(
    inputs: PlanningInputs, reconciliation: pd.DataFrame, comparison: pd.DataFrame, asked: set[str]
) -> Iterator[Question]:
    items = reconciliation[reconciliation["resolution"] == AGENDA]
    items = items[~((items["between"] == "sales/operations") & items["family"].isin(asked))]
    if items.empty:
        return
    sums = items.groupby(["family", "between"])[["first_units", "second_units", "gap_units", "gap_value"]].sum()
    spans = items.groupby(["family", "between"])["period"].agg(["min", "max"])
    largest = sums["gap_value"].abs().groupby("family").idxmax()
    for family, between in largest:
        row = sums.loc[(family, between)]
        first, second = (_WHOSE[name] for name in str(between).split("/"))
        more = "more" if row["gap_units"] > 0 else "less"
        start, end = spans.loc[(family, between)]
        yield Question(
            f"NUMBER {family}",
            f"{family}: {first} has {abs(row['gap_units']):,.0f} units {more} than {second} in "
            f"{_span(inputs, start, end)}, worth {_money(inputs, abs(row['gap_value']))}. Which number do we plan?",
            str(family),
            f"Plan the number of {first}: {row['first_units']:,.0f} units",
            f"Plan the number of {second}: {row['second_units']:,.0f} units",
            float(row["gap_value"]) * _margin_pct(comparison),
            float("nan"),
            _ADVICE[str(between)],
            _deadline(inputs, start),
        )


_WHOSE = {"sales": "sales", "operations": "operations", "finance": "the budget"}
_ADVICE = {
    "sales/operations": "Plan what can be delivered, and decide on the options of supply.",
    "sales/finance": "Plan demand; show the difference to the budget in the bridge.",
    "operations/finance": "Plan what can be delivered; show the difference to the budget in the bridge.",
}


def _margin_pct(comparison: pd.DataFrame) -> float:
    base = comparison.loc[comparison["kind"] == "base", "margin_pct"].dropna()
    return float(base.iloc[0]) if len(base) else 1.0


def _span(inputs: PlanningInputs, first: pd.Timestamp, last: pd.Timestamp) -> str:
    labels = [bucket.label for bucket in inputs.calendar.buckets if first.date() <= bucket.start <= last.date()]
    return labels[0] if len(labels) == 1 else f"{labels[0]} to {labels[-1]}"


def _money(inputs: PlanningInputs, amount: float, *, signed: bool = False) -> str:
    text = f"{amount:+,.0f}" if signed else f"{amount:,.0f}"
    return f"{text} {inputs.settings['currency']}".replace("-", "−")
