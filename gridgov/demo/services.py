"""Sites and their service points: on plots for the public, in communities' service centres, along the roads."""

from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely import Point, Polygon

from gridgov.demo import grouping, planted
from gridgov.demo.geometry import Floats, points, union
from gridgov.demo.planted import Ban, Fixture
from gridgov.demo.roads import HALF_WIDTH
from gridgov.demo.sizes import Kind, kinds
from gridgov.demo.terrain import LAND
from gridgov.demo.town import Town, first_gate

_ON_PLOT: dict[str, tuple[str, ...]] = {
    "primary_school": ("primary_school", "sports_medium", "shelter"),
    "middle_school": ("middle_school", "shelter"),
    "park_large": ("park_large", "public_toilet", "sports_small", "shelter"),
    "market": ("market", "shops", "parcel_point"),
    "street_service_centre": ("street_service_centre", "job_station", "library"),
    "health_centre": ("health_centre", "clinic"),
    "sports_large": ("sports_large", "sports_medium", "public_toilet"),
    "care_home": ("care_home", "elder_day_care"),
    "cultural_centre": ("cultural_centre", "library"),
    "green": ("park_small",),
}
_IN_CENTRE = ("community_station", "cultural_station", "mediation_room", "police_room")
_SOMETIMES = (
    ("elder_day_care", 0.45),
    ("canteen", 0.3),
    ("health_station", 0.4),
    ("library", 0.2),
    ("job_station", 0.15),
)
_PER_STREET = ("judicial_office", "police_station", "fire_station")
_SPACING = 38.0  # between two places along a road
_KERB = 2.0  # from a plot's edge to a place along the road


@dataclass
class Service:
    """A service point."""

    type: str
    capacity: int | None = None
    hours: str | None = None
    status: str = "open"
    planned_year: int | None = None
    verified: bool = True


@dataclass
class Site:
    """A place with one or more service points; `plays` names a planted part, or the office it is."""

    geometry: Point | Polygon
    services: list[Service] = field(default_factory=list)
    plays: str | None = None
    community: int = -1


def strew(town: Town) -> list[Site]:
    """Return all sites of a town."""
    closed = first_gate(town.estates[town.parts.gate], "closed")
    opened = None if town.parts.full is None else first_gate(town.estates[town.parts.full], "open")
    fixtures, bans = planted.fixtures(town.terrain, town.parts, town.plots, closed, opened)
    random = town.size.random("services")
    places = _places(town)
    sites = [Site(one.point, [Service(one.type, one.capacity)], one.plays) for one in fixtures]
    sites += _plots(town, bans)
    sites += _centres(town, places, bans, random)
    sites += _of_streets(town, places)
    for kind in kinds():
        sites += _along_roads(kind, round(kind.count * town.size.services), places, bans, fixtures, random)
    for site, community in zip(sites, _communities_at(town, sites), strict=True):
        site.community = community
    _vary(sites, random)
    return sites


def _communities_at(town: Town, sites: list[Site]) -> list[int]:
    """Return the community each site stands in: that of the first cell that covers it."""
    places = shapely.point_on_surface([site.geometry for site in sites])
    found, cell = shapely.STRtree(list(town.cells.polygons)).query(places, predicate="covered_by")
    first = np.full(len(sites), len(town.cells.polygons))
    np.minimum.at(first, found, cell)
    return [int(community) for community in town.cells.community[first]]


def _places(town: Town) -> Floats:
    """Return places along the roads, in front of plots and walls, in an order without meaning."""
    walls = shapely.union_all([one.polygon for one in town.plots.compounds]).buffer(0.5)
    shapely.prepare([walls, town.terrain.water])
    found: list[Floats] = []
    for edge in town.streets.edges:
        away = HALF_WIDTH[edge.kind] - _KERB
        if edge.kind == "line" or edge.geometry.length < 2 * _SPACING:
            continue
        for side in shapely.get_parts(shapely.offset_curve(edge.geometry, [away, -away])):
            at = np.arange(_SPACING * 0.6, side.length - _SPACING * 0.4, _SPACING)
            found.append(shapely.get_coordinates(shapely.line_interpolate_point(side, at)))
    whole: Floats = np.round(np.vstack(found), 2).astype(np.float64)
    spots = points(whole)
    dry = ~shapely.intersects(town.terrain.water, spots) & ~shapely.intersects(walls, spots)
    ground = shapely.union_all(town.cells.polygons).buffer(-2)
    shapely.prepare(ground)
    inside = shapely.intersects(ground, spots)
    return town.size.random("places").permutation(whole[dry & inside])


