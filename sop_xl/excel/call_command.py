"""The command ``sop-xl call``: a cell function without Excel, with ranges from CSV files."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sop_xl.capabilities import CELL_FUNCTIONS

if TYPE_CHECKING:
    from sop_xl.functions.describing import Argument, Description
    from sop_xl.functions.plan_source import PlanSource

_RANGES = ("range", "any")
_KINDS = ("range", "any", "number", "text")


@click.command("call")
@click.argument("name", metavar="[NAME]", required=False, type=click.Choice(list(CELL_FUNCTIONS), case_sensitive=False))
@click.option("--range", "ranges", multiple=True, metavar="[NAME=]FILE.csv", help="A range; - is standard input.")
@click.option("--arg", "values", multiple=True, metavar="[NAME=]VALUE", help="A single value.")
@click.option("--plan", "plan_file", type=click.Path(path_type=Path), help="Plan file that PLAN and WHY read.")
@click.option("--server", "url", help="Server that PLAN and WHY read; left out: that of the settings.")
@click.option("--json", "as_json", is_flag=True, help="Write the result as JSON instead of CSV.")
def call_command(
    name: str | None,
    ranges: Sequence[str],
    values: Sequence[str],
    plan_file: Path | None,
    url: str | None,
    as_json: bool,
) -> None:
    """Calculate a cell function of Excel; without NAME list them, without arguments explain it.

    Ranges and values without a name fill the arguments in their order:
    sop-xl call FORECAST --range sales.csv --arg periods=6 --arg quantile=0.9
    """
    from sop_xl.functions.calling import call
    from sop_xl.functions.describing import describe
    from sop_xl.functions.plan_source import reading_from
    from sop_xl.functions.problem import MARK

    if name is None:
        for function in CELL_FUNCTIONS:
            click.echo(f"{function:<12} {describe(function).summary}")
        return
    description = describe(name)
    if not ranges and not values and any(not argument.optional for argument in description.arguments):
        click.echo(_explained(description))
        return
    given = _given(description, [_named(text) for text in ranges], [_named(text) for text in values])
    with reading_from(_source(plan_file, url)):
        result = call(name, given)
    if isinstance(result, str) and result.startswith(MARK):
        click.secho(result, fg="red", err=True)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    rows = result if isinstance(result, list) else [[result]]
    csv.writer(sys.stdout, lineterminator="\n").writerows(rows)


def _source(plan_file: Path | None, url: str | None) -> PlanSource:
    from sop_xl.client import Client
    from sop_xl.excel.plan_source import DeskSource
    from sop_xl.functions.plan_source import FileSource, ServerSource

    if plan_file is not None:
        return FileSource(plan_file)
    return ServerSource(Client(url, os.environ.get("SOP_XL_TOKEN", ""))) if url else DeskSource()


def _named(text: str) -> tuple[str, str]:
    """Return the name and the value of ``name=value``; the name is empty where there is none."""
    name, sign, value = text.partition("=")
    return (name.strip(), value) if sign and name.strip().isidentifier() else ("", text)


def _given(description: Description, ranges: Sequence[tuple[str, str]], values: Sequence[tuple[str, str]]) -> list[Any]:
    """Return the arguments in their order, None where one was left out."""
    free = {argument.name: argument for argument in description.arguments}
    given: dict[str, Any] = {}
    for name, file in sorted(ranges, key=_unnamed_last):
        given[_take(free, name, _RANGES, description.name)] = _range(file)
    for name, value in sorted(values, key=_unnamed_last):
        given[_take(free, name, _KINDS, description.name)] = value
    return [given.get(argument.name) for argument in description.arguments]


def _unnamed_last(item: tuple[str, str]) -> bool:
    return not item[0]


def _take(free: dict[str, Argument], name: str, kinds: Sequence[str], function: str) -> str:
    """Return the name of the argument that a range or value fills, and take it from those that are free."""
    if name:
        if name not in free:
            raise click.BadParameter(f"{function} has no argument {name!r} left; see: sop-xl call {function}")
        return free.pop(name).name
    for argument in free.values():
        if argument.kind in kinds:
            return free.pop(argument.name).name
    raise click.BadParameter(f"{function} takes fewer arguments; see: sop-xl call {function}")


def _range(text: str) -> list[list[str]]:
    """Return the cells of a CSV file as text; the functions read numbers and dates from it."""
    try:
        lines = sys.stdin.read() if text == "-" else Path(text).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise click.BadParameter(f"'{text}' cannot be read as a CSV file.", param_hint="--range") from problem
    first = lines.partition("\n")[0]
    separator = next((sign for sign in "\t;," if sign in first), ",")
    return list(csv.reader(lines.splitlines(), delimiter=separator))


def _explained(description: Description) -> str:
    """Return the description of a function as text for the terminal."""
    lines = [description.summary, "", f"  {description.example}", ""]
    width = max(len(argument.name) for argument in description.arguments)
    lines += [f"  {argument.name:<{width}}  {argument.help}" for argument in description.arguments]
    return "\n".join([*lines, "", f"Result: {description.result}"])
