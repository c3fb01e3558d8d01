"""Dividing an area and joining areas: no ground, nobody and nothing that lives there is lost."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry
from shapely.ops import split as cut_by
from sqlalchemy.orm import Session

from gridgov.domain.fields import read_cells
from gridgov.errors import InputError
from gridgov.storage.current import At, Scope
from gridgov.storage.models import (
    BranchVersion,
    ContactVersion,
    GateVersion,
    GridVersion,
    PartnerVersion,
    PostVersion,
    UnitVersion,
)
from gridgov.storage.versions import Revision, revise
from gridgov.usecases import deployment
from gridgov.usecases.acts import Change, Merge, Part, RefusedError, Split
from gridgov.usecases.agecounts import AGES
from gridgov.usecases.changing import change
from gridgov.usecases.ending import end_versions
from gridgov.usecases.hand import Hand, refuse, sound, versions_of
from gridgov.usecases.hanging import AREAL
from gridgov.usecases.targets import TARGETS
from gridgov.usecases.telling import tell
from gridgov.usecases.things import fields_of, holds, standing_version, timeline

COUNTS = ("people", "households", "floor_area", *AGES)
DIVISIBLE = ("units", "grids")
LOST_M2 = 1.0
_SAME = 1e-6


def propose_split(session: Session, kind: str, identity: int, at: At, scope: Scope, line: LineString) -> list[Part]:
    """Cut an area along a drawn line: the largest part keeps what it is called, people go by where they live.

    Counts follow the children's own where all of those are known, else the ground; their sums are what they were. Those
    of an age are shared out alike when it is done, and shown to nobody.

    Raises
    ------
    InputError
        ``split_line_misses`` where the line doesn't cross the whole area, ``split_no_area`` where there is none.
    """
    old = _areal(session, kind, identity, at, scope)
    parts = sorted(_cut(old.geometry, line), key=lambda part: -part.area)
    if len(parts) < 2:
        raise InputError("split_line_misses")
    told = _shared_out(session, kind, old, parts, at)
    shown = [{name: text for name, text in texts.items() if name not in AGES} for texts in told]
    return [Part(texts, part) for texts, part in zip(shown, parts, strict=True)]


def split(hand: Hand, act: Split) -> None:
    """Divide an area: the first part goes on as what it was, the others are new and take what lies on them."""
    old = _areal(hand.session, act.kind, act.identity, hand.at, hand.scope)
    hand.require(act.kind, old)
    _refuse_loss_of_ground(hand, old, act.parts)
    known = _told(hand, act.kind, old)
    act = replace(act, parts=_with_ages(hand, act, old))
    if act.kind == "units":
        _refuse_loss_of_people(hand, old, act.parts)
    _keep(hand, act, known)
    new = [_add(hand, act, part, known, old) for part in act.parts[1:]]
    if act.kind == "units":
        _distribute(hand, act, new)


def merge(hand: Hand, act: Merge) -> None:
    """Join areas into one that goes on; what lived on the others moves to it, their posts and contacts end."""
    others = [other for other in dict.fromkeys(act.others) if other != act.identity]
    if not others:
        raise InputError("merge_alone")
    old = _areal(hand.session, act.kind, act.identity, hand.at, hand.scope)
    gone = [_areal(hand.session, act.kind, other, hand.at, hand.scope) for other in others]
    for version in (old, *gone):
        hand.require(act.kind, version)
    if act.kind == "units" and {version.level for version in gone} != {old.level}:
        raise InputError("merge_levels")
    ground = shapely.union_all([sound(version.geometry) for version in (old, *gone)])
    if shapely.get_num_geometries(ground) > shapely.get_num_geometries(old.geometry):
        hand.warn(InputError("merge_apart"))
    counted = _sums(hand, [old, *gone]) if act.kind == "units" else {}
    for other in others:
        _move_over(hand, act, other)
        end_versions(hand, TARGETS[act.kind].version, versions_of(hand, act.kind, other))
    hand.session.expire_all()
    change(hand, Change(act.kind, act.identity, hand.day, {**counted, **act.told}, ground))


def _areal(session: Session, kind: str, identity: int, at: At, scope: Scope) -> Any:
    if kind not in DIVISIBLE:
        raise InputError("kind_unknown", value=kind, known=", ".join(DIVISIBLE))
    old = standing_version(session, kind, identity, at, scope)
    if old.geometry is None or old.geometry.geom_type not in AREAL:
        raise InputError("split_no_area", name=old.name or old.code)
    if not holds(old, at.day):
        raise InputError("thing_not_then", first=old.valid_from.isoformat())
    last = timeline(session, kind, identity)[-1].valid_to
    if last is not None:
        raise InputError("thing_ends_ahead", name=old.name or old.code, day=last.isoformat())
    return old


def _cut(area: BaseGeometry, line: LineString) -> list[BaseGeometry]:
    """Cut each piece of an area by a line; pieces that the line misses stay whole."""
    return [part for piece in shapely.get_parts(sound(area)) for part in cut_by(piece, line).geoms if part.area > 0]


def _shared_out(session: Session, kind: str, old: Any, parts: Sequence[BaseGeometry], at: At) -> list[dict[str, str]]:
    names = [{"code": old.code, "name": old.name or ""}]
    names += [
        {"code": f"{old.code}-{number}", "name": f"{old.name}（{number}）" if old.name else ""}
        for number in range(2, len(parts) + 1)
    ]
    if kind != "units":
        return names
    weights = _weights(session, old, parts, at)
    for count in COUNTS:
        whole = getattr(old, count)
        if whole is not None:
            for texts, share in zip(names, _apportioned(whole, weights[count]), strict=True):
                texts[count] = f"{share:g}" if share != int(share) else str(int(share))
    return names


def _weights(session: Session, old: Any, parts: Sequence[BaseGeometry], at: At) -> Mapping[str, list[float]]:
    """Return for each count how it lies on the parts: by the children where all tell it, else by the ground."""
    ground = [part.area for part in parts]
    hand = Hand(session, deployment.profile(session), 0, at.day, Scope.everything())
    children = hand.lasting(UnitVersion, UnitVersion.parent_id == old.unit_id, UnitVersion.min_x.is_not(None))
    part_of = _lying_on(parts, [child.geometry for child in children])
    found: dict[str, list[float]] = {}
    for count in COUNTS:
        told = [getattr(child, count) for child in children]
        by_child = [0.0] * len(parts)
        for part, value in zip(part_of, told, strict=True):
            by_child[part] += value or 0.0
        known = bool(children) and None not in told and sum(by_child) > 0
        found[count] = by_child if known else ground
    return found


def _apportioned(whole: float, weights: Sequence[float]) -> list[float]:
    """Share a number out by weights: whole numbers stay whole, and the sum is what it was."""
    total = sum(weights)
    if whole != int(whole):
        exact = [whole * weight / total for weight in weights]
        return [whole - sum(exact[1:]), *exact[1:]]
    shares = [int(whole * weight / total) for weight in weights]
    shares[0] += int(whole) - sum(shares)
    return [float(share) for share in shares]


def _lying_on(parts: Sequence[BaseGeometry], places: Sequence[BaseGeometry]) -> list[int]:
    """Return the part each place lies on, or lies nearest to."""
    if not places:
        return []
    points = shapely.point_on_surface(np.array(places, dtype=object))
    distance = shapely.distance(points[:, None], np.array(parts, dtype=object)[None, :])
    return [int(part) for part in distance.argmin(axis=1)]


def _refuse_loss_of_ground(hand: Hand, old: Any, parts: Sequence[Part]) -> None:
    """Refuse parts that leave some of the ground out, take some twice or some of elsewhere."""
    if len(parts) < 2:
        raise InputError("split_line_misses")
    for part in parts:
        if part.geometry.geom_type not in AREAL or not shapely.is_valid(part.geometry):
            raise refuse("geometry", part.geometry.geom_type, "polygon_needed")
    whole, *shapes = hand.planar([old.geometry, *(part.geometry for part in parts)])
    missing = shapely.area(shapely.symmetric_difference(whole, shapely.union_all(shapes)))
    twice = sum(shape.area for shape in shapes) - shapely.union_all(shapes).area
    lost = float(max(missing, twice))
    if lost > LOST_M2:
        raise InputError("split_loses_ground", area=round(lost))


def _refuse_loss_of_people(hand: Hand, old: UnitVersion, parts: Sequence[Part]) -> None:
    """Refuse parts whose counts don't add up to what is recorded of the whole."""
    fields = [field for field in fields_of("units", hand.profile, old.level) if field.name in COUNTS]
    counted: dict[str, float] = defaultdict(float)
    for part in parts:
        values, problems = read_cells(fields, {field.name: part.told.get(field.name) for field in fields}, 1)
        if problems:
            raise RefusedError(problems)
        for name, value in values.items():
            counted[name] += float(str(value)) if value is not None else 0.0
    for field in fields:
        whole = getattr(old, field.name)
        if whole is not None and abs(counted[field.name] - whole) > _SAME * max(1.0, whole):
            raise refuse(
                field.name, f"{counted[field.name]:g}", "split_loses_people", whole=f"{whole:g}", field=field.name
            )


