"""Spoils books at random, from a seed, and reads each: ``python fuzz_books.py BOOK SEED SECONDS``.

Prints the number of books read, and ends with status 1 and the spoiled book's recipe where reading raised.
"""

from __future__ import annotations

import io
import random
import re
import sys
import time
import traceback
import zipfile
from pathlib import Path

from sop_xl.schema.parse import parse
from sop_xl.workbook.reading import read_workbook

EXTREMES = (
    *(b"", b"0", b"-1", b"99999999999999999999", b"9" * 5000, b"1e999", b"NaN", b"A0", b"XFD1048577", b"A1:XFD1048576"),
    *(
        "²".encode(),
        "\u202e".encode(),
        b"\xff\xfe",
        b"&#0;",
        b"&#x110000;",
        b"&lt;x&gt;",
        b"]]>",
        b"'" * 300,
        b"x" * 40_000,
    ),
)


def spoiled(parts: dict[str, bytes], chance: random.Random) -> tuple[bytes, str]:
    """Return a book with one to four things wrong in it, and what they are."""
    parts, told = dict(parts), []
    for _ in range(chance.randint(1, 4)):
        name = chance.choice([n for n in parts if n.endswith((".xml", ".rels"))])
        content = parts[name]
        kind = chance.choice(("value", "value", "value", "text", "cut", "drop", "double", "bytes", "swap"))
        told.append(f"{kind} {name}")
        if kind in ("value", "text"):
            pattern = rb'="([^"]*)"' if kind == "value" else rb">([^<]+)<"
            found = list(re.finditer(pattern, content))
            if found:
                place, extreme = chance.choice(found), chance.choice(EXTREMES)
                parts[name] = content[: place.start(1)] + extreme + content[place.end(1) :]
                told[-1] += f" {place[0][:40]!r} -> {extreme[:20]!r}"
        elif kind == "cut":
            parts[name] = content[: chance.randrange(len(content) + 1)]
        elif kind == "drop":
            del parts[name]
        elif kind == "double":
            start, end = sorted(chance.randrange(len(content) + 1) for _ in range(2))
            parts[name] = content[:end] + content[start:end] + content[end:]
        elif kind == "bytes":
            spoilt = bytearray(content)
            for _ in range(min(8, len(spoilt))):
                spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
            parts[name] = bytes(spoilt)
        else:
            other = chance.choice(sorted(parts))
            parts[name], parts[other] = parts[other], content
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name), content)
    book = bytearray(sink.getvalue())
    if chance.random() < 0.15:
        told.append("bytes of the package")
        for _ in range(chance.randint(1, 20)):
            book[chance.randrange(len(book))] = chance.randrange(256)
    return bytes(book), "; ".join(told)


def main(book: Path, seed: int, seconds: float) -> int:
    """Spoil and read for some seconds; return the exit status."""
    with zipfile.ZipFile(book) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    read, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        content, recipe = spoiled(parts, random.Random(f"{seed} {read}"))
        try:
            reading = read_workbook(content, file_name="spoiled.xlsx")
            parse(reading.raw_tables)
        except BaseException:
            lines = [line[:200] for line in traceback.format_exc().splitlines()]
            sys.stderr.write(f"\nbook {read} of seed {seed}: {recipe}\n" + "\n".join(lines))
            return 1
        if not all(issue.message for issue in reading.issues):
            sys.stderr.write(f"\nbook {read} of seed {seed}: an issue says nothing: {recipe}\n")
            return 1
        read += 1
    sys.stdout.write(f"{read}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
