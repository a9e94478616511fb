"""The pages of a cycle: board, submissions, consolidation, plan, scenarios, decisions, history."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from server.actions import conflicts, follow_up, history
from server.actions.conflicts import Conflict, Preview
from server.actions.history import SIGNED
from server.auth import reach
from server.auth.access import ANYONE, EXECUTIVE, FACILITATOR, allowed
from server.auth.current import current
from server.context import context
from server.pages import drivers, measured, pages, supply_view
from server.pages.board import Facts, board
from server.pages.comparing import choose
from server.pages.cycle_view import CycleView
from server.pages.explorer import MEASURES, explore
from server.pages.forecast_picture import forecast_picture
from server.pages.formats import scenario_titles
from server.pages.shared import view_of
from server.problems import Problem
from server.store import revisions, versions
from server.store.revisions import SIGN_OFF, UNTOUCHED
from server.store.versions import Version
from server.table_names import INPUTS
from sop_xl.demand.accuracy_by_family import HOLD_OUT
from sop_xl.product.obsolescence import SUNSET_RISK


@pages.get("/cycles/<cycle_id>")
@allowed(*ANYONE)
def cycle(cycle_id: str) -> str:
    """Show the board of a cycle: where it stands, what is to be done next, the calendar."""
    view = view_of(cycle_id)
    facts, tag = _facts(view)
    stages = board(view, facts)
    return render_template("cycle/board.html", view=view, stages=stages, calendar_tag=tag, facts=facts)


@pages.get("/cycles/<cycle_id>/progress")
@allowed(*ANYONE)
def progress(cycle_id: str) -> Any:
    """Return the progress alone, for polling; the page is loaded anew when the work has ended."""
    working = context().jobs.latest(cycle_id)
    body = render_template("fragments/progress.html", progress=working, cycle_id=cycle_id)
    finished = working is None or not working.running
    return body, 200, {"HX-Refresh": "true"} if finished else {}


@pages.get("/cycles/<cycle_id>/submissions")
@allowed(*ANYONE)
def submissions_page(cycle_id: str) -> str:
    """Show who has submitted what, with what was found, and the form to submit a book."""
    return render_template("cycle/submissions.html", view=view_of(cycle_id))


@pages.get("/cycles/<cycle_id>/consolidation")
@allowed(*ANYONE)
def consolidation(cycle_id: str) -> str:
    """Show the conflicts between submissions, what they change, and the gaps between the functions' plans."""
    view = view_of(cycle_id)
    found = _preview(view)
    mine = [c for c in found.conflicts if reach.reads(current(), str(c.document["function"]))] if found else []
    grouped = {state: [c for c in mine if c.state == state] for state in ("open", "resolved", "rule")}
    changes = found.changes if found else {}
    seen = {name: told for name, told in changes.items() if reach.reads(current(), name.partition("/")[0])}
    return render_template(
        "cycle/consolidation.html",
        view=view,
        unknown=found is None,
        conflicts=grouped,
        changes=seen,
        late=_settled_since(view, mine),
    )


@pages.get("/cycles/<cycle_id>/plan")
@allowed(*ANYONE)
def plan_page(cycle_id: str) -> str:
    """Show the plan: key figures, and any measure by family, product and bucket."""
    view = view_of(cycle_id)
    exploration = picture = None
    if view.plan is not None:
        wanted = {name: request.args.get(name, "") for name in ("measure", "family", "product")}
        with context().database.read() as connection:
            content = versions.content_of(connection, view.plan)
        exploration = explore(view.plan, content, scenario=view.scenario, **wanted)
        if exploration.layers:
            chosen = {"family": exploration.family, "product": exploration.product}
            picture = forecast_picture(view.plan, content, scenario=view.scenario, **chosen)
    return render_template("cycle/plan.html", view=view, found=exploration, picture=picture, measures=MEASURES)


@pages.get("/cycles/<cycle_id>/supply")
@allowed(*ANYONE)
def supply_page(cycle_id: str) -> str:
    """Show the load of resources, how demand is served, what luck makes of each plan, and the risk of stock-outs."""
    view = view_of(cycle_id)
    found = None
    if view.plan is not None:
        with context().database.read() as connection:
            content = versions.content_of(connection, view.plan)
        found = supply_view.supply_page(content, view.plan.summary["horizon"], scenario=view.scenario)
    return render_template("cycle/supply.html", view=view, found=found)


@pages.get("/cycles/<cycle_id>/accuracy")
@allowed(*ANYONE)
def accuracy_page(cycle_id: str) -> str:
    """Show how good the frozen forecasts were: by lag, step, person and family, and where they drift."""
    view = view_of(cycle_id)
    reader = current()
    sees_all = reader.has(FACILITATOR, EXECUTIVE)
    content = _content(view)
    found = None
    if content is not None:
        found = measured.accuracy_page(content, lambda person: sees_all or person == reader.name)
    return render_template("cycle/accuracy.html", view=view, found=found, sees_all=sees_all, hold_out=HOLD_OUT)


