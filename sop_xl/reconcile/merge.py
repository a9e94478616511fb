"""Consolidation: the books of all functions merged into one set of tables, three ways and cell by cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import Tables
from sop_xl.reconcile.changes import Change, Submission, changes_of, plain
from sop_xl.reconcile.table_merge import Conflict, merge_table
from sop_xl.schema.catalogue import Table, table, tables


@dataclass(frozen=True, slots=True)
class Merged:
    """Tables of all books together, what was changed by whom, and what people must settle."""

    tables: Tables
    changes: tuple[Change, ...]
    conflicts: tuple[Conflict, ...]
    issues: tuple[Issue, ...]


def merge(base: Tables, submissions: Iterable[Submission]) -> Merged:
    """Return the base tables with the changes of all submissions, and the conflicts between them.

    Each submission is compared with the version its own book was issued from; what it did not change is left to the
    others. A table is changed by the book it belongs to; assumptions and comments stand in every book. Two submissions
    that change a cell to the same value agree. Where they differ the cell keeps its base value and both values are
    told with their reasons: nobody's number is dropped unseen. New assumptions or comments under the same key are both
    kept, the key led by the function, and the references of that function follow.

    Args:
        base: tables everybody started from, by schema name.
        submissions: in the order in which they came in.
    """
    given = list(submissions)
    issues = [issue for submission in given for issue in _strangers(base, submission)]
    given = _signed(base, _told_apart(base, given))
    merged = dict(base)
    changes: list[Change] = []
    conflicts: list[Conflict] = []
    for name in tables():
        parts = [(s, _changes(base, s, name)) for s in given if _may_change(s, name)]
        if parts:
            merged[name], problems = merge_table(table(name), base.get(name), parts)
            changes += [change for _, own in parts for change in own]
            conflicts += problems
    return Merged(merged, tuple(changes), tuple(conflicts), tuple(issues))


def _changes(base: Tables, submission: Submission, name: str) -> list[Change]:
    """What its sender had changed in an earlier book, then what this one changes."""
    carried = [change for change in submission.carried if change.table == name]
    return [*carried, *changes_of(submission, name, _base_of(base, submission).get(name))]


def _base_of(base: Tables, submission: Submission) -> Tables:
    return base if submission.base is None else submission.base


def _may_change(submission: Submission, name: str) -> bool:
    return name in submission.tables and table(name).book in (submission.function, "every")


def _strangers(base: Tables, submission: Submission) -> Iterable[Issue]:
    for name in submission.tables:
        shape = table(name)
        if shape.book in (submission.function, "every") or not any(
            True for _ in changes_of(submission, name, _base_of(base, submission).get(name))
        ):
            continue
        yield Issue(
            Severity.WARNING,
            f"The book of {submission.sender} changes {shape.title.lower()}, which belong to {shape.book}: left out.",
            f"Ask {shape.book} to change them in its book.",
            table=name,
        )


def _told_apart(base: Tables, given: Sequence[Submission]) -> list[Submission]:
    """Put the function before the keys of new assumptions and comments that clash, and let its references follow."""
    out = list(given)
    for name, shape in tables().items():
        if shape.book != "every":
            continue
        key = shape.keys[0]
        known = set(base[name][key]) if name in base else set()
        new: dict[str, list[int]] = {}
        for position, submission in enumerate(out):
            for code in submission.tables[name][key] if name in submission.tables else ():
                if code not in known:
                    new.setdefault(code, []).append(position)
        for code, positions in new.items():
            if len(positions) > 1 and not _all_the_same(shape, code, [out[p] for p in positions]):
                for position in positions:
                    out[position] = _renamed(out[position], name, code, out)
    return out


def _signed(base: Tables, given: Sequence[Submission]) -> list[Submission]:
    """Write the function that brought a new assumption beside it, the first one where several did."""
    name, known = "assumptions", set(base["assumptions"]["assumption_id"]) if "assumptions" in base else set()
    brought: dict[str, str] = {}
    for submission in given:
        for code in submission.tables[name]["assumption_id"] if name in submission.tables else ():
            brought.setdefault(code, submission.function)
    out = []
    for submission in given:
        if name in submission.tables:
            frame = submission.tables[name]
            unsigned = (frame["function"] == "") & ~frame["assumption_id"].isin(known)
            named = frame["function"].mask(unsigned, frame["assumption_id"].map(brought))
            submission = replace(submission, tables={**submission.tables, name: frame.assign(function=named)})
        out.append(submission)
    return out


def _all_the_same(shape: Table, code: str, given: Sequence[Submission]) -> bool:
    rows = [s.tables[shape.name].loc[s.tables[shape.name][shape.keys[0]] == code] for s in given]
    first = [plain(value) for value in rows[0].iloc[0]]
    return all([plain(value) for value in row.iloc[0]] == first for row in rows[1:])


def _renamed(submission: Submission, name: str, code: str, given: Sequence[Submission]) -> Submission:
    several = sum(other.function == submission.function for other in given) > 1
    sender = f"{submission.function} {submission.submitter}".strip() if several else submission.function
    changed = dict(submission.tables)
    for other, frame in submission.tables.items():
        for column in table(other).columns:
            if (other == name and column.name == table(name).keys[0]) or column.ref == name:
                changed[other] = changed[other].assign(
                    **{column.name: frame[column.name].mask(frame[column.name] == code, f"{sender}-{code}")}
                )
    return replace(submission, tables=changed)
