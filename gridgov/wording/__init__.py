"""Codes into words: the sentence of every error and the name of every fixed identifier, in the reader's language.

English stands here and in the templates; Chinese stands in the .po beside the pages and is read as it is, so that
there is nothing to build. Knows neither pages nor commands: both use it.
"""

import re
from collections.abc import Sequence
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from gridgov.errors import GridgovError
from gridgov.wording.sentences import SENTENCES
from gridgov.wording.terms import TERMS

__all__ = [
    "LOCALES",
    "SENTENCES",
    "TERMS",
    "TRANSLATIONS",
    "catalogue",
    "sentence",
    "term",
    "translate",
    "without_options",
]

LOCALES = ("zh_Hans", "en")
_OPTIONS = re.compile(r"\s?[(（][^()（）]*--[a-z][^()（）]*[)）]")
TRANSLATIONS = Path(__file__).resolve().parent.parent / "web" / "translations"


@cache
def catalogue(locale: str) -> NullTranslations:
    """Return the translations of a locale; English, being the source, translates to itself."""
    path = TRANSLATIONS / locale / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=locale))
    compiled.seek(0)
    return GNUTranslations(compiled)


def translate(text: str, locale: str, **params: object) -> str:
    """Return an English sentence in another language, with its {parameters} filled in."""
    told = catalogue(locale).gettext(text)
    return told.format(**params) if params else told


def sentence(error: GridgovError, locale: str) -> str:
    """Return what an error says to a person; a code without a sentence is shown as it is."""
    text = SENTENCES.get(error.code)
    if text is None:
        return str(error)
    known = _Params()
    known.update({name: _Word(told, locale, known) for name, told in error.params.items() if told is not None})
    return catalogue(locale).gettext(text).format_map(known)


def without_options(told: str) -> str:
    """Return a sentence as pages show it: what stands in brackets for the command line is left out."""
    return _OPTIONS.sub("", told)


def term(kind: str, value: object, locale: str) -> str:
    """Return the name of a fixed identifier; one that has none is shown as it is."""
    name = TERMS.get(kind, {}).get(str(value))
    return str(value) if name is None else catalogue(locale).gettext(name)


class _Params(dict[str, object]):
    """Parameters of a sentence; one that wasn't given or isn't known leaves a dash rather than hiding the sentence."""

    def __missing__(self, _key: str) -> "_Word":
        return _Word("–", "", self)


class _Word:
    """A parameter of a sentence: `{layer:layer}` names an identifier by what it identifies; a list is enumerated.

    `{later:batches}` tells batches, each a number, a kind and the names of its files.
    """

    """A parameter of a sentence; `{layer:layer}` names a fixed identifier by what it identifies.

    `{reason:sentence}` is the code of a sentence of its own, which the same parameters fill.
    """

    def __init__(self, told: object, locale: str, beside: _Params) -> None:
        self.told = told
        self.locale = locale
        self.beside = beside

    def __format__(self, kind: str) -> str:
        if kind == "batches" and isinstance(self.told, tuple | list):
            return "; ".join(self._batch(*batch) for batch in self.told)
        if isinstance(self.told, list):
            return catalogue(self.locale).gettext(", ").join(map(str, self.told))
        if kind == "sentence":
            return catalogue(self.locale).gettext(SENTENCES.get(str(self.told), "")).format_map(self.beside)
        if kind not in TERMS:
            return format(self.told, kind)
        return ", ".join(term(kind, each, self.locale) for each in str(self.told).split(", "))

    def _batch(self, number: int, kind: str, files: Sequence[str]) -> str:
        return f"{number} ({': '.join([term('batch', kind, self.locale), *([', '.join(files)] if files else [])])})"
