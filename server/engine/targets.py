"""What the committed plan of one cycle becomes in the next: targets, prior commitments, and inputs taken over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from server.table_names import PLAN, TARGETS
from sop_xl.gather.inputs import make_calendar
from sop_xl.gather.references import complete_masters
from sop_xl.gather.settings import read_settings
from sop_xl.model.calendar import Calendar
from sop_xl.schema import frames
from sop_xl.schema.catalogue import tables as shapes
from sop_xl.schema.parse import Parsed

_OF_ONE_CYCLE = ("comments", "sign_off", "supply_response")
_PAST = ("history", "actuals", "signals", "calendar")
_VALID_ON = ("price_cost", "fx", "account_changes", "pipeline", "scenario_drivers", "options")
"""Tables in which a row from before the horizon goes on being valid."""

_MEASURES = {
    "sales": (("sales_plan", "sales, units"), ("revenue", "revenue")),
    "marketing": (("sales_plan", "sales, units"), ("revenue", "revenue")),
    "product": (("sales_plan", "sales, units"), ("gross_margin", "gross margin")),
    "operations": (("production_plan", "production, units"), ("stock_plan", "closing stock, units")),
    "finance": (("revenue", "revenue"), ("gross_margin", "gross margin"), ("stock_plan", "closing stock, units")),
    "executive": (("gross_margin", "gross margin"), ("revenue", "revenue"), ("sales_plan", "sales, units")),
}
_MOST_FAMILIES = 25

Tables = Mapping[str, pd.DataFrame]


def carried_over(before: Tables, sent: Tables, *, baseline_made: bool) -> dict[str, pd.DataFrame]:
    """Return the inputs of the next cycle: what was sent, and the rest from the cycle before.

    The assumptions ledger keeps every row of the cycles before: results stand, and what is open is still tested.
    Settings sent replace those of the same name alone. A baseline that was made from the history is made anew. What
    belonged to one cycle (comments, sign-off, decisions taken) is left behind, and so are rows for buckets that have
    passed.
    """
    tables = {**before, **sent}
    if "settings" in sent and "settings" in before:
        kept = before["settings"][~before["settings"]["setting"].isin(set(sent["settings"]["setting"]))]
        tables["settings"] = pd.concat([kept, sent["settings"]], ignore_index=True)
    if "assumptions" in sent and "assumptions" in before:
        tables["assumptions"] = _ledger(before["assumptions"], sent["assumptions"])
    for name in _OF_ONE_CYCLE:
        if name not in sent:
            tables[name] = frames.empty(name)
    if baseline_made and "baseline" not in sent:
        tables["baseline"] = frames.empty("baseline")
    if "decisions" not in sent and "decisions" in tables:
        still_open = tables["decisions"]["outcome"].isin(["open", "deferred"])
        tables["decisions"] = tables["decisions"][still_open].reset_index(drop=True)
    start = _start(tables)
    if start is None:
        return tables
    return {name: frame if name in sent else _from(name, frame, start) for name, frame in tables.items()}


def _ledger(before: pd.DataFrame, sent: pd.DataFrame) -> pd.DataFrame:
    """Return the rows sent, but for those that have a result already, then the others of the cycle before."""
    scored = before[before["status"] != "open"]
    new = sent[~sent["assumption_id"].isin(scored["assumption_id"])]
    rest = before[~before["assumption_id"].isin(new["assumption_id"])]
    return pd.concat([new, rest], ignore_index=True)


def _start(tables: Tables) -> pd.Timestamp | None:
    settings, issues = read_settings(Parsed(dict(tables)))
    calendar = None if issues else make_calendar(complete_masters(tables), settings)[0]
    return None if calendar is None else pd.Timestamp(calendar.start)


def _from(name: str, frame: pd.DataFrame, start: pd.Timestamp) -> pd.DataFrame:
    if name in _PAST or name in _VALID_ON:
        return frame
    for column in shapes()[name].columns:
        if column.type == "period" and column.name in shapes()[name].keys:
            frame = frame[~(frame[column.name] < start)]
    return frame.reset_index(drop=True)


def family_plan(committed: Tables) -> pd.DataFrame:
    """Return a committed plan by family and bucket: units sold, made and in stock, revenue and gross margin."""
    money = committed[f"{PLAN}profit_and_loss"]
    family_of = dict(zip(committed["inputs/products"]["product"], committed["inputs/products"]["family"], strict=True))
    stock = committed[f"{PLAN}inventory_plan"]
    stock = stock.assign(family=stock["product"].map(family_of), made=stock["produced"] + stock["outsourced"])
    keys = ["family", "period"]
    parts = [
        money.groupby(keys)[["revenue", "gross_margin"]].sum(),
        committed[f"{PLAN}sales_plan"].groupby(keys)["delivered"].sum().rename("sales_plan"),
        stock.groupby(keys)["made"].sum().rename("production_plan"),
        stock.groupby(keys)["closing_stock"].sum().rename("stock_plan"),
    ]
    return pd.concat(parts, axis=1).reset_index().sort_values(keys, ignore_index=True)


def target_tables(committed: Tables) -> dict[str, pd.DataFrame]:
    """Return what the next cycle keeps of a committed plan: its profit and loss, and its plan by family."""
    return {
        f"{TARGETS}profit_and_loss": committed[f"{PLAN}profit_and_loss"],
        f"{TARGETS}family_plan": family_plan(committed),
    }


def reference(function: str, plan: pd.DataFrame, calendar: Calendar) -> dict[str, float | str]:
    """Return the committed targets of a function for the sheet Home: totals, then its first measure by family.

    Only buckets of the calendar count; stock is that of the last of them.

    Args:
        function: whose book it is.
        plan: the committed plan by family, see :func:`family_plan`.
        calendar: buckets of the new cycle.
    """
    starts = {pd.Timestamp(bucket.start): bucket.label for bucket in calendar.buckets}
    ahead = plan[plan["period"].isin(starts)]
    if ahead.empty:
        return {}
    span = f"{starts[ahead['period'].min()]} to {starts[ahead['period'].max()]}"
    found: dict[str, float | str] = {"Committed in the cycle before for": span}
    measures = _MEASURES.get(function, _MEASURES["executive"])
    last = ahead[ahead["period"] == ahead["period"].max()]
    for name, label in measures:
        found[f"Committed {label}"] = float((last if name == "stock_plan" else ahead)[name].sum())
    name, label = measures[0]
    for family, units in ahead.groupby("family")[name].sum().sort_values(ascending=False).head(_MOST_FAMILIES).items():
        found[f"Committed {label}, {family}"] = float(units)
    return found


def committed_targets(committed: Tables, actuals: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    """Return ``actuals`` with the committed plan of the months that have passed in its plan columns.

    A month that has passed without actuals gets a row of its own: the plan is known, what happened is not.
    """
    plan = family_plan(committed)
    past = plan[plan["period"] < pd.Timestamp(calendar.start)]
    if past.empty:
        return actuals
    columns = ["sales_plan", "production_plan", "stock_plan"]
    merged = actuals.merge(
        past[["family", "period", *columns]], on=["family", "period"], how="outer", suffixes=("", "_new")
    )
    for column in columns:
        merged[column] = merged[f"{column}_new"].combine_first(merged[column])
    own = merged[list(actuals.columns)].sort_values(["family", "period"], ignore_index=True)
    return frames.typed("actuals", own)


def prior_commitments(committed: Tables, decided: Mapping[str, Any]) -> pd.DataFrame:
    """Return the commitments the next cycle looks back on: the plan itself, decisions taken, and what was still open.

    Args:
        committed: tables of the committed version.
        decided: ``cycle``, ``scenario``, ``author``, ``reason`` and ``hash`` of the commitment, and its ``actions`` as
            they stand: those done or withdrawn are left behind.
    """
    plan = {
        "commitment": f"PLAN {decided['cycle']}",
        "text": f"Plan of {decided['cycle']}, scenario '{decided['scenario']}': {decided['reason']}",
        "owner": decided["author"],
        "status": "open",
        "evidence": f"version {decided['hash'][:12]}",
    }
    taken = committed.get("inputs/decisions", frames.empty("decisions"))
    decisions = [
        {
            "commitment": row["decision"],
            "text": f"{row['question']} Decided: {row['decided_option'] or row['recommendation']}".strip(),
            "owner": row["decider"],
            "due": row["deadline"],
            "status": "open",
        }
        for row in taken[taken["outcome"] == "decided"].to_dict("records")
    ]
    earlier = committed.get("inputs/prior_commitments", frames.empty("prior_commitments"))
    open_still = earlier[earlier["status"].isin(["open", "late"])].to_dict("records")
    unique = {str(row["commitment"]): row for row in [*open_still, *decisions, plan]}
    for action in decided.get("actions", ()):
        unique.pop(action["commitment"], None)
        if action["status"] in ("open", "late"):
            due = pd.Timestamp(action["due"]) if action["due"] else pd.NaT
            unique[action["commitment"]] = {**action, "due": due}
    return frames.rows("prior_commitments", unique.values())
