"""The plan behind the buttons: the baseline of the same history is made once, the plan of the same inputs too."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import pandas as pd

from sop_xl.buttons.work import Progress, Work
from sop_xl.cycle import Plan, baseline_of, plan_inputs
from sop_xl.demand.baseline_plan import PlannedBaseline
from sop_xl.model.issue import Issue
from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.explain import Explain

_KEPT = 4
_baselines: OrderedDict[str, pd.DataFrame] = OrderedDict()
_plans: OrderedDict[tuple[str, Explain], Plan] = OrderedDict()


def planned(
    work: Work, explain: Explain, *, progress: Progress | None = None
) -> tuple[PlanningInputs, Plan, tuple[Issue, ...]]:
    """Return the base plan of the workbook laid over the company's inputs, with what was found on the way.

    Raises:
        InputErrors: where the inputs do not allow to plan.
    """
    inputs, issues = work.planning()
    return inputs, _plan(inputs, explain, progress or work.progress), issues


def keep_baseline(inputs: PlanningInputs, made: PlannedBaseline) -> None:
    """Remember a baseline for the next button that plans from the same history."""
    _remember(_baselines, _history_hash(inputs), made.table)


def within(tell: Progress, start: float, end: float) -> Progress:
    """Return a progress that tells of a part within the whole."""
    return lambda share, text: tell(start + (end - start) * share, text)


def _plan(inputs: PlanningInputs, explain: Explain, progress: Progress) -> Plan:
    key = (inputs.content_hash, explain)
    if key not in _plans:
        known = _history_hash(inputs)
        if not len(inputs["demand"]) and not len(inputs["baseline"]):
            if known not in _baselines:
                _remember(_baselines, known, baseline_of(inputs, progress=within(progress, 0.0, 0.7))[0])
            inputs = inputs.with_tables(baseline=_baselines[known])
        _remember(_plans, key, plan_inputs(inputs, explain=explain, progress=within(progress, 0.7, 1.0)))
    return _plans[key]


def _remember(kept: OrderedDict, key: object, value: object) -> None:
    kept[key] = value
    while len(kept) > _KEPT:
        kept.popitem(last=False)


def _history_hash(inputs: PlanningInputs) -> str:
    """Return a hash of all that a baseline is made from."""
    digest = hashlib.sha256(f"{inputs.calendar.starts}{inputs.calendar.end}{inputs.settings['seed']}".encode())
    for name in ("history", "products"):
        digest.update(pd.util.hash_pandas_object(inputs[name], index=False).to_numpy().tobytes())
    return digest.hexdigest()
