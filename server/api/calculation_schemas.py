"""Shapes of requests and answers of the calculations."""

from __future__ import annotations

from apiflask import Schema
from apiflask.fields import Boolean, List, Nested, Raw, String
from apiflask.validators import OneOf

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
