"""One good call of every cell function, with all its arguments."""

from __future__ import annotations

from typing import Any

SALES = [[100 + 3 * month + 20 * (month % 12 in (10, 11))] for month in range(36)]
DATES = [[f"{2023 + month // 12}-{month % 12 + 1:02d}-01"] for month in range(36)]

GOOD: dict[str, list[Any]] = {
    "FORECAST": [SALES, 3, 0.9, DATES, 12, "preview"],
    "BACKTEST": [SALES, 3, 2, DATES, "monthly"],
    "SEASONALITY": [SALES, 12, DATES],
    "CLEAN": [SALES, [[month == 20] for month in range(36)], "change", DATES, 12],
    "ACCURACY": [[[10, 12, 9]], [[11, 11, 11]], [[9, 9, 9]], SALES, "bias", 12],
    "SAFETYSTOCK": [[[10], [12], [9], [15]], 2, 0.95, "fill", 0.5, 1, None, 40],
    "NEWSVENDOR": [1000, 200, 25, 10, 4, None, "table"],
    "COVER": [[[50], [60]], [[10, 20, 30], [20, 20, 20]], 1],
    "CAPACITY": [[["", "Jan", "Feb"], ["A", 10, 20], ["B", 5, 0]], [[1, 0.5], [2, 0]], [[30, 15], [20, 20]]],
    "FEASIBLE": [[["A", 80, 100, 150], ["B", 20, 10, 5]], [[120, 120, 100]], [[20], [5]], [[1], [2]], 10, 3, [[1], [2]],
                 9],
    "BRIDGE": [[[10], [5], [0]], [[2], [3], [None]], [[12], [None], [4]], [[2.5], [3], [7]], [["A"], ["B"], ["C"]]],
    "PLAN": ["stock", [["A"], ["F"]], [["2026-07", "2026-Q3"]], "N", None, "committed"],
    "WHY": [[["A"], ["B"]], [["2026-07", 2026]], "committed"],
}  # fmt: skip
