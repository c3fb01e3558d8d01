"""Findings about population rasters: beside the city, beyond it, or displaced as a whole."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.spatial.crs import to_planar
from gridgov.spatial.population import PopulationCells
from gridgov.spatial.shifts import find_shift
from gridgov.storage.current import current
from gridgov.storage.models import RasterVersion
from gridgov.usecases.findings import Finding, Ground, Look
from gridgov.usecases.importing_population import read_cells

BEYOND_SHARE = 0.05
MOST_COMPARED = 2000
LEAST_FIT = 0.8
Geometries = npt.NDArray[np.object_]


def _rasters(ground: Ground) -> Iterator[Finding]:
    """Rasters that cover none of the city, count many people outside of it, or lie where another datum puts them."""
    wanted = current(RasterVersion, ground.at, ground.scope).order_by(RasterVersion.code)
    for raster in list(ground.session.scalars(wanted)) if ground.crs is not None else ():
        cells = read_cells(ground.session, raster)
        middles = shapely.centroid(cells.shapes)
        yield from _beyond(ground, raster, cells, middles)
        yield from _displaced(ground, raster, cells, middles)


def _beyond(ground: Ground, raster: RasterVersion, cells: PopulationCells, middles: Geometries) -> Iterator[Finding]:
    at = [*ground.areas("street"), *ground.areas("community")]
    if not at:
        return
    areas = np.array([ground.units[number].geometry for number in at], dtype=object)
    held = np.unique(shapely.STRtree(areas).query(middles, predicate="intersects")[0])
    inside = float(cells.people[held].sum() / cells.people.sum())
    told = {"name": raster.code, "people": round(raster.people), "percent": round((1 - inside) * 100)}
    if not len(held):
        yield Finding("error", "raster_apart", raster.code, None, _place(middles), told)
    elif 1 - inside > BEYOND_SHARE:
        yield Finding("warning", "raster_beyond", raster.code, None, _place(middles), told)


def _displaced(ground: Ground, raster: RasterVersion, cells: PopulationCells, middles: Geometries) -> Iterator[Finding]:
    """Compare with where building groups stand: nobody lives far from them, unless the raster lies elsewhere."""
    built = [unit.geometry for unit in ground.units if unit.level == "building" and unit.geometry is not None]
    crs = ground.crs
    if not built or crs is None:
        return
    chosen = np.unique(np.linspace(0, len(built) - 1, min(len(built), MOST_COMPARED)).astype(int))
    tree = shapely.STRtree(to_planar(middles, crs))
    # Half a cell's diagonal from its middle is still in it.
    sample = to_planar(cells.shapes[:: max(1, len(cells) // 100)], crs)
    reach = 10.0 + float(np.median(np.sqrt(np.maximum(shapely.area(sample), 0.0) / 2.0)))

    def misfit(moved: Geometries) -> npt.NDArray[np.float64]:
        places = shapely.point_on_surface(moved)
        (place, _), metres = tree.query_nearest(places, all_matches=False, return_distance=True)
        found = np.full(len(places), np.nan)
        found[place] = metres
        return found

    things = np.array([built[number] for number in chosen], dtype=object)
    shift = find_shift(things, misfit, crs=crs, tolerance=reach, least=LEAST_FIT)
    if shift is not None and shift.homes:
        told = {"batch": raster.batch_id, "crs": shift.crs, "compared": shift.compared}
        told |= {"metres": round(shift.metres), "direction": shift.direction}
        told |= {"before": round(shift.before * 100), "after": round(shift.after * 100)}
        yield Finding("error", "shifted", "population", None, _place(middles), told)


def _place(middles: Geometries) -> tuple[float, float]:
    x, y = shapely.get_coordinates(middles[len(middles) // 2])[0]
    return round(float(x), 6), round(float(y), 6)


LOOKS: tuple[Look, ...] = (_rasters,)
