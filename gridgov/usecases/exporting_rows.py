"""The rows of each kind as its import reads them, as they hold on the day asked about, with names beside the codes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.domain.offers import write_pledges, write_resources
from gridgov.domain.privacy import WITHHELD
from gridgov.errors import InputError
from gridgov.spatial.network import Segments
from gridgov.storage.current import At, Scope, branches, current
from gridgov.storage.models import (
    CadreVersion,
    ContactVersion,
    DepartmentVersion,
    GateVersion,
    GridVersion,
    LandVersion,
    NetworkData,
    NetworkVersion,
    PartnerVersion,
    PostVersion,
    ServicePointVersion,
    SiteVersion,
    UnitVersion,
)
from gridgov.usecases import deployment
from gridgov.usecases.agecounts import AGES, ages_of
from gridgov.usecases.contact_numbers import number_of
from gridgov.usecases.references import References

HOUSEHOLD = "household"
Row = dict[str, Any]
Placed = tuple[Row, BaseGeometry | int | None]
"""A row with its place: a geometry of its own, or the number of the unit whose place stands for it."""


@dataclass
class Reading:
    """What the rows of an export come from: the asker's scope, and the part of it that was asked for."""

    session: Session
    at: At
    scope: Scope
    part: Scope
    level: str | None = None
    references: References | None = None

    @property
    def names(self) -> References:
        """Codes and names of what rows speak of, looked up once."""
        if self.references is None:
            self.references = References(self.session, self.at)
        return self.references

    def all(self, model: Any) -> Iterator[Any]:
        """Yield the versions of a kind in the part asked for, by code or identity."""
        order = getattr(model, "code", None)
        subject = getattr(model, model.subject)
        found = list(self.session.scalars(current(model, self.at, self.part).order_by(subject)))
        # Sorted here: the engines' collations don't agree.
        yield from found if order is None else sorted(found, key=lambda version: version.code)

    def on_level(self, model: Any) -> Iterator[Any]:
        """Yield those on units of the level asked for."""
        wanted = None
        if self.level is not None:
            of_level = current(UnitVersion, self.at, self.part).where(UnitVersion.level == self.level)
            wanted = set(self.session.scalars(of_level.with_only_columns(UnitVersion.unit_id)))
        yield from (each for each in self.all(model) if wanted is None or each.unit_id in wanted)


def units(reading: Reading) -> Iterator[Placed]:
    """Units with their counts; member households only as how many there are in a building group."""
    profile = deployment.profile(reading.session)
    homes = _member_households(reading)
    found = [unit for unit in reading.all(UnitVersion) if unit.level != HOUSEHOLD and profile.has(unit.level)]
    for unit in sorted(found, key=lambda unit: profile.rank(unit.level)):
        if reading.level in {None, unit.level}:
            above = [level.id for level in reversed(profile.levels[: profile.rank(unit.level)])]
            names = ("level", "kind", "management", "address", "office_phone", "panorama")
            row = _told(unit, "code", "name", *names) | _counts(unit)
            row["parent"] = _parent(reading, unit, above)
            row["parent_name"] = None if unit.orphan else reading.names.unit_name(unit.parent_id)
            row["member_households"] = homes.get(unit.unit_id, 0) if unit.level == "building" else None
            yield row, unit.geometry


def population(reading: Reading) -> Iterator[Placed]:
    """Counts of people, households and floor area where any is known."""
    for row, place in units(reading):
        counted = {name: row[name] for name in ("people", "households", "floor_area", "year", *AGES)}
        if any(value is not None for value in counted.values()):
            yield {name: row[name] for name in ("code", "level", "name")} | counted, place


def grids(reading: Reading) -> Iterator[Placed]:
    """Governance grids."""
    level = deployment.profile(reading.session).grid_level
    for grid in reading.all(GridVersion):
        row = _told(grid, "code", "name", "kind")
        row["community"] = reading.names.unit(grid.unit_id, grid.valid_from, level)
        yield row | {"unit_name": reading.names.unit_name(grid.unit_id)}, grid.geometry


def gates(reading: Reading) -> Iterator[Placed]:
    """Gates of compounds."""
    for gate in reading.all(GateVersion):
        row = _told(gate, "code", "name", "hours", "state")
        row["compound"] = reading.names.unit(gate.unit_id, gate.valid_from, "compound")
        yield row | {"unit_name": reading.names.unit_name(gate.unit_id)}, gate.geometry


def network(reading: Reading) -> Iterator[Placed]:
    """The segments of the walking networks, as they were joined; a bridge stands for a tunnel too."""
    loaded = current(NetworkVersion, reading.at, reading.part).order_by(NetworkVersion.code)
    for version in list(reading.session.scalars(loaded)):
        payload = reading.session.scalar(select(NetworkData.payload).where(NetworkData.hash == version.hash))
        segments = Segments.from_bytes(payload or b"")
        for line, free, own in zip(segments.lines, segments.level_free.tolist(), segments.own.tolist(), strict=True):
            yield {"network": version.code, "bridge": free, "access": "private" if own else "public"}, line


def sites(reading: Reading) -> Iterator[Placed]:
    """Service points, each with its site."""
    at_site = {site.site_id: site for site in reading.all(SiteVersion)}
    plain = ("code", "name", "type", "capacity", "hours", "status", "planned_year", "verified", "source")
    for point in reading.all(ServicePointVersion):
        site = at_site.get(point.site_id)
        if site is not None:
            row = _told(point, *plain) | _told(site, "address", "entrances")
            # Neither of the two is said to have stood before it is known to.
            row |= {"valid_from": max(point.valid_from, site.valid_from), "valid_to": point.valid_to}
            yield row | {"site": site.code, "site_name": site.name}, site.geometry


