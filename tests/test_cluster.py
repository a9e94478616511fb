"""Work spread over a cluster gives the numbers of one machine: a real Dask cluster on loopback, a real fugue engine."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from distributed import Client, LocalCluster

from sop_xl import cluster
from sop_xl.cluster import ClusterProblem, dask_spreader, engine, fugue_spreader
from sop_xl.demand.baseline import forecast
from sop_xl.parallel import in_order, spread_by


@pytest.fixture(scope="module")
def loopback() -> Iterator[LocalCluster]:
    """A scheduler and two workers of their own, listening on 127.0.0.1."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, host="127.0.0.1", protocol="tcp", dashboard_address=None
    ) as found:
        yield found


def portfolio(series: int = 90, periods: int = 36) -> pd.DataFrame:
    """Regular, short and intermittent series: more than the three chunks from which work is spread."""
    rng = np.random.default_rng(0)
    stamps = pd.date_range("2020-01-01", periods=periods, freq="MS")
    parts = []
    for i in range(series):
        level = 100 + 20 * np.sin(2 * np.pi * np.arange(periods) / 12) + rng.normal(0, 5, periods)
        y = rng.poisson(0.3, periods) * 4.0 if i % 2 else level
        first = 24 if i % 10 == 0 else 0
        parts.append(pd.DataFrame({"unique_id": f"S{i:03d}", "ds": stamps[first:], "y": y[first:]}))
    return pd.concat(parts, ignore_index=True)


def assert_same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    assert one[["unique_id", "ds", "method"]].equals(other[["unique_id", "ds", "method"]])
    numbers = ["forecast", "p10", "p50", "p90"]
    assert np.allclose(one[numbers], other[numbers], rtol=1e-6, atol=1e-6)


def test_a_forecast_on_dask_is_that_of_this_machine(loopback: LocalCluster) -> None:
    history = portfolio()
    here = forecast(history, 6).frame
    with engine(loopback.scheduler_address.replace("tcp://", "dask://")):
        there = forecast(history, 6).frame
    assert_same(here, there)


def test_a_forecast_by_fugue_is_that_of_this_machine() -> None:
    history = portfolio(70)
    with spread_by(fugue_spreader("native")):
        there = forecast(history, 6).frame
    assert_same(forecast(history, 6).frame, there)


def slow_square(shared: list[int], item: int) -> tuple[int, int]:
    import time

    time.sleep(0.02 if item % 3 == 0 else 0)
    return sum(shared), item * item


def test_answers_come_in_the_order_of_the_work_and_what_is_shared_is_known_to_all(loopback: LocalCluster) -> None:
    with Client(loopback) as client, spread_by(dask_spreader(client)):
        answers = list(in_order(slow_square, [1, 2, 3], range(40)))
    assert answers == [(6, item * item) for item in range(40)]
    assert list(in_order(slow_square, [1], range(3))) == [(1, 0), (1, 1), (1, 4)]


def failing(shared: None, item: int) -> int:
    if item == 5:
        raise ZeroDivisionError("item 5")
    return item


def test_a_failure_on_a_worker_is_a_failure_here(loopback: LocalCluster) -> None:
    with Client(loopback) as client, spread_by(dask_spreader(client)), pytest.raises(ZeroDivisionError, match="item 5"):
        list(in_order(failing, None, range(9)))


def test_workers_of_another_version_are_refused(loopback: LocalCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    with Client(loopback) as client:
        monkeypatch.setattr(cluster, "_version", _older)
        with pytest.raises(ClusterProblem, match=r"version 0\.0\.1 of sop_xl"):
            cluster._check_workers(client, "here")


def _older() -> str:
    return "0.0.1"


def test_nobody_answering_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 0.5)
    with pytest.raises(ClusterProblem, match=r"dask scheduler --port 9"), engine("dask://127.0.0.1:9"):
        pass


@pytest.mark.parametrize("name", ["Dask", "dusk", "processes://here", "ray://head"])
def test_an_unknown_engine_is_named(name: str) -> None:
    with pytest.raises(ValueError, match="there are processes, dask"):
        engine(name)
