"""What paper maps are drawn on: land, borders down to a level, and that level's units, in the working CRS."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gridgov.spatial.crs import to_planar
from gridgov.spatial.sketch import Ground
from gridgov.storage.current import At, Scope
from gridgov.storage.models import Located, UnitVersion
from gridgov.usecases import browsing, deployment


@dataclass(frozen=True)
class Drawn:
    """A ground, and the units that its fabric draws, in the same order."""

    ground: Ground
    units: list[UnitVersion]


def ground(session: Session, at: At, inside: Scope, level: str) -> Drawn | None:
    """Return the ground down to a level of the city's ladder; None where nothing there has a place."""
    profile = deployment.profile(session)
    above = [one.id for one in profile.levels[: profile.rank(level)]]
    found = {each: browsing.units_on_map(session, at, inside, each) for each in (*above, level)}
    if not any(found.values()):
        return None
    crs = deployment.crs(session)
    shapes = {each: planar(units, crs) for each, units in found.items()}
    land = browsing.land_on_map(session, at, inside)
    top = next((each for each in above if found[each]), None)
    named = [] if top is None else zip(found[top], shapes[top], strict=True)
    drawn = Ground(
        land=list(zip([piece.kind for piece in land], planar(land, crs), strict=True)),
        fabric=shapes[level],
        borders=[shapes[each] for each in above if found[each]],
        names=[(unit.name or unit.code, shape) for unit, shape in named],
        posts=[],
    )
    return Drawn(drawn, found[level])


def planar(things: Sequence[Located], crs: str) -> list[BaseGeometry]:
    """Return the places of things in the working CRS."""
    return list(to_planar(np.array([*(thing.geometry for thing in things), None], dtype=object)[:-1], crs))
