"""Gaps told in the language of whoever asks for the page."""

from collections.abc import Mapping
from typing import Any

from gridgov.domain.standards import RulePack
from gridgov.web.language import locale
from gridgov.web.page import level_name
from gridgov.wording import gaps
from gridgov.wording.gaps import graded, older

__all__ = ["cause_words", "counted", "department_name", "gap_sentence", "graded", "older"]


def gap_sentence(gap: Mapping[str, Any], pack: RulePack, type_name: str, basis: str) -> str:
    """Say what people here lack and why."""
    row = pack.row(str(gap["type"]))
    level = None if row is None or row.jurisdiction is None else level_name(row.jurisdiction)
    return gaps.gap_sentence(gap, pack, gaps.Called(type_name, level), basis, locale())


def cause_words(cause: str) -> str:
    """Say a cause as the end of a sentence."""
    return gaps.cause_words(cause, locale())


def counted(people: float | None, basis: str) -> str:
    """Say a count with its unit."""
    return gaps.counted(people, basis, locale())


def department_name(pack: RulePack, department: str | None) -> str:
    """Return the name of a lead department, or a dash where the pack names none."""
    return gaps.department_name(pack, department, locale())
