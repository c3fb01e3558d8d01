"""The README tells the truth: its commands parse, its settings are the code's, its links and targets exist."""

import importlib
import re
import shlex
from pathlib import Path

import click
import pytest

from gridgov.cli import main

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = sorted({line for block in BLOCKS for line in block.splitlines() if line.startswith("gridgov ")})
INLINE = sorted(set(re.findall(r"`(gridgov [a-z][^`…]*)`", README)))


def test_the_first_line_leads_to_the_chinese_part() -> None:
    assert README.splitlines()[0] == "[中文说明](#中文说明)"


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_parse(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command, comments=True)[1:]
    for word in words:
        if re.fullmatch(r"[\w./-]+\.[a-z]{3,8}", word):
            Path(word).touch()
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda _prompt: "a long password")
    parse(main, words)


@pytest.mark.parametrize("command", INLINE)
def test_commands_in_sentences_exist(command: str) -> None:
    found: click.Command = main
    for word in shlex.split(command)[1:]:
        if not isinstance(found, click.Group):
            break
        assert word in found.commands, f"{command}: no {word}"
        found = found.commands[word]


def test_settings_are_those_of_the_code() -> None:
    named = r"\bGRIDGOV_[A-Z_]*[A-Z]\b"
    sources = [*(ROOT / "gridgov").rglob("*.py"), ROOT / "tests" / "conftest.py"]
    used = {found for path in sources for found in re.findall(named, path.read_text(encoding="utf-8"))}
    told = set(re.findall(rf"^\| `({named})`", README, re.MULTILINE))
    assert told == used
    assert set(re.findall(named, README)) == told


def test_the_application_it_hands_to_gunicorn_exists() -> None:
    module, name = re.findall(r"gunicorn [^\n]*'([\w.]+):(\w+)\(\)'", README)[0]
    assert callable(getattr(importlib.import_module(module), name))


def test_links_and_pictures_exist() -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", README)
    files = [target for target in targets if not target.startswith(("#", "http://", "https://"))]
    assert [file for file in files if not (ROOT / file).exists()] == []
    headings = {anchor(heading) for heading in re.findall(r"^#+ (.+)$", README, re.MULTILINE)}
    assert [target for target in targets if target.startswith("#") and target[1:] not in headings] == []


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"\bmake ([a-z-]+)", "\n".join([*BLOCKS, *re.findall(r"`([^`]+)`", README)])))
    assert {"demo", "test"} <= targets
    assert [target for target in targets if not re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)] == []


def parse(command: click.Command, words: list[str], parent: click.Context | None = None) -> None:
    """Parse a command line as click does, down to the last subcommand, and run nothing."""
    context = command.make_context(command.name, words, parent=parent)
    if isinstance(command, click.Group):
        name, subcommand, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert subcommand is not None, name
        parse(subcommand, rest, context)


def anchor(heading: str) -> str:
    """Return the fragment under which a heading is reached."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
