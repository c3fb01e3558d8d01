"""Who is shown as liaison at a place: whoever holds the post of the contact tier that goes there."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.units import ContactTier
from gridgov.storage.current import At, Scope, current, standing
from gridgov.storage.models import CadreVersion, ContactVersion, Run, RunGap, UnitVersion
from gridgov.usecases import deployment
from gridgov.usecases.data_version import data_version
from gridgov.usecases.due import excused
from gridgov.usecases.lookups import rows_for, things_for

_asked_last: dict[tuple[object, ...], list[int]] = {}


class Liaisons:
    """The holders of the tiers' posts on some units, and where such a post is due."""

    def __init__(self, session: Session, at: At, units: Mapping[int, UnitVersion]) -> None:
        self.names: dict[int, str] = {}
        self.due: set[int] = set()
        for tier in deployment.profile(session).tiers:
            own = {number for number, unit in units.items() if unit.level == tier.level}
            self.names |= _holders(session, at, tier, own)
            self.due |= own - excused(session, tier, at) if tier.due else set()

    def of(self, *line: int | None) -> str | None:
        """Return who is liaison at a place, told with what lies above it: the nearest with a post that is due.

        None where that post is vacant: nobody further up stands in for it.
        """
        for unit in line:
            if unit in self.names:
                return self.names[unit]
            if unit in self.due:
                return None
        return None


def without_liaison(session: Session, run: Run) -> list[int]:
    """Return the places of a run's gap list where nobody is liaison: the post is vacant."""
    key = (str(session.get_bind().engine.url), data_version(session), run.id)
    known = _asked_last.get(key)
    if known is None:
        known = _without_liaison(session, run)
        _asked_last.clear()
        _asked_last[key] = known
    return known


def _without_liaison(session: Session, run: Run) -> list[int]:
    at = At(run.as_of, run.batch_id)
    columns = RunGap.unit_id, RunGap.community_id, RunGap.street_id
    lines = session.execute(select(*columns).where(RunGap.run_id == run.id).distinct()).all()
    told = {unit for line in lines for unit in line if unit is not None}
    wanted = current(UnitVersion, at, Scope.everything())
    units = {unit.unit_id: unit for unit in things_for(session, wanted, UnitVersion.unit_id, told)}
    known = Liaisons(session, at, units)
    return sorted({line[0] for line in lines if known.of(*line) is None})


def _holders(session: Session, at: At, tier: ContactTier, units: set[int]) -> dict[int, str]:
    """Return by unit who holds a tier's post; of several the one undisputed, of those the first recorded."""
    held = select(ContactVersion.unit_id, CadreVersion.name).join(
        CadreVersion, CadreVersion.cadre_id == ContactVersion.cadre_id
    )
    held = held.where(standing(ContactVersion, at), standing(CadreVersion, at))
    held = held.where(ContactVersion.tier == tier.tier, ContactVersion.role == tier.exclusive)
    ordered = held.order_by(ContactVersion.confirmed, ContactVersion.id.desc())
    return {unit: name for unit, name in rows_for(session, ordered, ContactVersion.unit_id, units)}  # noqa: C416
