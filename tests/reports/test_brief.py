"""The brief on paper: what it says can be read back, every character has its shape, and it is the same every time."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy.orm import Session

from gridgov.errors import GridgovError
from gridgov.reports.brief import Made, brief_pdf, document
from gridgov.reports.typesetting import typeset
from gridgov.storage.current import At, Scope
from gridgov.usecases import reporting
from gridgov.wording import LOCALES, TRANSLATIONS
from tests import cases
from tests.databases import TODAY

MADE = Made(datetime(2026, 3, 31, 8, 0, tzinfo=UTC), "周敏")
AT = At(cases.DAY)
TRICKY = r"#桂花$苑*@C1 \_<b>`[x] // {day} {page}"


@pytest.mark.parametrize("locale", LOCALES)
def test_what_it_says_can_be_read_back(demo_session: Session, locale: str) -> None:
    told = reporting.brief(demo_session, At(TODAY), Scope.everything())
    pages = read(brief_pdf(told, MADE, locale))
    assert 2 <= len(pages) <= 4
    text = squeezed("".join(pages))
    names = [part.name for part in told.parts] + [post.name for posts in told.posts for post in posts.first]
    assert [name for name in names if squeezed(name) not in text] == []
    covered = told.report["branch_coverage"]
    percent = f"{covered['covered'] / covered['compounds']:.1%}"
    assert percent in text
    masked = {"zh_Hans": "号码已脱敏", "en": "numbersmasked"}[locale]
    assert [number for number, page in enumerate(pages) if masked not in squeezed(page) or "周敏" not in page] == []


def test_no_character_lacks_its_shape(demo_folder: Path) -> None:
    fonts = Path(__file__).resolve().parents[2] / "geodata" / "fonts"
    known = characters_of(fonts / "NotoSansCJKsc-Regular.otf")
    asked = (TRANSLATIONS / "zh_Hans" / "LC_MESSAGES" / "messages.po").read_text(encoding="utf-8")
    asked += "".join(path.read_text(encoding="utf-8") for path in demo_folder.iterdir() if path.suffix != ".pbf")
    assert {letter for letter in asked if letter.isprintable()} - known == set()
    assert known >= set("䶮㛃堃喆")


def test_a_name_prints_as_itself(session: Session, tmp_path: Path) -> None:
    files = cases.district(tmp_path)
    files.unit("compound", "C3", name=TRICKY, parent="420503001001")
    files.load(session)
    told = reporting.brief(session, AT, Scope.everything())
    assert squeezed(TRICKY) in squeezed("".join(read(brief_pdf(told, MADE, "en"))))


def test_the_same_data_give_the_same_bytes(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    first, again = (brief_pdf(reporting.brief(session, AT, Scope.everything()), MADE, "zh_Hans") for _ in range(2))
    assert first == again


@pytest.mark.parametrize("locale", LOCALES)
def test_an_empty_database_says_so(session: Session, locale: str) -> None:
    pages = read(brief_pdf(reporting.brief(session, AT, Scope.everything()), MADE, locale))
    assert len(pages) == 1
    assert {"zh_Hans": "这一天没有任何单元的记录", "en": "Noplacesarerecordedforthisday"}[locale] in squeezed(pages[0])


def test_no_name_of_a_person_and_no_number_of_one_is_in_it(session: Session, tmp_path: Path) -> None:
    cases.district(tmp_path).load(session)
    told = str(document(reporting.brief(session, AT, Scope.everything()), MADE, "zh_Hans"))
    assert [name for name in ("赵一", "钱二", "孙三", "13812341234", "王建国") if name in told] == []


def test_what_typst_refuses_is_a_clear_error() -> None:
    with pytest.raises(GridgovError, match="typesetting_failed"):
        typeset("brief.typ", {}, MADE.when)


def read(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def squeezed(text: str) -> str:
    """Drop what a line break or a space between scripts may have put in."""
    return re.sub(r"\s+", "", text)


def characters_of(font: Path) -> set[str]:
    """Return the characters an OpenType font has shapes for, by the last segmented table of its cmap (format 12)."""
    data = font.read_bytes()
    tables = {data[at : at + 4]: int.from_bytes(data[at + 8 : at + 12]) for at in range(12, 12 + 16 * data[5], 16)}
    start = tables[b"cmap"]
    count = int.from_bytes(data[start + 2 : start + 4])
    offsets = {start + int.from_bytes(data[start + 8 + 8 * n : start + 12 + 8 * n]) for n in range(count)}
    return {letter for at in offsets if data[at + 1] == 12 for letter in segments(data, at)}


def segments(data: bytes, at: int) -> Iterator[str]:
    for group in range(int.from_bytes(data[at + 12 : at + 16])):
        place = at + 16 + 12 * group
        first, last = (int.from_bytes(data[place + n : place + n + 4]) for n in (0, 4))
        yield from map(chr, range(first, last + 1))
