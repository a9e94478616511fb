"""What a forecast and a backtest say on a terminal: methods and why, ranges, corrections, accuracy beside the naive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sop_xl.reporting import console, number, show_table

if TYPE_CHECKING:
    import pandas as pd

    from sop_xl.demand.backtest import BacktestResult
    from sop_xl.demand.baseline import ForecastResult

_SHOWN = 12


def forecast_report(result: ForecastResult, horizon: int) -> None:
    """Print how many series got which method and why, the largest series with their ranges, and the corrections."""
    first = result.frame.drop_duplicates("unique_id")
    kinds = first.assign(kind=first["method"].str.partition(":")[0])
    counted = kinds.groupby("kind").agg(series=("unique_id", "size"), example=("method", "first"))
    show_table(
        "Methods",
        ("Method", "Series", "Why"),
        [
            (str(kind), str(row.series), f"such as: {str(row.example).partition(': ')[2]}")
            for kind, row in counted.sort_values("series", ascending=False).head(_SHOWN).iterrows()
        ],
        numeric=(1,),
    )
    total = result.frame.groupby("unique_id", sort=False)["forecast"].sum()
    largest = total.sort_values(ascending=False, kind="stable").head(_SHOWN).index
    shown = first.set_index("unique_id").loc[largest]
    title = "Next period" if len(total) <= _SHOWN else f"Next period, the {_SHOWN} largest of {len(total)} series"
    show_table(
        title,
        ("Series", "Period", "P10", "Forecast", "P90", f"Sum of {horizon}", "Method"),
        [
            (
                str(name),
                f"{row.ds:%Y-%m-%d}",
                *(number(row[column]) for column in ("p10", "forecast", "p90")),
                number(total[name]),
                row.method,
            )
            for name, row in shown.iterrows()
        ],
        numeric=(2, 3, 4, 5),
    )
    correction_report(result.corrections)


def correction_report(corrections: pd.DataFrame) -> None:
    """Print what was corrected in the history before it was forecast, the largest changes first."""
    if corrections.empty:
        console.print("The history was taken as recorded: nothing was corrected.\n")
        return
    kinds = ", ".join(f"{kind} {count}" for kind, count in corrections["kind"].value_counts().items())
    size = (corrections["used"] - corrections["recorded"].fillna(0)).abs()
    shown = corrections.loc[size.sort_values(ascending=False, kind="stable").head(_SHOWN).index]
    show_table(
        f"History corrected before the forecast: {kinds}",
        ("Series", "Period", "Recorded", "Used", "Kind", "Why"),
        [
            (row.unique_id, f"{row.ds:%Y-%m-%d}", number(row.recorded), number(row.used), row.kind, row.reason)
            for row in shown.itertuples()
        ],
        numeric=(2, 3),
    )


def backtest_report(result: BacktestResult) -> None:
    """Print accuracy over all series beside the seasonal naive, and the series that weigh most."""
    total = result.summary
    show_table(
        f"{total.series} series, {total.horizon} periods from {total.origins} origin{'s' if total.origins > 1 else ''}",
        ("", "WAPE", "MASE", "RMSSE", "Bias", "Within P10 … P90", "Within P2.5 … P97.5"),
        [
            (
                "forecast",
                number(total.wape, percent=True),
                f"{total.mase:.3f}",
                f"{total.rmsse:.3f}",
                f"{total.bias:+.1%}",
                number(total.coverage, percent=True),
                number(total.coverage_95, percent=True),
            ),
            (
                "seasonal naive",
                number(total.wape_naive, percent=True),
                f"{total.mase_naive:.3f}",
                f"{total.rmsse_naive:.3f}",
                f"{total.bias_naive:+.1%}",
                "",
                "",
            ),
        ],
        numeric=(1, 2, 3, 4, 5, 6),
    )
    gain = total.value_added
    points = f"{100 * gain.value:+.1f} points of WAPE (90 % interval {100 * gain.low:+.1f} … {100 * gain.high:+.1f})"
    console.print(f"Value added: {points}; {total.verdict}.\n")
    largest = result.series.sort_values("actual", ascending=False, kind="stable").head(_SHOWN)
    title = "By series" if total.series <= _SHOWN else f"By series, the {_SHOWN} largest of {total.series}"
    show_table(
        title,
        ("Series", "Sold", "WAPE", "Naive", "MASE", "RMSSE", "Bias", "Method"),
        [
            (
                row.unique_id,
                number(row.actual),
                number(row.wape, percent=True),
                number(row.wape_naive, percent=True),
                number(row.mase),
                number(row.rmsse),
                "–" if row.bias != row.bias else f"{row.bias:+.1%}",
                row.method,
            )
            for row in largest.itertuples()
        ],
        numeric=(1, 2, 3, 4, 5, 6),
    )
    worse = int((result.series["value_added"] < 0).sum())
    if worse:
        console.print(f"{worse} of {total.series} series were forecast worse than by the seasonal naive.\n")
