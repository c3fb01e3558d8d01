"""What was written about things, batch by batch: what held before, what holds now, and from when."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gridgov.domain.fields import FORMS
from gridgov.domain.fields import KINDS as ROWS
from gridgov.domain.fields import Field as FormField
from gridgov.domain.privacy import withholds
from gridgov.errors import InputError
from gridgov.spatial.crs import to_planar
from gridgov.spatial.middle import middle
from gridgov.storage.models import Batch
from gridgov.usecases import deployment
from gridgov.usecases.lookups import AT_ONCE
from gridgov.usecases.targets import TARGETS
from gridgov.usecases.telling import Told, tell
from gridgov.usecases.things import KINDS, holds, label

PLACE = "geometry"
_REFERENCES = {
    "parent": ("parent_id", "orphan"),
    **dict.fromkeys(("community", "compound", "unit"), ("unit_id",)),
    "department": ("department_id",),
    "holder": ("cadre_id", "department_id", "holder"),
    "site": ("site_id",),
}
Field = tuple[str, str | None, str | None]


@dataclass(frozen=True)
class Changed:
    """What a batch did to one thing from a day on: each field that differs, with its text before and after."""

    kind: str
    identity: int
    label: str
    what: str
    start: date
    fields: list[Field]


def of_batch(session: Session, number: int, most: int | None = None) -> list[Changed]:
    """Return what a batch did, of each kind to no more than `most` things."""
    found: list[Changed] = []
    for kind in KINDS:
        model: Any = TARGETS[kind].version
        subject = getattr(model, model.subject)
        touched = select(subject).where(or_(model.batch_id == number, model.superseded_by == number))
        identities = list(session.scalars(touched.distinct().order_by(subject).limit(most)))
        found += of_things(session, kind, identities, number)
    return found


def counts(session: Session, number: int) -> dict[str, int]:
    """Return how many things of each kind a batch touched."""
    found = {}
    for kind in KINDS:
        model: Any = TARGETS[kind].version
        subject = getattr(model, model.subject)
        touched = select(func.count(subject.distinct()))
        found[kind] = session.scalar(touched.where(or_(model.batch_id == number, model.superseded_by == number))) or 0
    return {kind: number_of for kind, number_of in found.items() if number_of}


def of_thing(session: Session, kind: str, identity: int) -> list[tuple[Batch, list[Changed]]]:
    """Return every batch that wrote about a thing, the newest first, with what it did to it."""
    model: Any = TARGETS[kind].version
    own = getattr(model, model.subject) == identity
    numbers = {*session.scalars(select(model.batch_id).where(own))}
    numbers |= {number for number in session.scalars(select(model.superseded_by).where(own)) if number is not None}
    batches = session.scalars(select(Batch).where(Batch.id.in_(sorted(numbers))).order_by(Batch.id.desc()))
    return [(batch, list(of_things(session, kind, [identity], batch.id))) for batch in batches]


def since(session: Session, kind: str, identity: int, stamp: str) -> list[Changed]:
    """Return what was written about a thing after an editor saw it, as his form's stamp tells."""
    model: Any = TARGETS[kind].version
    seen_version, _, seen_batch = stamp.partition(".")
    newer = or_(model.id > _number(seen_version), model.superseded_by > _number(seen_batch))
    rows = session.execute(
        select(model.batch_id, model.superseded_by, model.id).where(getattr(model, model.subject) == identity, newer)
    )
    numbers = {row.batch_id for row in rows if row.id > _number(seen_version)}
    return [one for number in sorted(numbers) for one in of_things(session, kind, [identity], number)]


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 18 else 0


def of_things(session: Session, kind: str, identities: Sequence[int], number: int) -> Iterator[Changed]:
    """Yield what a batch did to some things of a kind, in their order."""
    for start in range(0, len(identities), AT_ONCE):
        yield from _of_some(session, kind, identities[start : start + AT_ONCE], number)


def _of_some(session: Session, kind: str, identities: Sequence[int], number: int) -> Iterator[Changed]:
    """Compare what stood of a few things before a batch with what stood after it."""
    model: Any = TARGETS[kind].version
    before: dict[int, list[Any]] = defaultdict(list)
    after: dict[int, list[Any]] = defaultdict(list)
    touching = or_(model.batch_id == number, model.superseded_by == number)
    own = getattr(model, model.subject).in_(identities)
    for version in session.scalars(select(model).where(own, touching).order_by(model.valid_from, model.id)):
        side = after if version.batch_id == number else before
        side[getattr(version, model.subject)].append(version)
    moved = [version for one in after if _moved(before[one], after[one]) for version in (*before[one], *after[one])]
    told = _told(session, kind, [*_all(before), *_all(after)])
    places = Places(session, moved)
    for identity in identities:
        yield from _of_one(kind, identity, (before[identity], after[identity]), told, places)


def _moved(before: Sequence[Any], after: Sequence[Any]) -> bool:
    return any(not _same(_place(one), _place(other)) for one in before for other in after) or not before


