"""The hand-over sheet of a place, in words: the same on its page and on paper."""

from collections.abc import Iterable, Sequence
from typing import Any

from gridgov.domain.privacy import shown_phone
from gridgov.domain.units import LevelProfile
from gridgov.reports.brief import Made, frame
from gridgov.reports.circle import beside, gap_told
from gridgov.reports.typesetting import typeset
from gridgov.sources.rulepacks import catalogue
from gridgov.usecases.contacting import Held
from gridgov.usecases.handover import Handover, Next
from gridgov.usecases.partnering import Body
from gridgov.wording import term, translate
from gridgov.wording.figures import day, named

TEMPLATE = "handover.typ"


def handover_pdf(told: Handover, profile: LevelProfile, made: Made, locale: str) -> bytes:
    """Return the sheet as PDF in a language."""
    return typeset(TEMPLATE, document(told, profile, made, locale), made.when)[0]


def document(told: Handover, profile: LevelProfile, made: Made, locale: str) -> dict[str, Any]:
    """Return everything that the sheet says, as tables of words of a language."""
    kind, title = translate("Hand-over sheet", locale), told.unit.name or told.unit.code
    return frame(kind, title, told.day, made, locale) | {
        "where": " › ".join(told.where),
        "facts": _facts(told, profile, locale),
        "sections": [
            _posts(told, profile, locale),
            _held(told.held, locale),
            _earlier(told.earlier, locale),
            _bodies(told.bodies, locale),
            _pledges(told.bodies, locale),
            _lacks(told, locale),
            _following(told.following, locale),
        ],
        "signed": [
            translate("Handed over by", locale),
            translate("Taken over by", locale),
            translate("Day", locale),
        ],
        "notes": translate(
            "A lead department answers for its services; the contact of a place is its liaison, never answerable for "
            "what it lacks.",
            locale,
        ),
    }


def _section(
    title: str, heads: Sequence[str], rows: Iterable[Sequence[str | None]], none: str, beside: str = ""
) -> dict[str, Any]:
    return {
        "title": title,
        "beside": beside,
        "heads": list(heads),
        "rows": [[cell or "" for cell in row] for row in rows],
        "none": none,
    }


def _facts(told: Handover, profile: LevelProfile, locale: str) -> list[tuple[str, str]]:
    unit, office = told.unit, told.office
    found = [
        (translate("Level", locale), named(profile.level(unit.level), locale)),
        (translate("Code", locale), unit.code),
    ]
    if told.branch is not None:
        formation = term("formation", told.branch["formation"], locale)
        found.append((translate("Branch", locale), f"{told.branch['name']} · {formation}"))
    if office is not None:
        said = " · ".join(part for part in (office["name"], office["address"], office["phone"]) if part)
        found.append((translate("Office", locale), said))
    return found


def _posts(told: Handover, profile: LevelProfile, locale: str) -> dict[str, Any]:
    roles = {role.id: named(role, locale) for role in profile.roles}
    rows = [
        [roles.get(post["role"], post["role"]), post["place"], post["holder"], post["office_phone"]]
        for post in told.posts
    ]
    heads = [
        translate("Post", locale),
        translate("Place", locale),
        translate("Held by", locale),
        translate("Office phone", locale),
    ]
    return _section(
        translate("Whom to call", locale), heads, rows, translate("No standing post is recorded here.", locale)
    )


def _held(held: list[Held], locale: str) -> dict[str, Any]:
    rows = [
        [
            f"{term('contact_tier', one.tier, locale)} · {term('contact_role', one.role, locale)}",
            _who(one),
            _period(one, locale),
            one.document,
            one.office_phone,
        ]
        for one in held
    ]
    heads = [
        translate("Post", locale),
        translate("Held by", locale),
        translate("Since and until", locale),
        translate("Document", locale),
        translate("Office phone", locale),
    ]
    none = translate("No contact is recorded here: the posts are vacant.", locale)
    return _section(translate("Contacts now", locale), heads, rows, none)


def _earlier(held: list[Held], locale: str) -> dict[str, Any]:
    rows = [[term("contact_role", one.role, locale), _who(one), _period(one, locale), one.document] for one in held]
    heads = [
        translate("Post", locale),
        translate("Held by", locale),
        translate("Since and until", locale),
        translate("Document", locale),
    ]
    none = translate("Nobody is recorded before.", locale)
    return _section(translate("Contacts before", locale), heads, rows, none)


def _bodies(bodies: list[Body], locale: str) -> dict[str, Any]:
    rows = [
        [
            body.name,
            term("partner_kind", body.kind, locale),
            body.contact,
            body.phone,
            translate(", ", locale).join(offer["text"] for offer in body.resources),
        ]
        for body in bodies
    ]
    heads = [
        translate("Body", locale),
        translate("Kind", locale),
        translate("Contact", locale),
        translate("Phone", locale),
        translate("Shares", locale),
    ]
    none = translate("No partner body is recorded here.", locale)
    return _section(translate("Partner bodies", locale), heads, rows, none)


def _pledges(bodies: list[Body], locale: str) -> dict[str, Any]:
    open_ones = [(body, one) for body in bodies for one in body.pledges if one.state != "kept"]
    rows = [
        [one.text, body.name, day(one.due, locale) if one.due else "", term("pledge_state", one.state, locale)]
        for body, one in open_ones
    ]
    heads = [
        translate("Pledge", locale),
        translate("Partner body", locale),
        translate("Due", locale),
        translate("State", locale),
    ]
    none = translate("No pledge is open.", locale)
    return _section(translate("Pledges not kept yet", locale), heads, rows, none)


def _lacks(told: Handover, locale: str) -> dict[str, Any]:
    title, known = translate("What people here lack", locale), catalogue()
    heads = [translate("Place", locale), translate("What is lacking", locale), translate("Lead department", locale)]
    if told.circle is None:
        return _section(title, heads, [], translate("No coverage has been computed yet.", locale))
    gaps = [gap_told(row, told.circle, known, locale) for row in told.circle.gaps]
    rows = [[gap["place"], gap["sentence"], gap["department"]] for gap in gaps]
    none = translate("Nothing of what is required is found lacking here.", locale)
    return _section(title, heads, rows, none, beside(told.circle, locale))


def _following(following: list[Next], locale: str) -> dict[str, Any]:
    rows = [
        [day(one.day, locale), term("next_date", one.kind, locale), " · ".join(_parts(one, locale))]
        for one in following
    ]
    heads = [translate("Day", locale), translate("What falls due", locale), translate("About", locale)]
    return _section(translate("Next dates", locale), heads, rows, translate("No date is set.", locale))


def _parts(one: Next, locale: str) -> list[str]:
    detail = term("contact_role", one.detail, locale) if one.kind == "contact_ends" else one.detail
    return [part for part in (one.subject, detail) if part]


def _who(one: Held) -> str:
    name = shown_phone(one.holder) or ""
    return f"{name} · {one.department}" if one.kind == "cadre" and one.department else name


def _period(one: Held, locale: str) -> str:
    return f"{day(one.since, locale)} – {day(one.until, locale) if one.until else ''}".rstrip()
