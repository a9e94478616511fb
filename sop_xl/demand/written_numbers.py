"""Quantities as people write them: decimal commas, separated thousands, brackets for minus; nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SPACES = re.compile(r"(?<=\d)[\s\u00a0\u202f'’](?=\d{3}(\D|$))")
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.IGNORECASE)
_GROUPED = {sign: re.compile(rf"[1-9]\d{{0,2}}(\{sign}\d{{3}})+") for sign in ",."}
_MANY = 3


def written_numbers(texts: Sequence[str]) -> list[float | None]:
    """Return the numbers that the texts of one column mean, None for each that could mean two things or is no number.

    Blanks and apostrophes between groups of three digits are taken out; ``(5)`` and ``5-`` are −5. Whether a comma
    begins decimals or separates thousands is told by the column as a whole: ``1.250,5``, ``0,5`` and ``12,75`` show
    decimals, ``1,250.5`` and ``1,250,000`` show thousands. Where nothing in the column tells, or it contradicts itself,
    a number with a comma is None. A dot begins decimals unless the column writes them with a comma.
    """
    cleaned = [_without_signs(text) for text in texts]
    decimal = _decimal_sign([text for _, text in cleaned])
    return [_value(minus, text, decimal) for minus, text in cleaned]


def dots_look_like_thousands(texts: Sequence[str]) -> bool:
    """Return whether every number with a dot has exactly three digits behind it, three numbers and more."""
    dotted = [text.strip().lstrip("+-") for text in texts if "." in text]
    return len(dotted) >= _MANY and all(_GROUPED["."].fullmatch(text) for text in dotted)


def _without_signs(text: str) -> tuple[bool, str]:
    """Return whether a text says minus, and its digits without separating blanks."""
    bare = _SPACES.sub("", text.strip()).strip()
    if bare.startswith("(") and bare.endswith(")") and not set(bare[1:-1]) & set("+-"):
        return True, bare[1:-1].strip()
    if bare.endswith("-") and bare[:-1].strip() and not bare.startswith(("+", "-")):
        return True, bare[:-1].strip()
    return False, bare


def _decimal_sign(texts: Sequence[str]) -> str | None:
    """Return the sign before decimals that the numbers with a comma show; None where they do not, or contradict."""
    shown = {_sign_of(text.lstrip("+-")) for text in texts if "," in text} - {None}
    return shown.pop() if len(shown) == 1 else None


def _sign_of(text: str) -> str | None:
    if "." in text:
        return max(",.", key=text.rfind)
    if text.count(",") > 1:
        return "."
    return None if _GROUPED[","].fullmatch(text) else ","


def _value(minus: bool, text: str, decimal: str | None) -> float | None:
    if "," in text and decimal is None:
        return None
    if decimal is not None:
        whole, sign, rest = text.partition(decimal)
        thousands = "." if decimal == "," else ","
        if thousands in whole:
            if not _GROUPED[thousands].fullmatch(whole.lstrip("+-")):
                return None
            whole = whole.replace(thousands, "")
        text = f"{whole}.{rest}" if sign else whole
    if not _PLAIN.fullmatch(text):
        return None
    return -float(text) if minus else float(text)
