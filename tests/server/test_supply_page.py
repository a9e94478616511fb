"""The page Supply: numbers in the cells of its maps, a waterfall that adds up, and words where there is nothing."""

from __future__ import annotations

import html
import json
import re

import pandas as pd
import pytest
from conftest import CYCLE, Site

from server.pages.supply_view import CHANCES, LOADS, heat_map, waterfall
from sop_xl.schema import frames


def test_a_map_has_the_fullest_row_first_and_is_darker_where_there_is_more() -> None:
    values = {("LOW", 1): 0.5, ("LOW", 2): 0.85, ("FULL", 1): 1.0, ("FULL", 2): 1.08}
    rows = [
        {"resource": r, "period": pd.Timestamp(2026, m, 1), "utilisation": value} for (r, m), value in values.items()
    ]
    found = heat_map(pd.DataFrame(rows), "resource", "utilisation", LOADS).rows
    assert [name for name, _ in found] == ["FULL", "LOW"]
    assert [[cell.shade for cell in cells] for _, cells in found] == [[3, 4], [0, 2]]
    assert heat_map(frames.empty("stockout_risk"), "family", "chance", CHANCES).rows == ()


def test_the_waterfall_climbs_from_source_to_source_to_the_demand() -> None:
    served = {"demand": 100, "regular": 60, "overtime": 10, "built_ahead": 20, "late": 7, "lost": 3}
    rows = [{"family": "F", "period": "2026-01-01", "outsourced": 0, "receipts": 0, **served}]
    steps = waterfall(frames.rows("demand_served", rows))
    assert [(s.name, s.start, s.end) for s in steps] == [
        ("Regular hours", 0, 60),
        ("Overtime", 60, 70),
        ("Stock, built ahead", 70, 90),
        ("On time", 0, 90),
        ("Late", 90, 97),
        ("Lost", 97, 100),
        ("Demand", 0, 100),
    ]
    assert sum(s.share for s in steps if s.name not in ("On time", "Demand")) == pytest.approx(1)
    assert waterfall(frames.empty("demand_served")) == ()


def test_the_page_shows_what_the_tables_of_the_version_say(planned: Site) -> None:
    head = planned.get(f"/cycles/{CYCLE}")["head"]
    page = planned.client.get(f"/cycles/{CYCLE}/supply?scenario=base").text
    (line,) = re.findall(r'<tr><th scope="row">LINE</th>(.*?)</tr>', page)
    load = planned.get(f"/versions/{head}/tables/scenarios/base/resource_load")
    assert re.findall(r"(\d+) %", line) == [f"{100 * row['utilisation']:.0f}" for row in load]
    charts = [json.loads(html.unescape(text)) for text in re.findall(r'data-chart="([^"]+)"', page)]
    served = planned.get(f"/versions/{head}/tables/scenarios/base/demand_served")
    assert charts[0]["series"][0]["values"][-1] == [0, pytest.approx(sum(row["demand"] for row in served))]
    plans = planned.get(f"/versions/{head}/tables/cycle/simulation")
    assert len(plans) > 1 and all(row["margin_p10"] <= row["margin_p50"] <= row["margin_p90"] for row in plans)
    assert all(html.escape(row["title"], quote=False) in html.unescape(page) for row in plans)
    assert "The simulation is not tested on your past" in page, "the company has no committed plan of past months"
    risk = planned.get(f"/versions/{head}/tables/scenarios/base/stockout_risk")
    assert max(row["chance"] for row in risk) > 0.5, "310 units cannot be met on time whatever comes"


def test_the_comparison_has_the_range_of_the_simulation(planned: Site) -> None:
    head = planned.get(f"/cycles/{CYCLE}")["head"]
    simulated = {r["scenario"]: r for r in planned.get(f"/versions/{head}/tables/cycle/simulation")}
    for row in planned.get(f"/versions/{head}/tables/cycle/scenario_comparison"):
        own = simulated[row["scenario"]]
        assert (row["margin_p10"], row["margin_p90"]) == (own["margin_p10"], own["margin_p90"])


def test_before_the_first_plan_it_says_what_to_do(site: Site) -> None:
    assert "No plan yet" in site.client.get(f"/cycles/{CYCLE}/supply").text
