"""What Excel asks this server for: the manifest, the list of custom functions, the task pane and its help page."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import Response, jsonify, render_template, request

from server.auth.access import open_to_all
from server.context import base_url
from server.office.catalogue import page_catalogue
from server.office.manifest import manifest_xml
from server.office.metadata import functions_json
from sop_xl import __version__
from sop_xl.capabilities import BUTTONS, CELL_FUNCTIONS, GROUPS
from sop_xl.functions.describing import describe

blueprint = APIBlueprint("office", __name__, url_prefix="/office", enable_openapi=False)
open_to_all.on(blueprint)
OFFICE_JS = "https://appsforoffice.microsoft.com/lib/1/hosted/office.js"
_FROM_MICROSOFT = "https://appsforoffice.microsoft.com"
_FRAMED_BY = (
    *("https://*.officeapps.live.com", "https://*.office.com", "https://*.office365.com", "https://*.office.net"),
    *("https://*.microsoft365.com", "https://*.cloud.microsoft", "https://*.sharepoint.com", "https://*.live.com"),
)
PANE_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"script-src 'self' {_FROM_MICROSOFT}",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        f"connect-src 'self' {_FROM_MICROSOFT}",
        "form-action 'self'",
        "base-uri 'none'",
        f"frame-ancestors 'self' {' '.join(_FRAMED_BY)}",
    )
)


@blueprint.get("/manifest.xml")
def manifest() -> Response:
    """Hand out the manifest that people upload to Excel, or an administrator to the organisation."""
    response = Response(manifest_xml(base_url()), mimetype="application/xml")
    response.headers["Content-Disposition"] = 'attachment; filename="sop-xl-manifest.xml"'
    return response


@blueprint.get("/functions.json")
def functions() -> Response:
    """Hand out the list of custom functions; Excel on the web reads it from a page of Microsoft's, hence the header.

    It says nothing that is not in the public documentation, takes no cookie and no token.
    """
    response = jsonify(functions_json(base_url()))
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@blueprint.get("/taskpane")
def taskpane() -> Response:
    """Hand out the task pane, which is at once the runtime of the ribbon's commands and of the custom functions."""
    page = render_template(
        "office/taskpane.html",
        catalogue=page_catalogue(),
        office_js=OFFICE_JS,
        server=request.host,
        version=__version__,
    )
    response = Response(page, mimetype="text/html")
    response.headers["Content-Security-Policy"] = PANE_POLICY
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return response


@blueprint.get("")
def help_page() -> str:
    """Show how to get the add-in, and what every button and cell function does."""
    return render_template(
        "office/help.html",
        groups=GROUPS,
        buttons=BUTTONS.values(),
        functions=[describe(name) for name in CELL_FUNCTIONS],
        manifest=f"{base_url()}/office/manifest.xml",
        secure=base_url().startswith("https://"),
    )
