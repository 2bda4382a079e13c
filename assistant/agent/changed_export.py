"""Reads what a sentence says about an export besides its groups and folder, also while that waits for approval: all
that it does not name stays as it was."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from assistant.agent.builtin.lexicon import (
    ENDS_PATH,
    Quotes,
    group,
    is_everything,
    listed,
    spelled_out,
    without_mode,
)
from tools.export.list_order import By
from tools.export.plan import Form, Mode
from tools.singular import in_singular, singular_words


class ExportChange(BaseModel):
    """Names what is different about an export: None, or an empty list, is what stays as it was.

    `only`, `but` and `more` are groups as the person named them: those that alone are written, those that are left out,
    and those that are written as well; `every` is whether all groups are written again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: str | None = None
    mode: Mode | None = None
    form: Form | None = None
    only: list[str] = Field(default_factory=list)
    but: list[str] = Field(default_factory=list)
    more: list[str] = Field(default_factory=list)
    every: bool = False
    order: By | None = None


_MODES: dict[str, Mode] = {"c": "copy", "m": "move", "l": "link", "s": "link"}
"""Maps the first letter of what files become to the mode of the export."""
_FORMS: tuple[tuple[str, Form], ...] = (
    ("tags|keywords|xmp|(?:xmp )?sidecars?", "tags"),
    ("(?:a )?csv|a table", "csv"),
    ("json ?lines|jsonl", "jsonl"),
    ("coco(?: json)?", "coco"),
    ("(?:a )?(?:hugging ?face )?dataset|imagefolder", "imagefolder"),
    ("(?:normal |plain )?(?:folders|directories)", "folders"),
)
_FIRST_YES_OR_NO = re.compile(
    r"^(?:(?:no|nope|yes|ok|okay|sure|sorry|fine|wait|oh|not like that|not (?:those|that|these|them)|rather|but|and)"
    r"(?:[, ]+|$))+",
    re.IGNORECASE,
)
"""Matches what stands before a change to the plan: "no, as links", "yes, but only happy"."""
_MORE = re.compile(
    r"(?P<and>(?:(?:yes|ok|okay|sure|fine|no|oh|wait)[, ]+)*"
    r"(?:(?:and|also|plus|with|add|include|take|together with|along with)\s+)*)"
    r"(?P<list>.+?)(?P<too>,? (?:too|also|likewise|to (?:it|that|them)))?",
    re.IGNORECASE,
)
_JOINS = re.compile(r"\b(?:and|also|plus|with|add|include|take)\b", re.IGNORECASE)
"""Match groups that are written as well, and what says that they are: "and the sad ones", "sad too"."""
_RATHER = re.compile(
    r"(?:(?:no|nope|sorry|rather|not (?:those|that|these|them))\b[, ]*)+(?P<list>.+)"
    r"|(?P<instead>.+) (?:instead|rather)",
    re.IGNORECASE,
)
"""Matches groups that are written in the place of those that were planned: "not those, the sad ones"."""
_ONES = re.compile(
    r"(?:all )?(?:the |my |those )(?P<what>[\w' -]+) (?:ones?|groups?|folders?)", re.IGNORECASE
)
"""Matches what can only be meant as a group, whether there is one or not."""
_ALL_BUT = re.compile(
    r"(?:all|everything|every group)(?: of (?:them|it))?(?: (?:the |of the )?groups)?,? "
    r"(?:but|except(?: for)?|without|apart from) (?P<list>.+)",
    re.IGNORECASE,
)
_LAST = re.compile(r"[, ]+(?:instead|rather|then|please|after all|though|for now|any ?more)$", re.IGNORECASE)
_NEXT = re.compile(
    r"(?:\s*,\s*|\s+)(?:(?:and|but)\s+)?(?=(?:as|(?:in)?to|in|only|just|without|except|moving|copying|linking|sorted|ordered|numbered)\s)"
    r"|\s*,\s*(?:(?:and|but)\s+)?",
    re.IGNORECASE,
)
"""Matches where the next change begins: "to ~/b| as links|, only the sad ones"."""
_BEGINS = re.compile(
    r"(?:as|to|into|in|only|just|without|except|leave|skip|drop|remove|take out|exclude|omit|minus"
    r"|not|no|all|every|moving|copying|linking|sorted|ordered"
    r"|numbered)\b",
    re.IGNORECASE,
)
"""Matches the first word of a change; what begins otherwise goes on with a list."""
_ONLY = re.compile(r"(?:only|just)(?: (?:export|save|write|take))? (?P<list>.+)", re.IGNORECASE)
_BUT = re.compile(
    r"(?:(?:all|everything)(?: of them)? )?"
    r"(?:but|except(?: for)?|without|leave out|skip|not) (?P<list>.+)",
    re.IGNORECASE,
)
_DROP = re.compile(
    r"(?:no|drop|remove|take out|exclude|omit|minus|forget|lose) (?P<list>.+)|(?:leave|take|keep) (?P<out>.+) out",
    re.IGNORECASE,
)
"""Matches what leaves groups out where all that it names are groups: "drop the sad ones"."""
_EVERY = re.compile(
    r"(?:with |write |export )?(?:(?:all|every)(?: (?:of )?(?:the|my))? groups?|all(?: of (?:them|it))?|everything)",
    re.IGNORECASE,
)
_SAID_BEFORE = re.compile(
    r"^(?:(?:export|write|save|put) (?:it|them)|(?:change|switch|set) (?:the )?(?:folder|target|destination|path)"
    r"|(?:the )?(?:file ?)?names? (?:should be|are)) (?=(?:to|into|in|as|sorted|ordered|numbered)\b)",
    re.IGNORECASE,
)
"""Matches what may stand before a change and says no more than it: "change the folder to ~/b"."""
_TO = re.compile(r"(?:to|into|in) (?P<to>[~/.\ue000-\uf8ff].*)", re.IGNORECASE)
_NOT_SO = re.compile(
    r"(?<=\w)[,;.]? (?:(?:and|but|because|as) )?(?:i |we )?(?:do not|don't|dont) (?:want|need|like) "
    r"(?:any |the |more )?(?:copies|links|symlinks|duplicates)$",
    re.IGNORECASE,
)
"""Matches the end of a change that says how it is not meant: "as links, I don't want copies"."""
_DO = re.compile(
    r"(?P<how>copy|link|move) (?:it|them|these|those|the (?:files|pictures|images))", re.IGNORECASE
)
_AS = re.compile(r"as (?P<what>.+)", re.IGNORECASE)
_ORDER = re.compile(
    r"(?:sorted|ordered|numbered|in (?:the |an )?order)(?: (?:by|of))?(?: (?:their|the))? "
    r"(?P<by>likeness|similarity|time|date|names?|file names?|certainty|confidence)",
    re.IGNORECASE,
)
_BY: dict[str, By] = {
    "l": "likeness",
    "s": "likeness",
    "t": "time",
    "d": "time",
    "n": "name",
    "f": "name",
    "c": "certainty",
}
"""Maps the first letter of what pictures are in order by to the order."""
_NO_GROUPS = re.compile(
    r"(?:by|with|(?:the )?(?:files?|photos?|pictures?|images?)|(?:this|that|it|them)(?: one)?)\b", re.I
)
"""Matches what follows "only" or "without" and names no groups: "only by camera"."""


