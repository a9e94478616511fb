"""Measure what supply planning promises: first solves, what-ifs, screening, large plans, splits and simulation.

Run from anywhere: ``python benchmarks/supply.py`` (about three minutes of CPU), ``--only small`` for one of *small*,
*screening*, *middle*, *large*, *simulation*, *spreadsheet*. Every figure is CPU time of this process and its children;
what is compared runs in the same run. Each line says what was measured, the figure, and the promise it is held against;
the exit status is 1 where one is broken.

- *small*: 20 families, 3 sites, 18 months, 10 resources. Plain PuLP with CBC, model built and solved anew for every
  what-if (a sample of them is timed), against 200 what-ifs on one handle. Every objective of the sample is compared.
- *screening*: 1,000 what-ifs of the same plan bounded by dual cuts.
- *middle*: 200 families, 10 sites, 36 months, 50 resources; and five families changed.
- *large*: the same families with 2,000 products: added up, solved, split, against the families alone, both with tables.
- *simulation*: 100,000 paths of 20 families × 18 months.
- *spreadsheet*: a plan of about 2,600 variables in LibreOffice's solver, where it is installed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["SOP_XL_CORES"] = "1"
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np
import pulp
from spreadsheet_solver import solve_in_a_spreadsheet
from supply_models import MIDDLE, SMALL, Size, reference, with_products

from sop_xl.supply.demand_draws import QuantilePaths
from sop_xl.supply.elements import Network
from sop_xl.supply.explain import Explain
from sop_xl.supply.family_plan import solve_by_family
from sop_xl.supply.first_basis import first_start
from sop_xl.supply.model import Model, state
from sop_xl.supply.network import network
from sop_xl.supply.persistent import Held, Solution
from sop_xl.supply.plan import solve
from sop_xl.supply.program import program_of
from sop_xl.supply.screening import cuts_of, least
from sop_xl.supply.simulation import Disturbances, Twin, simulate
from sop_xl.supply.sweep import Sweep, prepare, solve_one, sweep
from sop_xl.supply.variation import Variation, varied


@dataclass(frozen=True)
class Scale:
    """How large the measured plans are, and how much is measured: what-ifs, a sample of them, worlds, repetitions."""

    small: Size
    middle: Size
    products_per_family: int
    what_ifs: int
    sample: int
    screened: int
    paths: int
    best_of: int


FULL = Scale(SMALL, MIDDLE, 10, what_ifs=200, sample=8, screened=1_000, paths=100_000, best_of=3)
TOY = Scale(
    replace(SMALL, families=3, sites=2, periods=6, resources=4),
    replace(MIDDLE, families=4, sites=2, periods=6, resources=4),
    products_per_family=3,
    what_ifs=8,
    sample=2,
    screened=12,
    paths=200,
    best_of=1,
)
"""For a test that the parts run; figures at this size say nothing."""


@dataclass(frozen=True)
class Figure:
    """A measured figure, and the promise: at least, or at most, so much; None where there is none."""

    name: str
    value: float
    unit: str = ""
    least: float | None = None
    most: float | None = None

    @property
    def kept(self) -> bool:
        """True where the promise is kept."""
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)

    def __str__(self) -> str:
        promise = f"at least {self.least:g}" if self.least is not None else ""
        promise = f"at most {self.most:g}" if self.most is not None else promise
        return f"  {self.name:<66} {self.value:>12.6g} {self.unit:<5} {promise:<16} {'' if self.kept else 'BROKEN'}"


def cpu() -> float:
    """CPU seconds of this process and of children that have ended."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def timed(work: Callable[[], Any], times: int = 1) -> tuple[float, Any]:
    """CPU seconds of some work, the least of so many times, and what it returned the last time."""
    taken = []
    for _ in range(times):
        before = cpu()
        done = work()
        taken.append(cpu() - before)
    return min(taken), done


