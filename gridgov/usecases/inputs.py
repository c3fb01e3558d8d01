"""Everything a coverage run rests on, read once and hashed: network, walls and gates, demand, supply, rules."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy.orm import Session

from gridgov.domain.standards import RulePack
from gridgov.domain.units import LevelProfile
from gridgov.spatial.coverage import Demand, Rule, Supply
from gridgov.spatial.crs import to_planar
from gridgov.spatial.network import CLOSED, OPEN, RESIDENTS, WalkNetwork, Walls
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import GateVersion, NetworkVersion, ServicePointVersion, SiteVersion
from gridgov.storage.types import read_shapes, unread
from gridgov.usecases import deployment
from gridgov.usecases.demand import DemandPoints, read_demand
from gridgov.usecases.networks import Standing, shared, standing
from gridgov.usecases.places import WALLED, Places, pick, read_places

Geometries = npt.NDArray[np.object_]

GATE_STATES = {"open": OPEN, "residents": RESIDENTS, "closed": CLOSED}


@dataclass(frozen=True)
class Inputs:
    """What goes into a run, and the identities its rows stand for."""

    pack: RulePack
    rules: list[Rule]
    points: DemandPoints
    demand: Demand
    supply: Supply
    supply_codes: list[str]
    standing: Standing | None
    limits: dict[str, float]
    parts: dict[str, str]

    @property
    def hash(self) -> str:
        """One hash of all parts: the same inputs, the same hash."""
        return digest(self.parts)

    @property
    def told(self) -> dict[str, Any]:
        """What the record of a run keeps, so that it can be read again."""
        return {"parts": self.parts, "rules": [asdict(rule) for rule in self.rules], "limits": self.limits}

    @property
    def network(self) -> WalkNetwork | None:
        """The walking network, or None where no paths are loaded."""
        return None if self.standing is None else self.standing.network


@dataclass(frozen=True)
class Basis:
    """What the parts of the inputs are taken from; the times differ only where two runs are compared.

    `limits` are the settings that the network is built with, metres.
    """

    rules: list[Rule]
    demand: At
    facilities: At
    network: At
    limits: dict[str, float]

    @classmethod
    def of(cls, session: Session, at: At, pack: RulePack) -> "Basis":
        """Take everything as it is valid at a time."""
        profile = deployment.profile(session)
        rules = [_rule(row, profile) for row in sorted(pack.rows, key=lambda row: row.type)]
        return cls(rules, at, at, at, {name: deployment.number(session, name) for name in ("gate_reach", "leg_limit")})

    @classmethod
    def again(cls, at: At, told: dict[str, Any]) -> "Basis":
        """Take what a run rested on, by its record."""
        rules = [Rule(**{**row, "serves": tuple(row["serves"])}) for row in told["rules"]]
        return cls(rules, at, at, at, told["limits"])


@dataclass(frozen=True)
class Read:
    """What was read of the database; the paths are only named by the hashes of their contents."""

    basis: Basis
    points: DemandPoints
    demand: Demand
    supply: Supply
    codes: list[str]
    walls: Walls
    paths: list[str]
    crs: str


def read_inputs(session: Session, at: At, pack: RulePack) -> Inputs:
    """Read what is valid at a time and put it into the engine's arrays."""
    found = read(session, Basis.of(session, at, pack))
    return Inputs(
        pack=pack,
        rules=found.basis.rules,
        points=found.points,
        demand=found.demand,
        supply=found.supply,
        supply_codes=found.codes,
        standing=_standing(session, found),
        limits=found.basis.limits,
        parts=parts(found),
    )


def fingerprint(session: Session, at: At, pack: RulePack) -> str:
    """Return the hash that a run at a time would have, without running it: other inputs, other hash."""
    return digest(parts(read(session, Basis.of(session, at, pack))))


def read(session: Session, basis: Basis) -> Read:
    """Read everything but the paths themselves."""
    times = dict.fromkeys((basis.demand, basis.facilities, basis.network))
    places = {at: read_places(session, at) for at in times}
    number = area_numbers(places.values())
    points = read_demand(session, places[basis.demand], basis.demand)
    walls, wall_of = read_walls(session, basis.network, places[basis.network])
    supply, codes = _supply(session, basis.facilities, places[basis.facilities], basis.rules, number)
    networks = current(NetworkVersion, basis.network, Scope.everything()).with_only_columns(NetworkVersion.hash)
    placed = len(points) or len(codes) or len(walls.polygons)
    return Read(
        basis=basis,
        points=points,
        demand=_demand(points, wall_of, number),
        supply=supply,
        codes=codes,
        walls=walls,
        paths=sorted(session.scalars(networks)),
        crs=deployment.crs(session) if placed else "",
    )


