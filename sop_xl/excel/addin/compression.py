"""Compression of VBA source streams as [MS-OVBA] 2.4.1 lays it down: chunks of 4096 bytes, LZ77 within each chunk."""

from __future__ import annotations

import struct

CHUNK = 4096
_SIGNATURE = 0x01
_COMPRESSED = 0xB000
_RAW = 0x3FFF
_SHORTEST = 3
_CANDIDATES = 48
"""How many earlier places of the same three bytes are tried; more only makes the stream a little shorter."""


def compress(data: bytes) -> bytes:
    """Return the compressed container of a stream; the same bytes on every machine."""
    out = bytearray([_SIGNATURE])
    for start in range(0, len(data), CHUNK):
        chunk = data[start : start + CHUNK]
        body = _compressed_chunk(chunk)
        if len(body) > CHUNK:
            out += struct.pack("<H", _RAW) + chunk.ljust(CHUNK, b"\0")
        else:
            out += struct.pack("<H", _COMPRESSED | (len(body) - 1)) + body
    return bytes(out)


def _compressed_chunk(chunk: bytes) -> bytes:
    """Return the token sequences of a chunk: a flag byte, then eight literals or copies of what came before."""
    out = bytearray()
    places: dict[bytes, list[int]] = {}
    at = 0
    while at < len(chunk):
        flag_at, flags = len(out), 0
        out.append(0)
        for bit in range(8):
            if at >= len(chunk):
                break
            length, offset, offset_bits = _longest_match(chunk, at, places)
            if length >= _SHORTEST:
                flags |= 1 << bit
                out += struct.pack("<H", ((offset - 1) << (16 - offset_bits)) | (length - _SHORTEST))
                step = length
            else:
                out.append(chunk[at])
                step = 1
            for place in range(at, at + step):
                places.setdefault(chunk[place : place + _SHORTEST], []).append(place)
            at += step
        out[flag_at] = flags
    return bytes(out)


def _longest_match(chunk: bytes, at: int, places: dict[bytes, list[int]]) -> tuple[int, int, int]:
    """Return length and distance of the longest earlier match, and how many bits the distance takes here."""
    offset_bits = max(4, (at - 1).bit_length()) if at > 1 else 4
    longest_allowed = min((0xFFFF >> offset_bits) + _SHORTEST, len(chunk) - at)
    best, offset = 0, 0
    if longest_allowed >= _SHORTEST:
        for place in reversed(places.get(chunk[at : at + _SHORTEST], ())[-_CANDIDATES:]):
            length = _SHORTEST
            while length < longest_allowed and chunk[place + length] == chunk[at + length]:
                length += 1
            if length > best:
                best, offset = length, at - place
    return best, offset, offset_bits
