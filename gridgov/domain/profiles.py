"""Level profiles from their documents: what makes one a good one, and laying a city's own over another."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from gridgov.domain.posts import CONTACT_ROLES, DEPARTMENT_ROLES
from gridgov.domain.units import COMPOUND_KINDS, LEVELS, ContactTier, Kind, Level, LevelProfile, Role
from gridgov.errors import InputError

_KEYS = {"levels": "id", "kinds": "id", "tiers": "tier", "roles": "id"}
ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
Check = Callable[[object], str | None]


def level_profile(document: Mapping[str, Any]) -> LevelProfile:
    """Build a profile from its document.

    Raises
    ------
    InputError
        ``profile_…`` with the profile, the row, the field and the value that is wrong.
    """
    reader = _Reader(str(document.get("id", "?")))
    head = reader.row("profile", document, _HEAD)
    rows = {key: reader.rows(document, key) for key in _KEYS}
    profile = LevelProfile(
        id=head["id"],
        zh=head["zh"],
        en=head["en"],
        extends=head.get("extends"),
        grid_level=head["grid_level"],
        levels=tuple(Level(**row) for row in rows["levels"]),
        kinds=tuple(Kind(**{**row, "words": tuple(row.get("words", ()))}) for row in rows["kinds"]),
        tiers=tuple(sorted((_tier(row) for row in rows["tiers"]), key=lambda tier: tier.tier)),
        roles=tuple(Role(**row) for row in rows["roles"]),
    )
    _agree(profile, reader)
    return profile


def lay_over(local: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a city's own document over another, row by row: a row it has changes what it says, a new one is added."""
    merged = {**base, **local}
    for key, name in _KEYS.items():
        own, inherited = local.get(key, []), base.get(key, [])
        if isinstance(own, list) and isinstance(inherited, list):
            merged[key] = _laid(own, inherited, name)
    return merged


def _laid(own: Sequence[Any], inherited: Sequence[Any], name: str) -> list[Any]:
    changes = {_named(row, name): row for row in own}
    told = {_named(row, name) for row in inherited}
    kept = [_changed(row, changes.get(_named(row, name))) for row in inherited]
    return kept + [row for row in own if _named(row, name) not in told]


def _named(row: object, name: str) -> str:
    return repr(row.get(name)) if isinstance(row, dict) else ""


def _changed(row: Any, change: Any) -> Any:
    return {**row, **change} if isinstance(row, dict) and isinstance(change, dict) else row


def _tier(row: Mapping[str, Any]) -> ContactTier:
    lists = {key: tuple(row.get(key, ())) for key in ("roles", "single", "not_due_kinds")}
    return ContactTier(**{"due": True, **row, **lists})


