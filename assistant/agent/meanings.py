"""What a sentence comes to, once a rule has taken it apart: calls of tools, or a reply that says what is missing."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from assistant.agent.words import (
    ALL,
    ATTRIBUTES,
    BY,
    COUNT,
    MODE,
    NO_MODE,
    ORDINALS,
    PILE,
    group,
    image,
    images,
    is_image,
    is_quoted,
    listed,
    number,
)

MOST_STEPS = 20
COMPLETED = {
    "Group by what?": "group by {}",
    "Merge which groups?": "merge {}",
    "Split which group?": "split {}",
    "Which image?": "why is {} there",
    "Export to which folder?": "export to {}",
}
"""What was asked for, as the question begins, and the request that a bare reply makes."""
EXAMPLES = ("group by emotion into 5 groups", "what could I group by?", "help")
HINTS = {
    "group": 'For example "group by emotion into 5 groups", or ask "what could I group by?".',
    "merge": 'For example "merge happy and glad as joyful".',
    "split": 'For example "split happy into 3".',
    "rename": 'For example "rename happy to joyful".',
    "move": 'Name images by number or file, as in "move #3 and IMG_4.jpg to happy".',
    "why": 'For example "why is #12 there?".',
    "link": 'For example "#3 and #7 belong together", or "#3 and #9 are apart".',
    "lock": 'For example "lock happy", or "lock 1 and 3"; "unlock happy" lets it change again.',
    "snapshot": 'For example "take a snapshot called first try".',
    "two": 'Name two groupings, as in "compare emotion and hair colour".',
    "export": 'For example "export to ~/sorted", or "export to ~/sorted as links".',
}


@dataclass(frozen=True, slots=True)
class Call:
    """One tool to call, with its arguments."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in words, where there is nothing to call.

    Attributes:
        text: The answer.
        examples: What is named in it and is understood.
        asks: Whether it asks for what a request does not say.
        lost: Whether nothing was understood.
    """

    text: str
    examples: tuple[str, ...] = ()
    asks: bool = False
    lost: bool = False


Answer = list[Call] | Reply
Parts = dict[str, str]
Make = Callable[[Parts, str | None], Answer | None]
"""From the named parts of a sentence, and the criterion of before, to an answer; None if it means something else."""


def group_by(parts: Parts, last: str | None) -> Answer | None:
    """ "by" and maybe "n": one call for each criterion."""
    criterion = parts["by"]
    groups = parts.get("n")
    if groups is None and (tail := COUNT.search(criterion, max(0, len(criterion) - 80))):
        groups, criterion = tail.group("n") or tail.group("m"), criterion[: tail.start()]
    criterion = criterion.strip(" ,")
    found = _criteria(criterion)
    if isinstance(found, Reply):
        return found
    if re.search(r"\binto\b", criterion, re.IGNORECASE):
        return Reply(f'How many groups is "{criterion}"? Say for example "group by emotion into 5 groups".')
    return _grouped(found, groups)


def _grouped(criteria: list[str], groups: str | None) -> Answer:
    if groups is None:
        return [Call("group_by", {"criterion": c}) for c in criteria]
    if (k := number(groups)) < 2:
        return Reply(f"{k} groups would sort nothing: say 2 or more.")
    return [Call("group_by", {"criterion": c, "groups": k}) for c in criteria]


def _criteria(text: str) -> list[str] | Reply:
    parts = re.split(r"\s*(?:,|\band\b)\s*by\s+", text, flags=re.IGNORECASE)
    found: list[str] = []
    for part in parts:
        several = re.split(r"\s*(?:,\s*and\b|,|\band\b|&)\s*", part.strip(), flags=re.IGNORECASE)
        bare = [
            re.sub(r"^(?:the|their|its|his|her|a|an|both)\s+", "", s, flags=re.IGNORECASE) for s in several
        ]
        if not all(bare):
            return ask("Group by what?", "group")
        if len(bare) > 1 and not all(is_quoted(b) or b.split()[-1].lower() in ATTRIBUTES for b in bare):
            return Reply(
                f'Is "{part}" one criterion or several? Put quotes around it if it is one, '
                f'or say "group by {bare[0]} and by {bare[1]}" if it is several.'
            )
        found += bare
    return found


def question(parts: Parts, last: str | None) -> Answer | None:
    """ "which way do they look" is a criterion as it stands."""
    return _grouped([parts["by"]], None)


def as_many(parts: Parts, last: str | None) -> Answer | None:
    """ "n" groups by the criterion of before."""
    if last is None:
        return Reply('Groups by what? Say for example "group by emotion into 5 groups".')
    return _grouped([last], parts["n"])


def merge(parts: Parts, last: str | None) -> Answer | None:
    """ "list" of groups and maybe a "name"."""
    named = listed(parts["list"])
    if any(part.startswith("#") for part in named):
        return Reply('Images are moved, not merged: say for example "move #3 to happy".')
    numbered = re.search(PILE, parts["list"], re.IGNORECASE)  # "the first and the second group"
    clusters = [
        group(f"{part} group" if numbered and part.split()[-1].lower() in ORDINALS else part)
        for part in named
    ]
    name = parts.get("name")
    if name is not None and re.fullmatch(rf"one(?: {PILE})?|each other|a single {PILE}", name, re.IGNORECASE):
        name = None
    if name is not None and len(clusters) == 1:  # "fold gloomy into sad": sad is a group that is there
        other = group(name)
        name = None if re.fullmatch(r"c?\d+", other, re.IGNORECASE) else other
        clusters.append(other)
    if len(clusters) < 2 or not all(clusters):
        return ask("Merge which groups?", "merge")
    arguments: dict[str, Any] = {"clusters": clusters}
    return [Call("merge_clusters", arguments | ({"name": name} if name else {}))]


def split(parts: Parts, last: str | None) -> Answer | None:
    """ "x" and maybe "n" or "half"; a criterion may be at the end of "x"."""
    cluster = parts["x"]
    if match := re.fullmatch(rf"(.+?) {BY} (?:(?:the|their|its) )?(.+)", cluster, re.IGNORECASE):
        cluster, by = match.groups()
        parts = parts | {"by": by}
    if re.fullmatch(rf"{ALL}|(?:in|into|off) .+", cluster, re.IGNORECASE) or not group(cluster):
        return ask("Split which group?", "split")
    arguments: dict[str, Any] = {"cluster": group(cluster)}
    if "n" in parts or "half" in parts:
        arguments["parts"] = number(parts["n"]) if "n" in parts else 2
        if arguments["parts"] < 2:
            return Reply(f"{arguments['parts']} parts would split nothing: say 2 or more.")
    return [Call("split_cluster", arguments | ({"by": parts["by"]} if "by" in parts else {}))]


def rename(parts: Parts, last: str | None) -> Answer | None:
    """ "x" and "name"."""
    if re.fullmatch(rf"me|you|us|him|her|the|a|{ALL}", parts["x"], re.IGNORECASE):
        return ask("Rename which group?", "rename")
    return [Call("rename_cluster", {"cluster": group(parts["x"]), "name": parts["name"]})]


def move(parts: Parts, last: str | None) -> Answer | None:
    """ "list" of images and "to"."""
    found = images(parts["list"])
    if isinstance(found, str):
        if re.fullmatch(ALL, found, re.IGNORECASE):
            return ask("Move which images?", "move")
        return Reply(
            f'"{found}" names no image. {HINTS["move"]} To join two groups, say "merge A and B".', asks=True
        )
    return [Call("move_images", {"images": found, "to": group(parts["to"])})]


def belongs(parts: Parts, last: str | None) -> Answer | None:
    """As `move`, but only where the list can be nothing but images."""
    return move(parts, last) if isinstance(images(parts["list"]), list) else None


def is_really(parts: Parts, last: str | None) -> Answer | None:
    """ "#15 is actually surprised": images and what they are, in one word that is no denial."""
    if parts["to"].lower() in (
        "not",
        "no",
        "there",
        "here",
        "wrong",
        "unsorted",
        "missing",
        "different",
        "alike",
    ):
        return None
    only = re.fullmatch(r".*#.*|.*\.\w{3,4}", parts["list"])
    return belongs(parts, last) if only else None


def where(parts: Parts, last: str | None) -> Answer | None:
    """Where an image is: that is told with why."""
    return [Call("explain", {"image": image(parts["image"])})] if _only_image(parts["image"]) else None


def _only_image(text: str) -> bool:
    """Whether a text can be nothing but an image, not the number of a group."""
    return is_image(text) and not re.fullmatch(r"\d+", text.strip())


def take_out(parts: Parts, last: str | None) -> Answer | None:
    """ "list" of images goes from "out_of" to the unsorted pile."""
    found = belongs(parts | {"to": "unsorted"}, last)
    if isinstance(found, list) and not re.fullmatch(
        rf"{ALL}|there|here|it|(?:the|its|their|this|that) {PILE}", parts["out_of"], re.I
    ):
        found[0].arguments["out_of"] = group(parts["out_of"])
    return found


def explain_image(parts: Parts, last: str | None) -> Answer | None:
    """ "tell me about #4": only what can be nothing but an image."""
    return explain(parts, last) if is_image(parts["image"]) else None


def explain(parts: Parts, last: str | None) -> Answer | None:
    """ "image"."""
    if re.fullmatch(r"it|that|this|that one|this one|they", parts["image"], re.IGNORECASE):
        return ask("Which image?", "why")
    return [Call("explain", {"image": image(parts["image"])})]


def show(parts: Parts, last: str | None) -> Answer | None:
    """ "what": a group, a clustering, both, or everything."""
    what = parts.get("what", "")
    if re.fullmatch(r"#\d+", what):
        return [Call("explain", {"image": what})]
    arguments: dict[str, Any] = {}
    if match := re.fullmatch(
        r"(?:(?P<x>.+?) (?:in|from|of|under) )?(?:the )?(?P<y>.+?) (?:clustering|grouping)", what, re.I
    ):
        what, arguments["clustering"] = match.group("x") or "", match.group("y")
    everything = rf"(?:{ALL}|(?:all |all the |the |my )?(?:{PILE}|clusterings?|results?|overview))"
    if what and not re.fullmatch(everything, what, re.IGNORECASE):
        arguments = {"cluster": group(what)} | arguments
    return [Call("show", arguments)]


def export(parts: Parts, last: str | None) -> Answer | None:
    """ "to" and maybe "what" and "verb"."""
    what, to, mode = parts.get("what", ""), parts["to"], parts.get("verb", "").lower()
    if (match := NO_MODE.search(to)) and match.group("but"):
        mode = match.group("but").lower().removeprefix("sym")
    to = NO_MODE.sub("", to)
    for clause in (what, to):
        if match := MODE.search(clause):
            mode = (match.group("mode") or match.group("bare")).lower()
    what, to = MODE.sub("", what).strip(" ,"), MODE.sub("", to).strip(" ,")
    if re.search(r"\s(?:in|into|to|under) (?:~|\.{1,2}/|/|[A-Za-z]:[\\/])", to):
        return None  # "put symlinks to everything in ~/links"
    plain_what = re.fullmatch(
        rf"|{ALL}|(?:all )?(?:of )?(?:the |my )?(?:{PILE}|results?|clusterings?)", what, re.I
    )
    if not to:
        return ask("Export to which folder?", "export")
    if not is_quoted(to) and re.search(r",|\band\b", to, re.IGNORECASE):
        return Reply(f'The folder would be called "{to}". Put quotes around it if that is meant.')
    if parts.get("verb") and plain_what is None:
        return None  # "move #3 to happy", "copy that idea to Bob"
    if parts.get("verb", "").lower() in ("move", "put") and not (
        is_quoted(to) or re.search(r"[/\\~]|^\.", to)
    ):
        return None
    arguments: dict[str, Any] = {"to": to}
    if plain_what is None:
        what = re.sub(r"^(?:only|just) ", "", what, flags=re.I)
        arguments["clustering"] = re.sub(r"^(?:the )?(.+?)(?: (?:clustering|grouping))?$", r"\1", what)
    if mode:
        arguments["mode"] = {"c": "copy", "p": "copy", "m": "move"}.get(mode[0], "link")
    return [Call("export_clusters", arguments)]


def back(parts: Parts, last: str | None) -> Answer | None:
    """ "n" or "twice": so many undos."""
    times = 2 if "twice" in parts else number(parts.get("n", "1"))
    if times > MOST_STEPS:
        return Reply(f"I take back at most {MOST_STEPS} changes in one go.")
    return [Call("undo")] * times or None


def calls(tool: str) -> Make:
    """A rule that calls a tool without arguments."""
    return lambda parts, last: [Call(tool)]


def says(text: str) -> Make:
    """A rule that only answers."""
    return lambda parts, last: Reply(text)


def ask(question: str, what: str) -> Reply:
    """A question for what is missing, with an example of `what`."""
    return Reply(f"{question} {HINTS[what]}", asks=True)


def asks(question: str, what: str) -> Make:
    """A rule that asks for what is missing."""
    return lambda parts, last: ask(question, what)


def refuses(text: str) -> Make:
    """A rule that refuses, and names what it refused."""

    def make(parts: Parts, last: str | None) -> Answer | None:
        return Reply(f'{text} I did nothing about "{parts["all"]}". Try {either(EXAMPLES)}.', EXAMPLES)

    return make


def either(examples: tuple[str, ...]) -> str:
    """The examples in a sentence: "a", "b" or "c", each in quotes."""
    *most, final = (f'"{example}"' for example in examples)
    return ", ".join(most) + f" or {final}"
