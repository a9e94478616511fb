"""Shapes of what people edit: conflicts, reviews, decisions, actions, the calendar, sign-offs, differences."""

from __future__ import annotations

from typing import Any

from apiflask import Schema
from apiflask.fields import Boolean, Dict, Float, Integer, List, Nested, Raw, String
from apiflask.validators import Length, OneOf, Range

from server.actions.follow_up import OUTCOMES, STATUSES, STEPS
from server.actions.history import SIGNED
from server.actions.reviewing import DECISIONS
from server.api.conditional import DEFAULT, MOST

DAY = {"description": "A day, such as 2026-07-31.", "example": "2026-07-31"}
TAG = {"description": 'Names this state; send it in If-Match. "0": nobody has edited it.'}


def words(longest: int, **more: Any) -> String:
    """Return a field for words of a person."""
    return String(validate=Length(0, longest), **more)


class ListHeaders(Schema):
    """Headers of a list."""

    total = Integer(data_key="X-Total-Count", metadata={"description": "Number of all items."})
    link = String(data_key="Link", metadata={"description": 'Address of the next page, rel="next"; none on the last.'})


class TagHeader(Schema):
    """Header of something that can be edited, or never changes."""

    etag = String(data_key="ETag", metadata=TAG)


class PartQuery(Schema):
    """Which part of a list is wanted."""

    limit = Integer(load_default=DEFAULT, validate=Range(1, MOST))
    offset = Integer(load_default=0, validate=Range(0, 1_000_000))


class ConflictQuery(PartQuery):
    """Which conflicts are wanted."""

    state = String(load_default="", validate=OneOf(["", "open", "resolved", "rule"]))


class Sender(Schema):
    """Who wants something in a row, and why."""

    function = String()
    submitter = String()
    reason = String()


class ConflictCell(Schema):
    """A disputed cell."""

    column = String(metadata={"description": "Empty where one removes the row that another changes."})
    header = String()
    unit = String()
    issued = Raw(metadata={"description": "Value as issued; null: empty."})
    wanted = List(Raw(), metadata={"description": "What each sender wants: {value}, or null where it says nothing."})


class Revision(Schema):
    """One state of an edited thing."""

    revision = Integer()
    author = String()
    reason = String()
    at = String()
    value = Raw()
    etag = String(metadata=TAG)


class Conflict(Schema):
    """A row that submissions want differently."""

    id = String(metadata={"description": "Changes as soon as somebody submits another value."})
    state = String(validate=OneOf(["open", "resolved", "rule"]))
    table = String()
    key = String()
    place = String()
    what = String(validate=OneOf(["cells", "row"]))
    function = String()
    cells = List(Nested(ConflictCell))
    senders = List(Nested(Sender))
    spread = Float(allow_none=True, metadata={"description": "Largest difference of the numbers wanted."})
    money = Float(allow_none=True, metadata={"description": "That difference in money; null where it has no price."})
    material = Boolean()
    values = Raw(metadata={"description": "What the next plan will hold, by column."})
    resolution = Nested(Revision, allow_none=True)
    etag = String(metadata=TAG)


class ResolutionInput(Schema):
    """How a conflict is settled."""

    take = String(
        required=True,
        validate=Length(1, 20),
        metadata={"description": "Number of the sender (from 0) whose values count, `issued`, or `own`."},
    )
    values = Dict(
        keys=String(validate=Length(1, 100)),
        values=words(500),
        load_default=dict,
        metadata={"description": "With `own`: the values by column, as one would type them."},
    )
    reason = String(required=True, validate=Length(1, 2000))


class ReviewInput(Schema):
    """The facilitator's answer to a submission."""

    state = String(required=True, validate=OneOf(DECISIONS))
    comment = words(2000, load_default="", metadata={"description": "What to correct; needed to return."})


class Decision(Schema):
    """A question of the executive meeting, and what came of it."""

    decision = String()
    question = String()
    family = String()
    option_a = String()
    option_b = String()
    recommendation = String()
    deadline = String(allow_none=True)
    outcome = String(validate=OneOf(OUTCOMES))
    decided_option = String()
    decider = String()
    etag = String(metadata=TAG)


class DecisionInput(Schema):
    """What came of a question."""

    outcome = String(required=True, validate=OneOf(OUTCOMES))
    decided_option = words(500, load_default="")
    decider = words(120, load_default="")
    reason = words(2000, load_default="")


class Action(Schema):
    """Something somebody does by a day."""

    code = String()
    text = String()
    owner = String()
    due = String(metadata=DAY)
    status = String(validate=OneOf(STATUSES))
    evidence = String()
    origin = String()
    overdue = Boolean()
    etag = String(metadata=TAG)


class ActionInput(Schema):
    """An action, or what changes in one: what is left out stays."""

    text = words(1000)
    owner = words(120)
    due = words(10, metadata=DAY)
    status = String(validate=OneOf(STATUSES))
    evidence = words(2000)
    reason = words(2000, load_default="")


class Step(Schema):
    """A step of the cycle: the day it ends, and who answers for it."""

    due = String(required=True, metadata=DAY)
    owner = words(120, load_default="")
    active = Boolean(load_default=True, metadata={"description": "false: this cycle goes without the step."})


class Calendar(Schema):
    """The days of a cycle, one a step."""

    steps = List(Nested(Step), required=True, validate=Length(STEPS, STEPS))
    etag = String(dump_only=True, metadata=TAG)


class SignOff(Schema):
    """A signature under a version."""

    name = String()
    decision = String(validate=OneOf(["", *SIGNED]), metadata={"description": "Empty while nothing is signed."})
    note = String()
    at = String()
    version = String(metadata={"description": "Hash that was signed."})
    etag = String(metadata=TAG)


class SignOffInput(Schema):
    """What one signs."""

    decision = String(required=True, validate=OneOf(SIGNED))
    note = words(2000, load_default="", metadata={"description": "Conditions, or why not."})


class RestoreInput(Schema):
    """Why a version is restored."""

    reason = String(required=True, validate=Length(1, 1000))


class DiffQuery(PartQuery):
    """Which differences are wanted."""

    scenario = String(load_default="", metadata={"description": "Scenario of the version; else its own."})
    other_scenario = String(load_default="", metadata={"description": "Scenario of the other version; else its own."})
    part = String(load_default="", validate=OneOf(["", "inputs", "plan"]))
    function = String(load_default="")
    family = String(load_default="")
    table = String(load_default="")
    measure = String(load_default="")


class CellDifference(Schema):
    """A cell that differs."""

    table = String()
    function = String(metadata={"description": "Whose table it is; `plan` for what was calculated."})
    key = String()
    family = String()
    product = String()
    period = String(allow_none=True)
    measure = String()
    unit = String()
    what = String(validate=OneOf(["changed", "added", "removed"]))
    before = Raw()
    after = Raw()
    change = Float(allow_none=True)
    money = Float(allow_none=True)
    who = String()
    reason = String()


class MeasureDifference(Schema):
    """The differences of a measure of a family."""

    table = String()
    function = String()
    family = String()
    measure = String()
    unit = String()
    cells = Integer()
    change = Float()
    money = Float()


class Difference(Schema):
    """What differs between two versions."""

    version = String()
    other = String()
    scenario = String()
    other_scenario = String()
    cells_total = Integer()
    by_measure = List(Nested(MeasureDifference))
    cells = List(Nested(CellDifference))
