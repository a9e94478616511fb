"""The layout of the store as Alembic migrations: the first makes every table, later ones change what is there."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_FOLDER = Path(__file__).resolve().parent


def config() -> Config:
    """Return the configuration of Alembic for the migrations of this folder."""
    settings = Config()
    settings.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    return settings


@cache
def newest() -> str:
    """Return the name of the newest layout."""
    return ScriptDirectory.from_config(config()).get_current_head() or ""


def upgrade(connection: Connection) -> None:
    """Bring the store of a connection to the newest layout, within the connection's transaction."""
    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
