"""A run's arrays as they are stored: compressed, without pickle, the same bytes for the same digits."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import numpy.typing as npt

from gridgov.errors import InputError
from gridgov.spatial.coverage import Verdicts
from gridgov.spatial.deciding import walking_radius
from gridgov.spatial.pacing import STRETCH, share_at
from gridgov.storage.models import Run
from gridgov.usecases.inputs import Inputs
from gridgov.usecases.places import pick

PROFILES = tuple(STRETCH)
REFERENCE = PROFILES[0]


@dataclass(frozen=True)
class RunArrays:
    """Verdicts of every demand point (rows) and type (columns); metres NaN where unreachable, point -1 where none.

    The last rows may be cells of the unit grid, `cells` by their codes with their middles at `places` (EPSG:4490): no
    units, 0. `owners` are the units themselves, and of cells the unit round them, 0 outside of all.
    `share` is the share of people covered: 0 or 1, but where points of a type are full.
    `radius` (t,) are the metres walked at most, NaN where no pace changes anything, and `paced` the shares at other
    paces of types with points that are full; None in runs of older versions, which know one pace only.
    """

    units: npt.NDArray[np.int64]
    owners: npt.NDArray[np.int64]
    cells: list[str]
    places: npt.NDArray[np.float64]
    people: npt.NDArray[np.float64]
    types: list[str]
    points: list[str]
    decided: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.float64]
    metres: npt.NDArray[np.float64]
    point: npt.NDArray[np.int32]
    covered: npt.NDArray[np.bool_]
    share: npt.NDArray[np.float64]
    cause: npt.NDArray[np.int8]
    radius: npt.NDArray[np.float64] | None
    paced: Mapping[int, npt.NDArray[np.float64]]

    def at(self, profile: str) -> "RunArrays":
        """Return the arrays as a walker of a profile has them; causes are told of whom the verdict too leaves out."""
        if profile == REFERENCE:
            return self
        if self.radius is None:
            raise InputError("profile_not_kept", profile=profile)
        share = share_at(profile, self.share, self.metres, self.radius, self.paced)
        covered = share == 1.0
        return replace(self, share=share, covered=covered, cause=np.where(covered, np.int8(-1), self.cause))


def pack_arrays(inputs: Inputs, verdicts: Verdicts, weight: npt.NDArray[np.float64]) -> bytes:
    """Pack a run's arrays; metres as whole millimetres."""
    millimetres = np.where(np.isnan(verdicts.metres), -1, np.round(np.nan_to_num(verdicts.metres) * 1000)).astype("<i4")
    partly = np.flatnonzero((verdicts.share > 0) & ~verdicts.covered)
    points, cells = inputs.points, inputs.points.cells
    radius = np.array([walking_radius(rule) for rule in inputs.rules])
    paced = [verdicts.paced[index] for index in sorted(verdicts.paced)]
    elsewhere: dict[str, Any] = {
        "cells": np.array(cells.codes, dtype=np.str_),
        "owners": np.maximum(pick(points.places.ids, cells.owners), 0).astype("<i8"),
        "places": cells.places,
    }
    return _packed(
        units=points.units.astype("<i8"),
        people=inputs.demand.people,
        types=np.array([rule.type for rule in inputs.rules], dtype=np.str_),
        points=np.array(inputs.supply_codes, dtype=np.str_),
        decided=verdicts.decided,
        weight=weight,
        millimetres=millimetres,
        point=verdicts.point.astype("<i4"),
        covered=np.packbits(verdicts.covered, axis=None),
        partly=partly.astype("<i8"),
        share=verdicts.share.ravel()[partly],
        cause=verdicts.cause,
        radius=np.where(radius < 0, np.nan, radius),
        filled=np.array(sorted(verdicts.paced), dtype="<i8"),
        paced=np.array(paced).reshape(len(paced), 2, len(points)),
        **(elsewhere if cells.codes else {}),
    )


def unpack_arrays(run: Run) -> RunArrays:
    """Unpack the arrays of a run."""
    with np.load(io.BytesIO(run.payload), allow_pickle=False) as kept:
        millimetres = kept["millimetres"]
        covered = np.unpackbits(kept["covered"], count=millimetres.size).astype(bool)
        share = covered.astype(np.float64)
        if "partly" in kept:  # runs of older versions knew no full points
            share[kept["partly"]] = kept["share"]
        units, cells = kept["units"], kept["cells"].tolist() if "cells" in kept else []
        return RunArrays(
            units=np.concatenate([units, np.zeros(len(cells), dtype=units.dtype)]),
            owners=np.concatenate([units, kept["owners"]]) if cells else units,
            cells=cells,
            places=kept["places"] if cells else np.empty((0, 2)),
            people=kept["people"],
            types=kept["types"].tolist(),
            points=kept["points"].tolist(),
            decided=kept["decided"],
            weight=kept["weight"],
            metres=np.where(millimetres < 0, np.nan, millimetres / 1000),
            point=kept["point"],
            covered=covered.reshape(millimetres.shape),
            share=share.reshape(millimetres.shape),
            cause=kept["cause"],
            radius=kept.get("radius"),
            paced=dict(zip(kept["filled"].tolist(), kept["paced"], strict=True)) if "filled" in kept else {},
        )


def _packed(**arrays: npt.NDArray[Any]) -> bytes:
    """Pack arrays as `np.savez_compressed` does, but a third as long: what comes of it is a seventh larger."""
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED, compresslevel=1) as kept:
        for name, values in arrays.items():
            with kept.open(f"{name}.npy", "w") as file:
                np.lib.format.write_array(file, values, allow_pickle=False)
    return packed.getvalue()
