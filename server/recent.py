"""What was read last and never changes: versions, payloads and their documents, kept in memory up to a size."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

_MOST_BYTES = 64 * 1024 * 1024


@dataclass(slots=True)
class Recent:
    """Values by key, those used longest ago let go first.

    Only what is named by a hash of its content may be kept: nothing here is ever brought up to date.
    """

    most_bytes: int = _MOST_BYTES
    _kept: OrderedDict[Hashable, tuple[Any, int]] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Hashable, make: Callable[[], tuple[Any, int]]) -> Any:
        """Return the value of a key; where it is not here, ``make`` gives it with its size in bytes."""
        with self._lock:
            known = self._kept.get(key)
            if known is not None:
                self._kept.move_to_end(key)
                return known[0]
        value, size = make()
        with self._lock:
            if key not in self._kept and size <= self.most_bytes // 4:
                self._kept[key] = value, size
                self._bytes += size
                while self._bytes > self.most_bytes:
                    self._bytes -= self._kept.popitem(last=False)[1][1]
        return value