def departments(reading: Reading) -> Iterator[Placed]:
    """Departments."""
    for office in reading.all(DepartmentVersion):
        yield _told(office, "code", "name", "phone", "address"), office.geometry


def cadres(reading: Reading) -> Iterator[Placed]:
    """Cadres with their department and office number; where one lives never leaves."""
    for cadre in reading.all(CadreVersion):
        row = _told(cadre, "code", "name", "post", "office_phone", "mobile")
        office = cadre.department_id
        row["department"] = None if office is None else reading.names.department(office, cadre.valid_from)
        yield row | {"department_name": reading.names.department_name(office)}, None


def branch_rows(reading: Reading) -> Iterator[Placed]:
    """Branches with the compounds they cover; those outside the asker's area are withheld."""
    seen = set(
        reading.session.scalars(current(UnitVersion, reading.at, reading.scope).with_only_columns(UnitVersion.unit_id))
    )
    for branch in sorted(branches(reading.session, reading.at, reading.part), key=lambda branch: branch.code):
        row = _told(branch, "code", "name", "formation", "enlarged")
        known = [unit for unit in branch.compounds if unit in seen]
        codes = [reading.names.unit(unit, branch.valid_from, "compound") or WITHHELD for unit in known]
        row["compounds"] = ";".join([*codes, *([WITHHELD] if len(known) < len(branch.compounds) else [])])
        row["compound_names"] = "、".join(reading.names.unit_name(unit) or "" for unit in known)
        yield row, known[0] if known else None


def posts(reading: Reading) -> Iterator[Placed]:
    """Standing posts."""
    levels = {role.id: role.level for role in deployment.profile(reading.session).roles}
    for post in reading.on_level(PostVersion):
        row = _told(post, "role", "holder", "office_phone", "mobile")
        on = [levels[post.role]] if post.role in levels else []
        row["unit"] = reading.names.unit(post.unit_id, post.valid_from, *on)
        yield row | {"unit_name": reading.names.unit_name(post.unit_id)}, post.unit_id


def contacts(reading: Reading) -> Iterator[Placed]:
    """Contacts of all tiers, confirmed or disputed."""
    levels = {tier.tier: tier.level for tier in deployment.profile(reading.session).tiers}
    for held in reading.on_level(ContactVersion):
        row = _told(held, "tier", "role", "document", "recorded_by") | {"contact_number": number_of(held)}
        on = [levels[held.tier]] if held.tier in levels else []
        row["unit"] = reading.names.unit(held.unit_id, held.valid_from, *on)
        row["unit_name"] = reading.names.unit_name(held.unit_id)
        if held.cadre_id is not None:
            row["holder"] = reading.names.cadre(held.cadre_id, held.valid_from)
            row["holder_name"] = reading.names.cadre_name(held.cadre_id)
        elif held.department_id is not None:
            row["holder"] = reading.names.department(held.department_id, held.valid_from)
            row["holder_name"] = reading.names.department_name(held.department_id)
        yield row, held.unit_id


def partners(reading: Reading) -> Iterator[Placed]:
    """Partner bodies with what they share and pledged."""
    for body in reading.on_level(PartnerVersion):
        row = _told(body, "code", "kind", "name", "contact", "phone")
        row["unit"] = reading.names.unit(body.unit_id, body.valid_from)
        row["unit_name"] = reading.names.unit_name(body.unit_id)
        row |= {"resources": write_resources(body.resources or []), "pledges": write_pledges(body.pledges or [])}
        yield row, body.geometry


def land(reading: Reading) -> Iterator[Placed]:
    """Water, green and hills."""
    for piece in reading.all(LandVersion):
        yield _told(piece, "code", "name", "kind"), piece.geometry


def lying_in(reading: Reading, area: int, rows: Iterable[Placed]) -> list[Placed]:
    """Return the rows whose own place touches a unit's polygon."""
    unit = reading.session.scalar(current(UnitVersion, reading.at, reading.scope).where(UnitVersion.unit_id == area))
    if unit is None or unit.geometry is None:
        raise InputError("export_area_unplaced", unit=unit.code if unit else area)
    shapely.prepare(unit.geometry)
    return [
        (row, place)
        for row, place in rows
        if isinstance(place, BaseGeometry) and shapely.intersects(unit.geometry, place)
    ]


def _told(version: Any, *names: str) -> Row:
    return {name: getattr(version, name) for name in (*names, "valid_from", "valid_to")}


def _counts(unit: UnitVersion) -> Row:
    """Return a unit's counts, small ones of an age withheld."""
    return {name: getattr(unit, name) for name in ("people", "households", "floor_area", "year")} | ages_of(unit)


def _parent(reading: Reading, unit: UnitVersion, above: list[str]) -> str | None:
    """Return the code of a unit's parent: as it was told where it is an orphan, which hangs where its place lies."""
    if unit.orphan or unit.parent_id is None:
        return unit.parent_code
    return reading.names.unit(unit.parent_id, unit.valid_from, *above)


def _member_households(reading: Reading) -> dict[int, int]:
    homes = current(UnitVersion, reading.at, reading.part).where(UnitVersion.level == HOUSEHOLD)
    counted = homes.with_only_columns(UnitVersion.parent_id, func.count()).group_by(UnitVersion.parent_id)
    return {parent: number for parent, number in reading.session.execute(counted) if parent is not None}
