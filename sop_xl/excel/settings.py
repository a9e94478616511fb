"""Settings of this computer: which server and its token, where the company's inputs lie, which Python Excel starts.

They live in one TOML file in the user's own configuration folder, never in a workbook: a workbook that arrives by mail
must not be able to choose the server, the token or the interpreter.
"""

from __future__ import annotations

import os
import tempfile
import tomllib
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs
import tomli_w

from sop_xl.model.issue import InputErrors, Issue, Severity

CONFIG_VARIABLE = "SOP_XL_CONFIG"
"""Environment variable that names another settings file, for tests and for several companies on one computer."""

FILE_NAME = "settings.toml"
DEFAULT_SERVER = "http://127.0.0.1:8765"
OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class UserSettings:
    """What a person has set up on this computer; an empty text means that nothing was chosen.

    Attributes:
        server_url: address of the calculation server.
        token: token that signs this person in on the server; a secret, shown as dots.
        inputs_folder: folder of the company's other inputs.
        python: interpreter that Excel starts.
    """

    server_url: str = DEFAULT_SERVER
    token: str = ""
    inputs_folder: str = ""
    python: str = ""

    @property
    def inputs(self) -> Path | None:
        """Folder of the company's inputs as a path; None where none was chosen."""
        return Path(self.inputs_folder).expanduser() if self.inputs_folder else None

    def __repr__(self) -> str:
        """Return the settings without the token, so that no log shows it."""
        shown = ", ".join(f"{key}={value!r}" for key, value in asdict(replace(self, token=self.masked_token)).items())
        return f"UserSettings({shown})"

    @property
    def masked_token(self) -> str:
        """The token as people may see it: dots and its last four characters."""
        if not self.token:
            return ""
        return "••••" + (self.token[-4:] if len(self.token) >= 12 else "")


def settings_path() -> Path:
    """Return where the settings of this user are kept, whether or not the file exists."""
    chosen = os.environ.get(CONFIG_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    return platformdirs.user_config_path("sop_xl", appauthor=False, roaming=False) / FILE_NAME


def log_folder() -> Path:
    """Return the folder of the log: the user's state folder, or beside a settings file named by the environment."""
    chosen = os.environ.get(CONFIG_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().parent / "log"
    return platformdirs.user_log_path("sop_xl", appauthor=False)


def read_settings(path: Path | None = None) -> UserSettings:
    """Read the settings of this user; without a file, those of a fresh installation.

    Raises:
        InputErrors: where the file cannot be read, is no TOML, or a setting is unknown or no text; lists all of them.
    """
    path = path or settings_path()
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return UserSettings()
    except (OSError, UnicodeDecodeError) as problem:
        raise _broken(path, f"The settings cannot be read ({problem}).") from problem
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise _broken(path, f"The settings are not written as TOML ({problem}).") from problem
    known = {field.name for field in fields(UserSettings)}
    issues = [
        *(_issue(path, f"'{key}' is no setting.", _known_hint()) for key in found if key not in known),
        *(
            _issue(path, f"'{key}' must be a text in quotes, not {value!r}.", f'Write it as {key} = "…".')
            for key, value in found.items()
            if key in known and not isinstance(value, str)
        ),
    ]
    settings = UserSettings(**{key: value for key, value in found.items() if key in known and isinstance(value, str)})
    issues += _questions(settings, path)
    if issues:
        raise InputErrors(issues)
    return settings


def write_settings(settings: UserSettings, path: Path | None = None) -> Path:
    """Write the settings and return their place; only this user may read the file, since it holds the token.

    The file is replaced as a whole: a crash leaves the old settings, never half of the new ones.

    Raises:
        InputErrors: where a value makes no sense or the folder cannot be written.
    """
    path = path or settings_path()
    if questions := _questions(settings, path):
        raise InputErrors(questions)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=path.name, suffix=".new", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            tomli_w.dump(asdict(settings), file)
        Path(name).chmod(OWNER_ONLY)
        Path(name).replace(path)
    except OSError as problem:
        raise _broken(path, f"The settings cannot be written ({problem}).") from problem
    return path


def readable_by_others(path: Path) -> bool:
    """Return whether other users of this computer may read a file.

    On Windows the user's profile is closed to others by its access list, which mode bits do not show: always False.
    """
    return os.name == "posix" and path.exists() and bool(path.stat().st_mode & 0o077)


def _questions(settings: UserSettings, path: Path) -> list[Issue]:
    """Return what makes no sense in settings that are well written."""
    issues = []
    if settings.server_url:
        address = urlsplit(settings.server_url)
        if address.scheme not in ("http", "https") or not address.hostname:
            hint = f"Write it as {DEFAULT_SERVER} or https://planning.company.example."
            issues.append(_issue(path, f"server_url '{settings.server_url}' is no address of a server.", hint))
    for field in fields(settings):
        value = getattr(settings, field.name)
        if any(ord(sign) < 32 for sign in value):
            issues.append(_issue(path, f"'{field.name}' contains a line break or a control character.", "Remove it."))
    return issues


def _known_hint() -> str:
    return "Settings are: " + ", ".join(field.name for field in fields(UserSettings)) + "."


def _broken(path: Path, message: str) -> InputErrors:
    hint = "Correct the file, or delete it and run `sop-xl excel install` again."
    return InputErrors([_issue(path, message, hint)])


def _issue(path: Path, message: str, hint: str) -> Issue:
    return Issue(Severity.ERROR, message, hint, file=str(path))
