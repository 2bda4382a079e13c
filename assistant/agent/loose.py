"""What people mean in sentences that no rule matches: what is mentioned, and the words that say what is to be done.

A rule of the grammar knows a whole sentence; here a few words are enough, because what is mentioned narrows what can
be meant: images and a group can only be moved or explained, two groups can only be merged. What would delete, edit or
send something means nothing here.
"""

import re
from collections.abc import Sequence
from typing import Any

from assistant.agent.cues import AS_MANY, CUES, GROUP_BY, LOOK
from assistant.agent.meanings import Call
from assistant.agent.mentions import FOLDER, GROUP, IMAGE, NO_GROUP, Mentions, mentions
from assistant.agent.words import BY, NO_MODE, NUMBER, PILE, number

_NOT_OURS = re.compile(
    r"\b(?:delet\w*|eras\w*|trash|destroy\w*|discard\w*|throw\w*|get rid|wip\w+|e?mail\w*|print\w*|post|upload|rotat\w*"
    r"|crop\w*|resiz\w*|brighten\w*|sharpen\w*|lighter|darker|brighter)\b",
    re.I,
)
_DONT = re.compile(r"^(?:please )?(?:do not|don't|dont|never|stop)\b(?!.*\bbut\b)", re.I)
_WORDS = 18
"""How many words a sentence may have: what is longer says more than a few words can tell."""
_OUGHT = r"(?:should|would|could|must|ought to)(?: (?:better|rather))?"


def read(said: str, last: str | None, known: Sequence[str], names: Sequence[str]) -> list[Call] | None:
    """What a sentence that no rule matches means, as far as its words tell; None where they do not.

    Args:
        said: The sentence, without what is only polite and with quotes hidden.
        last: The criterion that was grouped by last.
        known: All criteria that were grouped by.
        names: The names of the groups that there are.
    """
    bare = re.match(r"(\d+)(?= (?:is|are|should|looks?|belongs?)\b)", said)
    if bare and int(bare[1]) > len(names) > 0:
        said = f"#{said}"  # no group has that number
    if len(said.split()) > _WORDS or _NOT_OURS.search(said) or _DONT.search(said):
        return None
    found = mentions(said, names)
    if found.folders:
        answer = _export(found)
    elif found.images:
        answer = _images(found)
    elif len(found.groups) > 1:
        answer = _groups(found)
    elif found.groups:
        answer = _group(found)
    else:
        answer = _nothing_mentioned(found.text, last, known)
    return [Call(call.tool, _without_marks(call.arguments, found)) for call in answer] if answer else None


def _without_marks(arguments: dict[str, Any], found: Mentions) -> dict[str, Any]:
    return {k: found.plain(v).strip() if isinstance(v, str) else v for k, v in arguments.items()}


def _export(found: Mentions) -> list[Call] | None:
    text = found.text
    if found.images or len(found.folders) > 1:
        return None
    if not re.search(rf"\b(?:to|in|into|under|at|as|inside)\b[^.;]*{FOLDER}", text):
        return None
    cue = r"\b(?:export|sav|writ|stor|folder|cop(?:y|ies)|sym|link|put|mov|have|want|mak|output|dump|need)\w*"
    if not re.search(cue, text, re.I):
        return None
    arguments = {"to": found.folders[0]}
    how = r"\b(?P<mode>cop(?=y|ies)|mov(?=e|ing)|(?:sym(?:bolic )?)?link)"
    if match := re.search(how, NO_MODE.sub(r" \g<but>", text), re.I):
        arguments["mode"] = {"c": "copy", "m": "move"}.get(match["mode"].lower()[0], "link")
    return [Call("export_clusters", arguments)]


def _images(found: Mentions) -> list[Call] | None:
    text, images = found.text, found.images
    why = rf"\b(?:why|how come|reason|what ma(?:de|kes)|how did|how does|explain)\b|what(?:'s| is) {IMAGE} doing"
    if re.search(why, text, re.I):
        return [Call("explain", {"image": images[0]})]
    if match := re.search(rf"\bnew {PILE}(?:,? (?:called|named))? (?P<name>.+)$", text, re.I):
        return [Call("move_images", {"images": images, "to": match["name"]})]
    if not found.groups:
        return None
    if match := re.search(
        rf"(?:\bnot|n't)\b{NO_GROUP}*{GROUP},?\s*(?:but|it(?:'s| is)?|rather)\b.*?({GROUP})", text, re.I
    ):
        return _moved(images, found, match[1])
    away = (
        rf"\b(?:out of|off|away from|from) {GROUP}$"
        rf"|(?:\bnot|n't)\b(?: really)?(?: (?:be|belong|fit|go))?(?: (?:in|to|with|into|under))? ?{GROUP}$"
    )
    if len(found.groups) == 1 and re.search(away, text, re.I):
        return [Call("move_images", {"images": images, "to": "unsorted", "out_of": found.groups[0]})]
    if re.search(r"\bnot\b|n't\b", re.sub(rf"^.*?[,;]|{GROUP}.*", "", text)):
        return None
    to = r"(?:move|put|shift|place|goes|go|belongs?|should|better|wrong|rather|must|needs?|to|with|among|is|are)"
    if match := re.search(rf"\b{to}\b{NO_GROUP}*({GROUP})(?!.*{GROUP})", text, re.I):
        return _moved(images, found, match[1])
    return None


