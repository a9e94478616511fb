"""What the six departments of the demo do with the books they are issued; illustrative, and written to be discussed.

The story: sales sees a competitor withdraw and puts respiratory products far above what finance has budgeted; the
cardiovascular line cannot follow demand in the peak months, and operations says so; two cells are mistyped, reported
by the check of the book and corrected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from zlib import crc32

import numpy as np

from sop_xl.gather.demo import rules
from sop_xl.gather.demo.edits import CellEdit, Correction, DepartmentEdits, Edit, RowAdd, Value
from sop_xl.gather.demo.expectations import Tables, expected, horizon_of, short_months
from sop_xl.gather.demo.operations import regular_hours
from sop_xl.model.calendar import add_months

Key = dict[str, str | date]
CONFLICT_FAMILY, CONFLICT_PRODUCT = "R", "R03"
CONFLICT_LIFT = 0.18
"""How far sales goes above the baseline where finance has budgeted caution."""


def department_edits(function: str, tables: Tables, cycle: int = 1, seed: int = 0) -> DepartmentEdits:
    """Return what a department fills into its issued book.

    Only rows that the tables hold are edited, so every cycle can be played. Overrides are stated against the baseline:
    the table ``baseline`` where the tables hold one, else the same month of the year before × last year's growth.

    Args:
        function: sales, marketing, product, operations, finance or executive.
        tables: typed tables of the cycle, as :func:`~sop_xl.gather.demo.tables.demo_tables` returns them.
        cycle: number of the cycle; with the seed it decides the size of the overrides (± 1 point).
        seed: seed of the demo.

    Raises:
        KeyError: where there is no such function.
    """
    months = horizon_of(tables)
    wobble = float(np.random.default_rng([seed, cycle, crc32(function.encode())]).uniform(-0.01, 0.01))
    return _DEPARTMENTS[function](tables, months, wobble)


def _holds(tables: Tables, table: str, column: str, code: str) -> bool:
    return table in tables and bool((tables[table][column] == code).any())


def _override(product: str, day: date, units: float, reason: str, note: str, assumption: str) -> list[Edit]:
    key: Key = {"product": product, "location": "ALL", "channel": "ALL", "period": day}
    values: dict[str, Value] = {
        "sales_override": float(round(units, -2)),
        "reason": reason,
        "note": note,
        "assumption_id": assumption,
    }
    return [CellEdit("sales_forecast", key, column, value) for column, value in values.items() if value != ""]


def _code(number: str, months: Sequence[date]) -> str:
    """Return the id of an assumption: earlier cycles' assumptions stay in the ledger, so each cycle has its own ids."""
    return f"{number}-{months[0]:%y%m}"


def _assumption(code: str, statement: str, target: str, measure: str, value: float, test: date, owner: str) -> RowAdd:
    return RowAdd(
        "assumptions",
        {
            "assumption_id": code,
            "statement": statement,
            "target": target,
            "measure": measure,
            "value": value,
            "tolerance_pct": 0.25,
            "test_date": test,
            "owner": owner,
        },
    )


def _comment(number: str, day: date, author: str, about: str, text: str) -> RowAdd:
    values: dict[str, Value] = {"number": number, "date": day, "author": author, "about": about, "comment": text}
    return RowAdd("comments", values)


def _sales(tables: Tables, months: Sequence[date], wobble: float) -> DepartmentEdits:
    units, owner = expected(tables, months), "Sales manager"
    edits: list[Edit] = [
        _assumption(
            _code("SA-1", months),
            "The competitor's inhaler stays off the market for six months and we take its patients.",
            CONFLICT_PRODUCT,
            "lift over baseline",
            CONFLICT_LIFT,
            add_months(months[7], 1),
            owner,
        ),
        _assumption(
            _code("SA-2", months),
            "Prescribers follow the new blood-pressure guideline within two quarters.",
            "C09",
            "lift over baseline",
            0.03,
            add_months(months[6], 1),
            owner,
        ),
    ]
    for day in months[4:10]:
        lifted = units[CONFLICT_PRODUCT, day] * (1 + CONFLICT_LIFT + wobble)
        note = "A competitor has withdrawn an inhaler; pharmacies are ordering ours."
        edits += _override(CONFLICT_PRODUCT, day, lifted, "competitor", note, _code("SA-1", months))
    for day in months[3:9]:
        lifted = units["C09", day] * (1.03 + wobble / 2)
        edits += _override(
            "C09", day, lifted, "regulatory", "New guideline for high blood pressure.", _code("SA-2", months)
        )
    note = "Pharmacies overstocked in December and will order less at first."
    edits += _override("N02", months[0], units["N02", months[0]] * (0.97 + wobble / 2), "channel fill", note, "")
    slip = RowAdd("pipeline", {**_opportunity(months), "product": "C1O"})
    good = RowAdd("pipeline", {**_opportunity(months), "product": "C10"})
    edits += [
        slip,
        RowAdd(
            "account_changes",
            {
                "customer": "Rural clinics network",
                "product": "A02",
                "type": "win",
                "period": months[5],
                "quantity_change": 6000.0,
                "confidence": 0.7,
            },
        ),
        _comment("S-1", months[0], owner, CONFLICT_PRODUCT, "Please keep the inhaler volumes: the orders are real."),
    ]
    why = "C1O is not a product; the code is C10, with a zero."
    return DepartmentEdits("sales", tuple(edits), (Correction(slip, good, why),))


