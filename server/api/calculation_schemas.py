"""Shapes of requests and answers of the calculations."""

from __future__ import annotations

from apiflask import Schema
from apiflask.fields import Boolean, Dict, File, List, Nested, Raw, String
from apiflask.validators import OneOf

from server.api.schemas import Issue

_ARGUMENTS = {"description": "Values and ranges (lists of rows) in the order of the arguments; null is left out."}


class FunctionArgument(Schema):
    """An argument of a cell function."""

    name = String(required=True)
    help = String(required=True)
    kind = String(required=True, validate=OneOf(["range", "number", "text", "any"]))
    optional = Boolean(required=True)
    default = Raw(metadata={"description": "What counts where it is left out; null where the help says it."})


class FunctionDescription(Schema):
    """A cell function in words."""

    name = String(required=True)
    summary = String(required=True)
    arguments = List(Nested(FunctionArgument), required=True)
    result = String()
    example = String(metadata={"description": "A formula as one types it in desktop Excel."})


class FunctionInput(Schema):
    """Arguments of a call."""

    arguments = List(Raw(allow_none=True), required=True, metadata=_ARGUMENTS)


class Call(FunctionInput):
    """A call of a cell function."""

    name = String(required=True, metadata={"example": "FORECAST"})


class Value(Schema):
    """What a cell shows: a number, a text, true or false, or rows of them."""

    value = Raw(required=True)


class ButtonDescription(Schema):
    """A button of the ribbon."""

    name = String(required=True)
    label = String(required=True)
    group = String(required=True)
    tip = String(required=True)
    needs = String(required=True, validate=OneOf(["workbook", "company", "team"]))
    writes = List(String(), metadata={"description": "Schema names of the tables it writes into."})
    tables = List(String(), metadata={"description": "Names of the Excel tables it may write into."})


class ButtonFile(Schema):
    """A file that a button brings."""

    name = String(required=True)
    data = String(required=True, metadata={"description": "The file in base 64."})


class ButtonRequest(Schema):
    """A button pressed on the tables of a workbook."""

    button = String(required=True)
    file = String(load_default="")
    tables = List(Dict(), load_default=list, metadata={"description": "As they stand, each value with its cell."})
    meta = Dict(load_default=dict, metadata={"description": "Entries of the workbook's hidden sheet."})
    issues = List(Dict(), load_default=list)
    selection = Dict(load_default=None, allow_none=True)
    entered = Dict(load_default=dict)
    workbook = String(load_default="", metadata={"description": "The file in base 64, for a button that hands it in."})


class ButtonOutput(Schema):
    """Rows that a button writes into a table."""

    table = String(required=True)
    mode = String(required=True, validate=OneOf(["fill", "replace", "add"]))
    columns = List(String())
    rows = Dict(metadata={"description": "Values by column."})


class ButtonAnswer(Schema):
    """What pressing a button has brought."""

    message = String(required=True)
    issues = List(Nested(Issue))
    outputs = List(Nested(ButtonOutput))
    file = Nested(ButtonFile, allow_none=True)
    show = String(metadata={"description": "Table to look at next."})


class WorkbookInput(Schema):
    """A workbook on which a button is pressed."""

    workbook = File(required=True)
    selection = String(load_default="", metadata={"description": 'JSON: {"sheet": …, "address": …}; empty for none.'})
    cycle = String(load_default="", metadata={"description": "Id of the cycle; empty: that of the workbook."})
    entered = String(load_default="", metadata={"description": 'JSON of texts, such as {"function": …}.'})


class Dialog(Schema):
    """A message that a person would have seen."""

    text = String(required=True)
    title = String()
    kind = String()


class ReadRange(Schema):
    """A range that was read, with a hash of its cells."""

    table = String(required=True)
    sheet = String(required=True)
    address = String(required=True)
    hash = String(required=True)


class Pressed(Schema):
    """What pressing a button on a workbook has brought."""

    message = String(required=True)
    failed = Boolean(required=True)
    issues = List(Nested(Issue))
    alerts = List(Nested(Dialog))
    journal = List(Dict(), metadata={"description": "Everything done to the workbook, in order."})
    inputs = List(Nested(ReadRange))
    file = Nested(ButtonFile, allow_none=True)
