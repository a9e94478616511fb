"""The option ``--engine`` of commands whose work can be spread, and the context it stands for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from sop_xl.cluster import ENGINES, ClusterProblem
from sop_xl.cluster import engine as spread_on

engine_option = click.option(
    "--engine",
    default="processes",
    show_default=True,
    envvar="SOP_XL_ENGINE",
    help=f"Where the work is done: {ENGINES}.",
)


@contextmanager
def working_on(engine: str) -> Iterator[None]:
    """Spread the work inside by an engine; an unknown one is wrong usage."""
    try:
        where = spread_on(engine)
    except ValueError as problem:
        raise click.BadParameter(str(problem), param_hint="--engine") from problem
    try:
        with where:
            yield
    except ClusterProblem as problem:
        raise click.ClickException(str(problem)) from problem