def _opportunity(months: Sequence[date]) -> dict[str, Value]:
    return {
        "opportunity": f"OPP-S{months[0]:%y%m}",
        "customer": "Private hospital group",
        "product": "C10",
        "stage": "proposal",
        "probability": 0.4,
        "quantity": 45_000.0,
        "value": 28_000_000.0,
        "close_date": months[2],
        "start_period": months[4],
        "duration": 12.0,
        "in_baseline": "no",
    }


def _marketing(tables: Tables, months: Sequence[date], wobble: float) -> DepartmentEdits:
    owner, start = "Marketing manager", months[8]
    edits: list[Edit] = [
        RowAdd(
            "campaigns",
            {
                "campaign": f"CAMP-M{months[0]:%y%m}",
                "product": "N06",
                "start": start,
                "end": add_months(start, 2).replace(day=15),
                "type": "advertising",
                "spend": 700_000.0,
                "uplift_pct": round(0.05 + wobble, 3),
                "post_dip_pct": 0.2,
                "status": "planned",
                "assumption_id": _code("MA-1", months),
            },
        ),
        _assumption(
            _code("MA-1", months),
            "The information campaign lifts N06 by 5 % while it runs.",
            "N06",
            "lift over baseline",
            0.05,
            add_months(start, 4),
            owner,
        ),
    ]
    if _holds(tables, "campaigns", "campaign", "CAMP-03"):
        edits.append(CellEdit("campaigns", {"campaign": "CAMP-03"}, "status", "approved"))
    if _holds(tables, "campaigns", "campaign", "CAMP-02"):
        edits.append(CellEdit("campaigns", {"campaign": "CAMP-02"}, "uplift_pct", 0.045))
    edits.append(_comment("M-1", months[0], owner, "Campaigns", "The budget of the second half is not yet released."))
    return DepartmentEdits("marketing", tuple(edits))


def _product(tables: Tables, months: Sequence[date], wobble: float) -> DepartmentEdits:
    owner, new = "Product manager", rules.NEW_PRODUCT
    end = add_months(months[14], 1) - timedelta(days=1)
    edits: list[Edit] = [
        CellEdit("launches", {"product": new}, "readiness", 0.8),
        CellEdit("products", {"product": "A12"}, "phase", "sunset"),
        CellEdit("products", {"product": "A12"}, "end_of_life", end),
        CellEdit("products", {"product": "A12"}, "last_buy", float(round(60_000 * (1 + 2 * wobble), -2))),
        *(
            CellEdit("rationalisation", {"product": product}, "action", action)
            for product, action in (("A12", "sunset"), ("G03", "watch"), ("M01", "watch"), ("C10", "promote"))
        ),
        _assumption(
            _code("PR-1", months),
            "Patients of A12 move to other products of the family before its end of life.",
            "A12",
            "other",
            0.6,
            end,
            owner,
        ),
        _comment("P-1", months[0], owner, new, "Stability data are complete; the listing decision is due next month."),
    ]
    return DepartmentEdits("product", tuple(edits))


