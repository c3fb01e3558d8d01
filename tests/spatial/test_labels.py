"""Names on a map: none over another, none out of the frame, the weightier first, and what has no room is counted."""

from itertools import combinations

import hypothesis.strategies as st
from hypothesis import given, settings

from gridgov.spatial.labels import Label, Placed, place, width_of
from gridgov.spatial.sheets import MM, scale, sheet

FRAME = (0.0, 0.0, 200.0, 120.0)
names = st.builds(
    Label,
    text=st.sampled_from(["桂花苑", "East gate", "一", "北山坡社区"]),
    x=st.floats(0, 200),
    y=st.floats(0, 120),
    size=st.sampled_from([7.0, 12.5]),
    kind=st.just("2"),
    clear=st.sampled_from([0.0, 6.0]),
)


def box(one: Placed) -> tuple[float, float, float, float]:
    wide, high = width_of(one.label.text, one.label.size), one.label.size * 1.25
    return one.x - wide / 2, one.y - high / 2, one.x + wide / 2, one.y + high / 2


def meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]


@settings(max_examples=60)
@given(st.lists(names, max_size=40))
def test_no_name_stands_on_another_or_on_a_mark(labels: list[Label]) -> None:
    mark = (90.0, 50.0, 110.0, 70.0)
    placed, left_out = place(labels, FRAME, [mark])
    boxes = [mark, *(box(one) for one in placed)]
    assert not any(meet(one, other) for one, other in combinations(boxes, 2))
    assert all(left >= 0 and top >= 0 and right <= 200 and low <= 120 for left, top, right, low in boxes)
    assert len(placed) + left_out == len(labels)


def test_the_first_keeps_its_middle_and_the_next_gives_way() -> None:
    first, second = Label("桂花苑", 100, 60, 10, "0"), Label("梅花苑", 100, 60, 10, "1")
    (kept, moved), left_out = place([first, second], FRAME)
    assert ((kept.x, kept.y), left_out) == ((100, 60), 0)
    assert (moved.x, moved.y) != (100, 60)
    assert place([first] * 40, (80, 40, 120, 80))[1] > 0


def test_tiles_cover_the_sheet_and_share_their_edges() -> None:
    for upright in (False, True):
        whole = sheet("a3", upright=upright)
        assert len(whole.tiles) == 9
        assert max(tile.x + tile.width for tile in whole.tiles) == whole.width
        assert max(tile.y + tile.height for tile in whole.tiles) == whole.height
        first, second = whole.tiles[:2]
        assert round((first.x + first.width - second.x) / MM, 6) == 10
        assert (whole.page[0] > whole.page[1]) is not upright
    assert sheet("a0", upright=True).page == (841 * MM, 1189 * MM)
    assert scale(1000 / (1000 * MM)) == 1000
    assert scale(3.0) == 8500
