"""Places by what people call them: names and addresses, found as written, by sound, or with one slip (DOMAIN §2.7).

A city's names are gathered once for each state of its data and kept: reading 18,000 units takes 200 ms, and people
type letter by letter.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from threading import Lock

from sqlalchemy.orm import Session

from gridgov.domain.asking import bare, house, in_compound, shortened, stem, written
from gridgov.storage.current import At, Scope, current
from gridgov.storage.models import UnitVersion
from gridgov.usecases import browsing, deployment
from gridgov.usecases.data_version import data_version
from gridgov.usecases.lookups import things_for

KEPT = 4
CERTAIN = frozenset({"name", "part"})
_LEAST_SLIPPED = 4  # 桂花苑 is no slip for 梅花苑
_LEAST_HELD = 3
Way = tuple[str, Callable[["PlaceNames", str], Iterable[str]]]


@dataclass(frozen=True)
class Match:
    """Units that a text may mean, the likeliest first, and how they were found: `way` says that to people."""

    way: str
    units: tuple[int, ...]


@dataclass
class PlaceNames:
    """What the places of a city are called on a day; `bearers` holds the units by each name and address as written."""

    bearers: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    bares: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    stems: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    sounds: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    initials: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    slips: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    roads: dict[str, list[tuple[int, int, str]]] = field(default_factory=lambda: defaultdict(list))
    inside: dict[tuple[int, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    rank: dict[int, tuple[int, str]] = field(default_factory=dict)

    def matches(self, text: str) -> Iterator[Match]:
        """Yield what a text may mean, way by way, the surest first."""
        wanted = written(text)
        yield from self._found(_AS_WRITTEN, wanted)
        yield from self._inside(wanted)
        yield from self._found(_OTHERWISE, wanted)

    def _found(self, ways: Iterable[Way], wanted: str) -> Iterator[Match]:
        for way, look in ways:
            found = self._units(look(self, wanted))
            if found:
                yield Match(way, tuple(found))

    def _inside(self, wanted: str) -> Iterator[Match]:
        """Yield the buildings that a text means by the place they are in and their own name."""
        place, building = in_compound(wanted) or ("", "")
        for match in self.matches(place) if place else ():
            inside = [unit for each in match.units for unit in self.inside.get((each, building), ())]
            if inside:
                yield Match(match.way, tuple(inside))

    def _units(self, names: Iterable[str]) -> list[int]:
        """Return who bears some names: name by name, and those of one name from the top of the ladder down."""
        found: dict[int, None] = {}
        for name in names:
            found.update(dict.fromkeys(sorted(self.bearers[name], key=self.rank.__getitem__)))
        return list(found)


def places_called(session: Session, text: str, at: At, scope: Scope) -> Match | None:
    """Return the units the asker may see that a text means by the surest way that finds any, or None."""
    for match in gathered(session, at).matches(text):
        seen = _visible(session, match.units, at, scope)
        if seen:
            return Match(match.way, seen)
    return None


def suggested(session: Session, text: str, at: At, scope: Scope, most: int) -> list[int]:
    """Return units that a text still being typed may come to mean, the likeliest first."""
    found: dict[int, None] = {}
    for match in gathered(session, at).matches(text) if written(text) else ():
        if match.way in {"slip", "road"} and found:
            break
        found.update(dict.fromkeys(_visible(session, match.units[: most * 20], at, scope)))
        if len(found) >= most:
            break
    return list(found)[:most]


def gathered(session: Session, at: At) -> PlaceNames:
    """Return the names of a day's places, gathered anew only where the data have changed."""
    key = (session.get_bind().engine.url, data_version(session), at)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    names = _gather(session, at)
    with _lock:
        _kept[key] = names
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return names


_kept: OrderedDict[object, PlaceNames] = OrderedDict()
_lock = Lock()


def _visible(session: Session, units: tuple[int, ...], at: At, scope: Scope) -> tuple[int, ...]:
    if scope.areas is None:
        return units
    own = current(UnitVersion, at, scope).with_only_columns(UnitVersion.unit_id)
    seen = set(things_for(session, own, UnitVersion.unit_id, units))
    return tuple(unit for unit in units if unit in seen)


def _gather(session: Session, at: At) -> PlaceNames:
    depth = {level.id: rank for rank, level in enumerate(deployment.profile(session).levels)}
    names = PlaceNames()
    columns = (
        *(UnitVersion.unit_id, UnitVersion.level, UnitVersion.code, UnitVersion.parent_id),
        *(UnitVersion.name, UnitVersion.address),
    )
    named = current(UnitVersion, at, Scope.everything()).where(UnitVersion.level != browsing.HOUSEHOLD)
    for unit, level, code, parent, *told in session.execute(named.with_only_columns(*columns)):
        names.rank[unit] = (depth[level], code)
        for each in {written(text) for text in told if text} - {""}:
            names.bearers[each].append(unit)
            if level == "building" and parent is not None:
                names.inside[parent, each].append(unit)
    for name in names.bearers:
        _note(names, name)
    return names


