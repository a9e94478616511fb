"""What the pages show of demand signals and of the assumptions ledger, as frozen values worked out before any HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from server.store import payload
from server.table_names import CYCLE, INPUTS
from sop_xl.govern.assumptions import SHARES
from sop_xl.schema.catalogue import EVERYWHERE
from sop_xl.schema.frames import empty, typed
from sop_xl.schema.plain import records

MOST_SERIES = 40

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SignalsPage:
    """What signals gain, and what they do.

    Attributes:
        signals: every signal with its kind, values, first and last period, and source.
        tested: series with signals.
        used: how many of them use their signals.
        without: mean WAPE of the series in use without signals, None where there are none.
        with_signals: the same with signals.
        added: units that signals add to the plan.
        effects: drivers by product, the largest change of the plan first.
        gains: series, those in use first, the largest gain first.
        uplifts: what past campaigns lifted.
    """

    signals: tuple[Row, ...]
    tested: int
    used: int
    without: float | None
    with_signals: float | None
    added: float
    effects: tuple[Row, ...]
    gains: tuple[Row, ...]
    uplifts: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class AssumptionsPage:
    """The ledger and how it turned out.

    Attributes:
        rows: assumptions, those with a result first, the newest test first, then the open ones by their day.
        whole: result over all functions; empty where there is no assumption.
        functions: result by function.
        owners: result by owner, as far as the reader may see it.
        shares: measures that are told in per cent.
    """

    rows: tuple[Row, ...]
    whole: Row
    functions: tuple[Row, ...]
    owners: tuple[Row, ...]
    shares: frozenset[str] = SHARES


def signals_page(content: bytes, *, with_inputs: bool) -> SignalsPage:
    """Return what the signals page shows of a version.

    Args:
        content: payload of the version.
        with_inputs: whether the reader may see the signals as they were given, beside what they do.
    """
    gain, effects = (_table(content, f"{CYCLE}{name}", name) for name in ("sensing_gain", "driver_effects"))
    given = _table(content, f"{INPUTS}signals", "signals") if with_inputs else empty("signals")
    listed = given.groupby(["signal", "kind", "source"], as_index=False).agg(
        values=("value", "size"), first=("period", "min"), last=("period", "max")
    )
    used = gain[gain["used"]]
    return SignalsPage(
        signals=tuple(records(listed)),
        tested=len(gain),
        used=len(used),
        without=float(used["wape_without"].mean()) if len(used) else None,
        with_signals=float(used["wape_with"].mean()) if len(used) else None,
        added=float(effects["planned_units"].sum()),
        effects=tuple(records(effects, MOST_SERIES)),
        gains=tuple(records(gain, MOST_SERIES)),
        uplifts=tuple(records(_table(content, f"{CYCLE}uplift_proposals", "uplift_proposals"))),
    )


def assumptions_page(content: bytes, may_see: Callable[[str], bool]) -> AssumptionsPage:
    """Return what the assumptions page shows of a version.

    Args:
        content: payload of the version.
        may_see: whether the reader may see how the assumptions of a person turned out.
    """
    ledger = _table(content, f"{INPUTS}assumptions", "assumptions")
    scores = _table(content, f"{CYCLE}assumption_scores", "assumption_scores")
    scored = ledger["status"] != "open"
    done = ledger[scored].sort_values("test_date", ascending=False, kind="stable")
    to_come = ledger[~scored].sort_values("test_date", kind="stable")
    by_owner = records(scores[scores["owner"] != EVERYWHERE])
    whole = records(scores[scores["function"] == EVERYWHERE])
    return AssumptionsPage(
        rows=tuple(records(pd.concat([done, to_come], ignore_index=True))),
        whole=whole[0] if whole else {},
        functions=tuple(records(scores[(scores["owner"] == EVERYWHERE) & (scores["function"] != EVERYWHERE)])),
        owners=tuple(row for row in by_owner if may_see(row["owner"])),
    )


def _table(content: bytes, stored: str, name: str) -> pd.DataFrame:
    found = payload.table(content, stored)
    return empty(name) if found is None else typed(name, found.to_pandas())
