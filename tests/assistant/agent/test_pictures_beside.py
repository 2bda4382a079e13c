"""Pictures that are named in words beside numbered ones are found, and none that was understood."""

import pytest

from assistant.agent.calls import Call
from assistant.agent.pictures_beside import pictures_beside

THREE = [Call("move_images", {"images": ["#3"], "to": "receipt"})]


@pytest.mark.parametrize(
    ("said", "beside"),
    [
        ("put #3 and the next one into receipt", ["the next one"]),
        ("put #3 and its neighbour into receipt", ["its neighbour"]),
        ("move #3 plus the blurry one to receipt", ["the blurry one"]),
        ("move the last one and #3 to receipt", ["the last one"]),
        ("move #3 to receipt and show it", []),
    ],
)
def test_what_is_named_beside(said: str, beside: list[str]) -> None:
    assert pictures_beside(said, THREE) == beside


def test_a_word_that_was_understood_is_none() -> None:
    both = [Call("move_images", {"images": ["#3", "#4"], "to": "receipt"})]
    assert pictures_beside("put #3 and that one into receipt", both) == []
