"""A company small enough to plan in a second: two products on one line that cannot make all that is wanted.

Sales of a product are its base × season, the same every year, so the forecast is the same again: 9,450 units from July
to December. The line has 8 h × 18 days = 144 h a month, 149 with overtime, and needs 0.1 h a unit: 8,940 units in six
months, and 200 lie in stock. At least 310 units of demand cannot be met on time.
"""

from __future__ import annotations

import io
import zipfile
from datetime import date

MONTHS = 6
BASE = {"KETTLE": 800, "TOASTER": 600}
SEASON = (1.0, 0.95, 0.95, 0.9, 0.9, 0.85, 0.9, 0.9, 1.0, 1.25, 1.4, 1.3)


def _months(first: date, count: int) -> list[date]:
    numbers = range(first.year * 12 + first.month - 1, first.year * 12 + first.month - 1 + count)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def tables(start: date = date(2026, 7, 1)) -> dict[str, str]:
    """Return the company's tables as CSV for a cycle that starts in a month; the history is all the months before."""
    past = [day for day in _months(date(2023, 7, 1), 60) if day < start]
    ahead, made = _months(start, MONTHS), BASE.items()
    history = [f"{name},{day},{units * SEASON[day.month - 1]:g}" for day in past for name, units in made]
    budget = [
        f"{name}S,{day},{units * 1.05:g},{units * 31},{units * 12}" for day in ahead for name, units in BASE.items()
    ]
    actuals = [f"{name}S,{day},{units},{units},200" for day in past[-3:] for name, units in BASE.items()]
    return {
        "settings": _csv("setting,value", "currency,EUR", f"monthly_buckets,{MONTHS}", "illustrative,yes"),
        "products": _csv("product,family", "KETTLE,KETTLES", "TOASTER,TOASTERS"),
        "locations": _csv("location,kind", "PLANT,plant"),
        "history": _csv("product,period,units", *history),
        "inventory": _csv("product,location,on_hand", "KETTLE,PLANT,100", "TOASTER,PLANT,100"),
        "price_cost": _csv(
            "product,price,material_cost,conversion_cost,standard_cost", "KETTLE,30,9,4,13", "TOASTER,40,14,5,19"
        ),
        "resources": _csv(
            "resource,location,hours_per_shift,shifts,days,overtime_max,overtime_cost", "LINE,PLANT,8,1,18,5,45"
        ),
        "routings": _csv("product,location,resource,hours_per_unit", "KETTLE,PLANT,LINE,0.1", "TOASTER,PLANT,LINE,0.1"),
        "budget": _csv("family,period,quantity,revenue,margin", *budget),
        "actuals": _csv("family,period,sales_units,production_units,stock_units", *actuals),
    }


def _csv(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def zipped(given: dict[str, str]) -> bytes:
    """Return tables as a zip of CSV files."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in given.items():
            archive.writestr(f"{name}.csv", text)
    return sink.getvalue()
