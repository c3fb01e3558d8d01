"""Rows that speak of persons: who is meant by a code or a name; of homonyms the one in the department told.

Where that leaves several nobody is guessed: the row is rejected, names them, and asks which.
"""

from collections.abc import Sequence

from sqlalchemy import select

from gridgov.domain.fields import GIVEN
from gridgov.domain.names import folded, name_and_office
from gridgov.domain.posts import DEPARTMENT_ROLES, contact_role
from gridgov.domain.privacy import shown_phone, withholds
from gridgov.errors import InputError
from gridgov.storage.models import PostVersion
from gridgov.usecases.directory import Bearer
from gridgov.usecases.merging import Ready
from gridgov.usecases.resolving import Resolver, plain
from gridgov.usecases.staging import Row


def cadre(resolver: Resolver, row: Row) -> Ready | None:
    """A cadre belongs to a department; one told without a code is known by name and department."""
    values = plain(row, "department")
    if row.values.get("department"):
        values["department_id"] = _department(resolver, row, "department", "row_department_unknown")
        if values["department_id"] is None:
            return None
    if not values.get("code"):
        values["code"] = _cadre_code(resolver, row, values.get("department_id"))
    return None if values["code"] is None else resolver.ready(row, values)


def post(resolver: Resolver, row: Row) -> Ready | None:
    """A standing post is a role of the city's catalogue on a unit of the role's level."""
    told = row.values["role"]
    role = next((role for role in resolver.profile.roles if told in {role.id, role.zh, role.en}), None)
    if role is None:
        known = ", ".join(role.id for role in resolver.profile.roles)
        resolver.intake.reject(row, "role", told, "cell_choice_unknown", known=known)
        return None
    unit = resolver.unit(row, "unit", role.level)
    if unit is None:
        return None
    values = plain(row, "unit") | {"role": role.id, "unit_id": unit}
    if withholds(str(values.setdefault("holder", None))):
        values["holder"] = _unmasked_holder(resolver, role.id, unit, values["holder"])
        if values["holder"] is None:
            resolver.intake.reject(row, "holder", row.values["holder"], "holder_withheld")
            return None
    return resolver.ready(row, values)


def contact(resolver: Resolver, row: Row) -> Ready | None:
    """A contact's tier tells the level of its unit, its role whether a cadre or a department holds it."""
    try:
        tier = resolver.profile.tier(row.values["tier"])
    except InputError as error:
        resolver.intake.reject(row, "tier", row.values["tier"], error.code)
        return None
    role = contact_role(row.values["role"], tier.roles)
    if role is None:
        known = ", ".join(tier.roles)
        resolver.intake.reject(row, "role", row.values["role"], "cell_choice_unknown", known=known)
        return None
    unit = resolver.unit(row, "unit", tier.level)
    by_department = role in DEPARTMENT_ROLES
    holder = _department(resolver, row, "holder", "holder_unknown") if by_department else _cadre(resolver, row)
    if unit is None or holder is None:
        return None
    held = {"cadre_id": None if by_department else holder, "department_id": holder if by_department else None}
    told = plain(row, "unit", "holder", "department", *GIVEN)
    return resolver.ready(row, told | {"unit_id": unit, "role": role} | held)


def _unmasked_holder(resolver: Resolver, role: str, unit: int, told: str) -> str | None:
    """Return who stands recorded behind a holder told with a masked number, or None."""
    kept = select(PostVersion.holder).where(
        PostVersion.superseded_by.is_(None), PostVersion.role == role, PostVersion.unit_id == unit
    )
    return next((holder for holder in resolver.session.scalars(kept) if shown_phone(holder) == told), None)


def _department(resolver: Resolver, row: Row, name: str, refusal: str) -> int | None:
    """Return the department a field names by its code or its name, or None after rejecting the row."""
    told, day = row.values[name], resolver.day_of(row)
    coded = resolver.directory.department(told, day)
    if coded is not None:
        return coded
    return _only(resolver, row, name, resolver.directory.department_bearers(told, day), refusal)


def _cadre(resolver: Resolver, row: Row) -> int | None:
    """Return the cadre a row's holder names by code, by name, or by name and department; None after rejecting it."""
    told, day = row.values["holder"], resolver.day_of(row)
    coded = resolver.directory.cadre(told, day)
    if coded is not None:
        return coded
    bearers = resolver.directory.cadre_bearers(told, day)
    if not bearers:
        name, office = name_and_office(told)
        bearers = resolver.directory.cadre_bearers(name, day)
        bearers = bearers if office is None else [one for one in bearers if _works_at(resolver, row, one, office)]
    if row.values.get("department"):
        bearers = [one for one in bearers if _works_at(resolver, row, one, row.values["department"])]
    return _only(resolver, row, "holder", bearers, "holder_unknown")


def _cadre_code(resolver: Resolver, row: Row, department: int | None) -> str | None:
    """Return the code of the cadre a row without one names, made of name and department where nobody bears the name.

    Who bears it in another department may have moved, or be somebody else: the row is rejected, and asks.
    """
    name = row.values["name"]
    bearers = resolver.directory.cadre_bearers(name, resolver.day_of(row))
    if not bearers:
        office = row.values.get("department")
        return f"{folded(name)}@{office}" if office else folded(name)
    here = [one for one in bearers if department is None or one.department == department]
    if len(here) == 1:
        return here[0].code
    _ask(resolver, row, "name", here or bearers)
    return None


def _works_at(resolver: Resolver, row: Row, bearer: Bearer, office: str) -> bool:
    day = resolver.day_of(row)
    if bearer.department is None:
        return False
    if resolver.directory.department(office, day) == bearer.department:
        return True
    return any(one.identity == bearer.department for one in resolver.directory.department_bearers(office, day))


def _only(resolver: Resolver, row: Row, name: str, bearers: Sequence[Bearer], refusal: str) -> int | None:
    if len(bearers) == 1:
        return bearers[0].identity
    if bearers:
        _ask(resolver, row, name, bearers)
    else:
        resolver.intake.reject(row, name, row.values[name], refusal)
    return None


def _ask(resolver: Resolver, row: Row, name: str, bearers: Sequence[Bearer]) -> None:
    """Reject a row that could mean several, and name them."""
    day = resolver.day_of(row)
    told = []
    for bearer in sorted(bearers, key=lambda one: one.code):
        office = resolver.directory.department_name(bearer.department, day)
        told.append(f"{bearer.code} {bearer.name}" + (f"（{office}）" if office else ""))
    resolver.intake.reject(row, name, row.values[name], "name_ambiguous", candidates="; ".join(told))
