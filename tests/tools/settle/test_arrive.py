"""What is alike, and where new images belong."""

from typing import Any

import numpy as np
import pytest

from tools.errors import UsageError
from tools.group import group
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.settle.arrive import alike, arrive, nearest


def test_the_nearest_are_of_the_same_colour(looked: Any, texts: WordLlamaEncoder) -> None:
    images = looked.collection.ids
    found = nearest("colour", looked.descriptions, texts, [images[0]])
    assert set(found) == set(images[1:])
    assert {looked.colours[images.index(image)] for image in found[:11]} == {"red"}


def test_images_that_are_not_here_are_like_nothing(looked: Any, texts: WordLlamaEncoder) -> None:
    with pytest.raises(UsageError, match="nothing was seen in these images"):
        nearest("colour", looked.descriptions, texts, ["gone"])


def test_what_is_alike_is_worked_out_once(looked: Any, texts: WordLlamaEncoder) -> None:
    one = alike("colour", looked.descriptions, texts)
    assert one is alike("colour", looked.descriptions, texts)
    assert one.dtype == np.float32 and len(one) == 24


def test_new_images_join_and_old_ones_stay(looked: Any, texts: WordLlamaEncoder) -> None:
    whole = group("colour", looked.descriptions, texts)
    images = looked.collection.ids
    new = [images[0], images[13], images[23]]  # red, green, blue
    before = whole.over(tuple(i for i in images if i not in new)).over(images)
    assert set(before.unsorted()) == set(new)
    after = arrive(before, new, looked.descriptions, texts)
    assert after.labels.tolist() == whole.labels.tolist()
    red = whole.clusters[whole.place(images[0])].id
    closed = arrive(before, new, looked.descriptions, texts, closed=[red])
    assert closed.unsorted() == (images[0],)
    assert arrive(before, [], looked.descriptions, texts) is before