def _plots(town: Town, bans: list[Ban]) -> list[Site]:
    sites = []
    for number, plot in enumerate(town.plots.public):
        types = _ON_PLOT[plot.use]
        if plot.use == "green" and plot.polygon.area > 5000:
            types = ("park_large",) if number % 2 else ("park_large", "public_toilet")
        kept = [kind for kind in types if not _banned(kind, plot.polygon, bans)]
        if plot.use in {"primary_school", "park_large"} and number % 3:
            kept = kept[:-1]
        sites.append(Site(plot.polygon, [Service(kind) for kind in kept]))
    return sites


def _centres(town: Town, places: Floats, bans: list[Ban], random: np.random.Generator) -> list[Site]:
    """Return a service centre of many service points for each community, near its middle."""
    sites = []
    tree = shapely.STRtree(points(places))
    for community in range(int(town.cells.community.max()) + 1):
        land = np.flatnonzero((town.cells.community == community) & (town.cells.ground == LAND))
        ground = union([town.cells.polygons[index] for index in land])
        place = _nearest_inside(tree, ground)
        types = [*_IN_CENTRE, *(kind for kind, chance in _SOMETIMES if random.random() < chance)]
        kept = [Service(kind, hours="09:00-17:00") for kind in types if not _banned(kind, place, bans)]
        sites.append(Site(place, kept, "centre"))
    return sites


def _of_streets(town: Town, places: Floats) -> list[Site]:
    sites = []
    spread = points(places)
    for street in range(int(town.cells.street.max()) + 1):
        land = np.flatnonzero((town.cells.street == street) & (town.cells.ground == LAND))
        ground = union([town.cells.polygons[index] for index in land])
        shapely.prepare(ground)
        spots = spread[shapely.intersects(ground, spread)]
        chosen = grouping.spread(shapely.get_coordinates(spots), len(_PER_STREET) + 1)[1:]
        sites += [Site(spots[at], [Service(kind)]) for kind, at in zip(_PER_STREET, chosen, strict=True)]
    return sites


def _along_roads(
    kind: Kind, count: int, places: Floats, bans: list[Ban], fixtures: list[Fixture], random: np.random.Generator
) -> list[Site]:
    """Spread a type's service points, each far from those before; planted ones count as the first."""
    banned = np.zeros(len(places), dtype=bool)
    for ban in bans:
        if ban.type == kind.type:
            banned |= np.asarray(shapely.intersects(ban.ground, points(places)))
    free = places[~banned]
    some = free[random.permutation(len(free))[: 12 * count]]
    standing = [fixture for fixture in fixtures if fixture.type == kind.type]
    sites = []
    for at in grouping.spread(some, count - len(standing)):
        capacity = int(random.integers(*kind.capacity)) if kind.capacity else None
        sites.append(Site(Point(some[at]), [Service(kind.type, capacity, kind.hours)]))
    return sites


def _vary(sites: list[Site], random: np.random.Generator) -> None:
    """Make some service points unverified, planned, being built or closed."""
    ordinary = [service for site in sites if site.plays is None for service in site.services]
    for service in ordinary:
        service.verified = bool(random.random() < 0.85)
    for number, index in enumerate(random.permutation(len(ordinary))[: max(9, len(ordinary) // 50)]):
        service = ordinary[int(index)]
        if service.type in {"judicial_office", "police_station", "fire_station"}:
            continue
        service.status = ("planned", "under_construction", "closed")[number % 3]
        service.planned_year = 2027 if service.status == "planned" else None


def _banned(kind: str, geometry: Point | Polygon, bans: list[Ban]) -> bool:
    return any(ban.type == kind and ban.ground.intersects(geometry) for ban in bans)


def _nearest_inside(places: shapely.STRtree, ground: Polygon) -> Point:
    """Return the place nearest the middle of the ground, inside it where one is."""
    inside = np.sort(places.query(ground.buffer(-4), predicate="intersects"))
    if not len(inside):
        inside = np.arange(len(places.geometries))
    spots = places.geometries[inside]
    return Point(spots[int(np.argmin(shapely.distance(spots, ground.centroid)))])
