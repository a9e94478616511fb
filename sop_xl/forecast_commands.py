"""The commands ``sop-xl forecast`` and ``sop-xl backtest``: any long table in, forecasts or their accuracy out."""

from __future__ import annotations

from pathlib import Path

import click

from sop_xl.engine_option import engine_option, working_on
from sop_xl.terminal import check_output, progress, show_issues

FOLDER = click.Path(path_type=Path)
TABLE_FILES = (".csv", ".parquet", ".xlsx")
_HISTORY = click.argument("source", metavar="IN", type=click.Path(path_type=Path, exists=True, dir_okay=False))
_FREQ = click.option("--freq", help="MS month, W week, QS quarter, YS year, D day; told from the dates if left out.")
_COUNTRY = click.option(
    "--country",
    default="",
    help="Whose public holidays to test, such as DE, US or, with the region, AU-NSW; used where they help.",
)
_SEED = click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything random.")


@click.command()
@_HISTORY
@click.option("--horizon", type=click.IntRange(1, 1000), required=True, help="Periods to forecast.")
@_FREQ
@_COUNTRY
@_SEED
@engine_option
@click.option("--out", type=FOLDER, required=True, help="CSV, Parquet or Excel file to write.")
@click.option("--preview", is_flag=True, help="A quick look: half the time, an error about 2 % larger.")
@click.option("--corrections", type=FOLDER, help="CSV, Parquet or Excel file for what was corrected in the history.")
def forecast(
    source: Path,
    horizon: int,
    freq: str | None,
    country: str,
    seed: int,
    engine: str,
    out: Path,
    preview: bool,
    corrections: Path | None,
) -> None:
    """Forecast any long table unique_id, ds, y (CSV, Parquet, Excel).

    Optional columns: stock_out (yes where stock had run out), lost_units (what could have been sold beyond). Writes
    unique_id, ds, forecast, ranges and method; prints the methods and why, and what was corrected in the history.
    """
    check_output(out, TABLE_FILES)
    if corrections is not None:
        check_output(corrections, TABLE_FILES, "--corrections")
    from sop_xl.demand.baseline import forecast_table
    from sop_xl.demand.ensemble import Mode
    from sop_xl.forecast_reporting import forecast_report
    from sop_xl.workbook.frames import read_frame, write_frame

    with working_on(engine), progress("Forecasting") as tell:
        mode = Mode.PREVIEW if preview else Mode.FULL
        result = forecast_table(read_frame(source), horizon, freq, country=country, seed=seed, mode=mode, progress=tell)
    write_frame(result.frame, out)
    if corrections is not None:
        write_frame(result.corrections, corrections)
    show_issues(result.issues)
    forecast_report(result, horizon)
    click.echo(f"{result.frame['unique_id'].nunique()} series × {horizon} periods → {out}")
    if corrections is not None:
        click.echo(f"{len(result.corrections)} corrections → {corrections}")


@click.command()
@_HISTORY
@click.option("--horizon", type=click.IntRange(1, 1000), required=True, help="Periods to forecast from each origin.")
@click.option("--origins", type=click.IntRange(1, 120), default=3, show_default=True, help="Number of origins.")
@click.option("--step", type=click.IntRange(1, 1000), help="Periods between origins; left out: the horizon.")
@_FREQ
@_COUNTRY
@_SEED
@engine_option
@click.option("--out", type=FOLDER, help="File for the accuracy of every series.")
@click.option("--details", type=FOLDER, help="File for every single forecast beside its actual.")
def backtest(
    source: Path,
    horizon: int,
    origins: int,
    step: int | None,
    freq: str | None,
    country: str,
    seed: int,
    engine: str,
    out: Path | None,
    details: Path | None,
) -> None:
    """Forecast the past of a long table unique_id, ds, y from earlier origins, and compare with what happened.

    Prints WAPE, MASE, RMSSE, bias and range coverage of all series together and of each, beside the seasonal naive.
    Exit status 0 whether or not the forecast beats the naive: the verdict is printed.
    """
    for name, file in (("--out", out), ("--details", details)):
        if file is not None:
            check_output(file, TABLE_FILES, name)
    from sop_xl.demand.backtest import backtest_table
    from sop_xl.forecast_reporting import backtest_report
    from sop_xl.workbook.frames import read_frame, write_frame

    with working_on(engine), progress("Backtesting") as tell:
        result = backtest_table(
            read_frame(source),
            horizon,
            origins=origins,
            step=step,
            freq=freq,
            country=country,
            seed=seed,
            progress=tell,
        )
    show_issues(result.issues)
    backtest_report(result)
    for frame, file, what in ((result.series, out, "series"), (result.frame, details, "forecasts")):
        if file is not None:
            write_frame(frame, file)
            click.echo(f"{len(frame)} {what} → {file}")
