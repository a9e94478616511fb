"""What a workbook file cannot do without Excel: every such call says so by name."""

from __future__ import annotations

from typing import Any, NoReturn


class Unsupported(NotImplementedError, AttributeError):
    """Something of Excel that the file engine does not have."""


class FileObject:
    """An object of the file engine: whatever it has not raises ``Unsupported`` with the name of the feature."""

    _what = "object"

    def __getattr__(self, name: str) -> Any:
        """Refuse what is not there."""
        if name.startswith("__"):
            raise AttributeError(name)
        refuse(f"{self._what}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse to set what is not there."""
        if name.startswith("_") or name in _FREE or isinstance(getattr(type(self), name, None), property):
            object.__setattr__(self, name, value)
        else:
            refuse(f"{self._what}.{name}")


_FREE = frozenset({"options"})


class NativeObject:
    """What stands for Excel's own object behind ``.api``: it is there, but nothing can be asked of it."""

    def __init__(self, what: str) -> None:
        """Keep the name for the message."""
        self._what = what

    def __getattr__(self, name: str) -> Any:
        """Refuse: Excel's own objects need Excel."""
        if name.startswith("__"):
            raise AttributeError(name)
        refuse(f"{self._what}.api.{name}")


def refuse(feature: str) -> NoReturn:
    """Raise the error that names a feature.

    Raises:
        Unsupported: always.
    """
    raise Unsupported(f"{feature} needs Excel itself: workbook files without Excel do not have it")
