"""Answers that several routes share, as the OpenAPI description names them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from server.api.schemas import ProblemDocument
from server.problems import CONTENT_TYPE

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BINARY = {"type": "string", "format": "binary"}
WORKBOOK = {200: {"description": "An Excel workbook", "content": {XLSX: {"schema": _BINARY}}}}
FILE = {200: {"description": "The file as it was sent", "content": {"application/octet-stream": {"schema": _BINARY}}}}


def problems(*statuses: int) -> dict[int, Any]:
    """Return the answers of some statuses as problem documents."""
    content = {CONTENT_TYPE: {"schema": ProblemDocument}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}