def changed_export(said: str, quotes: Quotes | None = None, names: Sequence[str] = ()) -> ExportChange | None:
    """Return what a sentence changes about an export; None where any of its words says something else.

    Args:
        said: The sentence, or what follows the folder in one that asks for an export, with what is quoted hidden.
        quotes: What was quoted, which is shown again; None leaves it hidden.
        names: The groups that there are; without them, none is added or takes the place of another.
    """
    said = spelled_out(said)
    show = str.strip if quotes is None else quotes.show
    if names and (change := _of_groups(said, show, names)):
        return change
    bare = _NOT_SO.sub("", said.strip(" .!,"))
    text = _SAID_BEFORE.sub("", _LAST.sub("", _FIRST_YES_OR_NO.sub("", bare)))
    if not text:
        return None
    parts = _joined([part for part in _NEXT.split(text) if part])
    found = [_part(part, show, names) for part in parts]
    if names and found[0] is None and (known := _known(parts[0], show, names)):
        before = bare[: bare.find(parts[0])]  # "and the sad ones, as links"
        rather = re.search(r"\b(?:no|nope|sorry|rather|not)\b", before, re.IGNORECASE)
        key = "more" if _JOINS.search(before) else "only" if rather else ""
        found[0] = {key: known} if key else None
    if not found or not all(found):
        return None
    keys = [key for each in found for key in each or {}]
    if len(set(keys)) < len(keys):  # "as links as copies" is no change that is known
        return None
    return ExportChange(**{key: value for each in found for key, value in (each or {}).items()})


