"""Findings about duties: posts that several lead, pledges whose day has passed."""

from collections.abc import Iterator
from dataclasses import replace

from gridgov.usecases import contacting
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


LOOKS: tuple[Look, ...] = (_disputed, _pledges_overdue)
