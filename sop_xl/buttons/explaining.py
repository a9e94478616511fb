"""Buttons that explain: where a number comes from, where the functions disagree, which versions there are."""

from __future__ import annotations

from sop_xl.buttons.explanation import Line, explain_cell
from sop_xl.buttons.handing_in import moment
from sop_xl.buttons.planning import planned
from sop_xl.buttons.request import Answer, Output
from sop_xl.buttons.selecting import selected_cell
from sop_xl.buttons.work import Work, refuse
from sop_xl.model.issue import InputErrors, errors
from sop_xl.reconcile.functions import reconcile
from sop_xl.schema import frames
from sop_xl.supply.explain import Explain


def explain(work: Work) -> Answer:
    """Say where the number in the selected cell comes from: version, people, layers, assumptions, constraint.

    What needs a plan is left out, with the reason, where the company's other inputs are not at hand.
    """
    selection = work.request.selection
    cell = selected_cell(work.request.tables, selection) if selection else None
    if selection is None or cell is None:
        where = f"{selection.sheet}!{selection.address}" if selection else "Nothing"
        refuse(
            f"{where} is {'no cell of a table of this workbook' if selection else 'selected'}.",
            "Select a cell inside a table, such as an override or a gap, and press again.",
            sheet=selection.sheet if selection else "",
            cell=selection.address if selection else "",
        )
        raise AssertionError("refuse always raises")
    known = work.company.known()
    try:
        inputs, plan, issues = planned(work, Explain.RELIEFS)
    except InputErrors as problem:
        lines = explain_cell(cell, work.request.meta, known, work.own.tables, None)
        first = errors(work.told(problem.issues))[0].message
        lines.append(Line("Not explained", f"Layers and constraints need a plan, and none can be made: {first}"))
        issues = ()
    else:
        lines = explain_cell(cell, work.request.meta, known, inputs.tables, plan)
    rows = frames.rows(
        "explanation", ({"about": x.about, "text": x.text, "value": x.value, "unit": x.unit} for x in lines)
    )
    return Answer(f"{lines[0].text}", issues, (Output("explanation", rows),), show="explanation")


def conflicts(work: Work) -> Answer:
    """List where the plans of sales, operations and finance disagree, what matters most first."""
    inputs, plan, issues = planned(work, Explain.CAUSES)
    table = reconcile(inputs, plan.solved.tables["consensus_demand"], plan.solved)
    apart = table[table["gap_units"] != 0]
    order = apart.assign(_size=apart["gap_value"].abs().fillna(float("inf")))
    order = order.sort_values(["material", "_size"], ascending=False, kind="stable").drop(columns="_size")
    material = apart[apart["material"]]
    if apart.empty:
        message = "Sales, operations and finance plan the same."
    else:
        message = (
            f"{len(apart)} gaps between the functions' plans, {len(material)} of them above the materiality; "
            f"together {material['gap_value'].abs().sum():,.0f} {inputs.settings['currency']}."
        )
    output = Output("reconciliation", frames.typed("reconciliation", order))
    return Answer(message, (*issues, *plan.issues), (output,), show="reconciliation")


def history(work: Work) -> Answer:
    """List the versions of the plan, newest first: who made them, when and why."""
    if work.team is None:
        raise TypeError("the button was pressed without a team")
    names = {cycle["id"]: cycle["name"] for cycle in work.team.cycles()}
    versions = work.team.versions()
    records = [
        {
            "version": version["hash"][:12],
            "cycle": names.get(version["cycle"], version["cycle"]),
            "kind": version["kind"],
            "scenario": version["scenario"],
            "author": version["author"],
            "created": moment(version["created_at"]),
            "reason": version["message"],
            "parent": (version.get("parent") or "")[:12],
        }
        for version in reversed(versions)
    ]
    base = work.request.meta.get("base_version", "")
    own = f" This workbook was issued from {base[:12]}." if base else ""
    committed = sum(record["kind"] == "committed" for record in records)
    message = f"{len(records)} versions, {committed} of them committed.{own}"
    return Answer(message, outputs=(Output("version_history", frames.rows("version_history", records)),))
