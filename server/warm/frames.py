"""Messages between the server and a warm child: a line of JSON and named bytes, over a pipe; nothing is unpickled.

A frame is two lengths (of the head and of all bytes together), the head as JSON, and the bytes one after the other::

    {"kind": "task", ..., "blobs": {"book": 48213}} <48213 bytes>
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_LENGTHS = struct.Struct("<IQ")
MAX_HEAD, MAX_BLOBS = 128 * 2**20, 512 * 2**20
"""What is read at most; a child taken over by a hostile workbook cannot make the server swallow more."""
Read = Callable[[int], bytes]
"""Reads at most a number of bytes; none at the end."""


class FrameError(RuntimeError):
    """What came over the pipe is no frame."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A message: its kind, plain members and named bytes."""

    kind: str
    members: Mapping[str, Any] = field(default_factory=dict)
    blobs: Mapping[str, bytes] = field(default_factory=dict)

    def encode(self) -> bytes:
        """Return the frame as bytes."""
        sizes = {name: len(content) for name, content in self.blobs.items()}
        head = json.dumps({"kind": self.kind, "blobs": sizes, "members": dict(self.members)}, allow_nan=False)
        text = head.encode("utf-8")
        return b"".join([_LENGTHS.pack(len(text), sum(sizes.values())), text, *self.blobs.values()])


def receive(read: Read) -> Frame | None:
    """Return the next frame, None where the other side has closed the pipe.

    Raises:
        FrameError: where it is too large, cut off or otherwise no frame.
    """
    start = _exactly(read, _LENGTHS.size)
    if not start:
        return None
    head_size, blob_size = _LENGTHS.unpack(start)
    if head_size > MAX_HEAD or blob_size > MAX_BLOBS:
        raise FrameError("The message is too large.")
    try:
        head = json.loads(_exactly(read, head_size))
        sizes = {str(name): int(size) for name, size in head["blobs"].items()}
        kind, members = str(head["kind"]), dict(head["members"])
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise FrameError("The message cannot be read.") from problem
    if any(size < 0 for size in sizes.values()) or sum(sizes.values()) != blob_size:
        raise FrameError("The sizes of the message do not add up.")
    blobs = {name: _exactly(read, size) for name, size in sizes.items()}
    if any(len(blobs[name]) != size for name, size in sizes.items()):
        raise FrameError("The message was cut off.")
    return Frame(kind, members, blobs)


def _exactly(read: Read, size: int) -> bytes:
    """Read so many bytes; none at all where the pipe was closed before the first."""
    parts: list[bytes] = []
    missing = size
    while missing:
        part = read(min(missing, 1 << 20))
        if not part:
            if missing == size:
                return b""
            raise FrameError("The message was cut off.")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
