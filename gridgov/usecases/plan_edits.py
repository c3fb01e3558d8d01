"""A plan's edits laid over what is: paths, walls and gates first, then service points; what is in doubt stays out."""

from bisect import bisect_right
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from sqlalchemy.orm import Session

from gridgov.domain.plans import OF_PATHS, Edit
from gridgov.errors import InputError
from gridgov.spatial.coverage import Verdicts
from gridgov.spatial.crs import to_planar
from gridgov.spatial.linking import with_link, without_link
from gridgov.spatial.network import Layout, Segments, WalkNetwork, Walls, build_network, lay_out
from gridgov.spatial.whatif import ServicePoint, WhatIf
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import GateVersion
from gridgov.usecases.boards import Board
from gridgov.usecases.candidates import in_water
from gridgov.usecases.inputs import GATE_STATES, Read, area_numbers, areas_round, read_walls
from gridgov.usecases.networks import read_segments

GATE_OFF = 30.0


@dataclass(frozen=True)
class Edited:
    """What the edits come to: the verdicts `before` and `after`, and a row for each edit."""

    before: Verdicts
    after: Verdicts
    rows: list[dict[str, Any]]


def edited(session: Session, board: Board, edits: Sequence[Edit]) -> Edited:
    """Decide before and after a plan's edits, drawn on a board.

    Raises
    ------
    InputError
        ``edit_thing_unknown``, ``edit_code_taken``, ``edit_no_path``, ``edit_no_network`` with the edit's `number`.
    """
    found, whatif = board.found, board.whatif
    rows = {
        edit.number: {"edit": edit.number, "do": edit.do, "in_doubt": False, "why": None, "places": None}
        for edit in edits
    }
    _lay_ground(session, board, [edit for edit in edits if edit.do in OF_PATHS], rows)
    points = _Points(session, found, whatif)
    for edit in edits:
        if edit.do not in OF_PATHS:
            rows[edit.number] |= points.edit(edit)
    return Edited(board.before, whatif.verdicts(), list(rows.values()))


def _lay_ground(session: Session, board: Board, edits: Sequence[Edit], rows: dict[int, dict[str, Any]]) -> None:
    """Build the network anew, once for all edits of paths and gates; not at all where they are laid already."""
    wanted = [(edit.do, dict(edit.told)) for edit in edits]
    if board.laid is None or board.laid[0] != wanted:
        board.laid = None
        board.whatif.restart()
        told = _laid(session, board, edits) if edits else []
        if any(not row["in_doubt"] for row in told):
            board.laid = wanted, told
    else:
        told = board.laid[1]
    for edit, row in zip(edits, told, strict=True):
        rows[edit.number] |= row


def laid_ahead(session: Session, found: Read) -> "_Ground | None":
    """Read the paths that edits of gates and paths begin from, and lay them out; None where no paths are loaded.

    That is what the first edit of a gate would have to wait for.
    """
    ground = _ground(session, found)
    if ground is not None:
        ground.network(found.basis.limits)
    return ground


def _ground(session: Session, found: Read) -> "_Ground | None":
    segments = read_segments(session, found.basis.network)
    return None if segments is None else _Ground(session, found, segments)


def _laid(session: Session, board: Board, edits: Sequence[Edit]) -> list[dict[str, Any]]:
    """Make the edits of paths and gates as one step, and tell of each whether it is in doubt, and what it changes."""
    if board.ground is None:
        board.ground = _ground(session, board.found)
    if board.ground is None:
        raise InputError("edit_no_network", number=edits[0].number)
    ground: _Ground = copy(board.ground)
    sure = [bool(getattr(ground, edit.do)(edit)) for edit in edits]
    count = None
    if any(sure):
        changed = board.whatif.on(ground.network(board.found.basis.limits))
        count = len(np.unique(changed.place))
    why = {"add_gate": "wall"}
    return [
        {"in_doubt": not told, "why": None if told else why.get(edit.do, "network"), "places": count if told else None}
        for edit, told in zip(edits, sure, strict=True)
    ]


