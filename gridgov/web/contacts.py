"""Who might lead which post: the page on which a suggestion is asked for, settled line by line, and proposed."""

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from gridgov.domain.units import ContactTier
from gridgov.errors import InputError, NotFoundError
from gridgov.usecases import browsing, deployment, giving_back, settling, suggesting
from gridgov.usecases.settling import Pair
from gridgov.usecases.suggesting import Asked
from gridgov.web import differences, forms, handle, language, page, parameters, proposals, views
from gridgov.web.handle import database
from gridgov.web.language import gettext
from gridgov.web.security import allow, scope, user
from gridgov.web.views import Frame
from gridgov.wording import term

blueprint = Blueprint("contacts", __name__, url_prefix="/contacts")
LARGEST_FORM = 1024 * 1024  # a city's posts, each with its line
FOUND = 12
KEPT_SHOWN = 200


@dataclass(frozen=True)
class Settled:
    """What was ticked: who is settled for which post, and who is ruled out."""

    locked: list[Pair]
    ruled_out: list[Pair]

    def asked(self, tier: int, area: int | None, cap: int | None) -> Asked:
        """Return the suggestion to be asked for."""
        ruled_out = frozenset(pair.numbers for pair in self.ruled_out)
        return Asked(tier, area, cap, dict(pair.numbers for pair in self.locked), ruled_out)


@blueprint.route("/suggest", methods=["GET", "POST"])
@allow("coordinator", "admin", largest_form=LARGEST_FORM)
def suggest() -> ResponseReturnValue:
    """Suggest who leads the posts of a tier under a place; keep what was settled, and propose what stands there."""
    tier = deployment.profile(database()).tier(_tier())
    settled = _settled(tier)
    refusal = proposals.NONE
    if request.method == "POST" and forms.typed("step") == "propose":
        answer = proposals.attempt(lambda: _propose(tier, settled))
        if not isinstance(answer, proposals.Refusal):
            return answer
        refusal = answer
    try:
        found = _found(settled.asked(tier.tier, _area(), _cap()))
    except InputError as error:  # what was settled can't be: it stays ticked, and is told apart
        refusal = proposals.told_of(error)
        found = _found(replace(settled, locked=[]).asked(tier.tier, _area(), None))
    return _shown(tier, settled, found, refusal), refusal.status


@blueprint.route("/returns/<int:number>", methods=["GET", "POST"])
@allow("coordinator", "admin")
def returned(number: int) -> ResponseReturnValue:
    """Show a contact that its holder gives back, and answer: let it end, or let it stand."""
    at, refusal = parameters.at(), proposals.NONE
    if request.method == "POST":
        answer = proposals.attempt(lambda: _answer(number))
        if not isinstance(answer, proposals.Refusal):
            return answer
        refusal = answer
    every = giving_back.listed(database(), at, scope())
    found = next((one for one in every if one.number == number), None)
    if found is None:
        raise NotFoundError("return_unknown", number=number)
    told = page.show(
        "contacts/returned.html",
        returned=found,
        answer=forms.typed("answer"),
        problems=refusal.problems,
        message=refusal.message,
        **proposals.typed(""),
    )
    return told, refusal.status


@blueprint.get("/cadres")
@allow("coordinator", "admin")
def cadres() -> Response:
    """Return the few cadres whose code or name has a text, with their departments, to choose from."""
    text, at = parameters.text("text") or "", parameters.at()
    found = settling.serving(database(), text, at, scope(), FOUND) if text else []
    return jsonify(rows=[{"code": one.code, "label": f"{one.name} · {office or ''}"} for one, office in found])


def _tier() -> int:
    profile = deployment.profile(database())
    return parameters.whole("tier", profile.lowest_tier or 1, least=0, most=9)


def _area() -> int | None:
    unit = views.chosen()
    return None if unit is None else unit.unit_id


def _settled(tier: ContactTier) -> Settled:
    """Return what was ticked; who is both settled and ruled out is ruled out."""
    ruled_out = settling.pairs(database(), request.form.getlist("not"), tier, parameters.at(), scope())
    out = {pair.told for pair in ruled_out}
    locks = [told for told in request.form.getlist("lock") if told not in out]
    return Settled(settling.pairs(database(), locks, tier, parameters.at(), scope()), ruled_out)


