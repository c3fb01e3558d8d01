"""Who is meant by a code: the identities that stand in the database, and those being written now."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.names import folded
from gridgov.domain.units import LevelProfile, normal_code
from gridgov.storage.models import CadreVersion, DepartmentVersion, SiteVersion, UnitVersion


@dataclass(frozen=True)
class Meant:
    """What a code names: an identity, for how long, and on which level where it is a unit."""

    identity: int
    start: date
    end: date | None
    level: str = ""


@dataclass(frozen=True)
class Bearer:
    """Somebody or something that goes by a name; a cadre has a department."""

    identity: int
    code: str
    name: str
    end: date | None
    department: int | None = None

    def lasts(self, day: date) -> bool:
        """Tell whether it hasn't ended by a day."""
        return self.end is None or self.end > day


class Directory:
    """Codes and what they name, loaded once per batch and kept up while it writes."""

    def __init__(self, session: Session, profile: LevelProfile) -> None:
        self.session = session
        self.profile = profile
        self._units: dict[str, dict[str, list[Meant]]] = {}
        self._found: dict[tuple[str, date, tuple[str, ...]], list[Meant]] = {}
        self._codes: dict[Any, dict[str, list[Meant]]] = {}
        self._names: dict[Any, dict[str, list[Bearer]]] = {}

    def units(self, code: str, day: date, *levels: str) -> list[Meant]:
        """Return what a code names on the first of the levels that knows it; on any level where none is given.

        Several where the code stands twice. What has ended by the day is nobody's; what holds on it comes before what
        will only later.
        """
        asked = (code, day, levels)
        if asked not in self._found:
            self._found[asked] = self._find(code, day, levels or tuple(level.id for level in self.profile.levels))
        return self._found[asked]

    def unit(self, code: str, day: date, *levels: str) -> int | None:
        """Return the one unit a code names, or None where it names none or several."""
        found = self.units(code, day, *levels)
        return found[0].identity if len(found) == 1 else None

    def department(self, code: str, day: date) -> int | None:
        """Return the department a code names."""
        return self._coded(DepartmentVersion, DepartmentVersion.department_id, code, day)

    def cadre(self, code: str, day: date) -> int | None:
        """Return the cadre a code names."""
        return self._coded(CadreVersion, CadreVersion.cadre_id, code, day)

    def department_bearers(self, name: str, day: date) -> list[Bearer]:
        """Return the departments that go by a name, however it is spaced."""
        return self._bearing(DepartmentVersion, name, day)

    def cadre_bearers(self, name: str, day: date) -> list[Bearer]:
        """Return the cadres that go by a name, however it is spaced."""
        return self._bearing(CadreVersion, name, day)

    def department_name(self, department: int | None, day: date) -> str | None:
        """Return what a department is called on a day."""
        found = (one for some in self._names_of(DepartmentVersion).values() for one in some)
        return next((one.name for one in found if one.identity == department and one.lasts(day)), None)

    def site(self, code: str, day: date) -> int | None:
        """Return the site a code names."""
        return self._coded(SiteVersion, SiteVersion.site_id, code, day)

    def forget(self) -> None:
        """Look again: something new was written."""
        self._units.clear()
        self._found.clear()
        self._codes.clear()
        self._names.clear()

    def _find(self, code: str, day: date, levels: tuple[str, ...]) -> list[Meant]:
        for level in levels:
            if not self.profile.has(level):
                continue
            found = _standing(self._on(level).get(normal_code(code, self.profile.level(level)), ()), day)
            if found:
                return found
        return []

    def _on(self, level: str) -> dict[str, list[Meant]]:
        if level not in self._units:
            kept: dict[str, list[Meant]] = defaultdict(list)
            version = UnitVersion
            columns = select(version.code, version.unit_id, version.valid_from, version.valid_to)
            standing = columns.where(version.superseded_by.is_(None), version.level == level)
            for code, unit, start, end in self.session.execute(standing.order_by(version.valid_from, version.id)):
                kept[code].append(Meant(unit, start, end, level))
            self._units[level] = kept
        return self._units[level]

    def _bearing(self, model: Any, name: str, day: date) -> list[Bearer]:
        lasting = [one for one in self._names_of(model).get(folded(name), ()) if one.lasts(day)]
        return list({one.identity: one for one in lasting}.values())

    def _names_of(self, model: Any) -> dict[str, list[Bearer]]:
        if model not in self._names:
            kept: dict[str, list[Bearer]] = defaultdict(list)
            home = [model.department_id] if model is CadreVersion else []
            columns = select(getattr(model, model.subject), model.code, model.name, model.valid_to, *home)
            standing = columns.where(model.superseded_by.is_(None)).order_by(model.valid_from, model.id)
            for number, code, name, end, *office in self.session.execute(standing):
                kept[folded(name)].append(Bearer(number, code, name, end, *office))
            self._names[model] = kept
        return self._names[model]

    def _coded(self, model: Any, identity: Any, code: str, day: date) -> int | None:
        if model not in self._codes:
            kept: dict[str, list[Meant]] = defaultdict(list)
            columns = select(model.code, identity, model.valid_from, model.valid_to)
            standing = columns.where(model.superseded_by.is_(None)).order_by(model.valid_from, model.id)
            for known, number, start, end in self.session.execute(standing):
                kept[known].append(Meant(number, start, end))
            self._codes[model] = kept
        found = _standing(self._codes[model].get(code, ()), day)
        return found[0].identity if found else None


def _standing(named: Any, day: date) -> list[Meant]:
    lasting = [meant for meant in named if meant.end is None or meant.end > day]
    holding = [meant for meant in lasting if meant.start <= day] or lasting
    return list({meant.identity: meant for meant in holding}.values())
