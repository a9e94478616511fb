"""Tables as bytes and back: the payload of a version, and a hash of its content that no library version can change.

A payload is a zip (stored, fixed dates, sorted names) of one Parquet file a table and a ``manifest.json`` with the
rows, columns and content hash of each. The same tables give the same bytes; the content hash is taken from the values
themselves, so it also stays the same when a later Parquet writer would choose other bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from server.store.canonical import canonical_json, hash_of

_NAME = re.compile(r"^[\w\- .+%&()=,]+(/[\w\- .+%&()=,]+)*$")
_FIXED_DATE = (1980, 1, 1, 0, 0, 0)
_MANIFEST = "manifest.json"


def pack(tables: Mapping[str, pd.DataFrame]) -> bytes:
    """Return tables as bytes; names may be grouped with a slash, such as ``inputs/demand``.

    Columns are text, numbers, booleans or dates; missing text becomes the empty string the typed tables use.

    Raises:
        ValueError: where a name is not usable or a column holds mixed or unknown types.
    """
    members: dict[str, bytes] = {}
    manifest: dict[str, Any] = {}
    for name in sorted(tables):
        arrow = _to_arrow(name, tables[name])
        sink = io.BytesIO()
        pq.write_table(arrow, sink, compression="zstd", write_statistics=False, version="2.6")
        members[name] = sink.getvalue()
        manifest[name] = {
            "rows": arrow.num_rows,
            "columns": arrow.column_names,
            "sha256": _table_hash(arrow),
        }
    return _zip(members, manifest)


def unpack(payload: bytes) -> dict[str, pd.DataFrame]:
    """Return the tables of a payload."""
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        return {name: _read(archive, name).to_pandas(date_as_object=False) for name in _manifest(archive)}


def table(payload: bytes, name: str) -> pa.Table | None:
    """Return one table of a payload without reading the others, or None where it holds none of that name."""
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        return _read(archive, name) if f"{name}.parquet" in archive.NameToInfo else None


def manifest(payload: bytes) -> dict[str, Any]:
    """Return rows, columns and content hash of every table of a payload by name."""
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        return _manifest(archive)


def select(payload: bytes, rename: Callable[[str], str | None]) -> bytes:
    """Return a payload with the tables that ``rename`` gives a name, under that name; None leaves a table out."""
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        found = _manifest(archive)
        kept = {new: old for old in found if (new := rename(old)) is not None}
        members = {new: archive.read(f"{old}.parquet") for new, old in kept.items()}
        return _zip(members, {new: found[old] for new, old in kept.items()})


def differing(before: bytes, after: bytes) -> set[str]:
    """Return the names of the tables that differ between two payloads, or that one has alone; no table is read."""
    old, new = manifest(before), manifest(after)
    return {
        name for name in old.keys() | new.keys() if old.get(name, {}).get("sha256") != new.get(name, {}).get("sha256")
    }


def content_hash(payload: bytes) -> str:
    """Return the hash of the values of all tables of a payload, independent of how they are stored."""
    return hash_of({name: entry["sha256"] for name, entry in manifest(payload).items()})


def recomputed_content_hash(payload: bytes) -> str:
    """Return the content hash taken from the values themselves rather than from the manifest."""
    with zipfile.ZipFile(io.BytesIO(payload)) as archive:
        return hash_of({name: _table_hash(_read(archive, name)) for name in _manifest(archive)})


def _zip(members: Mapping[str, bytes], manifest: Mapping[str, Any]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(_MANIFEST, _FIXED_DATE), canonical_json(manifest))
        for name in sorted(members):
            archive.writestr(zipfile.ZipInfo(f"{name}.parquet", _FIXED_DATE), members[name])
    return sink.getvalue()


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    return json.loads(archive.read(_MANIFEST))


def _read(archive: zipfile.ZipFile, name: str) -> pa.Table:
    return pq.read_table(io.BytesIO(archive.read(f"{name}.parquet")))


def _to_arrow(name: str, frame: pd.DataFrame) -> pa.Table:
    if not _NAME.match(name) or ".." in name:
        raise ValueError(f"{name!r} cannot name a table of a payload")
    arrays = [_column(name, str(column), frame[column]) for column in frame.columns]
    return pa.table(arrays, names=[str(column) for column in frame.columns])


def _column(table: str, column: str, values: pd.Series) -> pa.Array:
    if pd.api.types.is_bool_dtype(values.dtype):
        return pa.array(values.to_numpy(dtype=bool), pa.bool_())
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return pa.array(values.astype("datetime64[ns]"), pa.timestamp("ns"))
    if pd.api.types.is_integer_dtype(values.dtype):
        return pa.array(values.to_numpy(dtype=np.int64), pa.int64())
    if pd.api.types.is_float_dtype(values.dtype):
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan) + 0.0
        return pa.array(numbers, pa.float64(), from_pandas=False)
    text = values.astype(object).where(values.notna(), "")
    wrong = next((value for value in text if not isinstance(value, str)), None)
    if wrong is not None:
        raise ValueError(f"{table}.{column} holds {type(wrong).__name__} among text")
    return pa.array(text, pa.string())


@cache
def _tags() -> dict[pa.DataType, str]:
    kinds = {pa.bool_(): "boolean", pa.timestamp("ns"): "date", pa.int64(): "integer"}
    return {**kinds, pa.float64(): "number", pa.string(): "text"}


def _table_hash(arrow: pa.Table) -> str:
    digest = hashlib.sha256()
    kinds = [[name, _tags()[kind]] for name, kind in zip(arrow.column_names, arrow.schema.types, strict=True)]
    digest.update(canonical_json({"columns": kinds, "rows": arrow.num_rows}).encode("utf-8"))
    for column in arrow.columns:
        digest.update(_value_bytes(column))
    return digest.hexdigest()


def _value_bytes(column: pa.ChunkedArray) -> bytes:
    if pa.types.is_string(column.type):
        encoded = [value.encode("utf-8") for value in column.to_pylist()]
        lengths = np.array([len(value) for value in encoded], dtype="<i8")
        return lengths.tobytes() + b"".join(encoded)
    if pa.types.is_floating(column.type):
        numbers = column.to_numpy(zero_copy_only=False).astype("<f8")
        numbers[np.isnan(numbers)] = np.nan
        return numbers.tobytes()
    if pa.types.is_timestamp(column.type):
        return column.to_numpy(zero_copy_only=False).astype("datetime64[ns]").astype("<i8").tobytes()
    dtype = "u1" if pa.types.is_boolean(column.type) else "<i8"
    return column.to_numpy(zero_copy_only=False).astype(dtype).tobytes()
