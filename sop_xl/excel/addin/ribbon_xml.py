"""The ribbon of the add-in, made from the catalogue: tab "S&OP", a group for each room, a button for each macro."""

from __future__ import annotations

from itertools import groupby
from xml.sax.saxutils import quoteattr

from sop_xl.capabilities import BUTTONS, Button

NAMESPACE = "http://schemas.microsoft.com/office/2009/07/customui"
TAB_LABEL = "S&&OP"
"""Shown as S&OP: a single & would mark the next letter as a shortcut."""


def callback(button: Button) -> str:
    """Return the name of the VBA procedure behind a button.

    VBA does not tell upper from lower case: ``Sop_accuracy`` would be the cell function ``SOP_ACCURACY``.
    """
    return f"SopPress_{button.name}"


def ribbon_xml() -> str:
    """Return ``customUI14.xml`` for all buttons of the catalogue, in its order."""
    groups = []
    for group, buttons in groupby(BUTTONS.values(), key=lambda button: button.group):
        listed = "".join(_button(button) for button in buttons)
        groups.append(f"        <group {_attributes(id=f'SopGroup{group}', label=group)}>\n{listed}        </group>\n")
    tab = _attributes(id="SopTab", label=TAB_LABEL, insertAfterMso="TabData")
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<customUI xmlns="{NAMESPACE}">\n  <ribbon>\n    <tabs>\n'
        f"      <tab {tab}>\n{''.join(groups)}      </tab>\n"
        "    </tabs>\n  </ribbon>\n</customUI>\n"
    )


def _button(button: Button) -> str:
    attributes = _attributes(
        id=f"SopButton_{button.name}",
        label=button.label,
        size="large" if button.large else "normal",
        imageMso=button.image,
        onAction=callback(button),
        screentip=button.label,
        supertip=button.tip,
    )
    return f"          <button {attributes}/>\n"


def _attributes(**values: str) -> str:
    return " ".join(f"{name}={quoteattr(value)}" for name, value in values.items())
