"""Shapes of requests and answers about people, their tokens and what they did."""

from __future__ import annotations

from apiflask import Schema
from apiflask.fields import Boolean, Dict, Integer, List, Nested, Raw, String
from apiflask.validators import Length, OneOf, Range

from server.api.schemas import WHEN
from server.store.people import ROLES
from sop_xl.schema.catalogue import FUNCTIONS


class Person(Schema):
    """Someone who may sign in."""

    id = String(required=True)
    name = String(required=True)
    roles = List(String(validate=OneOf(ROLES)))
    functions = List(String(validate=OneOf(FUNCTIONS)), metadata={"description": "What a contributor plans for."})
    active = Boolean()
    must_change = Boolean(metadata={"description": "True while the password is a one-time password."})
    created_at = String(metadata=WHEN)


class NewPerson(Person):
    """A person with the one-time password to hand over; it is not shown again."""

    one_time_password = String(required=True)


class PersonInput(Schema):
    """Someone to add."""

    name = String(required=True, validate=Length(1, 120))
    roles = List(String(validate=OneOf(ROLES)), required=True, validate=Length(1))
    functions = List(String(validate=OneOf(FUNCTIONS)), load_default=list)


class PersonChange(Schema):
    """Other rights, or in and out; what is left out stays."""

    roles = List(String(validate=OneOf(ROLES)), validate=Length(1))
    functions = List(String(validate=OneOf(FUNCTIONS)))
    active = Boolean()


class SignInInput(Schema):
    """Name and password; with a one-time password, the new password too."""

    name = String(required=True, validate=Length(1, 120))
    password = String(required=True, validate=Length(1, 800))
    new_password = String(load_default="", validate=Length(0, 800))
    label = String(load_default="", validate=Length(0, 80), metadata={"description": "Where the token is for."})


class TokenInput(Schema):
    """A token to make."""

    label = String(required=True, validate=Length(1, 80), metadata={"description": "Such as: Excel on the laptop."})
    days = Integer(load_default=0, validate=Range(0, 3650), metadata={"description": "How long it works; 0: longest."})


class Token(Schema):
    """A token of a program."""

    id = String(required=True)
    label = String()
    created_at = String(metadata=WHEN)
    expires_at = String(metadata=WHEN)
    used_at = String(metadata={"description": "UTC, to five minutes; empty where it was never used."})
    revoked_at = String(metadata={"description": "Empty while it works."})


class NewToken(Token):
    """A token with its secret, which is not shown again."""

    token = String(required=True, metadata={"description": "Send it as Authorization: Bearer <token>."})
    person = Nested(Person)


class AuditQuery(Schema):
    """Which lines of the audit log are wanted."""

    limit = Integer(load_default=100, validate=Range(1, 1000))
    before = Integer(load_default=0, validate=Range(0, 2**53), metadata={"description": "Lines before this number."})
    person = String(load_default="")
    action = String(load_default="", metadata={"description": "Beginning of the action."})


class AuditRecord(Schema):
    """One line of the audit log."""

    seq = Integer()
    at = String(metadata=WHEN)
    person = String()
    means = String(metadata={"description": "page, token or console."})
    action = String()
    subject = String()
    status = Integer()
    address = String()
    detail = Dict(keys=String(), values=Raw())
