"""What the company knows beside the workbook on which a button is pressed: its other inputs and its committed plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sop_xl.schema.parse import Parsed

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about the plan that was committed last and about who handed in what.

    Attributes:
        version: hash of the committed version; '' where there is none.
        cycle: its cycle.
        author: who committed it.
        reason: why.
        submitters: by function, who handed in its book and when, in words.
    """

    version: str = ""
    cycle: str = ""
    author: str = ""
    reason: str = ""
    submitters: Mapping[str, str] = field(default_factory=dict)


class Company(Protocol):
    """The company's other inputs and the plan it committed."""

    def parsed(self) -> Parsed:
        """Return the typed tables with their issues; the tables of the workbook are laid over them."""
        ...

    def committed(self) -> Mapping[str, pd.DataFrame]:
        """Return output tables of the committed plan by schema name; none where nothing is committed."""
        ...

    def known(self) -> Known:
        """Return what is known about that plan and about who handed in what."""
        ...

    def shows(self, table: str) -> bool:
        """Return whether who presses may look at rows of an input table, by its schema name.

        Everybody's plan is made from all inputs, and is common; what was found in the others' tables is not told.
        """
        ...


@dataclass(frozen=True, slots=True)
class NoCompany:
    """Nothing but the workbook itself."""

    def parsed(self) -> Parsed:
        """Return no tables."""
        return Parsed({})

    def committed(self) -> Mapping[str, pd.DataFrame]:
        """Return no tables."""
        return {}

    def known(self) -> Known:
        """Return that nothing is known."""
        return Known()

    def shows(self, table: str) -> bool:
        """Return that nothing is kept back."""
        return True


@dataclass(frozen=True, slots=True)
class FolderCompany:
    """A folder of CSVs and workbooks, or a single one of them; read again when a file in it changes.

    A folder knows no submitters; a pack or plan in it is not read.
    """

    inputs: Path

    def parsed(self) -> Parsed:
        """Return everything the folder holds."""
        return _read(self.inputs, _fingerprint(self.inputs))

    def committed(self) -> Mapping[str, pd.DataFrame]:
        """Return no tables: plans are kept by the server."""
        return {}

    def known(self) -> Known:
        """Return that nothing is known."""
        return Known()

    def shows(self, table: str) -> bool:
        """Return that nothing is kept back: who has the folder has its files."""
        return True


def _fingerprint(folder: Path) -> tuple[tuple[str, int, int], ...]:
    files = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else [folder]
    states = ((path.name, path.stat()) for path in files if path.exists())
    return tuple((name, state.st_mtime_ns, state.st_size) for name, state in states)


@lru_cache(maxsize=4)
def _read(folder: Path, fingerprint: tuple[tuple[str, int, int], ...]) -> Parsed:
    from sop_xl.workbook.folder import read_folder

    return read_folder(folder)
