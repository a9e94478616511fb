"""Tables read from several files, put together: what is said twice counts once, what every book has is told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

import pandas as pd

from sop_xl.schema.catalogue import Table, tables


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of a table that came from one file, and which of its raw rows they were."""

    frame: pd.DataFrame
    file: str
    rows: tuple[int, ...]


def put_together(found: Mapping[str, list[Part]]) -> dict[str, list[Part]]:
    """Return the parts of every table without rows that another file holds too.

    A row that stands in several files with the same content counts once. In tables that every book has (assumptions,
    comments) different rows under one key are kept, the later ones under ``file:key``, and what refers to them in the
    tables of that file follows. In other tables they stay for the check of keys to find.
    """
    renamed: dict[tuple[str, str], dict[str, str]] = {}
    result = {name: _distinct(tables()[name], parts, renamed) for name, parts in found.items()}
    if not renamed:
        return result
    return {name: [_follow(tables()[name], part, renamed) for part in parts] for name, parts in result.items()}


def _distinct(shape: Table, parts: list[Part], renamed: dict[tuple[str, str], dict[str, str]]) -> list[Part]:
    if len(parts) < 2:
        return parts
    seen: dict[tuple[object, ...], tuple[object, ...]] = {}
    kept = []
    for number, part in enumerate(parts):
        keys = _tuples(part.frame[list(shape.keys)])
        contents = _tuples(part.frame)
        fresh = [row for row, key in enumerate(keys) if number == 0 or seen.get(key) != contents[row]]
        frame = part.frame.iloc[fresh].reset_index(drop=True)
        if shape.book == "every":
            frame = _told_apart(shape, frame, [keys[row] for row in fresh], seen, part.file, renamed)
        for row in fresh:
            seen.setdefault(keys[row], contents[row])
        kept.append(Part(frame, part.file, tuple(part.rows[row] for row in fresh)))
    return kept


def _told_apart(
    shape: Table,
    frame: pd.DataFrame,
    keys: list[tuple[object, ...]],
    seen: Mapping[tuple[object, ...], object],
    file: str,
    renamed: dict[tuple[str, str], dict[str, str]],
) -> pd.DataFrame:
    key = shape.keys[0]
    names = renamed.setdefault((shape.name, file), {})
    for value in (str(found[0]) for found in keys if found in seen):
        names[value] = f"{PurePath(file).stem}:{value}"
    return frame.assign(**{key: frame[key].map(lambda value: names.get(value, value))})


def _follow(shape: Table, part: Part, renamed: Mapping[tuple[str, str], Mapping[str, str]]) -> Part:
    columns = {
        column.name: part.frame[column.name].map(lambda code, names=names: names.get(code, code))
        for column in shape.columns
        if (names := renamed.get((column.ref, part.file))) and column.name in part.frame
    }
    return Part(part.frame.assign(**columns), part.file, part.rows) if columns else part


def _tuples(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return list(plain.itertuples(index=False, name=None))
