"""Moments as they are stored, counted from now."""

from __future__ import annotations

from datetime import timedelta

from server.context import Context


def later(context: Context, wait: timedelta) -> str:
    """Return the moment some time from now (before now where negative), in UTC, as it is stored."""
    return (context.config.clock() + wait).isoformat(timespec="seconds").replace("+00:00", "Z")
