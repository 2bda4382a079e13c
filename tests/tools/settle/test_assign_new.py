"""What is alike, and where new images belong."""

from typing import Any

import numpy as np
import pytest

from tools.embed.criterion_views import criterion_points
from tools.errors import UsageError
from tools.group import group
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.request import Request
from tools.settle.assign_new import assign_new, most_alike


def test_the_nearest_are_of_the_same_colour(looked: Any, texts: WordLlamaEncoder) -> None:
    images = looked.collection.ids
    found = most_alike(Request("colour", looked.descriptions, texts), [images[0]])
    assert set(found) == set(images[1:])
    assert {looked.colours[images.index(image)] for image in found[:11]} == {"red"}


def test_images_that_are_not_here_are_like_nothing(looked: Any, texts: WordLlamaEncoder) -> None:
    with pytest.raises(UsageError, match="nothing was seen in these images"):
        most_alike(Request("colour", looked.descriptions, texts), ["gone"])


def test_what_is_alike_is_worked_out_once(looked: Any, texts: WordLlamaEncoder) -> None:
    route = Request("colour", looked.descriptions, texts).route
    one = criterion_points(route, looked.descriptions)
    assert one is criterion_points(route, looked.descriptions)
    assert one.dtype == np.float32 and len(one) == 24


def test_new_images_join_and_old_ones_stay(looked: Any, texts: WordLlamaEncoder) -> None:
    request = Request("colour", looked.descriptions, texts)
    whole = group(request)
    images = looked.collection.ids
    new = [images[0], images[13], images[23]]  # red, green, blue
    before = whole.over(tuple(i for i in images if i not in new)).over(images)
    assert set(before.unsorted()) == set(new)
    after = assign_new(before, new, request)
    assert after.labels.tolist() == whole.labels.tolist()
    red = whole.clusters[whole.label_of(images[0])].id
    closed = assign_new(before, new, request, closed=[red])
    assert closed.unsorted() == (images[0],)
    assert assign_new(before, [], request) is before
