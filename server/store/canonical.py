"""One spelling for every value that is hashed, so that the same content always has the same hash."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> str:
    """Return JSON with sorted keys and no spaces; NaN and infinity are refused, because JSON has no word for them."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def hash_of(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON of a value."""
    return sha256(canonical_json(value).encode("utf-8"))
