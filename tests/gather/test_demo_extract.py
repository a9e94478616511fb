"""The bundled extract against the published file it was made from."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sop_xl.gather.demo.extract import CHANNELS, FIRST_MONTH, extract, kept_products, tidy_description
from sop_xl.gather.demo.published import base_year_by_family, horizon, known, last_month, last_year, published

SOURCE = Path(__file__).parents[3] / "shared" / "data" / "pbs_monthly.parquet"
BUNDLED = Path(__file__).parents[2] / "sop_xl" / "gather" / "demo" / "pbs_extract.parquet"


@pytest.fixture(scope="module")
def source() -> pd.DataFrame:
    if not SOURCE.exists():
        pytest.skip("the published file is not on this machine; only its bundled extract is")
    return pd.read_parquet(SOURCE)


def test_totals_of_every_kept_product_equal_those_of_the_source(source: pd.DataFrame) -> None:
    there = source[source["ATC2"].isin(published()["product"].unique()) & (source["ds"] >= FIRST_MONTH)]
    expected = there.groupby(["ATC2", "ds"])[["Scripts", "Cost"]].sum()
    found = published().groupby(["product", "period"])[["scripts", "cost"]].sum()
    assert found["scripts"].to_numpy().tolist() == expected["Scripts"].to_numpy().tolist()
    assert found["cost"].to_numpy() == pytest.approx(expected["Cost"].to_numpy(), abs=0.05)


def test_channels_are_the_four_patient_groups_of_the_source(source: pd.DataFrame) -> None:
    there = source[source["ATC2"].isin(published()["product"].unique()) & (source["ds"] >= FIRST_MONTH)]
    expected = there.groupby("grp")["Scripts"].sum()
    found = published().groupby("channel")["scripts"].sum()
    assert {CHANNELS[str(group)]: units for group, units in expected.items()} == found.to_dict()


def test_what_was_left_out_is_dead_or_negligible(source: pd.DataFrame) -> None:
    kept = kept_products(source)
    assert (len(kept), source["ATC2"].nunique()) == (62, 84)
    last_twelve = source[source["ds"] > source["ds"].max() - pd.DateOffset(months=12)]
    left_out = last_twelve[~last_twelve["ATC2"].isin(kept)]
    assert left_out["Scripts"].sum() / last_twelve["Scripts"].sum() < 0.0015
    assert left_out["Cost"].sum() / last_twelve["Cost"].sum() < 0.001


def test_the_same_source_gives_the_bundled_rows_and_the_same_bytes_twice(source: pd.DataFrame, tmp_path: Path) -> None:
    first, second = tmp_path / "first.parquet", tmp_path / "second.parquet"
    made = extract(SOURCE, first)
    extract(SOURCE, second)
    assert first.read_bytes() == second.read_bytes()
    assert made["scripts"].sum() == published()["scripts"].sum()
    assert made[["product", "channel"]].to_numpy().tolist() == published()[["product", "channel"]].to_numpy().tolist()


def test_a_product_is_kept_only_with_regular_and_noticeable_sales() -> None:
    months = pd.date_range("2003-07-01", periods=60, freq="MS")

    def sold(code: str, units: list[float]) -> pd.DataFrame:
        return pd.DataFrame({"ATC2": code, "ds": months, "Scripts": units})

    shop = pd.concat(
        [
            sold("A01", [2_000] * 60),
            sold("A02", [2_000] * 59 + [1_999]),
            sold("A03", [9_000] * 30 + [0] + [9_000] * 29),
            sold("Z", [9_000] * 60),
        ]
    )
    assert kept_products(shop) == ["A01"]


@pytest.mark.parametrize(
    ("code", "published_as", "tidy"),
    [
        ("A02", "DRUGS FOR ACID RELATED DISORDERS", "Drugs for Acid Related Disorders"),
        ("B05", "BLOOD SUBSTITUTES AND PERFUSION SOLUTIONS", "Blood Substitutes and Perfusion Solutions"),
        ("C10", "SERUMLIPIDREDUCING AGENTS", "Serum Lipid Reducing Agents"),
    ],
)
def test_descriptions_are_readable(code: str, published_as: str, tidy: str) -> None:
    assert tidy_description(code, published_as) == tidy


def test_the_file_is_small_and_every_key_is_there_once() -> None:
    assert BUNDLED.stat().st_size < 700_000
    assert not published().duplicated(["product", "channel", "period"]).any()
    assert published().notna().all().all()


def test_each_cycle_knows_one_month_more_until_everything_is_known() -> None:
    assert [f"{last_month(c):%Y-%m}" for c in (1, 2, 7, 8, 20)] == [
        "2007-12",
        "2008-01",
        "2008-06",
        "2008-06",
        "2008-06",
    ]
    assert len(known(2)) - len(known(1)) == (published()["period"] == "2008-01-01").sum()
    assert len(known(7)) == len(published())
    assert (horizon(1)[0].isoformat(), horizon(1)[-1].isoformat()) == ("2008-01-01", "2009-06-01")
    with pytest.raises(ValueError, match="first cycle"):
        last_month(0)


def test_price_is_cost_per_script_of_the_last_twelve_months() -> None:
    rows = published()
    lipids = rows[(rows["product"] == "C10") & rows["period"].between("2007-01-01", "2007-12-01")]
    assert last_year(1).at["C10", "price"] == round(lipids["cost"].sum() / lipids["scripts"].sum(), 2)


def test_the_base_year_is_2007_in_every_cycle() -> None:
    rows = published()
    year = rows[rows["period"].dt.year == 2007]
    assert base_year_by_family()["C"] == pytest.approx(year[year["family"] == "C"]["scripts"].sum() / 12)
