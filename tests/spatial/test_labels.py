"""Names on a map: none over another, none out of the frame, the weightier first, and what has no room is counted."""

from dataclasses import replace
from itertools import combinations

import hypothesis.strategies as st
import shapely
from hypothesis import given, settings
from shapely.geometry.base import BaseGeometry

from gridgov.spatial.labels import Label, Placed, place, width_of
from gridgov.spatial.sheets import MM, scale, sheet
from gridgov.spatial.sketch import Ground
from gridgov.spatial.wall import GRID, Hung, Wall, hang

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


def test_a_label_with_spots_stands_on_one_of_them() -> None:
    taken, other = (
        Label("桂花苑", 100, 60, 10, "0"),
        Label("梅花苑", 100, 60, 10, "1", spots=((102.0, 60.0), (40.0, 90.0))),
    )
    (_, moved), _ = place([taken, other], FRAME)
    assert (moved.x, moved.y) == (40, 90)
    assert place([taken, replace(other, spots=((101.0, 60.0),))], FRAME)[1] == 1


def hung(grids: list[BaseGeometry], *, side: float = 500.0) -> Hung:
    """A compound with a name and a post in its middle, and grids over it, on 1000 × 1000 points."""
    block = shapely.box(0, 0, side, side)
    ground = Ground(land=[], fabric=[block], borders=[[block]], names=[], posts=[])
    codes = [f"{number:015}" for number in range(len(grids))]
    return hang(Wall(ground, [("compound", [("桂花苑", block)])], grids, codes, [], ["vacant"], [], [], []), 1000, 1000)


def test_codes_stand_each_in_its_own_grid_beside_names_and_marks() -> None:
    grids = [shapely.box(0, 0, 500, 500), shapely.box(0, 0, 250, 500), shapely.box(250, 250, 500, 500)]
    told = hung(grids)
    metres = told.metres
    codes = [one for one in told.names if one.label.kind == "grid"]
    assert (len(codes), told.codes_left_out, told.left_out) == (3, 0, 0)
    assert not any(meet(box(one), box(other)) for one, other in combinations(told.names, 2))
    for one in codes:
        left, top, right, low = ((each - 500) * metres for each in box(one))
        assert grids[int(one.label.text)].contains(shapely.box(left + 250, 250 - low, right + 250, 250 - top))
    assert told.svg.count(f'stroke="{GRID}"') == 1
    assert "stroke-dasharray" in told.svg
    crowded = hung([shapely.box(100, 100, 120, 109)] * 3)
    assert (len(crowded.names), crowded.codes_left_out, crowded.left_out) == (2, 2, 0)


def test_type_grows_where_few_places_are_shown() -> None:
    sizes = [one.label.size for one in (hung([]).names[0], hung([], side=5.0).names[0])]
    assert sizes == [14, 14]
    few = [shapely.box(x, y, x + 40, y + 40) for x in range(0, 500, 50) for y in range(0, 500, 50)]
    ground = Ground(land=[], fabric=few, borders=[], names=[], posts=[])
    many = hang(Wall(ground, [("compound", [("桂花苑", few[0])])], [], [], [], [], [], [], []), 500, 500)
    assert [one.label.size for one in many.names] == [7]


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