def _moved(images: list[str], found: Mentions, mark: str) -> list[Call]:
    return [Call("move_images", {"images": images, "to": found.of(mark)[0]})]


def _groups(found: Mentions) -> list[Call] | None:
    """Two or more groups can be one."""
    text = found.text
    no_difference = re.search(
        r"\b(?:no|any) (?:real )?(?:difference|reason|need|point)\b|\bno longer\b", text, re.I
    )
    if not no_difference and re.search(r"\bnot\b|n't\b|\bdiffer|\bapart\b|\bseparate", text, re.I):
        return None
    named = re.search(
        rf"{GROUP}{NO_GROUP}*?\b(?:call(?:ed)?|name[d]?)(?: (?:it|them|that|the result))? (?P<name>{NO_GROUP}+)$",
        text,
        re.I,
    )
    into = re.fullmatch(
        rf"(?:(?:add|fold|put|move) )?({GROUP}) (?:(?:is|are)(?: just| only| really| nothing but)|in(?:to)?|to)"
        rf"(?: part of)? ({GROUP})",
        text,
        re.I,
    )
    if into:
        clusters = found.of(into[1]) + found.of(into[2])
        name = {} if clusters[1].isdigit() else {"name": clusters[1]}
        return [Call("merge_clusters", {"clusters": clusters} | name)]
    one = (
        r"\b(?:merg|combin|join|fus|unit|unif|lump|stick|same|one\b|togeth|equal|identical|alike"
        r"|mean the|synonym|blend)"
    )
    if no_difference or re.search(one, text, re.I):
        name = {"name": named["name"].strip(" '\"")} if named else {}
        return [Call("merge_clusters", {"clusters": found.of(text)} | name)]
    return None


def _group(found: Mentions) -> list[Call] | None:
    """One group can be split, named or looked at."""
    text, (name,) = found.text, found.groups
    many = re.search(
        rf"\b(?P<n>{NUMBER})(?: \w+)? (?:{PILE}|things?|kinds?|types?|sorts?|halves)\b"
        rf"|\b(?:in|into|in to) (?P<m>{NUMBER})\b",
        text,
        re.I,
    )
    cut = r"\b(?:split|divid|break|cut up|cut|take .* apart|pull .* apart|separat|subdivid|go deeper|mix)\w*"
    if re.search(cut, text, re.I) or (
        many and re.search(r"\bin\b|\bis\b|\bare\b|\bof\b|\bhas\b|\bhold", text)
    ):
        arguments: dict[str, object] = {"cluster": name}
        if many and (n := number(many["n"] or many["m"])) >= 2:
            arguments["parts"] = n
        if by := re.search(rf"\b{BY} (?:(?:the|their|its) )?(?P<by>[^,]+)$", text, re.I):
            arguments["by"] = by["by"].strip()
        return [Call("split_cluster", arguments)]
    for wording in (
        rf"\b(?:call|name|label|title)(?: (?:it|that|them|this)| {GROUP})(?: as)? (?P<name>.+)$",
        rf"{GROUP} the (?:name|label|title) (?P<name>.+)$",
        rf"\bname (?:of|for) {GROUP} (?:is|{_OUGHT})(?: be)? (?P<name>.+)$",
        rf"{GROUP} {_OUGHT}(?: be)? (?:called|named|renamed)(?: to)? (?P<name>.+)$",
        rf"^{GROUP} (?:is|are) (?:actually|really|in fact|rather|more like)(?: about)? (?P<name>.+)$",
    ):
        if match := re.search(wording, text, re.I):
            return [Call("rename_cluster", {"cluster": name, "name": match["name"]})]
    if re.search(rf"{LOOK}.*{GROUP}", text, re.I) and not re.search(r"\bmove\b|\bwhat about\b", text, re.I):
        return [Call("show", {"cluster": name})]
    return None


def _nothing_mentioned(said: str, last: str | None, known: Sequence[str]) -> list[Call] | None:
    for criterion in known:
        noun = r"(?:grouping|clustering|sorting|groups?|ones?|view)"
        if re.search(rf"(?:{LOOK}|\bback to\b).*\b{re.escape(criterion)} {noun}\b", said, re.I):
            return [Call("show", {"clustering": criterion})]
    for tool, arguments, wordings in CUES:
        if any(wording.search(said) for wording in wordings):
            return [Call(tool, dict(arguments))]
    if last is not None:
        for wording in AS_MANY:
            if (match := wording.search(said)) and (n := number(match["n"])) >= 2:
                return [Call("group_by", {"criterion": last, "groups": n})]
    for wording in GROUP_BY:
        if match := wording.search(said):
            parts = match.groupdict()
            by = f"{parts['a']} or {parts['b']}" if parts.get("a") else parts["by"]
            by = re.sub(r"^(?:the|their|its|a|an) ", "", by.strip(" ,"), flags=re.I)
            groups = {"groups": number(parts["n"])} if parts.get("n") else {}
            if by and groups.get("groups", 2) >= 2:
                return [Call("group_by", {"criterion": by} | groups)]
    return None