def network_of(session: Session, found: Read) -> WalkNetwork | None:
    """Find or build the network of what was read, or None where no paths are loaded."""
    return shared(session, found.basis.network, found.walls, found.basis.limits)


def read_walls(session: Session, at: At, places: Places) -> tuple[Walls, dict[int, int]]:
    """Return the walls of walled compounds with their gates, and each compound's index among them."""
    walled = np.array([kind in WALLED for kind in places.kinds], dtype=bool)
    rows = np.flatnonzero((places.levels == "compound") & walled & places.areal)
    wall_of = {unit: index for index, unit in enumerate(places.ids[rows].tolist())}
    wanted = current(GateVersion, at, Scope.everything()).order_by(GateVersion.code, GateVersion.id)
    columns = GateVersion.unit_id, GateVersion.state, unread(GateVersion.geometry)
    gates = [gate for gate in session.execute(wanted.with_only_columns(*columns)) if gate[0] in wall_of and gate[2]]
    walls = Walls(
        polygons=_planar(session, places.shapes[rows]),
        gate_xy=shapely.get_coordinates(_planar(session, read_shapes([shape for _, _, shape in gates]))),
        gate_wall=np.array([wall_of[unit] for unit, _, _ in gates], dtype=np.int64),
        gate_state=np.array([GATE_STATES[state] for _, state, _ in gates], dtype=np.int8),
    )
    return walls, wall_of


def _standing(session: Session, found: Read) -> Standing | None:
    return standing(session, found.basis.network, found.walls, found.basis.limits)


def _demand(points: DemandPoints, wall_of: dict[int, int], number: dict[int, int]) -> Demand:
    places = points.places
    # An area without a polygon is unknown, as nobody can say what lies in it.
    areas = np.where(places.areal, places.of_units(number), -1)
    return Demand(
        xy=points.xy,
        people=points.people,
        ages=points.ages,
        home=pick(places.of_units(wall_of), places.above("compound", points.owners)),
        street=pick(areas, places.above("street", points.owners)),
        community=pick(areas, places.above("community", points.owners)),
        groups=points.groups,
    )


def _supply(
    session: Session, at: At, places: Places, rules: Sequence[Rule], number: dict[int, int]
) -> tuple[Supply, list[str]]:
    index = {rule.type: number for number, rule in enumerate(rules)}
    sites, shapes, entrances = _sites(session, at)
    points = [point for point in _points(session, at) if point.type in index and point.site_id in sites]
    site = np.array([sites[point.site_id] for point in points], dtype=np.int64)
    inner = shapely.point_on_surface(shapes)
    covers = {level: areas_round(session, places, level, inner, number) for level in ("street", "community")}
    supply = Supply(
        type_index=np.array([index[point.type] for point in points], dtype=np.int64),
        geometry=shapes[site],
        entrances=entrances[site],
        verified=np.array([point.verified for point in points], dtype=bool),
        open=np.array([point.status == "open" for point in points], dtype=bool),
        street=covers["street"][site],
        community=covers["community"][site],
        capacity=np.array([point.capacity for point in points], dtype=np.float64),
    )
    return supply, [point.code for point in points]


def _points(session: Session, at: At) -> list[Any]:
    """Read the service points of a day by code."""
    point = ServicePointVersion
    columns = (
        point.code,
        point.service_point_id,
        point.site_id,
        point.type,
        point.verified,
        point.status,
        point.capacity,
    )
    wanted = current(point, at, Scope.everything()).with_only_columns(*columns)
    return sorted(session.execute(wanted), key=itemgetter(0, 1))


def _sites(session: Session, at: At) -> tuple[dict[int, int], Geometries, Geometries]:
    """Read the sites of a day that have a place: their rows by id, and planar what they cover and their entrances."""
    columns = SiteVersion.site_id, unread(SiteVersion.geometry), SiteVersion.entrances
    wanted = current(SiteVersion, at, Scope.everything()).with_only_columns(*columns)
    found = [site for site in session.execute(wanted) if site[1]]
    told = shapely.from_wkt(np.array([entrances or None for _, _, entrances in found], dtype=object))
    rows = {site: row for row, (site, _, _) in enumerate(found)}
    return rows, _planar(session, read_shapes([shape for _, shape, _ in found])), _planar(session, told)


