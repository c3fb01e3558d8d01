"""How far long work is, on stderr: a bar where somebody sits before it, else a line now and then."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from gridgov.cli.console import locale, told
from gridgov.domain.intake import Progress
from gridgov.wording import term

_BAR = 24
_REST_BLANK = "\x1b[K"
_BETWEEN_BARS, _BETWEEN_LINES = 0.1, 5.0  # seconds; what ends sooner than the first of them says nothing


@contextmanager
def following() -> Iterator[Progress]:
    """Yield what work tells its progress to; a bar is wiped away at the end."""
    at_terminal = seen()
    between = _BETWEEN_BARS if at_terminal else _BETWEEN_LINES
    last = time.monotonic()
    shown = False

    def tell(stage: str, done: int, of: int) -> None:
        nonlocal last, shown
        if time.monotonic() - last < between:
            return
        last = time.monotonic()
        line = _line(stage, done, of)
        if not at_terminal:
            click.echo(line, err=True)
            return
        filled = _BAR * done // of if of else 0
        click.echo(f"\r[{'#' * filled}{' ' * (_BAR - filled)}] {line}{_REST_BLANK}", err=True, nl=False)
        shown = True

    try:
        yield tell
    finally:
        if shown:
            click.echo(f"\r{_REST_BLANK}", err=True, nl=False)


def seen() -> bool:
    """Tell whether somebody sits before stderr."""
    return sys.stderr.isatty()


def _line(stage: str, done: int, of: int) -> str:
    called = term("stage", stage, locale())
    return told("{stage}: {done} of {of}", stage=called, done=f"{done:,}", of=f"{of:,}") if of > 1 else f"{called} …"
