"""A contributor reads and writes the data of the own functions alone, proven route by route.

Every function's book carries a word of its own: in a value of its plan, in the name of its file, in a wrong cell that
comes back as a finding, and in the reasons of a conflict. (What the executive decides and signs is part of the plan,
which is common.) A contributor of one function then asks every address there is, with every id there is; no answer may
hold a word of another function.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import CYCLE, Site, consolidated, copy_store, typed
from routes import Addresses, changing, roles_of, rules

from server.app import create_app
from server.context import ServerConfig
from sop_xl.buttons.request import Request, Selection
from sop_xl.buttons.wire import request_to_json
from sop_xl.capabilities import BUTTONS
from sop_xl.schema.catalogue import FUNCTIONS
from sop_xl.workbook.filling import Filler
from sop_xl.workbook.reading import read_workbook

SEPTEMBER = {"product": "KETTLE", "location": "PLANT", "channel": "ALL", "period": date(2026, 9, 1)}
TOASTER = {**SEPTEMBER, "product": "TOASTER"}
SAID: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "sales": ("sales_forecast", SEPTEMBER, {"sales_override": 1000, "reason": "account win", "note": "WORDsales"}),
    "marketing": (
        "signals",
        {"signal": "weather", "period": date(2026, 6, 1)},
        {"value": 1, "available_from": date(2026, 6, 2), "source": "WORDmarketing"},
    ),
    "operations": (
        "resource_calendar",
        {"resource": "LINE", "period": date(2026, 10, 1)},
        {"downtime_hours": 1, "note": "WORDoperations"},
    ),
    "finance": ("bridge", {"step": "tariffs"}, {"note": "WORDfinance"}),
}
WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "sales": ("sales_forecast", SEPTEMBER, "sales_override"),
    "marketing": ("signals", {"signal": "weather", "period": date(2026, 6, 1)}, "value"),
    "product": ("products", {"product": "KETTLE"}, "last_buy"),
    "operations": ("resources", {"resource": "LINE"}, "hours_per_shift"),
    "finance": ("price_cost", {"product": "KETTLE"}, "price"),
    "executive": ("risks_opportunities", {"risk": "R1"}, "money"),
}
PLACES = {
    "sales": (("Forecast", "H10"), ("Forecast", "M12"), ("Pipeline", "F7")),
    "marketing": (("Campaigns", "F7"), ("Signals", "E7")),
    "operations": (("SupplyResponse", "E7"), ("SupplyResponse", "G8"), ("Resources", "F7"), ("Options", "F7")),
    "finance": (("PriceCost", "D7"), ("Budget", "D8"), ("Bridge", "C7")),
    "executive": (("Dashboard", "E8"), ("RisksOpps", "D7"), ("Decisions", "D7")),
}
"""Cells of the books whose numbers are explained."""
OPEN_TO_CONTRIBUTORS = {
    "api_submissions.submit",
    "pages.submit",
    "api_follow_up.change_action",
    "pages.change_action",
}
"""Routes that change something about the plan and are for contributors: each has its test of the limits below."""


def planned_by(function: str) -> str:
    return "contributor:executive" if function == "executive" else f"contributor:{function}"


def own(site: Site, function: str) -> Site:
    return site.as_(f"{function} planner", planned_by(function))


def send(site: Site, function: str, content: bytes, *, name: str, by: str = "") -> Any:
    person = site.as_(by, planned_by(function)) if by else own(site, function)
    form = {"file": (io.BytesIO(content), name)}
    return person.post(f"/cycles/{CYCLE}/submissions", 201, data=form)


def said(site: Site, function: str) -> bytes:
    """Return the book of a function with its word in a value."""
    book = site.book(function)
    if function not in SAID:
        return book
    table, key, values = SAID[function]
    filler = Filler(book)
    if function == "sales":
        for column, value in values.items():
            filler.type(table, key, column, value)
        filler.type(table, TOASTER, "sales_override", 700)
    else:
        filler.add(table, {**key, **values})
    if function == "operations":
        filler.type("resources", {"resource": "LINE"}, "cost_per_hour", 50.0)
    return filler.save()


@pytest.fixture(scope="module")
def planted_store(issued_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A consolidated plan in which every function has left its word."""
    path = copy_store(issued_store, tmp_path_factory.mktemp("planted") / "planted.sqlite")
    site = Site.of(create_app(ServerConfig(database_url=f"sqlite:///{path}")))
    for function in FUNCTIONS:
        table, key, column = WRONG[function]
        returned = send(
            site, function, typed(site.book(function), table, key, **{column: f"WORD{function}"}), name="wrong.xlsx"
        )
        assert returned["state"] == "returned" and f"WORD{function}" in str(returned["issues"])
        sent = send(site, function, said(site, function), name=f"WORD{function}.xlsx")
        assert sent["state"] == "validated", sent["issues"]
    wanted = {"sales_override": 750, "reason": "account win", "note": "WORDsales too"}
    other = typed(site.book("sales"), "sales_forecast", TOASTER, **wanted)
    assert send(site, "sales", other, name="WORDsales2.xlsx", by="second sales planner")["state"] == "validated"
    consolidated(site)
    assert site.get(f"/cycles/{CYCLE}/conflicts"), "two sales planners want different numbers"
    site.context.close()
    return path