@pages.get("/cycles/<cycle_id>/products")
@allowed(*ANYONE)
def products_page(cycle_id: str) -> str:
    """Show the product review: phase, risk with its reasons, money at stake, proposals."""
    view = view_of(cycle_id)
    content = _content(view)
    found = None if content is None else measured.products_page(content)
    return render_template("cycle/products.html", view=view, found=found, sunset_risk=SUNSET_RISK)


@pages.get("/cycles/<cycle_id>/signals")
@allowed(*ANYONE)
def signals_page(cycle_id: str) -> str:
    """Show what demand signals gain and do: by series, by driver, in units."""
    view = view_of(cycle_id)
    content = _content(view)
    found = (
        None
        if content is None
        else drivers.signals_page(content, with_inputs=reach.table_visible(current(), f"{INPUTS}signals"))
    )
    return render_template("cycle/signals.html", view=view, found=found)


@pages.get("/cycles/<cycle_id>/assumptions")
@allowed(*ANYONE)
def assumptions_page(cycle_id: str) -> str:
    """Show the assumptions ledger: what held, what failed, what is still to be tested, and the hit rates."""
    view = view_of(cycle_id)
    reader = current()
    sees_all = reader.has(FACILITATOR, EXECUTIVE)
    content = _content(view)
    found = None
    if content is not None:
        found = drivers.assumptions_page(content, lambda person: sees_all or person == reader.name)
    return render_template("cycle/assumptions.html", view=view, found=found)


def _content(view: CycleView) -> bytes | None:
    """Return the payload of the newest version of a cycle, None before the first."""
    newest = view.plan or view.issued
    if newest is None:
        return None
    with context().database.read() as connection:
        return versions.content_of(connection, newest)


@pages.get("/cycles/<cycle_id>/scenarios")
@allowed(*ANYONE)
def scenarios_page(cycle_id: str) -> str:
    """Show the scenarios side by side, under weights that the reader may change."""
    view = view_of(cycle_id)
    chosen = None
    if view.plan is not None:
        chosen = choose(view.plan, request.args, request.args.getlist("show"))
    return render_template("cycle/scenarios.html", view=view, chosen=chosen)


@pages.get("/cycles/<cycle_id>/decisions")
@allowed(*ANYONE)
def decisions_page(cycle_id: str) -> str:
    """Show what is to be decided, the commitment, the signatures, and the actions with their days."""
    view = view_of(cycle_id)
    facts, _ = _facts(view)
    own = next((s for s in facts.signatures if s.author == current().name), None)
    return render_template(
        "cycle/decisions.html",
        view=view,
        facts=facts,
        signed=SIGNED,
        own_tag=own.tag if own else UNTOUCHED,
        outcomes=follow_up.OUTCOMES,
        statuses=follow_up.STATUSES,
    )


@pages.get("/cycles/<cycle_id>/history")
@allowed(*ANYONE)
def history_page(cycle_id: str) -> str:
    """Show the versions of a cycle, and the form that compares two of them."""
    view = view_of(cycle_id)
    with context().database.read() as connection:
        signed: dict[str, list[str]] = {}
        for revision in revisions.latest(connection, cycle_id, SIGN_OFF).values():
            signed.setdefault(revision.value["version"], []).append(revision.author)
    known = [row for version in (view.committed, view.plan) if version for row in version.summary["comparison"]]
    return render_template("cycle/history.html", view=view, signed=signed, titles=scenario_titles(known))


def _facts(view: CycleView) -> tuple[Facts, str]:
    """Return what the board knows beyond the cycle, and the tag of its calendar."""
    newest = _newest(view)
    with context().database.read() as connection:
        calendar, tag = follow_up.calendar(connection, view.cycle)
        decisions = follow_up.decisions(connection, view.cycle.id, newest)
        actions = follow_up.actions(connection, view.cycle.id, newest)
        signatures = history.signatures(connection, view.committed) if view.committed else []
    found = _preview(view) if view.submitted and current().has(FACILITATOR) else None
    still_open = 0 if not view.submitted else found.count("open") if found else None
    today = context().config.clock().date()
    return Facts(calendar, still_open, decisions, actions, signatures, today), tag


def _newest(view: CycleView) -> Version | None:
    known = [version for version in (view.issued, view.plan, view.committed) if version is not None]
    return max(known, key=lambda version: version.seq, default=None)


def _preview(view: CycleView) -> Preview | None:
    """Return the merge of the submissions in force, None before the books are there or where it does not succeed."""
    if view.issued is None:
        return None
    try:
        return conflicts.preview(context(), view.cycle.id)
    except Problem:
        return None


def _settled_since(view: CycleView, found: list[Conflict]) -> int:
    """Return how many conflicts were settled after the newest plan was made."""
    if view.plan is None:
        return 0
    made = view.plan.created_at
    return sum(conflict.resolution is not None and conflict.resolution.at > made for conflict in found)
