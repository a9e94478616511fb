"""What each constraint of the plan says, checked on the tables of a plan and its inputs alone."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.supply import constraints

NODE = ["product", "location"]
CLOSE, INFINITE = 1e-5, float("inf")


class Checked:
    """A plan and its inputs, with what the checks need of both."""

    def __init__(self, given: PlanningInputs, plan: SolvedPlan) -> None:
        self.given, self.plan = given, plan
        self.starts = pd.DatetimeIndex(given.calendar.starts)
        self.length = pd.Series([given.period_length(t) for t in range(len(self.starts))], index=self.starts)
        self.sales, self.stock = plan.tables["sales_plan"], plan.tables["inventory_plan"]
        self.load, self.people = plan.tables["resource_load"], plan.tables["workforce_plan"]
        self.items, self.sent = plan.tables["material_plan"], plan.tables["shipments"]
        self.decided = plan.tables["capacity_plan"]
        ways = given["routings"]
        made = plan.tables["production_plan"].merge(ways, on=["product", "location", "operation", "resource"])
        self.made = made.assign(started=made["units"] / made["yield_pct"])

    def by_period(self, frame: pd.DataFrame, column: str) -> pd.Series:
        return frame.groupby("period")[column].sum().reindex(self.starts, fill_value=0.0)

    def started(self, product: str) -> pd.Series:
        """Units of a product put into its first step."""
        own = self.made[self.made["product"] == product]
        return self.by_period(own[own["operation"] == "10"], "started")

    def used(self, resource: str, hours: str) -> pd.Series:
        own = self.made[self.made["resource"] == resource]
        each = own[hours].fillna(own["hours_per_unit"])
        return self.by_period(own.assign(used=own["started"] * each + own["setups"] * own["setup_hours"]), "used")

    def number(self, decision: str) -> pd.Series:
        return self.by_period(self.decided[self.decided["decision"] == decision], "number")

    def there(self, step: tuple) -> pd.Series:
        """How often a step is there in each bucket: lead times here are whole months, or buckets."""
        taken = self.number(step.step)
        late = int(step.lead_time)
        return taken.cumsum().shift(late, fill_value=0.0) if step.kind == "lasting" else taken

    def lane(self) -> pd.Series:
        return self.by_period(self.sent, "units")


def same(left: pd.Series, right: pd.Series) -> bool:
    difference = (left.to_numpy(dtype=float) - right.to_numpy(dtype=float)).__abs__()
    return bool((difference < CLOSE * (1 + left.abs().to_numpy())).all())


def within(left: pd.Series, most: pd.Series | float) -> bool:
    return bool((left <= most + CLOSE * (1 + left.abs())).all())


def stock_balance(c: Checked) -> bool:
    s = c.stock
    comes = s["opening_stock"] + s["produced"] + s["outsourced"] + s["scheduled"] + s["received"]
    goes = s["sent"] + s["consumed"] + s["delivered"] + s["expired"]
    before = s.groupby(NODE)["closing_stock"].shift()
    on_hand = c.given["inventory"].set_index(NODE)["on_hand"].reindex(pd.MultiIndex.from_frame(s[NODE])).fillna(0.0)
    opening = before.fillna(pd.Series(on_hand.to_numpy(), index=s.index))
    last = {"A": "10", "B": c.given["routings"].query("product == 'B'")["operation"].max()}
    made = c.made[c.made["operation"] == c.made["product"].map(last)].groupby(["product", "period"])["units"].sum()
    at_plant = s[s["location"] == "P"]
    key = pd.MultiIndex.from_frame(at_plant[["product", "period"]])
    return (
        same(comes - goes, s["closing_stock"])
        and same(opening, s["opening_stock"])
        and same(made.reindex(key, fill_value=0.0), at_plant["produced"])
        and bool((s.select_dtypes("number").min() >= 0).all())
    )


def backlog_balance(c: Checked) -> bool:
    s = c.sales
    before = s.groupby([*NODE, "channel"])["backlog"].shift().fillna(0.0)
    whole = same(s["delivered"] + s["backlog"] - before + s["lost"], s["demand"])
    return whole and (c.given.settings["shortage"] == "backorder" or s["backlog"].eq(0).all())


def step_balance(c: Checked) -> bool:
    b = c.made[c.made["product"] == "B"]
    if "20" not in set(c.given["routings"]["operation"]):
        return True
    first, then = (b[b["operation"] == step] for step in ("10", "20"))
    return same(c.by_period(first, "units"), c.by_period(then, "started"))


def resource_hours(c: Checked) -> bool:
    most = c.given["resources"].set_index("resource")
    for code, own in c.load.set_index("period").groupby("resource"):
        people = set(c.given["workforce"]["resource"])
        if not same(own["planned_hours"], c.used(str(code), "hours_per_unit")):
            return False
        if not within(own["subcontract_hours"], most.loc[code, "subcontract_max"] * c.length):
            return False
        machine = most.loc[code, "overtime_max"] * c.length
        if not (pd.isna(most.loc[code, "hours"]) and code in people) and not within(own["overtime_hours"], machine):
            return False
    return within(
        c.load["planned_hours"], c.load["available_hours"] + c.load["overtime_hours"] + c.load["subcontract_hours"]
    )


def labour_hours(c: Checked) -> bool:
    for group in c.given["workforce"].itertuples():
        own = c.people[c.people["workforce"] == group.workforce].set_index("period")
        hours = own["workers"] * group.hours_per_worker * c.length + own["overtime_hours"]
        bought = c.load[c.load["resource"] == group.resource].set_index("period")["subcontract_hours"]
        rest = own["idle"] + own["short_time"] * group.short_time_pct
        needed = c.used(group.resource, "labour_hours_per_unit") + rest * group.hours_per_worker * c.length
        if not within(needed, hours + bought):
            return False
        if pd.notna(group.idle_cost) and not same(needed, hours + bought):
            return False
    return True


def overtime_per_worker(c: Checked) -> bool:
    most = c.people["workforce"].map(c.given["workforce"].set_index("workforce")["overtime_max"])
    return within(c.people["overtime_hours"], most * c.people["workers"] * c.people["period"].map(c.length))


def workforce_balance(c: Checked) -> bool:
    for group in c.given["workforce"].itertuples():
        own = c.people[c.people["workforce"] == group.workforce].set_index("period")
        before = own["workers"].shift(fill_value=group.opening_workers) * (1 - group.attrition_pct) ** c.length
        change = own["hired"] * (1 - group.attrition_new_pct) - own["laid_off"] + own["moved_in"] - own["moved_out"]
        limits = within(own["hired"], group.max_hires * c.length) if pd.notna(group.max_hires) else True
        most = group.max_workers if pd.notna(group.max_workers) else INFINITE
        if not (same(before + change, own["workers"]) and limits and within(own["workers"], most)):
            return False
    moved = c.people.groupby("period")[["moved_in", "moved_out"]].sum()
    kept = 1 - c.given["workforce_moves"]["lost_pct"].sum()
    return same(moved["moved_in"], moved["moved_out"] * kept)


def lot_needs_setup(c: Checked) -> bool:
    in_lots = (c.made["setup_cost"] + c.made["setup_hours"] + c.made["min_lot"]) > 0
    return bool((c.made["setups"] >= 1)[in_lots & (c.made["units"] > CLOSE)].all())


def smallest_lot(c: Checked) -> bool:
    return within(c.made["min_lot"] * c.made["setups"].clip(upper=1), c.made["units"])


def item_balance(c: Checked) -> bool:
    for item, own in c.items.groupby("item"):
        needed = sum(
            (c.started(row.product) * row.quantity for row in c.given["bom"].itertuples() if row.item == item),
            0.0 * c.length,
        )
        if item == "PAINT" and c.given["materials"].query("item == 'PAINT'")["location"].item() != "P":
            needed = 0.0 * c.length
        stock, come = c.by_period(own, "closing_stock"), c.by_period(own, "arrived")
        opening = c.given["materials"].query("item == @item")["on_hand"].sum()
        if not same(c.by_period(own, "consumed"), needed):
            return False
        if not same(stock.shift(fill_value=opening) + come - needed, stock) or stock.min() < 0:
            return False
    return True


def item_without_supplier(c: Checked) -> bool:
    paint = c.given["materials"].query("item == 'PAINT'")["location"].item()
    missing = c.given["bom"].query("item == 'PAINT'")["product"] if paint != "P" else []
    return not c.made["product"].isin(missing).any()


def order_needs_decision(c: Checked) -> bool:
    return within(c.items["ordered"], c.items["limit"].fillna(INFINITE))


def smallest_order(c: Checked) -> bool:
    least = c.items.merge(c.given["materials"], on=["item", "supplier"])["moq"]
    ordered = c.items["ordered"]
    return bool(((ordered <= CLOSE) | (ordered >= least - CLOSE)).all())


def lane_limit(c: Checked) -> bool:
    most = c.given["lanes"]["limit"].iloc[0]
    return pd.isna(most) or within(c.lane(), most * c.length)


def partner_limit(c: Checked) -> bool:
    offers = c.given["outsourcing"]
    if offers.empty:
        return bool((c.stock["outsourced"] == 0).all())
    return within(c.by_period(c.stock, "outsourced"), offers["limit"].iloc[0] * c.length)


def resource_capacity(c: Checked) -> bool:
    for machine in c.given["resources"].itertuples():
        if pd.isna(machine.hours):
            continue
        hours = machine.hours * machine.units * c.length
        for step in c.given["capacity_steps"].itertuples():
            if step.target == machine.resource:
                hours = hours + step.size * c.length * c.there(step)
        for job in c.given["maintenance"].itertuples():
            if job.resource == machine.resource:
                whole = machine.hours * c.length
                still = whole if pd.isna(job.hours) else whole.clip(upper=job.hours)
                hours = hours - still * c.number(job.job)
        own = c.load[c.load["resource"] == machine.resource].set_index("period")
        if not same(own["available_hours"], hours):
            return False
    return True


def step_taken_at_most(c: Checked) -> bool:
    for step in c.given["capacity_steps"].itertuples():
        taken = c.number(step.step)
        if (taken.sum() if step.kind == "lasting" else taken.max()) > step.most + CLOSE:
            return False
        if not same(taken, taken.round()):
            return False
    return True


def step_switched_on(c: Checked) -> bool:
    for step in c.given["capacity_steps"].itertuples():
        taken, own = c.number(step.step), c.decided[c.decided["decision"] == step.step]
        on = taken if step.kind == "lasting" else (taken - taken.shift(fill_value=0.0)).clip(lower=0)
        expected = on.sum() * step.fixed_cost + (c.there(step) * c.length).sum() * step.cost_per_month
        if abs(own["cost"].sum() - expected) > CLOSE * (1 + expected):
            return False
    return True


def step_group(c: Checked) -> bool:
    grouped = [step for step in c.given["capacity_steps"].itertuples() if step.group]
    there = [c.number(s.step).cumsum() if s.kind == "lasting" else c.number(s.step) for s in grouped]
    return not grouped or within(sum(there), grouped[0].group_max)


def maintenance_done(c: Checked) -> bool:
    for job in c.given["maintenance"].itertuples():
        done = c.number(job.job)
        outside = done[
            (done.index < (job.from_period if pd.notna(job.from_period) else done.index[0]))
            | (done.index > (job.to_period if pd.notna(job.to_period) else done.index[-1]))
        ]
        if done.sum() != job.machines or outside.sum():
            return False
    return True


def move_limit(c: Checked) -> bool:
    for move in c.given["workforce_moves"].itertuples():
        workers = c.people.set_index("period").groupby("workforce")
        out = workers.get_group(move.from_workforce)["moved_out"]
        if pd.notna(move.limit) and not within(out, move.limit * c.length):
            return False
        if pd.notna(move.limit_pct) and not within(
            out, move.limit_pct * workers.get_group(move.to_workforce)["workers"]
        ):
            return False
    return True


def short_time(c: Checked) -> bool:
    most = c.people["workforce"].map(c.given["workforce"].set_index("workforce")["short_time_max"])
    return within(c.people["short_time"], c.people["workers"]) and within(c.people["short_time"], most)


def least_sales(c: Checked) -> bool:
    """What is missing to the least sales is said by a warning, and nothing else is."""
    for limit in c.given["market_limits"].itertuples():
        sold = c.by_period(c.sales[c.sales["product"] == limit.product], "delivered")
        missing = limit.min_sales * c.length - sold
        said = [issue for issue in c.plan.issues if "The least sold in" in issue.message and "missed" in issue.message]
        if (missing > 1e-4).sum() > len(said):
            return False
    return True


def most_sales(c: Checked) -> bool:
    for limit in c.given["market_limits"].itertuples():
        sold = c.by_period(c.sales[c.sales["product"] == limit.product], "delivered")
        if pd.notna(limit.max_sales) and not within(sold, limit.max_sales * c.length):
            return False
    return True


def frozen_production(c: Checked) -> bool:
    for fixed in c.given["frozen_production"].itertuples():
        here = c.stock[(c.stock["product"] == fixed.product) & (c.stock["location"] == fixed.location)]
        if abs(here.set_index("period").loc[fixed.period, "produced"] - fixed.units) > CLOSE:
            return False
    return True


def level_production(c: Checked) -> bool:
    for rule in c.given["smoothing"].itertuples():
        rate = c.by_period(c.stock[c.stock["product"] == rule.product], "produced") / c.length
        change = rate - rate.shift(fill_value=rule.opening_rate if pd.notna(rule.opening_rate) else rate.iloc[0])
        rise, fall = (INFINITE if pd.isna(most) else most for most in (rule.max_rise, rule.max_fall))
        if not (within(change, rise) and within(-change, fall)):
            return False
    return True


def shelf_life(c: Checked) -> bool:
    """First in, first out: what lies at the start of a bucket is gone before it is too old."""
    life = c.given["inventory_policy"]["shelf_life"].iloc[0]
    if pd.isna(life):
        return True
    for _, own in c.stock.groupby(NODE):
        own = own.set_index("period")
        out = own["delivered"] + own["sent"] + own["consumed"] + own["expired"]
        for t, start in enumerate(c.starts):
            if c.given.settings["rates_per"] == "bucket":
                last = t + int(life) - 1
            else:
                last = int((c.starts < start + pd.DateOffset(months=int(life))).sum()) - 1
            ends = len(c.starts) if c.given.settings["rates_per"] == "bucket" else _fits(c, start, int(life))
            if last < ends and own["opening_stock"].iloc[t] > out.iloc[t : last + 1].sum() + CLOSE:
                return False
    return True


def _fits(c: Checked, start: pd.Timestamp, life: int) -> int:
    """Number of buckets where the life ends within the horizon, 0 where it ends after it."""
    return len(c.starts) if start + pd.DateOffset(months=life) <= pd.Timestamp(c.given.calendar.end) else 0


def lane_load(c: Checked) -> bool:
    most = c.given["lane_loads"]["limit"]
    return most.isna().all() or within(c.lane(), most.iloc[0] * c.length)


def least_load(c: Checked) -> bool:
    least = c.given["lane_loads"]["min_load"]
    return least.empty or bool(((c.lane() <= CLOSE) | (c.lane() >= least.iloc[0] - CLOSE)).all())


def location_throughput(c: Checked) -> bool:
    for place in c.given["location_limits"].itertuples():
        here = c.stock[c.stock["location"] == place.location]
        most = place.throughput * c.length
        for step in c.given["capacity_steps"].itertuples():
            if step.target == place.location:
                most = most + step.size * c.length * c.there(step)
        if not within(c.by_period(here, "sent") + c.by_period(here, "delivered"), most):
            return False
    return True


def location_storage(c: Checked) -> bool:
    for place in c.given["location_limits"].itertuples():
        here = c.stock[c.stock["location"] == place.location]
        wanted = c.sales[c.sales["location"] == place.location]
        anyway = (
            here.groupby("product")["opening_stock"].first().sum()
            + (c.by_period(here, "scheduled") - c.by_period(wanted, "demand")).cumsum()
        )
        if pd.notna(place.storage) and not within(c.by_period(here, "closing_stock"), anyway.clip(lower=place.storage)):
            return False
    return True


def plan_limit(c: Checked) -> bool:
    paid = sum(
        value or 0.0
        for name, value in c.plan.kpis.items()
        if name.startswith("cost_") and name not in ("cost_backorder", "cost_lost_sales")
    )
    price = c.given["materials"].groupby("item")["unit_cost"].min()
    bound = c.by_period(c.stock, "stock_value") + c.by_period(
        c.items.assign(value=c.items["closing_stock"] * c.items["item"].map(price)), "value"
    )
    machines = c.load["resource"].map(c.given["resources"].set_index("resource")["hours"]).notna()
    found = {
        "co2": c.plan.kpis["co2_t"] or 0.0,
        "spend": paid,
        "working capital": bound.max(),
        "idle workers": c.by_period(c.people, "idle").max(),
        "overtime hours": c.load.loc[machines, "overtime_hours"].sum() + c.people["overtime_hours"].sum(),
    }
    return all(found[row.kind] <= row.most * (1 + 1e-6) + 1e-4 for row in c.given["plan_limits"].itertuples())


INVARIANTS: dict[str, Callable[[Checked], bool]] = {
    constraint.__name__: globals()[constraint.__name__] for constraint in constraints.CONSTRAINTS
}
"""A check for every constraint; a constraint without one is a name that is not known here."""
