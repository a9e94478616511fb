"""Starting a cycle: data are gathered and checked, kept as they came, and issued with a statistical baseline."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from server.actions import follow_up
from server.actions.follow_up import Action
from server.context import Context
from server.jobs.progress import Progress, progress_of
from server.jobs.workers import Effect
from server.problems import Problem
from server.processes import Report, Result, Stop, Task, TaskFailed
from server.store import blobs, cycles, jobs, recipes, submissions, versions
from server.store.cycles import Cycle
from server.store.jobs import Job, Unfinished
from server.store.submissions import DATA, Attempt, Submission
from server.store.versions import Version


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    name: str
    content: bytes


def create(context: Context, *, name: str, author: str, files: Sequence[Upload]) -> Cycle:
    """Create a cycle from the files of the data gathering and start to issue it.

    Raises:
        Problem: *invalid-data* with every issue found (the files are kept all the same), *cycle-exists*, or
            *invalid-request* where the name or the files are missing.
    """
    _refuse_without(name=name, author=author, files=files)
    _refuse_existing(context, name)
    read = _read(context, "read_data", files, {})
    return _keep(context, name=name, author=author, files=files, read=read, config={})


def create_next(
    context: Context, cycle_id: str, *, name: str, author: str, files: Sequence[Upload], despite: str = ""
) -> Cycle:
    """Create the cycle that follows one with a committed plan.

    Tables that are not among the new files are taken over from the committed version. The committed plan becomes
    the target of the new cycle: the plan columns of ``actuals``, and the prior commitments.

    Actions that wait go along as prior commitments. Where some that were recorded here are overdue, the cycle starts
    only with a reason, ``despite``, which is kept.

    Raises:
        Problem: *nothing-committed*, *overdue-actions*, or as :func:`create`.
    """
    _refuse_without(name=name, author=author, files=None)
    _refuse_existing(context, name)
    with context.database.read() as connection:
        committed = versions.head(connection, cycle_id, "committed")
        if committed is None:
            raise Problem.of("nothing-committed", "The next cycle starts from a committed plan; none is committed yet.")
        before = versions.content_of(connection, committed)
        issued = versions.head(connection, cycle_id, "issued")
        baseline_made = issued is not None and bool(issued.summary.get("baseline_made"))
        before_name = _required(cycles.find(connection, cycle_id)).name
        actions = follow_up.actions(connection, cycle_id, committed)
        plan = versions.find(connection, str(committed.summary["plan"]))
    late = [a.code for a in actions if a.revision is not None and a.overdue(context.config.clock().date())]
    if late and not despite.strip():
        detail = f"{len(late)} {'action is' if len(late) == 1 else 'actions are'} overdue: {', '.join(late)}."
        raise Problem.of("overdue-actions", detail, actions=late)
    decided = {
        "cycle": before_name,
        "scenario": committed.scenario,
        "author": committed.author,
        "reason": committed.message,
        "hash": committed.hash,
        "actions": [_as_commitment(action) for action in actions if action.revision is not None],
    }
    arguments = {"decided": decided, "people": _people(committed, plan), "baseline_made": baseline_made}
    read = _read(context, "next_data", files, {"committed": before}, arguments)
    config = {"follows": cycle_id, "targets": committed.hash, **({"despite": despite.strip()} if late else {})}
    return _keep(context, name=name, author=author, files=files, read=read, config=config)


def _people(committed: Version, plan: Version | None) -> dict[str, str]:
    """Return who stood behind the forecast of a committed plan, by function."""
    senders: dict[str, list[str]] = {}
    for source in committed.summary["submissions"]:
        senders.setdefault(source["function"], []).append(source["submitter"])
    people = {function: ", ".join(dict.fromkeys(names)) for function, names in senders.items()}
    return {**people, "executive": committed.author, "demand planning": plan.author if plan else committed.author}


def _as_commitment(action: Action) -> dict[str, str]:
    names = ("text", "owner", "due", "status", "evidence")
    return {"commitment": action.code, **{name: str(getattr(action, name)) for name in names}}


def issue(context: Context, cycle_id: str, *, actor: str = "") -> Progress:
    """Queue the making of the statistical baseline and the cycle's first version, where it did not come about.

    Raises:
        Problem: *already-issued* or *busy*.
    """
    with context.database.write() as connection:
        if versions.head(connection, cycle_id, "issued") is not None:
            raise Problem.of("already-issued", "The books of this cycle are there.")
        cycle = _required(cycles.find(connection, cycle_id))
        try:
            job = jobs.enqueue(
                connection, subject=cycle_id, kind="issue", actor=actor or cycle.author, at=context.now()
            )
        except Unfinished as busy:
            raise Problem.of("busy", "The books of this cycle are being prepared already.") from busy
    context.workers.wake()
    return progress_of(job)


def data_of(found: Sequence[Submission]) -> Submission | None:
    """Return the data gathering among the submissions of a cycle."""
    return next((s for s in found if s.function == DATA and s.parsed is not None), None)


def issue_work(context: Context, job: Job, report: Report, stop: Stop) -> Effect:
    """Make the baseline and the issued version of a cycle; the work of a job."""
    with context.database.read() as connection:
        cycle = _required(cycles.find(connection, job.subject))
        data = data_of(submissions.of_cycle(connection, cycle.id))
        if data is None or data.parsed is None:
            raise Problem.of("not-found", "The data of this cycle are not in the store.")
        tables = blobs.get(connection, data.parsed)
        targets = versions.find(connection, str(cycle.config.get("targets", "")))
        committed = {} if targets is None else {"committed": versions.content_of(connection, targets)}
    limit = context.config.solve_seconds
    task = Task("issue", {"cycle": cycle.name}, {"tables": tables, **committed}, seconds=limit, patient=True)
    result = context.solvers.run(task, report, stop)

    def store(connection: Connection) -> str:
        version = versions.append(
            connection,
            cycle_id=cycle.id,
            kind="issued",
            author=cycle.author,
            message="Data gathered, baseline made, books issued.",
            at=context.now(),
            content=result.blobs["payload"],
            summary={**result.values["summary"], "data": {"submission": data.id, "sha256": data.sha256}},
            expected_parent="",
            parent=targets.hash if targets else None,
            recipe=recipes.keep(connection, task),
        )
        return version.hash

    return store


def _read(
    context: Context,
    task: str,
    files: Sequence[Upload],
    more: Mapping[str, bytes],
    arguments: Mapping[str, Any] | None = None,
) -> tuple[Task, Result]:
    named = {f"file{position}": upload.content for position, upload in enumerate(files)}
    names = {f"file{position}": upload.name for position, upload in enumerate(files)}
    config = context.config
    request = Task(
        task,
        {**(arguments or {}), "names": names},
        {**named, **more},
        seconds=config.read_seconds,
        memory_mb=config.read_memory_mb,
    )
    try:
        return request, context.readers.run(request)
    except TaskFailed as failure:
        issue = {"severity": "error", "message": f"The files could not be read. {failure}", "hint": "", "sheet": ""}
        issue |= {"hint": "Send CSV files, or workbooks as Excel saved them.", "table": "", "cell": "", "file": ""}
        return request, Result({"issues": [issue], "engine": ""}, {})


def _keep(
    context: Context,
    *,
    name: str,
    author: str,
    files: Sequence[Upload],
    read: tuple[Task, Result],
    config: Mapping[str, Any],
) -> Cycle:
    task, result = read
    issues = result.values["issues"]
    failed = "tables" not in result.blobs or any(issue["severity"] == "error" for issue in issues)
    sent = _together(files)

    def attempt(connection: Connection, cycle_id: str | None) -> Attempt:
        return Attempt(
            cycle_id=cycle_id,
            function=DATA,
            submitter=author,
            file_name=sent.name,
            content=sent.content,
            received_at=context.now(),
            base_version="",
            state=submissions.RETURNED if failed else submissions.VALIDATED,
            engine=result.values["engine"],
            parsed=result.blobs.get("tables"),
            issues=issues,
            recipe=recipes.keep(connection, task) if "tables" in result.blobs else {},
        )

    with context.database.write() as connection:
        if failed:
            kept = submissions.add(connection, attempt(connection, None))
        else:
            try:
                at = context.now()
                cycle = cycles.add(connection, name=name, author=author, at=at, config=config)
            except cycles.CycleExists as taken:
                raise _taken(taken.cycle) from taken
            submissions.add(connection, attempt(connection, cycle.id))
            jobs.enqueue(connection, subject=cycle.id, kind="issue", actor=author, at=at)
    if failed:
        count = sum(issue["severity"] == "error" for issue in issues)
        detail = f"{count} {'error keeps' if count == 1 else 'errors keep'} the cycle from being created."
        raise Problem.of("invalid-data", detail, issues=issues, submission=kept.id)
    context.workers.wake()
    return cycle


def _together(files: Sequence[Upload]) -> Upload:
    """Return one upload as it is, several as one zip with fixed dates, so that equal files give equal bytes."""
    if len(files) == 1:
        return files[0]
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for upload in sorted(files, key=lambda upload: upload.name):
            archive.writestr(zipfile.ZipInfo(upload.name, (1980, 1, 1, 0, 0, 0)), upload.content)
    return Upload("data.zip", sink.getvalue())


def _refuse_without(*, name: str, author: str, files: Sequence[Upload] | None) -> None:
    missing = {}
    if not cycles.identifier(name):
        missing["name"] = "Give the cycle a name, such as 2008-07."
    if not author.strip():
        missing["author"] = "Say who starts the cycle: a name or a role."
    if files is not None and not files:
        missing["files"] = "Choose the data: CSV files or workbooks, or a zip of them."
    if missing:
        raise Problem.of("invalid-request", " ".join(missing.values()), fields=missing)


def _refuse_existing(context: Context, name: str) -> None:
    with context.database.read() as connection:
        taken = cycles.find(connection, cycles.identifier(name))
    if taken is not None:
        raise _taken(taken)


def _taken(cycle: Cycle) -> Problem:
    return Problem.of("cycle-exists", f"There is a cycle named {cycle.name!r} already.", cycle=cycle.id)


def _required(cycle: Cycle | None) -> Cycle:
    if cycle is None:
        raise Problem.of("not-found", "There is no such cycle.")
    return cycle
