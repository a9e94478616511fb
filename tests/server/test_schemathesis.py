"""Schemathesis asks the whole API, with real ids: no error of the server, no status or shape that is not described.

Requests are made from the OpenAPI document the server gives, valid ones and wrong ones; three of four times an id in
an address is one that is there. Nothing is calculated meanwhile: the server has no workers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from conftest import CYCLE, Site, copy_store
from hypothesis import HealthCheck, Phase, given, seed, settings
from routes import Addresses
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks
from signing import token_of

from server.app import create_app
from server.context import PeopleConfig, ServerConfig

CHECKS: list[Callable[..., Any]] = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
EXAMPLES, EXAMPLES_WITH_FILES = 10, 3
EVERYTHING = ("administrator", "facilitator", "executive", "reader")


@dataclass(frozen=True)
class Api:
    """The API as its own description tells it, and what is there to ask for."""

    site: Site
    schema: Any
    headers: dict[str, str]
    addresses: Addresses


@pytest.fixture(scope="module")
def api(planned_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    path = copy_store(planned_store, tmp_path_factory.mktemp("schema") / "store.sqlite")
    people = PeopleConfig(writes_per_minute=0, requests_per_minute=0, anonymous_per_minute=0)
    app = create_app(ServerConfig(database_url=f"sqlite:///{path}", solvers=0, people=people))
    site = Site.of(app)
    site.as_("someone else", "reader").post("/tokens", 201, json={"label": "Excel"})
    addresses = Addresses(site)
    headers = {"Authorization": f"Bearer {token_of(site.context, 'the fuzzer', *EVERYTHING)}"}
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app, headers=headers)
    yield Api(site, schema, headers, addresses)
    site.context.close()


def operations(api: Api) -> Iterator[Any]:
    for found in api.schema.get_all_operations():
        yield found.ok()


def real(api: Api, case: Any, chance: random.Random) -> None:
    """Put ids that are there into the address, three times of four."""
    by_path = str.maketrans("<>", "{}")
    rules = {rule.rule.replace("path:", "").translate(by_path): rule for rule in api.site.app.url_map.iter_rules()}
    for name in case.path_parameters or {}:
        if chance.random() < 0.75:
            case.path_parameters[name] = chance.choice(api.addresses.values(rules[case.path], name))


def asked(api: Api, operation: Any, statuses: set[int]) -> str:
    """Ask an operation with made-up requests; return what was wrong with an answer, empty where nothing was."""
    files = operation.label.startswith("POST") and operation.label.endswith(("/cycles", "/next", "/submissions"))
    valid = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @seed(2026)
    @settings(
        max_examples=EXAMPLES_WITH_FILES if files else EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=valid | wrong)
    def ask(case: Any) -> None:
        real(api, case, random.Random(repr(case.path_parameters)))
        response = case.call(headers=api.headers)
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    try:
        ask()
    except (Exception, BaseExceptionGroup) as failure:
        return str(failure)[:1500] or repr(failure)[:1500]
    return ""


def test_the_whole_api_answers_as_it_says(api: Api) -> None:
    statuses: dict[str, set[int]] = {}
    found = {o.label: asked(api, o, statuses.setdefault(o.label, set())) for o in operations(api)}
    wrong = [f"{label}\n{text}" for label, text in found.items() if text]
    if wrong:
        pytest.fail("\n\n".join(wrong))
    assert len(statuses) >= 40
    reached = [label for label, codes in statuses.items() if any(status < 400 for status in codes)]
    assert len(reached) >= 20, "real ids reach what is there"
    site = api.site.as_("someone who looks afterwards", "facilitator")
    assert site.get("/verify")["ok"]
    assert site.get(f"/cycles/{CYCLE}")["versions"]