@pytest.fixture(scope="module")
def planted(planted_store: Path) -> Any:
    site = Site.of(create_app(ServerConfig(database_url=f"sqlite:///{planted_store}")))
    yield site
    site.context.close()


def test_the_words_are_there_for_who_may_see_them(planted: Site) -> None:
    found = str(planted.get(f"/cycles/{CYCLE}"))
    head = planted.get(f"/cycles/{CYCLE}")["head"]
    for function in FUNCTIONS:
        assert f"WORD{function}" in found
        if function in SAID:
            rows = str(planted.get(f"/versions/{head}/tables/inputs/{SAID[function][0]}"))
            assert f"WORD{function}" in rows


def everything(content: bytes) -> str:
    """Return an answer as text; a workbook with all its parts."""
    if not content.startswith(b"PK"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return "".join(package.read(name).decode(errors="replace") for name in package.namelist())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_address_tells_a_contributor_what_another_function_has_sent(planted: Site, function: str) -> None:
    addresses, client = Addresses(planted), own(planted, function).client
    others = [f"WORD{other}" for other in FUNCTIONS if other != function]
    asked, told, broken = 0, [], []
    for rule in rules(planted):
        if "GET" not in (rule.methods or ()):
            continue
        for address in addresses.of(rule):
            answer = client.get(address)
            broken += [f"{address}: {answer.text[:300]}"] if answer.status_code >= 500 else []
            text = everything(answer.data)
            told += [f"{address} tells {text[text.index(word) - 80 :][:160]}" for word in others if word in text]
            asked += 1
    assert told == [] and broken == []
    assert asked > 150
    if function in SAID:
        mine = client.get(f"/api/v1/cycles/{CYCLE}").text
        assert f"WORD{function}" in mine, "the own data are there"


@pytest.mark.parametrize("function", ["sales", "finance"])
def test_books_submissions_and_inputs_of_others_are_refused_by_name(planted: Site, function: str) -> None:
    client = own(planted, function).client
    found = planted.get(f"/cycles/{CYCLE}")
    for submission in found["submissions"]:
        expected = 200 if submission["function"] == function else 403
        for path in ("", "/file"):
            assert client.get(f"/api/v1/submissions/{submission['id']}{path}").status_code == expected
        assert client.get(f"/submissions/{submission['id']}").status_code == expected
    for other in FUNCTIONS:
        expected = 200 if other == function else 403
        assert client.get(f"/api/v1/cycles/{CYCLE}/books/{other}").status_code == expected
    foreign = client.get(
        f"/api/v1/versions/{found['head']}/tables/inputs/{'price_cost' if function == 'sales' else 'pipeline'}"
    )
    assert (foreign.status_code, foreign.json["type"]) == (403, "/problems/forbidden")


def test_every_route_by_which_contributors_change_the_plan_is_tested_here(planted: Site) -> None:
    for_contributors = {
        rule.endpoint
        for rule in changing(planted)
        if "contributor" in (roles_of(planted, rule) or ())
        and not rule.endpoint.startswith(("account.", "api_account."))
    }
    assert for_contributors == OPEN_TO_CONTRIBUTORS, "name it above, and write its test below"


def test_the_book_of_another_function_is_refused_and_not_kept(site: Site) -> None:
    finance, books = own(site, "finance"), {function: said(site, function) for function in ("sales", "finance")}
    before = site.get(f"/cycles/{CYCLE}")["submissions"]
    for path in (f"/api/v1/cycles/{CYCLE}/submissions", f"/cycles/{CYCLE}/submissions"):
        answer = finance.client.post(path, data={"file": (io.BytesIO(books["sales"]), "finance.xlsx")})
        assert answer.status_code == 403
    assert site.get(f"/cycles/{CYCLE}")["submissions"] == before
    send(site, "sales", books["sales"], name="sales.xlsx")
    again = finance.client.post(
        f"/api/v1/cycles/{CYCLE}/submissions", data={"file": (io.BytesIO(books["sales"]), "sales.xlsx")}
    )
    assert again.status_code == 403, "also where the same bytes are known"
    assert send(site, "finance", books["finance"], name="finance.xlsx")["state"] == "validated"


def test_a_book_never_takes_the_place_of_that_of_another_function(site: Site) -> None:
    sent = send(site, "sales", said(site, "sales"), name="sales.xlsx")
    renamed = site.as_("sales planner")  # the same person, now planning for finance alone
    with site.context.database.write() as connection:
        connection.exec_driver_sql("""UPDATE people SET functions = '["finance"]' WHERE name = 'sales planner'""")
    form = {"file": (io.BytesIO(said(site, "finance")), "finance.xlsx")}
    renamed.post(f"/cycles/{CYCLE}/submissions", 201, data=form)
    assert site.get(f"/submissions/{sent['id']}")["state"] == "validated"


def test_a_contributor_reports_on_own_actions_alone(planted: Site) -> None:
    action = {
        "text": "buy moulds",
        "owner": "operations planner",
        "due": "2026-08-01",
        "status": "open",
        "reason": "agreed",
    }
    made = planted.client.post(f"/api/v1/cycles/{CYCLE}/actions", json=action)
    assert made.status_code == 201, made.text
    path, headers = made.headers["Location"], {"If-Match": made.headers["ETag"]}
    foreign = own(planted, "sales").client.put(path, json={**action, "status": "done"}, headers=headers)
    assert foreign.status_code == 403
    page, form = path.replace("/api/v1", ""), {"status": "done", "expected": made.headers["ETag"].strip('"')}
    assert planted.browser("sales planner").post(page, data=form).status_code == 403
    assert planted.get(path.removeprefix("/api/v1"))["status"] == "open"
    mine = own(planted, "operations").client.put(path, json={**action, "status": "done"}, headers=headers)
    assert (mine.status_code, mine.json["status"], mine.json["owner"]) == (200, "done", "operations planner")


def pressed(person: Site, button: str, book: bytes, selection: tuple[str, str]) -> list[str]:
    """Return what a button tells a person: on the workbook, as the pane does, and on its tables, as desktops do."""
    sheet, address = selection
    form = {"selection": json.dumps({"sheet": sheet, "address": address}), "entered": '{"title": "mine"}'}
    sent = {"workbook": (io.BytesIO(book), "mine.xlsx"), "cycle": CYCLE, **form}
    told = [person.client.post(f"/api/v1/office/buttons/{button}", data=sent)]
    if BUTTONS[button].group != "Setup":
        reading = read_workbook(book, file_name="mine.xlsx")
        chosen = Selection(sheet, address)
        request = Request(button, "mine.xlsx", reading.raw_tables, reading.meta, reading.issues, chosen, {}, book)
        path = f"/api/v1/cycles/{CYCLE}/buttons/{button}"
        told.append(person.client.post(path, json=request_to_json(request)))
    assert {answer.status_code for answer in told} == {200}, [answer.text[:500] for answer in told]
    files = [base64.b64decode(answer.json["file"]["data"]) for answer in told if answer.json["file"]]
    return [answer.text for answer in told] + [everything(file) for file in files]


@pytest.fixture(scope="module")
def buttons(planted_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same plan once more, for buttons that hand in."""
    path = copy_store(planted_store, tmp_path_factory.mktemp("buttons") / "store.sqlite")
    site = Site.of(create_app(ServerConfig(database_url=f"sqlite:///{path}")))
    yield site
    site.context.close()


@pytest.mark.parametrize("function", ["sales", "finance"])
def test_no_button_tells_a_contributor_what_another_function_has_sent(buttons: Site, function: str) -> None:
    person, others = own(buttons, function), [f"WORD{other}" for other in FUNCTIONS if other != function]
    explained = 0
    for of, places in PLACES.items():  # also with books that came into the wrong hands
        book = buttons.book(of)
        for button in BUTTONS if of == function else ("validate", "explain", "refresh", "feasibility"):
            for place in places if button == "explain" else places[:1]:
                found = pressed(person, button, book, place)
                assert not [w for w in others for told in found if w in told], f"{button} on the {of} book tells it"
                explained += button == "explain" and "Consensus demand" in found[0]
    assert explained > 3, "the plan itself is explained to everybody"


def test_the_facilitator_is_told_more_by_the_same_button(buttons: Site) -> None:
    book, place, remark = buttons.book("sales"), PLACES["sales"][0], "Overtime of LINE is cheaper"
    for person, is_told in ((buttons, True), (own(buttons, "operations"), True), (own(buttons, "sales"), False)):
        assert [remark in told for told in pressed(person, "feasibility", book, place)] == [is_told, is_told]


def test_cell_functions_tell_a_contributor_what_the_plan_tells(buttons: Site) -> None:
    planted = buttons
    head = planted.get(f"/cycles/{CYCLE}")["head"]
    planted.post(f"/cycles/{CYCLE}/commit", 201, json={"scenario": "base", "reason": "agreed", "expected_parent": head})
    calls = [{"name": "WHY", "arguments": [family]} for family in ("KETTLES", "TOASTERS", "KETTLE")]
    calls += [{"name": "PLAN", "arguments": [measure]} for measure in ("revenue", "stock", "demand", "price")]
    answers = {}
    for function in ("sales", "finance"):
        answers[function] = own(planted, function).post("/functions", 200, json=calls)
        assert "WORD" not in str(answers[function])
    assert answers["sales"] == answers["finance"], "the plan is common"
