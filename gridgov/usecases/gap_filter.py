"""What of the gap list is asked for, and in which order: decided by what may be told, never by what is hidden."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, not_, or_, select
from sqlalchemy.orm import Session

from gridgov.domain.ages import TOLD_OF_GAPS
from gridgov.domain.privacy import SMALLEST_AGE_COUNT
from gridgov.errors import InputError
from gridgov.storage.among import among
from gridgov.storage.current import At, Scope, within
from gridgov.storage.models import Run, RunGap
from gridgov.usecases.agecounts import AgeCounts
from gridgov.usecases.gap_people import GapPeople
from gridgov.usecases.keeping import Kept
from gridgov.usecases.liaisons import without_liaison

COUNTED = ("people", *TOLD_OF_GAPS)
GAP_ORDERS = (*COUNTED, "metres", "type", "cause", "department")
_LEAST_FIRST = frozenset({"type", "cause", "department"})
_ROUNDED = 0.0005  # counts are stored to the thousandth
_PLAIN = ("scenario", "type", "cause", "required", "firm", "department")

_hidden_rows: Kept[list[int]] = Kept(4)


@dataclass(frozen=True)
class GapFilter:
    """What of the gap list is asked for: `vacant` where nobody is liaison, `turned` the other way round than usual.

    `people` and those of an age are how many a row has to tell at least.
    """

    scenario: str | None = None
    type: str | None = None
    cause: str | None = None
    area: int | None = None
    required: bool | None = None
    firm: bool | None = None
    department: str | None = None
    vacant: bool | None = None
    people: int | None = None
    people_60plus: int | None = None
    people_0_5: int | None = None
    people_6_14: int | None = None
    order: str = "people"
    turned: bool = False
    limit: int | None = None
    offset: int = 0


def narrowed(session: Session, wanted: Any, run: Run, scope: Scope, asked: GapFilter) -> Any:
    """Narrow a selection of gap rows to those that are asked for."""
    at = At(run.as_of, run.batch_id)
    wanted = wanted.where(RunGap.run_id == run.id, within(RunGap.unit_id, at, scope))
    for name in _PLAIN:
        told = getattr(asked, name)
        if told is not None:
            wanted = wanted.where(getattr(RunGap, name) == told)
    for name in COUNTED:
        least = getattr(asked, name)
        if least is not None:
            wanted = wanted.where(shown(session, run, name) >= least)
    if asked.area is not None:
        wanted = wanted.where(within(RunGap.unit_id, at, Scope.of({asked.area})))
    if asked.vacant is not None:
        places = without_liaison(session, run)
        without: Any = bindparam("without", places, expanding=True, literal_execute=True)
        wanted = wanted.where(RunGap.unit_id.in_(without) if asked.vacant else RunGap.unit_id.not_in(without))
    return wanted


def ordered(session: Session, wanted: Any, run: Run, scope: Scope, asked: GapFilter) -> Any:
    """Narrow a selection of gap rows, put it in order, and take the page of it that is asked for."""
    if asked.order not in GAP_ORDERS:
        raise InputError("order_unknown", value=asked.order, known=", ".join(GAP_ORDERS))
    column: Any = getattr(RunGap, asked.order)
    if asked.order in COUNTED:
        column = _people_told(run) if asked.order == "people" else shown(session, run, asked.order)
    least_first = (asked.order in _LEAST_FIRST) != asked.turned
    order = column.asc().nulls_last() if least_first else column.desc().nulls_last()
    rows = narrowed(session, wanted, run, scope, asked)
    return rows.order_by(order, RunGap.id).offset(asked.offset).limit(asked.limit)


def shown(session: Session, run: Run, name: str) -> ColumnElement[float]:
    """Return a count of a gap row as it is told, NULL where it is hidden or unknown."""
    count: ColumnElement[float] = getattr(RunGap, name).expression
    told, aged = [], sorted(AgeCounts(run).groups)
    if name in TOLD_OF_GAPS:  # as `age_part` tells it
        rest = RunGap.people - count
        told += [count >= SMALLEST_AGE_COUNT, or_(rest < _ROUNDED, rest > SMALLEST_AGE_COUNT - _ROUNDED)]
    if aged:
        large = RunGap.people >= SMALLEST_AGE_COUNT
        told.append(or_(RunGap.type.not_in(aged), large & not_(among(session, RunGap.id, _hidden(session, run)))))
    return case((and_(*told), count)) if told else count


def _people_told(run: Run) -> ColumnElement[float]:
    """Order counts of an age by tens: a hidden one's place between two shown ones would tell it."""
    aged = sorted(AgeCounts(run).groups)
    return (
        case((RunGap.type.not_in(aged), RunGap.people), else_=_by_tens(RunGap.people))
        if aged
        else RunGap.people.expression
    )


def _by_tens(counted: Any) -> ColumnElement[float]:
    tens = func.round(counted / SMALLEST_AGE_COUNT) * SMALLEST_AGE_COUNT
    return case((counted < SMALLEST_AGE_COUNT, 0.0), else_=tens)


def _hidden(session: Session, run: Run) -> list[int]:
    """Return the rows of ten people or more of an age that have to be hidden all the same."""

    def made() -> list[int]:
        aged = RunGap.type.in_(sorted(AgeCounts(run).groups))
        columns = select(RunGap.id, RunGap.unit_id, RunGap.type, RunGap.people)
        large = columns.where(RunGap.run_id == run.id, aged, RunGap.people >= SMALLEST_AGE_COUNT)
        rows = list(session.execute(large))
        people = GapPeople(session, run, rows)
        return [row.id for row in rows if people.people(row) is None]

    return _hidden_rows.of((str(session.get_bind().engine.url), run.id, run.hash, run.created_at), made)