def _operations(tables: Tables, months: Sequence[date], wobble: float) -> DepartmentEdits:
    owner, line = "Operations manager", rules.BOTTLENECK
    slip = CellEdit("resources", {"resource": "N2"}, "overtime_max", "12,5x")
    good = CellEdit("resources", {"resource": "N2"}, "overtime_max", 48.0)
    edits: list[Edit] = [
        slip,
        CellEdit("resources", {"resource": line}, "overtime_cost", 4400.0),
        RowAdd(
            "options",
            {
                "option": "OPT-CONTRACT",
                "lever": "add capacity",
                "target": line,
                "quantity": float(round(regular_hours(line) * 0.03)),
                "cost_per_unit": 7800.0,
                "description": "Agency crew for a night shift on line N1",
            },
        ),
    ]
    short = short_months(tables, months)
    for family in rules.families():
        for day in months:
            gap = (family, day) in short
            key: Key = {"family": family, "period": day}
            edits.append(CellEdit("supply_response", key, "response", "gap" if gap else "accept"))
            if gap:
                edits.append(CellEdit("supply_response", key, "option", "OPT-SATURDAY"))
                note = "Line N1 is full; a Saturday shift would close most of it."
                edits.append(CellEdit("supply_response", key, "note", note))
    edits += [
        _assumption(
            _code("OP-1", months),
            "Line N1 keeps its efficiency of last year.",
            line,
            "other",
            tables["resources"].set_index("resource")["efficiency"].to_dict()[line],
            add_months(months[5], 1),
            owner,
        ),
        _comment("O-1", months[0], owner, line, "Without a decision on Saturdays, cardiovascular orders will be late."),
    ]
    why = "'12,5x' is not a number; 48 hours are meant."
    return DepartmentEdits("operations", tuple(edits), (Correction(slip, good, why),))


def _finance(tables: Tables, months: Sequence[date], wobble: float) -> DepartmentEdits:
    owner = "Finance manager"
    columns = ["rebate_pct", "material_cost", "conversion_cost", "freight_cost", "standard_cost", "co2_per_unit"]
    costs = {str(code): values for code, *values in tables["price_cost"][["product", *columns]].to_numpy().tolist()}
    edits: list[Edit] = []
    for product, day, new in tables["price_changes"][["product", "effective", "new_price"]].itertuples(index=False):
        dated = {"product": product, "period": day.date().replace(day=1), "price": float(new)}
        edits.append(RowAdd("price_cost", {**dated, **dict(zip(columns, costs[product], strict=True))}))
    edits += [
        CellEdit("fx", {"currency": "USD"}, "rate", round(1.12 + wobble, 4)),
        CellEdit("working_capital", {"period": months[0]}, "dso", 44.0),
        _assumption(
            _code("FI-1", months),
            "Volumes follow the budget: growth of the market halves.",
            "ALL",
            "yearly growth",
            0.012,
            add_months(months[5], 1),
            owner,
        ),
        _comment(
            "F-1",
            months[0],
            owner,
            CONFLICT_FAMILY,
            "The budget of respiratory products does not carry a competitor's withdrawal; show the orders first.",
        ),
    ]
    return DepartmentEdits("finance", tuple(edits))


def _executive(tables: Tables, months: Sequence[date], wobble: float) -> DepartmentEdits:
    winter = [day for day in months if day.month in (7, 8, 9)][:3]
    driver: dict[str, Value] = {"scenario": "hard-winter", "driver": "demand_pct", "target": "J", "value": 0.2}
    edits: list[Edit] = [
        RowAdd(
            "scenarios", {"scenario": "hard-winter", "title": "A hard winter: anti-infectives 20 % up", "active": "yes"}
        ),
        RowAdd("scenario_drivers", {**driver, "from_period": winter[0], "to_period": winter[-1]}),
        RowAdd(
            "risks_opportunities",
            {
                "risk": "RO-06",
                "kind": "opportunity",
                "text": "The Saturday shift is agreed for good and line N1 is no longer short.",
                "family": "C",
                "money": float(round(8_000_000 * (1 + wobble), -5)),
                "probability": 0.5,
                "trigger": "Agreement with the works council",
                "owner": "Operations manager",
            },
        ),
        CellEdit("prior_commitments", {"commitment": "PC-03"}, "status", "done"),
        CellEdit("prior_commitments", {"commitment": "PC-03"}, "evidence", "Ceilings in the inventory policy"),
        _comment("E-1", months[0], "Managing director", "N1", "I want a price for Saturdays before the meeting."),
    ]
    return DepartmentEdits("executive", tuple(edits))


_DEPARTMENTS: dict[str, Callable[[Tables, Sequence[date], float], DepartmentEdits]] = {
    "sales": _sales,
    "marketing": _marketing,
    "product": _product,
    "operations": _operations,
    "finance": _finance,
    "executive": _executive,
}
