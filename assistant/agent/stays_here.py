"""Keeps what files say of their pictures on this machine: a brain at another host is not told of it.

When and where somebody took a picture, and with what, is shown to the person. A model that is asked elsewhere reads in
its place that this was shown. The person's own words are theirs to send.

What holds it is found by the names that groups of what files say have or ever had: when a message is made, which is
marked then, and again when it is sent.
"""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from assistant.models.redact import redact
from tools.names import name_key, quoted, safe_name, visible

if TYPE_CHECKING:
    from assistant.desk import Desk

FROM_FILES = "from_files"
"""The key in the artifact of a tool's answer that says that the answer holds what files say."""
SHOWN = "Done. What the files say was shown to the person; it stays on this machine, so you cannot read it."
"""The text that takes the place of such an answer."""
KEPT = "[kept on this machine]"
"""The text that takes the place of what holds such a name in the arguments of a call."""
_SHORT = 3
"""The most characters of a name that is looked for as a word of its own, as numbers are: it is a part of many words."""

M = TypeVar("M", bound=BaseMessage)


def without_files(desk: "Desk", messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Return messages as a model at another host may read them."""
    names = desk.clusterings.names_from_files()
    return [_without(message, names) for message in messages]


def told_elsewhere(desk: "Desk", text: str) -> str:
    """Return a name as a model at another host may read it: `KEPT` where it holds what files say."""
    return KEPT if _tells(text, desk.clusterings.names_from_files()) else text


def marked(desk: "Desk", message: M) -> M:
    """Return a message, marked where it is of a tool, or of a brain, and holds what files say; it is changed in
    place."""
    if _tells(message.content, desk.clusterings.names_from_files()):
        if isinstance(message, AIMessage):
            message.additional_kwargs[FROM_FILES] = True
        elif isinstance(message, ToolMessage) and isinstance(message.artifact, dict | None):
            message.artifact = {**(message.artifact or {}), FROM_FILES: True}
    return message


def is_private(message: BaseMessage) -> bool:
    """Return whether a message was marked as one that holds what files say."""
    artifact = message.artifact if isinstance(message, ToolMessage) else message.additional_kwargs
    return isinstance(artifact, dict) and bool(artifact.get(FROM_FILES))


def _without(message: BaseMessage, names: frozenset[str]) -> BaseMessage:
    """Return a message of a tool or a brain without what files say; any other as it is."""
    if not isinstance(message, ToolMessage | AIMessage):
        return message
    changes: dict[str, Any] = {}
    if is_private(message) or _tells(message.content, names):
        changes["content"] = SHOWN
    if isinstance(message, AIMessage):
        for key in ("tool_calls", "invalid_tool_calls"):
            calls = getattr(message, key)
            if any(_tells(call["args"], names) for call in calls):
                changes[key] = [{**call, "args": _kept(call["args"], names)} for call in calls]
    return message.model_copy(update=changes) if changes else message


def _kept(value: Any, names: frozenset[str]) -> Any:
    """Return what a call is given, with `KEPT` in the place of every text and number that holds one of the names."""
    if isinstance(value, dict):
        return {_kept(key, names): _kept(inside, names) for key, inside in value.items()}
    if isinstance(value, list | tuple):
        return [_kept(inside, names) for inside in value]
    return KEPT if _tells(value, names) else value


def _tells(value: Any, names: frozenset[str]) -> bool:
    """Return whether one of the names is in a text, or in any text inside of a list or of arguments."""
    if isinstance(value, dict):
        return any(_tells(key, names) or _tells(inside, names) for key, inside in value.items())
    if isinstance(value, list | tuple):
        return any(_tells(inside, names) for inside in value)
    if not names or value is None or isinstance(value, bool):
        return False
    text = _key(str(value))
    long, short = _forms(names)
    return any(form in text for form in long) or (short is not None and short.search(text) is not None)


@lru_cache(maxsize=4)
def _forms(names: frozenset[str]) -> tuple[tuple[str, ...], re.Pattern[str] | None]:
    """Return how names may be written in a message: those that are looked for anywhere, and what matches the others."""
    forms = {_key(form) for name in names for form in _written(name)} - {""}
    words = {form for form in forms if len(form) <= _SHORT or form.isdecimal()}
    short = sorted(re.escape(form) for form in words)
    pattern = re.compile(rf"(?<![a-z0-9])(?:{'|'.join(short)})(?![a-z0-9])") if short else None
    return tuple(forms - words), pattern


def _written(name: str) -> list[str]:
    """Return a name as texts show it, as folders are called after it, and as JSON has it."""
    forms = [name, visible(name), quoted(name)[1:-1], json.dumps(name)[1:-1]]
    forms.append(json.dumps(name, ensure_ascii=False)[1:-1])
    if _key(folder := safe_name(name)) != "unnamed":
        forms.append(folder)
    return [*forms, *map(redact, forms)]


def _key(text: str) -> str:
    """Return the form in which texts that differ in case, spaces or the way of writing a letter are equal."""
    return " ".join(name_key(text).split())
