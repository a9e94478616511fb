"""Opening a zip someone sent: only its files, only by bare names, and never more than it should inflate to."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from sop_xl.model.issue import Issue, Severity

MOST_FILES = 200
MOST_BYTES = 300 * 1024 * 1024
_WANTED = (".csv", ".xlsx", ".xlsm", ".xls")
_HINT = "Zip the CSV files or workbooks alone, without folders inside folders."


def expand(files: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[Issue]]:
    """Return files by bare name, those of zips taken out, and an issue for each that cannot be used."""
    found: dict[str, bytes] = {}
    issues: list[Issue] = []
    for name, content in files.items():
        if not name.lower().endswith(".zip"):
            _add(found, issues, name, content)
            continue
        try:
            inner = _members(content)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as problem:
            why = "needs a password" if "password" in str(problem) else "cannot be opened"
            hint = "Zip the files again, without a password."
            issues.append(Issue(Severity.ERROR, f"The zip {why}.", hint, file=name))
            continue
        except ValueError as problem:
            issues.append(Issue(Severity.ERROR, str(problem), _HINT, file=name))
            continue
        for inner_name, inner_content in inner:
            _add(found, issues, inner_name, inner_content)
    return found, issues


def _members(content: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        wanted = [entry for entry in archive.infolist() if _is_wanted(entry)]
        if len(wanted) > MOST_FILES:
            raise ValueError(f"The zip holds {len(wanted)} files; at most {MOST_FILES} are taken.")
        members, left = [], MOST_BYTES
        for entry in wanted:
            with archive.open(entry) as stream:
                data = stream.read(left + 1)
            left -= len(data)
            if left < 0:
                raise ValueError(f"The zip grows beyond {MOST_BYTES // 1024 // 1024} MB when it is opened.")
            members.append((PurePosixPath(entry.filename).name, data))
        return members


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    hidden = path.name.startswith((".", "~$")) or "__MACOSX" in path.parts
    return not entry.is_dir() and not hidden and path.suffix.lower() in _WANTED


def _add(found: dict[str, bytes], issues: list[Issue], name: str, content: bytes) -> None:
    if name in found:
        issues.append(Issue(Severity.ERROR, f"There are two files named '{name}'.", "Send each table once.", file=name))
    elif name in ("", ".", "..") or "/" in name or "\\" in name or "\0" in name:
        issues.append(Issue(Severity.ERROR, f"'{name}' is no usable file name.", "Rename the file.", file=name))
    else:
        found[name] = content
