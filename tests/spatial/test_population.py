"""Population cells: the same content gives the same bytes, and none counts twice."""

import numpy as np
import numpy.typing as npt
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridgov.errors import InputError
from gridgov.spatial.population import PopulationCells, lying_double, overlap, square_metres


def lattice(columns: int, rows: int, west: float = 111.0, south: float = 30.0, step: float = 0.001) -> PopulationCells:
    x, y = (each.ravel() for each in np.meshgrid(np.arange(columns), np.arange(rows)))
    shapes = shapely.box(west + x * step, south + y * step, west + (x + 1) * step, south + (y + 1) * step)
    return PopulationCells(shapes, np.arange(1.0, columns * rows + 1) / 7)


@given(st.permutations(range(6)), st.booleans())
def test_order_and_direction_of_corners_say_nothing(order: list[int], turned: bool) -> None:
    cells = lattice(3, 2)
    shapes = shapely.reverse(cells.shapes) if turned else cells.shapes
    mixed = PopulationCells(shapes[order], cells.people[order])
    assert mixed.canonical().hash == cells.canonical().hash
    assert mixed.canonical().to_bytes() == cells.canonical().to_bytes()


def shapes_of(kind: str) -> npt.NDArray[np.object_]:
    squares = lattice(2, 2).shapes
    made = {
        "points": shapely.centroid(squares),
        "squares": squares,
        "holes": shapely.difference(squares, shapely.buffer(shapely.centroid(squares), 0.0001)),
        "parts": np.array([shapely.multipolygons([square, shapely.box(9, 9, 10, 10)]) for square in squares]),
    }
    return np.asarray(made[kind], dtype=object)


@pytest.mark.parametrize("kind", ["points", "squares", "holes", "parts"])
def test_what_is_kept_comes_back(kind: str) -> None:
    cells = PopulationCells(shapes_of(kind), np.array([0.1, 2.5, 1e-9, 1e9])).canonical()
    back = PopulationCells.from_bytes(cells.to_bytes())
    assert back.people.tolist() == cells.people.tolist()
    assert shapely.equals_exact(back.shapes, cells.shapes, 2e-9).all()
    assert back.hash == cells.hash
    assert back.areal is (kind != "points")


def test_a_lattice_is_kept_small() -> None:
    cells = lattice(100, 100)
    assert len(PopulationCells(cells.shapes, np.ones(10_000)).canonical().to_bytes()) < 10_000


@pytest.mark.parametrize("cut", [0, 5, 40, -1])
def test_other_bytes_are_refused(cut: int) -> None:
    with pytest.raises(InputError, match="population_bytes_invalid"):
        PopulationCells.from_bytes(lattice(3, 3).canonical().to_bytes()[:cut])


def test_areas_are_those_of_the_ellipsoid() -> None:
    corners = shapely.get_coordinates(lattice(2, 2).shapes).reshape(-1, 5, 2)[:, :4]
    # A thousandth of a degree at 30 N by the ellipsoid's radii: 96.486 m by 110.852 m.
    assert square_metres(corners) == pytest.approx(96.486 * 110.852, rel=1e-4)


def test_neighbours_share_nothing_and_twins_do() -> None:
    cells = lattice(3, 3)
    assert lying_double(cells).tolist() == []
    twice = PopulationCells(np.append(cells.shapes, cells.shapes[4]), np.append(cells.people, 3.0))
    assert lying_double(twice).tolist() == [9]
    assert overlap(cells, lattice(1, 1))
    assert overlap(lattice(1, 1), lattice(1, 1, west=110.9, step=0.2))
    assert not overlap(cells, lattice(3, 3, west=111.003))
    points = PopulationCells(shapely.centroid(cells.shapes), cells.people)
    assert lying_double(points).tolist() == []
    assert overlap(points, cells)
