"""The cell functions of desktop Excel: each hands its cells to the catalogue and shows what comes back.

Excel calls these through xlwings' server on Windows; elsewhere the decorators do nothing. Names of the arguments, help
texts and what may be left out are those of :mod:`sop_xl.functions`, read from the docstrings there.
"""

# ruff: noqa: N802 - capitals are how functions are written in a cell

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import xlwings as xw

from sop_xl.excel.plan_source import DeskSource
from sop_xl.functions.calling import call
from sop_xl.functions.describing import LONGEST_HELP, describe
from sop_xl.functions.plan_source import set_default_source

CATEGORY = "S&OP"
set_default_source(DeskSource())


def cell_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """Offer a function to Excel with the help texts of the catalogue.

    Ranges arrive as rows of cells, error values as their text. Type hints are taken off, because xlwings would take
    them for converters. The category comes last, because xlwings forgets it with every argument it is told.
    """
    description = describe(function.__name__.removeprefix("SOP_"))
    function.__doc__ = description.summary
    function.__annotations__ = {}
    offered = function
    for argument in description.arguments:
        shape = {"ndim": 2} if argument.kind in ("range", "any") else {}
        offered = xw.arg(argument.name, doc=argument.help[:LONGEST_HELP], err_to_str=True, **shape)(offered)
    return xw.func(category=CATEGORY)(offered)


@cell_function
def SOP_FORECAST(
    history: Any, periods: Any = None, quantile: Any = None, dates: Any = None, season: Any = None, mode: Any = None
) -> Any:
    return call("FORECAST", [history, periods, quantile, dates, season, mode])


@cell_function
def SOP_BACKTEST(history: Any, periods: Any = None, origins: Any = None, dates: Any = None, season: Any = None) -> Any:
    return call("BACKTEST", [history, periods, origins, dates, season])


@cell_function
def SOP_SEASONALITY(history: Any, season: Any = None, dates: Any = None) -> Any:
    return call("SEASONALITY", [history, season, dates])


@cell_function
def SOP_CLEAN(history: Any, stockouts: Any = None, show: Any = None, dates: Any = None, season: Any = None) -> Any:
    return call("CLEAN", [history, stockouts, show, dates, season])


@cell_function
def SOP_ACCURACY(
    actual: Any, forecast: Any, naive: Any = None, history: Any = None, measure: Any = None, season: Any = None
) -> Any:
    return call("ACCURACY", [actual, forecast, naive, history, measure, season])


@cell_function
def SOP_SAFETYSTOCK(
    demand: Any,
    lead_time: Any,
    service: Any = None,
    measure: Any = None,
    lead_time_sd: Any = None,
    review: Any = None,
    mean: Any = None,
    order_quantity: Any = None,
) -> Any:
    return call("SAFETYSTOCK", [demand, lead_time, service, measure, lead_time_sd, review, mean, order_quantity])


@cell_function
def SOP_NEWSVENDOR(
    demand: Any,
    sd: Any = None,
    price: Any = None,
    cost: Any = None,
    salvage: Any = None,
    ratio: Any = None,
    show: Any = None,
) -> Any:
    return call("NEWSVENDOR", [demand, sd, price, cost, salvage, ratio, show])


@cell_function
def SOP_COVER(stock: Any, demand: Any, months: Any = None) -> Any:
    return call("COVER", [stock, demand, months])


@cell_function
def SOP_CAPACITY(demand: Any, hours_per_unit: Any, available: Any) -> Any:
    return call("CAPACITY", [demand, hours_per_unit, available])


@cell_function
def SOP_FEASIBLE(
    demand: Any,
    capacity: Any,
    opening_stock: Any = None,
    hours_per_unit: Any = None,
    overtime: Any = None,
    overtime_cost: Any = None,
    holding_cost: Any = None,
    shortage_cost: Any = None,
) -> Any:
    return call(
        "FEASIBLE",
        [demand, capacity, opening_stock, hours_per_unit, overtime, overtime_cost, holding_cost, shortage_cost],
    )


@cell_function
def SOP_BRIDGE(units0: Any, price0: Any, units1: Any, price1: Any, names: Any = None) -> Any:
    return call("BRIDGE", [units0, price0, units1, price1, names])


@cell_function
def SOP_PLAN(
    measure: Any,
    product: Any = None,
    period: Any = None,
    location: Any = None,
    channel: Any = None,
    version: Any = None,
) -> Any:
    return call("PLAN", [measure, product, period, location, channel, version])


@cell_function
def SOP_WHY(product: Any, period: Any = None, version: Any = None) -> Any:
    return call("WHY", [product, period, version])
