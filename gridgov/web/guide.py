"""The user guide: a page of words and pictures, open to everybody."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from gridgov.web import language, page
from gridgov.web.security import public
from gridgov.wording import TERMS

blueprint = Blueprint("guide", __name__)


@blueprint.get("/guide")
@public
def index() -> ResponseReturnValue:
    """Show the guide."""
    return page.show("guide/index.html", language=language.locale(), words=list(TERMS["explains"]))
