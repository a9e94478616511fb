"""Tables as other programs save them are read, and what cannot be read is said with its row."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sop_xl.model.issue import InputErrors
from sop_xl.workbook.frames import read_frame

TABLE = pd.DataFrame({"unique_id": ["Käse", "Käse"], "ds": ["2024-01-01", "2024-02-01"], "y": ["1,5", "2"]})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize(("separator", "told"), [(";", ""), ("\t", ""), (";", "sep=;\n")])
def test_it_reads_what_excel_saves_as_text(tmp_path: Path, encoding: str, separator: str, told: str) -> None:
    source = tmp_path / "sales.csv"
    source.write_text(told + TABLE.to_csv(sep=separator, index=False), encoding=encoding)
    pd.testing.assert_frame_equal(read_frame(source), TABLE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        ("unique_id,ds,y\nA,2024-01-01,5\nA,2024-02-01,1,250\n", "row 3 has 4 cells"),
        ("unique_id,ds,y\nA,2024-01-01,1,250\n", "more cells than its header"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, text: str, said: str) -> None:
    source = tmp_path / "sales.csv"
    source.write_text(text)
    with pytest.raises(InputErrors, match=said):
        read_frame(source)
