"""Findings about what was loaded: layers displaced as a whole, data long not loaded."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gridgov.domain.fields import KINDS
from gridgov.spatial.shifts import FEWEST, Shift, find_shift
from gridgov.spatial.topology import outside
from gridgov.storage.current import current
from gridgov.storage.models import NetworkVersion
from gridgov.usecases import deployment, provenance
from gridgov.usecases.findings import Finding, Ground, Look, is_area, place_of

MOST_COMPARED = 2000
OUTSIDE_SHARE = 0.1
BESIDE_METRES = 10.0
NEAR_PATH_METRES = 25.0
_LOADED = (*KINDS, "osm")


@dataclass(frozen=True)
class _Layer:
    """Things of one layer and batch, with what each belongs to: a place in the working CRS, or the paths.

    `measure` tells how badly moved things lie at their homes; `home` names the layer and batch of those.
    """

    name: str
    batch: int
    things: Sequence[Any]
    homes: Any
    measure: Callable[[Any, Any], Any]
    tolerance: float
    least: float
    home: tuple[str, int]


def _shifted(ground: Ground) -> Iterator[Finding]:
    """Layers that lie as a whole where GCJ-02 or BD-09 puts them; the surest evidence for each is told."""
    if ground.crs is None:
        return
    surest: dict[tuple[str, int], tuple[Shift, _Layer]] = {}
    for layer in (*_units_at_home(ground), *_grids_at_home(ground), *_gates_at_walls(ground), *_sites_at_paths(ground)):
        shift = _shift(layer, ground.crs)
        if shift is not None:
            displaced = layer.home if shift.homes else (layer.name, layer.batch)
            if displaced not in surest or surest[displaced][0].after < shift.after:
                surest[displaced] = shift, layer
    for (name, batch), (shift, layer) in sorted(surest.items(), key=lambda found: found[0]):
        yield Finding("error", "shifted", name, None, _middle(layer), _told(shift, batch))


def _shift(layer: _Layer, crs: str) -> Shift | None:
    chosen = np.unique(np.linspace(0, len(layer.things) - 1, min(len(layer.things), MOST_COMPARED)).astype(int))
    things = np.array([layer.things[number].geometry for number in chosen], dtype=object)
    homes = layer.homes[chosen] if layer.homes is not None else None
    return find_shift(
        things, lambda moved: layer.measure(moved, homes), crs=crs, tolerance=layer.tolerance, least=layer.least
    )


def _told(shift: Shift, batch: int) -> dict[str, Any]:
    return {
        "batch": batch,
        "crs": shift.crs,
        "metres": round(shift.metres),
        "direction": shift.direction,
        "before": round(shift.before * 100),
        "after": round(shift.after * 100),
        "compared": shift.compared,
    }


def _middle(layer: _Layer) -> tuple[float, float] | None:
    return place_of(layer.things[len(layer.things) // 2].geometry)


def _units_at_home(ground: Ground) -> Iterator[_Layer]:
    """Units in the areas they were recorded under; one hung by its place alone is no evidence."""
    placed: dict[tuple[str, int], list[tuple[Any, int]]] = defaultdict(list)
    for unit in ground.units:
        parent = None if unit.orphan or unit.geometry is None else ground.index.get(unit.parent_id or 0)
        if parent is not None and is_area(ground.units[parent].geometry):
            placed[unit.level, unit.batch_id].append((unit, parent))
    for (level, batch), pairs in sorted(placed.items()):
        if len(pairs) >= FEWEST:
            home = Counter((ground.units[parent].level, ground.units[parent].batch_id) for _, parent in pairs)
            homes = ground.shapes[[parent for _, parent in pairs]]
            units = [unit for unit, _ in pairs]
            by_point = level == "building" or not all(is_area(unit.geometry) for unit in units)
            measure, tolerance = (_to_area, BESIDE_METRES) if by_point else (outside, OUTSIDE_SHARE)
            yield _Layer(level, batch, units, homes, measure, tolerance, 0.8, home.most_common(1)[0][0])


def _grids_at_home(ground: Ground) -> Iterator[_Layer]:
    placed = _on_areas(ground, [grid for grid in ground.things("grids") if is_area(grid.geometry)])
    for batch, grids, homes, home in placed:
        yield _Layer("grids", batch, grids, homes, outside, OUTSIDE_SHARE, 0.8, home)


def _gates_at_walls(ground: Ground) -> Iterator[_Layer]:
    placed = _on_areas(ground, [gate for gate in ground.things("gates") if gate.geometry is not None])
    for batch, gates, homes, home in placed:
        yield _Layer("gates", batch, gates, shapely.boundary(homes), _to_area, BESIDE_METRES, 0.8, home)


def _on_areas(ground: Ground, things: Sequence[Any]) -> Iterator[tuple[int, list[Any], Any, tuple[str, int]]]:
    """Yield per batch the things that stand on a unit with an area, and those areas."""
    placed: dict[int, list[tuple[Any, int]]] = defaultdict(list)
    for thing in things:
        unit = ground.index.get(thing.unit_id)
        if unit is not None and is_area(ground.units[unit].geometry):
            placed[thing.batch_id].append((thing, unit))
    for batch, pairs in sorted(placed.items()):
        home = Counter((ground.units[unit].level, ground.units[unit].batch_id) for _, unit in pairs)
        homes = ground.shapes[[unit for _, unit in pairs]]
        yield batch, [thing for thing, _ in pairs], homes, home.most_common(1)[0][0]


def _sites_at_paths(ground: Ground) -> Iterator[_Layer]:
    by_batch: dict[int, list[Any]] = defaultdict(list)
    for site in ground.things("sites"):
        if site.geometry is not None:
            by_batch[site.batch_id].append(site)
    networks = ground.session.scalars(current(NetworkVersion, ground.at, ground.scope).order_by(NetworkVersion.metres))
    longest = [network.batch_id for network in networks][-1:]
    for batch, sites in sorted(by_batch.items()) if longest and ground.paths is not None else ():
        measure = _to_path(ground)
        yield _Layer("sites", batch, sites, None, measure, NEAR_PATH_METRES, 0.5, ("network", longest[0]))


def _to_path(ground: Ground) -> Callable[[Any, Any], Any]:
    return lambda moved, _homes: ground.to_path(moved)


def _to_area(moved: Any, homes: Any) -> Any:
    return shapely.distance(shapely.point_on_surface(moved), homes)


def _stale(ground: Ground) -> Iterator[Finding]:
    """A source whose newest batch not undone is older than it may be, counted from the day asked about.

    What was loaded before sources were told apart counts by its kind.
    """
    for source in provenance.listed(ground.session, ground.at.day):
        if source.stale:
            told = {"source": f" · {source.name}", "days": source.days, "limit": source.limit}
            yield Finding("warning", "stale", source.kind, params=told)
    limit = round(deployment.number(ground.session, "stale_days"))
    for kind, loaded in sorted(provenance.loaded_elsewhere(ground.session, _LOADED).items()):
        days = provenance.age(loaded, ground.at.day)
        if days > limit:
            yield Finding("warning", "stale", kind, params={"source": "", "days": days, "limit": limit})


LOOKS: tuple[Look, ...] = (_shifted, _stale)
