"""Who may stand in for whom: nobody for himself, and nobody for somebody who stands in for him (DOMAIN §2.6)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridgov.domain.privacy import shown_phone
from gridgov.domain.units import LevelProfile, Period
from gridgov.storage.current import At
from gridgov.storage.models import CadreVersion, ContactVersion
from gridgov.usecases import contacting
from gridgov.usecases.hand import Hand, refuse
from gridgov.usecases.merging import Ready, Tally
from gridgov.usecases.resolving import Resolver
from gridgov.usecases.timelines import Outcome

DEPUTY = "deputy"
Days = tuple[date, date | None]
Post = tuple[int, int]
"""A tier and a unit, by number."""


@dataclass(frozen=True)
class _StandIn:
    """A deputy stands in for a lead, both by number, while both contacts hold."""

    lead: int
    deputy: int
    start: date
    end: date | None

    def during(self, start: date, end: date | None) -> Days | None:
        """Return the part of a period in which it holds, or None."""
        if not Period(self.start, self.end).meets(Period(start, end)):
            return None
        return max(self.start, start), min((day for day in (self.end, end) if day is not None), default=None)


@dataclass(frozen=True)
class Unfit:
    """Why somebody can't stand in: the refusal, and who is meant by number."""

    code: str
    people: dict[str, int]

    def told(self, session: Session, at: At) -> dict[str, str]:
        """Return who is meant by name."""
        known = contacting.last_known(session, CadreVersion, set(self.people.values()), at)
        return {name: (shown_phone(known[one].name) or "") if one in known else "" for name, one in self.people.items()}


class StandIns:
    """Who leads which posts and who stands in for them on a day or later, all over the city."""

    def __init__(self, session: Session, profile: LevelProfile, day: date) -> None:
        post = {tier.tier: tier.exclusive for tier in profile.tiers}
        self._leads: dict[Post, list[ContactVersion]] = defaultdict(list)
        self._deputies: dict[Post, list[ContactVersion]] = defaultdict(list)
        ends = or_(ContactVersion.valid_to.is_(None), ContactVersion.valid_to > day)
        told_of = ContactVersion.role.in_({DEPUTY, *post.values()}), ContactVersion.cadre_id.is_not(None)
        wanted = select(ContactVersion).where(ContactVersion.superseded_by.is_(None), ends, *told_of)
        for held in session.scalars(wanted.order_by(ContactVersion.valid_from, ContactVersion.id)):
            if held.role == DEPUTY:
                self._deputies[held.tier, held.unit_id].append(held)
            elif held.role == post.get(held.tier):
                self._leads[held.tier, held.unit_id].append(held)
        self._all = list(self._standing_in())

    def unfit(self, on: Post, deputy: int, start: date, end: date | None) -> Unfit | None:
        """Tell why somebody can't stand in on a post for some days: he leads it, or its lead stands in for him then."""
        for lead in self._leads.get(on, ()):
            mine = _StandIn(lead.cadre_id or 0, deputy, lead.valid_from, lead.valid_to).during(start, end)
            if mine is None:
                continue
            if lead.cadre_id == deputy:
                return Unfit("deputy_leads", {"deputy": deputy})
            if _reaches(self._all, deputy, lead.cadre_id or 0, mine):
                return Unfit("deputy_circular", {"deputy": deputy, "lead": lead.cadre_id or 0})
        return None

    def unfit_for(self, on: Post, start: date, end: date | None) -> Unfit | None:
        """Tell why any of those who stand in on a post can't for its lead of some days."""
        for held in self._deputies.get(on, ()):
            days = _StandIn(0, 0, held.valid_from, held.valid_to).during(start, end)
            found = None if days is None else self.unfit(on, held.cadre_id or 0, *days)
            if found is not None:
                return found
        return None

    def _standing_in(self) -> Iterator[_StandIn]:
        for on, deputies in self._deputies.items():
            for deputy in deputies:
                for lead in self._leads.get(on, ()):
                    both = _StandIn(0, 0, deputy.valid_from, deputy.valid_to).during(lead.valid_from, lead.valid_to)
                    if both is not None:
                        yield _StandIn(lead.cadre_id or 0, deputy.cadre_id or 0, *both)


def refuse_unfit_deputy(hand: Hand, ready: Ready) -> None:
    """Refuse a deputy who leads the post himself then, or for whom its lead stands in, directly or through others."""
    deputy = ready.values["cadre_id"]
    if ready.values["role"] != DEPUTY or deputy is None:
        return
    stand_ins = StandIns(hand.session, hand.profile, hand.day)
    found = stand_ins.unfit((ready.values["tier"], ready.values["unit_id"]), deputy, ready.start, ready.end)
    if found is not None:
        raise refuse("holder", None, found.code, **found.told(hand.session, hand.at))


def reject_unfit_deputies(resolver: Resolver, written: Tally) -> None:
    """Reject the rows by which a deputy is none any more, or a circle of deputies comes about; all stands written."""
    moved = [fate.ready for fate in written.outcomes if fate.outcome in {Outcome.NEW, Outcome.CHANGED}]
    if not moved:
        return
    stand_ins = StandIns(resolver.session, resolver.profile, resolver.day)
    leads = {(tier.tier, tier.exclusive) for tier in resolver.profile.tiers}
    for ready in moved:
        on = ready.values["tier"], ready.values["unit_id"]
        found = None
        if ready.values["role"] == DEPUTY and ready.values["cadre_id"] is not None:
            found = stand_ins.unfit(on, ready.values["cadre_id"], ready.start, ready.end)
        elif (on[0], ready.values["role"]) in leads:
            found = stand_ins.unfit_for(on, ready.start, ready.end)
        if found is not None:
            told = found.told(resolver.session, At(max(ready.start, resolver.day)))
            resolver.intake.reject(ready.row, "holder", ready.row.values["holder"], found.code, **told)


def _reaches(stand_ins: Sequence[_StandIn], absent: int, wanted: int, days: Days) -> bool:
    """Tell whether who is absent is stood in for, through whomever, by somebody else on a day of some."""
    left = [one for one in stand_ins if one.lead != absent]
    for one in stand_ins:
        part = one.during(*days) if one.lead == absent else None
        if part is not None and (one.deputy == wanted or _reaches(left, one.deputy, wanted, part)):
            return True
    return False
