"""The log of the Excel face: what went wrong, with everything a colleague needs to find out why."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from sop_xl.excel.settings import log_folder

NAME = "sop_xl.excel"
LARGEST = 500_000
"""Bytes after which a new file is begun; three old ones are kept."""

KEPT = 3


def log_file() -> Path:
    """Return where the log of this user is kept, whether or not the file exists."""
    return log_folder() / "excel.log"


def excel_log() -> logging.Logger:
    """Return the log, which writes to the file of this user; where that cannot be written, nowhere.

    A log must never be the reason why a button fails.
    """
    log = logging.getLogger(NAME)
    path = log_file()
    if any(getattr(handler, "baseFilename", None) == str(path.absolute()) for handler in log.handlers):
        return log
    for old in list(log.handlers):
        log.removeHandler(old)
        old.close()
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            path, maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    return log
