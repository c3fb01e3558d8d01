"""Changes of who leads which posts, as marks on a map: filled, changed, left vacant, not to be filled."""

from collections.abc import Mapping
from typing import Any

import shapely

from gridgov.storage.current import At
from gridgov.usecases import browsing
from gridgov.web.geojson import inner_point
from gridgov.web.handle import database
from gridgov.web.security import scope
from gridgov.web.views import Frame

PAGE = "differences"
FILLED, CHANGED, EMPTIED, BLOCKED = "filled", "swapped", "emptied", "blocked"
KINDS = (FILLED, CHANGED, EMPTIED, BLOCKED)


def kind_of(before: bool, after: bool) -> str:
    """Return what happens to a post that somebody leads before, or after."""
    if not after:
        return EMPTIED
    return CHANGED if before else FILLED


def draw(frame: Frame, marks: Mapping[int, tuple[str, str]], at: At) -> None:
    """Put marks on a page's map, by unit: what kind, and what is told of it; a unit without a place has none."""
    units = browsing.units_by_number(database(), marks, at, scope())
    placed = [(unit, inner_point(unit.geometry)) for unit in units if unit.geometry is not None]
    features = [
        {
            "type": "Feature",
            "geometry": {
                "type": "Point",
                "coordinates": [round(float(told), 6) for told in shapely.get_coordinates(point)[0]],
            },
            "properties": {
                "code": unit.code,
                "symbol": marks[unit.unit_id][0],
                "told": f"{unit.name or unit.code} · {marks[unit.unit_id][1]}",
                "size": 7,
            },
        }
        for unit, point in placed
    ]
    frame.layers["differences"] = {"type": "FeatureCollection", "features": features}


def stay(frame: Frame) -> None:
    """Let a mark lead to its row in the list, not to another page: what was ticked there stays."""
    frame.selects, frame.asks = "", "never"


def wheres(units: Mapping[int, Any]) -> dict[int, str]:
    """Return where each of some units lies, by the names of what it lies in."""
    return {number: " › ".join(step.name or step.code for step in line[:-1]) for number, line in units.items()}
