"""Who is meant by a code: the identities that stand in the database, and those being written now."""

from collections import defaultdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.units import LevelProfile
from gridgov.storage.models import (
    CadreVersion,
    DepartmentVersion,
    SiteVersion,
    UnitVersion,
)


class Directory:
    """Codes and what they name, loaded once per batch and kept up while it writes."""

    def __init__(self, session: Session, profile: LevelProfile) -> None:
        self.session = session
        self.profile = profile
        self._units: dict[str, dict[str, int]] | None = None
        self._codes: dict[Any, dict[str, int]] = {}

    def unit(self, code: str, *levels: str) -> int | None:
        """Return the unit a code names on one of the levels, the highest first; on any level where none is given."""
        known = self._by_level()
        for level in levels or tuple(level.id for level in self.profile.levels):
            found = known[level].get(code)
            if found is not None:
                return found
        return None

    def department(self, code: str) -> int | None:
        """Return the department a code names."""
        return self._coded(DepartmentVersion, DepartmentVersion.department_id).get(code)

    def cadre(self, code: str) -> int | None:
        """Return the cadre a code names."""
        return self._coded(CadreVersion, CadreVersion.cadre_id).get(code)

    def site(self, code: str) -> int | None:
        """Return the site a code names."""
        return self._coded(SiteVersion, SiteVersion.site_id).get(code)

    def forget(self) -> None:
        """Look again: something new was written."""
        self._units = None
        self._codes.clear()

    def _by_level(self) -> dict[str, dict[str, int]]:
        if self._units is None:
            self._units = defaultdict(dict)
            columns = select(UnitVersion.level, UnitVersion.code, UnitVersion.unit_id)
            standing = columns.where(UnitVersion.superseded_by.is_(None)).order_by(
                UnitVersion.valid_from, UnitVersion.id
            )
            for level, code, unit in self.session.execute(standing):
                self._units[level][code] = unit
        return self._units

    def _coded(self, model: Any, identity: Any) -> dict[str, int]:
        if model not in self._codes:
            columns = select(model.code, identity).where(model.superseded_by.is_(None))
            self._codes[model] = dict(self.session.execute(columns.order_by(model.valid_from, model.id)).all())
        return self._codes[model]
