"""The data dictionary in docs is the one the schema writes."""

from __future__ import annotations

from pathlib import Path

from sop_xl.schema.catalogue import settings, tables
from sop_xl.schema.dictionary import data_dictionary

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"


def test_the_committed_dictionary_is_up_to_date() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == data_dictionary(), "run: python -m sop_xl.schema.dictionary"


def test_every_table_column_and_setting_is_in_it() -> None:
    text = data_dictionary()
    for shape in tables().values():
        section = text.split(f"### `{shape.name}`\n")[1].split("\n### ")[0]
        assert all(f"| `{column.name}` |" in section for column in shape.columns), shape.name
    assert all(f"| `{name}` |" in text for name in settings())