def _all(sides: dict[int, list[Any]]) -> Iterable[Any]:
    return (version for versions in sides.values() for version in versions)


def _told(session: Session, kind: str, versions: Sequence[Any]) -> dict[int, Told]:
    names = [field.name for field in _fields(kind) if field.name not in {"level", "valid_from", "valid_to"}]
    by_day: dict[date, list[Any]] = defaultdict(list)
    for version in versions:
        by_day[version.valid_from].append(version)
    return {
        version.id: texts
        for day, some in by_day.items()
        for version, texts in zip(some, tell(session, kind, some, names, day, read=True), strict=True)
    }


def _fields(kind: str) -> Sequence[FormField]:
    """Return what a kind says: as its form asks, or where it has none as its rows do."""
    return FORMS.get(kind) or ROWS[kind]


def _of_one(
    kind: str, identity: int, sides: tuple[Sequence[Any], Sequence[Any]], told: dict[int, Told], places: "Places"
) -> list[Changed]:
    before, after = sides
    last = before[-1] if before else None
    ends = last is not None and _ends_earlier(last, after)
    rows = []
    for version in after:
        old = next((one for one in before if holds(one, version.valid_from)), None)
        if old is None and before:
            old = before[0] if version.valid_from < before[0].valid_from else before[-1]
        fields = _differences(old, version, told, places)
        if ends and version is after[-1]:  # that it ends is told below
            fields = [each for each in fields if each[0] != "valid_to"]
        what = "new" if old is None else "changed"
        if fields or old is None:
            name = label(kind, version, told[version.id])
            rows.append(Changed(kind, identity, name, what, version.valid_from, fields))
    if last is not None and ends:
        day = after[-1].valid_to if after else last.valid_from
        rows.append(Changed(kind, identity, label(kind, last, told[last.id]), "ended", day, []))
    return rows


def _ends_earlier(last: Any, after: Sequence[Any]) -> bool:
    if not after:
        return True
    end = after[-1].valid_to
    return end is not None and (last.valid_to is None or end < last.valid_to)


def _differences(old: Any, new: Any, told: dict[int, Told], places: "Places") -> list[Field]:
    before = {} if old is None else told[old.id]
    after = told[new.id]
    fields: list[Field] = [
        (name, before.get(name) or None, text or None)
        for name, text in after.items()
        if _withheld_change(old, new, name, text) or (before.get(name, "") != text and not _same_thing(old, new, name))
    ]
    if old is not None and old.valid_from != new.valid_from and new.valid_from < old.valid_from:
        fields.append(("valid_from", old.valid_from.isoformat(), new.valid_from.isoformat()))
    if not _same(_place(old), _place(new)):
        fields.append((PLACE, *places.texts(old, new)))
    return fields


def _same_thing(old: Any, new: Any, name: str) -> bool:
    """Tell whether a field names the same thing as before, which only has another name or code by now."""
    columns = _REFERENCES.get(name, ())
    return bool(columns) and old is not None and all(getattr(old, one, 0) == getattr(new, one, 0) for one in columns)


def _withheld_change(old: Any, new: Any, name: str, text: str) -> bool:
    """Tell whether a value differs that neither side shows."""
    return old is not None and withholds(text) and getattr(old, name, None) != getattr(new, name, None)


def _place(version: Any) -> BaseGeometry | None:
    place: BaseGeometry | None = getattr(version, PLACE, None)
    return place


def _same(one: BaseGeometry | None, other: BaseGeometry | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool(shapely.equals_exact(one, other, 1e-9))


class Places:
    """Tells places: an area by its square metres and middle, a point by its position, and how far a thing moved."""

    def __init__(self, session: Session, versions: Sequence[Any]) -> None:
        placed = {version.id: _place(version) for version in versions if _place(version) is not None}
        self._planar: dict[int, BaseGeometry] = {}
        if placed:
            try:
                planar = to_planar(np.array([*placed.values(), None], dtype=object)[:-1], deployment.crs(session))
            except InputError:  # no working CRS yet: positions are told without lengths
                return
            self._planar = dict(zip(placed, planar, strict=True))

    def texts(self, old: Any, new: Any) -> tuple[str | None, str | None]:
        """Return a thing's place before and after; behind the second how many metres it moved."""
        before, after = self._text(old), self._text(new)
        if before is None or after is None or old.id not in self._planar or new.id not in self._planar:
            return before, after
        moved = shapely.distance(*(shapely.centroid(self._planar[version.id]) for version in (old, new)))
        return before, f"{after} (→ {moved:,.0f} m)" if round(float(moved)) else after

    def _text(self, version: Any) -> str | None:
        place = _place(version)
        if place is None:
            return None
        x, y = middle(place)
        planar = self._planar.get(version.id)
        area = 0.0 if planar is None else shapely.area(planar)
        return f"{area:,.0f} m² @ {x:.6f}, {y:.6f}" if area else f"{x:.6f}, {y:.6f}"
