"""What several pages need: the cycle as it is shown, and the fields and files of a form."""

from __future__ import annotations

from flask import request

from server.actions.cycles import Upload
from server.api.cycles import uploads
from server.auth import reach
from server.auth.current import current
from server.context import context
from server.pages.cycle_view import CycleView, cycle_view
from server.problems import Problem
from server.store import cycles, submissions, versions
from server.store.cycles import Cycle


def view_of(cycle_id: str) -> CycleView:
    """Return what the pages of a cycle show.

    Raises:
        Problem: *not-found*.
    """
    with context().database.read() as connection:
        found = cycles.find(connection, cycle_id)
        if found is None:
            raise Problem.of("not-found", "There is no such cycle.")
        return cycle_view(
            found,
            versions.newest_of_each_kind(connection, cycle_id),
            reach.redacted(current(), submissions.of_cycle(connection, cycle_id)),
            context().jobs.latest(cycle_id),
            scenario=request.args.get("scenario", ""),
            follower=follower_of(cycles.all_cycles(connection), cycle_id),
            chain=versions.links(connection, cycle_id),
        )


def follower_of(found: list[Cycle], cycle_id: str) -> str:
    """Return the id of the cycle that follows a cycle, '' where none does."""
    return next((cycle.id for cycle in found if cycle.config.get("follows") == cycle_id), "")


def field(name: str) -> str:
    """Return a field of the form that was sent, without blanks around it."""
    return request.form.get(name, "").strip()


def files(name: str) -> list[Upload]:
    """Return the files of a field of the form that was sent."""
    return uploads(request.files.getlist(name))
