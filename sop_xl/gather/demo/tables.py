"""All tables of the demo, put together for one cycle."""

from __future__ import annotations

import pandas as pd

from sop_xl.gather.demo import executive, finance, forecasts, market, masters, operations, past


def demo_tables(cycle: int = 1, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Return the input tables of the demo, typed, by schema name; tables that stay empty are left out.

    Real are products, channels, families, scripts (units) and cost (revenue, and price as cost per script), from the
    published figures; everything about plants, costs, stock, plans and events follows stated rules and is
    illustrative. Cycle 1 knows history up to 2007-12 and plans the 18 months from 2008-01; each later cycle knows a
    month more, up to 2008-06 in cycle 7. Equal arguments give equal tables.

    Raises:
        ValueError: where the cycle is below 1.
    """
    return {
        "settings": masters.settings(cycle, seed),
        "families": masters.families(),
        "locations": masters.locations(),
        "channels": masters.channels(),
        "products": masters.products(cycle),
        "history": past.history(cycle),
        "forecast_snapshots": forecasts.past_forecasts(),
        "inventory": past.inventory(cycle, seed),
        "scheduled_receipts": past.scheduled_receipts(cycle),
        "open_orders": past.open_orders(cycle),
        "actuals": past.actuals(cycle, seed),
        "launches": market.launches(cycle),
        "rationalisation": market.product_signs(),
        "pipeline": market.pipeline(cycle),
        "account_changes": market.account_changes(cycle),
        "campaigns": market.campaigns(cycle),
        "signals": market.signals(),
        "price_changes": market.price_changes(cycle),
        "elasticities": market.elasticities(),
        "assumptions": market.assumptions(),
        "resources": operations.resources(),
        "resource_calendar": operations.resource_calendar(cycle),
        "resource_variation": operations.resource_variation(),
        "supply_variation": operations.supply_variation(),
        "routings": operations.routings(),
        "outsourcing": operations.outsourcing(cycle),
        "materials": operations.materials(cycle),
        "bom": operations.bom(cycle),
        "lanes": operations.lanes(),
        "inventory_policy": operations.inventory_policy(),
        "options": operations.options(cycle),
        "price_cost": finance.price_cost(cycle),
        "budget": finance.budget(cycle),
        "working_capital": finance.working_capital(cycle),
        "fx": finance.fx(),
        "scenarios": executive.scenarios(),
        "scenario_drivers": executive.scenario_drivers(cycle),
        "risks_opportunities": executive.risks_opportunities(),
        "prior_commitments": executive.prior_commitments(cycle),
    }
