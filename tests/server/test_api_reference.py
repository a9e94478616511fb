"""The reference of the API in docs is the one its description writes."""

from __future__ import annotations

import re
import warnings

from server.api.reference import DOCUMENT, described, reference

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # a schema that stands within another and alone is described once
    DESCRIBED = described()
PEOPLE = "/api/v1/people/{person_id}"
"""Rights are given by administrators one at a time, without a state that was seen."""


def test_the_committed_reference_is_up_to_date() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == reference(DESCRIBED), "run: python -m server.api.reference"


def test_every_operation_and_every_shape_has_its_place() -> None:
    text = reference(DESCRIBED)
    for path, item in DESCRIBED["paths"].items():
        for method in set(item) & {"get", "post", "put", "patch", "delete"}:
            assert f"### {method.upper()} {path}\n" in text
    headings = {heading.lower() for heading in re.findall(r"^### (\w+)$", text, flags=re.MULTILINE)}
    links = set(re.findall(r"\]\(#(\w+)\)", text))
    assert links and links <= headings


def test_what_can_be_edited_asks_for_the_state_that_was_seen() -> None:
    for path, item in DESCRIBED["paths"].items():
        for method in set(item) & {"put", "patch"} if path != PEOPLE else ():
            names = {parameter["name"] for parameter in item[method]["parameters"]}
            assert {"If-Match", "Idempotency-Key"} <= names, (path, method)
            assert {"412", "428"} <= set(item[method]["responses"]), (path, method)
