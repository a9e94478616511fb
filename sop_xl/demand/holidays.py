"""Public holidays: their effect on sales is learned, used only where it wins on past years, and given back ahead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from sop_xl.demand.calendar_completion import Series
from sop_xl.demand.frequency import Frequency, Unit
from sop_xl.demand.seasonal_adjustment import seasonal_component
from sop_xl.model.issue import InputErrors, Issue, Severity

_FIRST_YEAR, _LAST_YEAR = 1970, 2060
_ONE_EVENT = 3
_ESTIMATED = " (estimated)"
_FIXED = 7
_LEAD = {Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 7, Unit.QUARTER: 7}
_MOST_EVENTS = {Unit.DAY: 6, Unit.WEEK: 6, Unit.MONTH: 2, Unit.QUARTER: 1}
_TESTED, _LEAST_TESTED, _LEAST_LEARNED = 3, 2, 2
_LEAST_T = 3.0
_LEAST_GAIN = 0.1
_MOST = float(np.log(4.0))
_ROUNDS = 3
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """A holiday, or several that always fall together, such as Good Friday to Easter Monday.

    Attributes:
        name: in English.
        first: first day of every occurrence, sorted.
        last: its last day.
    """

    name: str
    first: np.ndarray
    last: np.ndarray

    @property
    def moves(self) -> bool:
        """Return whether its place in the year changes by more than a week."""
        day = (self.first - self.first.astype("datetime64[Y]")).astype(int)
        return bool(np.ptp(day) > _FIXED)


@dataclass(frozen=True, slots=True)
class HolidayEffect:
    """What holidays do to a series.

    Attributes:
        events: the events that are used.
        slopes: logarithm of the effect by event: of the event and of the days before it, or of both together.
        gain: share by which errors in the periods concerned were smaller in the years tested.
    """

    events: tuple[Event, ...]
    slopes: tuple[np.ndarray, ...]
    gain: float

    @property
    def text(self) -> str:
        """Return the effect in words, such as ``Good Friday to Easter Monday +12 %, error then 30 % smaller``."""
        said = ", ".join(
            " and before ".join(f"{np.expm1(value):+.0%}".replace("%", " %") for value in slopes)
            for slopes in self.slopes
        )
        named = [f"{event.name} {part}" for event, part in zip(self.events, said.split(", "), strict=True)]
        return f"{', '.join(named)}, error then {100 * self.gain:.0f} % smaller"


@cache
def public_holidays(place: str) -> tuple[Event, ...]:
    """Return the public holidays of a country, or of a region such as ``AU-NSW``, of 1970 to 2060, and Easter.

    Dates are those of the holidays library, not those of substitute days. Easter Sunday is there for every place: shops
    know it where offices do not.

    Raises:
        InputErrors: where no holidays are known for the place.
    """
    import holidays
    from dateutil.easter import easter

    country, _, region = place.strip().upper().partition("-")
    years = range(_FIRST_YEAR, _LAST_YEAR + 1)
    try:
        found = holidays.country_holidays(
            country, subdiv=region or None, years=years, observed=False, language=_language(country)
        )
    except NotImplementedError as problem:
        hint = "Give a country such as DE, US or AU, or a country and region such as AU-NSW."
        raise InputErrors([Issue(Severity.ERROR, f"No holidays are known for '{place}'.", hint)]) from problem
    days: dict[str, list[np.datetime64]] = {}
    for day in sorted(found):
        for name in found.get_list(day):
            days.setdefault(name.removesuffix(_ESTIMATED), []).append(np.datetime64(day, "D"))
    spans = [(name, *_spans(np.array(listed))) for name, listed in days.items() if len(listed) >= _LEAST_LEARNED]
    events = _together(sorted(spans, key=lambda span: _place_in_year(span[1][0])))
    sundays = np.array([easter(year) for year in years], dtype="datetime64[D]")
    known = any(((event.first <= day) & (day <= event.last + _DAY)).any() for event in events for day in sundays[-1:])
    return tuple(events) if known else (*events, Event("Easter Sunday", sundays, sundays))


@cache
def days_off(place: str) -> np.ndarray:
    """Return every public holiday of a place, as datetime64[D], sorted."""
    listed = [np.arange(a, b + _DAY) for event in public_holidays(place) for a, b in _pairs(event)]
    return np.unique(np.concatenate(listed))


def holiday_effects(series: Sequence[Series], frequency: Frequency, place: str) -> dict[str, HolidayEffect]:
    """Return what holidays do to each series, for those where knowing it made the past better.

    Changes of the seasonally adjusted logarithms are regressed on those of the share of an event, and of the days
    before it, that falls into each period: a week before for weeks, a day for days; of months and quarters, where the
    season knows what comes every year, moving events alone, with the week before them, less the average of the
    calendar period. An event is used where its effect is significant (t > 3) and where, learned each time from the
    years before, it made errors in the periods concerned at least 10 % smaller over the last three years and smaller
    in more than half of them. At least four years with the event are needed. Years are not tested.

    Args:
        series: contiguous histories; those with zeros are not tested.
        frequency: grid of their periods.
        place: country, or country and region.

    Raises:
        InputErrors: where no holidays are known for the place.

    References:
        Findley et al. (1998), doi:10.1080/07350015.1998.10524743, on Easter regressors in monthly series.
    """
    events = public_holidays(place)
    if frequency.unit is Unit.YEAR:
        return {}
    if frequency.unit in (Unit.MONTH, Unit.QUARTER):
        events = tuple(event for event in events if event.moves)
    found = {item.unique_id: _effect(item, frequency, events) for item in series if (item.y > 0).all()}
    return {name: effect for name, effect in found.items() if effect is not None}


def holiday_factors(
    effects: Mapping[str, HolidayEffect], item: Series, first: int, count: int, frequency: Frequency
) -> np.ndarray:
    """Return what holidays multiply the sales of `count` periods by; 1 for a series not named.

    Args:
        effects: from `holiday_effects`.
        item: the series.
        first: ordinal of the first period.
        count: number of periods.
        frequency: grid of the periods.
    """
    effect = effects.get(item.unique_id)
    if effect is None:
        return np.ones(count)
    logs = sum(
        slopes @ _shares(event, frequency, first, count)
        for event, slopes in zip(effect.events, effect.slopes, strict=True)
    )
    factors: np.ndarray = np.exp(logs)
    return factors


def _effect(item: Series, frequency: Frequency, events: Sequence[Event]) -> HolidayEffect | None:
    logs = np.log(item.y)
    years = frequency.first_days(np.arange(item.start, item.end + 1)).astype("datetime64[Y]").astype(int)
    shares = {event: _shares(event, frequency, item.start, len(logs)) for event in events}
    chosen: list[Event] = []
    slopes: list[np.ndarray] = []
    gains: list[float] = []
    while len(chosen) < _MOST_EVENTS[frequency.unit]:
        changes = np.diff(_adjusted(logs, _total(slopes, [shares[event] for event in chosen]), frequency))
        left = changes - np.diff(_total(slopes, [shares[event] for event in chosen], len(logs)))
        tried = [
            (_gain(left, shares[event], years), event) for event in events if event.name not in {e.name for e in chosen}
        ]
        best = max(tried, key=lambda pair: pair[0], default=(0.0, None))
        if best[1] is None or best[0] < _LEAST_GAIN:
            break
        chosen.append(best[1])
        gains.append(best[0])
        slopes = _fitted(logs, [shares[event] for event in chosen], frequency)
    if not chosen:
        return None
    return HolidayEffect(tuple(chosen), tuple(slopes), float(np.mean(gains)))


def _total(slopes: Sequence[np.ndarray], shares: Sequence[np.ndarray], count: int = 0) -> np.ndarray | float:
    """Return the logarithm that the chosen events add to every period."""
    zero: np.ndarray | float = np.zeros(count) if count else 0.0
    return sum((slope @ share for slope, share in zip(slopes, shares, strict=True)), zero)


def _adjusted(logs: np.ndarray, known: np.ndarray | float, frequency: Frequency) -> np.ndarray:
    """Return logarithms without their season, which is measured without the effects known so far."""
    season = frequency.season_length if frequency.unit is not Unit.WEEK else 1
    adjusted: np.ndarray = logs - seasonal_component(logs - known, season)[: len(logs)]
    return adjusted


def _fitted(logs: np.ndarray, shares: Sequence[np.ndarray], frequency: Frequency) -> list[np.ndarray]:
    """Return the slopes of events together, their season measured anew without them a few times."""
    slopes: list[np.ndarray] = [np.zeros(len(share)) for share in shares]
    cuts = np.cumsum([len(share) for share in shares])[:-1]
    for _ in range(_ROUNDS):
        changes = np.diff(_adjusted(logs, _total(slopes, shares), frequency))
        found, _ = _slopes(np.diff(np.concatenate(shares), axis=1), changes)
        slopes = list(np.split(np.clip(found, -_MOST, _MOST), cuts))
    return slopes


def _gain(changes: np.ndarray, shares: np.ndarray, years: np.ndarray) -> float:
    """Return by which share an event makes the changes it concerns smaller in the last years, 0 where it does not."""
    moves = np.diff(shares, axis=1)
    concerned = (np.abs(moves) > 1e-9).any(axis=0)
    having = np.unique(years[1:][concerned])
    tested = having[_LEAST_LEARNED:][-_TESTED:]
    if len(tested) < _LEAST_TESTED or np.linalg.matrix_rank(moves) < len(moves):
        return 0.0
    before, after = [], []
    for year in tested:
        past, now = years[1:] < year, concerned & (years[1:] == year)
        if np.linalg.matrix_rank(moves[:, past]) < len(moves):
            return 0.0
        slopes, _ = _slopes(moves[:, past], changes[past])
        before.append(np.abs(changes[now]).sum())
        after.append(np.abs(changes[now] - slopes @ moves[:, now]).sum())
    _, t = _slopes(moves, changes)
    wins = np.mean(np.array(after) < np.array(before))
    if np.abs(t).max() < _LEAST_T or wins <= 0.5 or sum(before) == 0:
        return 0.0
    return float(1 - sum(after) / sum(before))


def _slopes(moves: np.ndarray, changes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the slopes of changes on the moves of several shares, and their t-statistics."""
    inverse = np.linalg.pinv(moves @ moves.T)
    slopes: np.ndarray = inverse @ (moves @ changes)
    left = changes - slopes @ moves
    variance = float(left @ left) / max(len(changes) - len(moves), 1)
    error = np.sqrt(np.maximum(np.diag(inverse) * variance, 1e-18))
    return slopes, slopes / error


