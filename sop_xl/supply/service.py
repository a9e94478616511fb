"""How demand was served: on time, late or never, unit by unit."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple


class Service(NamedTuple):
    """What became of the demand of each bucket: on time + late + lost = demand."""

    on_time: list[float]
    late: list[float]
    lost: list[float]


def served(demand: Sequence[float], delivered: Sequence[float]) -> Service:
    """Return what became of the demand of each bucket.

    Deliveries first meet the demand of their own bucket, then the oldest that waits. Demand that no delivery reaches
    before the horizon ends is lost, in the bucket in which it was asked; all else that waited is late.
    """
    on_time = [min(asked, came) for asked, came in zip(demand, delivered, strict=True)]
    late = [0.0] * len(on_time)
    waiting: deque[list[float]] = deque()
    for t, (asked, came) in enumerate(zip(demand, delivered, strict=True)):
        left = came - on_time[t]
        while left > 0 and waiting:
            bucket, units = waiting[0]
            taken = min(units, left)
            late[int(bucket)] += taken
            left -= taken
            if taken >= units:
                waiting.popleft()
            else:
                waiting[0][1] = units - taken
        if asked > on_time[t]:
            waiting.append([t, asked - on_time[t]])
    lost = [max(0.0, asked - soon - later) for asked, soon, later in zip(demand, on_time, late, strict=True)]
    return Service(on_time, late, lost)
