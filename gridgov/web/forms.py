"""Forms of the editing pages: what is asked for, what was typed, and what is wrong with it, beside its field."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from flask import request
from shapely.geometry.base import BaseGeometry

from gridgov.domain.intake import Problem
from gridgov.domain.offers import Offer, read_resources
from gridgov.errors import GridgovError, InputError
from gridgov.sources.rulepacks import catalogue
from gridgov.usecases import deployment
from gridgov.usecases.acts import RefusedError
from gridgov.usecases.things import FormField, Thing
from gridgov.web import language, parameters
from gridgov.web.drawing import AREA, POINT, read_shape, write_shape
from gridgov.web.handle import database
from gridgov.web.page import named
from gridgov.wording import sentence, term, without_options

DAY, GEOMETRY = "valid_from", "geometry"
OWN = "f-"
CARRIED_NOT = frozenset({"csrf_token", "step"})
LONGEST_NOTE = 500
_EARLIEST, _LATEST = date(1900, 1, 1), date(2200, 1, 1)
_ON_THE_MAP: dict[str, frozenset[str]] = {
    "units": frozenset({AREA}),
    "grids": frozenset({AREA}),
    "gates": frozenset({POINT}),
    "sites": frozenset({POINT, AREA}),
    "departments": frozenset({POINT}),
    "partners": frozenset({POINT}),
}
_TERMS = {
    "management": "management",
    "state": "gate_state",
    "status": "status",
    "formation": "formation",
    "tier": "contact_tier",
}
_CHOSEN = frozenset({"kind", "role", "type", *_TERMS})
_FLAGS, _DAYS = frozenset({"enlarged", "verified"}), frozenset({"valid_from", "valid_to", "consent_date"})
_OF_KIND = {"grids": "grid_kind", "units": "kind", "partners": "partner_kind"}


@dataclass
class Asked:
    """One field as the page shows it."""

    id: str
    name: str
    label: str
    hint: str | None
    shape: str
    required: bool
    value: str
    choices: list[tuple[str, str]] = field(default_factory=list)
    refers: str | None = None
    problem: str | None = None


def shapes_of(kind: str, level: str | None) -> frozenset[str]:
    """Return which shapes a thing may have on the map; none where it has no place of its own."""
    if kind == "units" and level == "building":
        return frozenset({POINT, AREA})
    return frozenset() if level == "household" else _ON_THE_MAP.get(kind, frozenset())


def asked(
    kind: str,
    fields: Sequence[FormField],
    values: Mapping[str, str],
    problems: Iterable[Problem] = (),
    prefix: str = OWN,
) -> list[Asked]:
    """Return the fields of a form with what stands in them."""
    said = {problem.field: said_of(problem) for problem in problems}
    return [
        Asked(
            id=f"{prefix}{each.name}",
            name=each.name,
            label=_word("field", each.name) or each.name,
            hint=_word("field_hint", f"{kind}.{each.name}") or _word("field_hint", each.name),
            shape=each.shape,
            required=each.required,
            value=values.get(each.name, ""),
            choices=[(choice, choice_name(kind, each.name, choice)) for choice in each.choices],
            refers=each.refers,
            problem=said.get(each.name),
        )
        for each in fields
    ]


def told(fields: Iterable[FormField], prefix: str = OWN) -> dict[str, str]:
    """Return what was typed, by field; where two editors met, what was chosen."""
    return {each.name: typed(f"{prefix}{each.name}") for each in fields if f"{prefix}{each.name}" in request.form}


def changed(fields: Iterable[FormField]) -> dict[str, str]:
    """Return what was typed, by field, but for what is as the editor saw it: on the day chosen it may differ."""
    seen = base()
    return {name: text for name, text in told(fields).items() if name not in seen or seen[name].strip() != text}


def typed(name: str) -> str:
    """Return the text of one input: the last of several of one name, so that an unticked box is told as well."""
    chosen = f"theirs-{name}" if request.form.get(f"pick-{name}") == "theirs" else name
    values = request.form.getlist(chosen)
    return values[-1].replace("\r\n", "\n").strip() if values else ""


def day() -> date:
    """Return the day from which the change holds."""
    given = typed(DAY)
    try:
        found = date.fromisoformat(given)
    except ValueError:
        found = None
    if found is None or not _EARLIEST <= found <= _LATEST:
        raise RefusedError([Problem(0, DAY, given, "date_unreadable" if given else "field_missing")])
    return found


def day_typed() -> str:
    """Return what stands in the day's field: typed, else the day the page shows."""
    return typed(DAY) if DAY in request.form else parameters.as_of().isoformat()


def note() -> str | None:
    """Return why it is done, or on which document."""
    given = typed("note")
    if len(given) > LONGEST_NOTE:
        raise RefusedError([Problem(0, "note", given, "text_long", {"most": LONGEST_NOTE})])
    return given or None


