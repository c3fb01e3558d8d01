"""Siting: against every choice there is, against an exact solver, and held to its terms."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack

from gridgov.errors import CancelledError, InputError
from gridgov.spatial.candidates import MILLIONTHS, Instance, Terms, instance
from gridgov.spatial.siting import choose, upper_bound


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[set[int]], np.ndarray, Terms]:
    """A few candidates, whom they cover, and terms of every kind."""
    count, places = draw(st.integers(1, 8)), draw(st.integers(1, 9))
    sets = [draw(st.sets(st.integers(0, places - 1))) for _ in range(count)]
    people = np.array(draw(st.lists(st.sampled_from([0.0, 1.0, 2.5, 7.0, np.nan]), min_size=places, max_size=places)))
    costs = draw(st.none() | st.lists(st.sampled_from([1.0, 2.0, 3.5]), min_size=count, max_size=count).map(np.array))
    line = draw(st.lists(st.integers(0, 6), min_size=count, max_size=count))
    terms = Terms(
        sites=draw(st.integers(1, 4)),
        locked=np.array(draw(st.lists(st.sampled_from([False, False, True]), min_size=count, max_size=count))),
        cost=costs,
        budget=None if costs is None else draw(st.sampled_from([0.5, 3.0, 6.0])),
        xy=np.column_stack([line, line]).astype(float),
        apart=draw(st.sampled_from([None, 0.0, 2.0, 3.0])),
    )
    return sets, people, terms


def put(sets: list[set[int]], people: np.ndarray, terms: Terms) -> Instance:
    candidate = np.array([row for row, covered in enumerate(sets) for _ in covered], dtype=np.int64)
    place = np.array([place for covered in sets for place in sorted(covered)], dtype=np.int64)
    return instance(len(sets), candidate, place, people, terms)


def gained(sets: list[set[int]], people: np.ndarray, locked: np.ndarray, chosen: tuple[int, ...]) -> float:
    held = set().union(*(sets[row] for row in np.flatnonzero(locked)))
    new = set().union(*(sets[row] for row in chosen)) - held
    return float(np.nan_to_num(people)[sorted(new)].sum())


def allowed(terms: Terms, chosen: tuple[int, ...]) -> bool:
    locked = np.flatnonzero(terms.locked)
    if set(chosen) & set(locked.tolist()):
        return False
    if terms.cost is not None and terms.cost[list(chosen)].sum() > terms.budget:
        return False
    pairs = [*combinations(chosen, 2), *((one, other) for one in chosen for other in locked)]
    return all(np.hypot(*(terms.xy[one] - terms.xy[other])) >= (terms.apart or 0) for one, other in pairs)


@settings(max_examples=150)
@given(cases())
def test_no_choice_beats_the_bound_and_the_chosen_keep_the_terms(
    case: tuple[list[set[int]], np.ndarray, Terms],
) -> None:
    sets, people, terms = case
    of = put(sets, people, terms)
    choice = choose(of)
    chosen = tuple(choice.sites.tolist())
    every = (some for size in range(terms.sites + 1) for some in combinations(range(len(sets)), size))
    best = max(gained(sets, people, terms.locked, some) for some in every if allowed(terms, some))
    assert allowed(terms, chosen)
    assert len(chosen) <= terms.sites
    assert choice.people == pytest.approx(gained(sets, people, terms.locked, chosen))
    assert choice.people == pytest.approx(choice.gains.sum())
    assert choice.people <= best + 1e-9 <= upper_bound(of, choice) + 2e-9
    if terms.cost is None and not terms.apart:
        assert choice.people >= best * (1 - 1 / np.e)


def town(places: int = 400, candidates: int = 60, seed: int = 7) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of candidate and place not farther apart than 120 m, and the people of each place."""
    chance = np.random.default_rng(seed)
    xy, sites = chance.uniform(0, 1000, (places, 2)), chance.uniform(0, 1000, (candidates, 2))
    candidate, place = np.nonzero(np.hypot(*(sites[:, None] - xy[None]).transpose(2, 0, 1)) <= 120)
    return candidate, place, chance.integers(1, 500, places).astype(float)


def test_choice_and_bound_stand_beside_an_exact_solver() -> None:
    candidate, place, people = town()
    of = instance(60, candidate, place, people, Terms(6))
    choice = choose(of)
    groups = len(of.weight)
    covering = csr_array((np.ones(len(of.by)), of.by, of.by_start), shape=(groups, 60))
    solved = milp(
        np.r_[np.zeros(60), -of.weight / MILLIONTHS],
        integrality=np.r_[np.ones(60), np.zeros(groups)],
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(hstack([-covering, eye_array(groups)]), ub=0),
            LinearConstraint(np.r_[np.ones(60), np.zeros(groups)][None], ub=6),
        ],
    )
    best = -solved.fun
    assert best * 0.99 <= choice.people <= best + 1e-6
    assert best - 1e-6 <= upper_bound(of, choice) <= best * 1.02


def test_the_order_of_places_changes_nothing() -> None:
    candidate, place, people = town()
    people += 0.1  # sums of which would differ in their last digits
    moved = np.random.default_rng(1).permutation(len(people))
    there = np.argsort(moved)
    one = instance(60, candidate, place, people, Terms(5))
    other = instance(60, candidate, there[place], people[moved], Terms(5))
    assert choose(one).sites.tolist() == choose(other).sites.tolist()
    assert upper_bound(one, choose(one)) == upper_bound(other, choose(other))


def test_of_equal_candidates_the_lowest_is_chosen() -> None:
    choice = choose(put([{0}, {1}, {1}, {0}], np.ones(2), Terms(2)))
    assert choice.sites.tolist() == [0, 1]


def test_swapping_undoes_what_greed_does() -> None:
    # The widest candidate comes first, and two that share its people between them gain more without it.
    choice = choose(put([{0, 1, 2, 3}, {0, 1, 4}, {2, 3, 5}], np.ones(6), Terms(2)))
    assert choice.sites.tolist() == [1, 2]
    assert choice.people == 6


def test_fewer_are_chosen_where_no_more_gain_anybody() -> None:
    choice = choose(put([{0}, {0}, set()], np.ones(1), Terms(3)))
    assert choice.sites.tolist() == [0]


def test_without_anybody_to_gain_the_bound_is_nobody() -> None:
    of = put([{0}, set()], np.zeros(1), Terms(1))
    assert choose(of).people == upper_bound(of, choose(of)) == 0


def test_the_certificate_can_be_stopped() -> None:
    candidate, place, people = town()
    of = instance(60, candidate, place, people, Terms(6))
    told = []

    def stop(done: int, of: int) -> None:
        told.append((done, of))
        if len(told) == 2:
            raise CancelledError("cancelled")

    with pytest.raises(CancelledError):
        upper_bound(of, choose(of), stop)
    assert len(told) == 2


@pytest.mark.parametrize(
    ("terms", "people", "code"),
    [
        (Terms(0), [1.0], "siting_sites"),
        (Terms(1), [-1.0], "people_negative"),
        (Terms(1, cost=np.zeros(1), budget=1.0), [1.0], "cost_invalid"),
        (Terms(1, cost=np.ones(2), budget=1.0), [1.0], "arrays_differ"),
    ],
)
def test_what_makes_no_sense_is_refused(terms: Terms, people: list[float], code: str) -> None:
    with pytest.raises(InputError) as caught:
        put([{0}], np.array(people), terms)
    assert caught.value.code == code
