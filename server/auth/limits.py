"""How many requests a minute someone may make; counted in this process, minute by minute."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from server.problems import Problem

_MOST_KEYS = 20_000


@dataclass(slots=True)
class Limiter:
    """Counts requests by whoever makes them."""

    clock: Callable[[], float] = time.monotonic
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)
    _minute: int = -1
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, kind: str, who: str, most: int) -> None:
        """Count a request of a kind.

        Raises:
            Problem: *too-many-requests* where there were more than ``most`` this minute; 0 stands for no limit.
        """
        if not most:
            return
        now = self.clock()
        minute = int(now // 60)
        with self._lock:
            if minute != self._minute or len(self._counts) > _MOST_KEYS:
                self._counts.clear()
                self._minute = minute
            counted = self._counts[kind, who] = self._counts.get((kind, who), 0) + 1
        if counted > most:
            wait = int(60 - now % 60) + 1
            raise Problem.of("too-many-requests", f"At most {most} a minute are answered.", retry_after=wait)