def what_ifs(plan: Sweep, count: int, seed: int = 1) -> list[Variation]:
    """Demand of the company and of one family moves in all; in turn a price, a resource or a supplier besides."""
    rng, n = np.random.default_rng(seed), plan.network
    family = np.array([s.product for s in n.series])
    names = sorted(set(family))
    found = []
    for k in range(count):
        demand = plan.numbers["demand"] * rng.uniform(0.85, 1.15)
        demand[family == names[rng.integers(len(names))]] *= rng.uniform(0.8, 1.2)
        more: dict[str, np.ndarray] = {}
        if k % 4 == 1:
            more["regular"] = plan.numbers["regular"].copy()
            start = rng.integers(len(n.lengths) - 1)
            more["regular"][rng.integers(len(n.resources)), start : start + 2] *= 0.5
        if k % 4 == 2:
            more["price"] = np.zeros_like(demand)
            more["price"][family == names[rng.integers(len(names))]] = rng.choice([-0.1, -0.05, 0.05])
        if k % 4 == 3:
            more["supply"] = plan.numbers["supply"].copy()
            start = rng.integers(len(n.lengths) - 2)
            more["supply"][rng.integers(len(n.suppliers)), start : start + 3] *= 0.3
        found.append(Variation(f"w{k}", demand=demand, **more))
    return found


def plain(problem: pulp.LpProblem) -> pulp.LpProblem:
    """The same model written the plain way of PuLP: a variable, an lpSum and a comparison at a time."""
    model = pulp.LpProblem("plain", pulp.LpMinimize)
    own = {id(v): pulp.LpVariable(v.name, v.lowBound, v.upBound, v.cat) for v in problem.variables()}
    model += pulp.lpSum(price * own[id(v)] for v, price in problem.objective.items())
    for row in problem.constraints():
        left, right = pulp.lpSum(factor * own[id(v)] for v, factor in row.expr.items()), -row.constant
        model += (left == right if row.sense == 0 else left <= right if row.sense < 0 else left >= right), row.name
    return model


def by_cbc(problem: pulp.LpProblem) -> tuple[float, float, float]:
    """CPU seconds of building plainly and of solving by CBC, and the optimum as CBC itself prints it."""
    building, model = timed(lambda: plain(problem))
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        solver = pulp.PULP_CBC_CMD(msg=False, keepFiles=True)
        solving, _ = timed(lambda: model.solve(solver))
        first = (Path(folder) / "plain-pulp.sol").read_text().splitlines()[0]
    return building, solving, float(first.split("objective value")[1]) + problem.objective.constant


