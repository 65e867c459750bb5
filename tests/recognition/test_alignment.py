import numpy as np
import pytest

from apps.recognition.alignment import (
    ARCFACE_112,
    BASE,
    BASE_AND_MIRROR,
    DLIB_150,
    TWENTY_TWO,
    Warp,
    chips,
    disturb,
    similarity,
)

from .pictures import noise


def test_it_finds_a_known_similarity() -> None:
    turned = np.asarray(ARCFACE_112 @ [[0, 2], [-2, 0]] + [30, 40], np.float32)
    place = similarity(turned, ARCFACE_112)
    assert np.allclose(turned @ place[:, :2].T + place[:, 2], ARCFACE_112, atol=1e-3)


def test_it_leaves_aligned_points_where_they_are() -> None:
    assert np.allclose(similarity(DLIB_150, DLIB_150), [[1, 0, 0], [0, 1, 0]], atol=1e-6)


def test_it_does_not_mirror_a_face() -> None:
    mirrored = np.asarray(ARCFACE_112 * [-1, 1] + [112, 0], np.float32)
    place = similarity(mirrored, ARCFACE_112)
    assert np.linalg.det(place[:, :2]) > 0


def test_it_stands_points_that_fall_together() -> None:
    assert np.isfinite(similarity(np.zeros((5, 2), np.float32), ARCFACE_112)).all()


def test_the_dlib_template_is_dlibs_mean_face() -> None:
    assert DLIB_150[4] == pytest.approx([74.011, 87.78], abs=1e-2)


def test_there_are_twenty_two_different_warps() -> None:
    assert len(set(TWENTY_TWO)) == 22


def test_the_first_warp_changes_nothing() -> None:
    place = similarity(ARCFACE_112 + 3, ARCFACE_112)
    assert np.allclose(disturb(place, TWENTY_TWO[0], 112), place)


def test_a_warp_keeps_the_centre_in_place() -> None:
    identity = np.array([[1.0, 0, 0], [0, 1, 0]])
    warped = disturb(identity, Warp(scale=1.05, degrees=5), 150)
    assert np.allclose(warped[:, :2] @ [75, 75] + warped[:, 2], [75, 75])


def test_a_chip_is_cut_where_it_was_asked() -> None:
    image = noise(60, 60)
    cut = chips(image, np.array([[1.0, 0, -10], [0, 1, -20]]), 30, BASE)
    assert (cut[0] == image[20:50, 10:40]).all()


def test_the_mirrored_chip_is_the_same_backwards() -> None:
    plain, mirrored = chips(noise(150, 150), np.array([[1.0, 0, 0], [0, 1, 0]]), 150, BASE_AND_MIRROR)
    assert (plain[:, ::-1] == mirrored).all()


def test_beyond_the_frame_a_chip_is_black() -> None:
    cut = chips(noise(40, 40), np.array([[1.0, 0, 100], [0, 1, 100]]), 30, BASE)
    assert cut.max() == 0
