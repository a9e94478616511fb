"""`sop-xl forecast` and `sop-xl backtest` say what was done and why, and end with the right status."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from sop_xl.cli import main
from sop_xl.forecast_commands import backtest, forecast
from sop_xl.model.issue import InputErrors


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """Four years of a seasonal product with a stock-out and a wild value, and of a slow mover."""
    months = pd.date_range("2020-01-01", periods=48, freq="MS")
    pump = 100 + 40 * np.sin(2 * np.pi * np.arange(48) / 12)
    out = np.arange(48) == 40
    pump[40], pump[20] = 3, 99999
    valve = np.tile([0.0, 0, 3, 0, 0, 0, 2], 7)[:48]
    rows = [
        pd.DataFrame({"Unique_ID": "pump", "DS": months, "Y": pump, "Stock_out": np.where(out, "yes", "")}),
        pd.DataFrame({"Unique_ID": "valve", "DS": months, "Y": valve, "Stock_out": ""}),
    ]
    file = tmp_path / "sales.csv"
    pd.concat(rows).to_csv(file, index=False, date_format="%Y-%m-%d")
    return file


def run(command: object, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])  # type: ignore[arg-type]


def test_a_forecast_tells_methods_ranges_and_corrections(sales: Path, tmp_path: Path) -> None:
    out, fixed = tmp_path / "made.parquet", tmp_path / "fixed.csv"
    done = run(forecast, sales, "--horizon", 6, "--out", out, "--corrections", fixed)
    assert done.exit_code == 0, done.output
    made = pd.read_parquet(out)
    assert made.groupby("unique_id").size().to_dict() == {"pump": 6, "valve": 6}
    assert "IMAPA" in done.output and "of the months without sales" in done.output
    assert "History corrected before the forecast: " in done.output
    found = pd.read_csv(fixed)
    assert sorted(found["kind"]) == ["outlier", "stock-out"]
    assert found["unique_id"].unique().tolist() == ["pump"]
    assert "2 corrections" in done.output


def test_a_backtest_stands_beside_the_naive(sales: Path, tmp_path: Path) -> None:
    out, details = tmp_path / "series.csv", tmp_path / "details.csv"
    done = run(backtest, sales, "--horizon", 3, "--origins", 2, "--out", out, "--details", details)
    assert done.exit_code == 0, done.output
    assert "2 series, 3 periods from 2 origins" in done.output
    for word in ("WAPE", "MASE", "RMSSE", "Bias", "seasonal naive", "Value added"):
        assert word in done.output
    assert pd.read_csv(out)["unique_id"].tolist() == ["pump", "valve"]
    assert len(pd.read_csv(details)) == 12


def test_wrong_usage_is_told_before_any_work(sales: Path, tmp_path: Path) -> None:
    assert run(backtest, sales, "--horizon", 0).exit_code == 2
    assert run(backtest, sales, "--horizon", 3, "--out", tmp_path / "x.pdf").exit_code == 2
    unknown = run(forecast, sales, "--horizon", 3, "--out", tmp_path / "x.csv", "--engine", "abacus")
    assert unknown.exit_code == 2
    assert "no engine is called 'abacus'" in unknown.output


def test_a_cluster_that_is_not_there_ends_with_1(sales: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sop_xl.cluster._PATIENCE", 0.3)
    done = run(forecast, sales, "--horizon", 3, "--out", tmp_path / "x.csv", "--engine", "dask://127.0.0.1:9")
    assert done.exit_code == 1
    assert "No Dask scheduler answers at 127.0.0.1:9" in done.output


def test_data_that_cannot_be_tested_end_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "short.csv"
    file.write_text("unique_id,ds,y\nA,2024-01,1\nA,2024-02,2\n")
    assert isinstance(run(backtest, file, "--horizon", 3).exception, InputErrors)
    monkeypatch.setattr("sys.argv", ["sop-xl", "backtest", str(file), "--horizon", "3"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "No series is longer than 5 months" in capsys.readouterr().err
