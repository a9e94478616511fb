"""Lead times in time, not in buckets: when what is ordered in a bucket arrives, whatever the lengths of the buckets."""

from __future__ import annotations

from datetime import date, timedelta
from math import floor

from sop_xl.model.calendar import Bucket, Calendar, add_months
from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.elements import LeadTime

UNITS = {"days": 1.0, "weeks": 7.0}


def lead_time(inputs: PlanningInputs, lead: float, unit: str = "") -> LeadTime:
    """Return when orders of each bucket arrive: the days of the bucket, moved by the lead time, fall into buckets.

    A bucket orders evenly over its days, so what it orders arrives evenly over the days moved by the lead time; each
    bucket these days fall into gets its share of them. A month after January is February whatever the days; ten days
    after a month are 10/31 of it in the next; a month after a year is 11/12 in the same year. What would arrive after
    the horizon is not ordered: the shares of the rest add up to 1, and ``reach`` is how much of the bucket it is.

    Args:
        inputs: calendar and settings.
        lead: length of the lead time.
        unit: months, weeks, days or buckets; empty: months, or buckets where rates hold per bucket.

    References:
        Hackman & Leachman (1989), A general framework for modeling production, Management Science 35(4), 478-495.
    """
    calendar = inputs.calendar
    unit = unit or _usual_unit(inputs)
    arrivals, reach = [], []
    for t, bucket in enumerate(calendar.buckets):
        if unit == "buckets":
            shares = {t + round(lead): 1.0} if t + round(lead) < len(calendar) else {}
        else:
            shares = _shares(calendar, bucket, lead, unit)
        within = sum(shares.values())
        reach.append(within)
        arrivals.append(tuple((u, share / within) for u, share in shares.items() if share > 0))
    return LeadTime(tuple(arrivals), tuple(reach))


def first_bucket_after(inputs: PlanningInputs, lead: float, unit: str = "") -> int | None:
    """Return the bucket in which a lead time from the first day of the horizon ends; None after the horizon."""
    unit = unit or _usual_unit(inputs)
    if unit == "buckets":
        return round(lead) if round(lead) < len(inputs.calendar) else None
    return inputs.calendar.index_of(date.fromordinal(floor(_moved(inputs.calendar.start, lead, unit) + 1e-9)))


def there_from(inputs: PlanningInputs, t: int, lead: float, unit: str = "") -> tuple[float, ...]:
    """Return the part of each bucket that lies a lead time or more after the first day of bucket ``t``."""
    unit = unit or _usual_unit(inputs)
    if unit == "buckets":
        return tuple(1.0 if u >= t + round(lead) else 0.0 for u in range(len(inputs.calendar)))
    day = _moved(inputs.calendar.buckets[t].start, lead, unit)
    return tuple(min(1.0, max(0.0, (b.end.toordinal() - day) / b.days)) for b in inputs.calendar.buckets)


def keeps_until(inputs: PlanningInputs, life: float) -> tuple[int, ...]:
    """Return, for what lies at the start of each bucket, the last bucket in which it can be used.

    It counts as fresh at that moment. A bucket counts where it starts before the shelf life ends: what lies there at
    the end of January and keeps a month must go in February. After the horizon: the number of buckets.
    """
    calendar, unit = inputs.calendar, _usual_unit(inputs)
    if unit == "buckets":
        return tuple(min(len(calendar), t + max(0, round(life) - 1)) for t in range(len(calendar)))
    found = []
    for bucket in calendar.buckets:
        day = _moved(bucket.start, life, unit)
        after = [u for u, other in enumerate(calendar.buckets) if other.start.toordinal() >= day - 1e-9]
        found.append(after[0] - 1 if after else len(calendar) - (day <= calendar.end.toordinal() + 1e-9))
    return tuple(found)


def _usual_unit(inputs: PlanningInputs) -> str:
    return "buckets" if inputs.settings["rates_per"] == "bucket" else "months"


def _shares(calendar: Calendar, bucket: Bucket, lead: float, unit: str) -> dict[int, float]:
    start, end = _moved(bucket.start, lead, unit), _moved(bucket.end, lead, unit)
    found = {}
    for u, other in enumerate(calendar.buckets):
        overlap = min(end, other.end.toordinal()) - max(start, other.start.toordinal())
        if overlap > 1e-9:
            found[u] = overlap / (end - start)
    return found


def _moved(day: date, lead: float, unit: str) -> float:
    """Return a day moved by a lead time, as a number of days with fractions."""
    if unit in UNITS:
        return day.toordinal() + lead * UNITS[unit]
    whole = floor(lead + 1e-12)
    reached = add_months(day, whole)
    return reached.toordinal() + (lead - whole) * ((add_months(day, whole + 1) - reached) / timedelta(days=1))
