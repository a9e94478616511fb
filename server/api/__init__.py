"""The HTTP API under ``/api/v1``; described at ``/openapi.json``."""

from __future__ import annotations

from apiflask import APIBlueprint

PREFIX = "/api/v1"


def blueprints() -> list[APIBlueprint]:
    """Return the blueprints of the API."""
    from server.api import (
        account,
        calculations,
        cycles,
        follow_up,
        history,
        jobs,
        people,
        reviewing,
        submissions,
        versions,
    )

    return [
        submissions.blueprint,
        cycles.blueprint,
        reviewing.blueprint,
        follow_up.blueprint,
        versions.blueprint,
        history.blueprint,
        jobs.blueprint,
        calculations.blueprint,
        account.blueprint,
        people.blueprint,
    ]
