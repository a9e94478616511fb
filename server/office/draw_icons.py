"""Draws the icons of the ribbon from their SVG sources: ``python -m server.office.draw_icons`` (needs Chromium).

Office takes PNG alone. The pictures lie beside the sources in ``static/office/icons`` and are drawn anew where a source
was changed.
"""

from __future__ import annotations

import base64
import shutil
import struct
from pathlib import Path

from server.office.manifest import ICON_SIZES

FOLDER = Path(__file__).resolve().parent.parent / "static" / "office" / "icons"
_PAGE = (
    "<style>*{{margin:0}}img{{display:block}}</style>"
    "<img width={size} height={size} src='data:image/svg+xml;base64,{svg}'>"
)


def sizes(name: str) -> tuple[int, ...]:
    """Return the sizes an icon is wanted in; that of the add-in itself is shown in the store of the organisation."""
    return (32, 64, *ICON_SIZES) if name == "sop" else ICON_SIZES


def draw() -> None:
    """Write every icon in all its sizes."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        for source in sorted(FOLDER.glob("*.svg")):
            svg = base64.b64encode(source.read_bytes()).decode("ascii")
            for size in sorted(set(sizes(source.stem))):
                page.set_viewport_size({"width": size, "height": size})
                page.set_content(_PAGE.format(size=size, svg=svg))
                page.screenshot(path=FOLDER / f"{source.stem}-{size}.png", omit_background=True)
        browser.close()


def png_size(content: bytes) -> tuple[int, int]:
    """Return width and height of a PNG picture.

    Raises:
        ValueError: where it is none.
    """
    if not content.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError("no PNG picture")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


if __name__ == "__main__":
    draw()
