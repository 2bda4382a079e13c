"""Which views a method that reads is given."""

from dataclasses import replace

import numpy as np

from tools.describe.describe import Descriptions
from tools.fuse.method_context import ALIGNED, both_sides, method_context
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.views import View

DATA = np.arange(12, dtype=np.float32).reshape(4, 3) ** 2


def described(*names: str) -> Descriptions:
    ids = ("a", "b", "c", "d")
    return Descriptions(ids, {}, views=names, _slots=[{} for _ in ids], _load=lambda name: DATA)


def kinds(views: list[View]) -> list[tuple[str, str, float]]:
    return [(view.name, view.kind, view.weight) for view in views]


def test_the_encoder_takes_the_place_of_the_experts_views_which_stay_as_witnesses(
    texts: WordLlamaEncoder,
) -> None:
    routed = [View("colour.subject", DATA), View("said", DATA, kind="text"), View("no", DATA, weight=0.0)]
    seen = described(ALIGNED, "object.kind", "colour.subject")
    told = replace(method_context("colour", None, seen, texts), vocabulary=("red",))
    assert kinds(both_sides(routed, told, seen)) == [("colour.subject", "image", 1), ("said", "text", 1)]
    assert kinds(both_sides(routed, told, seen, encoded=True)) == [
        (ALIGNED, "image", 1),
        ("colour.subject", "image", 0),
        ("said", "text", 1),
    ]
    plain = described("object.kind", "colour.subject")
    assert kinds(both_sides(routed, told, plain, encoded=True))[0] == ("object.kind", "image", 1)
    none = described("colour.subject")
    assert kinds(both_sides(routed, told, none, encoded=True)) == kinds(both_sides(routed, told, none))


def test_a_view_is_no_witness_of_itself(texts: WordLlamaEncoder) -> None:
    seen = described("object.kind", "object.top")
    told = method_context("kind", None, seen, texts)
    routed = [View("object.kind", DATA + 1, weight=0.7), View("object.top", DATA)]
    chosen = both_sides(routed, told, seen, encoded=True)
    assert kinds(chosen) == [("object.kind", "image", 1), ("object.top", "image", 0)]
    np.testing.assert_array_equal(chosen[0].data, DATA + 1)  # as it was made for the criterion