def _of_groups(said: str, show: Callable[[str], str], names: Sequence[str]) -> ExportChange | None:
    """Return what a sentence that names groups and nothing else changes; None for any other."""
    bare = re.sub(r"\bas well\b", "too", " ".join(said.split()).strip(" .!,"), flags=re.IGNORECASE)
    bare = re.sub(r"[, ]+(?:then|please|after all|though|for now)$", "", bare, flags=re.IGNORECASE)
    no_word = _FIRST_YES_OR_NO.sub("", bare)
    if (match := _DROP.fullmatch(no_word)) and (known := _known(match["list"] or match["out"], show, names)):
        return ExportChange(but=known)
    more = _MORE.fullmatch(bare)
    if more and (more["too"] or _JOINS.search(more["and"])) and (known := _known(more["list"], show, names)):
        return ExportChange(more=known)
    if (match := _RATHER.fullmatch(bare)) and (
        known := _known(match["list"] or match["instead"], show, names)
    ):
        return ExportChange(only=known)
    return None


def _known(said: str, show: Callable[[str], str], names: Sequence[str]) -> list[str]:
    """Return the groups that a list names, by name or by number; none where a part of it can be no group."""
    here = {in_singular(name) for name in names}
    found: list[str] = []
    for part in listed(said):
        name = show(group(part))
        numbered = name.isdecimal() and 0 < int(name) <= len(names)
        if not (numbered or in_singular(name) in here or _ONES.fullmatch(part)):
            return []
        found.append(name)
    return found


def _joined(parts: list[str]) -> list[str]:
    """Return the parts of a sentence with those put together that are one list: "only happy", "sad"."""
    joined: list[str] = []
    for part in parts:
        if joined and not _BEGINS.match(part):
            joined[-1] += f", {part}"
        else:
            joined.append(part)
    return joined


def _part(text: str, show: Callable[[str], str], here: Sequence[str] = ()) -> dict[str, Any] | None:
    """Return the field that one part of a sentence changes; None where it changes none."""
    if _EVERY.fullmatch(text):
        return {"every": True}
    if match := _ORDER.fullmatch(text):
        return {"order": _BY[match["by"][0].lower()]}
    if match := _TO.fullmatch(text):
        return None if ENDS_PATH.search(match["to"]) else {"to": show(match["to"])}
    if match := _DO.fullmatch(text):
        return {"mode": _MODES[match["how"][0].lower()]}
    if match := _AS.fullmatch(text):
        for words, form in _FORMS:
            if re.fullmatch(words, match["what"], re.IGNORECASE):
                return {"form": form}
    rest, mode = without_mode(text)
    if mode and not rest:
        return {"mode": _MODES[mode[0]]}
    for key, pattern in (("only", _ONLY), ("but", _BUT)):
        match = pattern.fullmatch(text)
        if match and (known := _known(match["list"], show, here)):  # a group may be called "photo"
            return {key: known}
        if match and not _NO_GROUPS.match(match["list"]):
            names = [show(group(name)) for name in listed(match["list"])]
            return {key: names} if names and not any(map(is_everything, names)) else None
    return None


def all_but(what: str) -> list[str]:
    """Return the groups that are left out where a text stands for all others: "all but happy and sad"; else none."""
    match = _ALL_BUT.fullmatch(what.strip())
    return [group(name) for name in listed(match["list"])] if match else []


def named_in_full(change: ExportChange, names: Sequence[str]) -> ExportChange:
    """Return a change with all groups that a part of their name means in the place of that part, where no group is
    called so: "2023" is "June 2023" and "September 2023".

    Args:
        change: The change.
        names: The groups of the grouping that is exported.
    """
    here = {in_singular(name) for name in names}

    def in_full(said: Sequence[str]) -> list[str]:
        found: list[str] = []
        for each in said:
            numbered = each.isdecimal() and 0 < int(each) <= len(names)
            words = singular_words(each)
            called = [name for name in names if words and words <= singular_words(name)]
            found += [each] if numbered or in_singular(each) in here or not called else called
        return list(dict.fromkeys(found))

    update = {key: in_full(getattr(change, key)) for key in ("only", "but", "more")}
    return change.model_copy(update=update)