def _note(names: PlaceNames, name: str) -> None:
    """Note a name under all the forms it may be asked by."""
    short = bare(name)
    names.bares[short].append(name)
    names.stems[stem(name)].append(name)
    for sounded, key in (_sounds(short), *([_sounds(name)] if name != short else [])):
        names.sounds[sounded].append(name)
        names.initials[key].append(name)
    for part in shortened(short) if len(short) >= _LEAST_SLIPPED else ():
        names.slips[part].append(name)
    known = house(name)
    if known is not None:
        names.roads[known[0]].append((*known[1:], name))


def _sounds(name: str) -> tuple[str, str]:
    """Return a name in pinyin without tones, and the first letter of each syllable; digits and letters stay."""
    # the dictionary takes 0.2 s and 57 MB: who asks by code or position does without
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    syllables = [part.replace("v", "u") for part in lazy_pinyin(name)]  # lü is typed as lv or lu
    return "".join(syllables), "".join(part if part[0].isdecimal() else part[0] for part in syllables)


def _named(names: PlaceNames, wanted: str) -> Iterable[str]:
    return [wanted] if wanted in names.bearers else []


def _bare(names: PlaceNames, wanted: str) -> Iterable[str]:
    return names.bares.get(bare(wanted), ())


def _beginning(names: PlaceNames, wanted: str) -> Iterable[str]:
    short = bare(wanted)
    return sorted((name for name in names.bearers if short and name.startswith(short)), key=_length)


def _containing(names: PlaceNames, wanted: str) -> Iterable[str]:
    short = bare(wanted)
    return sorted((name for name in names.bearers if short and short in name), key=_length)


def _contained(names: PlaceNames, wanted: str) -> Iterable[str]:
    """Return the longest names that stand in what was asked, with more around them."""
    found = [name for name in names.bares if len(name) >= _LEAST_HELD and name in wanted]
    longest = max(map(len, found), default=0)
    return [name for short in found if len(short) == longest for name in names.bares[short]]


def _stemmed(names: PlaceNames, wanted: str) -> Iterable[str]:
    return names.stems.get(stem(wanted), ())


def _numbered(names: PlaceNames, wanted: str) -> Iterable[str]:
    """Return the addresses of one house number, whatever number stands behind it: 12号, 12-1号."""
    asked = house(wanted)
    known = names.roads.get(asked[0], ()) if asked else ()
    return [name for number, _, name in sorted(known) if asked and number == asked[1]]


def _sounding(names: PlaceNames, wanted: str) -> Iterable[str]:
    asked = _sounds(bare(wanted))[0]
    if asked in names.sounds:
        return names.sounds[asked]
    if not wanted.isascii() or len(asked) < 2:
        return ()
    begun = sorted((key for key in names.sounds if key.startswith(asked)), key=_length)
    return [name for key in begun for name in names.sounds[key]]


def _initialled(names: PlaceNames, wanted: str) -> Iterable[str]:
    if not wanted.isascii() or len(wanted) < 2:
        return ()
    begun = sorted((key for key in names.initials if key.startswith(wanted)), key=_length)
    return [name for key in begun for name in names.initials[key] if len(key) == len(begun[0]) or len(wanted) > 2]


def _slipped(names: PlaceNames, wanted: str) -> Iterable[str]:
    short = bare(wanted)
    if len(short) < _LEAST_SLIPPED or house(wanted):
        return ()  # another house number is another house
    return dict.fromkeys(name for part in shortened(short) for name in names.slips.get(part, ()))


def _on_the_road(names: PlaceNames, wanted: str) -> Iterable[str]:
    """Return the addresses on the road asked about, the nearest numbers of the same side first."""
    asked = house(wanted)
    if asked is None:
        return ()
    known = names.roads.get(asked[0], ())
    return [name for *_, name in sorted(known, key=lambda one: (_steps(one[0], asked[1]), one))]


def _steps(number: int, asked: int) -> int:
    """Return how far apart two house numbers are; the other side of the road counts as further."""
    return abs(number - asked) + 4 * ((number - asked) % 2)


def _length(name: str) -> tuple[int, str]:
    return (len(name), name)


_AS_WRITTEN: tuple[Way, ...] = (
    ("name", _named),
    ("name", _bare),
    ("part", _beginning),
    ("part", _containing),
)
_OTHERWISE: tuple[Way, ...] = (
    ("house", _numbered),
    ("part", _contained),
    ("stem", _stemmed),
    ("sound", _sounding),
    ("initials", _initialled),
    ("slip", _slipped),
    ("road", _on_the_road),
)
