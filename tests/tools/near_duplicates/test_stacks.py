"""Stacks: what is one picture and what is one moment, the best first, and nothing that only looks alike."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from PIL import ImageEnhance

from tests.camera_roll import picture
from tools.metadata.metadata import EXIF, FILE_NAME, Metadata
from tools.near_duplicates.candidates import hashes, near_pairs, near_to
from tools.near_duplicates.same_picture import small_picture
from tools.near_duplicates.stacks import BEST, Shot, bursts, near_duplicates, two_shots

START = datetime(2024, 5, 12, 10)
SIZE = (320, 240)


def shot(
    id: str, scene: int, seconds: float | None = None, pixels: int = 1000, shift: int = 0, sharp: float = 1.0,
    camera: str = "Canon EOS R6", bright: float = 1.0,
) -> Shot:  # fmt: skip
    image = ImageEnhance.Brightness(picture(scene, SIZE, shift)).enhance(bright)
    taken = None if seconds is None else START + timedelta(seconds=seconds)
    known = Metadata(taken=taken, taken_by=EXIF if taken else "", camera=camera if taken else "")
    return Shot(id, small_picture(np.asarray(image)), sharp, pixels, pixels // 10, known)


def test_the_largest_is_the_best_and_each_is_in_one_stack() -> None:
    stacks = near_duplicates(
        [
            shot("small", 1, pixels=10),
            shot("a", 2),
            shot("large", 1),
            shot("light", 1, pixels=900, bright=1.2),
        ]
    )
    assert [stack.images for stack in stacks] == [("large", "small", "light")]
    assert stacks[0].how[0] == BEST and set(stacks[0].how[1:]) <= {"saved again", "edited"}


def test_two_shots_at_different_times_are_two_pictures() -> None:
    assert near_duplicates([shot("a", 1, 0), shot("b", 1, 3)]) == []
    assert len(near_duplicates([shot("a", 1, 0), shot("b", 1, 0)])) == 1
    other = Metadata(taken=START, taken_by=FILE_NAME)
    assert not two_shots(shot("a", 1, 5).known, other), "a name may be of the copy"
    assert two_shots(Metadata(camera="a"), Metadata(camera="b"))


def test_a_burst_is_of_one_camera_one_moment_and_one_scene() -> None:
    shots = [
        shot("b1", 1, 0), shot("b2", 1, 1, shift=3, sharp=5), shot("b3", 1, 2, shift=6),
        shot("later", 1, 30), shot("elsewhere", 2, 31), shot("other", 1, 1, camera="Google Pixel 7"),
        shot("undated", 1),
    ]  # fmt: skip
    stacks = bursts(shots)
    assert [stack.images for stack in stacks] == [("b2", "b1", "b3")]
    assert stacks[0].how == (BEST, "0 s", "2 s") and stacks[0].taken == START


def test_nothing_is_a_stack_of_nothing() -> None:
    assert near_duplicates([]) == [] and bursts([]) == [] and near_duplicates([shot("a", 1)]) == []


@pytest.mark.parametrize("seed", range(3))
def test_drawn_bursts_are_found_and_no_others(seed: int) -> None:
    """Precision of pairs at least .99 and recall at least .95."""
    rng = np.random.default_rng(seed)
    shots, truth, at = [], {}, 0.0
    for scene in range(60):
        at += float(rng.uniform(1, 300))
        frames = int(rng.integers(2, 6)) if rng.random() < 0.4 else 1
        for frame in range(frames):
            id = f"{scene}-{frame}"
            shots.append(shot(id, 1000 * seed + scene, at, shift=int(rng.integers(0, 3)) * frame))
            truth[id] = scene
            at += float(rng.uniform(0.1, 1.0))
    found = {(a, b) for stack in bursts(shots) for a in stack.images for b in stack.images if a < b}
    wanted = {(a, b) for a in truth for b in truth if a < b and truth[a] == truth[b]}
    assert len(found & wanted) / max(1, len(found)) >= 0.99
    assert len(found & wanted) / len(wanted) >= 0.95


def test_frames_that_differ_in_one_pixel_are_one_stack() -> None:
    base = np.asarray(picture(3, SIZE)).copy()
    shots = []
    for n in range(150):
        frame = base.copy()
        frame[n % SIZE[1], n % SIZE[0]] = 255 - frame[n % SIZE[1], n % SIZE[0]]
        shots.append(Shot(f"f{n:03}", small_picture(frame), 1.0, 1000, 100, Metadata()))
    shots.append(shot("other", 4))
    (stack,) = near_duplicates(shots)
    assert sorted(stack.images) == [f"f{n:03}" for n in range(150)] and stack.images[0] == "f000"


def test_in_a_crowd_two_shots_at_different_times_are_two_pictures_as_well() -> None:
    shots = [shot(f"f{n:03}", 3, seconds=n % 2) for n in range(120)]
    stacks = near_duplicates(shots)
    assert sorted(len(stack.images) for stack in stacks) == [60, 60]
    assert all(len({int(id[1:]) % 2 for id in stack.images}) == 1 for stack in stacks)


def test_those_near_to_one_are_those_it_would_be_paired_with() -> None:
    some = np.stack([hashes(small_picture(np.asarray(picture(n % 5, SIZE, n)))) for n in range(20)])
    pairs = set(near_pairs(some))
    for row in range(20):
        near = set(near_to(some, row).tolist())
        assert near == {a + b - row for a, b in pairs if row in (a, b)}
