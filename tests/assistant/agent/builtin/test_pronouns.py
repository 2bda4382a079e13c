"""What "it", "these two" or "the last two" stand for."""

import pytest

from assistant.agent.builtin.pronouns import resolved
from assistant.agent.tools.base import DialogueContext

IMAGES = DialogueContext(images=("#3", "#9"))
GROUPS = DialogueContext(names=("a", "b", "c", "d"), current=3, spoken=("a", "b"), informed=True)
GROUPINGS = DialogueContext(criteria=("mood", "place"))


@pytest.mark.parametrize(
    ("text", "dialogue", "meant"),
    [
        ("move it to b", IMAGES, "move #9 to b"),
        ("these two belong together", IMAGES, "#3 and #9 belong together"),
        ("that's wrong there", IMAGES, "#9 is wrong there"),
        ("merge both", GROUPS, "merge the a group and the b group"),
        ("merge the first two", GROUPS, "merge group 1 and group 2"),
        ("merge the last two groups", GROUPS, "merge group 2 and group 3"),
        ("split the last one", GROUPS, "split group 3"),
        ("compare both groupings", GROUPINGS, "compare mood and place"),
    ],
)
def test_what_is_meant_stands_in_its_place(text: str, dialogue: DialogueContext, meant: str) -> None:
    assert meant in [*resolved(text, dialogue)]


@pytest.mark.parametrize(
    "text", ["move it to b", "merge the last two", "compare both groupings", "its colour"]
)
def test_nothing_stands_for_what_was_not_spoken_of(text: str) -> None:
    assert [*resolved(text, DialogueContext())] == []
