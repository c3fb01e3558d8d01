import numpy as np
import shapely

from gridgov.spatial.strokes import strokes


def lines(*told: list[tuple[float, float]]) -> np.ndarray:
    return np.array([shapely.LineString(one) for one in told], dtype=object)


def test_a_street_runs_on_across_its_corners() -> None:
    stroke, metres = strokes(
        lines([(0, 0), (100, 0)], [(200, 0), (100, 0)], [(200, 0), (300, 20)], [(100, 0), (100, 80)])
    )
    assert stroke[0] == stroke[1] == stroke[2] != stroke[3]
    assert metres[stroke].round().tolist() == [302, 302, 302, 80]


def test_of_two_that_go_on_only_the_straighter_one_does() -> None:
    stroke, _ = strokes(lines([(0, 0), (100, 0)], [(100, 0), (200, 10)], [(100, 0), (200, -30)]))
    assert stroke[0] == stroke[1] != stroke[2]


def test_a_corner_ends_a_street_and_a_ring_is_one() -> None:
    stroke, _ = strokes(lines([(0, 0), (100, 0)], [(100, 0), (100, 100)]))
    assert stroke[0] != stroke[1]
    circle = shapely.get_coordinates(shapely.Point(0, 0).buffer(100, quad_segs=8))
    ring = lines(*(circle[row : row + 2].tolist() for row in range(len(circle) - 1)))
    stroke, metres = strokes(ring)
    assert set(stroke) == {0}
    assert metres.round() == [627]


def test_no_lines_make_no_strokes() -> None:
    stroke, metres = strokes(np.empty(0, dtype=object))
    assert len(stroke) == len(metres) == 0
