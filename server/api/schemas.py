"""Shapes of requests and answers; the OpenAPI description is made from them."""

from __future__ import annotations

from apiflask import Schema
from apiflask.fields import Boolean, Dict, File, Float, Integer, List, Nested, Raw, String
from apiflask.validators import Length, OneOf, Range

HASH = {"description": "SHA-256 in hexadecimal."}
WHEN = {"description": "UTC, ISO 8601."}


class Issue(Schema):
    """One finding about the data, with its place and remedy."""

    severity = String(validate=OneOf(["error", "warning", "info"]), required=True)
    file = String()
    sheet = String()
    table = String()
    cell = String(metadata={"description": "A1 address in a workbook, column:line in a CSV."})
    message = String(required=True)
    hint = String()


class ProblemDocument(Schema):
    """Problem details, RFC 9457."""

    type = String(required=True, metadata={"description": "/problems/<name>: stable, and a page that explains it."})
    title = String(required=True)
    status = Integer(required=True)
    detail = String(required=True)
    remedy = String(required=True, metadata={"description": "What to do about a problem of this type."})
    instance = String()
    issues = List(Nested(Issue))
    wrong_fields = Dict(keys=String(), values=String(), data_key="fields")


class Progress(Schema):
    """Where the latest work on a cycle stands."""

    task = String(metadata={"description": "issue or consolidate; empty where nothing was started."})
    state = String(validate=OneOf(["idle", "running", "done", "failed"]))
    step = String()
    share = Float(metadata={"description": "How much is done, 0 to 1."})
    started_at = String(metadata=WHEN)
    finished_at = String(metadata=WHEN)
    version = String(metadata={"description": "Hash of the version it stored."})
    problem = Nested(ProblemDocument, allow_none=True)


class Submission(Schema):
    """A file someone sent, as it was received, and where it stands."""

    id = String(required=True)
    cycle = String(allow_none=True)
    function = String()
    submitter = String()
    file_name = String()
    sha256 = String(metadata=HASH)
    received_at = String(metadata=WHEN)
    base_version = String(metadata={"description": "Version the workbook was issued from."})
    state = String(metadata={"description": "validated, accepted, returned, reconciled, committed or superseded."})
    comment = String(metadata={"description": "What the facilitator said with the state."})
    state_by = String(metadata={"description": "Who put it into that state; empty where it was the check."})
    etag = String(metadata={"description": "Names the state; send it in If-Match."})
    readable = Boolean()
    errors = Integer()
    warnings = Integer()
    recognised = Boolean(metadata={"description": "The same bytes had been sent before; this is the earlier one."})
    issues = List(Nested(Issue))


class Version(Schema):
    """A version: issued, consolidated or committed."""

    seq = Integer()
    hash = String(metadata=HASH)
    previous = String(metadata={"description": "Version stored before it, in whatever cycle: the link of the chain."})
    parent = String(metadata={"description": "Version it was made from."})
    cycle = String()
    kind = String(validate=OneOf(["issued", "consolidated", "candidate", "committed"]))
    scenario = String()
    author = String()
    message = String()
    created_at = String(metadata=WHEN)
    payload_sha256 = String(metadata=HASH)
    content_sha256 = String(metadata={"description": "SHA-256 over the values of all tables."})


class TableEntry(Schema):
    """A table of a version."""

    name = String()
    rows = Integer()
    columns = List(String())


class VersionDetail(Version):
    """A version with its summary and its tables."""

    summary = Raw(metadata={"description": "Key figures, gaps, reconciliation and scenarios."})
    tables = List(Nested(TableEntry))


class Cycle(Schema):
    """A cycle of planning."""

    id = String()
    name = String()
    created_at = String(metadata=WHEN)
    author = String()
    follows = String(metadata={"description": "Cycle whose committed plan set the targets."})
    state = String(metadata={"description": "gathering, collecting, consolidated or committed."})
    head = String(metadata={"description": "Hash of the newest version of the cycle, empty before the first."})


class FunctionState(Schema):
    """Where a function stands in a cycle."""

    function = String()
    state = String(metadata={"description": "open while nothing was received."})
    submissions = Integer()
    errors = Integer()
    latest = String(metadata={"description": "Id of the newest submission, empty where there is none."})


class CycleDetail(Cycle):
    """A cycle with who submitted, what was found, and its newest versions."""

    functions = List(Nested(FunctionState))
    submissions = List(Nested(Submission))
    versions = List(Nested(Version), metadata={"description": "The newest 50, oldest first."})
    progress = Nested(Progress)
    plan = Raw(metadata={"description": "Summary of the newest consolidated or committed version, null before."})


class CycleUpload(Schema):
    """What a cycle is made from: a name and the files of the data gathering."""

    name = String(required=True, validate=Length(1, 80), metadata={"example": "2008-07"})
    files = List(
        File(),
        load_default=list,
        metadata={"description": "CSV files named after the tables, workbooks, or a zip of them."},
    )


class NextCycleUpload(CycleUpload):
    """What the next cycle is made from; tables that are not sent are taken over from the committed version."""

    despite = String(
        load_default="",
        validate=Length(0, 1000),
        metadata={"description": "Why the cycle starts although actions are overdue; needed then."},
    )


class SubmissionUpload(Schema):
    """A function's workbook."""

    submitter = String(
        load_default="",
        validate=Length(0, 120),
        metadata={"description": "Who filled in a file that a facilitator sends in; of no effect for others."},
    )
    file = File(required=True)


class CommitInput(Schema):
    """The decision."""

    scenario = String(required=True)
    reason = String(required=True, validate=Length(1, 2000))
    expected_parent = String(
        load_default="", metadata={"description": "Newest version the decider saw; or send it as If-Match."}
    )


class PromoteInput(CommitInput):
    """Which scenario is proposed as the plan, and why."""


class PackQuery(Schema):
    """Which plan the pack shows."""

    version = String(load_default="")
    scenario = String(load_default="")


class TableQuery(Schema):
    """How a table is wanted."""

    format = String(load_default="json", validate=OneOf(["json", "csv"]))
    scenario = String(load_default="", metadata={"description": "Scenario of a consolidated version."})


class VersionQuery(Schema):
    """Which versions are wanted."""

    cycle = String(load_default="")
    kind = String(load_default="", validate=OneOf(["", "issued", "consolidated", "candidate", "committed"]))
    limit = Integer(load_default=100, validate=Range(1, 500))
    before = Integer(
        load_default=None,
        allow_none=True,
        validate=Range(1),
        metadata={"description": "Versions with a smaller number than this; Link leads on by itself."},
    )


class BookQuery(Schema):
    """Which version a book is made from."""

    version = String(load_default="", metadata={"description": "Left out: the issued one."})


class VerifyQuery(Schema):
    """A hash printed earlier that must still be in the chain."""

    head = String(load_default="")


class Break(Schema):
    """A place where the store was changed."""

    what = String()
    seq = Integer()
    id = String()
    problem = String()


class Verification(Schema):
    """The result of walking the chains."""

    ok = Boolean()
    versions = Integer()
    events = Integer()
    submissions = Integer()
    head = String()
    breaks = List(Nested(Break))