def _cap() -> int | None:
    told = forms.typed("cap") or request.args.get("cap", "")
    if not told:
        return None
    if not told.isdecimal() or len(told) > 4:
        raise InputError("number_unreadable", name=gettext("At most this many posts each"), value=told)
    return int(told)


def _found(asked: Asked) -> dict[str, Any]:
    return suggesting.suggest(database(), parameters.at(), scope(), asked)


def _propose(tier: ContactTier, settled: Settled) -> Response:
    """Propose the lines that were shown, but for those ruled out since."""
    out = {pair.told for pair in settled.ruled_out}
    told = [line for line in request.form.getlist("line") if line not in out]
    pairs = settling.pairs(database(), told, tier, parameters.at(), scope())
    return proposals.propose(tier.tier, _title(tier), tuple(pair.line for pair in pairs))


def _answer(number: int) -> Response:
    accepted = forms.typed("step") == "accept"
    with handle.changing() as session:
        day = forms.day() if accepted else parameters.as_of()
        giving_back.decide(session, number, accepted, forms.typed("answer"), scope(), user().id, day)
    return redirect(url_for("coordinator.index", what="returned"))


def _title(tier: ContactTier) -> str:
    unit = views.chosen()
    where = gettext("Whole area") if unit is None else unit.name or unit.code
    told = {"place": where, "tier": _term("contact_tier", tier.tier)}
    return gettext("%(tier)s, %(place)s: leads as suggested", **told)


def _shown(tier: ContactTier, settled: Settled, found: dict[str, Any], refusal: proposals.Refusal) -> str:
    frame = views.frame(differences.PAGE)
    locked = {pair.told for pair in settled.locked}
    for row in found["rows"]:
        row["pair"] = f"{row['unit']}={row['cadre']}"
        row["locked"] = row["pair"] in locked
    changed = [row for row in found["rows"] if not row["keeps"] or row["locked"]]
    kept = [row for row in found["rows"] if row["keeps"] and not row["locked"]]
    _draw(frame, changed, found["blocked"])
    shown = kept if len(kept) <= KEPT_SHOWN else []
    rows = [*changed, *found["blocked"], *shown]
    return page.show(
        "contacts/suggest.html",
        **frame.values(),
        tier=tier,
        tiers=[each for each in frame.profile.tiers if each.due],
        found=found,
        changed=sorted(changed, key=lambda row: (not row["locked"], row["unit"])),
        new=[row for row in changed if not row["keeps"]],
        kept=shown,
        kept_count=len(kept),
        ruled_out=settled.ruled_out,
        lost=[pair for pair in settled.locked if pair.told not in {row["pair"] for row in changed}],
        wheres=differences.wheres(browsing.lines(database(), parameters.at(), [row["id"] for row in rows])),
        narrower=_narrower(frame, tier),
        cap=forms.typed("cap") or request.args.get("cap", ""),
        problems=refusal.problems,
        message=refusal.message,
        **proposals.typed(_title(tier)),
    )


def _draw(frame: Frame, changed: list[dict[str, Any]], blocked: list[dict[str, Any]]) -> None:
    marks = {
        row["id"]: (differences.kind_of(bool(row["leads"]), after=True), row["holder"])
        for row in changed
        if not row["keeps"]
    }
    marks |= {row["id"]: (differences.BLOCKED, _term("blocked_by", row["rule"])) for row in blocked}
    differences.draw(frame, marks, parameters.at())
    differences.stay(frame)


def _term(kind: str, value: object) -> str:
    return term(kind, value, language.locale())


def _narrower(frame: Frame, tier: ContactTier) -> list[browsing.Node]:
    """Return the places below the chosen one that hold posts of the tier: a smaller area to ask about."""
    above = {level.id for level in frame.profile.levels[: frame.profile.rank(tier.level)]}
    nodes = browsing.tree(database(), parameters.at(), scope(), frame.unit_id)
    return [node for node in nodes if node.level in above and node.children]
