"""One file reproduces a plan on another machine: from what people sent to the same hash, or it says where not."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from conftest import CYCLE, Site, cycle_form
from small_company import tables, zipped

from server.replay import DIFFERENT, FAILED, NOTHING, SAME, Step, replay
from server.store import cycles, payload, plan_file, versions
from server.store.canonical import sha256
from server.store.database import open_database
from server.store.plan_file import NoPlanFile, PlanFile

ROOT = Path(__file__).resolve().parents[2]
MAIN = [sys.executable, "-m", "server"]


def committed(site: Site) -> versions.Version:
    """Commit the base plan of a consolidated cycle."""
    head = site.get(f"/cycles/{CYCLE}")["versions"][-1]["hash"]
    decision = {"scenario": "base", "reason": "It is the plan.", "expected_parent": head}
    stored = site.post(f"/cycles/{CYCLE}/commit", 201, json=decision)
    with site.context.database.read() as connection:
        found = versions.find(connection, stored["hash"])
    assert found is not None
    return found


@pytest.fixture
def exported(planned: Site) -> PlanFile:
    """The committed plan of the small company, exported."""
    version = committed(planned)
    with planned.context.database.read() as connection:
        return plan_file.collect(connection, version)


def run(plan: PlanFile) -> list[Step]:
    return list(replay(plan, seconds=120.0))


def test_a_committed_plan_is_reproduced_from_the_files_people_sent(exported: PlanFile) -> None:
    assert [version.kind for version in exported.versions] == ["issued", "consolidated", "committed"]
    assert [s.function for s in exported.submissions] == ["data", "sales", "finance"]
    assert all(s.sha256 in exported.contents for s in exported.submissions)
    steps = run(plan_file.unpack(plan_file.pack(exported)))
    assert [(step.outcome, step.details) for step in steps] == [(SAME, ())] * 6
    assert steps[-1].recorded == exported.head


def test_data_that_started_two_cycles_are_taken_along_once(planned: Site) -> None:
    content = zipped(tables())
    planned.post("/cycles", 201, data=cycle_form(content, "A second try"))
    second = planned.get("/cycles")
    (other,) = [row["id"] for row in second if row["id"] != CYCLE]
    assert planned.done(other)["state"] == "done"
    version = committed(planned)
    with planned.context.database.read() as connection:
        plan = plan_file.collect(connection, version)
    assert [(s.function, s.cycle_id) for s in plan.submissions if s.function == "data"] == [("data", CYCLE)]
    assert {v.cycle_id for v in plan.versions} == {CYCLE}


def test_the_same_version_exports_to_the_same_bytes(exported: PlanFile, planned: Site) -> None:
    with planned.context.database.read() as connection:
        version = versions.find(connection, exported.head)
        assert version is not None
        assert plan_file.pack(plan_file.collect(connection, version)) == plan_file.pack(exported)


def test_a_step_that_gives_other_values_is_named_with_the_tables_that_differ(exported: PlanFile) -> None:
    """A commitment recorded with another capacity than that of the plan it was chosen from does not come out again."""
    plan = exported.versions[2]
    tables = payload.unpack(exported.contents[plan.payload_sha256])
    resources = tables["inputs/resources"]
    forged = payload.pack({**tables, "inputs/resources": resources.assign(hours_per_shift=9.0)})
    digest = sha256(forged)
    claimed = replace(plan, payload_sha256=digest, content_sha256=payload.content_hash(forged))
    claimed = replace(claimed, hash=claimed.recomputed_hash())
    steps = run(replace(exported, versions=(claimed,), submissions=(), contents={**exported.contents, digest: forged}))
    assert [step.outcome for step in steps] == [DIFFERENT]
    assert steps[0].details == ("inputs/resources: hours_per_shift: by up to 1",)


def test_a_solve_that_ran_out_of_time_is_named_as_the_likely_reason_of_a_difference(
    exported: PlanFile, tmp_path: Path
) -> None:
    """The recorded plan has another stock than comes out now, and says that its solver had stopped on the clock."""
    plan = exported.versions[1]
    tables = payload.unpack(exported.contents[plan.payload_sha256])
    stock = tables["scenarios/base/inventory_plan"]
    other = payload.pack({**tables, "scenarios/base/inventory_plan": stock.assign(closing_stock=7.0)})
    digest = sha256(other)
    late = [{**row, "status": "time limit"} for row in plan.summary["comparison"] if row["scenario"] == "base"]
    claimed = replace(
        plan,
        payload_sha256=digest,
        content_sha256=payload.content_hash(other),
        summary={**plan.summary, "comparison": late},
    )
    claimed = replace(claimed, hash=claimed.recomputed_hash())
    forged = replace(
        exported,
        head=claimed.hash,
        versions=(claimed,),
        submissions=(),
        contents={**exported.contents, digest: other},
    )
    (step,) = run(forged)
    assert (step.outcome, step.out_of_time) == (DIFFERENT, (late[0]["title"],))
    file = tmp_path / "late.sopplan"
    file.write_bytes(plan_file.pack(forged))
    told = subprocess.run([*MAIN, "replay", str(file)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert f"the solver ran out of time (setting solver_seconds) in: {late[0]['title']}." in told.stdout


def test_what_cannot_be_calculated_is_said_and_not_passed(exported: PlanFile) -> None:
    issued = exported.versions[0]
    broken = replace(issued, recipe={**issued.recipe, "blobs": {"tables": issued.payload_sha256}})
    unknown = replace(issued, recipe={})
    steps = run(replace(exported, versions=(broken, unknown), submissions=()))
    assert [(step.outcome, step.reproduced) for step in steps] == [(FAILED, False), (NOTHING, True)]


def changed(content: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return sink.getvalue()


def test_a_plan_file_that_was_changed_is_refused(exported: PlanFile) -> None:
    content = plan_file.pack(exported)
    some = sorted(exported.contents)[0]

    def other_bytes(members: dict[str, bytes]) -> None:
        members[f"blobs/{some}"] += b"x"

    def without_bytes(members: dict[str, bytes]) -> None:
        del members[f"blobs/{exported.versions[-1].payload_sha256}"]

    def other_author(members: dict[str, bytes]) -> None:
        members["manifest.json"] = members["manifest.json"].replace(b'"author":"', b'"author":"not ')

    def without_head(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        members["manifest.json"] = json.dumps({**manifest, "versions": manifest["versions"][:-1]}).encode()

    def later(members: dict[str, bytes]) -> None:
        members["manifest.json"] = members["manifest.json"].replace(b'"format":1', b'"format":2')

    for change, problem in (
        (other_bytes, "were changed"),
        (without_bytes, "are missing"),
        (other_author, "its data do not give its hash"),
        (without_head, "named after is not in it"),
        (later, "later version of the program"),
    ):
        with pytest.raises(NoPlanFile, match=problem):
            plan_file.unpack(changed(content, change))
    for nothing in (b"", b"PK", content[: len(content) // 2], changed(content, lambda members: members.clear())):
        with pytest.raises(NoPlanFile, match="no plan exported"):
            plan_file.unpack(nothing)


def test_a_plan_is_exported_and_replayed_by_command(planned: Site, tmp_path: Path) -> None:
    version = committed(planned)
    database = planned.context.database.engine.url.render_as_string(hide_password=False)
    file = tmp_path / "july.sopplan"
    command = [*MAIN, "export", "--db", database, version.hash[:8], "--out", str(file)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"committed version {version.hash} → {file} (3 versions, 3 files people sent" in told.stdout
    checked = subprocess.run(
        [*MAIN, "replay", "--check-only", str(file)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )
    assert f"Head {version.hash}" in checked.stdout
    file.write_bytes(b"PK")
    refused = subprocess.run([*MAIN, "replay", str(file)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert refused.returncode == 1 and "no plan exported by this program" in refused.stderr


def test_a_version_nobody_recorded_a_recipe_for_is_exported_as_it_is(store_url: str) -> None:
    database = open_database(store_url)
    with database.write() as connection:
        cycle = cycles.add(connection, name="2026-07", author="me", at="2026-07-01T08:00:00Z", config={})
        stored = versions.append(
            connection,
            cycle_id=cycle.id,
            kind="issued",
            author="me",
            message="",
            at="2026-07-01T08:00:00Z",
            content=payload.pack({"inputs/demand": pd.DataFrame({"product": ["P1"], "units": [1.5]})}),
            summary={},
            expected_parent="",
        )
        plan = plan_file.unpack(plan_file.pack(plan_file.collect(connection, stored)))
    database.close()
    assert plan.versions == (stored,)
    assert [step.outcome for step in run(plan)] == [NOTHING]
