"""ConSE: pictures and texts in one space, by way of ImageNet's classes."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tools.models.bundled.conse import MEANING, conse
from tools.models.bundled.imagenet_labels import imagenet_names
from tools.models.bundled.object_expert import ObjectExpert
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import Expert


def named(*things: str) -> np.ndarray:
    return WordLlamaEncoder().encode([f"a photo of a {thing}" for thing in things])


def certain(*classes: str) -> np.ndarray:
    rows = np.zeros((len(classes), 1000), np.float32)
    for row, name in zip(rows, classes, strict=True):
        row[imagenet_names().index(name)] = 1.0
    return rows


@pytest.mark.parametrize(
    ("seen", "text", "other"),
    [
        ("golden retriever", "dog", "truck"),
        ("airliner", "aircraft", "fish"),
        ("pizza", "food", "furniture"),
        ("convertible", "car", "bird"),
        ("daisy", "flower", "computer"),
    ],
)
def test_a_class_is_near_words_that_mean_it(seen: str, text: str, other: str) -> None:
    image = conse(certain(seen))
    near, far = (named(text, other) @ image[0]).tolist()
    assert near > far + 0.05


def test_vectors_have_length_one_and_weigh_the_likeliest_classes() -> None:
    rows = certain("golden retriever", "airliner")
    both = conse(np.stack([rows[0] * 0.7 + rows[1] * 0.3, rows[0], rows[1]]))
    np.testing.assert_allclose(np.linalg.norm(both, axis=1), 1, atol=1e-5)
    assert both[0] @ both[1] > both[0] @ both[2]
    assert both.shape == (3, 256) and both.dtype == np.float32


def test_a_picture_is_looked_at_for_real(experts: list[Expert]) -> None:
    picture = Image.new("RGB", (260, 260), "white")
    pen = ImageDraw.Draw(picture)
    for inset in range(60):
        pen.ellipse((40 + inset, 40 + inset, 220 - inset, 220 - inset), (235, 110 + inset, 10 + inset // 2))
    expert = next(expert for expert in experts if isinstance(expert, ObjectExpert))
    image = expert.look([np.asarray(picture)]).views[MEANING]
    fruit, vehicle = (named("orange fruit", "locomotive") @ image[0]).tolist()
    assert fruit > vehicle
