"""`check --fix`: what needs no judgement, mended as one batch that can be undone.

Four things, and never anything else: an invalid polygon whose repair changes its area by less than a thousandth; blanks
around a code and full-width digits in it, where no other thing has the code meant; a recorded parent's code that
contradicts both the unit's own code and the parent it hangs under, which agree; and an orphan, or what hangs under a
unit that has ended, of which a code names the parent or a polygon covers it. The first three were never true and are
mended for the version's whole period; an orphan is hung from the day asked about. What two people could decide
differently stays a finding.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from gridgov.domain.units import contradicts, parent_code, tidy_code
from gridgov.spatial.topology import repair
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import Batch, LandVersion, UnitVersion
from gridgov.storage.models.base import located
from gridgov.storage.versions import Revision, open_batch, revise, take_turn
from gridgov.usecases.findings import CODED, THINGS, Ground, called, identity_of
from gridgov.usecases.hanging import AREAL, hangings
from gridgov.usecases.lookups import things_for

KIND = "fix"
AREA_CHANGE = 0.001
_ROUNDS = 5  # a code mended lets an orphan be hung, which lets a recorded parent be mended; there is no more


@dataclass(frozen=True)
class Mend:
    """One thing that needs no judgement: `kind` is the finding's, `params` fill the sentence that tells it."""

    kind: str
    thing: str
    subject: str
    revision: Revision
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def identity(self) -> int:
        """The identity of what is mended."""
        return identity_of(self.revision.version)


@dataclass(frozen=True)
class Mended:
    """What was mended, in which batch; none where there was nothing to do."""

    batch: int | None
    mends: list[Mend]


def plan(ground: Ground) -> list[Mend]:
    """Return what would be mended; this only reads. What can be mended only thereafter isn't among it."""
    return [*_corrections(ground), *_hangings(ground)]


def mend(session: Session, at: At, *, account: int | None = None) -> Mended:
    """Mend what needs no judgement, as one batch."""
    take_turn(session)
    batch: Batch | None = None
    done: list[Mend] = []
    for _ in range(_ROUNDS):
        ground = Ground(session, at, Scope.everything())
        mends = list(_corrections(ground)) or list(_hangings(ground))
        if not mends:
            break
        batch = batch or open_batch(session, KIND, account_id=account)
        _write(session, batch.id, mends)
        done += mends
    if batch is None:
        return Mended(None, done)
    batch.counts = {"changed": len({(each.thing, each.identity) for each in done})}
    return Mended(batch.id, done)


def _write(session: Session, batch: int, mends: list[Mend]) -> None:
    """Write each version anew once, with all that is mended of it."""
    by_version: dict[tuple[str, int], list[Mend]] = {}
    for each in mends:
        by_version.setdefault((each.thing, each.revision.version.id), []).append(each)
    revisions = [(thing, _joined(some)) for (thing, _), some in sorted(by_version.items())]
    for _, same in groupby(revisions, key=lambda told: told[0]):
        told = [revision for _, revision in same]
        revise(session, type(told[0].version), batch, told)


def _joined(mends: list[Mend]) -> Revision:
    values: dict[str, Any] = {}
    for each in mends:
        values |= each.revision.values or {}
    return Revision(mends[0].revision.version, mends[0].revision.start, values)


def _corrections(ground: Ground) -> Iterator[Mend]:
    yield from _shapes(ground)
    yield from _codes(ground)
    yield from _recorded_parents(ground)


def _shapes(ground: Ground) -> Iterator[Mend]:
    land = ground.session.scalars(current(LandVersion, ground.at, ground.scope).order_by(LandVersion.code))
    things = {kind: ground.things(kind) for kind in ("units", "grids", "sites")} | {"land": list(land)}
    for kind, versions in things.items():
        broken = [each for each in versions if each.geometry is not None and each.geometry.geom_type in AREAL]
        for version in broken:
            repaired = None if version.geometry.is_valid else _repaired(version.geometry)
            if repaired is not None:
                yield _mend("geometry_invalid", kind, version, located(repaired))


def _repaired(shape: Any) -> Any:
    """Return an area made valid, or None where that takes away or adds more than drawing noise."""
    (repaired,), _ = repair([shape])
    if repaired.is_empty or repaired.geom_type not in AREAL or not shape.area:
        return None
    return repaired if abs(repaired.area / shape.area - 1.0) < AREA_CHANGE else None


def _codes(ground: Ground) -> Iterator[Mend]:
    for kind in CODED:
        untidy = [version for version in ground.things(kind) if tidy_code(version.code) != version.code]
        taken = _taken(ground, kind, untidy)
        for version in untidy:
            tidy = tidy_code(version.code)
            if tidy and taken[getattr(version, "level", kind), tidy] == 1:
                yield _mend("code_untidy", kind, version, {"code": tidy}, old=version.code, new=tidy)


def _taken(ground: Ground, kind: str, untidy: list[Any]) -> Counter[tuple[str, str]]:
    """Count the identities that have or would have each of the codes meant, on whatever day."""
    if not untidy:
        return Counter()
    model = THINGS[kind]
    layer = model.level if kind == "units" else literal(kind)
    columns = select(layer, model.code, getattr(model, model.subject)).where(model.superseded_by.is_(None))
    told = {(level, tidy_code(code), identity) for level, code, identity in ground.session.execute(columns)}
    return Counter((level, code) for level, code, _ in told)


def _recorded_parents(ground: Ground) -> Iterator[Mend]:
    for unit in ground.units:
        rank = ground.profile.rank(unit.level)
        above = ground.profile.levels[rank - 1] if rank else None
        level = ground.profile.level(unit.level)
        parent = ground.index.get(unit.parent_id or 0)
        if parent is None or not contradicts(unit.code, level, above, unit.parent_code):
            continue
        if ground.units[parent].code == parent_code(unit.code, level, above):
            values = {"parent_code": ground.units[parent].code, "orphan": False}
            yield _mend("code_contradicts", "units", unit, values, parent=called(ground.units[parent]))


def _hangings(ground: Ground) -> Iterator[Mend]:
    found = hangings(ground.session, ground.profile, ground.at.day)
    wanted = {(revision.values or {})["parent_id"] for revision in found}
    select_parents = current(UnitVersion, ground.at, ground.scope)
    parents = things_for(ground.session, select_parents, UnitVersion.unit_id, wanted)
    names = {parent.unit_id: called(parent) for parent in parents}
    for revision in found:
        unit: Any = revision.version
        values = revision.values or {}
        told = {"name": called(unit), "parent": names.get(values["parent_id"])}
        yield Mend("orphan", "units", unit.code, revision, told)


def _mend(kind: str, thing: str, version: Any, values: dict[str, Any], **params: Any) -> Mend:
    name = called(version) if thing == "units" else getattr(version, "name", None) or version.code
    return Mend(kind, thing, version.code, Revision(version, version.valid_from, values), {"name": name, **params})
