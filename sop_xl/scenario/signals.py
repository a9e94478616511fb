"""Drivers that change demand signals ahead: what we assume of a price, a competitor, the weather or the economy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pandas as pd

from sop_xl.demand.frequency import Frequency, Unit, infer_frequency
from sop_xl.demand.sensing.signals import LOGGED, known_values, read_signals
from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.scenario import Driver
from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.schema.frames import rows, typed

SIGNAL_DRIVERS = frozenset({"signal_pct", "signal_value"})
"""After these demand is sensed anew."""


def signal_pct(inputs: PlanningInputs, driver: Driver) -> PlanningInputs:
    """Return inputs in which a signal is higher or lower by a share than the plan takes it, in the driver's buckets.

    What the plan takes is the value known on the day it is made, or its forecast
    (:func:`sop_xl.demand.sensing.signals.known_values`). After the last bucket of the driver that value holds again.
    """
    return _assumed(inputs, driver, lambda values: values * (1 + driver.value))


def signal_value(inputs: PlanningInputs, driver: Driver) -> PlanningInputs:
    """Return inputs in which a signal has the value of the driver in its buckets, whatever is known or forecast."""
    return _assumed(inputs, driver, lambda values: np.full_like(values, driver.value))


def _assumed(inputs: PlanningInputs, driver: Driver, change: Callable[[np.ndarray], np.ndarray]) -> PlanningInputs:
    table, history = inputs["signals"], inputs["history"]
    reached = (table["signal"] == driver.target) | (driver.target == EVERYWHERE)
    if not reached.any() or history.empty:
        return inputs
    frequency = _frequency(history)
    calendar, as_of = inputs.calendar, pd.Timestamp(inputs.settings["as_of"])
    first, last = (
        int(frequency.ordinals(np.array([day], dtype="datetime64[D]"))[0])
        for day in (calendar.buckets[driver.first].start, calendar.buckets[driver.last].end - timedelta(days=1))
    )
    edge = int(frequency.ordinals(np.array([calendar.start], dtype="datetime64[D]"))[0])
    end = int(frequency.ordinals(np.array([calendar.end], dtype="datetime64[D]") - np.timedelta64(1, "D"))[0])
    periods = np.arange(edge, end + 1)
    inside = (periods >= first) & (periods <= last)
    records: list[dict[str, object]] = []
    for signal in read_signals(table[reached], frequency):
        for (product, location, channel), known in signal.scopes.items():
            found = known_values(
                known, signal.kind, np.datetime64(as_of, "D"), edge - 1, periods, frequency.season_length
            )
            planned = np.exp(found) if signal.logged else found
            assumed = np.where(inside, change(planned), planned)
            records += [
                {
                    **{"signal": signal.name, "kind": signal.kind, "product": product, "location": location},
                    **{"channel": channel, "period": day, "value": float(value)},
                    **{"available_from": as_of, "known_ahead": True, "source": "scenario"},
                }
                for day, value in zip(frequency.first_days(periods), assumed, strict=True)
                if np.isfinite(value) and (value > 0 or signal.kind not in LOGGED)
            ]
    ahead = reached & (frequency.ordinals(table["period"].to_numpy()) >= edge)
    both = pd.concat([table[~ahead], rows("signals", records)], ignore_index=True)
    return inputs.with_tables(signals=typed("signals", both))


def _frequency(history: pd.DataFrame) -> Frequency:
    names = history[["product", "location", "channel"]].astype(str).agg(" / ".join, axis=1).to_numpy()
    return infer_frequency(names, history["period"].to_numpy()) or Frequency(Unit.MONTH)
