"""Everyday sentences come to the calls that are meant, nearly all of them, and none that asks for nothing changes
anything.

The sentences are data, `tests/conversations/dev_everyday.yaml`. A call that edits or touches files counts only where
the sentence is no question, since the gate would hold it back.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.agent.builtin.mood import Mood, mood
from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call
from assistant.agent.tools.base import DialogueContext
from tests.conversations.contract import ARTICLES
from tests.conversations.effects import effect

FILE = Path(__file__).parents[3] / "conversations" / "dev_everyday.yaml"
DATA = yaml.safe_load(FILE.read_text("utf-8"))
LEAST = 0.97
"""The part of the sentences that must come to the right calls."""
DEFAULTS = {"parts": 2, "mode": "copy"}
"""Values that are the same whether they are given or left out."""
MOST_SECONDS = 0.015
"""How long a sentence may take on average."""


def dialogue(told: dict[str, Any]) -> DialogueContext:
    """The context of a sentence: what is grouped, and what was spoken of before."""
    groups = told.get("groups", DATA["usual"])
    last = next((Call(tool, arguments) for tool, arguments in told.get("last", {}).items()), None)
    return DialogueContext(
        criteria=tuple(groups),
        names=tuple(name for names in groups.values() for name in names),
        images=tuple(told.get("images", ())),
        spoken=tuple(told.get("spoken", ())),
        last=last,
        current=len(next(iter(groups.values()))),
        informed=True,
    )


def plain(name: str, value: Any) -> Any:
    """A value as it is compared: whatever its case, lists as sets, a criterion by its words."""
    if isinstance(value, list):
        return {plain("", one) for one in value}
    if not isinstance(value, str):
        return value
    words = re.findall(r"\w+", value.casefold())
    return tuple(w for w in words if w not in ARTICLES) if name == "criterion" else value.casefold()


def alike(call: Call, expected: dict[str, dict[str, Any]]) -> bool:
    """Whether a call is the one that is expected."""
    ((tool, wanted),) = expected.items()
    given = {k: v for k, v in call.arguments.items() if k != "out_of" and v != DEFAULTS.get(k)}
    wanted = {k: v for k, v in wanted.items() if v != DEFAULTS.get(k)}
    if call.tool != tool or given.keys() != wanted.keys():
        return False
    for name, value in wanted.items():
        options = value if name == "criterion" and isinstance(value, list) else [value]
        if plain(name, given[name]) not in [plain(name, option) for option in options]:
            return False
    return True


def changes(calls: Iterable[Call]) -> bool:
    """Whether one of these calls edits or touches files."""
    return any(effect(call.tool, call.arguments) != "read" for call in calls)


def failures() -> list[str]:
    """The sentences that do not come to what is expected, each with what it comes to."""
    wrong = []
    for text, expected, *told in DATA["understood"]:
        wanted = expected if isinstance(expected, list) else [expected]
        understood = parse(text, dialogue(told[0] if told else {}))
        if not isinstance(understood, list):
            wrong.append(f"{text!r}: {understood.text[:60]!r}")
        elif len(understood) != len(wanted) or not all(map(alike, understood, wanted)):
            wrong.append(f"{text!r}: {[(call.tool, call.arguments) for call in understood]}")
        elif changes(understood) and mood(text) is Mood.QUESTION:
            wrong.append(f"{text!r}: taken for a question")
    return wrong


def test_there_are_enough_and_no_sentence_twice() -> None:
    said = [entry[0] for entry in DATA["understood"]] + DATA["harmless"]
    assert len(DATA["understood"]) >= 350 and len(DATA["harmless"]) >= 60
    assert len(DATA["harmless"]) == len(set(DATA["harmless"])) and len(said) - len(set(said)) <= SAID_TWICE


SAID_TWICE = 4
"""Sentences that stand in the list with more than one context, because what they mean depends on it."""


def test_nearly_all_come_to_what_is_meant() -> None:
    wrong = failures()
    rate = 1 - len(wrong) / len(DATA["understood"])
    print(f"everyday sentences: {rate:.1%}")
    assert rate >= LEAST, "\n".join(wrong)


@pytest.mark.parametrize("text", DATA["harmless"])
def test_what_asks_for_no_change_changes_nothing(text: str) -> None:
    understood = parse(text, dialogue({}))
    assert not isinstance(understood, list) or not changes(understood) or mood(text) is Mood.QUESTION
