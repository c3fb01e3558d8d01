"""Small worlds for the tests: how they are handed to the engine."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gridgov.spatial.coverage import Demand, Rule, Supply, Verdicts, evaluate
from gridgov.spatial.network import Segments, WalkNetwork, Walls, build_network

Xy = tuple[float, float]
Gate = tuple[Xy, int]


def objects(items: Sequence[object]) -> np.ndarray:
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def segments(lines: Sequence[Sequence[Xy]], level_free: Sequence[int] = (), private: Sequence[int] = ()) -> Segments:
    free, own = np.zeros((2, len(lines)), dtype=bool)
    free[list(level_free)], own[list(private)] = True, True
    return Segments(objects([shapely.LineString(line) for line in lines]), free, own if private else None)


def walls(*compounds: tuple[BaseGeometry, Sequence[Gate]]) -> Walls:
    gates = [(xy, wall, state) for wall, (_, some) in enumerate(compounds) for xy, state in some]
    return Walls(
        objects([polygon for polygon, _ in compounds]),
        np.array([xy for xy, _, _ in gates], dtype=float).reshape(-1, 2),
        np.array([wall for _, wall, _ in gates], dtype=np.int64),
        np.array([state for _, _, state in gates], dtype=np.int8),
    )


def network(lines: Sequence[Sequence[Xy]], *compounds: tuple[BaseGeometry, Sequence[Gate]], **more: Any) -> WalkNetwork:
    drawn = segments(lines, more.pop("level_free", ()), more.pop("private", ()))
    return build_network(drawn, walls(*compounds), **more)


def demand(*places: Xy, **more: Any) -> Demand:
    count = len(places)
    return Demand(
        np.array(places, dtype=float).reshape(-1, 2),
        np.array(more.get("people", [100.0] * count), dtype=float),
        np.array(more.get("ages", np.full((count, 7), np.nan)), dtype=float),
        np.array(more.get("home", [-1] * count), dtype=np.int64),
        np.array(more.get("street", [-1] * count), dtype=np.int64),
        np.array(more.get("community", [-1] * count), dtype=np.int64),
    )


def supply(*sites: Xy | BaseGeometry, **more: Any) -> Supply:
    count = len(sites)
    return Supply(
        np.array(more.get("type", [0] * count), dtype=np.int64),
        objects([site if isinstance(site, BaseGeometry) else shapely.Point(site) for site in sites]),
        objects(more.get("entrances", [None] * count)),
        np.array(more.get("verified", [True] * count), dtype=bool),
        np.array(more.get("open", [True] * count), dtype=bool),
        np.array(more.get("street", [-1] * count), dtype=np.int64),
        np.array(more.get("community", [-1] * count), dtype=np.int64),
        np.array(more.get("capacity", [np.nan] * count), dtype=float),
    )


def one(net: WalkNetwork | None, place: Xy, site: Xy | BaseGeometry, radius: float, **more: Any) -> tuple:
    """Give metres (None where null), covered and cause of one demand point and one service point."""
    home = more.pop("home", -1)
    verdicts = evaluate(demand(place, home=[home]), supply(site, **more), [Rule("type", radius)], net)
    return told(verdicts)


def told(verdicts: Verdicts, place: int = 0, kind: int = 0) -> tuple:
    metres, cause = verdicts.metres[place, kind], int(verdicts.cause[place, kind])
    names = ("data", "no_facility", "capacity", "gate", "no_path")
    return (
        None if np.isnan(metres) else float(metres),
        bool(verdicts.covered[place, kind]),
        names[cause] if cause >= 0 else None,
    )
