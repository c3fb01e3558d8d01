"""Findings about the way in and out: walls without gates, gates and services twice, facilities far from any path."""

from collections import defaultdict
from collections.abc import Iterator

from gridgov.spatial.topology import near_pairs
from gridgov.usecases import deployment
from gridgov.usecases.findings import Finding, Ground, Look, of_thing, of_unit, place_of
from gridgov.usecases.places import WALLED

SAME_SPOT_METRES = 1.0


def _walls_without_gates(ground: Ground) -> Iterator[Finding]:
    gated = {gate.unit_id for gate in ground.things("gates")}
    for unit in ground.units:
        if unit.level == "compound" and unit.kind in WALLED and unit.unit_id not in gated:
            yield of_unit(unit, "warning", "wall_without_gate")


def _gates_twice(ground: Ground) -> Iterator[Finding]:
    """Two gates of one compound at one spot; neighbours may each have their own in a shared wall."""
    gates = [gate for gate in ground.things("gates") if gate.geometry is not None]
    for first, second in near_pairs(ground.planar(gate.geometry for gate in gates), SAME_SPOT_METRES):
        if gates[first].unit_id == gates[second].unit_id:
            yield of_thing("gates", gates[second], "warning", "duplicate_gate", other=gates[first].code)


def _services_twice(ground: Ground) -> Iterator[Finding]:
    """Two open service points of one type at one site."""
    sites = {site.site_id: site for site in ground.things("sites")}
    standing = defaultdict(list)
    for point in ground.things("services"):
        if point.status == "open" and point.site_id in sites:
            standing[point.site_id, point.type].append(point)
    for (site, _), points in standing.items():
        for point in points[1:]:
            told = {"name": point.name or sites[site].name or point.code, "other": points[0].code}
            place, thing = place_of(sites[site].geometry), ("services", point.service_point_id)
            yield Finding("warning", "duplicate_service", point.code, None, place, told, thing)


def _capacity_unknown(ground: Ground) -> Iterator[Finding]:
    """Open service points of whose room nothing is known, where the rules in force ask: they count as unlimited."""
    limited = {row.type for row in deployment.pack(ground.session).rows if row.capacity_rule is not None}
    sites = {site.site_id: site for site in ground.things("sites")}
    for point in ground.things("services"):
        if point.type in limited and point.status == "open" and point.capacity is None and point.site_id in sites:
            site = sites[point.site_id]
            told, thing = {"name": point.name or site.name or point.code}, ("services", point.service_point_id)
            yield Finding("info", "capacity_unknown", point.code, None, place_of(site.geometry), told, thing)


def _far_from_paths(ground: Ground) -> Iterator[Finding]:
    """Sites further from any path than a leg may be long."""
    sites = [site for site in ground.things("sites") if site.geometry is not None]
    if ground.paths is None or not sites:
        return
    limit = deployment.number(ground.session, "leg_limit")
    inner = ground.inner_points(site.geometry for site in sites)
    for site, metres in zip(sites, ground.to_path(inner).tolist(), strict=True):
        if not metres <= limit:
            yield of_thing("sites", site, "warning", "far_from_path", metres=round(metres))


LOOKS: tuple[Look, ...] = (_walls_without_gates, _gates_twice, _services_twice, _capacity_unknown, _far_from_paths)
