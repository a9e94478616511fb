"""Shared fixtures of the server's tests: a store in a file of its own, and small payloads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.store.database import Database, open_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield opened
    opened.close()
