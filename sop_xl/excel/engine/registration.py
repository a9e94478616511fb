"""Makes the file engine known to xlwings, once for a process."""

from __future__ import annotations

from threading import Lock

_lock = Lock()


def register() -> None:
    """Add the engine to xlwings; it becomes the active one only where there is no Excel."""
    import xlwings

    from sop_xl.excel.engine.application import ENGINE_NAME, FileEngine

    with _lock:
        if ENGINE_NAME not in xlwings.engines.engines_by_name:
            engine = xlwings.Engine(impl=FileEngine())
            xlwings.engines.add(engine)
            if xlwings.engines.active is None:
                engine.activate()


def use_file_engine() -> None:
    """Make it the active engine of this process, also beside Excel: ``sheet.activate()`` of files asks for that."""
    import xlwings

    from sop_xl.excel.engine.application import ENGINE_NAME

    register()
    xlwings.engines[ENGINE_NAME].activate()
