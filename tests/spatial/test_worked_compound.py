"""The compound that the README shows: snapped to nodes it is covered, in truth it isn't."""

from tests.spatial.worked_compound import PICTURE, RADIUS, by_nodes, drawn, in_truth


def test_snapping_to_nodes_covers_the_home() -> None:
    assert by_nodes() < RADIUS


def test_the_way_through_the_gate_is_too_long() -> None:
    # Leg to the path's end, path and gate, round the block by the east, leg to the door.
    by_hand = 79.3788 + 210 + 260 + 270 + 70 + 14
    assert abs(in_truth().metres - by_hand) < 0.001
    assert in_truth().cause == "no_path"


def test_a_gate_on_the_near_side_helps() -> None:
    helped = in_truth(with_new_gate=True)
    assert helped.cause is None
    assert helped.metres < by_nodes() + 150


def test_the_picture_shows_these_figures() -> None:
    assert PICTURE.read_text(encoding="utf-8") == drawn()
