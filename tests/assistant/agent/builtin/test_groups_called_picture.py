"""A group that is called as any picture is can be spoken of as any other group."""

from typing import Any

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call
from assistant.agent.tools.base import DialogueContext

HERE = DialogueContext(
    criteria=("kind",),
    names=("photo", "receipt"),
    current=2,
    groupings=(("photo", "receipt"),),
    informed=True,
)


@pytest.mark.parametrize(
    ("said", "tool", "given"),
    [
        ("lock the photos", "lock_group", {"cluster": "photo"}),
        ("make #5 a photo", "move_images", {"images": ["#5"], "to": "photo"}),
        ("#2 is a photo, not a receipt", "move_images", {"images": ["#2"], "to": "photo"}),
        ("rename the photos to snaps", "rename_cluster", {"cluster": "photo", "name": "snaps"}),
        ("show the photos", "show", {"cluster": "photo"}),
        ("group the photos by colour", "group_by", {"criterion": "colour"}),
    ],
)
def test_such_a_group(said: str, tool: str, given: dict[str, Any]) -> None:
    assert parse(said, HERE) == [Call(tool, given)]
