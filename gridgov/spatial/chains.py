"""Lines as plain arrays of vertices, so that what is cut and stored needs no object for each line."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Chains:
    """Lines, n of them: their vertices `xy` (v, 2), and where those of each begin, `first` (n + 1,)."""

    xy: Floats
    first: Ints

    @classmethod
    def of(cls, lines: Geometries) -> "Chains":
        """Take the vertices of LineStrings (n,)."""
        return cls(shapely.get_coordinates(lines), starts(shapely.get_num_coordinates(lines)))

    def __len__(self) -> int:
        return len(self.first) - 1

    @cached_property
    def owner(self) -> Ints:
        """The line of each vertex, shape (v,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.first))

    @cached_property
    def along(self) -> Floats:
        """Metres along its line to each vertex, shape (v,): each line added up for itself, whatever stands before."""
        inner = np.ones(len(self.xy), dtype=bool)
        inner[self.first[:-1]] = False
        step = np.zeros(len(self.xy))
        step[1:] = np.sqrt((np.diff(self.xy, axis=0) ** 2).sum(axis=1))
        run = np.where(inner, step, 0.0)
        counts = np.diff(self.first)
        longest = np.argsort(-counts, kind="stable")
        for vertex in range(2, int(counts.max(initial=0))):
            at = self.first[longest[: int((counts > vertex).sum())]] + vertex
            run[at] += run[at - 1]
        return run

    @property
    def length(self) -> Floats:
        """Metres, shape (n,)."""
        return self.along[self.first[1:] - 1]

    @property
    def ends(self) -> tuple[Floats, Floats]:
        """The first and the last vertex of each line, shape (n, 2) both."""
        return self.xy[self.first[:-1]], self.xy[self.first[1:] - 1]

    def places(self, offset: Floats) -> Floats:
        """Give the place at an offset (n,) along each line, metres, shape (n, 2)."""
        inner = np.flatnonzero(self.owner[1:] == self.owner[:-1])
        last = np.r_[self.owner[inner][1:] != self.owner[inner][:-1], True][-len(inner) :]
        reached = inner[last | (self.along[inner + 1] >= offset[self.owner[inner]])]
        bit = reached[np.r_[True, np.diff(self.owner[reached]) > 0][: len(reached)]]
        step = self.along[bit + 1] - self.along[bit]
        part = np.clip((offset - self.along[bit]) / np.where(step > 0.0, step, 1.0), 0.0, 1.0)
        return np.asarray(self.xy[bit] + part[:, None] * (self.xy[bit + 1] - self.xy[bit]), dtype=np.float64)

    def lines(self, rows: Ints | None = None) -> Geometries:
        """Draw the lines, or some of them (k,), as LineStrings."""
        chosen = self if rows is None else self.at(rows)
        made = shapely.linestrings(chosen.xy, indices=chosen.owner) if len(chosen) else ()
        return np.asarray(made, dtype=object)

    def at(self, rows: Ints) -> "Chains":
        """Choose some of the lines (k,)."""
        _, vertex = spans(self.first[rows], self.first[rows + 1])
        return Chains(self.xy[vertex], starts(np.diff(self.first)[rows]))

    def turned(self, back: npt.NDArray[np.bool_]) -> "Chains":
        """Turn some lines round, as `back` (n,) tells."""
        vertex = np.arange(len(self.xy))
        mirrored = (self.first[:-1] + self.first[1:] - 1)[self.owner] - vertex
        return Chains(self.xy[np.where(back[self.owner], mirrored, vertex)], self.first)


def starts(counts: npt.NDArray[np.integer]) -> Ints:
    """Tell where each of some runs begins, and the last ends: shape (n + 1,)."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])


def spans(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """List the whole numbers from each `first` (k,) to before each `last` (k,): whose they are, and they themselves."""
    count = last - first
    owner = np.repeat(np.arange(len(count)), count)
    return owner, np.arange(len(owner)) + (first - np.cumsum(count) + count)[owner]


def numbered(*columns: npt.NDArray[np.generic]) -> tuple[Ints, Ints]:
    """Number the rows of some columns (n,) in their order: the first row with each number, and each row's number."""
    order = np.lexsort(columns[::-1])
    new = np.zeros(len(order), dtype=bool)
    new[:1] = True
    for column in columns:
        new[1:] |= column[order[1:]] != column[order[:-1]]
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(new) - 1
    return order[new], number
