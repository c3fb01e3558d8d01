"""Who follows whom in rows that carry their contact's number: a holder overwritten there is a hand-over.

Without a number a row of another holder is a second one, which an import keeps beside the first and flags.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridgov.domain.intake import Problem
from gridgov.domain.names import folded
from gridgov.domain.posts import contact_role
from gridgov.domain.privacy import shown_phone
from gridgov.storage.models import CadreVersion, ContactVersion, DepartmentVersion
from gridgov.storage.versions import Revision, revise
from gridgov.usecases import contact_numbers, holding
from gridgov.usecases.contact_numbers import key_of
from gridgov.usecases.lookups import things_for
from gridgov.usecases.merging import Fate, Ready, Tally
from gridgov.usecases.resolving import Resolver
from gridgov.usecases.staging import Row
from gridgov.usecases.timelines import Outcome

Called = tuple[frozenset[str], frozenset[str], str]


@dataclass(frozen=True)
class Known:
    """A contact that rows name by its number: its standing versions in time's order, and what its holder goes by."""

    versions: tuple[ContactVersion, ...]
    codes: frozenset[str]
    names: frozenset[str]
    called: str

    @property
    def now(self) -> ContactVersion:
        """The last version: all say the same holder, role and place, but where places were joined."""
        return self.versions[-1]

    @property
    def end(self) -> date | None:
        """When it ends."""
        return self.now.valid_to


@dataclass(frozen=True)
class Succession:
    """A row by which somebody follows the holder of a contact from the row's first day on."""

    ready: Ready
    old: Known


class Numbered:
    """Rows of contacts with the contacts their numbers mean."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.successions: list[Succession] = []
        self._known = _meant(resolver.session, resolver.intake.rows)
        self._kept = {
            row.values["contact_number"]
            for row in resolver.intake.rows
            if (old := self._old(row)) is not None and self._says_itself(row, old)
        }

    def ready(self, row: Row) -> Ready | None:
        """Resolve a row; None after rejecting it."""
        number, old = row.values.get("contact_number"), self._old(row)
        if number is not None and old is None:
            self._warn(row, "contact_number", number, "contact_number_unknown")
        if old is None or number in self._kept:
            return holding.contact(self.resolver, row)
        if not self._on_its_place(row, old):
            self.resolver.intake.reject(row, "contact_number", number, "contact_number_elsewhere", holder=old.called)
            return None
        return self._following(row, old)

    def end_those_followed(self, batch: int) -> None:
        """End each contact on the day somebody follows, and tell who follows whom."""
        first: dict[int, tuple[date, Known]] = {}
        for one in self.successions:
            day = min(one.ready.start, first.get(one.old.now.contact_id, (date.max,))[0])
            first[one.old.now.contact_id] = day, one.old
        ended = [
            Revision(version, max(version.valid_from, day), None)
            for day, old in first.values()
            for version in old.versions
            if version.valid_to is None or version.valid_to > day
        ]
        revise(self.resolver.session, ContactVersion, batch, ended)
        self.resolver.session.expire_all()

    def told(self, tally: Tally) -> Tally:
        """Return what became of the rows, a hand-over as a change of the holder."""
        names = _holders(self.resolver.session, (one.ready for one in self.successions))
        following = {id(one.ready): one for one in self.successions}
        fates = []
        for fate in tally.outcomes:
            one = following.get(id(fate.ready))
            fates.append(fate if one is None else self._handed_over(fate, one, names))
        return Tally.of(fates)

    def _old(self, row: Row) -> Known | None:
        number = row.values.get("contact_number")
        known = None if number is None else self._known.get(contact_numbers.identity_in(number) or 0)
        return None if known is None or not contact_numbers.fits(str(number), known.versions) else known

    def _on_its_place(self, row: Row, old: Known) -> bool:
        tiers = [tier for tier in self.resolver.profile.tiers if tier.tier == row.values["tier"] == old.now.tier]
        day = self.resolver.day_of(row)
        return any(self.resolver.directory.unit(row.values["unit"], day, t.level) == old.now.unit_id for t in tiers)

    def _says_itself(self, row: Row, old: Known) -> bool:
        """Tell whether a row says its contact's place, role and holder as they stand."""
        if not self._on_its_place(row, old):
            return False
        roles = self.resolver.profile.tier(old.now.tier).roles
        name = row.values.get("holder_name")
        renamed = name is not None and folded(name) not in old.names
        return (
            contact_role(row.values["role"], roles) == old.now.role
            and (row.values["holder"] in old.codes or folded(row.values["holder"]) in old.names)
            and not renamed
        )

    def _following(self, row: Row, old: Known) -> Ready | None:
        """Resolve a row whose holder or role was overwritten: from when on, it says, or the import's day does."""
        overwritten = _overwritten(row, old, self.resolver.day)
        ready = holding.contact(self.resolver, overwritten)
        if ready is None:
            return None
        if _key(ready) == key_of(old.now):  # the same holder, called otherwise
            return holding.contact(self.resolver, row)
        ready = replace(ready, start_told=self.resolver.told_start or _start_told(row, old))
        if old.end is None or old.end > ready.start:
            self.successions.append(Succession(ready, old))
        elif not self._stands(ready):
            told = {"holder": old.called, "day": old.end.isoformat()}
            self.resolver.intake.reject(
                row, "contact_number", row.values["contact_number"], "contact_number_over", **told
            )
            return None
        return ready

    def _stands(self, ready: Ready) -> bool:
        """Tell whether what a row says stands already, as where a file comes in once more."""
        says = [getattr(ContactVersion, name) == ready.values[name] for name in contact_numbers.KEY]
        lasts = or_(ContactVersion.valid_to.is_(None), ContactVersion.valid_to > ready.start)
        same = select(ContactVersion.id).where(ContactVersion.superseded_by.is_(None), lasts, *says)
        return self.resolver.session.scalar(same.limit(1)) is not None

    def _handed_over(self, fate: Fate, one: Succession, names: dict[tuple[bool, int], str]) -> Fate:
        day, old = one.ready.start, one.old
        before, after = old.called, names.get(_holder(one.ready), "")
        code = "contact_handed_over" if old.versions[0].valid_from < day else "contact_replaced"
        self._warn(one.ready.row, "holder", None, code, before=before, after=after, day=day.isoformat())
        told = [("holder", before, after)] if before != after else []
        if one.ready.values["role"] != old.now.role:
            told.append(("role", old.now.role, one.ready.values["role"]))
        told.append(("valid_from", old.versions[0].valid_from.isoformat(), day.isoformat()))
        return fate._replace(outcome=Outcome.CHANGED, beside=("contacts", old.now.contact_id), told=tuple(told))

    def _warn(self, row: Row, name: str, value: object, code: str, **params: object) -> None:
        self.resolver.intake.warnings.append((row.file, Problem(row.number, name, value, code, params)))


