"""Judging one facility type: who is covered by what is near, why the others aren't, and whether that is firm."""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from gridgov.spatial.shortest import compiled
from gridgov.spatial.stage import Stage
from gridgov.spatial.straight import millimetres
from gridgov.spatial.verdicts import CAPACITY, DATA, GATE, NO_CAUSE, NO_FACILITY, NO_PATH, Rule

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

REFERENCE = 1000.0 / 15.0  # metres a minute: the speed the radii are told for
STRETCHES = (80.0 / REFERENCE, 50.0 / REFERENCE)  # of a brisk walker, and of an elderly one
ALL = 1.0 - 1e-9


@dataclass(frozen=True)
class Measured:
    """Metres of every place (d,) to the nearest point of one type, infinite where there is none.

    `metres` as the rule measures, `straight` in a straight line, `opened` on foot if every gate were open, `proven` as
    the rule measures, to the nearest verified point.
    """

    metres: Floats
    straight: Floats
    opened: Floats
    proven: Floats


class Judgement(NamedTuple):
    """A type judged: the share of each place's people covered (d,), the cause for the others, and whether it is firm.

    `paced` are the shares (2, d) for the walkers of `STRETCHES`, None where the pace changes nothing.
    """

    share: Floats
    cause: Bytes
    firm: Bools
    paced: Floats | None = None


def judged(stage: Stage, index: int, found: Measured) -> Judgement:
    """Judge a type by the metres found."""
    rule = stage.rules[index]
    verified = stage.usable & np.asarray(stage.supply.verified, dtype=bool)
    paced = None
    if rule.jurisdiction is not None:
        present, cause = _present(stage, index, rule.jurisdiction, stage.usable)
        share, by_band = present.astype(np.float64), [_present(stage, index, rule.jurisdiction, verified)[0]]
    elif rule.radius is not None:
        near = _Near.of(stage, index, found.metres)
        share = near.share(1.0)
        causes = np.where(near.within(1.0), CAPACITY, _causes(stage, index, rule, found))
        cause = np.where(share == 1.0, NO_CAUSE, causes).astype(np.int8)
        paced = np.array([near.share(stretch) for stretch in STRETCHES]) if rule.measure == "walk" else None
        by_band = [] if paced is None else list(paced == 1.0)
        by_band.append(near.among(verified, found.proven).share(1.0) == 1.0)
    else:
        none = np.zeros(len(found.metres), dtype=bool)
        return Judgement(none.astype(np.float64), np.full(len(none), NO_CAUSE, dtype=np.int8), none)
    return Judgement(share, cause, (share < 1.0) & ~np.logical_or.reduce(by_band), paced)


@dataclass(frozen=True)
class _Near:
    """The people within reach of a type's points: all of them, or as many as there is room for.

    `away` (d,) millimetres to the nearest; `need` (d,) people; `room` (s,); `pairs` of place, point and millimetres
    in the order in which they are served, None where there is room for all.
    """

    radius: float
    away: Floats
    need: Floats
    room: Floats
    pairs: tuple[Ints, Ints, Ints] | None

    @classmethod
    def of(cls, stage: Stage, index: int, metres: Floats) -> "_Near":
        """Take a type, and the metres (d,) to its nearest point."""
        rule, pairs = stage.rules[index], None
        if rule.capacity:
            mine = stage.usable & (stage.type == index)
            ways = stage.lines_to(mine) if rule.measure == "straight" else stage.ways_to(mine)
            pairs = ways.pairs(index, (rule.radius or 0.0) * max(1.0, *STRETCHES))
        need = np.nan_to_num(stage.weight[:, index], nan=0.0)
        return cls(rule.radius or 0.0, millimetres(metres), need, stage.supply.room, pairs)

    def among(self, only: Bools, metres: Floats) -> "_Near":
        """Leave out all points but some (s,), with the metres (d,) to the nearest of those."""
        pairs = None
        if self.pairs is not None:
            place, row, away = self.pairs
            pairs = place[only[row]], row[only[row]], away[only[row]]
        return replace(self, away=millimetres(metres), pairs=pairs)

    def within(self, stretch: float) -> Bools:
        """Say which places (d,) lie within the radius, stretched, of some point."""
        return np.asarray(self.away <= millimetres(self.radius * stretch), dtype=bool)

    def share(self, stretch: float) -> Floats:
        """Tell the share of each place's people (d,) covered within the radius, stretched.

        Where points have room for so many only, the nearest pairs of place and point go first, by millimetre, point
        and place. A place of nobody, or nobody knows whom, takes no room.
        """
        share = self.within(stretch).astype(np.float64)
        if self.pairs is not None:
            place, row, away = self.pairs
            near = away <= millimetres(self.radius * stretch)
            got = compiled().fill(place[near], row[near], self.need, self.room)
            some = self.need > 0
            share[some] = got[some] / self.need[some]
            share[share > ALL] = 1.0
        return share


def _present(
    stage: Stage, index: int, jurisdiction: Literal["street", "community"], usable: Bools
) -> tuple[Bools, Bytes]:
    """Decide by presence in one's own area; how one gets there doesn't matter, so no attachment is in doubt."""
    own = np.asarray(getattr(stage.demand, jurisdiction))
    areas = np.asarray(getattr(stage.supply, jurisdiction))
    mine = stage.type == index
    known = own != -1
    covered = known & np.isin(own, areas[mine & usable])
    doubted = ~known | np.isin(own, areas[mine & stage.open])
    return covered, np.where(covered, NO_CAUSE, np.where(doubted, DATA, NO_FACILITY)).astype(np.int8)


def _causes(stage: Stage, index: int, rule: Rule, found: Measured) -> Bytes:
    """Name the cause everywhere, as if nobody were covered: the first that holds."""
    on_foot = rule.measure == "walk"
    certain = stage.usable & (~stage.sites.doubtful[stage.site] | (not on_foot))
    some = _some_near(stage, index, stage.open, found)
    good = _some_near(stage, index, certain, found)
    doubted = (some & ~good) | (stage.places.doubtful & on_foot)
    opened = millimetres(found.opened) <= millimetres(rule.radius or 0.0)
    return np.select([doubted, ~some, opened], [DATA, NO_FACILITY, GATE], NO_PATH).astype(np.int8)


def _some_near(stage: Stage, index: int, which: Bools, found: Measured) -> Bools:
    """Say which places (d,) have one of some points (s,) of a type within the radius in a straight line."""
    mine, far = stage.type == index, millimetres(stage.rules[index].radius or 0.0)
    near = np.asarray(millimetres(found.straight) <= far, dtype=bool)
    if (which[mine] == stage.usable[mine]).all():
        return near
    # Of some of what is usable nothing is nearer: only places near any of it are asked again.
    fewer = not (which & ~stage.usable & mine).any()
    places = np.flatnonzero(near) if fewer else np.arange(len(near))
    away = stage.lines_to(which & mine, places=places).nearest([index])[0][:, 0]
    near[places] = millimetres(away) <= far
    return near