@cache
def _all_shares(event_name: str, first: bytes, last: bytes, frequency: Frequency) -> tuple[int, np.ndarray]:
    """Return the share of an event by period from the first ordinal on, a row for it and one for the days before."""
    starts, ends = (np.frombuffer(days, dtype="datetime64[D]") for days in (first, last))
    lead = _LEAD[frequency.unit] * _DAY
    bounds = np.array([np.datetime64(f"{_FIRST_YEAR}-01-01"), np.datetime64(f"{_LAST_YEAR}-12-31")])
    low, high = (int(ordinal) for ordinal in frequency.ordinals(bounds))
    seasonal = frequency.unit in (Unit.MONTH, Unit.QUARTER)
    rows = np.zeros((1 if seasonal else 2, high - low + 1))
    for start, end in zip(starts, ends, strict=True):
        windows = [(start - lead, end)] if seasonal else [(start, end), (start - lead, start - _DAY)]
        for row, (begin, stop) in enumerate(windows):
            days = np.arange(begin, stop + _DAY)
            inside = frequency.ordinals(days) - low
            np.add.at(rows[row], inside[(inside >= 0) & (inside <= high - low)], 1 / days.size)
    if seasonal:
        slots = np.arange(rows.shape[1]) % frequency.season_length
        for slot in range(frequency.season_length):
            rows[:, slots == slot] -= rows[:, slots == slot].mean(axis=1, keepdims=True)
    return low, rows


