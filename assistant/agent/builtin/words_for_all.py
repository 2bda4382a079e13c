"""Knows the words that stand for more than a group that is called so: "one", "the others", "people"."""

import re
from collections.abc import Sequence

from assistant.agent.builtin.lexicon import PILE
from tools.singular import in_singular

_PRONOUNS = frozenset((
    "the", "and", "for", "with", "from", "not", "all", "new", "one", "ones", "other", "others", "rest", "show",
    "none", "any",
))  # fmt: skip
NOUNS = frozenset((
    "people", "person", "face", "faces", "phone", "camera", "picture", "pictures", "image", "images", "photo",
    "photos", "group", "groups",
))  # fmt: skip
NO_NAME = _PRONOUNS | NOUNS
"""Words that stand for more than a group that is called so, and are found by other means."""

_NOT_BEFORE = {
    "one": (
        "which", "the", "this", "that", "each", "every", "any", "no", "another", "other", "first", "second", "third",
        "last", "next", "best", "only", "wrong", "right", "new", "odd",
    ),
    "other": ("each", "every", "any", "no", "some", "one or the", "which", "what", "an", "two", "on the"),
}  # fmt: skip
"""What does not stand before a group that is called so: "which one" and "each other" are pronouns."""
_NOT_BEHIND = {
    "one": "of|more|that|who|which|is",
    "other": "than|way|ways|side|hand|half|grouping|groupings|clustering|sorting|view|tab|criterion|words?|one",
}
"""What does not stand behind such a group: "other than", "one of them"."""
_REST = frozenset((
    "other", "others", "rest", "the rest", "everything else", "misc", "miscellaneous", "remaining", "leftover",
    "anything else",
))  # fmt: skip
"""What the group of everything else is called."""
THE_REST = (
    r"(?:all )?(?:of )?(?:the )?"
    r"(?:(?:other|remaining) (?:ones|groups|piles|folders|pictures|images|photos)|others|rest|everything else|all else)"
    r"(?: of (?:them|it|these|those|the (?:groups|pictures|images|photos)))?"
)
"""An expression for all groups but those that were spoken of, or for the group of everything else."""


def wording_of(name: str) -> str:
    """Return the expression by which a group of such a name is found in a sentence; "" for a name like any other."""
    word = name.casefold()
    if word not in _NOT_BEFORE:
        return ""
    before = "".join(rf"(?<!\b{pronoun} )" for pronoun in _NOT_BEFORE[word])
    article = r"(?:the )?" if word == "other" else ""
    plural = r"(?:s|(?= ones\b))?(?: ones)?" if word == "other" else ""
    alone = rf"{before}{article}{re.escape(word)}{plural}(?! (?:{_NOT_BEHIND[word]})\b)"
    return rf"(?<!\w)(?:(?:the )?{re.escape(word)} {PILE}|{alone})(?!\w)"


def rest_group(names: Sequence[str]) -> str:
    """Return the group that is called as the rest is; "" where there is none."""
    return next((name for name in names if name.casefold() in _REST), "")


def all_others(names: Sequence[str], spoken: Sequence[str]) -> list[str]:
    """Return the groups that were not spoken of; none where none was."""
    said = {in_singular(name) for name in spoken}
    left = [name for name in names if in_singular(name) not in said]
    return left if len(left) < len(names) else []
