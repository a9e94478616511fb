"""Requests and answers of buttons as JSON and back, losing nothing: never pickle, so that a stranger's bytes stay data.

Dates are ``{"date": "2026-07-01T00:00:00"}``, failed formulas ``{"error": "#N/A"}``; an empty number, date or text of a
typed table is null. Columns of typed tables get their types back from the schema.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sop_xl.buttons.request import Answer, AnswerFile, Output, Request, Selection
from sop_xl.model.issue import Issue, Severity
from sop_xl.schema.catalogue import table
from sop_xl.schema.raw import CellError, RawTable

if TYPE_CHECKING:
    import pandas as pd

Json = dict[str, Any]


class NoRequestError(ValueError):
    """A document that is no request or answer of a button; the message says what is wrong with it."""


def request_to_json(request: Request) -> Json:
    """Return a request as a JSON document."""
    return {
        "button": request.button,
        "file": request.file,
        "tables": [_raw_to_json(raw) for raw in request.tables],
        "meta": dict(request.meta),
        "issues": [issue.to_dict() for issue in request.issues],
        "selection": _selection_to_json(request.selection),
        "entered": dict(request.entered),
        "workbook": base64.b64encode(request.workbook).decode("ascii"),
    }


def request_from_json(document: Mapping[str, Any]) -> Request:
    """Return the request of a JSON document.

    Raises:
        NoRequestError: where it is none.
    """
    try:
        chosen = document.get("selection")
        return Request(
            button=_text(document["button"]),
            file=_text(document.get("file", "")),
            tables=tuple(_raw_from_json(raw) for raw in document.get("tables", ())),
            meta=_texts(document.get("meta") or {}),
            issues=tuple(_issue(issue) for issue in document.get("issues", ())),
            selection=Selection(_text(chosen["sheet"]), _text(chosen["address"])) if chosen else None,
            entered=_texts(document.get("entered") or {}),
            workbook=base64.b64decode(document.get("workbook") or "", validate=True),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise NoRequestError(f"This is no request of a button: {type(problem).__name__} {problem}.") from problem


def answer_to_json(answer: Answer) -> Json:
    """Return an answer as a JSON document."""
    file = answer.file
    return {
        "message": answer.message,
        "issues": [issue.to_dict() for issue in answer.issues],
        "outputs": [_output_to_json(output) for output in answer.outputs],
        "file": {"name": file.name, "data": base64.b64encode(file.data).decode("ascii")} if file else None,
        "show": answer.show,
    }


def answer_from_json(document: Mapping[str, Any]) -> Answer:
    """Return the answer of a JSON document.

    Raises:
        NoRequestError: where it is none.
    """
    try:
        file = document.get("file")
        return Answer(
            message=_text(document["message"]),
            issues=tuple(_issue(issue) for issue in document.get("issues", ())),
            outputs=tuple(_output_from_json(output) for output in document.get("outputs", ())),
            file=AnswerFile(_text(file["name"]), base64.b64decode(file["data"], validate=True)) if file else None,
            show=_text(document.get("show", "")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise NoRequestError(f"This is no answer of a button: {type(problem).__name__} {problem}.") from problem


def _selection_to_json(selection: Selection | None) -> Json | None:
    return {"sheet": selection.sheet, "address": selection.address} if selection else None


def _raw_to_json(raw: RawTable) -> Json:
    return {
        "name": raw.name,
        "headers": list(raw.headers),
        "data": [[_cell_to_json(value) for value in column] for column in raw.data],
        "file": raw.file,
        "sheet": raw.sheet,
        "row_numbers": [int(number) for number in raw.row_numbers],
        "letters": list(raw.letters),
        "header_row": raw.header_row,
        "cells": [list(column) for column in raw.cells],
    }


def _raw_from_json(document: Mapping[str, Any]) -> RawTable:
    table(document["name"])
    return RawTable(
        name=_text(document["name"]),
        headers=tuple(_text(header) for header in document["headers"]),
        data=tuple([_cell_from_json(value) for value in column] for column in document["data"]),
        file=_text(document.get("file", "")),
        sheet=_text(document.get("sheet", "")),
        row_numbers=[int(number) for number in document.get("row_numbers", ())],
        letters=tuple(_text(letter) for letter in document.get("letters", ())),
        header_row=int(document.get("header_row", 1)),
        cells=tuple([_text(cell) for cell in column] for column in document.get("cells", ())),
    )


def _cell_to_json(value: object) -> object:
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, (int, float)):
        return value if math.isfinite(value) else {"number": repr(float(value))}
    if isinstance(value, CellError):
        return {"error": value.code}
    if isinstance(value, datetime):
        return {"date": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return str(value)


def _cell_from_json(value: object) -> object:
    if not isinstance(value, dict):
        if isinstance(value, list):
            raise ValueError("a cell holds one value")
        return value
    ((kind, text),) = value.items()
    readers = {"error": CellError, "date": datetime.fromisoformat, "day": date.fromisoformat, "number": float}
    return readers[kind](_text(text))


def _output_to_json(output: Output) -> Json:
    shape = table(output.table)
    rows = {name: _column_to_json(shape.column(name).type, output.rows[name]) for name in output.rows.columns}
    return {"table": output.table, "mode": output.mode, "columns": list(output.columns), "rows": rows}


def _column_to_json(kind: str, values: pd.Series) -> list[object]:
    import pandas as pd

    if kind in ("date", "period"):
        return [None if pd.isna(value) else pd.Timestamp(value).isoformat() for value in values]
    if kind == "boolean":
        return [bool(value) for value in values]
    return [None if _missing(value) else value.item() if hasattr(value, "item") else value for value in values]


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def _output_from_json(document: Mapping[str, Any]) -> Output:
    import pandas as pd

    from sop_xl.schema.frames import dtype_of

    shape = table(document["table"])
    columns = {
        name: pd.Series(_typed(dtype_of(shape.column(name)), values), dtype=dtype_of(shape.column(name)))
        for name, values in document["rows"].items()
    }
    if document["mode"] not in ("fill", "replace", "add"):
        raise ValueError(f"there is no mode {document['mode']!r}")
    listed = tuple(shape.column(_text(name)).name for name in document["columns"])
    return Output(shape.name, pd.DataFrame(columns), document["mode"], listed)


def _typed(kind: str, values: Sequence[Any]) -> Sequence[Any]:
    if kind == "object":
        return [None if value is None else _text(value) for value in values]
    if kind == "float64":
        return [float("nan") if value is None else float(value) for value in values]
    if kind == "bool" and not all(isinstance(value, bool) for value in values):
        raise ValueError("a column of yes and no holds something else")
    return values


def _issue(document: Mapping[str, str]) -> Issue:
    fields = {key: _text(document.get(key, "")) for key in ("message", "hint", "sheet", "table", "cell", "file")}
    return Issue(severity=Severity(document["severity"]), **fields)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _texts(found: Mapping[str, object]) -> dict[str, str]:
    return {_text(key): _text(value) for key, value in found.items()}