def _with_ages(hand: Hand, act: Split, old: Any) -> tuple[Part, ...]:
    """Give the parts their share of the counts by age, which no form shows."""
    shared = _shared_out(hand.session, act.kind, old, [part.geometry for part in act.parts], hand.at)
    ages = [{name: text for name, text in texts.items() if name in AGES} for texts in shared]
    return tuple(Part({**own, **part.told}, part.geometry) for own, part in zip(ages, act.parts, strict=True))


def _told(hand: Hand, kind: str, old: Any) -> dict[str, str]:
    names = [field.name for field in fields_of(kind, hand.profile, getattr(old, "level", None))]
    return tell(hand.session, kind, [old], names, hand.day)[0]


def _keep(hand: Hand, act: Split, known: Mapping[str, str]) -> None:
    first = act.parts[0]
    told = {name: text for name, text in first.told.items() if name in known}
    change(hand, Change(act.kind, act.identity, hand.day, told, first.geometry))
    hand.warnings.clear()  # what lies off the first part moves to the others in the same act


def _add(hand: Hand, act: Split, part: Part, known: Mapping[str, str], old: Any) -> int:
    kept = {name: text for name, text in known.items() if name not in {"code", "name", *COUNTS}}
    told = {**kept, **{name: text for name, text in part.told.items() if name in known}}
    return change(hand, Change(act.kind, None, hand.day, told, part.geometry, getattr(old, "level", None)))


