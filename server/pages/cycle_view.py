"""What the page of a cycle shows, as frozen values worked out before any HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.actions.plans import choosable
from server.jobs.progress import Progress
from server.store.cycles import Cycle
from server.store.submissions import DATA, Submission, in_force
from server.store.versions import Link, Version
from sop_xl.scenario.result import TIME_LIMIT
from sop_xl.schema.catalogue import FUNCTIONS

BASE = "base"


@dataclass(frozen=True, slots=True)
class FunctionRow:
    """Where a function stands: the submissions that count, and the newest attempt where it was returned."""

    function: str
    state: str
    counting: tuple[Submission, ...]
    attempts: tuple[Submission, ...]

    @property
    def latest(self) -> Submission | None:
        """The newest attempt."""
        return self.attempts[-1] if self.attempts else None


@dataclass(frozen=True, slots=True)
class ScenarioRow:
    """A scenario beside the others."""

    name: str
    title: str
    figures: Mapping[str, Any]
    base: Mapping[str, Any]
    recommended: bool
    chosen: bool
    kind: str
    has_plan: bool
    can_commit: bool
    limit: str = ""

    def change(self, figure: str) -> float | None:
        """Return a figure less that of the base plan; None where one of them is not known."""
        own, base = self.figures.get(figure), self.base.get(figure)
        return None if own is None or base is None else own - base


@dataclass(frozen=True, slots=True)
class Yardstick:
    """A figure of the plan beside its budget, prior year or committed value: the change as a share of that."""

    name: str
    change: float
    buckets: str


@dataclass(frozen=True, slots=True)
class CycleView:
    """Everything the page of a cycle shows."""

    cycle: Cycle
    functions: tuple[FunctionRow, ...]
    attempts: tuple[Submission, ...]
    unassigned: tuple[Submission, ...]
    data: Submission | None
    chain: tuple[Link, ...]
    issued: Version | None
    plan: Version | None
    candidate: Version | None
    committed: Version | None
    scenario: str
    scenarios: tuple[ScenarioRow, ...]
    progress: Progress | None
    newer_submissions: int
    follower: str

    @property
    def settled(self) -> bool:
        """True where the newest plan is the committed one: nothing was planned or restored since."""
        return self.committed is not None and (self.plan is None or self.committed.seq > self.plan.seq)

    @property
    def reopened(self) -> bool:
        """True where a plan was made or restored after the commitment, and nobody has decided on it."""
        return self.committed is not None and not self.settled

    @property
    def current(self) -> Version | None:
        """The plan that counts now: the committed one, or a newer one that is to be decided."""
        return self.committed if self.settled else self.plan

    @property
    def state(self) -> str:
        """Where the cycle stands, by the kind of its newest version."""
        if self.current is not None:
            return self.current.kind
        if self.issued is not None:
            return "collecting submissions"
        return "books in preparation" if self.running else "books not ready"

    @property
    def head(self) -> str:
        """Hash of the newest version of the cycle."""
        return self.chain[-1].hash if self.chain else ""

    @property
    def summary(self) -> Mapping[str, Any]:
        """Summary of the consolidated plan, empty before the first."""
        return self.plan.summary if self.plan else {}

    @property
    def shown(self) -> Mapping[str, Any]:
        """Summary of the scenario shown."""
        return self.summary.get("scenarios", {}).get(self.scenario, {})

    def against(self, figure: str) -> list[Yardstick]:
        """Return the yardsticks of a figure of the scenario shown; those of no value are left out."""
        found = []
        for row in self.shown.get("dashboard", ()):
            for name in ("budget", "prior_year", "committed"):
                measured, _, buckets = row["kpi"].partition(" against ")
                if measured == figure and row["plan"] is not None and row[name]:
                    change = row["plan"] / row[name] - 1
                    found.append(Yardstick(name.replace("_", " "), change, buckets))
        return found

    @property
    def base(self) -> Mapping[str, Any]:
        """Summary of the base plan: the one whose gaps are explained."""
        return self.summary.get("scenarios", {}).get(BASE, {})

    @property
    def choices(self) -> list[ScenarioRow]:
        """Scenarios that can be committed: the base plan, then choices by score."""
        found = [row for row in self.scenarios if row.can_commit]
        return sorted(found, key=lambda row: (row.name != BASE, -(row.figures.get("score") or 0.0)))

    @property
    def events(self) -> list[ScenarioRow]:
        """The others, the worst for gross margin first."""
        found = [row for row in self.scenarios if not row.can_commit]
        return sorted(found, key=lambda row: row.change("gross_margin") or 0.0)

    @property
    def tornado(self) -> list[Mapping[str, Any]]:
        """Change of gross margin by scenario, best first, in a column for choices and one for events."""
        bars = [(row.change("gross_margin"), row) for row in self.scenarios if row.name != BASE]
        known = sorted(((change, row) for change, row in bars if change is not None), key=lambda bar: -bar[0])
        return [
            {
                "title": row.title,
                "choice": change if row.can_commit else None,
                "event": None if row.can_commit else change,
            }
            for change, row in known
        ]

    @property
    def points(self) -> list[Mapping[str, Any]]:
        """Points of the chart of service against margin: name, title, x and y of what we can choose."""
        shown = ((row, row.figures.get("fill_rate"), row.figures.get("gross_margin")) for row in self.choices)
        return [
            {"name": row.name, "title": row.title, "x": service, "y": margin}
            for row, service, margin in shown
            if service is not None and margin is not None
        ]

    @property
    def currency(self) -> str:
        """Reporting currency."""
        source = self.plan or self.issued
        return str(source.summary.get("currency", "")) if source else ""

    @property
    def illustrative(self) -> bool:
        """True where the supply and cost data are illustrative."""
        source = self.plan or self.issued
        return bool(source.summary.get("illustrative")) if source else False

    @property
    def submitted(self) -> int:
        """Number of functions with a submission that counts."""
        return sum(bool(row.counting) for row in self.functions)

    @property
    def running(self) -> bool:
        """True while something is being calculated."""
        return self.progress is not None and self.progress.running


def cycle_view(
    cycle: Cycle,
    newest: Sequence[Version],
    received: Sequence[Submission],
    progress: Progress | None,
    *,
    scenario: str = "",
    follower: str = "",
    chain: Sequence[Link] = (),
) -> CycleView:
    """Return what the page of a cycle shows.

    Args:
        cycle: the cycle.
        newest: its newest version of each kind, oldest first.
        received: its submissions, oldest first, with their present states.
        progress: the latest work on it.
        scenario: the scenario to show; left out or unknown, the committed or recommended one.
        follower: id of the cycle that follows it.
        chain: all its versions, oldest first; left out, the newest alone.
    """
    issued, plan, committed = (_newest(newest, kind) for kind in ("issued", "consolidated", "committed"))
    candidate = _newest(newest, "candidate")
    own = [s for s in received if s.function != DATA]
    functions = tuple(_function(name, own) for name in FUNCTIONS)
    offered = plan.summary["scenarios"] if plan else {}
    preferred = committed.scenario if committed and plan and committed.seq > plan.seq else ""
    shown = next((s for s in (scenario, preferred, plan.scenario if plan else "") if s in offered), "")
    merged = {source["id"] for source in plan.summary.get("submissions", ())} if plan else set()
    waiting = [s for s in in_force(own) if s.id not in merged] if plan else []
    return CycleView(
        cycle=cycle,
        functions=functions,
        attempts=tuple(reversed(own)),
        unassigned=tuple(s for s in own if s.function not in FUNCTIONS),
        data=next((s for s in received if s.function == DATA), None),
        chain=tuple(chain or newest),
        issued=issued,
        plan=plan,
        candidate=candidate if candidate and plan and candidate.seq > plan.seq else None,
        committed=committed,
        scenario=shown,
        scenarios=_scenarios(plan, shown),
        progress=progress,
        newer_submissions=len(waiting),
        follower=follower,
    )


def _newest(newest: Sequence[Version], kind: str) -> Version | None:
    return next((version for version in reversed(newest) if version.kind == kind), None)


def _function(name: str, received: Sequence[Submission]) -> FunctionRow:
    own = tuple(s for s in received if s.function == name)
    counting = tuple(s for s in own if s.state not in ("returned", "superseded"))
    state = own[-1].state if own else "open"
    return FunctionRow(name, state, counting, own)


def limit_words(row: Mapping[str, Any], summary: Mapping[str, Any]) -> str:
    """Return what to know of a scenario whose solve ran out of time, '' of any other.

    Args:
        row: its row of the comparison, with the status of the solver.
        summary: its summary; ``may_be_off`` is how far from the best it may be, where that is known.
    """
    if row.get("status") != TIME_LIMIT:
        return ""
    known = summary.get("may_be_off")
    if known is None:
        return "solved until the time limit; how far from the best is not known"
    share = "less than 0.1 %" if known < 0.0005 else f"up to {100 * known:.1f} %"
    return f"solved until the time limit; may be {share} from the best"


def _scenarios(plan: Version | None, shown: str) -> tuple[ScenarioRow, ...]:
    if plan is None:
        return ()
    offered, committable = plan.summary["scenarios"], choosable(plan)
    base: Mapping[str, Any] = next((row for row in plan.summary["comparison"] if row["scenario"] == BASE), {})
    return tuple(
        ScenarioRow(
            name=row["scenario"],
            title=row.get("title") or row["scenario"],
            figures=row,
            base=base,
            recommended=row["scenario"] == plan.summary["recommended"],
            chosen=row["scenario"] == shown,
            kind=offered.get(row["scenario"], {}).get("kind", ""),
            has_plan=row["scenario"] in offered,
            can_commit=row["scenario"] in committable,
            limit=limit_words(row, offered.get(row["scenario"], {})),
        )
        for row in plan.summary["comparison"]
    )
