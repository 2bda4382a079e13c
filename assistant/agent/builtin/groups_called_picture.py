"""Reads sentences about groups whose name stands for any picture as a rule, such as "photo" beside "receipt".

Such a name is read once more as a word that nobody uses, so that "lock the photos" is about a group like any other.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from assistant.agent.builtin.lexicon import PICTURES
from assistant.agent.builtin.words_for_all import NOUNS
from assistant.agent.calls import Call, Understood
from assistant.agent.tools.base import DialogueContext
from tools.singular import in_singular, plurals

LOOKS_AT = re.compile(
    r"(?:please )?(?:show|open|view|see|look at|display|browse|describe)(?: me)? (?:only |just )?(?:the |my )?"
    rf"{PICTURES}\W*",
    re.IGNORECASE,
)
"""Matches what shows all pictures, or the group that is called so: "show the photos"."""


class GroupsCalledPicture:
    """Puts a word of its own in the place of each group that is called as any picture is, and takes it back.

    Attributes:
        words: The names of such groups, each with its word.
    """

    def __init__(self, dialogue: DialogueContext) -> None:
        here = dialogue.names[: dialogue.current or None]
        self.words = {name: f"xx{in_singular(name)}xx" for name in here if name.casefold() in NOUNS}

    def hidden(self, text: str) -> str:
        """Return a text with the words in the place of the names, in the singular or plural."""
        for name, word in self.words.items():
            forms = "|".join(
                map(re.escape, sorted({name, *plurals(name), in_singular(name)}, key=len, reverse=True))
            )
            numbered = r"(?! (?:no\.? ?|number )?#?\d)"
            text = re.sub(
                rf"(?<![\w#\"'/.-])(?:{forms})(?![\w\"'/]|\.\w){numbered}", word, text, flags=re.IGNORECASE
            )
        return text

    def dialogue(self, dialogue: DialogueContext) -> DialogueContext:
        """Return the context in which the groups are called by these words."""
        last = dialogue.last
        return replace(
            dialogue,
            names=tuple(self.words.get(name, name) for name in dialogue.names),
            spoken=tuple(self.words.get(name, name) for name in dialogue.spoken),
            groupings=tuple(tuple(self.words.get(n, n) for n in names) for names in dialogue.groupings),
            last=last and Call(last.tool, self._mapped(last.arguments, self.words)),
        )

    def shown(self, understood: Understood) -> Understood:
        """Return calls, or a reply, with the names in the place of the words."""
        names = {word: name for name, word in self.words.items()}
        if isinstance(understood, list):
            return [Call(call.tool, self._mapped(call.arguments, names)) for call in understood]
        text, examples = understood.text, understood.examples
        for word, name in names.items():
            text, examples = text.replace(word, name), tuple(e.replace(word, name) for e in examples)
        return replace(understood, text=text, examples=examples)

    @staticmethod
    def _mapped(arguments: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
        def one(value: Any) -> Any:
            return names.get(value, value) if isinstance(value, str) else value

        return {
            k: [one(v) for v in value] if isinstance(value, list) else one(value)
            for k, value in arguments.items()
        }
