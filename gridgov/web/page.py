"""What every page has at hand: versioned files, names of things, links that keep date and place."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, render_template, request, url_for
from flask_login import current_user

from gridgov.domain.privacy import shown_phone
from gridgov.errors import GridgovError, InputError
from gridgov.sources.rulepacks import catalogue
from gridgov.usecases import deployment
from gridgov.usecases.checking import Finding
from gridgov.usecases.things import KINDS
from gridgov.web import language
from gridgov.web.handle import database
from gridgov.web.parameters import as_of, today
from gridgov.web.security import rule_of
from gridgov.wording import figures, sentence, term
from gridgov.wording.figures import Named

STATIC = Path(__file__).parent / "static"
_KEPT = (
    "as_of", "unit", "tier", "what", "body", "shares", "since", "scenario", "type", "cause", "street", "pack", "layer",
    "kind", "severity", "level", "text", "by", "missing", "department", "item", "state", "firm", "required", "vacant",
    "order", "turned", "people", "people_60plus", "people_0_5", "people_6_14", "profile", "inview",
    "sites", "apart", "budget", "premises", "lock", "out", "areas",
    "from", "pace", "a", "b",
)  # fmt: skip
_HOMES = {
    "coordinator": "coordinator.index",
    "cadre": "cadre.index",
    "planner": "planner.index",
    "admin": "admin.index",
    "viewer": "coordinator.index",
}
_TOURS = {page: page.partition(".")[0] for page in _HOMES.values()}


def install(app: Flask) -> None:
    """Put the parts at every template's hand."""
    app.jinja_env.globals.update(
        asset=asset,
        link=link,
        handed_on=handed_on,
        language_link=language_link,
        named=named,
        level_name=level_name,
        head_name=head_name,
        term=_term,
        jobs=_jobs,
        may_open=may_open,
        home=home,
        tour=tour,
        plain_or_masked=plain_or_masked,
        finding=finding,
        thing_link=thing_link,
        thing_kinds=KINDS,
    )
    app.context_processor(_always)


@cache
def asset(path: str) -> str:
    """Return the address of a file under static/, with its content's digest so that it may be kept for good."""
    return url_for("static", filename=path, v=digest(path))


def digest(path: str) -> str:
    """Return a token of what a file under static/ holds."""
    return sha256((STATIC / path).read_bytes()).hexdigest()[:12]


def link(endpoint: str | None = None, **changes: object) -> str:
    """Return the address of this page, or another, with the view kept but for what changes; None drops a part."""
    kept: dict[str, Any] = {name: request.args[name] for name in _KEPT if request.args.get(name)}
    if endpoint is not None and endpoint != request.endpoint:
        kept = {name: value for name, value in kept.items() if name in {"as_of", "unit"}}
    else:
        kept |= request.view_args or {}
    kept.update(changes)
    return url_for(
        endpoint or request.endpoint or "coordinator.index",
        **{name: value for name, value in kept.items() if value not in {None, ""}},
    )


def handed_on(*names: str) -> dict[str, str]:
    """Return what the address says under some names, to be handed on to another page."""
    return {name: request.args[name] for name in names if request.args.get(name)}


def language_link(locale: str) -> str:
    """Return the address of this very page in another language; of the first page where this one was posted."""
    if request.method != "GET" or request.endpoint is None:
        return f"{home()}?lang={locale}"
    return f"{request.path}?{urlencode({**request.args.to_dict(), 'lang': locale})}"


def named(thing: Named | Mapping[str, str]) -> str:
    """Return the name of a catalogue's entry in the reader's language."""
    if isinstance(thing, Mapping):
        return thing["zh"] if language.locale() == "zh_Hans" else thing["en"]
    return figures.named(thing, language.locale())


def level_name(level: str) -> str | None:
    """Return what the city calls a level, or None where its ladder has none."""
    return next((named(each) for each in deployment.profile(database()).levels if each.id == level), None)


def head_name(level: str) -> str | None:
    """Return what the city calls whoever is called on a level: the first standing post of its role catalogue."""
    return next((named(role) for role in deployment.profile(database()).roles if role.level == level), None)


def plain_or_masked(number: str | None) -> str | None:
    """Return an office number as it is, and a personal one (a mobile) with its middle hidden."""
    return shown_phone(number)


def finding(found: Finding) -> str:
    """Say what is wrong with the data, as a sentence."""
    told = GridgovError(f"finding_{found.kind}", subject=found.subject, **found.params)
    return sentence(told, language.locale())


def thing_link(kind: str, identity: int) -> str:
    """Return the address of the form that shows and changes a thing, on the day shown."""
    return url_for("editing.thing", kind=kind, identity=identity, as_of=request.args.get("as_of") or None)


def home() -> str:
    """Return the first page of whoever is signed in."""
    held = _roles()
    return url_for(next((page for role, page in _HOMES.items() if role in held), "login.form"))


def may_open(endpoint: str) -> bool:
    """Tell whether the account has a role that a page lets in."""
    rule = rule_of(current_app.view_functions[endpoint])
    return rule is not None and bool(rule.roles & _roles())


def show(template: str, **values: object) -> str:
    """Render a page."""
    return render_template(template, **values)


def tour() -> str | None:
    """Return which tour this page has, if any: each role's first page has one."""
    return _TOURS.get(request.endpoint or "") if current_user.is_authenticated else None


def _term(kind: str, value: object) -> str:
    return term(kind, value, language.locale())


def _jobs() -> list[str]:
    """Return the pages of the top bar that the account may open."""
    pages = ("coordinator.index", "cadre.index", "planner.index", "admin.index")
    return [page for page in pages if may_open(page)]


def _roles() -> frozenset[str]:
    held: frozenset[str] = getattr(current_user, "roles", frozenset())
    return held


def _always() -> dict[str, object]:
    return {
        "day_shown": _day_shown(),
        "today": today(),
        "scenarios": catalogue().scenarios,
        "language_tag": language.tag(),
        "other_language": ("en", "English") if language.locale() == "zh_Hans" else ("zh_Hans", "中文"),
    }


def _day_shown() -> object:
    """Return the day asked about; the error page of an unreadable one shows today."""
    try:
        return as_of()
    except InputError:
        return today()
