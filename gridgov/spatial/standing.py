"""Verdicts kept as they stand, with the ways they were taken from, so that an edit changes what it must and no more."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.spatial.deciding import decide, walking_radius
from gridgov.spatial.fields import Attribute, Doors, Field, Swap, Terrain, Values
from gridgov.spatial.judging import Measured, judged
from gridgov.spatial.nearby import POINT
from gridgov.spatial.searching import LABELS
from gridgov.spatial.shortest import key_beyond, labels_of, to_metres
from gridgov.spatial.stage import DETOUR, Stage
from gridgov.spatial.straight import Lines, millimetres
from gridgov.spatial.verdicts import Verdicts
from gridgov.spatial.walking import Walks

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Changed:
    """Where metres, nearest point, share or cause are others now: `place` (k,) and `type` (k,)."""

    place: Ints
    type: Ints


@dataclass
class _Fields:
    """What is kept of a type that is walked to: ways to all its points, to the verified ones, with every gate open.

    As long as all that serve are verified, `verified` is `usable` itself.
    """

    usable: Field
    verified: Field | None
    opened: Field | None


COLUMNS = ("metres", "point", "straight", "straight_point", "share", "cause", "firm")
UNVERIFIED = 1  # how a point serves that is walked to; a verified one serves by one more
TOLD = ("metres", "point", "share", "cause")


class Standing:
    """The points as they are, and the verdicts: columns (t, d) in which points go by their labels, -1 for none.

    Labels ascend with the rows, so that ties go as they would by rows, but stay when a row is put between.
    """

    def __init__(self, stage: Stage, labels: Ints | None = None) -> None:
        """Decide for a stage; `labels` (s,) ascending."""
        self.stage = stage
        self.labels = spread_labels(len(stage.type)) if labels is None else labels
        self._fields: dict[int, _Fields] = {}
        found = decide(stage)
        self.columns: dict[str, npt.NDArray[Any]] = {}
        for name in COLUMNS:
            column = getattr(found, name).T
            if name in {"metres", "straight"}:
                column = np.where(np.isnan(column), np.inf, column)
            if name in {"point", "straight_point"}:
                column = np.where(column < 0, -1, np.r_[self.labels, -1][column])
            self.columns[name] = np.ascontiguousarray(column)

    def verdicts(self) -> Verdicts:
        """Put the verdicts together."""
        stage = self.stage
        told: dict[str, Any] = {name: self.columns[name].T.copy(order="C") for name in COLUMNS}
        for name in ("metres", "straight"):
            told[name] = np.where(np.isfinite(told[name]), told[name], np.nan)
        for name in ("point", "straight_point"):
            row = np.searchsorted(self.labels, told[name])
            told[name] = np.where(told[name] < 0, -1, row).astype(np.int32)
        return Verdicts(
            **told,
            covered=told["share"] == 1.0,
            demand_doubtful=stage.places.doubtful,
            supply_doubtful=stage.sites.doubtful[stage.site],
            decided=np.array([rule.decided for rule in stage.rules], dtype=bool),
            points=np.bincount(stage.type[stage.open], minlength=len(stage.rules)),
            estimate=stage.network is None,
        )

    def edited(self, stage: Stage, labels: Ints, row: int, *, added: bool) -> tuple[list[Swap], Changed]:
        """Take over a stage on which one point is another or new; tell what that changed."""
        gone = None if added else _Serving.of(self.stage, self.labels, row)
        came = _Serving.of(stage, labels, row)
        types = {came.type} if gone is None else {gone.type, came.type}
        swaps: list[Swap] = [Attribute(self, "stage", self.stage), Attribute(self, "labels", self.labels)]
        for index in types:
            self._keep_fields(index)
        self.stage, self.labels = stage, labels
        places: list[Ints] = []
        for index in types:
            left = gone if gone is not None and gone.type == index else None
            new = came if came.type == index else None
            swaps += self._fields_edited(index, left, new)
            own, rows = self._judged(index, left, new)
            swaps += own
            places.append(rows)
        kind = np.repeat(np.array(list(types), dtype=np.int64), [len(rows) for rows in places])
        return swaps, Changed(np.concatenate(places), kind)

    def _keep_fields(self, index: int) -> None:
        """See that the ways to a type's points are kept, if it is walked to."""
        rule, network = self.stage.rules[index], self.stage.network
        if index in self._fields or network is None or rule.measure != "walk":
            return
        rest, radius = self._rest(index, None), walking_radius(rule)
        usable = Field(self._public, rest.usable)
        sure = usable if len(rest.usable.label) == len(rest.verified.label) else Field(self._public, rest.verified)
        self._fields[index] = _Fields(
            usable=usable,
            verified=sure if radius >= 0 else None,
            opened=Field(self._opened, rest.usable, key_beyond(radius)) if radius >= 0 else None,
        )

    @cached_property
    def _public(self) -> Terrain:
        walks, network = self.stage.on_foot, self.stage.network
        if not isinstance(walks, Walks) or network is None:
            raise TypeError
        return Terrain(network.public, walks.asked, walks.groups, self.stage.places.ways)

    @cached_property
    def _opened(self) -> Terrain:
        network = self.stage.network
        if network is None:
            raise TypeError
        return Terrain(network.every_gate_open, self._public.asked)

    def _rest(self, index: int, but: int | None) -> "_Rest":
        """List the doors of all points of a type but one."""
        stage = self.stage
        mine = stage.usable & (stage.type == index) & ~stage.sites.doubtful[stage.site]
        if but is not None:
            mine[but] = False
        rows = np.flatnonzero(mine)
        sure = rows[np.asarray(stage.supply.verified, dtype=bool)[rows]]
        return _Rest(*(Doors.of(stage.sites, stage.site[some], self.labels[some]) for some in (rows, sure)))

    def _fields_edited(self, index: int, gone: "_Serving | None", came: "_Serving | None") -> list[Swap]:
        kept, swaps = self._fields.get(index), list[Swap]()
        if kept is None:
            return swaps
        if gone is not None and came is not None and gone.like(came):
            return swaps
        if kept.verified is kept.usable and came is not None and came.on_foot == UNVERIFIED:
            kept.verified = kept.usable.copied()
            swaps.append(Attribute(kept, "verified", kept.usable))
        rest = self._rest(index, gone.row) if gone is not None else None
        for field, sure in ((kept.usable, False), (kept.verified, True), (kept.opened, False)):
            if sure and field is kept.usable:
                continue
            if field is not None and gone is not None and rest is not None and gone.on_foot >= UNVERIFIED + sure:
                swaps += field.remove(gone.doors, rest.verified if sure else rest.usable)
            if field is not None and came is not None and came.on_foot >= UNVERIFIED + sure:
                swaps += field.insert(came.doors)
        return swaps

    def _judged(self, index: int, gone: "_Serving | None", came: "_Serving | None") -> tuple[list[Swap], Ints]:
        """Judge a type anew; tell what changed, and in which rows something that is told."""
        stage, rule = self.stage, self.stage.rules[index]
        now: dict[str, npt.NDArray[Any]] = {}
        now["straight"], now["straight_point"] = self._straight(index, gone, came)
        now["metres"], now["point"] = self._metres(index, now)
        kept, never = self._fields.get(index), np.full(len(stage.xy), np.inf)
        opened = to_metres(kept.opened.place) if kept is not None and kept.opened is not None else never
        if kept is not None and kept.verified is not None:
            proven = to_metres(kept.verified.place)
        else:
            proven = self._proven(index, now["metres"]) if rule.radius is not None else never
        found = Measured(now["metres"], now["straight"], opened, proven)
        now["share"], now["cause"], now["firm"], _ = judged(stage, index, found)
        swaps: list[Swap] = []
        told = np.zeros(len(stage.xy), dtype=bool)
        for name, column in now.items():
            rows = np.flatnonzero(self.columns[name][index] != column)
            swaps.append(Values(self.columns[name][index], rows, self.columns[name][index][rows]))
            self.columns[name][index][rows] = column[rows]
            told[rows] |= name in TOLD
        return swaps, np.flatnonzero(told)

    def _straight(self, index: int, gone: "_Serving | None", came: "_Serving | None") -> tuple[Floats, Ints]:
        """Find the nearest in a straight line: anew only where the nearest is gone, else only by the one that came."""
        stage = self.stage
        metres, label = self.columns["straight"][index], self.columns["straight_point"][index]
        if gone is not None and came is not None and gone.site == came.site and gone.usable == came.usable:
            return metres, label
        metres, label = metres.copy(), label.copy()
        if gone is not None and gone.usable:
            rows = np.flatnonzero(label == gone.label)
            metres[rows], label[rows] = self._lines(index, stage.usable, rows)
        if came is not None and came.usable:
            away = _away(stage.xy, stage.supply.geometry[came.row : came.row + 1])
            nearer = (away < metres) | ((away == metres) & (came.label < label))
            metres, label = np.where(nearer, away, metres), np.where(nearer, came.label, label)
        return metres, label

    def _lines(self, index: int, which: Bools, places: Ints | None = None, detour: float = 1.0) -> tuple[Floats, Ints]:
        """Find the nearest of a type's points in a straight line for some places: metres and labels."""
        stage = self.stage
        rows = np.flatnonzero(which & (stage.type == index))
        xy = stage.xy if places is None else stage.xy[places]
        lines = Lines(xy, stage.supply.geometry[rows], rows, stage.type[rows], detour=detour)
        metres, point = lines.nearest([index])
        return metres[:, 0], np.where(point[:, 0] < 0, -1, np.r_[self.labels, -1][point[:, 0]])

    def _metres(self, index: int, now: dict[str, npt.NDArray[Any]]) -> tuple[Floats, Ints]:
        """Measure as the rule of a type does."""
        if self.stage.rules[index].measure == "straight":
            return now["straight"], now["straight_point"]
        if self.stage.network is None:
            return self._lines(index, self.stage.usable, detour=DETOUR)
        key = self._fields[index].usable.place
        return to_metres(key), labels_of(key)

    def _proven(self, index: int, metres: Floats) -> Floats:
        """Measure to the nearest verified point in a straight line, or along the estimate's."""
        stage = self.stage
        mine = stage.usable & (stage.type == index)
        sure = mine & np.asarray(stage.supply.verified, dtype=bool)
        if (sure == mine).all():
            return metres
        return self._lines(index, sure, detour=1.0 if stage.rules[index].measure == "straight" else DETOUR)[0]


