"""The pages of the server: what people see and press in a browser. All work is done in `server.actions`."""

from __future__ import annotations

from apiflask import APIBlueprint

pages = APIBlueprint("pages", __name__, enable_openapi=False)

from server.pages import cycle_pages, edit_pages, history_pages, views  # noqa: E402, F401  (registers the routes)
