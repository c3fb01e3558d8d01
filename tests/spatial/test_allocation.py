"""Who takes which post: against every way there is, on small cases; and the rules by hand."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.errors import InputError
from gridgov.spatial.allocation import FORBIDDEN, allocate


def best_by_trying(cost: list[list[int]], room: list[int]) -> tuple[int, int]:
    """Return the most posts that can be filled and the least cost of it, over every way to give them."""
    found = (0, 0)
    for way in product(range(-1, len(room)), repeat=len(cost)):
        pairs = [(post, cadre) for post, cadre in enumerate(way) if cadre >= 0]
        allowed = all(cost[post][cadre] != FORBIDDEN for post, cadre in pairs)
        if allowed and all(way.count(cadre) <= most for cadre, most in enumerate(room)):
            found = max(found, (len(pairs), -sum(cost[post][cadre] for post, cadre in pairs)))
    return found[0], -found[1]


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[list[int]], list[int]]:
    posts, cadres = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    costs = st.one_of(st.just(FORBIDDEN), st.integers(0, 9), st.integers(0, 50_000))
    rows = st.lists(costs, min_size=cadres, max_size=cadres)
    return (
        draw(st.lists(rows, min_size=posts, max_size=posts)),
        draw(st.lists(st.integers(0, 6), min_size=cadres, max_size=cadres)),
    )


@given(problems())
def test_no_way_fills_more_or_costs_less(problem: tuple[list[list[int]], list[int]]) -> None:
    cost, room = problem
    answer = allocate(np.array(cost), np.array(room))
    assert (answer.filled, answer.cost) == best_by_trying(cost, room)
    pairs = [(post, cadre) for post, cadre in enumerate(answer.cadre.tolist()) if cadre >= 0]
    assert all(cost[post][cadre] != FORBIDDEN for post, cadre in pairs)
    assert sum(cost[post][cadre] for post, cadre in pairs) == answer.cost
    assert (np.bincount([cadre for _, cadre in pairs], minlength=len(room)) <= room).all()


def test_a_filled_post_goes_before_metres() -> None:
    # the first cadre is near both posts, the second may take only the first post, and is far
    cost = np.array([[10, 90_000], [10, FORBIDDEN]])
    assert allocate(cost, np.array([1, 1])).cadre.tolist() == [1, 0]
    assert allocate(cost, np.array([2, 1])).cadre.tolist() == [0, 0]


def test_nobody_has_room() -> None:
    answer = allocate(np.array([[1, 2], [3, 4]]), np.array([0, 0]))
    assert answer.cadre.tolist() == [-1, -1]
    assert answer.cost == 0


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_no_posts_or_no_cadres(shape: tuple[int, int]) -> None:
    answer = allocate(np.zeros(shape, dtype=np.int64), np.ones(shape[1], dtype=np.int64))
    assert answer.cadre.tolist() == [-1] * shape[0]
    assert answer.filled == 0


def test_the_next_place_is_opened_where_it_helps() -> None:
    # everybody's cheapest is the first cadre once the second's only post is gone
    cost = np.array([[0, 1]] * 9 + [[FORBIDDEN, 0]] * 3)
    answer = allocate(cost, np.array([12, 3]))
    assert answer.filled == 12
    assert answer.cost == 0


@pytest.mark.parametrize(
    ("cost", "room"),
    [([[1, 2]], [1]), ([[1, -2]], [1, 1]), ([[1, 2]], [1, -1]), ([1, 2], [1, 1])],
    ids=["too few rooms", "a negative cost", "a negative room", "no table"],
)
def test_what_doesnt_fit_is_refused(cost: list[list[int]], room: list[int]) -> None:
    with pytest.raises(InputError, match="allocation_shapes"):
        allocate(np.array(cost), np.array(room))