def small(scale: Scale) -> Iterator[Figure]:
    inputs = reference(scale.small)
    n = network(inputs, inputs["demand"])
    building, model = timed(lambda: state(n), scale.best_of)
    first, (held, solution) = timed(lambda: _first_solve(n, model), scale.best_of)
    print(f"  columns × rows: {len(held.program.cost):,} × {len(held.program.row_lower):,}")
    build_plain, solve_plain, optimum = map(
        min, zip(*(by_cbc(model.problem) for _ in range(scale.best_of)), strict=True)
    )
    yield Figure("building the model", building, "s")
    yield Figure("first solve, with the hand-over to HiGHS", first, "s")
    from_nothing, _ = timed(lambda: Held(program_of(model.problem)).solve(60), scale.best_of)
    yield Figure("hand-over and solve from nothing, by interior point", from_nothing, "s")
    yield Figure("building in parts of the solve from nothing", building / from_nothing, "", most=1 / 3)
    yield Figure("building in parts of the first solve (it starts from a guess)", building / first, "")
    yield Figure("plain PuLP: building", build_plain, "s")
    yield Figure("plain PuLP: CBC", solve_plain, "s")
    yield Figure("first solve: PuLP's CBC / hand-over + HiGHS", solve_plain / first, "×", least=2)
    yield Figure(
        "first plan: plain PuLP + CBC / build + solve", (build_plain + solve_plain) / (building + first), "×", least=2
    )
    yield Figure("first: largest relative difference", abs(solution.objective / optimum - 1), "", most=1e-9)
    seconds, plan = timed(lambda: prepare(n))
    variations = what_ifs(plan, scale.what_ifs)
    sweeping, outcomes = timed(lambda: sweep(plan, variations))
    rebuilt, worst = 0.0, 0.0
    sample = range(0, scale.what_ifs, scale.what_ifs // scale.sample)
    for k in sample:
        stated = state(varied(n, variations[k])).problem
        build_plain, solve_plain, optimum = by_cbc(stated)
        rebuilt += build_plain + solve_plain
        worst = max(worst, abs(-outcomes[k].objective / optimum - 1))
    yield Figure("preparing for what-ifs (stated, solved, proved)", seconds, "s")
    yield Figure("a what-if on the handle", 1000 * sweeping / scale.what_ifs, "ms")
    yield Figure(f"a what-if rebuilt with plain PuLP + CBC (mean of {len(sample)})", 1000 * rebuilt / len(sample), "ms")
    ratio = rebuilt / len(sample) * scale.what_ifs / sweeping
    yield Figure(f"{scale.what_ifs} what-ifs: rebuilt / on the handle", ratio, "×", least=50)
    yield Figure("what-ifs: largest relative difference of the sample", worst, "", most=1e-9)


def screening(scale: Scale) -> Iterator[Figure]:
    inputs = reference(scale.small)
    plan = prepare(network(inputs, inputs["demand"]))
    mixed = [replace(v, price=None) for v in what_ifs(plan, scale.screened, 2)]
    for title, variations in (
        ("demand", [Variation(v.name, demand=v.demand) for v in mixed]),
        ("demand, breakdowns, suppliers", mixed),
    ):
        making, cuts = timed(lambda some=variations: cuts_of(plan, some, 40))
        least(cuts, plan, variations)
        bounding, bounds = timed(lambda some=variations, c=cuts: [least(c, plan, some) for _ in range(5)][-1])
        bounding /= 5 * len(variations)
        solving, outcomes = timed(lambda some=variations: sweep(plan, some[: scale.what_ifs]))
        exact = np.array([outcome.objective for outcome in outcomes])
        gap = -bounds[: scale.what_ifs] / exact - 1
        anew, _ = timed(
            lambda some=variations: Held(program_of(state(varied(plan.network, some[0])).problem)).solve(60)
        )
        promised = title == "demand"
        yield Figure(f"{title}: 40 cuts made", making, "s")
        yield Figure(f"{title}: a bound", 1e6 * bounding, "µs")
        yield Figure(f"{title}: exact solve anew / bound", anew / bounding, "×", least=500)
        yield Figure(f"{title}: exact solve on the handle / bound", solving / scale.what_ifs / bounding, "×", least=500)
        yield Figure(f"{title}: bounds below the optimum", float((gap < -1e-9).sum()), "", most=0)
        yield Figure(f"{title}: median gap", 100 * float(np.quantile(gap, 0.5)), "%")
        yield Figure(f"{title}: p95 gap", 100 * float(np.quantile(gap, 0.95)), "%", most=0.05 if promised else None)


def _first_solve(n: Network, model: Model) -> tuple[Held, Solution]:
    held = Held(program_of(model.problem), 0, first_start(n, model))
    return held, held.solve(60)


def middle(scale: Scale) -> Iterator[Figure]:
    inputs = reference(scale.middle)
    making, n = timed(lambda: network(inputs, inputs["demand"]))
    stating, model = timed(lambda: state(n))
    solving, (held, _) = timed(lambda: _first_solve(n, model))
    print(f"  columns × rows: {len(held.program.cost):,} × {len(held.program.row_lower):,}")
    whole = making + stating + solving
    yield Figure("network, model, hand-over, solve", whole, "s", most=60)
    yield Figure("of which hand-over and solve", solving, "s")
    seconds, plan = timed(lambda: prepare(n))
    yield Figure("prepared for re-plans: stated, solved, shortcut proved", seconds, "s")
    held = Held(plan.program, 0, plan.basis)
    held.solve(300)
    demand, regular = plan.numbers["demand"].copy(), plan.numbers["regular"].copy()
    changed = sorted({s.product for s in n.series})[:5]
    demand[[s.product in changed for s in n.series]] *= 1.1
    regular[0] *= 0.9
    for title, variation in (
        (f"{len(changed)} families +10 %", Variation("families", demand=demand)),
        (f"{len(changed)} families +10 %, a resource −10 %", Variation("families and hours", demand, regular)),
    ):
        again, after = timed(lambda v=variation: solve_one(plan, held, v))
        fresh = Held(program_of(state(varied(n, variation)).problem)).solve(300)
        yield Figure(f"{title}: planned again", again, "s")
        yield Figure("planned again in parts of build + solve", again / whole, "", most=0.2)
        yield Figure("planned again: relative difference", abs(after.objective / fresh.objective - 1), "", most=1e-9)


def large(scale: Scale) -> Iterator[Figure]:
    families = reference(scale.middle)
    products = with_products(families, scale.products_per_family)
    yield Figure("products", float(products["products"]["product"].nunique()))
    alone, whole = timed(lambda: solve(families, families["demand"], explain=Explain.NOTHING))
    both, split = timed(lambda: solve_by_family(products, products["demand"], explain=Explain.NOTHING))
    yield Figure("families: network, model, solve, tables", alone, "s")
    yield Figure("products: added up to families, solved, split", both, "s")
    yield Figure("products / families", both / alone, "×", most=1.1)
    yield Figure("relative difference of the optimum", abs(split.objective / whole.objective - 1), "", most=1e-9)
    keys = ["family", "location", "period"]
    for column in ("produced", "delivered", "closing_stock"):
        added, total = (plan.tables["inventory_plan"].groupby(keys)[column].sum() for plan in (split, whole))
        worst = float((added - total).abs().max())
        yield Figure(f"{column}: largest difference of a total, units", worst, "", most=1e-6)
    stock = split.tables["inventory_plan"]
    came = stock[["opening_stock", "produced", "outsourced", "scheduled", "received"]].sum(axis=1)
    went = stock[["sent", "consumed", "delivered", "expired", "closing_stock"]].sum(axis=1)
    yield Figure("largest gap of a product's balance, units", float((came - went).abs().max()), "", most=1e-6)


def simulation(scale: Scale) -> Iterator[Figure]:
    families, months, machines = 20, 18, 10
    rng, shape = np.random.default_rng(0), (families, months)
    p50 = rng.uniform(500, 2000, (families, 1)) * (1 + 0.2 * np.sin(np.arange(months) / 2))
    correlation = np.full((families, families), 0.3)
    np.fill_diagonal(correlation, 1.0)
    use = np.zeros((families, machines))
    use[np.arange(families), np.arange(families) % machines] = 1
    opening = np.full(families, 600.0)
    twin = Twin(
        families=tuple(str(f) for f in range(families)),
        demand=p50,
        supply=p50,
        stock=np.full(shape, 600.0),
        backlog=np.zeros(shape),
        opening=opening,
        headroom=np.full(shape, 0.1),
        margin=np.full(shape, 20.0),
        price=np.full(shape, 50.0),
        stock_value=np.full(families, 20.0),
        resources=tuple(str(r) for r in range(machines)),
        use=use,
        lost=False,
    )
    paths = QuantilePaths(0.8 * p50, p50, 1.3 * p50, correlation, 0.5)
    wrong = Disturbances(
        np.full(families, 0.03),
        np.full(machines, 0.02),
        np.full(machines, 0.4),
        np.full(families, 0.05),
        np.full(families, 0.5),
    )
    for title, disturbances in (("demand", Disturbances.none(twin)), ("demand, yield, breakdowns, late supply", wrong)):
        seconds, _ = timed(lambda d=disturbances: simulate(twin, paths, d, paths=scale.paths, seed=1))
        yield Figure(f"{scale.paths:,} paths: {title}", seconds, "s", most=2)


def spreadsheet(scale: Scale) -> Iterator[Figure]:
    size = replace(scale.small, families=min(8, scale.small.families), materials=False, people=False, alternatives=1)
    inputs = reference(size)
    n = network(inputs, inputs["demand"])
    ours, (model, solution) = timed(lambda: _planned(n))
    seconds, found = solve_in_a_spreadsheet(model.problem)
    print(f"  variables × rows: {len(model.problem.variables()):,} × {len(model.problem.constraints()):,}")
    if found is None:
        print(f"  skipped: {seconds}")
        return
    yield Figure("this product: built and solved", ours, "s")
    yield Figure("LibreOffice's solver", float(seconds), "s")
    yield Figure("ratio", float(seconds) / ours, "×")
    yield Figure("relative difference of the optimum", abs(solution.objective / found - 1), "", most=1e-6)


def _planned(n: object) -> tuple[object, object]:
    model = state(n)  # type: ignore[arg-type]
    return model, Held(program_of(model.problem)).solve(60)


PARTS: dict[str, Callable[[Scale], Iterator[Figure]]] = {
    "small": small,
    "screening": screening,
    "middle": middle,
    "large": large,
    "simulation": simulation,
    "spreadsheet": spreadsheet,
}


def main() -> int:
    """Measure and print; 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=sorted(PARTS))
    only = parser.parse_args().only
    broken = 0
    for name, part in PARTS.items():
        if only in (None, name):
            print(name)
            for figure in part(FULL):
                print(figure, flush=True)
                broken += not figure.kept
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
