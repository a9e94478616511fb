"""The description of the API is complete: every route, every reference, every problem type."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import Site

from server.problems import KINDS

pytestmark = pytest.mark.filterwarnings("ignore:.*has already been added to the spec")
METHODS = {"get", "post", "put", "patch", "delete"}


def described(site: Site) -> dict[str, Any]:
    answer = site.client.get("/openapi.json")
    assert answer.status_code == 200
    return answer.json


def test_every_route_of_the_api_is_described_and_nothing_else(empty_site: Site) -> None:
    documented = {
        (path, method) for path, item in described(empty_site)["paths"].items() for method in item if method in METHODS
    }
    mounted = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in empty_site.app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in rule.methods or ()
        if method.lower() in METHODS
    }
    assert documented == mounted
    assert len(mounted) >= 16


def test_every_reference_resolves_and_every_operation_has_a_summary(empty_site: Site) -> None:
    document = described(empty_site)
    for reference in set(re.findall(r'"#/([^"]+)"', json.dumps(document))):
        node: Any = document
        for part in reference.split("/"):
            node = node[part]
    for item in document["paths"].values():
        for method, operation in item.items():
            if method in METHODS:
                assert operation["summary"] and operation["responses"]


def test_errors_are_described_as_problem_documents(empty_site: Site) -> None:
    for path, item in described(empty_site)["paths"].items():
        for method, operation in item.items():
            for status, answer in operation.get("responses", {}).items() if method in METHODS else ():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"], (path, method, status)


def test_every_type_of_problem_used_in_the_code_exists_and_has_its_page(empty_site: Site) -> None:
    root = Path(__file__).resolve().parents[2] / "server"
    sources = "\n".join(path.read_text(encoding="utf-8") for path in root.rglob("*.py"))
    used = set(re.findall(r'Problem\.of\(\s*"([\w-]+)"', sources))
    assert used <= set(KINDS)
    page = empty_site.client.get("/problems/").text
    for name in KINDS:
        assert f"/problems/{name}<" in page
        assert empty_site.client.get(f"/problems/{name}").status_code == 200
    assert empty_site.client.get("/problems/none").status_code == 404
