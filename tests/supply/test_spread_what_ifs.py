"""What-ifs and scenarios spread over a process pool or a Dask cluster have the numbers of one process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple

import pandas as pd
import pytest
from distributed import LocalCluster

from sop_xl.cluster import engine
from sop_xl.cycle import plan_inputs, solve_scenario
from sop_xl.parallel import in_order
from sop_xl.scenario.scenario import Driver, Scenario
from sop_xl.supply.explain import Explain
from sop_xl.supply.network import network
from sop_xl.supply.sweep import prepare, sweep

from .test_sweep import drawn, factory


@pytest.fixture(scope="module")
def loopback() -> Iterator[str]:
    """The name of an engine: a Dask scheduler and two workers of their own on 127.0.0.1."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, host="127.0.0.1", protocol="tcp", dashboard_address=None
    ) as found:
        yield found.scheduler_address.replace("tcp://", "dask://")


def test_what_ifs_on_dask_and_in_a_pool_are_those_of_one_process(
    loopback: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every number of an outcome: objective, units delivered, lost and late."""
    plan = prepare(network(factory(), factory()["demand"]))
    variations = drawn(plan.network, 12)
    monkeypatch.setattr("sop_xl.supply.sweep.TOGETHER", 4)

    def numbers() -> list[tuple[object, ...]]:
        return [astuple(outcome) for outcome in sweep(plan, variations)]

    monkeypatch.setenv("SOP_XL_CORES", "1")
    alone = numbers()
    monkeypatch.setenv("SOP_XL_CORES", "2")
    assert numbers() == alone
    with engine(loopback):
        assert numbers() == alone


def test_scenarios_on_dask_are_those_of_one_process(loopback: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table of every scenario, to the last bit: they are stored, and replayed on other machines."""
    monkeypatch.setenv("SOP_XL_CORES", "1")
    plan = plan_inputs(factory(), explain=Explain.NOTHING)
    moved = [
        Scenario(name, name, drivers=(Driver(driver, "ALL", value, 0, 3, whole=True),))
        for name, driver, value in (
            ("more", "demand_pct", 0.2),
            ("less", "demand_pct", -0.2),
            ("hours", "capacity_pct", -0.1),
            ("dearer", "price_pct", 0.05),
        )
    ]
    alone = list(in_order(solve_scenario, plan, moved))
    with engine(loopback):
        there = list(in_order(solve_scenario, plan, moved))
    for one, other in zip(alone, there, strict=True):
        assert one.plan.objective == other.plan.objective
        for name, table in one.plan.tables.items():
            pd.testing.assert_frame_equal(table, other.plan.tables[name], check_exact=True, obj=name)
