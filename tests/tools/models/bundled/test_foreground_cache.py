"""What several experts need of a picture is measured once."""

import gc
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from tools.describe.describe import LOOKERS, STEP
from tools.models.bundled import foreground_cache
from tools.models.bundled.colour_expert import ColourExpert
from tools.models.bundled.foreground_cache import ForegroundCache
from tools.models.bundled.segment import Segments


def test_a_picture_is_segmented_once(rng: np.random.Generator) -> None:
    cache = ForegroundCache()
    one, other = (rng.integers(0, 256, (200, 150, 3)).astype(np.uint8) for _ in range(2))
    first = cache.of(one)
    assert cache.of(one) is first
    assert cache.of(other) is not first
    assert first.small.shape == (96, 72, 3) and first.lab.shape == (96, 72, 3)
    assert first.parts.subject.shape == (96, 72)


def test_an_equal_picture_at_a_place_in_memory_that_was_freed_is_another(rng: np.random.Generator) -> None:
    cache = ForegroundCache()
    for value in rng.integers(0, 256, 40):
        pixels = np.full((64, 64, 3), value, np.uint8)
        assert cache.of(pixels).small[0, 0, 0] == value
        del pixels
        gc.collect(0)


def test_only_the_last_ones_are_kept(rng: np.random.Generator) -> None:
    cache = ForegroundCache()
    pictures = [
        rng.integers(0, 256, (16, 16, 3)).astype(np.uint8) for _ in range(foreground_cache.KEPT_PICTURES + 5)
    ]
    seen = [cache.of(pixels) for pixels in pictures]
    assert len(cache._pictures) == foreground_cache.KEPT_PICTURES
    assert cache.of(pictures[-1]) is seen[-1]
    assert cache.of(pictures[0]) is not seen[0]


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 2), (8, 8), (640, 480)])
def test_any_picture_can_be_segmented(shape: tuple[int, int], rng: np.random.Generator) -> None:
    found = ForegroundCache().of(rng.integers(0, 256, (*shape, 3)).astype(np.uint8))
    assert min(found.small.shape[:2]) >= 8 and max(found.small.shape[:2]) <= 96
    assert np.isfinite(found.lab).all()


def test_experts_say_the_same_whether_they_share_or_not(rng: np.random.Generator) -> None:
    pixels = rng.integers(0, 256, (90, 120, 3)).astype(np.uint8)
    shared = ForegroundCache()
    shared.of(pixels)
    assert ColourExpert(shared).look([pixels]).slots == ColourExpert().look([pixels]).slots


def test_two_threads_segment_at_the_same_time(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Barrier(2)
    segment = foreground_cache.segment

    def together(lab: np.ndarray) -> Segments:
        both.wait(20)  # raises where the other one has to wait for this one
        return segment(lab)

    monkeypatch.setattr(foreground_cache, "segment", together)
    cache = ForegroundCache()
    pictures = [rng.integers(0, 256, (30, 30, 3)).astype(np.uint8) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        seen = list(pool.map(cache.of, pictures))
    assert [cache.of(pixels) for pixels in pictures] == seen


def test_the_pictures_of_all_threads_are_remembered() -> None:
    assert foreground_cache.KEPT_PICTURES >= LOOKERS * STEP
