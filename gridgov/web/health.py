"""Is it alive? Asked by machines."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from gridgov.web.handle import database
from gridgov.web.security import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Answer once the database does."""
    database().execute(text("SELECT 1"))
    return jsonify(status="ok")