def _meant(session: Session, rows: Iterable[Row]) -> dict[int, Known]:
    """Return the contacts that rows name by number, by identity."""
    told = (row.values.get("contact_number") for row in rows)
    numbers = {number for text in told if text and (number := contact_numbers.identity_in(text)) is not None}
    standing = select(ContactVersion).where(ContactVersion.superseded_by.is_(None)).order_by(ContactVersion.valid_from)
    found: dict[int, list[ContactVersion]] = defaultdict(list)
    for version in things_for(session, standing, ContactVersion.contact_id, numbers):
        found[version.contact_id].append(version)
    called = _called(session, [versions[-1] for versions in found.values()])
    return {number: Known(tuple(versions), *called[number]) for number, versions in found.items()}


def _overwritten(row: Row, old: Known, day: date) -> Row:
    """Return a row of a hand-over with its days, and with the name for holder where only that was overwritten.

    It begins on its day where that was overwritten, else on the import's, not before the contact does; it ends on a
    last day that was overwritten.
    """
    told = dict(row.values)
    if not _start_told(row, old):
        told["valid_from"] = max(day, old.versions[0].valid_from)
    if told.get("valid_to") in {version.valid_to for version in old.versions}:
        del told["valid_to"]
    name = told.get("holder_name")
    if name is not None and folded(name) not in old.names and told["holder"] in old.codes:
        told["holder"] = name
    return replace(row, values=told)


def _start_told(row: Row, old: Known) -> bool:
    start = row.values.get("valid_from")
    return start is not None and start not in {version.valid_from for version in old.versions}


def _key(ready: Ready) -> tuple[Any, ...]:
    return tuple(ready.values[name] for name in contact_numbers.KEY)


def _holder(ready: Ready) -> tuple[bool, int]:
    """Return who holds a contact: whether a cadre, and his number, or the department's."""
    cadre: int | None = ready.values["cadre_id"]
    return (True, cadre) if cadre is not None else (False, ready.values["department_id"])


def _called(session: Session, contacts: Sequence[ContactVersion]) -> dict[int, Called]:
    """Return by contact the codes and folded names its holder goes or went by, and what to call him."""
    holders = {one.contact_id: (one.cadre_id is not None, one.cadre_id or one.department_id or 0) for one in contacts}
    bearers = _bearers(session, set(holders.values()))
    return {
        contact: (
            frozenset(one.code for one in bearers[holder]),
            frozenset(folded(name) for one in bearers[holder] for name in (one.name, shown_phone(one.name) or "")),
            _name(bearers[holder]),
        )
        for contact, holder in holders.items()
    }


def _holders(session: Session, rows: Iterable[Ready]) -> dict[tuple[bool, int], str]:
    return {holder: _name(known) for holder, known in _bearers(session, {_holder(one) for one in rows}).items()}


def _bearers(session: Session, holders: set[tuple[bool, int]]) -> dict[tuple[bool, int], list[Any]]:
    """Return the standing versions of some cadres and departments, in time's order."""
    found: dict[tuple[bool, int], list[Any]] = defaultdict(list)
    models: dict[bool, Any] = {True: CadreVersion, False: DepartmentVersion}
    for by_cadre, model in models.items():
        subject = getattr(model, model.subject)
        numbers = {number for kind, number in holders if kind is by_cadre}
        standing = select(model).where(model.superseded_by.is_(None)).order_by(model.valid_from)
        for version in things_for(session, standing, subject, numbers):
            found[by_cadre, getattr(version, model.subject)].append(version)
    return found


def _name(versions: Sequence[Any]) -> str:
    return f"{versions[-1].code} {shown_phone(versions[-1].name) or ''}".strip() if versions else ""