def _distribute(hand: Hand, act: Split, new: Sequence[int]) -> None:
    """Give the new parts what lies on them: children, grids and partner bodies by their place, gates by the wall."""
    owners = [act.identity, *new]
    parts = [part.geometry for part in act.parts]
    for model, column in ((UnitVersion, "parent_id"), (GridVersion, "unit_id"), (PartnerVersion, "unit_id")):
        lying: Any = hand.lasting(model, getattr(model, column) == act.identity, model.min_x.is_not(None))
        part_of = _lying_on(parts, [version.geometry for version in lying])
        _give(hand, model, column, lying, [owners[part] for part in part_of], act.identity)
    gates = hand.lasting(GateVersion, GateVersion.unit_id == act.identity, GateVersion.min_x.is_not(None))
    walls = [shapely.boundary(part) for part in parts]
    nearest = [min(range(len(walls)), key=lambda wall: walls[wall].distance(gate.geometry)) for gate in gates]
    _give(hand, GateVersion, "unit_id", gates, [owners[wall] for wall in nearest], act.identity)
    covering = [branch for branch in hand.lasting(BranchVersion) if act.identity in branch.compounds]
    _revise(hand, BranchVersion, covering, [{"compounds": sorted({*branch.compounds, *new})} for branch in covering])


def _give(hand: Hand, model: Any, column: str, versions: Sequence[Any], owners: Sequence[int], stays: int) -> None:
    moved = [(version, owner) for version, owner in zip(versions, owners, strict=True) if owner != stays]
    values = [_hung(hand, model, column, owner) for _, owner in moved]
    _revise(hand, model, [version for version, _ in moved], values)


def _hung(hand: Hand, model: Any, column: str, owner: int) -> dict[str, Any]:
    """Return what hanging on an owner says; of a unit also the owner's code, told as its parent's."""
    if model is not UnitVersion:
        return {column: owner}
    code = versions_of(hand, "units", owner)[0].code
    return {column: owner, "parent_code": code, "orphan": False}


def _revise(hand: Hand, model: Any, versions: Sequence[Any], values: Sequence[dict[str, Any]]) -> None:
    later = [
        Revision(version, max(version.valid_from, hand.day), told)
        for version, told in zip(versions, values, strict=True)
    ]
    revise(hand.session, model, hand.batch, later)


def _sums(hand: Hand, versions: Sequence[Any]) -> dict[str, str]:
    """Add counts up; where one is unknown the sum is too, and the editor is told."""
    told: dict[str, str] = {}
    unknown = []
    for count in COUNTS:
        values = [getattr(version, count) for version in versions]
        known = [value for value in values if value is not None]
        if known and len(known) == len(values):
            told[count] = f"{sum(known):.10g}"
        elif known:
            told[count] = ""
            unknown.append(count)
    if unknown:
        hand.warn(InputError("merge_unknown", count=len(unknown)))
    return told


def _move_over(hand: Hand, act: Merge, other: int) -> None:
    """Move what lived on a unit that is joined to another; duties there end with it."""
    if act.kind != "units":
        return
    for model, column in (
        (UnitVersion, "parent_id"),
        (GridVersion, "unit_id"),
        (GateVersion, "unit_id"),
        (PartnerVersion, "unit_id"),
    ):
        moved: Any = hand.lasting(model, getattr(model, column) == other)
        _give(hand, model, column, moved, [act.identity] * len(moved), other)
    for held in (PostVersion, ContactVersion):
        end_versions(hand, held, hand.lasting(held, held.unit_id == other))
    covering = [branch for branch in hand.lasting(BranchVersion) if other in branch.compounds]
    swapped = [
        {"compounds": sorted({act.identity if unit == other else unit for unit in branch.compounds})}
        for branch in covering
    ]
    _revise(hand, BranchVersion, covering, swapped)
    hand.session.expire_all()
