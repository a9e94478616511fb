"""The HTTP API under ``/api/v1``; described at ``/openapi.json``."""

from __future__ import annotations

from apiflask import APIBlueprint

PREFIX = "/api/v1"


def blueprints() -> list[APIBlueprint]:
    """Return the blueprints of the API."""
    from server.api import account, cycles, jobs, people, submissions, versions

    return [
        submissions.blueprint,
        cycles.blueprint,
        versions.blueprint,
        jobs.blueprint,
        account.blueprint,
        people.blueprint,
    ]
