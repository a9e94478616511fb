"""The warm children of the server: some for cell functions, others for buttons, so that neither waits for the other."""

from __future__ import annotations

from dataclasses import dataclass

from server.warm.pool import WarmPool

CELLS = ("server.office.cells:warm_up",)
BUTTONS = ("server.office.cells:warm_up", "server.office.tasks:warm_up")


@dataclass(frozen=True, slots=True)
class WarmWorkers:
    """Two pools; no process is started before it is needed or :meth:`warm_up` is called."""

    cells: WarmPool
    buttons: WarmPool

    @classmethod
    def of_size(cls, size: int, memory_mb: int) -> WarmWorkers:
        """Return pools of so many children each, with a limit on their memory."""
        return cls(
            WarmPool(CELLS, size=size, tasks_each=5000, memory_mb=memory_mb),
            WarmPool(BUTTONS, size=size, tasks_each=100, memory_mb=memory_mb),
        )

    def warm_up(self) -> None:
        """Start one child of each kind, so that the first person does not wait for imports."""
        self.cells.warm_up()
        self.buttons.warm_up()

    def close(self) -> None:
        """End all children."""
        self.cells.close()
        self.buttons.close()
