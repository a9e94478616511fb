"""The benchmark of supply still runs, at a size that says nothing about speed, and what it compares agrees."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The benchmark as a module; what it sets in the environment is put back."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    for name in ("SOP_XL_CORES", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    spec = spec_from_file_location("benchmark_of_supply", BENCHMARKS / "supply.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "benchmark_of_supply", module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("part", ["small", "screening", "middle", "large", "simulation"])
def test_a_part_runs_and_what_it_compares_agrees(part: str, benchmark: ModuleType) -> None:
    """Differences and counts of what is wrong are judged; times and their ratios are not."""
    figures = list(benchmark.PARTS[part](benchmark.TOY))
    assert len(figures) > 1
    for figure in figures:
        if "difference" in figure.name or "below the optimum" in figure.name or "balance" in figure.name:
            assert figure.kept, str(figure)
