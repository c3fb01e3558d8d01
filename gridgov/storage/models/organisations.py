"""Departments, cadres, branches, standing posts, contacts, partner bodies."""

from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.storage.models.base import Base, Located, Versioned
from gridgov.storage.types import Code


class Department(Base):
    """The identity of a department."""

    __tablename__ = "department"

    id: Mapped[int] = mapped_column(primary_key=True)


class DepartmentVersion(Versioned, Located, Base):
    """A department for a time."""

    __tablename__ = "department_version"
    subject = "department_id"

    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    code: Mapped[str] = mapped_column(Code, index=True)
    name: Mapped[str]
    phone: Mapped[str | None]
    address: Mapped[str | None]


class Cadre(Base):
    """The identity of a cadre."""

    __tablename__ = "cadre"

    id: Mapped[int] = mapped_column(primary_key=True)


class CadreVersion(Versioned, Base):
    """A cadre for a time: name, unit, post, office phone. A home is at most a community code, for matching only."""

    __tablename__ = "cadre_version"
    subject = "cadre_id"

    cadre_id: Mapped[int] = mapped_column(ForeignKey("cadre.id"))
    code: Mapped[str] = mapped_column(Code, index=True)
    name: Mapped[str]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    post: Mapped[str | None]
    office_phone: Mapped[str | None]
    mobile: Mapped[str | None]
    home_community: Mapped[str | None]


class Branch(Base):
    """The identity of a compound branch (小区党支部)."""

    __tablename__ = "branch"

    id: Mapped[int] = mapped_column(primary_key=True)


class BranchVersion(Versioned, Base):
    """A branch for a time: its formation, and whether its mechanism is enlarged."""

    __tablename__ = "branch_version"
    subject = "branch_id"

    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"))
    code: Mapped[str] = mapped_column(Code, index=True)
    name: Mapped[str]
    formation: Mapped[str]
    enlarged: Mapped[bool]
    compounds: Mapped[list[int]] = mapped_column(JSON)


class Post(Base):
    """The identity of a standing post held by somebody on a unit."""

    __tablename__ = "post"

    id: Mapped[int] = mapped_column(primary_key=True)


class PostVersion(Versioned, Base):
    """A standing post for a time: the role of the catalogue, the unit, who holds it, the office number."""

    __tablename__ = "post_version"
    subject = "post_id"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    role: Mapped[str] = mapped_column(index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    holder: Mapped[str | None]
    office_phone: Mapped[str | None]
    mobile: Mapped[str | None]


class Contact(Base):
    """The identity of one contact (包联)."""

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(primary_key=True)


class ContactVersion(Versioned, Base):
    """A contact: holder, unit, role, period, the document it rests on, who recorded it.

    The holder is a cadre, or a department in a pairing. Two columns are derived after each writing: `exclusive` says
    that only one may hold the role, `confirmed` that no earlier holder disputes it. Of an exclusive role the database
    itself refuses two confirmed holders on one day.
    """

    __tablename__ = "contact_version"
    subject = "contact_id"
    derived = frozenset({"confirmed", "exclusive"})

    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"))
    tier: Mapped[int]
    role: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    cadre_id: Mapped[int | None] = mapped_column(ForeignKey("cadre.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    document: Mapped[str | None]
    recorded_by: Mapped[str | None]
    confirmed: Mapped[bool] = mapped_column(default=False)
    exclusive: Mapped[bool] = mapped_column(default=False)


class Partner(Base):
    """The identity of a partner body."""

    __tablename__ = "partner"

    id: Mapped[int] = mapped_column(primary_key=True)


class PartnerVersion(Versioned, Located, Base):
    """A body around a community or compound for a time, with a contact, what it shares and what it pledged.

    `resources` are `{kind, text}`, `pledges` are `{text, due, kept}` with dates as ISO text; both in the order told.
    """

    __tablename__ = "partner_version"
    subject = "partner_id"

    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    code: Mapped[str] = mapped_column(Code, index=True)
    kind: Mapped[str]
    name: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    contact: Mapped[str | None]
    phone: Mapped[str | None]
    resources: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    pledges: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
