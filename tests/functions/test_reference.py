"""The reference in docs is the one the functions write, and every help text fits where Excel shows it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sop_xl.capabilities import CELL_FUNCTIONS
from sop_xl.functions.describing import LONGEST_HELP, describe
from sop_xl.functions.reference import formula, reference

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "cell-functions.md"


def test_the_committed_reference_is_up_to_date() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == reference(), "run: python -m sop_xl.functions.reference"


@pytest.mark.parametrize("name", CELL_FUNCTIONS)
def test_every_argument_is_explained_within_what_excel_shows(name: str) -> None:
    described = describe(name)
    assert 20 < len(described.summary) <= LONGEST_HELP and described.summary.endswith(".")
    assert described.result and described.example.startswith(f"=SOP_{name}(")
    for argument in described.arguments:
        assert 5 < len(argument.help) <= LONGEST_HELP, argument.name
        assert argument.optional or argument.default is None
    needed = [argument.optional for argument in described.arguments]
    assert needed == sorted(needed), "what may be left out comes last"


def test_optional_arguments_stand_in_brackets() -> None:
    assert formula(describe("COVER")) == "=SOP_COVER(stock, demand, [months])"


def test_describing_and_calling_load_no_heavy_library() -> None:
    code = """
import sys
from sop_xl.capabilities import CELL_FUNCTIONS
from sop_xl.functions.calling import call
from sop_xl.functions.describing import describe
for name in CELL_FUNCTIONS: describe(name)
print(*sorted({m.split('.')[0] for m in sys.modules}))
"""
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pandas", "numpy", "statsforecast", "pulp", "xlwings", "requests", "scipy"} & set(loaded)
