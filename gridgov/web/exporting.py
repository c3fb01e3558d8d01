"""Exports from the pages: what a list shows, as a file, for whoever coordinates, plans or administers."""

import io
import tempfile
from pathlib import Path

from flask import Blueprint, Flask, abort, send_file
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gridgov.errors import InputError
from gridgov.sources.outgoing import Table
from gridgov.sources.writing import form_of, write_file
from gridgov.storage.current import Scope
from gridgov.usecases import accounts, covering, exporting, exporting_areas, exporting_plans, own_areas, planning
from gridgov.usecases.exporting import Asked
from gridgov.web import desk, gapfilter, handle, language, looking, parameters, views
from gridgov.web.handle import database
from gridgov.web.security import allow, rule_of, scope, user
from gridgov.wording import term
from gridgov.wording.watermark import in_words, mark

blueprint = Blueprint("exporting", __name__)
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
}


def install(app: Flask) -> None:
    """Let templates ask whether to offer exports, and of what."""
    app.jinja_env.globals.update(may_export=may_export, export_forms=export_forms)


def may_export() -> bool:
    """Tell whether the account may export anything."""
    rule = rule_of(export)
    return rule is not None and bool(rule.roles & getattr(current_user, "roles", frozenset()))


def export_forms(what: str) -> tuple[str, ...]:
    """Return the forms something is exported in."""
    own = {exporting_plans.PLAN: exporting_plans.FORMS, exporting_areas.AREAS: exporting_areas.FORMS}
    return own[what] if what in own else exporting.forms(what)


@blueprint.get("/export/<what>.<form>")
@allow("coordinator", "planner", "admin")
def export(what: str, form: str) -> ResponseReturnValue:
    """Send a list as a file: made whole before its first byte leaves, and recorded."""
    form_of(f"{what}.{form}")
    asked, at = _asked(what), parameters.at()
    table = _OWN[what](form) if what in _OWN else exporting.table(database(), asked, form, at, scope())
    told = in_words(what, table, language.locale()) if form == "xlsx" else table
    sign = mark(what, table, at, language.locale(), account=user().name, only=asked.narrowed())
    account = user().id

    def keep() -> None:
        with handle.changing() as session:
            exporting.record(session, what, form, at, len(table.rows), account)

    with tempfile.TemporaryDirectory(prefix="gridgov-export-") as passing:
        path = Path(passing) / f"{what}.{form}"
        write_file(path, told, sign, keep=keep)
        content = path.read_bytes()
    name = f"{term('export', what, language.locale())}-{at.day.isoformat()}.{form}"
    return send_file(io.BytesIO(content), _TYPES[form], as_attachment=True, download_name=name)


def _asked(what: str) -> Asked:
    """Return what the address asks for, with the filters of the page that linked here."""
    unit = views.chosen("street") or views.chosen()
    return Asked(
        what,
        level=parameters.text("level"),
        under=None if unit is None else unit.code,
        run=parameters.whole("run", 0, least=0, most=10**9) or None,
        tier=parameters.whole("tier", 0, least=0, most=9) or None,
        gaps=gapfilter.asked(),
        since=desk.since() if what == exporting.CHANGED else None,
    )


def _areas(_form: str) -> Table:
    """Return the figures of a planner's own areas, for those who may plan; their set stands in the address."""
    seen, number = _planning(), parameters.whole("areas", 0, least=0, most=10**9)
    kept, look = own_areas.find(database(), number, user().id), looking.look()
    run = look.run or covering.find(database(), None, parameters.at(), None if look.own else look.pack.id)
    return exporting_areas.table(database(), run, seen, kept, look.profile)


def _planning() -> Scope:
    """Return what the account may plan; one that doesn't is refused."""
    if "planner" not in user().roles:
        abort(403)
    return accounts.scope_of(user().grants, {"planner"}, frozenset())


def _plan(form: str) -> Table:
    """Return a plan's figures, for those who may plan; the plan stands in the address."""
    if form not in exporting_plans.FORMS:
        raise InputError("export_without_place", value=exporting_plans.PLAN, form=form)
    seen, told = _planning(), parameters.text("plan") or ""
    return exporting_plans.table(planning.find(database(), told, planning.Asker(user().id, seen)))


_OWN = {exporting_plans.PLAN: _plan, exporting_areas.AREAS: _areas}
