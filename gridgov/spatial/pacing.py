"""Who would be covered at another pace than the one that radii are told for: bands, never verdicts."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from gridgov.spatial.judging import STRETCHES
from gridgov.spatial.straight import millimetres

Floats = npt.NDArray[np.float64]

STRETCH = dict(zip(("reference", "brisk", "elder"), (1.0, *STRETCHES), strict=True))


def share_at(profile: str, share: Floats, metres: Floats, radius: Floats, paced: Mapping[int, Floats]) -> Floats:
    """Tell the share of each place's people covered by a walker of a profile.

    Parameters
    ----------
    profile : str
        One of `STRETCH`, KeyError otherwise.
    share, metres : ndarray of float, shape (d, t)
        The verdicts: the share covered, and metres to the nearest point, NaN unreachable.
    radius : ndarray of float, shape (t,)
        Metres, NaN of types that aren't walked to or have no radius: there no pace changes anything.
    paced : mapping of int to ndarray of float, shape (2, d)
        As `Verdicts.paced`: for types with points that are full, the shares of a brisk and an elderly walker.

    Returns
    -------
    ndarray of float, shape (d, t)
        The same as `evaluate` tells for radii stretched by `STRETCH` (COVERAGE.md, Profiles).
    """
    stretch = STRETCH[profile]
    if stretch == 1.0:
        return share
    found = share.copy()
    for index in np.flatnonzero(~np.isnan(radius)).tolist():
        if index in paced:
            found[:, index] = paced[index][STRETCHES.index(stretch)]
        else:
            away = millimetres(np.nan_to_num(metres[:, index], nan=np.inf))
            found[:, index] = away <= millimetres(radius[index] * stretch)
    return found
