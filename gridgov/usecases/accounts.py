"""Who may sign in, and what each account may see: five roles, each on an area."""

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from ipaddress import ip_address, ip_network

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from gridgov.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import CadreVersion, ContactVersion
from gridgov.storage.models.accounts import Account, AccountRole, LoginThrottle

ROLES = ("coordinator", "cadre", "planner", "admin", "viewer")
SHORTEST_PASSWORD = 10
WINDOW = timedelta(minutes=15)
MOST_FAILURES = {"pair": 5, "address": 30, "name": 50}

_DEMO_PREFIX = "demo-"
_hasher = PasswordHasher()
_SIGNED_IN = (
    select(Account.id, Account.name, Account.stamp, Account.cadre_id, Account.language)
    .add_columns(AccountRole.role, AccountRole.unit_id)
    .outerjoin(AccountRole, AccountRole.account_id == Account.id)
    .where(Account.id == bindparam("account"), Account.active)
    .order_by(AccountRole.id)
)


@dataclass(frozen=True)
class Grant:
    """A role on an area; no unit means the whole city."""

    role: str
    unit_id: int | None = None


@dataclass(frozen=True)
class SignedIn:
    """The account behind a request."""

    id: int
    name: str
    stamp: str
    cadre_id: int | None
    language: str | None
    grants: tuple[Grant, ...]


@dataclass(frozen=True)
class AccountRow:
    """An account as the admin's list shows it."""

    name: str
    active: bool
    grants: tuple[Grant, ...]
    cadre_id: int | None


def add(
    session: Session, name: str, password: str, *, grants: Iterable[Grant] = (), cadre_id: int | None = None
) -> Account:
    """Create an account with its roles."""
    name = name.strip()
    if not name:
        raise InputError("account_name_missing")
    if find(session, name) is not None:
        raise ConflictError("account_exists", name=name)
    account = Account(
        name=name, password_hash=_hashed(password), stamp=secrets.token_hex(8), active=True, cadre_id=cadre_id
    )
    session.add(account)
    session.flush()
    for given in grants:
        grant(session, account, given)
    return account


def grant(session: Session, account: Account, given: Grant) -> None:
    """Give an account a role on an area; giving it twice changes nothing."""
    if given.role not in ROLES:
        raise InputError("role_unknown", value=given.role, known=", ".join(ROLES))
    if given not in grants_of(session, account.id):
        session.add(AccountRole(account_id=account.id, role=given.role, unit_id=given.unit_id))
        session.flush()


def revoke(session: Session, account: Account, taken: Grant) -> None:
    """Take a role on an area from an account."""
    session.execute(
        delete(AccountRole).where(
            AccountRole.account_id == account.id,
            AccountRole.role == taken.role,
            AccountRole.unit_id.is_(None) if taken.unit_id is None else AccountRole.unit_id == taken.unit_id,
        )
    )


def set_password(session: Session, account: Account, password: str) -> None:
    """Change the password; every session of the account ends."""
    account.password_hash = _hashed(password)
    account.stamp = secrets.token_hex(8)
    session.flush()


def disable(session: Session, name: str) -> None:
    """Close an account; its sessions end with the next request."""
    account = named(session, name)
    account.active = False
    account.stamp = secrets.token_hex(8)
    session.flush()


def find(session: Session, name: str) -> Account | None:
    """Return the account called `name`, if there is one."""
    return session.scalars(select(Account).where(Account.name == name)).one_or_none()


def named(session: Session, name: str) -> Account:
    """Return the account called `name`."""
    account = find(session, name)
    if account is None:
        raise NotFoundError("account_unknown", name=name)
    return account


def signed_in(session: Session, account_id: int, stamp: str) -> SignedIn | None:
    """Return the account of a session, unless it was disabled or its password changed since.

    Every request asks this first, so account and roles are read by one statement.
    """
    rows = session.connection().execute(_SIGNED_IN, {"account": account_id}).all()
    if not rows or not secrets.compare_digest(rows[0].stamp, stamp):
        return None
    first = rows[0]
    grants = tuple(Grant(row.role, row.unit_id) for row in rows if row.role is not None)
    return SignedIn(first.id, first.name, first.stamp, first.cadre_id, first.language, grants)


def keep_language(session: Session, account_id: int, language: str) -> None:
    """Remember the language somebody chose, for wherever the account signs in next."""
    session.execute(update(Account).where(Account.id == account_id).values(language=language))


def is_demo(name: str) -> bool:
    """Tell whether an account is one of the demo's: anybody's, so that it remembers nobody's choices."""
    return name.startswith(_DEMO_PREFIX)


def names(session: Session, numbers: Iterable[int | None]) -> dict[int, str]:
    """Return the names of some accounts by number."""
    wanted = select(Account.id, Account.name).where(
        Account.id.in_({number for number in numbers if number is not None})
    )
    return {number: name for number, name in session.execute(wanted)}  # noqa: C416


def is_open(session: Session, account_id: int) -> bool:
    """Tell whether an account may still do anything."""
    account = session.get(Account, account_id)
    return account is not None and account.active


def rows(session: Session) -> list[AccountRow]:
    """List the accounts by name."""
    granted: dict[int, list[Grant]] = {}
    for row in session.scalars(select(AccountRole).order_by(AccountRole.role, AccountRole.unit_id)):
        granted.setdefault(row.account_id, []).append(Grant(row.role, row.unit_id))
    return [
        AccountRow(account.name, account.active, tuple(granted.get(account.id, ())), account.cadre_id)
        for account in session.scalars(select(Account).order_by(Account.name))
    ]


