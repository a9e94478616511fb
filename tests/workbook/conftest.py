"""Books and a pack of the example company, written once for all tests."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from sop_xl.schema.catalogue import BOOKS
from sop_xl.workbook.content import PackContent
from sop_xl.workbook.example import example_inputs, example_plan
from sop_xl.workbook.pack import write_pack
from sop_xl.workbook.templates import template

VERSION = "9f2c4e0b7a1d4f6e8c3b5a7d9e1f2a4c6b8d0e2f4a6c8e0b1d3f5a7c9e1b3d5f"


@pytest.fixture(scope="session")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every template, by the name of its book."""
    folder = tmp_path_factory.mktemp("books")
    written = {book: folder / f"{book}.xlsx" for book in BOOKS}
    for book, path in written.items():
        path.write_bytes(template(book))
    return written


@pytest.fixture(scope="session")
def pack_content() -> PackContent:
    """A pack of the example company's plan."""
    inputs, plan = example_inputs(), example_plan()
    return PackContent(
        {**inputs.tables, **plan},
        inputs.calendar,
        VERSION,
        cycle="2026-07",
        weights={"service": 0.3, "margin": 0.4, "stock": 0.1, "cash": 0.1, "co2": 0.1},
        messages=["Revenue stays below budget.", "Line B is full before Christmas."],
        illustrative=True,
    )


@pytest.fixture(scope="session")
def pack(pack_content: PackContent, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack as a file."""
    path = tmp_path_factory.mktemp("pack") / "pack.xlsx"
    write_pack(pack_content, path)
    return path


def packed(content: PackContent, **changed: object) -> bytes:
    """Return the bytes of a pack with some of its content changed."""
    target = io.BytesIO()
    write_pack(replace(content, **changed), target)
    return target.getvalue()
