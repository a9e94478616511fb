"""Zips people send: their files by bare name, and never more than they should inflate to."""

from __future__ import annotations

import io
import zipfile

import pytest

from server.engine import archives
from server.engine.archives import expand


def zipped(**files: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return sink.getvalue()


def test_files_of_a_zip_stand_beside_the_others_without_their_folders() -> None:
    inner = zipped(**{"data/demand.csv": b"d", "data/": b"", "__MACOSX/._demand.csv": b"x", "notes.txt": b"n"})
    found, issues = expand({"month.zip": inner, "history.csv": b"h"})
    assert found == {"demand.csv": b"d", "history.csv": b"h"}
    assert issues == []


def test_names_cannot_leave_the_folder() -> None:
    found, issues = expand({"evil.zip": zipped(**{"../../etc/demand.csv": b"d"})})
    assert (found, issues) == ({"demand.csv": b"d"}, [])


def test_two_files_of_the_same_name_are_an_issue() -> None:
    _, issues = expand({"a.zip": zipped(**{"x/demand.csv": b"1", "y/demand.csv": b"2"})})
    assert [issue.message for issue in issues] == ["There are two files named 'demand.csv'."]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"plain text"])
def test_a_zip_that_is_none_is_an_issue(content: bytes) -> None:
    found, issues = expand({"data.zip": content})
    assert found == {}
    assert "cannot be opened" in issues[0].message


def test_a_zip_with_a_password_says_so() -> None:
    content = bytearray(zipped(**{"demand.csv": b"d"}))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + flags] |= 1
    assert "password" in expand({"data.zip": bytes(content)})[1][0].message


def test_a_zip_that_grows_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_BYTES", 1000)
    assert "grows beyond" in expand({"bomb.zip": zipped(**{"demand.csv": b"0" * 5000})})[1][0].message
    monkeypatch.setattr(archives, "MOST_FILES", 1)
    assert "holds 2 files" in expand({"bomb.zip": zipped(**{"a.csv": b"0", "b.csv": b"0"})})[1][0].message
