"""The application factory: store, API and pages put together."""

from __future__ import annotations

import logging
import warnings
from typing import Any, cast

from apiflask import APIFlask
from apiflask.exceptions import HTTPError
from flask import Response, jsonify, render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from server import security
from server.api import blueprints, described, idempotency
from server.api.conditional import answer_unchanged
from server.auth import guard
from server.auth.described import describe
from server.context import EXTENSION, Context, ServerConfig
from server.jobs.kinds import HANDLERS
from server.office.routes import blueprint as office
from server.pages import account, administration, oidc, pages
from server.pages.formats import FILTERS, FUNCTIONS
from server.problems import CONTENT_TYPE, Problem
from sop_xl import __version__

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 10
# A schema that stands within another and alone is described once; APIFlask tells so each time.
warnings.filterwarnings("ignore", message=".*has already been added to the spec.*", category=UserWarning)


def create_app(config: ServerConfig | None = None) -> APIFlask:
    """Return the application of a configuration, with its store open and its workers at work."""
    app = APIFlask(__name__, title="S&OP calculation server", version=__version__, docs_path=None)
    settings = config or ServerConfig()
    opened = Context.open(settings)
    app.extensions[EXTENSION] = opened
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload_mb * 1024 * 1024
    app.config["MAX_FORM_MEMORY_SIZE"] = 1024 * 1024
    app.config["OPENAPI_VERSION"] = "3.1.0"
    app.config["VALIDATION_ERROR_STATUS_CODE"] = 422
    app.config["AUTO_404_RESPONSE"] = app.config["AUTO_VALIDATION_ERROR_RESPONSE"] = False
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(FUNCTIONS)
    security.install(app)
    guard.install(app)
    idempotency.install(app)
    app.after_request(answer_unchanged)
    _install_errors(app)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    for blueprint in (pages, account.blueprint, administration.blueprint, office):
        app.register_blueprint(blueprint)
    oidc.install(app, opened)
    app.spec_processor(lambda document: describe(app, described.describe(cast("dict[str, Any]", document))))
    if settings.people.proxies:
        count = settings.people.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]
    opened.workers.start(opened, HANDLERS, settings.solvers)
    return app


def _install_errors(app: APIFlask) -> None:
    app.error_processor(_validation_failed)
    app.register_error_handler(Problem, _answer)
    app.register_error_handler(HTTPException, _http_failed)
    app.register_error_handler(OperationalError, _store_unavailable)
    app.register_error_handler(Exception, _unexpected)


def _validation_failed(error: HTTPError) -> Response:
    by_location = [told for told in (error.detail or {}).values() if isinstance(told, dict)]
    fields = {str(name): " ".join(_texts(told)) for found in by_location for name, told in found.items()}
    told = " ".join(f"{name}: {text}" for name, text in fields.items())
    extra = {"fields": fields} if fields else {}
    return _answer(Problem.of_status(error.status_code, told or error.message or "", **extra))


def _texts(told: object) -> list[str]:
    if isinstance(told, dict):
        return [f"{name}: {text}" for name, inner in told.items() for text in _texts(inner)]
    return [str(text) for text in told] if isinstance(told, list) else [str(told)]


def _http_failed(error: HTTPException) -> Response:
    limit = request.max_content_length
    detail = error.description or error.name
    if error.code == 413 and limit:
        detail = f"At most {limit // 1024 // 1024} MB are taken at once."
    return _answer(Problem.of_status(error.code or 500, detail))


def _store_unavailable(error: OperationalError) -> Response:
    _log.error("%s %s: the store cannot be reached: %s", request.method, request.path, error.orig)
    detail = "Nothing was stored by this request unless it is there when you look again."
    return _answer(Problem.of("store-unavailable", detail, retry_after=_RETRY_SECONDS))


def _unexpected(error: Exception) -> Response:
    _log.exception("%s %s failed", request.method, request.path, exc_info=error)
    return _answer(Problem.of("internal-error", "Nothing was stored by this request."))


def _answer(problem: Problem) -> Response:
    if security.wants_json():
        response = jsonify(problem.to_dict(request.path))
        response.content_type = CONTENT_TYPE
    else:
        partial = request.headers.get("HX-Request") == "true"
        page = "fragments/problem.html" if partial else "problem.html"
        response = Response(render_template(page, problem=problem), mimetype="text/html")
    response.status_code = problem.kind.status
    if "retry_after" in problem.extra:
        response.headers["Retry-After"] = str(problem.extra["retry_after"])
    return response