@dataclass(frozen=True)
class _Rest:
    """The doors of all points of a type but one: of those that may serve, and of the verified ones among them."""

    usable: Doors
    verified: Doors


@dataclass(frozen=True)
class _Serving:
    """One point and how it serves: on foot 0 not at all, 1 unverified, 2 verified."""

    row: int
    label: int
    type: int
    site: int
    usable: bool
    on_foot: int
    doors: Doors

    @classmethod
    def of(cls, stage: Stage, labels: Ints, row: int) -> "_Serving":
        """Take a point of a stage."""
        site, usable = int(stage.site[row]), bool(stage.usable[row])
        certain = usable and not bool(stage.sites.doubtful[site])
        return cls(
            row=row,
            label=int(labels[row]),
            type=int(stage.type[row]),
            site=site,
            usable=usable,
            on_foot=UNVERIFIED + bool(stage.supply.verified[row]) if certain else 0,
            doors=Doors.of(stage.sites, stage.site[row : row + 1], labels[row : row + 1]),
        )

    def like(self, other: "_Serving") -> bool:
        """Say whether ways to another are the same."""
        return self.site == other.site and self.on_foot == other.on_foot


def _away(xy: Floats, shape: Geometries) -> Floats:
    """Measure from places (d, 2) to one shape (1,) in straight lines, as `Lines` does; to a point without its cells."""
    if shapely.get_type_id(shape[0]) == POINT:
        east, north = (xy - shapely.get_coordinates(shape)).T
        return millimetres(np.sqrt(east * east + north * north)) / 1000.0
    none = np.zeros(1, np.int64)
    return Lines(xy, shape, none, none).nearest([0])[0][:, 0]


def spread_labels(count: int) -> Ints:
    """Give out labels with room between them."""
    gap = max(LABELS // max(count, 1), 1)
    return np.arange(gap // 2, count * gap, gap, dtype=np.int64)


def put_between(labels: Ints, row: int) -> Ints | None:
    """Put a label between two others; None where there is no room."""
    before = int(labels[row - 1]) if row else -1
    after = int(labels[row]) if row < len(labels) else LABELS
    middle = (before + after) // 2
    if not before < middle < after:
        return None
    return np.concatenate([labels[:row], np.array([middle], dtype=np.int64), labels[row:]])


def differing(one: Standing, other: Standing, label: Ints) -> Changed:
    """Compare two states of the same places and types; `label` (s,) are in the other the labels of the one's points."""
    point = np.where(one.columns["point"] < 0, -1, np.r_[label, -1][np.searchsorted(one.labels, one.columns["point"])])
    before = one.columns | {"point": point}
    kind, place = np.nonzero(np.logical_or.reduce([before[name] != other.columns[name] for name in TOLD]))
    return Changed(place, kind)
