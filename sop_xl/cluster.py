"""Work spread over a cluster instead of the cores of this machine: Dask, or Ray and Spark through fugue.

For portfolios that outgrow a machine. What is calculated is the same, and so are the results. The packages come with
``pip install 'sop-xl[scale]'``; docs/scale.md has the commands that start a cluster.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import islice
from typing import TYPE_CHECKING, Any

from sop_xl import __version__
from sop_xl.parallel import Spreader, cores, spread_by

if TYPE_CHECKING:
    import pandas as pd
    from distributed import Client

ENGINES = "processes, dask, dask://host:port, ray, spark"
"""Names of engines, for help and messages."""

_IN_FLIGHT = 4
_FUGUE_BATCH = 200
_PATIENCE = 20.0
_FUGUE_ENGINES = ("ray", "spark")
_SCALE_MISSING = "The cluster engines are not installed. Install them with: pip install 'sop-xl[scale]'"


class ClusterProblem(Exception):
    """A cluster that is not there or does not fit; the text says what to do."""


def engine(name: str) -> AbstractContextManager[None]:
    """Return a context in which work is spread by the named engine.

    * ``processes``: the cores of this machine (as without an engine).
    * ``dask``: a Dask cluster on this machine, started for the time of the work.
    * ``dask://host:port``: the Dask cluster whose scheduler listens there.
    * ``ray`` and ``spark``: the Ray or Spark cluster that fugue finds (``RAY_ADDRESS``, the Spark session).

    Raises:
        ValueError: no engine has this name.
        ClusterProblem: its packages are missing, nobody answers, or its workers have another version.
    """
    kind, _, address = name.strip().partition("://")
    if kind == "processes" and not address:
        return nullcontext()
    if kind == "dask":
        return _dask(address)
    if kind in _FUGUE_ENGINES and not address:
        return spread_by(fugue_spreader(kind))
    raise ValueError(f"no engine is called {name!r}; there are {ENGINES}")


@contextmanager
def _dask(address: str) -> Iterator[None]:
    try:
        from distributed import Client, LocalCluster
    except ImportError as problem:
        raise ClusterProblem(_SCALE_MISSING) from problem
    if not address:
        with (
            LocalCluster(n_workers=cores(), threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster,
            Client(cluster) as client,
            spread_by(dask_spreader(client)),
        ):
            yield
        return
    try:
        client = Client(f"tcp://{address}", timeout=_PATIENCE)
    except OSError as problem:
        port = address.rpartition(":")[2]
        raise ClusterProblem(
            f"No Dask scheduler answers at {address}. Start one with: dask scheduler --port {port}"
        ) from problem
    with client:
        _check_workers(client, address)
        with spread_by(dask_spreader(client)):
            yield


def _check_workers(client: Client, address: str) -> None:
    """Raise where a cluster has no workers or workers with another version of the product: their numbers may differ."""
    try:
        versions = client.run(_version)
    except Exception as problem:
        raise ClusterProblem(
            f"The workers at {address} cannot load sop_xl. Install the same version there: "
            f"pip install 'sop-xl[scale]=={__version__}'"
        ) from problem
    if not versions:
        raise ClusterProblem(
            f"The cluster at {address} has no workers. Start one with: dask worker tcp://{address} --nthreads 1"
        )
    others = sorted({version for version in versions.values() if version != __version__})
    if others:
        raise ClusterProblem(
            f"Workers at {address} have version {', '.join(others)} of sop_xl, this machine has {__version__}. "
            "Install the same version everywhere."
        )


def _version() -> str:
    return __version__


def dask_spreader(client: Client) -> Spreader:
    """Return the way to spread work over the workers of a Dask client.

    A few tasks per worker are under way at a time, so that the memory of neither side grows with the work.
    """

    def spread(function: Callable[[Any, Any], Any], shared: Any, items: Sequence[Any]) -> Iterator[Any]:
        (known,) = client.scatter([shared], broadcast=True, hash=False)
        waiting = iter(items)
        under_way = deque(
            client.submit(function, known, item, pure=False)
            for item in islice(waiting, _IN_FLIGHT * max(len(client.nthreads()), 1))
        )
        while under_way:
            answer = under_way.popleft().result()
            for item in islice(waiting, 1):
                under_way.append(client.submit(function, known, item, pure=False))
            yield answer

    return spread


def fugue_spreader(engine_name: str) -> Spreader:
    """Return the way to spread work by an execution engine of fugue, such as ``ray`` or ``spark``.

    Work travels as rows of pickled tasks written as text, which every engine keeps as it is; two hundred at a time.
    """

    def spread(function: Callable[[Any, Any], Any], shared: Any, items: Sequence[Any]) -> Iterator[Any]:
        try:
            import cloudpickle
            import fugue.api as fugue
            import pandas as pd
        except ImportError as problem:
            raise ClusterProblem(_SCALE_MISSING) from problem
        task = cloudpickle.dumps((function, shared))

        def packed(pickled: bytes) -> str:
            return b64encode(pickled).decode("ascii")

        def work(rows: pd.DataFrame) -> pd.DataFrame:
            import cloudpickle

            call, known = cloudpickle.loads(task)
            answers = [packed(cloudpickle.dumps(call(known, cloudpickle.loads(b64decode(x))))) for x in rows["item"]]
            return rows[["part"]].assign(answer=answers)

        work.__annotations__ = {"rows": pd.DataFrame, "return": pd.DataFrame}  # fugue reads them as types, not as text
        for first in range(0, len(items), _FUGUE_BATCH):
            batch = items[first : first + _FUGUE_BATCH]
            rows = pd.DataFrame({"part": range(len(batch)), "item": [packed(cloudpickle.dumps(x)) for x in batch]})
            made = fugue.transform(
                rows,
                work,
                schema="part:long,answer:str",
                partition={"by": "part", "algo": "even"},
                engine=engine_name,
                as_local=True,
            )
            for answer in pd.DataFrame(made).sort_values("part")["answer"]:
                yield cloudpickle.loads(b64decode(answer))

    return spread
