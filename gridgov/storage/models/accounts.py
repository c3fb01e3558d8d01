"""Accounts, their roles on areas, and the counters that slow down guessing."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridgov.storage.models.base import Base


class Account(Base):
    """Somebody who may sign in. `stamp` changes with the password: sessions from before it end.

    `language` is a setting: the one chosen last, for the next device that the account signs in on.
    """

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    stamp: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    cadre_id: Mapped[int | None] = mapped_column(ForeignKey("cadre.id"), index=True)
    language: Mapped[str | None]


class AccountRole(Base):
    """A role of an account on an area: a unit and all below it, or the whole city where there is no unit."""

    __tablename__ = "account_role"
    __table_args__ = (UniqueConstraint("account_id", "role", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    role: Mapped[str]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)


class LoginThrottle(Base):
    """Failed sign-ins under one key (a digest of name and address) since the counter began.

    Successful ones leave no row: the table can't tell who used the product when.
    """

    __tablename__ = "login_throttle"

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    since: Mapped[datetime]
