"""Settings of this computer: kept as written, closed to others, and clear about what is wrong in them."""

from __future__ import annotations

import os
import stat
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_xl.excel.settings import (
    UserSettings,
    read_settings,
    readable_by_others,
    settings_path,
    write_settings,
)
from sop_xl.model.issue import InputErrors

PRINTABLE = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc")), max_size=40)


def test_without_a_file_the_settings_are_those_of_a_fresh_installation(tmp_path):
    settings = read_settings(tmp_path / "none.toml")
    assert settings.server_url == "http://127.0.0.1:8765"
    assert (settings.token, settings.inputs) == ("", None)


@given(token=PRINTABLE, folder=PRINTABLE, python=PRINTABLE)
def test_what_is_written_is_read_again(tmp_path_factory, token, folder, python):
    path = tmp_path_factory.mktemp("settings") / "settings.toml"
    settings = UserSettings("https://planning.example:8443", token, folder, python)
    write_settings(settings, path)
    assert read_settings(path) == settings


def test_the_file_is_toml_that_a_person_can_read_and_change(tmp_path):
    settings = UserSettings(server_url="https://planning.example", inputs_folder=r"C:\Plans\2026")
    path = write_settings(settings, tmp_path / "s.toml")
    assert tomllib.loads(path.read_text("utf-8"))["inputs_folder"] == r"C:\Plans\2026"
    assert 'server_url = "https://planning.example"\n' in path.read_text("utf-8")


@pytest.mark.skipif(os.name != "posix", reason="mode bits tell nothing on Windows")
def test_only_the_owner_may_read_the_token(tmp_path):
    path = tmp_path / "folder" / "settings.toml"
    path.parent.mkdir()
    path.write_text('token = "old"\n')
    path.chmod(0o644)
    assert readable_by_others(path)
    write_settings(UserSettings(token="secret-of-this-computer"), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not readable_by_others(path)
    assert [child.name for child in path.parent.iterdir()] == ["settings.toml"]


def test_no_log_shows_the_token():
    settings = UserSettings(token="0123456789abcdef")
    assert "0123456789" not in repr(settings)
    assert settings.masked_token == "••••cdef"
    assert UserSettings(token="short").masked_token == "••••"


def test_all_that_is_wrong_is_said_at_once_with_the_file_and_a_remedy(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text('server_url = "planning"\nservr = "x"\ntoken = 7\n')
    with pytest.raises(InputErrors) as caught:
        read_settings(path)
    messages = [issue.message for issue in caught.value.issues]
    assert messages == [
        "'servr' is no setting.",
        "'token' must be a text in quotes, not 7.",
        "server_url 'planning' is no address of a server.",
    ]
    assert all(issue.file == str(path) and issue.hint for issue in caught.value.issues)


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe\x00", b"name: planner"])
def test_a_broken_file_is_named_and_not_overwritten(tmp_path, content):
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    with pytest.raises(InputErrors, match=r"settings\.toml"):
        read_settings(path)
    assert path.read_bytes() == content


def test_a_value_that_makes_no_sense_is_not_written(tmp_path):
    path = tmp_path / "settings.toml"
    with pytest.raises(InputErrors, match="no address"):
        write_settings(UserSettings(server_url="file:///etc/passwd"), path)
    with pytest.raises(InputErrors, match="line break"):
        write_settings(UserSettings(token="a\r\nX-Header: b"), path)
    assert not path.exists()


def test_the_environment_may_name_another_file(tmp_path, monkeypatch):
    monkeypatch.setenv("SOP_XL_CONFIG", str(tmp_path / "other.toml"))
    assert write_settings(UserSettings(token="x")) == tmp_path / "other.toml" == settings_path()
    monkeypatch.delenv("SOP_XL_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    if os.name == "posix" and os.uname().sysname == "Linux":
        assert settings_path() == tmp_path / "config" / "sop_xl" / "settings.toml"
