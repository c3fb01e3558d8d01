"""Units as columns: which others each lies below, whatever is recorded of its parents."""

import numpy as np
import shapely

from gridgov.usecases.places import Places, numbered, pick


def places(*units: tuple[int, str, int]) -> Places:
    """Units by id, level and parent, without anything else."""
    ids, levels, parents = zip(*units, strict=True) if units else ((), (), ())
    none = ("",) * len(ids)
    shapes = np.array([shapely.Point(0, 0) if level == "building" else None for level in levels], dtype=object)
    columns = np.array(ids, dtype=np.int64), np.array(parents, dtype=np.int64), np.array(levels, dtype=np.str_)
    return Places(*columns, none, none, none, shapes, {})


def test_units_lie_below_the_first_of_each_level_that_their_parents_lead_to() -> None:
    found = places(
        (7, "street", -1), (3, "community", 7), (9, "compound", 3), (1, "building", 9), (2, "building", 3),
        (4, "compound", 88), (5, "building", 4),
    )  # fmt: skip
    assert found.above("street").tolist() == [0, 0, 0, 0, 0, -1, -1]
    assert found.above("community").tolist() == [-1, 1, 1, 1, 1, -1, -1]
    assert found.above("compound").tolist() == [-1, -1, 2, 2, -1, 5, 5]
    assert found.above("village").tolist() == [-1] * 7
    assert found.above("compound", np.array([3, -1, 5])).tolist() == [2, -1, 5]


def test_parents_that_go_round_in_a_ring_end_the_climb() -> None:
    found = places((1, "community", 2), (2, "community", 1), (3, "compound", 4), (4, "street", 3))
    assert found.above("community").tolist() == [0, 1, -1, -1]
    assert found.above("street").tolist() == [-1, -1, 3, 3]


def test_where_there_are_no_units_nothing_is_above() -> None:
    none = places()
    assert none.above("street").tolist() == []
    assert none.above("street", np.array([-1, -1])).tolist() == [-1, -1]


def test_rows_are_numbered_by_the_units_among_them() -> None:
    units, number = numbered(np.array([4, -1, 2, 4]))
    assert (units.tolist(), number.tolist()) == ([2, 4], [1, -1, 0, 1])
    assert pick(np.array([10, 20, 30]), np.array([2, -1])).tolist() == [30, -1]
