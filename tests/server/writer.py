"""One of several processes that write versions of the same cycle at once: ``python writer.py URL CYCLE THREADS COUNT``.

Each thread reads the newest version, stores one made from it, and where someone was faster looks again. What the store
acknowledged is printed, a line a version: its hash, the parent its writer saw, and how often it had to look again.
"""

from __future__ import annotations

import os
import sys
import threading

import pandas as pd

from server.store import payload, versions
from server.store.database import Database, open_database
from server.store.versions import StaleParent


def write(database: Database, cycle_id: str, name: str, count: int, told: list[str]) -> None:
    """Store some versions, each on the newest one seen."""
    for number in range(count):
        content = payload.pack({"inputs/demand": pd.DataFrame({"product": [name], "units": [float(number)]})})
        refused = 0
        while True:
            with database.read() as connection:
                seen = versions.head(connection, cycle_id)
            parent = seen.hash if seen else ""
            try:
                with database.write() as connection:
                    stored = versions.append(
                        connection,
                        cycle_id=cycle_id,
                        kind="committed",
                        author=name,
                        message=str(number),
                        at="2026-07-01T08:00:00Z",
                        content=content,
                        summary={},
                        expected_parent=parent,
                    )
            except StaleParent:
                refused += 1
                continue
            told.append(f"{stored.hash} {parent or '-'} {refused}")
            break


def main(url: str, cycle_id: str, threads: int, count: int) -> None:
    """Write with some threads and print what was acknowledged."""
    database = open_database(url)
    told: list[str] = []
    names = [f"{os.getpid()}-{number}" for number in range(threads)]
    running = [threading.Thread(target=write, args=(database, cycle_id, name, count, told)) for name in names]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    database.close()
    sys.stdout.write("\n".join(told))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
