"""Errors as people meet them: one table from exception to HTTP status, one page with the next step."""

from flask import Flask, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from gridgov.errors import ConflictError, ForbiddenError, GridgovError, InputError, NotFoundError
from gridgov.web import language
from gridgov.wording import SENTENCES, sentence, translate

STATUS: dict[type[GridgovError], int] = {
    InputError: 400,
    ForbiddenError: 403,
    NotFoundError: 404,
    ConflictError: 409,
}

_CODES = {
    400: "page_request_unclear",
    401: "page_login_needed",
    403: "page_forbidden",
    404: "page_not_found",
    405: "page_not_found",
    413: "page_too_large",
    429: "page_too_many",
}


def install(app: Flask) -> None:
    """Give every error its page, and every refused API call its JSON."""
    app.register_error_handler(GridgovError, _told)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _broken)


def status_of(error: GridgovError) -> int:
    """Return the HTTP status of an error raised on purpose."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def wants_json() -> bool:
    """Tell whether the caller is a program: the API, or a map layer."""
    return request.path.startswith(("/api/", "/layers/", "/tiles/"))


def _told(error: GridgovError) -> ResponseReturnValue:
    return _answer(status_of(error), sentence(error, language.locale()), error.code)


def _expired(_error: CSRFError) -> ResponseReturnValue:
    return _answer(400, _sentence("page_form_expired"), "page_form_expired")


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    if status == 401 and not wants_json() and not current_user.is_authenticated:
        return redirect(url_for("login.form", next=request.full_path.rstrip("?")))
    code = _CODES.get(status, "page_broken")
    return _answer(status, _sentence(code), code)


def _broken(error: Exception) -> ResponseReturnValue:
    language.application().logger.error("unhandled error on %s", request.endpoint, exc_info=error)
    return _answer(500, _sentence("page_broken"), "page_broken")


def _sentence(code: str) -> str:
    return translate(SENTENCES[code], language.locale())


def _answer(status: int, message: str, code: str) -> Response:
    if wants_json():
        response = jsonify(error=code, message=message)
        response.status_code = status
        return response
    return make_response(render_template("errors/error.html", status=status, message=message), status)
