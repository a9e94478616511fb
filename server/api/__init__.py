"""The HTTP API under ``/api/v1``; described at ``/openapi.json``."""

from __future__ import annotations

from apiflask import APIBlueprint

PREFIX = "/api/v1"


def blueprints() -> list[APIBlueprint]:
    """Return the blueprints of the API."""
    from server.api import calculations, cycles, submissions, versions

    return [submissions.blueprint, cycles.blueprint, versions.blueprint, calculations.blueprint]
