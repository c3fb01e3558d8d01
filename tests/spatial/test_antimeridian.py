"""Shapes that reach across the 180th meridian."""

import pytest
import shapely

from gridgov.spatial.antimeridian import across

WEST, EAST = shapely.box(-180, 0, -179, 1), shapely.box(179, 0, 180, 1)
JUMPING = shapely.Polygon([(179, 0), (-179, 0), (-179, 1), (179, 1)])


@pytest.mark.parametrize(
    ("shape", "jumps"),
    [
        (JUMPING, True),
        (shapely.LineString([(179, 0), (-179, 0)]), True),
        (shapely.MultiPolygon([EAST, JUMPING]), True),
        (shapely.GeometryCollection([shapely.Point(0, 0), JUMPING]), True),
        (shapely.MultiPolygon([WEST, EAST]), False),
        (shapely.MultiPoint([(-179, 0), (179, 0)]), False),
        (shapely.LineString([(-179, 0), (0, 0), (179, 0)]), False),
        (WEST, False),
    ],
)
def test_what_jumps(shape: shapely.Geometry, jumps: bool) -> None:
    assert across([None, shape]).tolist() == ([1] if jumps else [])


def test_nothing_jumps_in_nothing() -> None:
    assert across([]).tolist() == []
    assert across([None]).tolist() == []
