"""What Excel demands of names."""

from __future__ import annotations

import re

from sop_xl.excel.engine.address import AddressError, area_of


def looks_like_address(text: str) -> bool:
    """Whether Excel would read a name as cells, such as ``T2`` or ``R1C1``, and so refuses it."""
    try:
        area_of(text)
    except AddressError:
        return bool(re.fullmatch(r"[Rr](\d*)([Cc]\d*)?|[Cc]\d*", text))
    return True
