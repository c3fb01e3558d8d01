"""What a person does to the data by hand, said as a form says it; and how a refusal answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from shapely.geometry.base import BaseGeometry

from gridgov.domain.intake import Problem
from gridgov.errors import ConflictError, InputError


@dataclass(frozen=True)
class Change:
    """Make a thing, or change one from a day on: what isn't told stays, and so does a place that isn't given.

    `vacate` goes with a cadre who leaves his department: what he holds ends on that day.
    """

    kind: str
    identity: int | None
    day: date
    told: Mapping[str, str]
    geometry: BaseGeometry | None = None
    level: str | None = None
    stamp: str | None = None
    vacate: bool = False


@dataclass(frozen=True)
class End:
    """End a thing on a day; `along` ends all that lives on it too."""

    kind: str
    identity: int
    day: date
    stamp: str | None = None
    along: bool = False


@dataclass(frozen=True)
class Part:
    """What a part of a divided area is called and counts, and where it lies."""

    told: Mapping[str, str]
    geometry: BaseGeometry


@dataclass(frozen=True)
class Split:
    """Divide an area from a day on; the first part goes on as what it was, the others are new."""

    kind: str
    identity: int
    day: date
    parts: tuple[Part, ...]
    stamp: str | None = None


@dataclass(frozen=True)
class Merge:
    """Join areas from a day on: one goes on, what lived on the others moves to it."""

    kind: str
    identity: int
    others: tuple[int, ...]
    day: date
    told: Mapping[str, str] = field(default_factory=dict)
    stamp: str | None = None


@dataclass(frozen=True)
class Several:
    """Acts of one day that are done together or not at all."""

    acts: tuple[Change | End, ...]
    day: date
    kind: str = ""
    identity: int | None = None
    stamp: str | None = None


Act = Change | End | Split | Merge | Several


class RefusedError(InputError):
    """A form that can't be taken as it is: each problem names its field."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("form_refused", count=len(problems))
        self.problems = problems


class LeavesError(ConflictError):
    """Ending a thing would leave others on nothing: how many, by kind."""

    def __init__(self, left: Mapping[str, int]) -> None:
        super().__init__("ending_leaves", count=sum(left.values()))
        self.left = dict(left)
