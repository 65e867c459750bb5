"""Which face is which from one frame to the next: pure."""

from apps.attendance.several import AGAIN_MS, GONE_MS, Place, follow
from apps.recognition.shapes import Box

LEFT, RIGHT = (0.1, 0.2, 0.2, 0.3), (0.6, 0.2, 0.2, 0.3)


def moved(box: Box, by: float) -> Box:
    return (box[0] + by, *box[1:])


def placed(*boxes: Box) -> list[Place]:
    return [Place(f"place {number}", box, 0, 0) for number, box in enumerate(boxes)]


def test_a_face_that_moves_a_little_keeps_its_place() -> None:
    (found,) = follow(placed(LEFT), [moved(LEFT, 0.08)], 500)
    assert (found.id, found.box, found.since_ms, found.at_ms) == ("place 0", moved(LEFT, 0.08), 0, 500)


def test_two_faces_keep_their_places_in_whatever_order_they_are_seen() -> None:
    assert [place.id for place in follow(placed(LEFT, RIGHT), [RIGHT, LEFT], 500)] == ["place 1", "place 0"]


def test_a_newcomer_gets_a_place_of_their_own() -> None:
    known, new = follow(placed(LEFT), [LEFT, RIGHT], 500)
    assert (known.id, new.since_ms) == ("place 0", 500)
    assert new.id != known.id


def test_the_nearer_of_two_faces_continues_the_place() -> None:
    other, same = follow(placed(LEFT), [moved(LEFT, 0.12), moved(LEFT, 0.01)], 500)
    assert (same.id, other.since_ms) == ("place 0", 500)


def test_a_face_far_from_every_place_continues_none() -> None:
    assert follow(placed(LEFT), [RIGHT], 500)[0].since_ms == 500


def test_times_say_when_a_face_left_and_when_it_is_asked_again() -> None:
    assert GONE_MS == 3000 and AGAIN_MS > GONE_MS
