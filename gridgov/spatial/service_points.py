"""One service point among the others: read, put in, or put in the place of another."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gridgov.spatial.attachment import Attachments, attach_sites
from gridgov.spatial.stage import Stage
from gridgov.spatial.verdicts import Supply


@dataclass(frozen=True)
class ServicePoint:
    """One service point, as a row of `Supply` tells it."""

    type_index: int
    geometry: Any
    entrances: Any = None
    verified: bool = True
    open: bool = True
    street: int = -1
    community: int = -1
    capacity: float = np.nan

    @classmethod
    def of(cls, supply: Supply, row: int) -> "ServicePoint":
        """Read a row."""
        return cls(
            type_index=int(supply.type_index[row]),
            geometry=supply.geometry[row],
            entrances=supply.entrances[row],
            verified=bool(supply.verified[row]),
            open=bool(supply.open[row]),
            street=int(supply.street[row]),
            community=int(supply.community[row]),
            capacity=float("nan") if supply.capacity is None else float(supply.capacity[row]),
        )

    def check(self, types: int) -> None:
        """Refuse what no verdict can be computed from, as `Supply.check` does."""
        numbers, shapes, flags = np.empty(0, np.int64), np.empty(0, object), np.empty(0, bool)
        none = Supply(numbers, shapes, shapes, flags, flags, numbers, numbers)
        with_point(none, 0, self, added=True).check(types)

    def stands_where(self, other: "ServicePoint") -> bool:
        """Say whether another has the very same place and entrances."""
        return bool(
            shapely.to_wkb(self.geometry) == shapely.to_wkb(other.geometry)
            and shapely.to_wkb(self.entrances) == shapely.to_wkb(other.entrances)
        )


def with_point(supply: Supply, row: int, point: ServicePoint, *, added: bool) -> Supply:
    """Put a point into a row of its own, or into the place of the one there."""
    capacity = np.full(len(supply.type_index), np.nan) if supply.capacity is None else supply.capacity
    columns = {name: np.asarray(getattr(supply, name)) for name in vars(point)}
    columns["capacity"] = np.asarray(capacity, dtype=np.float64)
    after = row if added else row + 1

    def put(column: npt.NDArray[Any], value: Any) -> npt.NDArray[Any]:
        one = np.empty(1, column.dtype)
        one[0] = value
        return np.concatenate([column[:row], one, column[after:]])

    return replace(supply, **{name: put(column, getattr(point, name)) for name, column in columns.items()})


def staged(stage: Stage, supply: Supply, row: int, *, added: bool) -> Stage:
    """Put points on the stage of which one is edited; where that is new or elsewhere, it is attached."""
    if not added and ServicePoint.of(stage.supply, row).stands_where(ServicePoint.of(supply, row)):
        return stage.with_supply(supply, stage.sites, stage.site)
    sites, number = stage.sites, len(stage.sites)
    if stage.network is None:
        attached = Attachments.certain(1)
    else:
        attached = attach_sites(stage.network, supply.geometry[row : row + 1], supply.entrances[row : row + 1])
    ways = replace(attached.ways, owner=attached.ways.owner + number)
    both = Attachments(sites.ways.and_also(ways), np.r_[sites.doubtful, attached.doubtful])
    rest = stage.site[row:] if added else stage.site[row + 1 :]
    return stage.with_supply(supply, both, np.r_[stage.site[:row], number, rest])
