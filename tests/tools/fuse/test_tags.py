"""The tags of a criterion and their images (MLLM_MC, Eq. 3-5), by hand."""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from tools.fuse.method_context import MethodContext
from tools.fuse.tags import embedded, matched, shares_space, tags, terms
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import Vectors


class Plane:
    """An encoder of images and texts in one plane."""

    name = "plane"
    aligned = True
    places: ClassVar = {"red": (1.0, 0.0), "blue": (0.0, 1.0)}

    def encode_texts(self, texts: list[str]) -> Vectors:
        return np.array([self.places[text] for text in texts], np.float32)

    def encode_images(self, batch: object) -> Vectors:
        raise AssertionError("no image is looked at")


def context(values: tuple[str | None, ...], texts: WordLlamaEncoder) -> MethodContext:
    return MethodContext("colour", values, np.ones(len(values), np.float32), ("red", "blue"), texts)


def test_equation_3_a_rare_term_counts_more_than_one_that_is_everywhere() -> None:
    """n = 3. fruit: 3 * 1/4 * (ln(4/4) + 1) = .75; apple: 2/4 * (ln(4/2) + 1) = .85; the others .25 * 1.69 = .42."""
    said = ["fruit apple apple quince", "fruit pear melon plum", "fruit kiwi fig lime"]
    assert tags(said, 2) == ("apple", "fruit")
    assert tags(said, 3)[2] == "fig"  # the first of those that weigh the same


def test_equation_3_a_term_counts_by_its_share_of_the_description() -> None:
    """n = 2, each df is 1: melon 1 * 1.41, each of the others 1/4 * 1.41."""
    assert tags(["apple fig pear plum", "melon"], 1) == ("melon",)


def test_equation_3_where_each_description_is_one_term_it_counts() -> None:
    assert tags(["red", "Blue", "red", None, "light blue", "red", "blue"], 2) == ("red", "blue")
    assert terms("The picture shows a red apple") == ("picture", "shows", "red", "apple")
    assert tags([None, ""], 3) == ()


def test_equations_4_and_5_the_tag_is_that_of_the_largest_product_with_the_picture(
    texts: WordLlamaEncoder,
) -> None:
    """(.6, .8) with red (1, 0) is .6, with blue (0, 1) .8; (1, 0) gives 1 and 0."""
    pictures = np.array([[0.6, 0.8], [1, 0], [np.nan, np.nan], [np.nan, np.nan]], np.float32)
    told = replace(context(("red", "blue", "blue", None), texts), encoder=Plane(), aligned=pictures)
    assert matched(told, ("red", "blue")).tolist() == [1, 0, 1, -1]
    assert shares_space(told) and embedded(told, ["blue"]).tolist() == [[0, 1]]


def test_without_a_common_space_the_description_is_matched(texts: WordLlamaEncoder) -> None:
    told = context(("red", "dark blue", None), texts)
    assert matched(told, ("red", "blue")).tolist() == [0, 1, -1]
    assert not shares_space(told)
    np.testing.assert_allclose(np.linalg.norm(embedded(told, ["blue"]), axis=1), 1, atol=1e-5)
