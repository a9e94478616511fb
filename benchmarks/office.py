"""Times what people wait for in Excel on the web: a cell function, and a re-forecast of 100 products × 18 months.

Run with ``python benchmarks/office.py``. Everything goes through the server's API as the add-in uses it. The first call
of each kind is shown apart, for it waits for imports; a server that was started with ``serve`` has done them already.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "server"))

from small_company import zipped

from server.app import create_app
from server.context import EXTENSION, ServerConfig

PRODUCTS, MONTHS, PAST = 100, 18, 48
ROUNDS = 5


def company() -> dict[str, str]:
    """Return the tables of a company of 100 products on one line."""
    months = [date(2022 + number // 12, number % 12 + 1, 1) for number in range(6, 6 + PAST)]
    names = [f"P{number:03}" for number in range(PRODUCTS)]
    history = [
        f"{name},{day},{100 + number + 30 * (day.month % 6) + (number * day.month * 7) % 23}"
        for number, name in enumerate(names)
        for day in months
    ]
    return {
        "settings": f"setting,value\ncurrency,EUR\nmonthly_buckets,{MONTHS}\n",
        "products": "product,family\n" + "\n".join(f"{name},F{number % 10}" for number, name in enumerate(names)),
        "locations": "location,kind\nPLANT,plant\n",
        "history": "product,period,units\n" + "\n".join(history),
        "resources": "resource,location,hours_per_shift,shifts,days\nLINE,PLANT,8,3,25\n",
        "routings": "product,location,resource,hours_per_unit\n" + "\n".join(f"{n},PLANT,LINE,0.03" for n in names),
        "price_cost": "product,price,material_cost,conversion_cost,standard_cost\n"
        + "\n".join(f"{n},30,9,4,13" for n in names),
    }


def timed(name: str, work: Callable[[], object]) -> None:
    """Print the first and the fastest time of some work."""
    took = []
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        work()
        took.append(time.perf_counter() - started)
    print(f"{name:44} first {took[0]:6.2f} s   warm, fastest of {ROUNDS} {min(took[1:]):7.3f} s")


def main() -> None:
    """Print the times."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(ServerConfig(database_url=f"sqlite:///{Path(folder) / 'store.sqlite'}"))
        client, context = app.test_client(), app.extensions[EXTENSION]
        form = {"name": "2026-07", "author": "benchmark", "files": [(io.BytesIO(zipped(company())), "data.zip")]}
        created = client.post("/api/v1/cycles", data=form)
        assert created.status_code == 201, created.text
        context.runs.wait("2026-07", 900)
        book = client.get("/api/v1/cycles/2026-07/books/sales").data

        def press(button: str) -> None:
            sent = {"workbook": (io.BytesIO(book), "sales.xlsx")}
            answer = client.post(f"/api/v1/office/buttons/{button}", data=sent)
            assert answer.status_code == 200 and not answer.json["failed"], answer.text[:500]

        def call(name: str, *arguments: object) -> None:
            answer = client.post(f"/api/v1/functions/{name}", json={"arguments": arguments})
            assert answer.status_code == 200, answer.text

        history = [[100.0 + month % 12 * 10] for month in range(PAST)]
        timed("SOP.COVER", lambda: call("COVER", 100, [[50, 50, 50]]))
        timed("SOP.FORECAST, 48 months", lambda: call("FORECAST", history, 12))
        timed(f"Validate, {PRODUCTS} products × {MONTHS} months", lambda: press("validate"))
        timed(f"Re-forecast, {PRODUCTS} products × {MONTHS} months", lambda: press("reforecast"))
        context.close()


if __name__ == "__main__":
    main()
