"""Versions told as a person would type them: by the names of a form's fields, references as codes.

What nobody is shown (DOMAIN §4) is told as withheld, and a form that sends that back leaves it as it is.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridgov.domain.offers import write_pledges, write_resources
from gridgov.domain.privacy import WITHHELD, mask_phone, shown_phone, withholds
from gridgov.storage.models import CadreVersion, DepartmentVersion, SiteVersion, UnitVersion
from gridgov.usecases.agecounts import AGES, ages_of
from gridgov.usecases.lookups import things_for

Told = dict[str, str]
_WHO_LIVES_THERE = frozenset({"name", "address", "office_phone", "panorama"})


@dataclass(frozen=True)
class Codes:
    """What references stand for, of the versions told: codes, with the names behind them where somebody reads it."""

    units: dict[int, str]
    departments: dict[int, str]
    cadres: dict[int, str]
    sites: dict[int, str]


def tell(
    session: Session, kind: str, versions: Sequence[Any], names: Iterable[str], day: date, *, read: bool = False
) -> list[Told]:
    """Return each version's fields as texts, empty where it says nothing; references by their codes of a day.

    To be `read` by somebody rather than sent back, a reference's name stands behind its code.
    """
    codes = _codes(session, versions, day, _named if read else _coded)
    wanted = list(names)
    return [{name: _text(_said(kind, version, name, codes)) for name in wanted} for version in versions]


def _said(kind: str, version: Any, name: str, codes: Codes) -> object:
    special = _SPECIAL.get((kind, name))
    if special is not None:
        return special(version, codes)
    value = getattr(version, name)
    if value is None:
        return None
    if name == "home_community" or (kind == "units" and version.level == "household" and name in _WHO_LIVES_THERE):
        return WITHHELD
    if name in AGES:
        return ages_of(version)[name]
    if name == "mobile":
        number = mask_phone(value) or ""
        return number if withholds(number) else WITHHELD
    return shown_phone(value) if isinstance(value, str) else value


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _parent(version: Any, codes: Codes) -> str | None:
    """Return the code of the unit it hangs under; where it hangs by its place only, the code it was told."""
    if version.parent_id is None or version.orphan:
        told: str | None = version.parent_code
        return told
    return codes.units.get(version.parent_id)


def _holder(version: Any, codes: Codes) -> str | None:
    if version.cadre_id is not None:
        return codes.cadres.get(version.cadre_id)
    return codes.departments.get(version.department_id)


def _on_unit(version: Any, codes: Codes) -> str | None:
    return codes.units.get(version.unit_id)


_SPECIAL: dict[tuple[str, str], Callable[[Any, Codes], object]] = {
    ("units", "parent"): _parent,
    ("grids", "community"): _on_unit,
    ("gates", "compound"): _on_unit,
    ("services", "site"): lambda version, codes: codes.sites.get(version.site_id),
    ("cadres", "department"): lambda version, codes: codes.departments.get(version.department_id),
    ("branches", "compounds"): lambda version, codes: "; ".join(
        sorted(codes.units.get(unit, "") for unit in version.compounds)
    ),
    ("posts", "unit"): _on_unit,
    ("contacts", "unit"): _on_unit,
    ("contacts", "holder"): _holder,
    ("partners", "unit"): _on_unit,
    ("partners", "resources"): lambda version, _codes: shown_phone(write_resources(version.resources)),
    ("partners", "pledges"): lambda version, _codes: shown_phone(write_pledges(version.pledges)),
}


def _codes(session: Session, versions: Sequence[Any], day: date, text: Callable[[Any], str]) -> Codes:
    units = {getattr(version, name, None) for version in versions for name in ("unit_id", "parent_id")}
    units |= {unit for version in versions for unit in getattr(version, "compounds", ())}
    return Codes(
        units=_texts(session, UnitVersion, units, day, text),
        departments=_texts(session, DepartmentVersion, _meant(versions, "department_id"), day, text),
        cadres=_texts(session, CadreVersion, _meant(versions, "cadre_id"), day, text),
        sites=_texts(session, SiteVersion, _meant(versions, "site_id"), day, text),
    )


def _coded(version: Any) -> str:
    return str(version.code)


def _named(version: Any) -> str:
    hidden = version.name in {None, version.code} or getattr(version, "level", None) == "household"
    return str(version.code) if hidden else f"{version.code} {version.name}"


def _texts(
    session: Session, model: Any, identities: Iterable[int | None], day: date, text: Callable[[Any], str]
) -> dict[int, str]:
    """Return texts of some things: as they are on the day, else as they were last, else as they will first be."""
    subject = getattr(model, model.subject)
    wanted = select(model).where(model.superseded_by.is_(None)).order_by(model.valid_from)
    found: dict[int, str] = {}
    for version in things_for(session, wanted, subject, {number for number in identities if number is not None}):
        number = getattr(version, model.subject)
        if version.valid_from <= day or number not in found:
            found[number] = text(version)
    return found


def _meant(versions: Sequence[Any], name: str) -> set[int | None]:
    return {getattr(version, name, None) for version in versions}
