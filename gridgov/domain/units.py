"""The ladder of levels: profiles, codes, parents, validity."""

import re
from dataclasses import dataclass
from datetime import date

from gridgov.errors import InputError

LEVELS = ("street", "community", "compound", "building", "household")
AGE_BANDS = ("0_2", "3_5", "6_11", "12_14", "15_59", "60_79", "80")
COMPOUND_KINDS = ("walled", "open", "scattered", "work_unit")
MANAGEMENT_KINDS = ("property_company", "work_unit", "community", "none")
GRID_KINDS = ("basic", "special")
GATE_STATES = ("open", "residents", "closed")
GRID_CODE = re.compile(r"\d{15}")
_CODE_DIGITS = re.compile(r"\d+")
_NUMBERED = re.compile(r"\d[\d\s]*(?:\.0+)?")
_ROUNDED = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
_LIKE_DIGITS = re.compile(r"\d[\dOoIl]{5,}")
_DIGITS_MEANT = str.maketrans("OoIl", "0011")
_STATISTICS = (12, 9, 6)  # digits of the state's codes of communities, streets and counties
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


@dataclass(frozen=True)
class Level:
    """One rung of the ladder; `code_digits` is the length of its statistics code, where it has one."""

    id: str
    zh: str
    en: str
    code_digits: int | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of unit on a level that a city tells apart, a village say, with the words files use for it."""

    id: str
    level: str
    zh: str
    en: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class ContactTier:
    """One tier of three-tier contact: the level it goes to, the post of it, and the roles only one may hold at a time.

    `exclusive` is the post that can be vacant; `single` are further roles of which a unit has one. The post is due
    nowhere, or everywhere but in units of `not_due_kinds` and in all that lies in them. `cap` is the most such posts
    that a suggestion gives one person; without one there is no limit.
    """

    tier: int
    level: str
    exclusive: str
    roles: tuple[str, ...]
    due: bool
    single: tuple[str, ...] = ()
    not_due_kinds: tuple[str, ...] = ()
    cap: int | None = None

    @property
    def has_teams(self) -> bool:
        """Tell whether several cadres go to a unit together."""
        return "member" in self.roles


@dataclass(frozen=True)
class Role:
    """An entry of the role catalogue: a standing post on a level; of a single one a unit has one holder at a time."""

    id: str
    level: str
    zh: str
    en: str
    single: bool = False


@dataclass(frozen=True)
class LevelProfile:
    """A city's ladder, top first, with its contact tiers and its role catalogue.

    A ladder has some of the five LEVELS, under names of its own; what isn't on it nobody may rely on.
    """

    id: str
    zh: str
    en: str
    levels: tuple[Level, ...]
    grid_level: str
    tiers: tuple[ContactTier, ...]
    roles: tuple[Role, ...]
    kinds: tuple[Kind, ...] = ()
    extends: str | None = None

    def has(self, level_id: str) -> bool:
        """Tell whether the ladder has the level."""
        return any(level.id == level_id for level in self.levels)

    def kind(self, level_id: str, told: str) -> str | None:
        """Return the kind a word names on a level, or None; where a city tells none apart there, any word is one."""
        own = [kind for kind in self.kinds if kind.level == level_id]
        if not own:
            return told
        folded = told.casefold()
        named = ((kind.id, {word.casefold() for word in (kind.id, kind.zh, kind.en, *kind.words)}) for kind in own)
        return next((kind for kind, words in named if folded in words), None)

    def level(self, level_id: str) -> Level:
        """Return the level called `level_id`."""
        for level in self.levels:
            if level.id == level_id:
                return level
        raise InputError("level_unknown", value=level_id, known=", ".join(level.id for level in self.levels))

    def rank(self, level_id: str) -> int:
        """Return how far below the top the level stands, 0 for the top."""
        self.level(level_id)
        return [level.id for level in self.levels].index(level_id)

    @property
    def lowest_tier(self) -> int | None:
        """The number of the last contact tier, or None where the city has none."""
        return self.tiers[-1].tier if self.tiers else None

    def tier(self, number: int) -> ContactTier:
        """Return the contact tier with that number."""
        for tier in self.tiers:
            if tier.tier == number:
                return tier
        raise InputError("tier_unknown", value=number)


def normal_code(code: str, level: Level) -> str:
    """Bring a statistics code to its level's length: 110108014000 is the street 110108014.

    Codes of other shapes are kept as they stand.
    """
    digits = level.code_digits
    if digits is None or not _CODE_DIGITS.fullmatch(code) or len(code) <= digits:
        return code
    tail = code[digits:]
    return code[:digits] if not tail.strip("0") else code


def tidy_code(code: str) -> str:
    """Return a code without blanks around it, its full-width digits as plain ones; nothing else is touched."""
    return code.strip().translate(_FULL_WIDTH)


class MisreadCodeError(ValueError):
    """A code has letters where digits belong; `meant` is what it says with them."""

    def __init__(self, meant: str) -> None:
        super().__init__(meant)
        self.meant = meant


def read_code(text: str) -> str:
    """Read a code as spreadsheets leave it: '420503001002, 420503 001 002 and 420503001002.0 are one.

    Raises
    ------
    ValueError
        Where its last digits are lost: 4.20503E+11.
    MisreadCodeError
        Where letters stand for digits in it: 42O502001 for 420502001.
    """
    if text.isascii() and text.isdecimal():
        return text
    bare = re.sub(r"[\u200b\u200e\u200f\ufeff]", "", text).lstrip("'‘’`").strip()
    if _ROUNDED.fullmatch(bare):
        raise ValueError(text)
    if _NUMBERED.fullmatch(bare):
        return re.sub(r"\s|\.0+$", "", bare)
    code = " ".join(bare.split())
    meant = _with_digits(code)
    if meant != code:
        raise MisreadCodeError(meant)
    return code


def _with_digits(code: str) -> str:
    """Return a code with digits for the letters O, I and l in what must be a statistics code, or begins with one.

    What a city puts behind twelve digits is its own, and so is a short code with anything behind it.
    """
    run = _LIKE_DIGITS.match(code)
    if run is None:
        return code
    size = next(size for size in _STATISTICS if size <= len(run[0]))
    if size == _STATISTICS[-1] and len(code) > size:
        return code
    return code[:size].translate(_DIGITS_MEANT) + code[size:]


def parent_code(code: str, level: Level, above: Level | None) -> str | None:
    """Return the code of the level above that `code` itself contains, or None where it tells none."""
    if above is None or above.code_digits is None or not _CODE_DIGITS.match(code):
        return None
    if level.code_digits is not None and len(code) != level.code_digits:
        return None
    head = code[: above.code_digits]
    return head if len(head) == above.code_digits and head.isdigit() and len(code) > len(head) else None


def contradicts(code: str, level: Level, above: Level | None, parent: str | None) -> bool:
    """Tell whether a code names another parent than the one recorded."""
    told = parent_code(code, level, above)
    return told is not None and parent is not None and parent.isdigit() and told != parent


@dataclass(frozen=True)
class Period:
    """Half-open local dates: valid on `start`, no longer on `end`; no end means until further notice."""

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        """Refuse a period that ends before it begins."""
        if self.end is not None and self.end <= self.start:
            raise InputError("period_reversed", start=self.start.isoformat(), end=self.end.isoformat())

    def holds(self, day: date) -> bool:
        """Tell whether the day lies in the period."""
        return self.start <= day and (self.end is None or day < self.end)

    def meets(self, other: "Period") -> bool:
        """Tell whether the two share a day."""
        return (self.end is None or other.start < self.end) and (other.end is None or self.start < other.end)
