"""How people write places: whatever the width, the words left out or the marks, one house is one house."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgov.domain.asking import bare, house, in_compound, shortened, stem, written

WIDE = {
    ord(half): chr(ord(half) + 0xFEE0) for half in "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ#-"
}
NAMES = st.text("桂花苑东风西陵路街巷号栋一二三十之-#0123456789abC小区社 ", min_size=1, max_size=14)


@pytest.mark.parametrize(
    "told",
    [
        "中山路12-1号",
        "中山路１２－１號",
        "中山路12号之1",
        "中山路十二號之１",
        "宜昌市西陵区中山路 12—1号",
        "中山路12-1",
    ],
)
def test_a_house_number_is_written_in_many_ways(told: str) -> None:
    assert written(told) == "中山路12-1号"
    assert house(written(told)) == ("中山路", 12, 1)


@pytest.mark.parametrize(
    "told",
    ["桂花苑3栋", "桂花苑３號樓", "桂花苑 三幢", "桂花苑3座", "桂花苑3#楼", "桂花苑3栋2单元501室", "桂花苑3号楼2单元"],
)
def test_so_is_a_building(told: str) -> None:
    assert in_compound(written(told)) == ("桂花苑", "3栋")


@pytest.mark.parametrize(
    ("told", "short"),
    [
        ("桂花苑小区", "桂花苑"),
        ("东风社区居委会", "东风"),
        ("ＡＢ 座", "ab栋"),
        ("学院街道办事处", "学院"),
        ("学院街道办", "学院"),
        ("小区", "小区"),
        ("中山三路", "中山三路"),
    ],
)
def test_the_word_for_what_it_is_may_be_left_out(told: str, short: str) -> None:
    assert bare(written(told)) == short


def test_compounds_end_alike() -> None:
    assert stem("桂花苑") == stem("桂花家园小区") == "桂花"
    assert stem("花园") == "花园"


@pytest.mark.parametrize(
    ("told", "number"), [("五", 5), ("十", 10), ("十二", 12), ("二十", 20), ("一百零五", 105), ("三〇八", 308)]
)
def test_numbers_in_chinese(told: str, number: int) -> None:
    assert written(f"西陵路{told}号") == f"西陵路{number}号"


@given(NAMES)
def test_width_case_and_blanks_tell_nothing(text: str) -> None:
    assert written(text.translate(WIDE)) == written(text) == written(" ".join(text)) == written(text.swapcase())


@given(NAMES)
def test_what_is_written_stays_so(text: str) -> None:
    once = written(text)
    assert unicodedata.normalize("NFKC", once).casefold() == once
    assert not set(once) & set(" ,，號樓棟")


@given(st.text("abcd", min_size=1, max_size=8), st.data())
def test_one_slip_leaves_a_part_in_common(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("abcdx"))
    slips = {word[:at] + letter + word[at + 1 :], word[:at] + letter + word[at:], word[:at] + word[at + 1 :]}
    slips.add(word[:at] + word[at : at + 2][::-1] + word[at + 2 :])
    assert all(set(shortened(word)) & set(shortened(slip)) for slip in slips)
