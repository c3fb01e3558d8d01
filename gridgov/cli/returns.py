"""`gridgov contacts returns` and `settle`: contacts that their holders give back, and what is answered."""

from dataclasses import asdict
from datetime import date

import click

from gridgov.cli.changesets import as_account, deciding_account
from gridgov.cli.console import (
    Day,
    answer_json,
    as_json,
    as_of,
    changing,
    clearly,
    locale,
    looking,
    numbered,
    say,
    table,
    today,
)
from gridgov.storage.current import Scope
from gridgov.usecases import giving_back
from gridgov.wording import term


@click.command("returns")
@click.option("--all", "every", is_flag=True, help="The answered ones too.")
@as_of
@as_json
@clearly
def returns(every: bool, as_of: date | None, form: str) -> None:
    """List the contacts that their holders give back and that wait for an answer."""
    at, everything = today(as_of), Scope.everything()
    with looking() as session:
        found = giving_back.listed(session, at, everything) if every else giving_back.open_ones(session, at, everything)
    if form == "json":
        answer_json({"rows": [asdict(one) for one in found]})
        return
    table(
        ["Return", "Place", "Name", "Role", "Holder", "Since", "Reason", "State", "Answer"],
        [
            [
                *(one.number, one.code, one.name, term("contact_role", one.role, locale()), one.holder, one.since),
                *(one.reason, term("return_state", one.state, locale()), one.answer),
            ]
            for one in found
        ],
    )


@click.command("settle")
@click.argument("number", type=numbered, metavar="RETURN")
@click.option("--accept/--decline", "accepted", required=True, help="End the contact, or let it stand.")
@click.option("--reason", default=None, metavar="R", help="What to answer; needed to decline.")
@click.option("--day", type=Day(), default=None, help="The day the contact ends; today.")
@as_account
@clearly
def settle(number: int, accepted: bool, reason: str | None, day: date | None, name: str) -> None:
    """Answer a return, as somebody else than who gave the contact back; the end can be undone."""
    with changing() as session:
        account, scope = deciding_account(session, name)
        done = giving_back.decide(session, number, accepted, reason, scope, account, today(day).day)
        state = done.state
    say("Return {number}: {state}.", number=number, state=term("return_state", state, locale()))
