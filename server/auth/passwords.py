"""Passwords: hashed with argon2id, checked in the same time whoever is asked for, and never too simple."""

from __future__ import annotations

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

SHORTEST, LONGEST = 12, 200
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_hex(16))
_AT_ONCE = threading.BoundedSemaphore(2)
"""A check takes 64 MB: a crowd at the door waits in line."""


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def matches(kept: str, password: str) -> bool:
    """Return whether a password is the one kept; with none kept, False after as long a calculation."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept or _NOBODY, password[: LONGEST * 4]) and bool(kept)
        except (Argon2Error, InvalidHashError):
            return False


def outdated(kept: str) -> bool:
    """Return whether a kept password should be hashed anew with today's effort."""
    return _HASHER.check_needs_rehash(kept)


def one_time() -> str:
    """Return a new one-time password: 16 letters and digits that are not mistaken for each other, in fours."""
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(16))
    return "-".join(drawn[start : start + 4] for start in range(0, 16, 4))


def weakness(password: str, name: str) -> str:
    """Return why a password will not do, empty where it will."""
    plain = password.casefold()
    if len(password) < SHORTEST:
        return f"Take at least {SHORTEST} characters; a few words in a row are easy to remember."
    if len(password) > LONGEST:
        return f"Take at most {LONGEST} characters."
    if len(set(plain)) < 5 or plain in ("".join(map(chr, range(97, 123))), "1234567890" * 2):
        return "The same few characters again and again are guessed at once."
    if any(word in plain for word in ("password", "qwertyuiop", "1234567890")):
        return "It is on every list of common passwords."
    if len(name) > 3 and name.casefold().replace(" ", "") in plain.replace(" ", ""):
        return "Leave your name out of it."
    return ""
