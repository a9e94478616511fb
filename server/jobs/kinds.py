"""What can be queued, and who does it."""

from __future__ import annotations

from collections.abc import Mapping

from server.actions.cycles import issue_work
from server.actions.plans import consolidation_work
from server.jobs.workers import Handler

HANDLERS: Mapping[str, Handler] = {
    "issue": issue_work,
    "consolidate": consolidation_work,
}
"""By the kind of a job; another is added here with its function of the same shape."""
