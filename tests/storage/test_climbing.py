from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.climbing import Ladder
from gridgov.storage.current import At, Scope, current, standing
from gridgov.storage.models import UnitVersion


@pytest.mark.parametrize("day", [date(2026, 4, 1), date(2020, 1, 1)])
def test_climbing_finds_what_the_way_down_finds(town: Session, day: date) -> None:
    at = At(day)
    every = set(town.scalars(select(UnitVersion.unit_id)))
    ladder = Ladder.above(town, at, every)
    stand = set(town.scalars(select(UnitVersion.unit_id).where(standing(UnitVersion, at))))
    for areas in ([], [min(every)], *([area] for area in every), sorted(every)[:3]):
        scope = Scope.of(frozenset(areas))
        below = set(town.scalars(current(UnitVersion, at, scope).with_only_columns(UnitVersion.unit_id)))
        assert {number for number in stand if ladder.within(number, scope)} == below
    assert all(ladder.within(number, Scope.everything()) for number in every)


def test_a_unit_that_does_not_stand_lies_in_no_area(town: Session) -> None:
    ladder = Ladder.above(town, At(date(2020, 1, 1)), set(town.scalars(select(UnitVersion.unit_id))))
    assert ladder.rungs == {}
    assert not ladder.within(1, Scope.of({1}))
    assert ladder.code(1, "street") is None