def grants_of(session: Session, account_id: int) -> tuple[Grant, ...]:
    """Return the roles of an account."""
    found = session.scalars(select(AccountRole).where(AccountRole.account_id == account_id).order_by(AccountRole.id))
    return tuple(Grant(row.role, row.unit_id) for row in found)


def scope_of(grants: Iterable[Grant], roles: Iterable[str], own: frozenset[int] = frozenset()) -> Scope:
    """Return what those of the grants that are of these roles let an account see; nothing where none is.

    A role without a unit means the whole city, but for a cadre: he sees what he covers (`own`), and what else is
    granted to him by unit.
    """
    wanted = frozenset(roles)
    held = [given for given in grants if given.role in wanted]
    if any(given.unit_id is None and given.role != "cadre" for given in held):
        return Scope.everything()
    areas = {given.unit_id for given in held if given.unit_id is not None}
    if any(given.role == "cadre" for given in held):
        areas |= own
    return Scope.of(areas) if areas else Scope.nothing()


def cadre_by_code(session: Session, at: At, code: str) -> int:
    """Return the cadre a code names, for an account to be linked to."""
    found = session.scalar(current(CadreVersion, at, Scope.everything()).where(CadreVersion.code == code))
    if found is None:
        raise NotFoundError("cadre_code_unknown", code=code)
    return found.cadre_id


def own_units(session: Session, cadre_id: int, at: At) -> frozenset[int]:
    """Return the places a cadre covers: what his account may see without anybody granting it."""
    held = session.scalars(current(ContactVersion, at, Scope.everything()).where(ContactVersion.cadre_id == cadre_id))
    return frozenset(one.unit_id for one in held)


def demo_name(role: str) -> str:
    """Return the name of the demo's account in a role."""
    return _DEMO_PREFIX + role


def prepare_demo(session: Session, at: At) -> None:
    """Make the demo's account of each role, with a password nobody knows; safe to repeat.

    The cadre is the one who leads most compounds, so that his page has something to show.
    """
    for name in ROLES:
        if find(session, demo_name(name)) is None:
            cadre = _busiest_lead(session, at) if name == "cadre" else None
            add(session, demo_name(name), secrets.token_urlsafe(32), grants=[Grant(name)], cadre_id=cadre)


def authenticate(session: Session, name: str, password: str, address: str, now: datetime) -> Account | None:
    """Return the account if name and password fit; refuse to try at all after too many failures.

    Only reads, for hashing takes long and nobody should wait for it with the database locked: the caller notes the
    outcome by `note_attempt`. An unknown name costs the same time as a known one.
    """
    name = name.strip()
    _require_patience(session, _keys(name, address), now)
    account = find(session, name)
    fits = _fits(_nobodys() if account is None else account.password_hash, password)
    return account if account is not None and account.active and fits else None


def note_attempt(session: Session, name: str, address: str, now: datetime, *, fitted: bool) -> None:
    """Count a failed sign-in, or forget the failures of a pair that fitted; counters of before the window go."""
    keys = _keys(name.strip(), address)
    session.execute(delete(LoginThrottle).where(LoginThrottle.since <= _stored(now - WINDOW)))
    if fitted:
        session.execute(delete(LoginThrottle).where(LoginThrottle.key == keys["pair"]))
        return
    for key in keys.values():
        _count(session, key, now)


def _busiest_lead(session: Session, at: At) -> int | None:
    held = Counter(
        contact.cadre_id
        for contact in session.scalars(current(ContactVersion, at, Scope.everything()))
        if contact.role == "lead" and contact.cadre_id is not None
    )
    return max(held, key=lambda each: (held[each], -each), default=None)


def _hashed(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise InputError("password_short", least=SHORTEST_PASSWORD)
    return _hasher.hash(password)


@cache
def _nobodys() -> str:
    """Return a hash that nothing fits: a name that nobody has takes as long to refuse as a wrong password."""
    return _hasher.hash(secrets.token_hex(16))


def _fits(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _keys(name: str, address: str) -> dict[str, str]:
    address = _network(address)
    parts = {
        "pair": f"pair {name.casefold()} {address}",
        "address": f"address {address}",
        "name": f"name {name.casefold()}",
    }
    return {kind: sha256(text.encode()).hexdigest() for kind, text in parts.items()}


def _network(address: str) -> str:
    """Return an address, or of IPv6 the /64 it lies in: one subscriber has all of it."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((known, 64), strict=False)) if known.version == 6 else address


def _require_patience(session: Session, keys: dict[str, str], now: datetime) -> None:
    for kind, key in keys.items():
        counter = session.get(LoginThrottle, key)
        if counter is None or counter.failures < MOST_FAILURES[kind]:
            continue
        left = _utc(counter.since) + WINDOW - now
        if left > timedelta():
            raise ForbiddenError("login_wait", minutes=-(-left // timedelta(minutes=1)))


def _count(session: Session, key: str, now: datetime) -> None:
    counter = session.get(LoginThrottle, key)
    if counter is None:
        session.add(LoginThrottle(key=key, failures=1, since=_stored(now)))
    elif _utc(counter.since) + WINDOW <= now:
        counter.failures, counter.since = 1, _stored(now)
    else:
        counter.failures += 1
    session.flush()


def _stored(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
