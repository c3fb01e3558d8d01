"""`gridgov plan …`: edits that somebody thinks of, and what they would change."""

from datetime import date
from pathlib import Path
from typing import Any

import click
import orjson

from gridgov.cli.console import answer_json, as_json, as_of, changing, clearly, locale, looking, progress, say, table
from gridgov.cli.console import today as on
from gridgov.errors import InputError
from gridgov.sources.documents import read_toml
from gridgov.usecases import planning
from gridgov.wording import term


@click.group()
def plan() -> None:
    """Plans: service points, gates and links edited on paper, and what they would change."""


@plan.command("new")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--pack", default=None, metavar="P", help="The rule pack.")
@as_of
@as_json
@clearly
def plan_new(name: str, file: Path, pack: str | None, as_of: date | None, form: str) -> None:
    """Keep the edits of FILE, TOML or JSON, under NAME, and tell what they change."""
    document = _read(file)
    progress("Working out the plan …")
    with looking() as session:
        drawn = planning.draw(session, on(as_of), document, pack)
    with changing() as session:
        told = planning.show(planning.create(session, name, drawn))
    _tell(told, form)


@plan.command("list")
@as_json
@clearly
def plan_list(form: str) -> None:
    """List the plans, and say which have become stale."""
    with looking() as session:
        rows = planning.listed(session)
    if form == "json":
        answer_json({"rows": rows})
        return
    table(
        ["Plan", "Name", "As of", "Rule pack", "Edits", "State"],
        [
            [row["plan"], row["name"], row["as_of"], row["pack"], row["edit_count"], _state(stale=row["stale"])]
            for row in rows
        ],
    )


@plan.command("show")
@click.argument("wanted", metavar="PLAN")
@as_json
@clearly
def plan_show(wanted: str, form: str) -> None:
    """Show what a plan, by its name or number, came to when it was last run."""
    with looking() as session:
        found = planning.find(session, wanted)
        told = planning.show(found, stale=planning.is_stale(session, found))
    _tell(told, form)


@plan.command("run")
@click.argument("wanted", metavar="PLAN")
@as_json
@clearly
def plan_run(wanted: str, form: str) -> None:
    """Work a plan out again on the data as they are now."""
    with looking() as session:
        kept = planning.find(session, wanted)
        if planning.is_stale(session, kept):
            progress("The data have changed since the plan was last run.")
        progress("Working out the plan …")
        drawn = planning.again(session, kept)
    with changing() as session:
        told = planning.show(planning.keep(session, planning.find(session, wanted), drawn))
    _tell(told, form)


@plan.command("remove")
@click.argument("wanted", metavar="PLAN")
@clearly
def plan_remove(wanted: str) -> None:
    """Forget a plan."""
    with changing() as session:
        kept = planning.find(session, wanted)
        name = kept.name
        planning.remove(session, kept)
    say("Plan {name} is removed.", name=name)


def _read(file: Path) -> dict[str, Any]:
    if file.suffix.lower() != ".json":
        return read_toml(file)
    if not file.is_file():
        raise InputError("file_missing", path=str(file))
    try:
        found = orjson.loads(file.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise InputError("plan_json_bad", path=str(file), reason=str(error)) from error
    return found if isinstance(found, dict) else {"edits": found}


def _state(*, stale: bool) -> str:
    return term("plan_state", "stale" if stale else "current", locale())


def _tell(told: dict[str, Any], form: str) -> None:
    if form == "json":
        answer_json(told)
        return
    say("Plan {plan}, {name}: as of {as_of}, rule pack {pack}, {edit_count} edits.", **told)
    if told["stale"]:
        say("The data have changed since: “gridgov plan run {plan}” works it out again.", **told)
    if told["estimate"]:
        say("No paths are loaded: these are estimates by straight lines × 1.3.")
    for row in told["edits_told"]:
        if row["in_doubt"]:
            say("Edit {edit}, {do}, is in doubt: it lies off the paths, and is not counted.", **row)
    rows = [
        [row["type"], row["people"], row["before"], row["after"], row["after"] - row["before"]]
        for row in told["types"]
        if row["before"] != row["after"]
    ]
    if rows:
        table(["Type", "People", "Covered before", "Covered after", "Gained"], rows)
    else:
        say("Nobody gains or loses anything that is told.")
    say("{people_gaining:,.0f} people gain something, {people_losing:,.0f} lose something.", **told)