def area_numbers(several: Iterable[Places]) -> dict[int, int]:
    """Number streets and communities by code: unlike ids, which tell in what order things came in, fit for the hash."""
    areas = [places.ids[np.isin(places.levels, ("street", "community"))] for places in several]
    return {unit: number for number, unit in enumerate(dict.fromkeys(np.concatenate(areas).tolist()))}


def areas_round(
    session: Session, places: Places, level: str, inner: Geometries, number: dict[int, int]
) -> npt.NDArray[np.int64]:
    """Return for each point the unit of a level it lies in, by number; the first by code on a border, -1 for none."""
    found = np.full(len(inner), -1, dtype=np.int64)
    rows = np.flatnonzero((places.levels == level) & places.areal)
    if len(rows) and len(inner):
        tree = shapely.STRtree(_planar(session, places.shapes[rows]))
        point, polygon = tree.query(inner, predicate="covered_by")
        order = np.lexsort((polygon, point))[::-1]
        found[point[order]] = places.of_units(number)[rows[polygon[order]]]
    return found


def _planar(session: Session, geometries: Sequence[Any] | Geometries) -> Geometries:
    shapes = np.array(geometries, dtype=object)
    return to_planar(shapes, deployment.crs(session)) if len(shapes) else shapes


def _rule(row: Any, profile: LevelProfile) -> Rule:
    """Return a row as the engine's rule: one by the jurisdiction of a level that the city lacks can't be decided."""
    by_area = row.basis == "jurisdiction"
    known = by_area and row.jurisdiction is not None and profile.has(row.jurisdiction)
    return Rule(
        type=row.type,
        radius=row.radius if known or not by_area else None,
        measure=row.measure,
        jurisdiction=row.jurisdiction if known else None,
        serves=row.serves,
        needs_verified=row.needs_verified,
        capacity=row.capacity_rule is not None,
        tier=row.tier,
        required=row.required,
        scenario=row.scenario,
    )


def parts(found: Read) -> dict[str, str]:
    """Hash the inputs part by part: places to the millimetre, so that a projection's last bits don't matter."""
    demand, supply = found.demand, found.supply
    people = [np.round(measured, 3).tobytes() for measured in (demand.xy, demand.people, demand.ages)]
    people += [
        repr(bands).encode() + np.round(counted, 3).tobytes() for bands, counted in sorted(demand.groups.items())
    ]
    people += [place.tobytes() for place in (demand.home, demand.street, demand.community)]
    points = [place.tobytes() for place in (supply.type_index, supply.street, supply.community)]
    points += [supply.verified.tobytes(), supply.open.tobytes(), supply.room.tobytes()]
    for shapes in (supply.geometry, supply.entrances):
        packed = shapely.to_wkb(shapely.set_precision(shapes, 0.001)) if len(shapes) else ()
        points += [b"-" if place is None else bytes(place) for place in packed]
    told = {
        "rules": [asdict(rule) for rule in found.basis.rules],
        "demand": _hashed(people),
        "facilities": [found.codes, _hashed(points)],
        "network": [found.crs, found.basis.limits, found.paths, _hashed(_walls_content(found.walls))],
    }
    return {name: digest(content) for name, content in told.items()}


def digest(content: Any) -> str:
    """Hash what JSON can tell."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _hashed(contents: Iterable[bytes]) -> str:
    total = hashlib.sha256()
    for content in contents:
        total.update(len(content).to_bytes(8, "big") + content)
    return total.hexdigest()


def _walls_content(walls: Walls) -> list[bytes]:
    """Give each wall with its gates as bytes, in an order that hangs on nothing but them."""
    gates: dict[int, list[tuple[float, ...]]] = defaultdict(list)
    for wall, xy, state in zip(
        walls.gate_wall.tolist(), np.round(walls.gate_xy, 3).tolist(), walls.gate_state.tolist(), strict=True
    ):
        gates[wall].append((*xy, state))
    outlines = shapely.to_wkb(shapely.normalize(shapely.set_precision(walls.polygons, 0.001, mode="pointwise")))
    return sorted(
        outline + np.array(sorted(gates[wall]), dtype="<f8").tobytes() for wall, outline in enumerate(outlines)
    )
