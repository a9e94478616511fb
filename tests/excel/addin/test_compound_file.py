"""The compound file, read again by an independent reader, with sizes on both sides of every limit."""

from __future__ import annotations

import io

import olefile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_xl.excel.addin.compound_file import compound_file


def read(data: bytes) -> dict[str, bytes]:
    """Return the streams that olefile finds, and fail on anything it has to excuse."""
    with olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_POTENTIAL) as file:
        assert file.parsing_issues == []
        return {"/".join(path): file.openstream(path).read() for path in file.listdir()}


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 511, 512, 513, 4095, 4096, 4097, 100_000])
def test_streams_of_every_size(size):
    streams = {"PROJECT": bytes(range(256)) * (size // 256) + b"x" * (size % 256), "VBA/dir": b"d" * size}
    assert read(compound_file(streams)) == streams


@given(st.dictionaries(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,30}", fullmatch=True), st.binary(max_size=200)))
@settings(max_examples=60)
def test_any_number_of_streams_under_any_names(streams):
    distinct = {name: data for name, data in streams.items() if sum(n.upper() == name.upper() for n in streams) == 1}
    stored = {f"VBA/{name}": data for name, data in distinct.items()}
    assert read(compound_file(stored)) == stored


def test_a_large_project_needs_several_allocation_sectors():
    streams = {f"VBA/M{at}": bytes([at]) * 150_000 for at in range(12)}
    assert read(compound_file(streams)) == streams


def test_too_large_is_refused_and_not_written_wrong():
    with pytest.raises(ValueError, match="too large"):
        compound_file({"VBA/M": bytes(8_000_000)})
