"""Numbers, shares and days as a language writes them; a dash where one isn't known."""

from datetime import date
from typing import Protocol

from babel import dates, numbers

NOT_KNOWN = "–"


class Named(Protocol):
    """Anything of the catalogues that has a Chinese and an English name."""

    @property
    def zh(self) -> str:
        """The Chinese name."""

    @property
    def en(self) -> str:
        """The English name."""


def named(thing: Named, locale: str) -> str:
    """Return the name of a catalogue's entry."""
    return thing.zh if locale == "zh_Hans" else thing.en


def number(value: float | None, locale: str) -> str:
    """Write a count as the language groups it."""
    return NOT_KNOWN if value is None else numbers.format_decimal(round(value), locale=locale)


def share(value: float | None, locale: str) -> str:
    """Write a share as a percentage, with one decimal always: shares stand below each other."""
    return NOT_KNOWN if value is None else numbers.format_percent(round(value, 3), "#,##0.0%", locale=locale)


def day(value: date | str | None, locale: str) -> str:
    """Write a date."""
    if value is None or value == "":
        return NOT_KNOWN
    when = date.fromisoformat(value) if isinstance(value, str) else value
    return dates.format_date(when, "y年M月d日" if locale == "zh_Hans" else "d MMM y", locale=locale)
