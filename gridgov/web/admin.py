"""The administrator's lists: what was written and can be undone, accounts, runs."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from gridgov.errors import ForbiddenError
from gridgov.storage.current import At
from gridgov.storage.models import Run
from gridgov.usecases import accounts, browsing, exporting, history, importing
from gridgov.usecases.accounts import AccountRow
from gridgov.usecases.raster_batches import raster_acts
from gridgov.web import handle, page, parameters
from gridgov.web.handle import database
from gridgov.web.security import allow, scope, user

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
MOST = 200


@blueprint.get("")
@allow("admin")
def index() -> ResponseReturnValue:
    """List the batches, the newest first; who administers a part of the city sees his own."""
    own = None if scope().areas is None else user().id
    rows = importing.batches(database(), parameters.told_day(), own)
    undone = {row.undoes for row in rows if row.undoes is not None}
    rasters = raster_acts(database(), [row.id for row in rows[:MOST]])
    return page.show("admin/batches.html", rows=rows[:MOST], count=len(rows), undone=undone, rasters=rasters)


@blueprint.get("/batches/<int:number>")
@allow("admin")
def batch(number: int) -> ResponseReturnValue:
    """Show what a batch did."""
    _require_own(number)
    found, counts = importing.find(database(), number), history.counts(database(), number)
    undone = next((row.id for row in importing.batches(database()) if row.undoes == number), None)
    changes = history.of_batch(database(), number, MOST)[:MOST]
    told = {
        "changes": changes,
        "count": sum(counts.values()),
        "rasters": raster_acts(database(), [number]).get(number, []),
    }
    return page.show("admin/batch.html", batch=found, undone=undone, **told)


@blueprint.post("/batches/<int:number>/undo")
@allow("admin")
def take_back(number: int) -> ResponseReturnValue:
    """Undo a batch as a whole; refused where later batches rest on it."""
    _require_own(number)
    with handle.changing() as session:
        taken = importing.undo(session, number, account=user().id, scope=scope())
        shown = taken.id
    return redirect(url_for("admin.batch", number=shown))


@blueprint.get("/accounts")
@allow("admin")
def people() -> ResponseReturnValue:
    """List the accounts with their roles and areas."""
    require_whole_city()
    rows = accounts.rows(database())
    return page.show("admin/accounts.html", rows=rows, places=_places(rows, parameters.at()))


@blueprint.get("/runs")
@allow("admin")
def runs() -> ResponseReturnValue:
    """List the coverage runs, the newest first."""
    require_whole_city()
    wanted, day = select(Run).order_by(Run.id.desc()).limit(MOST), parameters.told_day()
    rows = database().scalars(wanted if day is None else wanted.where(Run.as_of <= day)).all()
    return page.show("admin/runs.html", rows=rows)


@blueprint.get("/exports")
@allow("admin")
def exports() -> ResponseReturnValue:
    """List what was exported, the newest first."""
    require_whole_city()
    return page.show("admin/exports.html", rows=exporting.records(database(), MOST, parameters.told_day()))


def require_whole_city() -> None:
    """Refuse who administers a part of the city only: these lists speak of all of it."""
    if scope().areas is not None:
        raise ForbiddenError("whole_city_needed")


def _require_own(number: int) -> None:
    """Refuse who administers a part of the city a batch that he didn't write himself."""
    if scope().areas is not None and importing.writer(database(), number) != user().id:
        raise ForbiddenError("whole_city_needed")


def _places(rows: list[AccountRow], at: At) -> dict[int, str]:
    wanted = {given.unit_id for row in rows for given in row.grants if given.unit_id is not None}
    chains = {number: browsing.chain(database(), number, at) for number in wanted}
    return {number: steps[-1].name or steps[-1].code for number, steps in chains.items() if steps}
