"""Explain cell: version, people, layers, assumptions, the constraint that binds and what it is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd
import pytest

from buttons.conftest import Ask
from sop_xl.buttons import answer
from sop_xl.buttons.company import FolderCompany, Known
from sop_xl.schema.parse import Parsed

Book = Callable[[str], bytes]


@dataclass(frozen=True)
class CommittedCompany:
    """The example company after its plan was committed."""

    folder: FolderCompany

    def parsed(self) -> Parsed:
        return self.folder.parsed()

    def committed(self) -> Mapping[str, pd.DataFrame]:
        return {}

    def known(self) -> Known:
        return Known(
            "abcdef0123456789", "2026-06", "Managing director", "Best margin.", {"sales": "Sales lead, 1 July"}
        )

    def shows(self, table: str) -> bool:
        return True


def explained(book: bytes, ask: Ask, company: object, at: str) -> pd.DataFrame:
    found = answer(ask("explain", book, at=at), company)  # type: ignore[arg-type]
    assert not found.failed, found.issues
    return found.outputs[0].rows


def lines(rows: pd.DataFrame, about: str) -> pd.DataFrame:
    return rows[rows["about"] == about]


def test_the_layers_add_up_to_the_consensus(book: Book, ask: Ask, company: FolderCompany) -> None:
    rows = explained(book("sales"), ask, company, "Pipeline!F7")
    layers = rows[rows["about"].str.startswith("Layer")]["value"].sum()
    total = lines(rows, "Consensus demand")["value"].iloc[0]
    assert len(rows[rows["about"].str.startswith("Layer")]), "the opportunity is a layer"
    assert total == pytest.approx(lines(rows, "Baseline")["value"].iloc[0] + layers, rel=1e-9)
    assert lines(rows, "Layer pipeline")["text"].str.contains("OPP-1").all()


def test_a_gap_names_the_constraint_and_what_one_more_hour_is_worth(
    narrow_operations: bytes, ask: Ask, company: FolderCompany
) -> None:
    response = answer(ask("feasibility", narrow_operations), company).outputs[0].rows
    position = int(response["gap"].to_numpy().argmax())
    rows = explained(narrow_operations, ask, company, f"SupplyResponse!F{7 + position}")
    assert lines(rows, "Gap")["value"].iloc[0] == pytest.approx(response["gap"].iloc[position], abs=0.01)
    binding = lines(rows, "Binding constraint")
    assert binding["text"].str.contains("LINE-B is full").any()
    assert (binding["value"] > 0).any()
    assert len(lines(rows, "Cheapest relief")) == 1


def test_a_resource_tells_its_load_and_its_worth(narrow_operations: bytes, ask: Ask, company: FolderCompany) -> None:
    rows = explained(narrow_operations, ask, company, "Resources!B8")
    assert "LINE-B" in rows["text"].iloc[0]
    assert lines(rows, "Capacity load")["value"].iloc[0] >= 0.999
    assert lines(rows, "Binding constraint")["value"].iloc[0] > 0


def test_version_and_people_are_named_where_they_are_known(book: Book, ask: Ask, company: FolderCompany) -> None:
    rows = explained(book("sales"), ask, CommittedCompany(company), "Pipeline!F7")
    assert "abcdef012345" in lines(rows, "Committed plan")["text"].iloc[0]
    assert "Managing director" in lines(rows, "Committed plan")["text"].iloc[0]
    assert lines(rows, "Handed in by")["text"].iloc[0] == "sales: Sales lead, 1 July."


def test_without_a_plan_it_says_what_it_can_and_what_it_cannot(book: Book, ask: Ask) -> None:
    rows = explained(book("sales"), ask, None, "Pipeline!F7")
    assert {"Cell", "Meaning", "Version", "Not explained"} <= set(rows["about"])


def test_a_cell_in_no_table_is_told_to_be_none(book: Book, ask: Ask) -> None:
    found = answer(ask("explain", book("sales"), at="Home!B3"))
    assert found.failed and "Home!B3 is no cell of a table" in found.issues[0].message
