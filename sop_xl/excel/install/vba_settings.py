"""The file in which the add-in looks up the interpreter: lines of a quoted key and value, as VBA reads them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from sop_xl.excel.install.setup_check import reinstall
from sop_xl.model.issue import InputErrors, Issue, Severity


def read_vba_settings(path: Path) -> dict[str, str]:
    """Return the settings by key; nothing where there is no file.

    Raises:
        InputErrors: where a line is no key with a value.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as problem:
        raise _broken(path, f"The settings of the add-in cannot be read ({problem}).") from problem
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    if any(len(row) != 2 for row in rows):
        raise _broken(path, "The settings of the add-in are broken: a line has no key with a value.")
    return {key.upper(): value for key, value in rows}


def write_vba_settings(path: Path, settings: dict[str, str], line_end: str) -> None:
    """Write settings for the add-in, with the line ends of the system, replacing the file as a whole.

    Raises:
        InputErrors: where a value has signs that VBA would misread, or the file cannot be written.
    """
    for value in settings.values():
        if not value.isascii() or '"' in value:
            hint = "Install Python and the program below your own user folder, or in a folder with plain letters."
            raise InputErrors([Issue(Severity.ERROR, f"Excel cannot read the path '{value}'.", hint, file=str(path))])
    text = "".join(f'"{key}","{value}"{line_end}' for key, value in settings.items())
    part = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(text.encode("ascii"))
        part.replace(path)
    except OSError as problem:
        raise _broken(path, f"The settings of the add-in cannot be written ({problem}).") from problem


def _broken(path: Path, message: str) -> InputErrors:
    return InputErrors([Issue(Severity.ERROR, message, reinstall(), file=str(path))])
