"""How the names of groups are judged."""

import numpy as np
import pytest

from tests.benchmarks.features import Dump
from tests.benchmarks.names import has_name, row, verdict
from tools.describe.describe import Descriptions
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import Slot, SlotSpec


@pytest.mark.parametrize(
    ("name", "named"),
    [("dog", True), ("dog, dark", True), ("1", True), ("place 2", False), ("place 2, dark", False)],
)
def test_a_criterion_with_a_number_is_no_name(name: str, named: bool) -> None:
    assert has_name(name) is named


@pytest.mark.parametrize(
    ("name", "of", "classes", "said"),
    [
        ("dog", "dog", ["cat", "dog"], "right"),
        ("Dog, dark", "dog", ["cat", "dog"], "right"),
        ("cat", "dog", ["cat", "dog"], "wrong"),
        ("vehicle", "transportation", ["animals", "transportation"], "right"),
        ("bell pepper", "Pepper_Green", ["Pepper_Green", "Apple_Red"], "right"),
        ("clothing", "sandals or heels", ["bag", "sandals or heels"], "beside"),
        ("right", "left", ["left", "right"], "wrong"),
        ("no glasses", "open", ["open", "sunglasses"], "right"),
    ],
)
def test_a_name_is_right_where_it_means_the_class_of_its_group(
    name: str, of: str, classes: list[str], said: str
) -> None:
    found, likeness = verdict(name, of, classes, WordLlamaEncoder())
    assert found == said
    if name.split(",")[0].casefold() == of.casefold():
        assert likeness == 1.0


def test_shares_are_of_pictures_and_only_named_groups_can_be_right(rng: np.random.Generator) -> None:
    truth = np.array(["dog"] * 20 + ["cat"] * 15 + [""] * 5)
    spot = np.repeat([-5.0, 5.0], 20)[:, None] + rng.normal(size=(40, 3))
    slots = [{"animal": Slot("animal", "dog", 0.9)} for _ in range(20)] + [{} for _ in range(20)]
    spec = SlotSpec("animal", ("animal",), ("a.view",))
    seen = Descriptions(
        tuple(map(str, range(40))), {"animal": spec}, views=("a.view",), _slots=slots,
        _views={"a.view": spot.astype(np.float32)},
    )  # fmt: skip
    found = row(Dump("zoo", seen, {"animal": truth}), "animal", 2)
    assert (found["k"], found["groups"], found["named"]) == ("2", "given", "0.571")
    assert (found["right"], found["wrong"], found["beside"], found["likeness"]) == (
        "1.000", "0.000", "0.000", "1.000",
    )  # fmt: skip
    assert found["names"] == "dog = dog"
