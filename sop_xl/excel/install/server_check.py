"""Whether the server of the settings is there, is ours, has our version and takes our token."""

from __future__ import annotations

import requests

from sop_xl import __version__
from sop_xl.excel.install.setup_check import SetupCheck, command
from sop_xl.excel.settings import UserSettings

SECONDS = 5.0
"""How long the server may take; a person is waiting."""

TITLE = "S&OP calculation server"


def server_checks(settings: UserSettings) -> list[SetupCheck]:
    """Ask the server for the description of its interface, which tells its version and needs a valid token."""
    what, url = "Server", settings.server_url.rstrip("/")
    if not url:
        remedy = f"Choose one with {command('excel install --server ADDRESS')}."
        return [SetupCheck(what, "warning", "none chosen; only buttons that work alone can be used", remedy)]
    session = requests.Session()
    session.trust_env = False
    headers = {"Authorization": f"Bearer {settings.token}"} if settings.token else {}
    try:
        answer = session.get(f"{url}/openapi.json", headers=headers, timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as problem:
        remedy = "Check the address and your network; the facilitator starts the server with `sop-xl serve`."
        return [SetupCheck(what, "error", f"{url} cannot be reached ({type(problem).__name__})", remedy)]
    if answer.status_code in (401, 403):
        return [SetupCheck(what, "ok", url), _refused(settings)]
    try:
        described = answer.json()["info"]
        title, version = str(described["title"]), str(described["version"])
    except (requests.JSONDecodeError, KeyError, TypeError):
        title, version = "", ""
    if not answer.ok or title != TITLE:
        found = f"{url} answers ({answer.status_code}), but is no S&OP server"
        return [SetupCheck(what, "error", found, "Check the address in the settings.")]
    if version != __version__:
        found = f"{url} has version {version}, this computer {__version__}"
        return [SetupCheck(what, "warning", found, "Install the newer version on both."), _accepted(settings)]
    return [SetupCheck(what, "ok", f"{url}, version {version}"), _accepted(settings)]


def _refused(settings: UserSettings) -> SetupCheck:
    if not settings.token:
        remedy = f"Ask the facilitator for one, then run {command('excel install --ask-token')}."
        return SetupCheck("Token", "error", "the server wants one and none is set", remedy)
    remedy = f"Ask the facilitator for a new one, then run {command('excel install --ask-token')}."
    return SetupCheck("Token", "error", f"the server does not accept {settings.masked_token}", remedy)


def _accepted(settings: UserSettings) -> SetupCheck:
    return SetupCheck("Token", "ok", settings.masked_token if settings.token else "none needed")
