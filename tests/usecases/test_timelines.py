"""Timelines: rows laid over what stands, against a day-by-day account of the same."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.usecases.timelines import Outcome, Said, Standing, Timeline

ZERO = date(2020, 1, 1)
HORIZON = 40


def day(number: int) -> date:
    return ZERO + timedelta(days=number)


def version(number: int, start: int, end: int | None, name: str) -> Standing:
    return Standing(number, day(start), None if end is None else day(end), [name])


def said(start: int, end: int | None = None, *, start_told: bool = True, end_told: bool = False, **values: Any) -> Said:
    return Said(values, day(start), None if end is None else day(end), start_told, end_told)


def laid(timeline: Timeline) -> list[tuple[int, int | None, str]]:
    return [
        ((piece.start - ZERO).days, None if piece.end is None else (piece.end - ZERO).days, piece.values["name"])
        for piece in timeline.pieces
    ]


def timeline(*versions: Standing) -> Timeline:
    made = Timeline(1, ["name"], lambda one, other: bool(one == other))
    for standing in versions:
        made.stands(standing)
    return made


@pytest.mark.parametrize(
    ("standing", "row", "outcome", "after"),
    [
        ([(0, None, "A")], said(0, name="A"), Outcome.UNCHANGED, [(0, None, "A")]),
        ([(0, None, "A")], said(5, name="B"), Outcome.CHANGED, [(0, 5, "A"), (5, None, "B")]),
        ([(0, None, "A")], said(0, 5, name="A", end_told=True), Outcome.ENDED, [(0, 5, "A")]),
        ([(0, None, "A")], said(2, 5, name="B", end_told=True), Outcome.CHANGED, [(0, 2, "A"), (2, 5, "B")]),
        ([(5, None, "A")], said(0, name="A"), Outcome.CHANGED, [(0, None, "A")]),
        ([(5, None, "A")], said(0, name="A", start_told=False), Outcome.UNCHANGED, [(5, None, "A")]),
        ([(5, None, "A")], said(0, name="B"), Outcome.CHANGED, [(0, None, "B")]),
        ([(0, 5, "A")], said(0, None, name="A", end_told=True), Outcome.CHANGED, [(0, None, "A")]),
        ([(0, 5, "A")], said(0, None, name="A"), Outcome.UNCHANGED, [(0, 5, "A")]),
        ([(0, 5, "A")], said(0, 9, name="A", end_told=True), Outcome.CHANGED, [(0, 9, "A")]),
        ([(0, 5, "A")], said(5, name="B"), Outcome.CHANGED, [(0, 5, "A"), (5, None, "B")]),
        ([(0, 5, "A")], said(6, name="B"), Outcome.NEW, [(0, 5, "A")]),
        ([(0, 5, "A"), (5, None, "B")], said(3, name="Z"), Outcome.CHANGED, [(0, 3, "A"), (3, 5, "Z"), (5, None, "Z")]),
        ([(0, 5, "A"), (8, None, "B")], said(5, name="Z"), Outcome.CHANGED, [(0, 5, "A"), (5, None, "Z")]),
    ],
)
def test_a_row_laid_over(
    standing: list[tuple[int, int | None, str]], row: Said, outcome: Outcome, after: list[tuple[int, int | None, str]]
) -> None:
    line = timeline(*(version(number, *what) for number, what in enumerate(standing)))
    assert line.lay(row) is outcome
    assert laid(line) == after


def test_what_stays_as_it_was_is_not_written_again() -> None:
    line = timeline(version(1, 0, 5, "A"), version(2, 5, None, "B"))
    line.lay(said(5, name="C"))
    assert line.gone() == [2]
    assert [(row["name"], row["valid_from"]) for row in line.fresh()] == [("C", day(5))]


@dataclass(frozen=True)
class Told:
    start: int
    length: int | None
    name: str
    end_told: bool

    @property
    def end(self) -> int | None:
        return None if self.length is None else self.start + self.length


rows = st.builds(Told, st.integers(0, 20), st.none() | st.integers(1, 15), st.sampled_from("ABC"), st.booleans())


@given(st.lists(rows, min_size=1, max_size=5))
def test_rows_one_after_another_never_overlap_and_say_what_was_told_last(told: list[Told]) -> None:
    line = timeline(version(1, 3, 12, "A"), version(2, 12, None, "B"))
    for row in told:
        row_said = said(row.start, row.end, name=row.name, end_told=row.end_told or row.end is not None)
        before = line.pieces
        if line.lay(row_said) is Outcome.NEW:
            assert line.pieces == before
            continue
        for number in range(HORIZON):
            holding = [
                piece
                for piece in line.pieces
                if piece.start <= day(number) and (piece.end is None or day(number) < piece.end)
            ]
            assert len(holding) <= 1
            earlier = [
                piece
                for piece in before
                if piece.start <= day(number) and (piece.end is None or day(number) < piece.end)
            ]
            if number < row.start:
                assert [piece.values["name"] for piece in holding] == [piece.values["name"] for piece in earlier]
            elif earlier and (row.end is None or number < row.end):
                assert holding[0].values["name"] == row.name
    starts = [piece.start for piece in line.pieces]
    assert starts == sorted(starts)