class _Reader:
    """Reads rows of a document by what their fields may hold, and says of each refusal where it stands."""

    def __init__(self, profile: str) -> None:
        self.profile = profile

    def rows(self, document: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        """Return the rows under a key; their names may stand once."""
        told = document.get(key, [])
        if not isinstance(told, list) or not all(isinstance(row, dict) for row in told):
            self.refuse("profile_value_type", "profile", key, value=told, wanted="array of tables")
        if not told and key == "levels":
            self.refuse("profile_field_missing", "profile", key)
        rows: dict[object, dict[str, Any]] = {}
        for number, row in enumerate(told, 1):
            read = self.row(f"{key} {row.get(_KEYS[key], number)}", row, _FIELDS[key])
            name = read[_KEYS[key]]
            if name in rows:
                self.refuse("profile_row_twice", key, _KEYS[key], value=name)
            rows[name] = read
        return list(rows.values())

    def row(self, place: str, row: Mapping[str, Any], known: Mapping[str, tuple[bool, Check]]) -> dict[str, Any]:
        """Return a row's fields after looking at each."""
        for field in row:
            if field not in known:
                self.refuse("profile_field_unknown", place, field)
        for field, (needed, check) in known.items():
            if field not in row:
                if needed:
                    self.refuse("profile_field_missing", place, field)
                continue
            wanted = check(row[field])
            if wanted is not None:
                self.refuse("profile_value_type", place, field, value=row[field], wanted=wanted)
        return dict(row)

    def one_of(self, place: str, field: str, values: Iterable[object], known: Iterable[object]) -> None:
        """Refuse the first value that isn't among the known ones."""
        choices = list(known)
        for value in values:
            if value not in choices:
                allowed = ", ".join(str(choice) for choice in choices)
                self.refuse("profile_value_unknown", place, field, value=value, allowed=allowed)

    def refuse(self, code: str, row: str, field: str, **more: object) -> NoReturn:
        """Raise the refusal."""
        raise InputError(code, profile=self.profile, row=row, field=field, **more)


def _agree(profile: LevelProfile, reader: _Reader) -> None:
    """Let a profile name only what it has: levels of the ladder in its order, roles, kinds."""
    levels = [level.id for level in profile.levels]
    reader.one_of("levels", "id", levels, LEVELS)
    if levels != [level for level in LEVELS if level in levels]:
        order = ", ".join(LEVELS)
        reader.refuse("profile_levels_order", "levels", "id", value=", ".join(levels), order=order)
    placed = [level for level in levels if level != "household"]
    reader.one_of("profile", "grid_level", [profile.grid_level], placed)
    for kind in profile.kinds:
        reader.one_of(f"kinds {kind.id}", "level", [kind.level], placed)
    for role in profile.roles:
        reader.one_of(f"roles {role.id}", "level", [role.level], levels)
    for tier in profile.tiers:
        _tier_agrees(profile, tier, reader, placed)


def _tier_agrees(profile: LevelProfile, tier: ContactTier, reader: _Reader, placed: Sequence[str]) -> None:
    place = f"tiers {tier.tier}"
    reader.one_of(place, "level", [tier.level], placed)
    reader.one_of(place, "roles", tier.roles, CONTACT_ROLES)
    reader.one_of(place, "exclusive", [tier.exclusive], [role for role in tier.roles if role not in DEPARTMENT_ROLES])
    reader.one_of(place, "single", tier.single, tier.roles)
    kinds = (*(kind.id for kind in profile.kinds), *(COMPOUND_KINDS if "compound" in placed else ()))
    reader.one_of(place, "not_due_kinds", tier.not_due_kinds, kinds)


def _text(value: object) -> str | None:
    return None if isinstance(value, str) and value.strip() else "text"


def _id(value: object) -> str | None:
    return None if isinstance(value, str) and ID.fullmatch(value) else "name of a-z, 0-9, _ and -"


def _flag(value: object) -> str | None:
    return None if isinstance(value, bool) else "true or false"


def _digits(value: object) -> str | None:
    return None if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 30 else "number from 1 to 30"


def _number(value: object) -> str | None:
    good = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 3
    return None if good else "number from 1 to 3"


def _count(value: object) -> str | None:
    good = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return None if good else "number above 0"


def _texts(value: object) -> str | None:
    good = isinstance(value, list) and all(_text(each) is None for each in value)
    return None if good else "list of texts"


_NAMES: dict[str, tuple[bool, Check]] = {"id": (True, _id), "zh": (True, _text), "en": (True, _text)}
_LISTS: dict[str, tuple[bool, Check]] = {key: (False, lambda _value: None) for key in _KEYS}
_HEAD: dict[str, tuple[bool, Check]] = {
    **_NAMES,
    "extends": (False, _id),
    "grid_level": (True, _text),
    **_LISTS,
}
_FIELDS: dict[str, dict[str, tuple[bool, Check]]] = {
    "levels": {**_NAMES, "code_digits": (False, _digits)},
    "kinds": {**_NAMES, "level": (True, _text), "words": (False, _texts)},
    "tiers": {
        "tier": (True, _number),
        "level": (True, _text),
        "exclusive": (True, _text),
        "roles": (True, _texts),
        "single": (False, _texts),
        "due": (False, _flag),
        "not_due_kinds": (False, _texts),
        "cap": (False, _count),
    },
    "roles": {**_NAMES, "level": (True, _text), "single": (False, _flag)},
}
