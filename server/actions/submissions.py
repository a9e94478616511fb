"""Receiving a workbook: kept as it came, read in a child process, checked cell by cell, answered at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.actions.cycles import Upload
from server.auth import reach
from server.context import Context
from server.problems import Problem
from server.processes import Result, Task, TaskFailed
from server.store import cycles, recipes, submissions, versions
from server.store.people import FACILITATOR, Person
from server.store.submissions import RETURNED, VALIDATED, Attempt, Submission
from sop_xl import __version__


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a sender: the submission, and whether the same bytes had come before."""

    submission: Submission
    recognised: bool


def submit(context: Context, cycle_id: str, *, upload: Upload, sender: Person, submitter: str = "") -> Receipt:
    """Receive a function's workbook for a cycle from the person that sends it.

    The function and the version it was issued from are read from the workbook itself, so the file may have been
    renamed or mailed around. A workbook with errors is kept and *returned* with every issue and its cell; one that
    cannot be read at all is kept too. Facilitators may name the ``submitter`` of a file that was mailed to them; all
    others submit in the name they signed in with.

    Raises:
        Problem: *not-found*, *not-issued*, *invalid-request* where the file is missing, or *forbidden* where the
            workbook is that of a function the sender does not plan for; nothing is kept then.
    """
    if not upload.content:
        raise Problem.of("invalid-request", "Choose the workbook to submit.", fields={"file": "missing"})
    submitter = submitter.strip() if sender.has(FACILITATOR) else ""
    submitter = submitter or sender.name
    with context.database.read() as connection:
        cycle = cycles.find(connection, cycle_id)
        if cycle is None:
            raise Problem.of("not-found", "There is no such cycle.")
        issued = versions.head(connection, cycle_id, "issued")
        if issued is None:
            raise Problem.of("not-issued", "The books of this cycle are still being prepared.")
        known = submissions.same_bytes(connection, cycle_id, upload.content, __version__)
        if known is not None:
            return _recognised(known, sender)
        payload = versions.content_of(connection, issued)
        bases = [version.hash for version in versions.links(connection, cycle_id)]
    task, read = _read(context, upload, payload, cycle.name, bases, submitter)
    if read.values["function"]:
        reach.require_own(sender, read.values["function"])
    return _keep(context, cycle_id, upload, (sender, submitter), task, read)


def _recognised(known: Submission, sender: Person) -> Receipt:
    if known.function:
        reach.require_own(sender, known.function)
    return Receipt(known, recognised=True)


def _read(
    context: Context, upload: Upload, issued: bytes, cycle: str, bases: Sequence[str], submitter: str
) -> tuple[Task, Result]:
    config = context.config
    task = Task(
        "read_book",
        {"name": upload.name, "cycle": cycle, "base_versions": list(bases), "submitter": submitter},
        {"book": upload.content, "issued": issued},
        seconds=config.read_seconds,
        memory_mb=config.read_memory_mb,
    )
    try:
        return task, context.readers.run(task)
    except TaskFailed as failure:
        issue = {
            "severity": "error",
            "message": f"The file could not be read. {failure}",
            "hint": "Open it in Excel, save it as .xlsx under another name and send that.",
            "sheet": "",
            "table": "",
            "cell": "",
            "file": upload.name,
        }
        return task, Result({"issues": [issue], "function": "", "base_version": "", "engine": ""}, {})


def _keep(
    context: Context, cycle_id: str, upload: Upload, people: tuple[Person, str], task: Task, read: Result
) -> Receipt:
    sender, submitter = people
    values: dict[str, Any] = dict(read.values)
    failed = "tables" not in read.blobs or any(issue["severity"] == "error" for issue in values["issues"])
    attempt = Attempt(
        cycle_id=cycle_id,
        function=values["function"],
        submitter=submitter,
        sent_by=sender.name,
        file_name=upload.name,
        content=upload.content,
        received_at=context.now(),
        base_version=values["base_version"],
        state=RETURNED if failed else VALIDATED,
        engine=values["engine"],
        parsed=read.blobs.get("tables"),
        issues=values["issues"],
    )
    with context.database.write() as connection:
        known = submissions.same_bytes(connection, cycle_id, upload.content, attempt.engine)
        if known is not None:
            return Receipt(known, recognised=True)
        recipe = recipes.keep(connection, task) if "tables" in read.blobs else {}
        return Receipt(submissions.add(connection, replace(attempt, recipe=recipe)), recognised=False)


def unreadable(receipt: Receipt) -> Problem | None:
    """Return the problem of a file that could not be read at all, None where it could."""
    submission = receipt.submission
    if submission.readable:
        return None
    message = submission.issues[0]["message"] if submission.issues else "The file cannot be read."
    return Problem.of(
        "unreadable-file",
        f"{message} The attempt was kept.",
        submission=submission.id,
        recognised=receipt.recognised,
        issues=[dict(issue) for issue in submission.issues],
    )
