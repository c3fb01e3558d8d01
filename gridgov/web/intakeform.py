"""How files are to be read, as the page of an import tells it."""

from flask import request

from gridgov.domain.fields import KINDS
from gridgov.errors import InputError
from gridgov.storage.models import Intake
from gridgov.usecases import deployment
from gridgov.usecases.importing import OSM_LAYERS
from gridgov.usecases.intaking import Asked
from gridgov.usecases.staging import PopulationOptions
from gridgov.web import forms, language
from gridgov.web.handle import database
from gridgov.wording import term

KINDS_ASKED = (*KINDS, "osm")
_LONGEST = 100


def first_asked() -> Asked:
    """Return how files are to be read that only just come."""
    return Asked(kind=known_kind(request.form.get("kind", "")), locale=language.locale())


def asked(found: Intake) -> Asked:
    """Return how the files are to be read, as the page's form tells it; another kind has other fields."""
    form, before = request.form, Asked.of(found)
    kind = known_kind(form.get("kind", ""))
    levels = {level.id for level in deployment.profile(database()).levels}
    level = form.get("level") or None
    if level is not None and level not in levels:
        raise InputError("option_unknown", name="level", value=level[:_LONGEST])
    mapping = dict(before.mapping) if kind == (before.kind or found.kind) else {}
    return Asked(
        kind=kind,
        level=level,
        crs=_short("crs"),
        encoding=_short("encoding"),
        layer=_short("layer"),
        only=_short("only"),
        source=_short("source"),
        mapping={**mapping, **_mapped()},
        valid_from=forms.day() if form.get(forms.DAY) else None,
        layers=tuple(name for name in OSM_LAYERS if name in form.getlist("layers")) or OSM_LAYERS,
        population=_population(),
        locale=language.locale(),
    )


def known_kind(told: str) -> str:
    """Return a kind of files; an InputError where there is no such kind."""
    if told and told not in KINDS_ASKED:
        raise InputError("option_unknown", name="kind", value=told[:_LONGEST])
    return told


def _population() -> PopulationOptions:
    """Return what the cells of a raster or a grid count, as the form tells it."""
    return PopulationOptions(_whole("band", 1, 999), _short("per"), _short("ages"), _whole("year", 1900, 2200))


def _whole(name: str, least: int, most: int) -> int | None:
    told = forms.typed(name)
    if told and not (told.isdecimal() and len(told) <= len(str(most)) and least <= int(told) <= most):
        raise InputError("number_unreadable", name=term("field", name, language.locale()), value=told[:_LONGEST])
    return int(told) if told else None


def _mapped() -> dict[str, str]:
    """Return the columns whose meaning was changed by hand; an empty field is a column that isn't used."""
    form = request.form
    numbers = [name.removeprefix("column-") for name in form if name.startswith("column-")]
    told = {form[f"column-{each}"]: (form.get(f"was-{each}", ""), form.get(f"field-{each}", "")) for each in numbers}
    return {column: field for column, (was, field) in told.items() if field != was}


def _short(name: str) -> str | None:
    told = forms.typed(name)
    if len(told) > _LONGEST:
        raise InputError("text_long", name=name, most=_LONGEST)
    return told or None
