"""ConSE: pictures and texts in one space, by way of ImageNet's classes."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tools.models.bundled.conse import ConseEncoder, conse
from tools.models.bundled.imagenet_labels import imagenet_names
from tools.models.bundled.object_expert import ObjectExpert
from tools.models.ports import Expert


@pytest.fixture(scope="module")
def encoder(experts: list[Expert]) -> ConseEncoder:
    expert = next(expert for expert in experts if isinstance(expert, ObjectExpert))
    return ConseEncoder(expert)


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
def test_a_class_is_near_words_that_mean_it(seen: str, text: str, other: str, encoder: ConseEncoder) -> None:
    image = conse(certain(seen))
    near, far = (encoder.encode_texts([text, other]) @ image[0]).tolist()
    assert near > far + 0.05


def test_vectors_have_length_one_and_weigh_the_likeliest_classes() -> None:
    rows = certain("golden retriever", "airliner")
    both = conse(np.stack([rows[0] * 0.7 + rows[1] * 0.3, rows[0], rows[1]]))
    np.testing.assert_allclose(np.linalg.norm(both, axis=1), 1, atol=1e-5)
    assert both[0] @ both[1] > both[0] @ both[2]
    assert both.shape == (3, 256) and both.dtype == np.float32


def test_a_picture_is_looked_at_for_real(encoder: ConseEncoder) -> None:
    picture = Image.new("RGB", (260, 260), "white")
    pen = ImageDraw.Draw(picture)
    for inset in range(60):
        pen.ellipse((40 + inset, 40 + inset, 220 - inset, 220 - inset), (235, 110 + inset, 10 + inset // 2))
    image = encoder.encode_images([np.asarray(picture)])
    fruit, vehicle = (encoder.encode_texts(["orange fruit", "locomotive"]) @ image[0]).tolist()
    assert fruit > vehicle
    assert encoder.aligned and 0 < encoder.threshold < 1
