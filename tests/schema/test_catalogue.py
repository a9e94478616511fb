"""The schema as data holds together."""

from __future__ import annotations

import pytest

from sop_xl.schema.catalogue import BOOKS, Table, lists, measures, settings, tables, tables_of

MASTERS = {"products_or_families": ("products", "families"), "materials_or_products": ("materials", "products")}


@pytest.mark.parametrize("shape", tables().values(), ids=lambda t: t.name)
def test_every_table_is_whole(shape: Table) -> None:
    names = shape.column_names
    assert len(set(names)) == len(names)
    assert set(shape.keys) <= set(names)
    assert shape.book in (*BOOKS, "every", "plan", "answers")
    assert set(shape.answers_in) <= set(BOOKS) and (not shape.answers_in or shape.role == "output")
    headers = [c.header.lower() for c in shape.columns]
    assert len(set(headers)) == len(headers), "headers must tell the columns apart"
    for column in shape.columns:
        assert column.description.endswith("."), column.name
        for master in MASTERS.get(column.ref, (column.ref,)):
            assert not master or master in tables(), f"{column.name} refers to {column.ref}"
        if column.type == "choice":
            assert column.choices
            assert column.default is None or column.default in column.choices


@pytest.mark.parametrize("shape", tables().values(), ids=lambda t: t.name)
def test_every_measure_says_how_it_adds_up(shape: Table) -> None:
    for column in shape.measures:
        if column.type == "money" and column.unit == "":
            assert (column.over_products, column.over_time) != ("", "")
        if column.type == "percent":
            assert column.over_products != "sum", f"{shape.name}.{column.name}: percentages are never added up"
        if "stock" in column.name and column.unit == "units" and column.name != "opening_stock":
            assert column.over_time == "last", f"{shape.name}.{column.name}: stock is what is left at the end"


def test_quantiles_are_never_added_up() -> None:
    quantiles = [c for t in tables().values() for c in t.columns if c.name in ("p2_5", "p10", "p90", "p97_5")]
    assert len(quantiles) == 6
    assert {(c.over_products, c.over_time) for c in quantiles} == {("none", "none")}


def test_every_function_has_its_book_with_assumptions_and_comments() -> None:
    for function in lists()["functions"]:
        names = [t.name for t in tables_of(function)]
        assert names[-2:] == ["assumptions", "comments"]
        assert len(names) >= 5


def test_settings_and_measures_describe_themselves() -> None:
    assert all(s.description for s in settings().values())
    assert {m.block for m in measures().values()} == {"Sales", "Production", "Inventory", "Money", "Capacity"}
