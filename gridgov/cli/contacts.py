"""`gridgov contacts …`: three-tier contact, its numbers, and who might take which post."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import click
from sqlalchemy.orm import Session

from gridgov.cli.changesets import approve, changes, decline, propose
from gridgov.cli.console import answer_json, as_json, as_of, clearly, locale, looking, progress, say, table, today
from gridgov.cli.returns import returns, settle
from gridgov.errors import InputError, NotFoundError
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import CadreVersion
from gridgov.usecases import browsing, contacting, deployment, suggesting
from gridgov.wording import term


@click.group()
def contacts() -> None:
    """Three-tier contact."""


for verb in (propose, approve, decline, changes, returns, settle):
    contacts.add_command(verb)


@contacts.command("report")
@as_of
@as_json
@clearly
def contacts_report(as_of: date | None, form: str) -> None:
    """Count posts due, vacant, expiring, disputed and held by one of several, per tier; and branch coverage."""
    with looking() as session:
        report = contacting.report(session, today(as_of), Scope.everything())
    if form == "json":
        answer_json(report)
        return
    say("Compounds covered by a branch: {covered} of {compounds}.", **report["branch_coverage"])
    names = ["tier", "due", "vacant", "expiring", "disputed", "several"]
    headings = ["Tier", *(term("state", name, locale()) for name in names[1:])]
    table(headings, [[row[name] for name in names] for row in report["tiers"]])


@contacts.command("suggest")
@click.option("--tier", type=int, default=None, metavar="N", help="The contact tier; the lowest by default.")
@click.option("--under", default=None, metavar="CODE", help="Only posts of one place and all below it.")
@click.option(
    "--cap", type=int, default=None, metavar="N", help="The most posts one person leads; no limit by default."
)
@click.option("--lock", multiple=True, metavar="UNIT=CADRE", help="Settle a post, by two codes; may be told again.")
@click.option("--rule-out", multiple=True, metavar="UNIT=CADRE", help="Never this one there; may be told again.")
@as_of
@as_json
@clearly
def contacts_suggest(
    tier: int | None,
    under: str | None,
    cap: int | None,
    lock: tuple[str, ...],
    rule_out: tuple[str, ...],
    as_of: date | None,
    form: str,
) -> None:
    """Suggest who leads each due post, and say why; nothing is written."""
    progress("Looking for who might take which post …")
    at = today(as_of)
    with looking() as session:
        asked = suggesting.Asked(
            deployment.profile(session).lowest_tier or 1 if tier is None else tier,
            None if under is None else _unit(session, at, under),
            cap,
            dict(_pairs(session, at, lock)),
            frozenset(_pairs(session, at, rule_out)),
        )
        found = suggesting.suggest(session, at, Scope.everything(), asked)
    if form == "json":
        answer_json(found)
    else:
        _tell(found)


@contacts.command("history")
@click.argument("unit")
@as_of
@as_json
@clearly
def contacts_history(unit: str, as_of: date | None, form: str) -> None:
    """Tell who holds the contacts of UNIT, a code, and who held them before."""
    at, everything = today(as_of), Scope.everything()
    with looking() as session:
        number = _unit(session, at, unit)
        found = contacting.contacts_of(session, at, everything, [number])
        found += contacting.earlier(session, at, everything, number)
    keys = ("tier", "role", "holder", "department", "since", "until", "document", "recorded_by", "confirmed")
    rows = [{key: getattr(held, key) for key in keys} for held in found]
    if form == "json":
        answer_json({"unit": unit, "rows": rows})
        return
    table(
        ["Tier", "Role", "Holder", "Department", "Since", "Until", "Document"],
        [[row["tier"], term("contact_role", row["role"], locale()), *(row[key] for key in keys[2:7])] for row in rows],
    )


def _unit(session: Session, at: At, code: str) -> int:
    found = browsing.unit_by_code(session, code, at, Scope.everything())
    if found is None:
        raise NotFoundError("unit_unknown", unit=code)
    return found.unit_id


def _pairs(session: Session, at: At, told: Iterable[str]) -> Iterator[tuple[int, int]]:
    for line in told:
        unit, _, cadre = line.partition("=")
        wanted = current(CadreVersion, at, Scope.everything()).where(CadreVersion.code == cadre)
        person = session.scalar(wanted)
        if person is None:
            raise InputError("lock_unknown", unit=unit, cadre=cadre)
        yield _unit(session, at, unit), person.cadre_id


def _tell(found: dict[str, Any]) -> None:
    say("Tier {tier}: {filled} of {due} posts can be held.", **found)
    changed = [row for row in found["rows"] if not row["keeps"]]
    if changed:
        rows = [
            [row["unit"], row["name"], row["cadre"], row["holder"], row["department"], row["metres"], _why(row["why"])]
            for row in changed
        ]
        table(["Place", "Name", "Cadre", "Holder", "Department", "Metres", "Why"], rows)
    say("{count} keep what they lead.", count=len(found["rows"]) - len(changed))
    if found["blocked"]:
        rows = [[row["unit"], row["name"], term("blocked_by", row["rule"], locale())] for row in found["blocked"]]
        table(["Place", "Name", "Blocked by"], rows)
    say(
        "Weighed by metres from workplace to post; a change of lead counts as {change_metres:,} m, an office not "
        "paired with the community as {other_office_metres:,} m.",
        **found["objective"],
    )


def _why(reasons: list[str]) -> str:
    return " · ".join(term("suggested_why", reason, locale()) for reason in reasons)
