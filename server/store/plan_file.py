"""One file that holds a version with everything it was calculated from, down to the files people sent.

A zip (stored, fixed dates, sorted names) of ``manifest.json`` and ``blobs/<sha256>``. The manifest carries the rows of
the versions and submissions as they stand in the store, so that their hashes can be recomputed from the file alone.
The same version gives the same bytes.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, select

from server.store import blobs, payload, submissions, versions
from server.store.canonical import canonical_json, sha256
from server.store.submissions import Submission
from server.store.tables import submissions as submissions_table
from server.store.tables import versions as versions_table
from server.store.versions import Version

FORMAT = 1
_KIND = "sop_xl plan"
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)


class NoPlanFile(ValueError):
    """The file is none of these, or was changed; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A version (``head``), the versions and submissions it came from, oldest first, and all bytes by SHA-256."""

    head: str
    versions: tuple[Version, ...]
    submissions: tuple[Submission, ...]
    contents: Mapping[str, bytes]


def collect(connection: Connection, version: Version) -> PlanFile:
    """Return a version with everything it was calculated from, followed back to the files that were sent."""
    found_versions: dict[str, Version] = {}
    found_submissions: dict[str, Submission] = {}
    contents: dict[str, bytes] = {}
    _follow_version(connection, version, found_versions, found_submissions, contents)
    return PlanFile(
        version.hash,
        tuple(sorted(found_versions.values(), key=lambda v: v.seq)),
        tuple(sorted(found_submissions.values(), key=lambda s: s.seq)),
        contents,
    )


def pack(plan: PlanFile) -> bytes:
    """Return a plan file as bytes."""
    manifest = {
        "kind": _KIND,
        "format": FORMAT,
        "head": plan.head,
        "versions": [asdict(version) for version in plan.versions],
        "submissions": [asdict(submission) for submission in plan.submissions],
    }
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("manifest.json", _FIXED_DATE), canonical_json(manifest))
        for digest in sorted(plan.contents):
            archive.writestr(zipfile.ZipInfo(f"blobs/{digest}", _FIXED_DATE), plan.contents[digest])
    return sink.getvalue()


def unpack(content: bytes) -> PlanFile:
    """Return a plan file after everything in it was compared with its hash.

    Raises:
        NoPlanFile: where it is none, of a later format, incomplete or changed.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            manifest = json.loads(archive.read("manifest.json"))
            names = [name for name in archive.namelist() if name.startswith("blobs/")]
            contents = {name.removeprefix("blobs/"): archive.read(name) for name in names}
        if manifest["kind"] != _KIND:
            raise NoPlanFile("It is no plan exported by this program.")
        if manifest["format"] > FORMAT:
            raise NoPlanFile(f"It was exported by a later version of the program (format {manifest['format']}).")
        plan = PlanFile(
            manifest["head"],
            tuple(Version(**row) for row in manifest["versions"]),
            tuple(Submission(**{**row, "issues": tuple(row["issues"])}) for row in manifest["submissions"]),
            contents,
        )
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        if isinstance(error, NoPlanFile):
            raise
        raise NoPlanFile("It is no plan exported by this program, or it is damaged.") from error
    _check(plan)
    return plan


def _check(plan: PlanFile) -> None:
    for digest, content in plan.contents.items():
        if sha256(content) != digest:
            raise NoPlanFile(f"The bytes {digest[:12]} in it were changed.")
    for version in plan.versions:
        if version.recomputed_hash() != version.hash:
            raise NoPlanFile(f"Version {version.hash[:12]} in it was changed: its data do not give its hash.")
        if payload.recomputed_content_hash(_needed(plan, version.payload_sha256)) != version.content_sha256:
            raise NoPlanFile(f"The tables of version {version.hash[:12]} do not give their hash.")
    if plan.head not in {version.hash for version in plan.versions}:
        raise NoPlanFile("The version it is named after is not in it.")


def _needed(plan: PlanFile, digest: str) -> bytes:
    if digest not in plan.contents:
        raise NoPlanFile(f"The bytes {digest[:12]} are missing in it.")
    return plan.contents[digest]


def _follow_version(
    connection: Connection,
    version: Version,
    found: dict[str, Version],
    sent: dict[str, Submission],
    contents: dict[str, bytes],
) -> None:
    if version.hash in found:
        return
    found[version.hash] = version
    contents[version.payload_sha256] = versions.content_of(connection, version)
    _follow_recipe(connection, version.recipe, version.cycle_id, found, sent, contents)


def _follow_recipe(
    connection: Connection,
    recipe: Mapping[str, Any],
    cycle: str,
    found: dict[str, Version],
    sent: dict[str, Submission],
    contents: dict[str, bytes],
) -> None:
    for digest in sorted(set(recipe.get("blobs", {}).values())):
        if digest in contents:
            continue
        contents[digest] = blobs.get(connection, digest)
        made = _of_cycle(connection, versions_table, versions_table.c.payload_sha256 == digest, cycle)
        if made:
            _follow_version(connection, versions.from_row(made[0]), found, sent, contents)
        for row in _of_cycle(connection, submissions_table, submissions_table.c.parsed == digest, cycle):
            submission = submissions.from_row(row)
            sent[submission.id] = submission
            contents[submission.sha256] = blobs.get(connection, submission.sha256)
            _follow_recipe(connection, submission.recipe, cycle, found, sent, contents)


def _of_cycle(connection: Connection, table: Table, wanted: ColumnElement[bool], cycle: str) -> list[Row[Any]]:
    """Return the rows wanted, oldest first: those of a cycle, else the first: several may start from the same data."""
    rows = list(connection.execute(select(table).where(wanted).order_by(table.c.seq)))
    return [row for row in rows if row.cycle_id == cycle] or rows[:1]
