"""A run's arrays as they are stored: compressed, without pickle, the same bytes for the same digits."""

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridgov.spatial.coverage import Verdicts
from gridgov.storage.models import Run
from gridgov.usecases.inputs import Inputs


@dataclass(frozen=True)
class RunArrays:
    """Verdicts of every demand point (rows) and type (columns); metres NaN where unreachable, point -1 where none."""

    units: npt.NDArray[np.int64]
    people: npt.NDArray[np.float64]
    types: list[str]
    points: list[str]
    decided: npt.NDArray[np.bool_]
    weight: npt.NDArray[np.float64]
    metres: npt.NDArray[np.float64]
    point: npt.NDArray[np.int32]
    covered: npt.NDArray[np.bool_]
    cause: npt.NDArray[np.int8]


def pack_arrays(inputs: Inputs, verdicts: Verdicts, weight: npt.NDArray[np.float64]) -> bytes:
    """Pack a run's arrays; metres as whole millimetres."""
    millimetres = np.where(np.isnan(verdicts.metres), -1, np.round(np.nan_to_num(verdicts.metres) * 1000)).astype("<i4")
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        units=np.array([unit.unit_id for unit in inputs.points.units], dtype="<i8"),
        people=inputs.demand.people,
        types=np.array([rule.type for rule in inputs.rules], dtype=np.str_),
        points=np.array(inputs.supply_codes, dtype=np.str_),
        decided=verdicts.decided,
        weight=weight,
        millimetres=millimetres,
        point=verdicts.point.astype("<i4"),
        covered=np.packbits(verdicts.covered, axis=None),
        cause=verdicts.cause,
    )
    return packed.getvalue()


def unpack_arrays(run: Run) -> RunArrays:
    """Unpack the arrays of a run."""
    with np.load(io.BytesIO(run.payload), allow_pickle=False) as kept:
        millimetres = kept["millimetres"]
        bits = np.unpackbits(kept["covered"], count=millimetres.size)
        return RunArrays(
            units=kept["units"],
            people=kept["people"],
            types=kept["types"].tolist(),
            points=kept["points"].tolist(),
            decided=kept["decided"],
            weight=kept["weight"],
            metres=np.where(millimetres < 0, np.nan, millimetres / 1000),
            point=kept["point"],
            covered=bits.reshape(millimetres.shape).astype(bool),
            cause=kept["cause"],
        )
