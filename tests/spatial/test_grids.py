"""The unit grid and the overlay of units on grids."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from gridgov.errors import InputError
from gridgov.spatial.grids import cell_of, cell_polygon, cells_meeting, overlay, unit_cells
from tests.spatial.cases import objects


def test_cells_are_anchored_at_multiples_of_their_size() -> None:
    cells = unit_cells((527_830, 3_396_650, 528_010, 3_396_700), 100)
    assert cells.codes.tolist() == ["E5278N33966", "E5279N33966", "E5280N33966"]
    assert cells.polygons[0].bounds == (527_800, 3_396_600, 527_900, 3_396_700)
    assert cells.centres[0].tolist() == [527_850, 3_396_650]
    assert len(cells) == 3


def test_an_edge_on_a_lattice_line_adds_no_cell() -> None:
    assert unit_cells((0, 0, 200, 100), 100).codes.tolist() == ["E0N0", "E1N0"]
    assert unit_cells((100, 100, 100, 100), 100).codes.tolist() == ["E1N1"]


def test_cells_west_and_south_of_the_origin() -> None:
    assert unit_cells((-150, -50, -100, -1), 100).codes.tolist() == ["E-2N-1"]
    assert cell_polygon("E-2N-1", 100).bounds == (-200, -100, -100, 0)


coordinate = st.floats(-1e7, 1e7, allow_nan=False)


@settings(derandomize=True, deadline=None)
@given(coordinate, coordinate, st.sampled_from([1.0, 30.0, 100.0, 250.5]))
def test_a_point_lies_in_the_cell_its_code_names(x: float, y: float, size: float) -> None:
    (code,) = cell_of([(x, y)], size).codes
    assert cell_polygon(code, size).buffer(1e-6).covers(shapely.Point(x, y))


def test_a_point_on_a_lattice_line_belongs_to_the_north_east() -> None:
    assert cell_of([(100, 200), (99.999, 199.999)], 100).codes.tolist() == ["E1N2", "E0N1"]


def test_only_cells_that_share_area_meet_a_polygon() -> None:
    corner = shapely.Polygon([(0, 0), (200, 0), (0, 200)])
    assert cells_meeting(objects([corner, None]), 100).codes.tolist() == ["E0N0", "E1N0", "E0N1"]
    assert cells_meeting(objects([box(0, 0, 100, 100)]), 100).codes.tolist() == ["E0N0"]
    assert len(cells_meeting(objects([None]), 100)) == 0


@pytest.mark.parametrize("size", [0, -1, float("nan"), float("inf")])
def test_a_size_that_is_none_is_refused(size: float) -> None:
    for call in (
        lambda: unit_cells((0, 0, 1, 1), size),
        lambda: cell_of([(0, 0)], size),
        lambda: cell_polygon("E0N0", size),
        lambda: cells_meeting(objects([]), size),
    ):
        with pytest.raises(InputError, match="grid_size_invalid"):
            call()


def test_bad_bounds_codes_and_coordinates_are_refused() -> None:
    with pytest.raises(InputError, match="bounds_invalid"):
        unit_cells((1, 0, 0, 1), 100)
    with pytest.raises(InputError, match="bounds_invalid"):
        unit_cells((0, 0, np.nan, 1), 100)
    with pytest.raises(InputError, match="grid_too_fine"):
        unit_cells((0, 0, 1e6, 1e6), 1)
    with pytest.raises(InputError, match="cell_code_invalid"):
        cell_polygon("E1N", 100)
    with pytest.raises(InputError, match="coordinates_invalid"):
        cell_of([(np.nan, 0)], 100)


def test_a_unit_lies_within_contains_or_crosses_a_grid() -> None:
    units = objects([box(0, 0, 10, 10), box(0, 0, 100, 100), box(90, 0, 110, 10), box(0, 0, 50, 100), None])
    grids = objects([box(0, 0, 50, 100), box(50, 0, 100, 100)])
    unit, grid, relation, share = overlay(units, grids)
    rows = list(zip(unit.tolist(), grid.tolist(), relation.tolist(), share.tolist(), strict=True))
    assert rows == [
        (0, 0, "within", 1.0),
        (1, 0, "contains", 0.5),
        (1, 1, "contains", 0.5),
        (2, 1, "crosses", 0.5),
        (3, 0, "within", 1.0),
    ]


def test_noise_on_a_border_is_no_relation() -> None:
    unit, grid, relation, share = overlay(
        objects([box(0, 0, 50.01, 50)]), objects([box(0, 0, 50, 50), box(50, 0, 99, 50)])
    )
    assert (unit.tolist(), grid.tolist(), relation.tolist()) == ([0], [0], ["within"])
    assert share[0] == pytest.approx(1, abs=1e-3)


def test_areas_smaller_than_the_tolerance_still_relate() -> None:
    unit, _, relation, _ = overlay(objects([box(0, 0, 0.5, 0.5)]), objects([box(0, 0, 100, 100)]))
    assert (unit.tolist(), relation.tolist()) == ([0], ["within"])


def test_shares_of_a_tiling_add_up_to_one() -> None:
    units = objects([shapely.Point(333, 333).buffer(120), box(12, 34, 567, 89)])
    cells = unit_cells((0, 0, 600, 600), 100)
    unit, _, _, share = overlay(units, cells.polygons, tolerance_m2=0.0)
    assert np.bincount(unit, weights=share) == pytest.approx([1.0, 1.0])
