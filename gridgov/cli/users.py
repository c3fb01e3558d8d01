"""`gridgov user …`: accounts and their roles on areas."""

import click
from sqlalchemy.orm import Session

from gridgov.cli.console import answer_json, as_json, changing, clearly, looking, say, table, today
from gridgov.errors import NotFoundError
from gridgov.storage.current import Scope
from gridgov.usecases import accounts, browsing
from gridgov.usecases.accounts import ROLES, Grant


@click.group()
def user() -> None:
    """Accounts, and what each may see."""


@user.command("add")
@click.argument("name")
@click.password_option(help="Asked for where not given.")
@click.option("--role", type=click.Choice(ROLES), default=None, help="A first role.")
@click.option("--area", default=None, metavar="CODE", help="The unit the role is for; the whole city where not given.")
@click.option("--cadre", default=None, metavar="CODE", help="The cadre whose page this account opens.")
@clearly
def add(name: str, password: str, role: str | None, area: str | None, cadre: str | None) -> None:
    """Create an account."""
    with changing() as session:
        grants = [Grant(role, _area(session, area))] if role else []
        linked = accounts.cadre_by_code(session, today(None), cadre) if cadre else None
        accounts.add(session, name, password, grants=grants, cadre_id=linked)
    say("Account {name} is made.", name=name)


@user.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@click.option("--area", default=None, metavar="CODE", help="The unit the role is for; the whole city where not given.")
@click.option("--remove", is_flag=True, help="Take the role away.")
@clearly
def role(name: str, role: str, area: str | None, remove: bool) -> None:
    """Give an account a role on an area, or take it away."""
    with changing() as session:
        account = accounts.named(session, name)
        change = accounts.revoke if remove else accounts.grant
        change(session, account, Grant(role, _area(session, area)))
    say("Done.")


@user.command("disable")
@click.argument("name")
@clearly
def disable(name: str) -> None:
    """Close an account; its sessions end."""
    with changing() as session:
        accounts.disable(session, name)
    say("Account {name} is closed.", name=name)


@user.command("list")
@as_json
@clearly
def list_users(form: str) -> None:
    """List the accounts."""
    with looking() as session:
        rows = [
            (row.name, row.active, [(grant.role, _code(session, grant.unit_id)) for grant in row.grants])
            for row in accounts.rows(session)
        ]
    if form == "json":
        answer_json(
            {
                "rows": [
                    {"name": name, "active": active, "roles": [{"role": role, "area": area} for role, area in roles]}
                    for name, active, roles in rows
                ]
            }
        )
        return
    shown = [(name, active, " ".join(f"{role}@{area or '*'}" for role, area in roles)) for name, active, roles in rows]
    table(["Name", "Active", "Roles"], shown)


def _area(session: Session, code: str | None) -> int | None:
    if code is None:
        return None
    unit = browsing.unit_by_code(session, code, today(None), Scope.everything())
    if unit is None:
        raise NotFoundError("place_unknown", place=code)
    return unit.unit_id


def _code(session: Session, unit_id: int | None) -> str | None:
    if unit_id is None:
        return None
    line = browsing.chain(session, unit_id, today(None))
    return line[-1].code if line else None
