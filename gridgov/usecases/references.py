"""How a row names other things: by a code that means the same thing when the row is read again."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.storage.current import At
from gridgov.storage.models import CadreVersion, DepartmentVersion, UnitVersion
from gridgov.usecases import deployment
from gridgov.usecases.directory import Directory


class References:
    """The codes and names of units, cadres and departments at a time."""

    def __init__(self, session: Session, at: At) -> None:
        self.directory = Directory(session, deployment.profile(session))
        self._units = _Named(session, at, UnitVersion)
        self._cadres = _Named(session, at, CadreVersion)
        self._departments = _Named(session, at, DepartmentVersion)

    def unit(self, number: int, day: date, *levels: str) -> str | None:
        """Return a code of a unit that a row beginning on `day` means it by."""

        def meant(code: str) -> int | None:
            return self.directory.unit(code, day, *levels)

        return _meaning(number, self._units.codes[number], meant)

    def cadre(self, number: int, day: date) -> str | None:
        """Return a code of a cadre that a row beginning on `day` means him by."""
        return _meaning(number, self._cadres.codes[number], lambda code: self.directory.cadre(code, day))

    def department(self, number: int, day: date) -> str | None:
        """Return a code of a department that a row beginning on `day` means it by."""
        return _meaning(number, self._departments.codes[number], lambda code: self.directory.department(code, day))

    def unit_name(self, number: int | None) -> str | None:
        """Return what a unit is called."""
        return self._units.names.get(number or 0)

    def cadre_name(self, number: int | None) -> str | None:
        """Return what a cadre is called."""
        return self._cadres.names.get(number or 0)

    def department_name(self, number: int | None) -> str | None:
        """Return what a department is called."""
        return self._departments.names.get(number or 0)


class _Named:
    """The codes of things, that of the day first, and their names on it, or the last before it."""

    def __init__(self, session: Session, at: At, model: Any) -> None:
        identity = getattr(model, model.subject)
        columns = select(identity, model.code, model.name, model.valid_from, model.valid_to)
        standing = columns.where(model.superseded_by.is_(None)).order_by(model.valid_from, model.id)
        self.codes: dict[int, list[str]] = defaultdict(list)
        self.names: dict[int, str] = {}
        for number, code, name, start, end in session.execute(standing):
            if start <= at.day < (end or date.max):
                self.codes[number].insert(0, code)
            else:
                self.codes[number].append(code)
            if name and start <= at.day:
                self.names[number] = name


def _meaning(number: int, codes: Iterable[str], meant: Callable[[str], int | None]) -> str | None:
    told = list(dict.fromkeys(codes))
    return next((code for code in told if meant(code) == number), told[0] if told else None)
