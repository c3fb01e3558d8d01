"""Which straight legs cross walls, against shapely's word on every leg and every wall."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridgov.spatial.walls import Barrier, Walls

XY = st.tuples(*[st.integers(-30, 30).map(float) | st.integers(-3000, 3000).map(lambda cm: cm / 100)] * 2)
AREA = st.builds(lambda at, wide, high: shapely.box(*at, at[0] + wide, at[1] + high), XY,
                 st.sampled_from([4.0, 20.0]), st.sampled_from([4.0, 20.0]))  # fmt: skip
HOLED = AREA.map(lambda area: area.difference(area.centroid.buffer(1.0)))


@settings(max_examples=200, deadline=None)
@given(st.lists(AREA | HOLED, min_size=1, max_size=5), st.lists(st.tuples(XY, XY), min_size=1, max_size=6))
def test_legs_cross_walls_as_shapely_says(
    areas: list[shapely.Polygon], legs: list[tuple[tuple[float, float], tuple[float, float]]]
) -> None:
    every = np.arange(len(areas))
    gates = np.array([area.exterior.coords[0] for area in areas])
    barrier = Barrier(Walls(np.array(areas, dtype=object), gates, every, np.zeros(len(areas), np.int8)), 10.0)
    starts, ends = (np.array(side) for side in zip(*legs, strict=True))
    inside = barrier.signatures(starts)
    lines = [shapely.LineString(leg) for leg in legs]
    expected = [
        any(not outer.covers(line) if wall in own else inner.intersects(line) for wall, inner, outer in walls)
        and line.length > 0
        for line, own in zip(lines, inside, strict=True)
        for walls in [list(zip(every.tolist(), barrier.inner, barrier.outer, strict=True))]
    ]
    assert barrier.crossed(starts, ends, inside).tolist() == expected