class _Ground:
    """Paths, walls and gates under edit: each way of editing tells whether it is beyond doubt, and done.

    Edits put others in the place of `segments` and `walls` and change neither.
    """

    def __init__(self, session: Session, found: Read, segments: Segments) -> None:
        at: At = found.basis.network
        self.segments = self._untouched = segments
        self._laid: list[Layout] = []  # shared by all copies of this ground
        self.walls, self._wall_of = read_walls(session, at, found.points.places)
        self._crs = found.crs
        wanted = current(GateVersion, at, Scope.everything()).order_by(GateVersion.code, GateVersion.id)
        kept = [gate for gate in session.scalars(wanted) if gate.unit_id in self._wall_of and gate.geometry is not None]
        self._gates = [gate.code for gate in kept]
        walls = found.points.places.of_units(self._wall_of).tolist()
        self._codes = {code: wall for code, wall in zip(found.points.places.codes, walls, strict=True) if wall >= 0}

    def network(self, limits: dict[str, float]) -> WalkNetwork:
        """Build the network under edit; where gates alone are in other states, what was built before is taken."""
        if self.segments is not self._untouched or len(self.walls.gate_xy) != len(self._gates):
            return build_network(self.segments, self.walls, **limits)
        if not self._laid:
            self._laid.append(lay_out(self.segments, self.walls, **limits))
        return self._laid[0].with_states(self.walls.gate_state)

    def set_gate(self, edit: Edit) -> bool:
        row = _found(self._gates, edit, "gate")
        state = self.walls.gate_state.copy()
        state[row] = GATE_STATES[edit.told["state"]]
        self.walls = replace(self.walls, gate_state=state)
        return True

    def add_gate(self, edit: Edit) -> bool:
        place = _placed(edit, self._crs)
        wall = self._wall(edit, place)
        if wall is None:
            return False
        if shapely.distance(shapely.boundary(self.walls.polygons[wall]), place) > GATE_OFF:
            return False
        walls = self.walls
        self.walls = Walls(
            polygons=walls.polygons,
            gate_xy=np.concatenate([walls.gate_xy, [[place.x, place.y]]]),
            gate_wall=np.append(walls.gate_wall, wall),
            gate_state=np.append(walls.gate_state, np.int8(GATE_STATES[edit.told["state"]])),
        )
        return True

    def _wall(self, edit: Edit, place: shapely.Point) -> int | None:
        """Return the wall a gate is meant for: the compound's that is told, else the nearest; None without any."""
        told: str | None = edit.told.get("compound")
        if told is not None and told not in self._codes:
            raise InputError("edit_thing_unknown", number=edit.number, field="compound", value=told)
        if told is not None:
            return int(self._codes[told])
        near = shapely.distance(shapely.boundary(self.walls.polygons), place)
        return int(near.argmin()) if len(near) else None

    def add_link(self, edit: Edit) -> bool:
        link = to_planar(np.array([shapely.LineString(edit.told["path"])], dtype=object), self._crs)[0]
        more = with_link(self.segments, link)
        self.segments = more or self.segments
        return more is not None

    def remove_link(self, edit: Edit) -> bool:
        less = without_link(self.segments, _placed(edit, self._crs))
        if less is None:
            raise InputError("edit_no_path", number=edit.number)
        self.segments = less
        return True


class _Points:
    """Service points under edit, ordered by their codes."""

    def __init__(self, session: Session, found: Read, whatif: WhatIf) -> None:
        self._session = session
        self._found = found
        self._whatif = whatif
        self._codes = list(found.codes)
        self._types = {rule.type: index for index, rule in enumerate(found.basis.rules)}

    def edit(self, edit: Edit) -> dict[str, Any]:
        """Make an edit; where it puts a point into water, or one that is walked to off the network, it is not made."""
        row, point = self._told(edit)
        added, placed = edit.do == "add_point", edit.do in {"add_point", "move_point"}
        if placed and self._in_water(edit):
            return {"in_doubt": True, "why": "water"}
        changed = self._whatif.add(row, point) if added else self._whatif.change(row, point)
        rule = self._found.basis.rules[point.type_index]
        if placed and rule.measure == "walk" and rule.jurisdiction is None and self._whatif.in_doubt(row):
            self._whatif.undo()
            return {"in_doubt": True, "why": "network"}
        if added:
            self._codes.insert(row, self._code(edit))
        return {"places": len(np.unique(changed.place))}

    def _told(self, edit: Edit) -> tuple[int, ServicePoint]:
        if edit.do == "add_point":
            return self._new(edit)
        row = _found(self._codes, edit, "point")
        now = self._whatif.point(row)
        if edit.do == "move_point":
            place, street, community = self._placed(edit)
            return row, replace(now, geometry=place, entrances=None, street=street, community=community)
        if edit.do == "set_capacity":
            return row, replace(now, capacity=float(edit.told["capacity"]))
        return row, replace(now, open=edit.do == "open_point")

    def _new(self, edit: Edit) -> tuple[int, ServicePoint]:
        """Return a new point; a plan's own points are as sure as the plan."""
        index, code = self._types.get(edit.told["type"]), self._code(edit)
        if index is None:
            raise InputError("edit_thing_unknown", number=edit.number, field="type", value=edit.told["type"])
        if code in self._codes:
            raise InputError("edit_code_taken", number=edit.number, value=code)
        capacity = float(edit.told.get("capacity", np.nan))
        place, street, community = self._placed(edit)
        point = ServicePoint(index, place, street=street, community=community, capacity=capacity)
        return bisect_right(self._codes, code), point

    def _in_water(self, edit: Edit) -> bool:
        place = np.array([shapely.Point(edit.told["x"], edit.told["y"])], dtype=object)
        return bool(in_water(self._session, self._found.basis.facilities, place)[0])

    def _code(self, edit: Edit) -> str:
        return str(edit.told.get("code", f"plan-{edit.number}"))

    def _placed(self, edit: Edit) -> tuple[shapely.Point, int, int]:
        """Return a place with the street and the community it lies in."""
        places, place = self._found.points.places, _placed(edit, self._found.crs)
        shape, number = np.array([place], dtype=object), area_numbers([places])
        street, community = (
            int(areas_round(self._session, places, level, shape, number)[0]) for level in ("street", "community")
        )
        return place, street, community


def _found(codes: Sequence[str], edit: Edit, field: str) -> int:
    try:
        return codes.index(edit.told[field])
    except ValueError:
        raise InputError("edit_thing_unknown", number=edit.number, field=field, value=edit.told[field]) from None


def _placed(edit: Edit, crs: str) -> shapely.Point:
    place = np.array([shapely.Point(edit.told["x"], edit.told["y"])], dtype=object)
    moved: shapely.Point = to_planar(place, crs)[0]
    return moved
