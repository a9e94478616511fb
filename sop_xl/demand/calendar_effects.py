"""What the calendar does to sales, taken out of a history before the forecast and given back afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sop_xl.demand.calendar_completion import Series
from sop_xl.demand.frequency import Frequency
from sop_xl.demand.holidays import HolidayEffect, days_off, holiday_effects, holiday_factors
from sop_xl.demand.trading_days import NO_DAYS, trading_day_elasticities, trading_day_factors
from sop_xl.model.issue import Issue, Severity


@dataclass(frozen=True, slots=True)
class CalendarEffects:
    """Effects of working days and holidays by series; a series that is named in none of them is left as it is.

    Attributes:
        frequency: grid of the periods.
        off: public holidays, none where no place is given.
        elasticities: by how much sales follow the working days.
        holidays: what holidays do.
        issues: for how many series holidays are used, where a place is given.
    """

    frequency: Frequency
    off: np.ndarray
    elasticities: Mapping[str, float]
    holidays: Mapping[str, HolidayEffect]
    issues: tuple[Issue, ...]

    def factors(self, item: Series, first: int, count: int) -> np.ndarray:
        """Return what the calendar multiplies the sales of `count` periods from ordinal `first` on by."""
        days = trading_day_factors(self.elasticities, item, first, count, self.frequency, self.off)
        factors: np.ndarray = days * holiday_factors(self.holidays, item, first, count, self.frequency)
        return factors

    def without(self, item: Series) -> Series:
        """Return a history freed of the effects."""
        if item.unique_id not in self.elasticities and item.unique_id not in self.holidays:
            return item
        return replace(item, y=item.y / self.factors(item, item.start, len(item.y)))

    def text(self, unique_id: str) -> str:
        """Return the effects on a series in words, to follow its method; empty without any."""
        said = ""
        if unique_id in self.elasticities:
            said += f"; working days, elasticity {self.elasticities[unique_id]:.2f}"
        if unique_id in self.holidays:
            said += f"; {self.holidays[unique_id].text}"
        return said


def calendar_effects(series: Sequence[Series], frequency: Frequency, place: str = "") -> CalendarEffects:
    """Return what working days and, where a place is given, its public holidays do to each series.

    Args:
        series: contiguous histories.
        frequency: grid of their periods.
        place: country such as ``DE``, or country and region such as ``AU-NSW``; empty for no holidays.

    Raises:
        InputErrors: where no holidays are known for the place.
    """
    off = days_off(place) if place else NO_DAYS
    elasticities = trading_day_elasticities(series, frequency, off)
    effects = CalendarEffects(frequency, off, elasticities, {}, ())
    if not place:
        return effects
    found = holiday_effects([effects.without(item) for item in series], frequency, place)
    said = (
        f"Holidays of {place.upper()}: {len(elasticities)} of {len(series)} series follow the working days between "
        f"them, {len(found)} are moved by single holidays"
    )
    if found:
        gain = np.median([effect.gain for effect in found.values()])
        said += f", where the error around them was smaller by a median {100 * gain:.0f} %"
    hint = "Nothing to do; the column method names them series by series."
    return replace(effects, holidays=found, issues=(Issue(Severity.INFO, f"{said}.", hint),))
