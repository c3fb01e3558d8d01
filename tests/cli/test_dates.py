"""Every verb that answers about the city takes the day asked about."""

from collections.abc import Iterator

import click
import pytest

from gridgov.cli import main
from gridgov.domain.fields import KINDS
from tests.cli.conftest import Answer

WRITE = {
    "init", "demo", "serve", "import osm", "import undo", "profile load", "pack load", "user add", "user role",
    "user disable", "worker", "plan run", "plan remove", "contacts propose", "contacts approve", "contacts decline",
    "contacts settle",
    *(f"import {kind}" for kind in KINDS),
}  # fmt: skip
# Records by their number, blank templates, and settings that have no history.
TIMELESS = {
    "import show", "import template", "profile list", "pack list", "user list", "coverage diff",
    "plan list", "plan show", "contacts changes",
}  # fmt: skip


def verbs(group: click.Group, *above: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command by its whole name."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from verbs(command, *above, name)
        else:
            yield " ".join((*above, name)), command


def test_every_reading_verb_takes_a_day() -> None:
    dated = {name for name, command in verbs(main) if any("--as-of" in each.opts for each in command.params)}
    known = {name for name, _ in verbs(main)}
    assert known - dated == (WRITE | TIMELESS) & known
    assert not dated & (WRITE | TIMELESS)


@pytest.mark.parametrize("words", [["import", "list"], ["contacts", "report"], ["check"]])
@pytest.mark.usefixtures("begun")
def test_before_anything_was_known_nothing_is_told(answer: Answer, words: list[str]) -> None:
    told = answer(*words, "--as-of", "2001-01-01")
    assert told.get("rows", []) == []
    assert all(tier["due"] == 0 for tier in told.get("tiers", []))
