"""When two names are one name, written differently."""

import re
import unicodedata
from difflib import SequenceMatcher

_ALIKE = 0.5
_BLANKS = re.compile(r"[\s\u200b\ufeff]+")
_DOTS = re.compile(r"[•・‧∙⋅.]")
# 宜昌市伍家岗区宝江社区: a city and a district before a name say where it is, not which.
_WHERE = re.compile(r"^(?:\w{2,6}省)?\w{2,4}市\w{1,7}?(?<![社小校园])[区县](?=\w{2})")
_OFFICES = (
    (re.compile(r"(?<=.)(?:社区)?(?:居民委员会|居委会)$|(?<=.)社区$"), "社区"),
    (re.compile(r"(?<=.)村?(?:村民委员会|村委会)$|(?<=.)村$"), "村"),
    (re.compile(r"(?<=.)街道(?:办事处|办)?$"), "街道"),
)
_WITH_OFFICE = re.compile(r"(.+?)\s*[(\[【]\s*(.+?)\s*[)\]】]\s*")


def folded(name: str) -> str:
    """Return a name as it is compared: in one width and case, without blanks."""
    return _DOTS.sub("·", _BLANKS.sub("", unicodedata.normalize("NFKC", name).casefold()))


def place_name(name: str) -> str:
    """Return a place's name as it is compared: 隆康路社区居委会, 隆康路社区居民委员会 and 隆康路社区 are one."""
    bare = without_city(folded(name))
    for ending, kind in _OFFICES:
        root, found = ending.subn("", bare)
        if found:
            return root + kind
    return bare


def without_city(name: str) -> str:
    """Return a folded name without the city and district before it."""
    return _WHERE.sub("", name)


def name_and_office(told: str) -> tuple[str, str | None]:
    """Part what somebody is called from the department told in brackets behind it: 王伟（民政局）."""
    found = _WITH_OFFICE.fullmatch(unicodedata.normalize("NFKC", told))
    return (found[1], found[2]) if found else (told, None)


def resemble(one: str, other: str) -> bool:
    """Tell whether two compared names could be spellings of one: 付家堰 and 傅家堰."""
    return SequenceMatcher(None, one, other).ratio() > _ALIKE
