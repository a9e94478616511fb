"""The story: open a cycle, issue the books, have them filled, consolidate, commit, and issue the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sop_xl.demo.departments import submit_books
from sop_xl.demo.stage import GATHERED, ISSUED, SUBMITTED, Stage, together, write_new
from sop_xl.gather.demo.tables import demo_tables
from sop_xl.schema import frames
from sop_xl.schema.catalogue import FUNCTIONS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cycle of the demo has brought."""

    cycle: Mapping[str, Any]
    version: Mapping[str, Any]
    plan: Mapping[str, Any]
    verified: Mapping[str, Any]
    files: Mapping[str, Path]


def play(stage: Stage) -> Outcome:
    """Play one cycle: open it, fill and submit the books, consolidate, commit, write the pack and the next books."""
    count, cycle = open_cycle(stage)
    home = stage.folder / f"cycle-{count:02d}_{cycle['name']}"
    issued = write_books(stage, cycle, home / ISSUED)
    submit_books(stage, cycle, count, issued, home / SUBMITTED)
    plan, version = decide(stage, cycle)

    stage.step("Writing the executive pack")
    pack = home / f"executive_pack_{cycle['name']}.xlsx"
    write_new(pack, stage.client.pack(cycle["id"]))
    verified = stage.client.verify()
    stage.done(f"Executive pack written; chain of {verified['versions']} versions verified")

    following = start_cycle(stage, count + 1, follows=cycle["id"])
    books = write_books(stage, following, stage.folder / f"cycle-{count + 1:02d}_{following['name']}" / ISSUED)
    files = {
        "Executive pack": pack,
        "Data gathered": home / GATHERED,
        "Books issued": home / ISSUED,
        "Books submitted": home / SUBMITTED,
        "Next cycle's books": next(iter(books.values())).parent,
        "Server's store": stage.folder / "sop_xl.sqlite",
    }
    return Outcome(stage.client.cycle(cycle["id"]), version, plan, verified, files)


def open_cycle(stage: Stage) -> tuple[int, dict[str, Any]]:
    """Return the number and document of the cycle that is open, or of a first one created now."""
    existing = stage.client.cycles()
    if existing and existing[0]["state"] != "committed":
        cycle = existing[0]
        if cycle["state"] == "gathering":
            stage.step("Preparing the books again")
            if stage.client.wait(cycle["id"], stage.tell)["state"] == "idle":
                stage.client.issue(cycle["id"])
                stage.client.wait(cycle["id"], stage.tell)
        stage.done(f"Cycle {cycle['name']} is open (number {len(existing)} in this folder)")
        return len(existing), cycle
    follows = existing[0]["id"] if existing else ""
    return len(existing) + 1, start_cycle(stage, len(existing) + 1, follows=follows)


def start_cycle(stage: Stage, count: int, *, follows: str = "") -> dict[str, Any]:
    """Gather the data of a cycle, create it on the server and wait for its baseline and books."""
    stage.step(f"Gathering data for cycle {count}")
    tables = demo_tables(count)
    settings = dict(tables["settings"][["setting", "value"]].itertuples(index=False, name=None))
    name = _free_name(settings["cycle"], {cycle["name"] for cycle in stage.client.cycles()})
    files = {f"{table}.csv": _csv(table, frame) for table, frame in tables.items() if len(frame)}
    for file, data in files.items():
        write_new(stage.folder / f"cycle-{count:02d}_{name}" / GATHERED / file, data)
    cycle = stage.client.create_cycle(name, files, follows=follows)
    stage.client.wait(cycle["id"], stage.tell)
    sold = tables["history"]
    series = len(sold[["product", "location", "channel"]].drop_duplicates())
    stage.done(f"Cycle {name}: {len(sold):,} months of sales in {series} series gathered, checked and forecast")
    return cycle


def _free_name(name: str, taken: set[str]) -> str:
    number_of = 2
    free = name
    while free in taken:
        free, number_of = f"{name}-{number_of}", number_of + 1
    return free


def _csv(table: str, frame: pd.DataFrame) -> bytes:
    shaped = frames.typed(table, frame)
    flags = shaped.select_dtypes("bool").columns
    shown = shaped.assign(**{name: shaped[name].map({True: "yes", False: "no"}) for name in flags})
    return shown.to_csv(index=False, date_format="%Y-%m-%d").encode()


def write_books(stage: Stage, cycle: Mapping[str, Any], folder: Path) -> dict[str, Path]:
    """Download the six books of a cycle; files that are there already stay."""
    books = {function: folder / f"{function}_{cycle['name']}.xlsx" for function in FUNCTIONS}

    def write(function: str) -> str:
        if not books[function].exists():
            write_new(books[function], stage.team.of(function).book(cycle["id"], function))
        return function

    for position, function in enumerate(together(write)):
        stage.tell(position / len(FUNCTIONS), f"The {function} book is issued")
    stage.done(f"Six books issued for {cycle['name']}")
    return books


def decide(stage: Stage, cycle: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Consolidate, take the recommended scenario and commit it; return the plan's summary and the version."""
    stage.step("Consolidating")
    stage.client.consolidate(cycle["id"])
    state = stage.client.wait(cycle["id"], stage.tell)
    plan = stage.client.cycle(cycle["id"])["plan"]
    stage.done(f"Consolidated: {len(plan['scenarios'])} scenarios solved and compared")
    scenario = plan["recommendation"]["scenario"]
    reason = plan["recommendation"]["text"]
    version = stage.team.director.commit(cycle["id"], scenario=scenario, reason=reason, parent=state["version"])
    stage.done(f"Committed scenario '{scenario}' as version {version['hash'][:12]}")
    return plan, version
