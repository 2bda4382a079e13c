"""What a sentence leaves out is never what is shown, counted, merged or moved in its place."""

import pytest

from assistant.agent.builtin.left_out import NOT_WITHOUT
from assistant.agent.builtin.parse import parse
from assistant.agent.tools.base import DialogueContext

HERE = DialogueContext(
    names=("Berlin", "Lisbon", "happy", "sad"), current=4, criteria=("city",), informed=True
)


@pytest.mark.parametrize(
    "said",
    [
        "how many are not in Berlin?",
        "show everything but Berlin",
        "show all except Lisbon",
        "show the ones that are not sad",
        "merge all but sad",
        "move #8 and #9 to Lisbon, but not #9",
    ],
)
def test_the_opposite_of_what_is_meant_is_never_done(said: str) -> None:
    assert parse(said, HERE) == NOT_WITHOUT


@pytest.mark.parametrize(
    ("said", "tool"),
    [
        ("show Berlin", "show"),
        ("#12 is not happy", "move_images"),
        ("#12 is not happy, it goes to sad", "move_images"),
        ("merge Berlin and Lisbon", "merge_clusters"),
    ],
)
def test_what_is_meant_is_done(said: str, tool: str) -> None:
    understood = parse(said, HERE)
    assert isinstance(understood, list) and [call.tool for call in understood] == [tool]