def token() -> str:
    """Return the form's one-time token: the same form sent again is known by it."""
    return typed("token") or secrets.token_urlsafe(16)


def geometry(kind: str, level: str | None, name: str = GEOMETRY) -> BaseGeometry | None:
    """Return the place that was drawn or typed; none where it stands as it was."""
    text = typed(name)
    before = base().get(GEOMETRY) if name == GEOMETRY else None
    if before == _digest(text) or not (text or before):
        return None
    wanted = shapes_of(kind, level)
    if not wanted:
        return None
    if not text:
        raise RefusedError([Problem(0, name, "", "shape_taken_away")])
    return shape(name, wanted)


def shape(name: str, wanted: frozenset[str]) -> BaseGeometry:
    """Return the shape that stands in a field; one that can't be read is a problem beside it."""
    try:
        return read_shape(typed(name), wanted)
    except InputError as error:
        raise RefusedError([Problem(0, name, error.params.get("value"), error.code, error.params)]) from None


def base_of(thing: Thing) -> str:
    """Return what the editor saw, to be sent along with the form: of the place only what tells it from another."""
    return json.dumps({**thing.values, GEOMETRY: _digest(write_shape(thing.geometry))}, ensure_ascii=False)


def base() -> dict[str, str]:
    """Return what the editor saw when the form was made."""
    try:
        found = json.loads(request.form.get("base") or "{}")
    except (ValueError, RecursionError):
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def carried(without: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Return all that was posted, to be sent along by the next page."""
    left_out = CARRIED_NOT | set(without)
    return [(name, value) for name, value in request.form.items(multi=True) if name not in left_out]


@dataclass(frozen=True)
class Clash:
    """One field that two editors changed: what is its name, and what each of them wrote."""

    input: str
    label: str
    mine: str
    theirs: str


def met(fields: Sequence[FormField], now: Thing) -> tuple[list[Clash], dict[str, str]]:
    """Return where both editors changed a field, and what only the other changed, by input."""
    seen = base()
    clashes, theirs_alone = [], {}
    places = (GEOMETRY, GEOMETRY, write_shape(now.geometry))
    for name, input_name, theirs in [*((f.name, f"{OWN}{f.name}", now.values.get(f.name, "")) for f in fields), places]:
        mine, was = typed(input_name), seen.get(name, "").strip()
        my_mark, their_mark = (_digest(mine), _digest(theirs)) if name == GEOMETRY else (mine, theirs.strip())
        if their_mark in {was, my_mark} or input_name not in request.form:
            continue
        if my_mark == was:
            theirs_alone[input_name] = theirs
        else:
            clashes.append(Clash(input_name, _word("field", name) or name, mine, theirs))
    return clashes, theirs_alone


def said_of(problem: Problem) -> str:
    """Return what is wrong with a field, as a sentence; the field by its name in the reader's language."""
    label = _word("field", problem.field or "") or problem.field
    given = {"value": problem.value, "field": label, **problem.params}
    return without_options(sentence(GridgovError(problem.code, **given), language.locale()))


def as_read(kind: str, name: str, value: str | None) -> str:
    """Return a field's value as a person reads it: choices by their names, flags and dates in words."""
    if not value:
        return ""
    if name in _FLAGS:
        return language.gettext("yes") if value == "1" else language.gettext("no")
    if name in _DAYS:
        return language.day(value)
    if (kind, name) == ("partners", "resources"):
        return language.gettext(", ").join(map(_offered, read_resources(value)))
    return choice_name(kind, name, value) if name in _CHOSEN else value


def choice_name(kind: str, name: str, value: str) -> str:
    """Return the name of a choice: a fixed identifier's, or the profile's or the catalogue's entry."""
    if kind == "services" and name == "type":
        return named(catalogue().type(value))
    profile = deployment.profile(database())
    if name == "role":
        own = next((role for role in profile.roles if role.id == value), None) if kind == "posts" else None
        return named(own) if own else term("contact_role", value, language.locale())
    if kind == "units" and name == "kind":
        own_kind = next((each for each in profile.kinds if each.id == value), None)
        return named(own_kind) if own_kind else term("kind", value, language.locale())
    return term(_OF_KIND.get(kind, "") if name == "kind" else _TERMS.get(name, name), value, language.locale())


def _offered(offer: Offer) -> str:
    kind = offer.get("kind")
    return f"{term('resource_kind', kind, language.locale())}: {offer['text']}" if kind else str(offer["text"])


def _word(kind: str, name: str) -> str | None:
    found = term(kind, name, language.locale())
    return None if found == name else found


def _digest(text: str) -> str:
    return sha256(text.strip().encode()).hexdigest()[:16] if text.strip() else ""
