"""Who may stand in for whom: nobody for himself, and nobody for somebody who stands in for him (DOMAIN §2.6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gridgov.domain.privacy import shown_phone
from gridgov.domain.units import ContactTier, Period
from gridgov.storage.models import CadreVersion, ContactVersion
from gridgov.usecases import contacting
from gridgov.usecases.hand import Hand, refuse
from gridgov.usecases.merging import Ready

DEPUTY = "deputy"
Days = tuple[date, date | None]


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


def refuse_unfit_deputy(hand: Hand, ready: Ready) -> None:
    """Refuse a deputy who leads the post himself then, or for whom its lead stands in, directly or through others."""
    if ready.values["role"] != DEPUTY:
        return
    tier, unit, deputy = (ready.values[name] for name in ("tier", "unit_id", "cadre_id"))
    leads = _leads(hand, hand.profile.tier(tier), unit)
    if deputy is None or not leads:
        return
    stand_ins = _stand_ins(hand)
    for lead in leads:
        mine = _StandIn(lead.cadre_id or 0, deputy, lead.valid_from, lead.valid_to).during(ready.start, ready.end)
        if mine is None:
            continue
        if lead.cadre_id == deputy:
            raise refuse("holder", None, "deputy_leads", deputy=_named(hand, deputy))
        if _reaches(stand_ins, deputy, lead.cadre_id or 0, mine):
            named = {"deputy": _named(hand, deputy), "lead": _named(hand, lead.cadre_id or 0)}
            raise refuse("holder", None, "deputy_circular", **named)


def _leads(hand: Hand, tier: ContactTier, unit: int) -> list[ContactVersion]:
    same = (ContactVersion.tier == tier.tier, ContactVersion.role == tier.exclusive, ContactVersion.unit_id == unit)
    return hand.lasting(ContactVersion, *same, ContactVersion.cadre_id.is_not(None))


def _stand_ins(hand: Hand) -> list[_StandIn]:
    """Return who stands in for whom on the day or later, all over the city."""
    deputies = hand.lasting(ContactVersion, ContactVersion.role == DEPUTY, ContactVersion.cadre_id.is_not(None))
    found = []
    for deputy in deputies:
        for lead in _leads(hand, hand.profile.tier(deputy.tier), deputy.unit_id):
            both = _StandIn(0, 0, deputy.valid_from, deputy.valid_to).during(lead.valid_from, lead.valid_to)
            if both is not None:
                found.append(_StandIn(lead.cadre_id or 0, deputy.cadre_id or 0, *both))
    return found


def _reaches(stand_ins: Sequence[_StandIn], absent: int, wanted: int, days: Days) -> bool:
    """Tell whether who is absent is stood in for, through whomever, by somebody else on a day of some."""
    left = [one for one in stand_ins if one.lead != absent]
    for one in stand_ins:
        part = one.during(*days) if one.lead == absent else None
        if part is not None and (one.deputy == wanted or _reaches(left, one.deputy, wanted, part)):
            return True
    return False


def _named(hand: Hand, cadre: int) -> str:
    person = contacting.last_known(hand.session, CadreVersion, {cadre}, hand.at).get(cadre)
    return (shown_phone(person.name) or "") if person else ""
