"""The plan that this computer reads: the server of the settings, or a plan file where no server is set."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from sop_xl.functions.plan_source import FileSource, PlanSource, ServerSource
from sop_xl.functions.problem import CellProblem

if TYPE_CHECKING:
    import pandas as pd

    from sop_xl.excel.settings import UserSettings

PLAN_FILES = ("plan.json", "plan.xlsx")
"""Names of a plan file in the folder of inputs, the first of them that is there."""


class DeskSource:
    """Reads from where the settings of this computer say, looked up again where they have changed."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._lock = threading.Lock()
        self._known: tuple[UserSettings, PlanSource] | None = None

    def find(self, version: str) -> str:
        """Return the full name of a version."""
        return self._source().find(version)

    def table(self, version: str, name: str) -> pd.DataFrame:
        """Return a table of a version."""
        return self._source().table(version, name)

    def _source(self) -> PlanSource:
        from sop_xl.excel.settings import read_settings

        settings = read_settings()
        with self._lock:
            if self._known is None or self._known[0] != settings:
                self._known = (settings, source_of(settings))
            return self._known[1]


def source_of(settings: UserSettings) -> PlanSource:
    """Return the server of the settings, or the plan file in the folder of inputs where no server is set.

    Raises:
        CellProblem: there is neither.
    """
    if settings.server_url:
        from sop_xl.client import Client

        return ServerSource(Client(settings.server_url, settings.token))
    folder = settings.inputs
    for name in PLAN_FILES if folder else ():
        if folder is not None and (folder / name).is_file():
            return FileSource(folder / name)
    raise CellProblem("no plan to read from; give the server's address in the settings (Setup > Settings)")
