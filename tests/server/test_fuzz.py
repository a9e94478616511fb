"""Books spoiled at random never make the guard or the parser raise, hang or take memory without end.

A longer run: ``python tests/server/fuzz_books.py BOOK.xlsx SEED SECONDS``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TEMPLATES = HERE.parents[1] / "workbook_templates"
LIMITED = (
    "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30)); "
    "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
)


@pytest.mark.parametrize(("book", "seed"), [("sales", 1), ("operations", 2), ("data", 3)])
def test_a_spoiled_book_is_read_or_refused_and_never_raises(book: str, seed: int) -> None:
    script = str(HERE / "fuzz_books.py")
    command = [sys.executable, "-c", LIMITED, script, str(TEMPLATES / f"{book}.xlsx"), str(seed), "5"]
    done = subprocess.run(command, cwd=HERE.parents[1], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) >= 10
