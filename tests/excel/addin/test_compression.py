"""Compression of VBA source: the published examples, and an independent reader for everything else."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oletools.olevba import decompress_stream

from sop_xl.excel.addin.compression import compress

PUBLISHED = {
    "no compression, [MS-OVBA] 3.2.1": (
        b"abcdefghijklmnopqrstuv.",
        "01 19 B0 00 61 62 63 64 65 66 67 68 00 69 6A 6B 6C 6D 6E 6F 70 00 71 72 73 74 75 76 2E",
    ),
    "normal compression, 3.2.2": (
        b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa",
        "01 2F B0 00 23 61 61 61 62 63 64 65 82 66 00 70 61 67 68 69 6A 01 38 08 61 6B 6C 00 30 6D 6E 6F 70 06 71 02 "
        "70 04 10 72 73 74 75 76 10 77 78 79 7A 00 3C",
    ),
    "maximum compression, 3.2.3": (b"a" * 73, "01 03 B0 02 61 45 00"),
}


@pytest.mark.parametrize("case", PUBLISHED)
def test_published_examples(case):
    plain, published = PUBLISHED[case][0], bytes.fromhex(PUBLISHED[case][1])
    assert bytes(decompress_stream(bytearray(published))) == plain
    assert bytes(decompress_stream(bytearray(compress(plain)))) == plain
    assert len(compress(plain)) == len(published)


@pytest.mark.parametrize("case", ["no compression, [MS-OVBA] 3.2.1", "maximum compression, 3.2.3"])
def test_where_only_one_form_is_shortest_it_is_the_published_one(case):
    plain, published = PUBLISHED[case]
    assert compress(plain) == bytes.fromhex(published)


@given(st.binary(max_size=300) | st.text("ab \r\n", max_size=9000).map(str.encode))
def test_what_is_compressed_is_read_again(data):
    assert bytes(decompress_stream(bytearray(compress(data)))) == data


@pytest.mark.parametrize("length", [1, 4095, 4096, 4097, 12_288, 12_289])
def test_chunks_that_cannot_be_compressed(length):
    noise = random.Random(length).randbytes(length)
    # A raw chunk is always full ([MS-OVBA] 2.4.1.3.10): noise at the end is filled up with zeros.
    assert bytes(decompress_stream(bytearray(compress(noise))))[:length] == noise


def test_source_shrinks_to_less_than_half():
    source = b"".join(b"Public Sub Sop_%d(control As IRibbonControl)\r\nEnd Sub\r\n" % at for at in range(200))
    assert len(compress(source)) < len(source) / 2
