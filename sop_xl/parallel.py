"""Work spread over the cores of this machine, in order, with the same results as one after the other.

Another way of spreading, such as a cluster of machines (see :mod:`sop_xl.cluster`), takes its place inside
:func:`spread_by`; nothing that calculates knows the difference.

Processes are forked where the system can fork safely (Linux): they start in milliseconds and share what is loaded.
Work that is spread calculates and returns: it takes no lock that a thread of this process could have held. Elsewhere,
for little work, and while another thread spreads its own, everything runs in this process.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_PR_SET_PDEATHSIG = 1

_shared: dict[str, Any] = {}
_spreading = threading.Lock()
"""Held by the thread that spreads its work; others, and the processes it started, work one after the other."""


class Spreader(Protocol):
    """Another way to spread work: yields ``function(shared, item)`` for every item, in their order."""

    def __call__(self, function: Callable[[Any, Any], Any], shared: Any, items: Sequence[Any]) -> Iterator[Any]:
        """Yield the answers."""
        ...


_spreader: ContextVar[Spreader | None] = ContextVar("spreader", default=None)


@contextmanager
def spread_by(spreader: Spreader) -> Iterator[None]:
    """Let work inside be spread another way than over the cores of this machine."""
    token = _spreader.set(spreader)
    try:
        yield
    finally:
        _spreader.reset(token)


def cores() -> int:
    """Return how many cores this process may use; the environment variable SOP_XL_CORES sets a lower number."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = os.environ.get("SOP_XL_CORES", "")
    return min(available, int(wanted)) if wanted.isdigit() and int(wanted) > 0 else available


def in_order(
    function: Callable[[Any, Item], Answer], shared: Any, items: Sequence[Item], *, least: int = 2
) -> Iterator[Answer]:
    """Yield ``function(shared, item)`` for every item, in their order.

    Args:
        function: a function of a module; what it returns must be picklable.
        shared: handed to every call; inherited by the processes, pickled once for a cluster.
        items: what to work on; picklable.
        least: with fewer items everything runs in this process.
    """
    spreader = _spreader.get()
    if spreader is not None and len(items) >= least:
        yield from spreader(function, shared, items)
        return
    workers = min(cores(), len(items))
    if workers < 2 or len(items) < least or sys.platform != "linux" or not _spreading.acquire(blocking=False):
        yield from (function(shared, item) for item in items)
        return
    _shared["function"], _shared["value"] = function, shared
    try:
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(workers, mp_context=context, initializer=_end_with_parent) as pool:
            yield from pool.map(_call, items)
    finally:
        _shared.clear()
        _spreading.release()


def _end_with_parent() -> None:
    """Let the kernel end this worker when the process that started it is gone, however it went."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _call(item: Any) -> Any:
    return _shared["function"](_shared["value"], item)
