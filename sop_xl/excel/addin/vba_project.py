"""The VBA project of a workbook, written from source alone ([MS-OVBA] 2.2 and 2.3).

No compiled code is stored: the version FFFF in ``_VBA_PROJECT`` tells Office that there is no cache and that every
module is to be compiled from its source, which begins at offset 0 of its stream. xlwings' own add-ins have this shape.
"""

from __future__ import annotations

import random
import struct
import uuid
from collections.abc import Sequence

from sop_xl.excel.addin.compound_file import compound_file
from sop_xl.excel.addin.compression import compress
from sop_xl.excel.addin.vba_source import Kind, Module

_CODE_PAGE = "cp1252"
_NO_CACHE = bytes.fromhex("CC61FFFF000100")
_REFERENCES = (
    (
        "stdole",
        r"*\G{00020430-0000-0000-C000-000000000046}#2.0#0#C:\Windows\System32\stdole2.tlb#OLE Automation",
    ),
    (
        "Office",
        r"*\G{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}#2.0#0#C:\Program Files\Common Files\Microsoft Shared\OFFICE16"
        r"\MSO.DLL#Microsoft Office 16.0 Object Library",
    ),
)
"""Type libraries the code needs; Office finds them by their identity, wherever they lie on the computer."""

_VERSION = (1677723523, 3)
_PROTECTION = (("CMG", bytes(4), 0x0E), ("DPB", bytes(1), 0x1C), ("GC", b"\xff", 0x2A))
"""Not protected, no password, visible; each with the seed of its obfuscation."""


def vba_project(name: str, modules: Sequence[Module]) -> bytes:
    """Return ``vbaProject.bin`` with the modules given; the same bytes on every machine.

    Raises:
        ValueError: where two modules have one name, upper and lower case aside.
    """
    names = [module.name.lower() for module in modules]
    if len(set(names)) < len(names):
        raise ValueError(f"Two modules have one name: {', '.join(sorted(names))}.")
    streams = {
        "PROJECT": _project_stream(name, modules),
        "PROJECTwm": _names_stream(modules),
        "VBA/_VBA_PROJECT": _NO_CACHE,
        "VBA/dir": compress(_dir_stream(name, modules)),
    }
    for module in modules:
        streams[f"VBA/{module.name}"] = compress(module.text.encode(_CODE_PAGE))
    return compound_file(streams)


def _record(identity: int, data: bytes = b"") -> bytes:
    return struct.pack("<HI", identity, len(data)) + data


def _long(identity: int, value: int) -> bytes:
    return _record(identity, struct.pack("<I", value))


def _short(identity: int, value: int) -> bytes:
    return _record(identity, struct.pack("<H", value))


def _text(identity: int, text: str, wide: int) -> bytes:
    """Return a text in the code page followed by its wide form."""
    return _record(identity, text.encode(_CODE_PAGE)) + _record(wide, text.encode("utf-16-le"))


def _dir_stream(name: str, modules: Sequence[Module]) -> bytes:
    """Return the uncompressed ``dir`` stream (2.3.4.2): project, references, modules."""
    out = _long(0x01, 1) + _long(0x02, 0x409) + _long(0x14, 0x409) + _short(0x03, 1252)
    out += _record(0x04, name.encode(_CODE_PAGE)) + _text(0x05, "", 0x40)
    out += _record(0x06) + _record(0x3D) + _long(0x07, 0) + _long(0x08, 0)
    out += struct.pack("<HIIH", 0x09, 4, *_VERSION) + _text(0x0C, "", 0x3C)
    for reference, library in _REFERENCES:
        identity = library.encode(_CODE_PAGE)
        out += _text(0x16, reference, 0x3E)
        out += _record(0x0D, struct.pack("<I", len(identity)) + identity + bytes(6))
    out += _short(0x0F, len(modules)) + _short(0x13, 0xFFFF)
    for module in modules:
        out += _text(0x19, module.name, 0x47) + _text(0x1A, module.name, 0x32) + _text(0x1C, "", 0x48)
        out += _long(0x31, 0) + _long(0x1E, 0) + _short(0x2C, 0xFFFF)
        out += _record(0x21 if module.kind is Kind.STANDARD else 0x22) + _record(0x2B)
    return out + _record(0x10)


def _project_stream(name: str, modules: Sequence[Module]) -> bytes:
    """Return the ``PROJECT`` stream (2.3.1): an INI text with the modules and how the project is protected."""
    identity = "{" + str(uuid.uuid5(uuid.NAMESPACE_URL, name)).upper() + "}"
    lines = [f'ID="{identity}"']
    for module in modules:
        if module.kind.is_document:
            lines.append(f"Document={module.name}/&H00000000")
        else:
            lines.append(f"{'Module' if module.kind is Kind.STANDARD else 'Class'}={module.name}")
    lines += [f'Name="{name}"', 'HelpContextID="0"', 'VersionCompatible32="393222000"']
    lines += [f'{key}="{_obfuscated(value, identity, seed)}"' for key, value, seed in _PROTECTION]
    lines += ["", "[Host Extender Info]", "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000"]
    lines += ["", "[Workspace]", *(f"{module.name}=0, 0, 0, 0, C" for module in modules), ""]
    return "\r\n".join(lines).encode(_CODE_PAGE)


def _names_stream(modules: Sequence[Module]) -> bytes:
    """Return the ``PROJECTwm`` stream (2.3.3): names in the code page and wide."""
    pairs = (m.name.encode(_CODE_PAGE) + b"\0" + m.name.encode("utf-16-le") + b"\0\0" for m in modules)
    return b"".join(pairs) + b"\0\0"


def _obfuscated(data: bytes, project: str, seed: int) -> str:
    """Return data as 2.4.3.2 hides it (no secret: the key is the sum of the project's identity)."""
    version, key = 2, sum(project.encode()) & 0xFF
    out = [seed, seed ^ version, seed ^ key]
    plain, older, newer = key, out[1], out[2]
    filler = random.Random(seed)
    ignored = [filler.randrange(256) for _ in range((seed & 6) // 2)]
    for byte in [*ignored, *struct.pack("<I", len(data)), *data]:
        hidden = byte ^ ((older + plain) & 0xFF)
        out.append(hidden)
        older, newer, plain = newer, hidden, byte
    return "".join(f"{byte:02X}" for byte in out)
