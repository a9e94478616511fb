"""The steps of the S&OP cycle as its page shows them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from server.jobs.progress import Progress
from server.store.versions import Version

_STEPS = (
    ("Data gathering", "One clean dataset, with a baseline"),
    ("Product review", "Lifecycle, launches, sunset"),
    ("Demand review", "Unconstrained consensus demand"),
    ("Supply review", "Feasible plan and priced gaps"),
    ("Pre-S&OP", "Scenarios and the recommendation"),
    ("Executive S&OP", "Decision and commitment"),
    ("Follow-up", "The next cycle carries the targets"),
)
_NEEDED = {1: ("product",), 2: ("sales", "marketing"), 3: ("operations", "finance")}


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the cycle: *done*, *now*, *later* (waiting for those before it) or *failed*."""

    number: int
    name: str
    purpose: str
    state: str
    note: str


def steps(
    issued: Version | None,
    plan: Version | None,
    committed: Version | None,
    received: Collection[str],
    progress: Progress | None,
    follower: str,
) -> tuple[Step, ...]:
    """Return the steps of a cycle, from its versions and the functions with a submission that counts."""
    done = [issued is not None, False, False, False, plan is not None, committed is not None, bool(follower)]
    notes = ["", "", "", "", "", "", ""]
    for number, needed in _NEEDED.items():
        there = [name for name in needed if name in received]
        done[number] = plan is not None or len(there) == len(needed)
        notes[number] = f"{len(there)} of {len(needed)} received" if issued else ""
    current = next((number for number, finished in enumerate(done) if not finished), len(done))
    failed = progress is not None and progress.state == "failed"
    failing = {"issue": 0, "consolidate": 4}.get(progress.task if progress else "", -1) if failed else -1
    found = []
    for number, (name, purpose) in enumerate(_STEPS):
        open_now = issued is not None and plan is None and number in _NEEDED
        state = "done" if done[number] else "now" if number == current or open_now else "later"
        found.append(Step(number, name, purpose, "failed" if number == failing else state, notes[number]))
    return tuple(found)
