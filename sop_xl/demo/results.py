"""What the demo ends with: the table of results, and where the files are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sop_xl.demo.stage import Stage
from sop_xl.demo.story import Outcome
from sop_xl.reporting import console, number, show_table
from sop_xl.schema.catalogue import EVERYWHERE

_SHARES = frozenset({"fill_rate", "peak_load"})


def report(stage: Stage, outcome: Outcome, seconds: float) -> None:
    """Print the table of results and where the files are."""
    console.print()
    for title, headers, rows, numeric in results(outcome):
        show_table(title, headers, rows, numeric)
    places = [(name, str(path)) for name, path in outcome.files.items()]
    show_table("Files", ("What", "Where"), places)
    show_table("Sign in on the pages as", ("Name", "Password"), list(stage.team.passwords.items()))
    console.print(
        f"Done in {seconds:.0f} s. Look at the pages: [bold]sop-xl serve --db sqlite:///{stage.folder}/sop_xl.sqlite[/bold]"
    )


def results(outcome: Outcome) -> Iterator[tuple[str, Sequence[str], Sequence[Sequence[str]], Sequence[int]]]:
    """Yield the tables of results: accuracy, gap, service and margin of base and committed plan; the scenarios."""
    plan, currency = outcome.plan, outcome.plan["currency"]
    compared = {row["scenario"]: row for row in plan["comparison"]}
    base, chosen = compared["base"], compared[outcome.version["scenario"]]
    accuracy = next((row for row in plan["accuracy"] if row["family"] == EVERYWHERE), None)
    figures = [
        ("Gross margin", "gross_margin", f" {currency}"),
        ("Revenue", "revenue", f" {currency}"),
        ("Fill rate", "fill_rate", ""),
        ("Gap, units late or lost", "gap_units", ""),
        ("Average stock value", "stock_value", f" {currency}"),
        ("Peak load", "peak_load", ""),
    ]
    rows = [
        (label, *(number(row[name], percent=name in _SHARES) + unit for row in (base, chosen)))
        for label, name, unit in figures
    ]
    yield "Results", ("Over 18 months", "Base plan", f"Committed: {chosen['title']}"), rows, (1, 2)
    if accuracy:
        found = [
            ("Baseline WAPE, last 12 months held out", number(accuracy["wape"], percent=True)),
            ("Seasonal naive WAPE", number(accuracy["naive_wape"], percent=True)),
            ("Forecast value added", number(accuracy["value_added"], percent=True)),
            ("Bias", number(accuracy["bias"], percent=True)),
            ("Actuals within P10 … P90", number(accuracy["coverage_80"], percent=True)),
        ]
        yield "Forecast accuracy, by product", ("Figure", "Value"), found, (1,)
    held = "verified" if outcome.verified["ok"] else "BROKEN"
    version = [
        ("Committed version", outcome.version["hash"]),
        ("Parent", outcome.version["parent"]),
        ("Chain", f"{outcome.verified['versions']} versions, {held}"),
    ]
    yield "Version", ("What", "Value"), version, ()
