"""Reads the words in the slots of a sentence in another language, and returns them as an English sentence has them.

What a table of the language has is translated: numbers, mentions of groups and pictures, criteria, and things to sort
into. All else stays as the person said it, in quotes; the names of groups are never translated.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tools.singular import in_singular

HIDDEN = "\ue000-\uf8ff"
"""The letters that stand for what was written in quotes."""
HAN = "\u3400-\u9fff"
"""The letters of Chinese, which are written without spaces."""

_MOST_WORDS = 5
"""The most words of a name or a criterion, in Chinese the most letters twice that: what is longer has taken in more."""
_PATH = re.compile(r"(?:[~.]{0,2}/|[A-Za-z]:\\|[\w.-]+/)\S*")
_FILE = re.compile(r"[\w-]+\.\w{3,4}")
_TOGETHER = re.compile(rf"(?<=[{HAN}]) | (?=[{HAN}])")


@dataclass(frozen=True, slots=True)
class Words:
    """Holds the table of words of one language, `_words.yaml`.

    Attributes:
        table: Its entries: `numbers`, `ordinals`, `mentions`, `criteria` and `values` map a word to the English one.
        ands: Matches what stands between the parts of a list.
        no_name: Matches a word that no name has, where one has taken in more of the sentence: "not", "or", "if"; what
            is refused or doubted has one of them.
        groups: Expressions for a group by its number, its ordinal or its name.
        images: Expressions for a picture by its number.
        names: The names of the groups that there are.
    """

    table: Mapping[str, Any]
    ands: re.Pattern[str]
    no_name: re.Pattern[str]
    groups: tuple[re.Pattern[str], ...]
    images: tuple[re.Pattern[str], ...]
    names: tuple[str, ...] = ()

    def translated(self, slots: Mapping[str, str], names: Collection[str] = ()) -> dict[str, str] | None:
        """Return the English words for slots; None where one does not hold what it should.

        Args:
            slots: Slot name to the words in it.
            names: The names of the groups that there are. A word that is none of them may mean the one whose name is
                the English word for it: "Strand" the group "beach".
        """
        english: dict[str, str] = {}
        for slot, words in slots.items():
            text = _TOGETHER.sub("", words).strip(" ,.!?")
            if slot == "naming":
                english["group"], english["name"] = replace(self, names=tuple(names)).naming(text)
                if not (english["group"] and english["name"]):
                    return None
                continue
            read = _READERS[slot](replace(self, names=tuple(names)), text)
            if not read:
                return None
            english[slot] = read
        return english

    def count(self, text: str) -> str:
        """Return a number in digits; "" for what is none."""
        return text if text.isdecimal() else str(self.table["numbers"].get(text.casefold(), ""))

    def group(self, text: str) -> str:
        """Return the mention of one group; "" for what is none."""
        lowered = text.casefold()
        if "#" in text:
            return ""
        if mention := self.table["mentions"].get(lowered):
            return str(mention)
        for form in self.groups:
            if match := form.fullmatch(text):
                found = match.groupdict()
                if found.get("ordinal"):
                    ordinal = self.table["ordinals"].get(found["ordinal"].casefold())
                    if ordinal:
                        return f"the {ordinal} group"
                elif found.get("number"):
                    if number := self.count(found["number"]):
                        return number
                elif found.get("name"):
                    return self.count(found["name"]) or self._named(found["name"])
        return self.count(text) or self._named(text)

    def naming(self, text: str) -> tuple[str, str]:
        """Return a group, told by its number or a quoted name, and the new name behind it; two "" for what is none."""
        words = text.split()
        for end in range(len(words) - 1, 0, -1):
            group, name = self.group(" ".join(words[:end])), self.name(" ".join(words[end:]))
            told = re.fullmatch(rf"\d+|the \w+ group|it|[{HIDDEN}]", group)
            if group and name and (told or end == 1):
                return group, name
        return "", ""

    def several_groups(self, text: str) -> str:
        """Return the mention of several groups, or of what was spoken of; "" for what is none."""
        if several := self.table["several"].get(text.casefold()):
            return str(several)
        parts = [self.group(part) for part in self._listed(text)]
        return " and ".join(parts) if len(parts) > 1 and all(parts) else ""

    def image(self, text: str) -> str:
        """Return the mention of one picture; "" for what is none."""
        for form in self.images:
            if match := form.fullmatch(text):
                return f"#{match['number']}"
        return text if _FILE.fullmatch(text) else str(self.table["pictures"].get(text.casefold(), ""))

    def several_images(self, text: str) -> str:
        """Return the mention of one picture or several; "" for what is none."""
        first, *more = self._listed(text) or [""]
        found = [self.image(first), *(f"#{n}" if n.isdecimal() else self.image(n) for n in more)]
        return " and ".join(found) if all(found) else ""

    def criterion(self, text: str) -> str:
        """Return a criterion: the English word where there is one; "" for what is none."""
        return self._looked_up("criteria", text) or self.name(text)

    def values(self, text: str) -> str:
        """Return things to sort into, at least one; "" where one is none."""
        parts = [self._looked_up("values", part) or self.name(part) for part in self._listed(text)]
        return " and ".join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 and all(parts) else ""

    def thing(self, text: str) -> str:
        """Return the one thing that is picked out; "" for what is none."""
        return self._looked_up("values", text) or self.name(text)

    def name(self, text: str) -> str:
        """Return a name as it was said, in quotes; "" where it has taken in more than a name."""
        if re.fullmatch(f"[{HIDDEN}]", text):
            return text
        long = len(text.split()) > _MOST_WORDS or len(re.findall(f"[{HAN}]", text)) > 2 * _MOST_WORDS
        more = re.search(r'[",;:?!/\\]', text) or self.no_name.search(text) or self.ands.search(text)
        if not text or long or more:
            return ""
        return f'"{text}"'

    def _named(self, text: str) -> str:
        """Return the name of a group as it was said, or the one that is here whose English name it means."""
        here = {in_singular(name): name for name in self.names}
        meant = here.get(in_singular(self._looked_up("values", text)))
        if meant and text.casefold() not in map(str.casefold, self.names):
            return f'"{meant}"'
        return self.name(text)

    def _looked_up(self, table: str, text: str) -> str:
        bare = re.sub(self.table["articles"], "", text.casefold())
        return str(self.table[table].get(text.casefold()) or self.table[table].get(bare) or "")

    def _listed(self, text: str) -> list[str]:
        return [part.strip() for part in self.ands.split(text) if part.strip()]


def words_of(table: Mapping[str, Any]) -> Words:
    """Return the words of a language from the contents of its file."""
    ands = "|".join(map(re.escape, table["and"]))
    spaced = all(word.isascii() or not re.search(f"[{HAN}]", word) for word in table["and"])
    edge = r"\b" if spaced else ""
    no_name = "|".join(map(re.escape, table["no_name"]))
    words = ("numbers", "ordinals", "mentions", "several", "pictures", "criteria", "values")
    known = {
        key: {**{folded(word): means for word, means in table[key].items()}, **table[key]} for key in words
    }
    return Words(
        {**table, **known},
        re.compile(
            rf"\s*(?:,|、)\s*(?:{edge}(?:{ands}){edge})?\s*|\s*{edge}(?:{ands}){edge}\s*", re.IGNORECASE
        ),
        re.compile(rf"{edge}(?:{no_name}){edge}", re.IGNORECASE),
        tuple(re.compile(form, re.IGNORECASE) for form in table["groups"]),
        tuple(re.compile(form, re.IGNORECASE) for form in table["images"]),
    )


def folded(text: str) -> str:
    """Return a text without accents, letter for letter, since many leave them out."""
    return "".join(unicodedata.normalize("NFD", letter)[0] for letter in text)


def _path(words: Words, text: str) -> str:
    # In Chinese nothing parts a path from a refusal behind it: "~/sorted" and "don't".
    if re.search(rf"[A-Za-z0-9_](?:{words.no_name.pattern})+$", text):
        return ""
    return text if _PATH.fullmatch(text) or re.fullmatch(f"[{HIDDEN}]", text) else ""


_READERS: dict[str, Callable[[Words, str], str]] = {
    "count": Words.count,
    "group": Words.group,
    "groups": Words.several_groups,
    "image": Words.image,
    "images": Words.several_images,
    "criterion": Words.criterion,
    "first": Words.criterion,
    "second": Words.criterion,
    "values": Words.values,
    "thing": Words.thing,
    "name": Words.name,
    "path": _path,
}
"""Maps a slot to what reads it."""
