"""Findings about duties: posts that several lead, deputies in a circle, pledges whose day has passed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from gridgov.domain.privacy import shown_phone
from gridgov.storage.current import current
from gridgov.storage.models import CadreVersion, ContactVersion
from gridgov.usecases import contacting
from gridgov.usecases.deputies import DEPUTY
from gridgov.usecases.findings import Finding, Ground, Look, of_thing, place_of


def _disputed(ground: Ground) -> Iterator[Finding]:
    for tier in ground.profile.tiers:
        for row in contacting.places(ground.session, ground.at, ground.scope, tier.tier, "disputed"):
            held = row["holders"]
            told = {"tier": tier.tier, "holders": [each.holder for each in held]}
            later = [each.contact for each in held if not each.confirmed] or [each.contact for each in held]
            place = place_of(ground.units[ground.index[row["unit"]]].geometry)
            thing = ("contacts", later[-1]) if later else None
            yield Finding("error", "disputed_post", row["code"], row["unit"], place, told, thing)


def _circular_deputies(ground: Ground) -> Iterator[Finding]:
    """Yield the deputies for whom the lead they stand in for stands in, directly or through others."""
    post = {tier.tier: tier.exclusive for tier in ground.profile.tiers}
    told_of = ContactVersion.role.in_({DEPUTY, *post.values()}), ContactVersion.cadre_id.is_not(None)
    wanted = current(ContactVersion, ground.at, ground.scope).where(*told_of).order_by(ContactVersion.id)
    leads, deputies, stand_in = defaultdict(list), [], defaultdict(set)
    for held in ground.session.scalars(wanted):
        if held.role == DEPUTY and held.unit_id in ground.index:
            deputies.append(held)
        elif held.role == post.get(held.tier):
            leads[held.tier, held.unit_id].append(held.cadre_id)
    for held in deputies:
        for lead in leads[held.tier, held.unit_id]:
            stand_in[lead].add(held.cadre_id)
    circles = [
        (held, lead)
        for held in deputies
        for lead in leads[held.tier, held.unit_id]
        if lead in _standing_in(stand_in, held.cadre_id)
    ]
    met = {person for held, lead in circles for person in (held.cadre_id, lead)}
    people = contacting.last_known(ground.session, CadreVersion, met, ground.at)
    for held, lead in circles:
        unit = ground.units[ground.index[held.unit_id]]
        told: dict[str, object] = {"name": unit.name or unit.code}
        told |= {"deputy": _called(people.get(held.cadre_id or 0)), "lead": _called(people.get(lead or 0))}
        thing = ("contacts", held.contact_id)
        yield Finding("warning", "circular_deputies", unit.code, unit.unit_id, place_of(unit.geometry), told, thing)


def _called(person: CadreVersion | None) -> str:
    return "" if person is None else shown_phone(person.name) or ""


def _standing_in(stand_in: Mapping[int | None, set[int | None]], absent: int | None) -> set[int | None]:
    """Return who stands in for somebody absent, directly or through others, and himself."""
    found, left = {absent}, [absent]
    while left:
        new = stand_in.get(left.pop(), set()) - found
        found |= new
        left += new
    return found


def _pledges_overdue(ground: Ground) -> Iterator[Finding]:
    day = ground.at.day.isoformat()
    for partner in ground.things("partners"):
        for pledge in partner.pledges:
            due, kept = pledge.get("due"), pledge.get("kept")
            if due and due < day and not (kept and kept <= day):
                found = of_thing("partners", partner, "info", "pledge_overdue", text=pledge["text"], due=due)
                number = ground.index.get(partner.unit_id)
                unit_place = None if number is None else place_of(ground.units[number].geometry)
                yield replace(found, place=found.place or unit_place)


LOOKS: tuple[Look, ...] = (_disputed, _circular_deputies, _pledges_overdue)
