"""Moments and days in people's words, for pages and for what is told of problems."""

from __future__ import annotations

from datetime import datetime


def moment(stamp: str) -> str:
    """Return a stored moment as day and time, in UTC; other text as it is."""
    try:
        return f"{datetime.fromisoformat(stamp):%d %b %Y, %H:%M} UTC".lstrip("0")
    except ValueError:
        return stamp
