"""Disputes as documents: an id that names what is wanted, and everything a person needs to settle it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.store.canonical import hash_of
from sop_xl.reconcile.disputes import Dispute, Ruling
from sop_xl.schema.catalogue import Table, table

_ID_LENGTH = 16


def conflict_id(dispute: Dispute) -> str:
    """Return an id that changes as soon as somebody wants something else: a resolution holds for what was seen."""
    cells = [
        [cell.column, cell.base, [[claim.function, claim.submitter, claim.value] for claim in cell.claims]]
        for cell in dispute.cells
    ]
    return hash_of([dispute.table, dispute.key, cells])[:_ID_LENGTH]


def conflict_document(dispute: Dispute, by_rule: Ruling | None) -> dict[str, Any]:
    """Return a dispute as plain values.

    ``cells`` has a row a disputed column with the value as issued and what each sender wants; ``senders`` the reasons.
    ``rule`` is how the rule settles it, None where people must.
    """
    shape = table(dispute.table)
    senders = []
    for function, submitter in dispute.senders:
        claims = [claim for cell in dispute.cells if (claim := dispute.claim(cell, (function, submitter))) is not None]
        reasons = dict.fromkeys(claim.reason for claim in claims if claim.reason)
        senders.append({"function": function, "submitter": submitter, "reason": "; ".join(reasons)})
    return {
        "id": conflict_id(dispute),
        "table": dispute.table,
        "title": shape.title,
        "sheet": shape.sheet,
        "function": shape.book,
        "key": dispute.key,
        "parts": [{"name": name, "value": value} for name, value in key_parts(shape, dispute.key).items()],
        "what": dispute.what,
        "cells": [_cell(dispute, shape, position) for position in range(len(dispute.cells))],
        "senders": senders,
        "spread": dispute.spread,
        "money": dispute.money,
        "share": dispute.share,
        "material": dispute.material,
        "rule": None if by_rule is None else {"values": dict(by_rule.values), "reason": by_rule.reason},
    }


def key_parts(shape: Table, key: str) -> dict[str, str]:
    """Return the key of a row by column from its text."""
    parts: dict[str, str] = {}
    rest = key
    for name, following in zip(shape.keys, (*shape.keys[1:], ""), strict=True):
        value = rest.removeprefix(f"{name}=")
        if following:
            value, _, rest = value.partition(f", {following}=")
            rest = f"{following}={rest}"
        parts[name] = value
    return parts


def _cell(dispute: Dispute, shape: Table, position: int) -> Mapping[str, Any]:
    cell = dispute.cells[position]
    column = shape.column(cell.column) if cell.column else None
    wanted = [dispute.claim(cell, sender) for sender in dispute.senders]
    return {
        "column": cell.column,
        "header": column.header if column else "Row",
        "type": column.type if column else "row",
        "unit": column.unit if column else "",
        "issued": cell.kept,
        "wanted": [None if claim is None else {"value": claim.value} for claim in wanted],
    }
