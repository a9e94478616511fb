"""Obsolescence score: points for every sign that a product nears its end, the strongest told as reasons."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST = 100.0
TOP = 3
"""Reasons that are told."""
SUNSET_RISK = 50.0
"""Score from which a sunset is proposed."""

LEAST = 0.5
"""Points below which a sign is not worth telling."""

_STEEPEST = -0.4
_LONG_COVER = 12.0
_QUIET_DAYS, _SILENT_DAYS = 45, 360
_MOST_CLAIMS = 0.10
_COMPETITOR_MONTHS = 24.0


@dataclass(frozen=True, slots=True)
class Points:
    """The most points each sign can give; they add up to more than 100 because no product shows them all."""

    slope: float = 25.0
    cover: float = 25.0
    last_sale: float = 20.0
    end: float = 15.0
    successor: float = 12.0
    claims: float = 10.0
    competitor: float = 10.0
    sentiment: float = 8.0


POINTS = Points()


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of a product; NaN where it is not known, which gives no points.

    Attributes:
        trend: change of sales a year, as a share.
        cover: months of demand on stock; infinite where there is stock and no demand.
        remaining: months to the end of life; NaN: no end in sight.
        days_since_sale: days since the last sale.
        claims: warranty claims per unit sold.
        sentiment: customer sentiment, −1 … 1.
        competitor_months: months until a competitor's launch; negative: since it.
        successor: code of the product that follows; '' for none.
    """

    trend: float = math.nan
    cover: float = math.nan
    remaining: float = math.nan
    days_since_sale: float = math.nan
    claims: float = math.nan
    sentiment: float = math.nan
    competitor_months: float = math.nan
    successor: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """A sign with its points, in words."""

    points: float
    text: str


def reasons(signs: Signs, points: Points = POINTS) -> tuple[Reason, ...]:
    """Return every sign that gives points, the strongest first.

    Each sign gives its most points times how far it has gone, 0 … 1: the slope up to −40 % a year; cover from half the
    remaining life to one and a half times it (without an end in sight: from 12 to 36 months); silence from 45 days to
    a year; an end within two years; claims up to 10 %; sentiment down to −1; a competitor within two years.
    """
    found = (Reason(round(most * _share(gone), 1), text) for most, gone, text in _signs(signs, points))
    return tuple(sorted((reason for reason in found if reason.points >= LEAST), key=lambda reason: -reason.points))


def _signs(signs: Signs, points: Points) -> Iterator[tuple[float, float, str]]:
    yield points.slope, signs.trend / _STEEPEST, f"demand {signs.trend:+.0%} a year"
    yield points.cover, *_cover(signs)
    silent = (signs.days_since_sale - _QUIET_DAYS) / (_SILENT_DAYS - _QUIET_DAYS)
    yield points.last_sale, silent, f"no sale for {signs.days_since_sale:.0f} days"
    yield points.end, 1 - signs.remaining / 24, f"end of life in {signs.remaining:.0f} months"
    yield points.successor, 1.0 if signs.successor else 0.0, f"successor {signs.successor}"
    yield points.claims, signs.claims / _MOST_CLAIMS, f"{signs.claims:.1%} warranty claims"
    away = signs.competitor_months
    when = f"in {away:.0f} months" if away > 0 else f"{-away:.0f} months ago"
    yield points.competitor, 1 - abs(away) / _COMPETITOR_MONTHS, f"competitor's launch {when}"
    yield points.sentiment, -signs.sentiment, f"customer sentiment {signs.sentiment:+.1f}"


def _cover(signs: Signs) -> tuple[float, str]:
    if math.isinf(signs.cover):
        return 1.0, "more stock than demand will ever take"
    if math.isnan(signs.remaining):
        return (signs.cover - _LONG_COVER) / (2 * _LONG_COVER), f"stock for {signs.cover:.0f} months"
    life = max(signs.remaining, 1.0)
    return signs.cover / life - 0.5, f"stock for {signs.cover:.0f} months, life {signs.remaining:.0f}"


def _share(gone: float) -> float:
    return 0.0 if math.isnan(gone) else min(max(gone, 0.0), 1.0)


def score(found: Sequence[Reason]) -> float:
    """Return the score: the points of all reasons together, at most 100."""
    return min(MOST, round(sum(reason.points for reason in found), 1))


def in_words(found: Sequence[Reason], top: int = TOP) -> str:
    """Return the strongest reasons with their points, such as ``demand −32 % a year (16) · successor B (12)``."""
    return " · ".join(f"{reason.text} ({reason.points:.0f})" for reason in found[:top])
