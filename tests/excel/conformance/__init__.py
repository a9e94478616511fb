"""What xlwings code may rely on, in the file engine and in Excel alike; nothing but xlwings' public API is used.

Run against a real Excel with ``pytest tests/excel/conformance --excel=real``. Expected values follow what Microsoft and
xlwings document: numbers come as floats, empty cells as None, dates as datetimes where the number format shows a date,
Ctrl+arrow for ``end``, the current region bordered by empty rows and columns.
"""
