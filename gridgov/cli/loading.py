"""`gridgov profile …` and `gridgov pack …`: which there are, which is in force, and another put in its place."""

from collections.abc import Callable
from dataclasses import asdict

import click
from sqlalchemy.orm import Session

from gridgov.cli.console import answer_json, as_json, changing, clearly, locale, looking, say, table, told
from gridgov.usecases import loading
from gridgov.usecases.loading import Listed, Loading

_FILE = "FILE|ID"


@click.group()
def profile() -> None:
    """Level profiles: a city's ladder of levels, its contact tiers, its role catalogue."""


@profile.command("list")
@as_json
@clearly
def profile_list(form: str) -> None:
    """List the level profiles there are, and say which is in force."""
    _list(loading.listed_profiles, form)


@profile.command("load")
@click.argument("file", metavar=_FILE)
@as_json
@clearly
def profile_load(file: str, form: str) -> None:
    """Put a level profile in force: a TOML file, which is kept with the data, or one of the list by its id."""
    done = _load(loading.load_profile, file, form)
    if done is None:
        return
    say("Level profile {name} is in force.", name=_name(done))
    if done.astray:
        say(
            "{contacts} contacts, {posts} posts and {grids} grids stand on another level than this profile gives them; "
            "they are counted nowhere.",
            **{kind: done.astray.get(kind, 0) for kind in ("contacts", "posts", "grids")},
        )


@click.group()
def pack() -> None:
    """Rule packs: which services people need, within what distance, and who leads each."""


@pack.command("list")
@as_json
@clearly
def pack_list(form: str) -> None:
    """List the rule packs there are, and say which is in force."""
    _list(loading.listed_packs, form)


@pack.command("load")
@click.argument("file", metavar=_FILE)
@as_json
@clearly
def pack_load(file: str, form: str) -> None:
    """Put a rule pack in force: a TOML file, which is kept with the data, or one of the list by its id."""
    done = _load(loading.load_pack, file, form)
    if done is not None:
        say("Rule pack {name} is in force. Compute coverage anew to see it at work.", name=_name(done))


def _list(listed: Callable[[Session], list[Listed]], form: str) -> None:
    with looking() as session:
        rows = listed(session)
    if form == "json":
        answer_json({"rows": [asdict(row) for row in rows]})
        return
    origins = {"shipped": told("shipped"), "loaded": told("loaded")}
    shown = [
        [row.id, _name(row), row.version, row.extends, origins[row.origin], told("yes") if row.in_force else None]
        for row in rows
    ]
    table(["Id", "Name", "Version", "Extends", "Origin", "In force"], shown)


def _load(load: Callable[[Session, str], Loading], file: str, form: str) -> Loading | None:
    """Load a file, and return what is left to be said in words."""
    with changing() as session:
        loaded = load(session, file)
    if form == "json":
        answer_json(asdict(loaded))
        return None
    return loaded


def _name(named: Listed | Loading) -> str:
    return named.zh if locale().startswith("zh") else named.en
