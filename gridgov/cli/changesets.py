"""`gridgov contacts propose …`: changes of who leads which posts, decided by a second person."""

from datetime import date
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from gridgov.cli.console import (
    Day,
    answer_json,
    as_json,
    changing,
    clearly,
    locale,
    looking,
    numbered,
    progress,
    say,
    table,
)
from gridgov.cli.console import today as on
from gridgov.errors import ForbiddenError
from gridgov.sources.sheets import Reading
from gridgov.storage.current import At, Scope
from gridgov.storage.models import ChangeSet
from gridgov.usecases import accounts, deployment, proposing
from gridgov.usecases.proposal_files import lines, read_lines
from gridgov.usecases.proposing import Proposal
from gridgov.wording import term

_MAY = ("coordinator", "admin")
as_account = click.option("--as", "name", required=True, metavar="ACCOUNT", help="The account that does it.")


@click.command("propose")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@as_account
@click.option("--tier", type=int, default=None, metavar="N", help="The contact tier; the lowest by default.")
@click.option("--effective", type=Day(), default=None, help="The day it holds from; today.")
@click.option("--title", default=None, metavar="T", help="What to call it; the file’s name by default.")
@click.option("--document", default=None, metavar="D", help="The document it rests on.")
@click.option("--encoding", default=None, metavar="E", help="The file’s encoding where it isn’t UTF-8.")
@as_json
@clearly
def propose(
    file: Path,
    name: str,
    tier: int | None,
    effective: date | None,
    title: str | None,
    document: str | None,
    encoding: str | None,
    form: str,
) -> None:
    """Propose who leads the posts of FILE: a table of units and holders, or what `suggest` answers as JSON.

    Nothing changes before a second person approves it.
    """
    progress("Trying the change …")
    told = read_lines(file, Reading(None, encoding))
    with changing() as session:
        profile = deployment.profile(session)
        wanted = profile.tier(tier or profile.lowest_tier or 1)
        day = on(None).day if effective is None else effective
        asked = lines(session, told, wanted, At(day), file)
        account, scope = deciding_account(session, name)
        proposal = Proposal(title or file.stem, wanted.tier, day, asked, document)
        answer = _told(session, proposing.propose(session, proposal, scope, account))
    _tell(answer, form)


@click.command("approve")
@click.argument("number", type=numbered, metavar="CHANGESET")
@as_account
@as_json
@clearly
def approve(number: int, name: str, form: str) -> None:
    """Approve a change set, as a second person; it is one batch that can be undone."""
    with changing() as session:
        account, scope = deciding_account(session, name)
        answer = _told(session, proposing.approve(session, proposing.find(session, number, scope), scope, account))
    _tell(answer, form)


@click.command("decline")
@click.argument("number", type=numbered, metavar="CHANGESET")
@as_account
@click.option("--reason", required=True, metavar="R", help="Why.")
@as_json
@clearly
def decline(number: int, name: str, reason: str, form: str) -> None:
    """Turn a change set down, with a reason."""
    with changing() as session:
        account, scope = deciding_account(session, name)
        answer = _told(session, proposing.decline(session, proposing.find(session, number, scope), account, reason))
    _tell(answer, form)


@click.command("changes")
@as_json
@clearly
def changes(form: str) -> None:
    """List the change sets, the newest first."""
    with looking() as session:
        rows = [_told(session, change) for change in proposing.listed(session)]
    if form == "json":
        answer_json({"rows": rows})
        return
    table(
        ["Change set", "Name", "Tier", "Effective", "Posts", "State"],
        [[row["change"], row["title"], row["tier"], row["effective"], len(row["lines"]), _state(row)] for row in rows],
    )


def deciding_account(session: Session, name: str) -> tuple[int, Scope]:
    """Return an account that may change contacts, and where."""
    account = accounts.named(session, name)
    grants = accounts.grants_of(session, account.id)
    if not account.active or not any(grant.role in _MAY for grant in grants):
        raise ForbiddenError("page_forbidden")
    return account.id, accounts.scope_of(grants, _MAY)


def _told(session: Session, change: ChangeSet) -> dict[str, Any]:
    return {
        "change": change.id,
        "title": change.title,
        "tier": change.tier,
        "effective": change.effective.isoformat(),
        "document": change.document,
        "state": change.state,
        "reason": change.reason,
        "batch": change.batch_id,
        "stale": proposing.stale(session, change) if change.state == proposing.PROPOSED else [],
        "lines": [{key: line[key] for key in ("unit", "name", "before", "after")} for line in change.lines],
    }


def _tell(answer: dict[str, Any], form: str) -> None:
    if form == "json":
        answer_json(answer)
        return
    say("Change set {change}, {title}: tier {tier}, from {effective}, {state}.", **answer | {"state": _state(answer)})
    rows = [[line["unit"], line["name"], ", ".join(line["before"]), line["after"]] for line in answer["lines"]]
    table(["Place", "Name", "Before", "After"], rows)
    if answer["batch"] is not None:
        say("Written as batch {batch}; “gridgov import undo {batch}” takes it back.", **answer)


def _state(answer: dict[str, Any]) -> str:
    return term("change_state", answer["state"], locale())
