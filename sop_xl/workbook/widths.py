"""How wide the columns of a table are: by kind of content, and by the longest code or text in them."""

from __future__ import annotations

import pandas as pd

from sop_xl.schema.catalogue import Table
from sop_xl.workbook.cells import width_of
from sop_xl.workbook.rules import DERIVED

_LOOKED_AT, _WIDEST = 500, 44


def column_widths(shape: Table, frame: pd.DataFrame | None) -> list[float]:
    """Return a width a column of the sheet, helper columns and the row check included."""
    widths: list[float] = []
    for column in shape.columns:
        longest = 0
        if frame is not None and len(frame) and column.type in ("code", "text"):
            longest = min(int(frame[column.name].head(_LOOKED_AT).str.len().max()) + 3, _WIDEST)
        widths.append(max(width_of(column), longest))
    headers = {column.header for column in shape.columns}
    widths += [13.0 for derived in DERIVED.get(shape.name, ()) if derived.header not in headers]
    return [*widths, 15.0]
