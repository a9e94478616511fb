"""Write the migration that brings a store from the newest layout to what `server.store.tables` says now.

``python -m server.store.migrations "What changes"`` adds a layout. Before the first release the first layout is
written anew instead: ``python -m server.store.migrations --first``.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import click
from alembic import command
from alembic.script import Script

from server.store import migrations
from server.store.database import open_database

_FIRST = Path(migrations.__file__).parent / "versions" / "0001_layout.py"


@click.command()
@click.argument("message", default="")
@click.option("--first", is_flag=True, help="Write the first layout anew; stores made before cannot be opened then.")
def main(message: str, first: bool) -> None:
    """Write the next migration from the tables."""
    if first:
        _FIRST.unlink(missing_ok=True)
    number = int(migrations.newest() or "0") + 1
    settings = migrations.config()
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/store.sqlite")
        with database.write() as connection:
            settings.attributes["connection"] = connection
            text = message or ("Layout" if number == 1 else "")
            if not text:
                raise click.UsageError("say what changes")
            script = command.revision(settings, text, autogenerate=True, rev_id=f"{number:04}")
        database.close()
    assert isinstance(script, Script)
    path = Path(script.path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("    # ###")), encoding="utf-8")
    if shutil.which("ruff"):
        subprocess.run(["ruff", "format", "-q", str(path)], check=True)


if __name__ == "__main__":
    main()
