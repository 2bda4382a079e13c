"""Keeps what files say of their pictures on this machine: a brain at another host is not told of it.

When and where somebody took a picture, and with what, is shown to the person. A model that is asked elsewhere reads in
its place that this was shown. The person's own words are theirs to send.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from tools.settle.by_value import is_from_files

if TYPE_CHECKING:
    from assistant.desk import Desk

FROM_FILES = "from_files"
"""The key in the artifact of a tool's answer that says that the answer holds what files say."""
SHOWN = "Done. What the files say was shown to the person; it stays on this machine, so you cannot read it."
"""The text that takes the place of such an answer."""


def without_files(desk: "Desk", messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Return messages as a model at another host may read them."""
    names = names_from_files(desk)
    return [
        message.model_copy(update={"content": SHOWN}) if _tells(message, names) else message
        for message in messages
    ]


def names_from_files(desk: "Desk") -> frozenset[str]:
    """Return the names of all groups that files gave them."""
    return frozenset(
        name
        for clustering in desk.clusterings.all()
        if is_from_files(clustering)
        for cluster in clustering.clusters
        for name in (cluster.name, *cluster.parts)
    )


def is_private(message: BaseMessage) -> bool:
    """Return whether a message was marked as one that holds what files say."""
    artifact = message.artifact if isinstance(message, ToolMessage) else message.additional_kwargs
    return isinstance(artifact, dict) and bool(artifact.get(FROM_FILES))


def _tells(message: BaseMessage, names: frozenset[str]) -> bool:
    """Return whether a message of a tool, or one that repeats it, holds what files say."""
    if not isinstance(message, ToolMessage | AIMessage):
        return False
    return is_private(message) or any(name in message.text for name in names)
