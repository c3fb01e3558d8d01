"""What the tests of editing by hand share: where things are, what stands, and what was refused."""

from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridgov.errors import GridgovError
from gridgov.spatial.crs import to_geographic
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import (
    Batch,
)
from gridgov.storage.versions import version_models
from gridgov.usecases import contacting, editing, things
from gridgov.usecases.acts import Act, Part, RefusedError
from gridgov.usecases.targets import TARGETS
from tests.cases import CRS, placed

ALL = Scope.everything()
THEN = date(2026, 6, 1)
BEFORE = date(2026, 5, 31)


def here(shape: BaseGeometry) -> BaseGeometry:
    """Return a shape of the small place's metres in longitude and latitude."""
    return to_geographic(np.array([placed(shape)], dtype=object), CRS)[0]


def number(session: Session, kind: str, code: str, **also: Any) -> int:
    """Return the identity of what bears a code."""
    model: Any = TARGETS[kind].version
    wanted = select(getattr(model, model.subject)).where(model.superseded_by.is_(None), model.code == code)
    for name, value in also.items():
        wanted = wanted.where(getattr(model, name) == value)
    return int(session.scalars(wanted).unique().first() or 0)


def now(session: Session, model: Any, day: date = THEN, **said: Any) -> list[Any]:
    """Return what stands on a day and says something."""
    wanted = current(model, At(day), ALL)
    for name, value in said.items():
        wanted = wanted.where(getattr(model, name) == value)
    return list(session.scalars(wanted.order_by(model.id)))


def do(session: Session, act: Act, scope: Scope = ALL, **more: Any) -> Batch:
    return editing.apply(session, act, scope, **more)


def refused(session: Session, act: Act) -> dict[str | None, str]:
    """Return the codes of what is wrong with an act, by field; nothing was written then."""
    before = rows(session)
    with pytest.raises(RefusedError) as error:
        do(session, act)
    assert rows(session) == before
    return {problem.field: problem.code for problem in error.value.problems}


def refusal(session: Session, act: Act, scope: Scope = ALL) -> str:
    """Return the code of the refusal of an act as a whole; nothing was written then."""
    before = rows(session)
    with pytest.raises(GridgovError) as error:
        do(session, act, scope)
    assert rows(session) == before
    return error.value.code


def rows(session: Session) -> dict[str, int]:
    return {
        model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0
        for model in (*version_models(), Batch)
    }


def standing(session: Session) -> list[tuple[Any, ...]]:
    """Return all that stands, told without its numbers."""
    told = []
    for kind in things.KINDS:
        model: Any = TARGETS[kind].version
        for one in session.scalars(select(model).where(model.superseded_by.is_(None))):
            place = getattr(one, "geometry", None)
            subject = getattr(one, one.subject)
            told.append((kind, subject, one.valid_from, one.valid_to, getattr(one, "code", None), place and place.wkt))
    return sorted(told, key=str)


def lead(session: Session, day: date, unit: str = "C1") -> list[str]:
    held = contacting.contacts_of(session, At(day), ALL, [number(session, "units", unit)])
    return [one.holder for one in held if one.role in {"lead", "first_secretary"}]


def halves(**counts: tuple[str, str]) -> tuple[Part, ...]:
    left, right = shapely.box(50, 50, 160, 250), shapely.box(160, 50, 250, 250)
    first = {name: told[0] for name, told in counts.items()}
    second = {"code": "C1-2", "name": "桂花苑东区"} | {name: told[1] for name, told in counts.items()}
    return Part(first, here(left)), Part(second, here(right))
