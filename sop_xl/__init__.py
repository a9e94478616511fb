"""Sales & Operations Planning for people who live in Excel: many workbooks in, one reconciled plan out."""

__version__ = "0.1.0"
