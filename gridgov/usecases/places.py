"""All units of a day as columns: what is recorded of each, and which others it lies below."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy.orm import Session

from gridgov.domain.units import AGE_BANDS
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import UnitVersion
from gridgov.storage.types import read_shapes, unread

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]

WALLED = frozenset({"walled", "work_unit"})

_AREAL = (3, 6)  # Polygon, MultiPolygon
_AGES = tuple(f"age_{band}" for band in AGE_BANDS)
_NUMBERS = ("people", "households", "floor_area", "year", *_AGES)
_COLUMNS = ("code", "unit_id", "level", "name", "kind", "parent_id", *_NUMBERS)


@dataclass(frozen=True)
class Places:
    """Units but households, n of them by code; who speaks of one says its row, -1 for none.

    `ids`, `parents` (n,) are unit ids, -1 none; `levels` (n,); `codes`, `names`, `kinds` as recorded; `shapes` (n,) in
    EPSG:4490, None where unknown; `numbers` by name (n,), NaN unknown.
    """

    ids: Ints
    parents: Ints
    levels: npt.NDArray[np.str_]
    codes: tuple[str, ...]
    names: tuple[str | None, ...]
    kinds: tuple[str | None, ...]
    shapes: Geometries
    numbers: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def ages(self) -> Floats:
        """People by age band, shape (n, 7), NaN unknown."""
        return np.column_stack([self.numbers[name] for name in _AGES])

    @cached_property
    def areal(self) -> Bools:
        """Whose place is an area, shape (n,)."""
        return np.isin(shapely.get_type_id(self.shapes), _AREAL)

    def above(self, level: str, rows: Ints | None = None) -> Ints:
        """Give for every unit, or for some rows, the one of a level that it lies below, or is."""
        found = self._above.get(level, np.full(len(self), -1))
        return found if rows is None else pick(found, rows)

    def of_units(self, known: Mapping[int, int]) -> Ints:
        """Give for every unit what is known of its id, shape (n,), -1 where nothing."""
        return np.array([known.get(unit, -1) for unit in self.ids.tolist()], dtype=np.int64)

    @cached_property
    def _above(self) -> dict[str, Ints]:
        """Climb from all units at once; whoever comes to a level for the second time goes no further."""
        found = {level: np.full(len(self), -1) for level in np.unique(self.levels).tolist()}
        rows = at = np.arange(len(self))
        while len(rows):
            climbing = np.zeros(len(rows), dtype=bool)
            for level, above in found.items():
                new = (self.levels[at] == level) & (above[rows] < 0)
                above[rows[new]] = at[new]
                climbing |= new
            rows, at = rows[climbing], self._parent[at[climbing]]
            rows, at = rows[at >= 0], at[at >= 0]
        return found

    @cached_property
    def _parent(self) -> Ints:
        order = np.argsort(self.ids)
        found = order[np.minimum(np.searchsorted(self.ids[order], self.parents), len(self) - 1)]
        return np.where(self.ids[found] == self.parents, found, -1)


def read_places(session: Session, at: At) -> Places:
    """Read every unit of a day but the households, which have no place of their own."""
    columns = [*(getattr(UnitVersion, name) for name in _COLUMNS), unread(UnitVersion.geometry)]
    wanted = current(UnitVersion, at, Scope.everything()).where(UnitVersion.level != "household")
    # Sorted here: the engines' collations don't agree, and ties between places go by code.
    rows = sorted(session.execute(wanted.with_only_columns(*columns)), key=itemgetter(0, 1))
    told: dict[str, tuple[Any, ...]] = dict.fromkeys((*_COLUMNS, "shape"), ())
    told |= zip(told, zip(*rows, strict=True), strict=False)
    return Places(
        ids=np.array(told["unit_id"], dtype=np.int64),
        parents=np.array([-1 if unit is None else unit for unit in told["parent_id"]], dtype=np.int64),
        levels=np.array(told["level"], dtype=np.str_),
        codes=told["code"],
        names=told["name"],
        kinds=told["kind"],
        shapes=np.array(read_shapes(told["shape"]), dtype=object),
        numbers={name: np.array(told[name], dtype=np.float64) for name in _NUMBERS},
    )


def pick(values: npt.NDArray[Any], rows: Ints) -> Ints:
    """Choose values by rows; -1 where the row is -1."""
    return np.where(rows >= 0, values[rows], -1) if len(values) else np.full(len(rows), -1)


def numbered(rows: Ints) -> tuple[Ints, Ints]:
    """Number the units among some rows by code: those units, and the number of each row, -1 for none."""
    units, number = np.unique(rows, return_inverse=True)
    none = int(len(units) > 0 and units[0] < 0)
    return units[none:], number - none