def _shares(event: Event, frequency: Frequency, first: int, count: int) -> np.ndarray:
    low, rows = _all_shares(event.name, event.first.tobytes(), event.last.tobytes(), frequency)
    wanted = np.arange(first, first + count) - low
    inside = (wanted >= 0) & (wanted < rows.shape[1])
    shares = np.zeros((len(rows), count))
    shares[:, inside] = rows[:, wanted[inside]]
    return shares


def _language(country: str) -> str | None:
    """Return English in the spelling the library has for a country, None where it has none."""
    import holidays

    spoken = getattr(getattr(holidays, country, None), "supported_languages", ())
    return next(
        (language for language in sorted(spoken, key=lambda name: name != "en_US") if language[:2] == "en"), None
    )


def _pairs(event: Event) -> zip[tuple[np.datetime64, np.datetime64]]:
    return zip(event.first, event.last, strict=True)


def _spans(days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return first and last days of runs of days."""
    breaks = np.flatnonzero(np.diff(days) > _DAY)
    return days[np.r_[0, breaks + 1]], days[np.r_[breaks, len(days) - 1]]


def _place_in_year(day: np.datetime64) -> int:
    return int((day - day.astype("datetime64[Y]")).astype(int))


def _together(spans: Sequence[tuple[str, np.ndarray, np.ndarray]]) -> list[Event]:
    """Return events, those in one that are always the same few days apart."""
    events: list[tuple[str, str, np.ndarray, np.ndarray]] = []
    for name, first, last in spans:
        for at, (begins, _, other_first, other_last) in enumerate(events):
            if len(first) == len(other_first):
                apart = first - other_last
                if (apart == apart[0]).all() and 0 <= apart[0].astype(int) <= _ONE_EVENT:
                    events[at] = (begins, name, other_first, last)
                    break
        else:
            events.append((name, name, first, last))
    return [Event(a if a == b else f"{a} to {b}", first, last) for a, b, first, last in events]
