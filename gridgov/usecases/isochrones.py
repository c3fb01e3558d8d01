"""How far one comes on foot from a place: the area within so many minutes, drawn for its own residents."""

from dataclasses import dataclass
from threading import Lock

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.spatial.crs import to_geographic, to_planar
from gridgov.spatial.isochrones import PACES, isochrone
from gridgov.spatial.middle import middle
from gridgov.spatial.network import WalkNetwork, Walls
from gridgov.spatial.stage import DETOUR
from gridgov.storage.current import At
from gridgov.storage.models import Batch, UnitVersion
from gridgov.usecases import deployment, networks
from gridgov.usecases.inputs import read_walls
from gridgov.usecases.networks import shared
from gridgov.usecases.places import read_places

TENTH = 1e-6  # of a degree: a tenth of a metre
SQUARE_METRES_A_HECTARE = 10_000
_FEW = 2


@dataclass(frozen=True)
class Walk:
    """How far is asked: so many `minutes` at the `pace` of a profile."""

    minutes: int = 15
    pace: str = "reference"

    @property
    def metres(self) -> float:
        """The way in metres."""
        return self.minutes * PACES[self.pace]


@dataclass(frozen=True)
class Reach:
    """The area that is reached, EPSG:4490; None where the place lies too far from any path to say.

    `estimate` where no paths are loaded: then it is a circle, straight lines × 1.3.
    """

    area: BaseGeometry | None
    metres: float
    estimate: bool
    hectares: float = 0.0


@dataclass(frozen=True)
class Ground:
    """The walking network of a day, None where no paths are loaded; the walls, and which compound each is of."""

    network: WalkNetwork | None
    wall_of: dict[int, int]
    walls: Walls

    def home(self, unit: UnitVersion) -> int:
        """Return the wall of the compound that a unit is, or lies in; -1 none."""
        return self.wall_of.get(unit.unit_id, self.wall_of.get(unit.parent_id or 0, -1))


Start = UnitVersion | tuple[float, float]
_Key = tuple[object, ...]
_grounds: dict[_Key, Ground] = {}
_turn = Lock()


def reach_from(session: Session, ground: Ground, start: Start, walk: Walk) -> Reach:
    """Draw what is reached from a unit, or from a longitude and latitude.

    The people of a unit start at a point on it and pass the residents-only gates of their compound; from a place
    inside a walled compound those who live there are meant.
    """
    if not isinstance(start, UnitVersion):
        return _reach(session, ground, start, walk, -1)
    if start.geometry is None:
        return Reach(None, round(walk.metres, 3), estimate=False)
    return _reach(session, ground, middle(start.geometry), walk, ground.home(start))


def forget() -> None:
    """Let go of the networks that are kept for the next question."""
    with _turn:
        _grounds.clear()
    networks.forget()


def _reach(session: Session, ground: Ground, place: tuple[float, float], walk: Walk, wall: int) -> Reach:
    crs, metres = deployment.crs(session), walk.metres
    (point,) = to_planar(np.array([shapely.Point(place)], dtype=object), crs)
    if ground.network is None:
        area: BaseGeometry | None = shapely.buffer(point, metres / DETOUR)
    else:
        area = isochrone(ground.network, (point.x, point.y), metres, home=wall)
    hectares = 0.0 if area is None else round(float(shapely.area(area)) / SQUARE_METRES_A_HECTARE, 2)
    if area is not None:
        area = shapely.set_precision(to_geographic(np.array([area], dtype=object), crs)[0], TENTH)
    return Reach(area, round(metres, 3), ground.network is None, hectares)


def ground_of(session: Session, at: At) -> Ground:
    """Build the network of a day, or take it where it was built and nothing has been written since."""
    batch = at.batch if at.batch is not None else session.scalar(select(func.max(Batch.id)))
    limits = {name: deployment.number(session, name) for name in ("gate_reach", "leg_limit")}
    key = (str(session.get_bind().engine.url), at.day, batch, *limits.values())
    with _turn:
        if key not in _grounds:
            while len(_grounds) >= _FEW:
                del _grounds[next(iter(_grounds))]
            _grounds[key] = _built(session, at, limits)
        return _grounds[key]


def _built(session: Session, at: At, limits: dict[str, float]) -> Ground:
    walls, wall_of = read_walls(session, at, read_places(session, at))
    return Ground(shared(session, at, walls, limits), wall_of, walls)
