"""Reads noun phrases that name more than one group: "the happy red ones", "beach photos from 2023", "all but Berlin".

Such a phrase is put in the place of one group before the grammar reads the sentence, and what it stands for is put into
the calls afterwards. So every sentence about a group may be about several conditions as well.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from typing import Any

from assistant.agent.builtin.dates_named import unknown_date
from assistant.agent.builtin.lexicon import PICTURES, PILE
from assistant.agent.builtin.named_here import NamedHere, named_here
from assistant.agent.builtin.seen_here import (
    HAS,
    are_conditions,
    denied,
    seen_here,
    with_their_nouns,
    without_there,
)
from assistant.agent.builtin.values_listed import THE_REST_LISTED
from assistant.agent.calls import Call, Reply, Understood
from assistant.agent.tools.base import DialogueContext
from tools.singular import in_singular

_KINDS = {
    "N": rf"of (?:these|those|them)|ones?|{PICTURES}|{PILE}|shots?|snaps?|snapshots?|selfies|cameras?|phones?",
    "H": r"how many|how much|which|what",
    "B": r"except(?: for)?|excluding|other than|apart from|besides|without|minus|leaving out|but(?! (?:only|just)\b)",
    "X": r"not|(?:is|are|was|were|do|does)(?:n't| not)|neither|nor",
    "P": (
        r"(?:did )?(?:we|i|you) (?:take|took|shot|shoot|made|make)|taken|shot|made|captured|photographed"
        r"|in|from|of|with|by|on|at|during|within|inside|among|using"
    ),
    "E": r"everything(?: else)?|everyone|everybody|anything|all(?: of (?:it|them))?|the rest",
    "I": r"that|which|who|are|is|were|was|have been|also|both|(?:(?:and|but) )?(?:only|just)",
    "A": r"and|or|,|&",
    "D": r"the|my|our|these|those|any|every|each|an?",
}
"""Matches what may stand in such a phrase: its noun, the word of a question, what leaves out, what denies, how it is
joined to what holds, forms of "be", words for all, words between parts of a list, and articles."""
_LIST = "D*C+N?(?:A+D*C+N?)*"
_ONES = "(?:D*N|H|D*)I*"
"""What may stand before that which is left out, "the ones" and "those that are", as an expression."""
_PHRASE = re.compile(
    rf"(?P<open>[HE]?)D*(?P<head>(?:C(?:(?:N?A+)?D*C)*)?)(?P<noun>N?)"
    rf"(?P<rest>(?:A*[IA]*X+{_ONES}P*{_LIST}|A*I*BX?{_ONES}P*{_LIST}|A?I*P+D*(?:I*){_LIST}|A?I+{_LIST})*)"
)
_QUALIFIER = re.compile(
    rf"(?P<no>A*[IA]*X+{_ONES}P*{_LIST}|A*I*BX?{_ONES}P*{_LIST})|A?I*P+D*(?:I*){_LIST}|A?I+{_LIST}"
)
_INTO = re.compile(r"\b(?:in|into|between|by)\s+$", re.IGNORECASE)
_AND_THE_REST = re.compile(rf",? (?:and|or|&|plus|,) (?:{THE_REST_LISTED})\b", re.IGNORECASE)
"""Match what stands before a list of the groups that are to be made, and behind it."""
_TAKES_GROUPS = re.compile(
    r"\W*(?:please )?(?:merge|join|combine|unite|unify|fuse|lump|lock|unlock|freeze)\b", re.IGNORECASE
)
"""Matches the beginning of a sentence whose verb takes groups one by one: "merge all but sad"."""
_NAMES = re.compile(
    r"^\W*(?:(?:please|and|now|no|ok|then),? )*(?:call|name|label|title)\b"
    r"|\b(?:called|named|(?:rename|relabel|retitle|change the name of) .+? (?:to|into|as)) ",
    re.IGNORECASE,
)
"""Matches what stands before the name that something is given, whose words name nothing that is here."""
_ANY_OF = re.compile(
    r"^(?:are|is|were) (?:any|some|all|many|most|none) (?:of )?"
    rf"(?P<these>(?:the |my )?[\w'-]+(?: [\w'-]+)? (?:ones?|{PICTURES})) (?=[\w'-]+(?: [\w'-]+)?\W*$)",
    re.IGNORECASE,
)
"""Matches the beginning of "are any of the sad ones blue", which asks for what is both."""
_TAKES = re.compile(
    rf"\b(?P<what>what|{PICTURES}|shots?) (?:did|has|have) (?!(?:we|i|you|they) )(?P<who>(?:[\w-]+ ){{1,3}}?)"
    r"(?:take|taken|shoot|shot|make|made)\b",
    re.IGNORECASE,
)
"""Matches a camera that took pictures: "how many photos did the Canon take"."""
_OWNS = re.compile(rf"(?P<who>\b[\w-]+)(?:'s|s') (?P<what>(?:ones?|{PICTURES}|shots?)\b)", re.IGNORECASE)
"""Matches whose pictures they are: "Anna's pictures from the beach"."""
_LOOKS = re.compile(
    r"\W*(?:(?:please|can you|could you|just|only) )*(?:show|list|see|view|display|open|find|give me|how many|which"
    r"|what|count|(?:are|is) there|do (?:i|we) have)\b",
    re.IGNORECASE,
)
_EXPORTS = re.compile(r"\W*(?:please )?(?:export|copy|save|write|link)\b", re.IGNORECASE)
"""Matches the beginning of a sentence that writes files: "export the pictures from Berlin to ~/x"."""
_COUNTS = re.compile(r"\W*(?:how many|count)\b", re.IGNORECASE)
"""Match the beginnings of sentences that only look, and of those that count."""
_PUTS = re.compile(
    r"\b(?:put|bring|pick|pull|take|set|move|gather|collect|keep|group|sort|lump|get|place|make|export|save|copy)"
    r"(?: out| aside| together| apart)?\s*$",
    re.IGNORECASE,
)
"""Matches what stands before "what is both happy and red" where that is to be put somewhere, and is no question."""
_HAS = re.compile(r"have|has|had", re.IGNORECASE)
_STANDS_FOR = "Selection"
"""The beginning of the names that such phrases have while the grammar reads."""


@dataclass(frozen=True, slots=True)
class Named:
    """Holds what a noun phrase says must hold and must not, how it was said, and whether it names one group alone;
    or why no conditions can say it, as a sentence; and whether all of it is groups."""

    all_of: tuple[str, ...]
    none_of: tuple[str, ...]
    said: str
    is_group: bool = False
    unclear: str = ""
    groups: bool = True


@dataclass(frozen=True, slots=True)
class Folded:
    """Holds a sentence with a name in the place of each such phrase, what these stand for, and the context that has
    groups of these names; or what is answered at once, as no call can say it."""

    text: str
    dialogue: DialogueContext
    phrases: dict[str, Named] = field(default_factory=dict)
    reply: Reply | None = None

    def spoken(self, text: str) -> str:
        """Return a text with each phrase as it was said."""
        for name, named in self.phrases.items():
            text = text.replace(name, named.said)
        return text

    def expanded(self, understood: Understood) -> Understood:
        """Return what was understood with what the phrases stand for; a reply where a call cannot be about that."""
        if self.reply is not None:
            return self.reply
        if isinstance(understood, Reply):
            said = tuple(self.spoken(example) for example in understood.examples)
            return replace(understood, text=self.spoken(understood.text), examples=said)
        calls: list[Call] = []
        for call in understood:
            done = self._about(call)
            if done is None:
                return self._cannot(call)
            calls += done
        return calls

    def _about(self, call: Call) -> list[Call] | None:
        """Return the calls that do for several conditions what a call does for a group; None where none do."""
        keys = [key for key, value in call.arguments.items() if self._meant(value) is not None]
        if not keys:
            return [call]
        (key, *more), name = keys, self._meant(call.arguments[keys[0]])
        if more or not name:
            return None
        named = self.phrases[name]
        if named.is_group:
            alone = named.all_of[0]
            held = [alone] if isinstance(call.arguments[key], list) else alone
            return [Call(call.tool, {**call.arguments, key: held})]
        others = {k: v for k, v in call.arguments.items() if k not in (key, "rest")}
        if call.tool in ("show", "count") and key == "cluster":
            first, *also = named.all_of or ("",)
            return [Call(call.tool, others | _given(cluster=first, also=also, but=named.none_of))]
        if call.tool == "pick_out" and key == "all_of":
            return [Call(call.tool, others | _given(all_of=named.all_of, none_of=named.none_of))]
        if call.tool == "sort_into" and key == "values":
            return [Call("pick_out", _given(all_of=named.all_of, none_of=named.none_of))]
        if call.tool == "export_clusters" and key == "clustering":
            if not named.all_of and named.groups:
                return [Call(call.tool, others | {"but": list(named.none_of)})]
            pick = _given(all_of=named.all_of, none_of=named.none_of, name=named.said)
            return [Call("pick_out", pick), Call(call.tool, others | {"clustering": named.said})]
        return None

    def _meant(self, value: Any) -> str | None:
        """Return the name of the phrase that an argument holds; "" where it holds it beside others, None for none."""
        held = [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str)]
        found = [name for name in self.phrases for v in held if re.search(rf"\b{name}\b", v)]
        if not found:
            return None
        return found[0] if held == [found[0]] else ""

    def _cannot(self, call: Call) -> Reply:
        said = next(iter(self.phrases.values())).said
        put = f"put the {said} pictures together"
        return Reply(
            f'"{said}" is no group yet, and I can do that only with a group. Shall they be one? Say "{put}", then say '
            "it again.",
            (put,),
            asks=True,
        )


def folded(text: str, dialogue: DialogueContext) -> Folded:
    """Return a sentence with one name in the place of each noun phrase that names several conditions, or one that only
    files say."""
    as_said = without_there(text)
    text = _ANY_OF.sub(r"show \g<these> that are ", as_said)
    text = _OWNS.sub(r"\g<who> \g<what>", text)
    text = _TAKES.sub(r"\g<what> taken with \g<who>", text)
    here = named_here(text, dialogue)
    no_date = dialogue.informed and not any(_said_of_time(named) for named in here)
    if no_date and (dated := unknown_date(text, dialogue)) is not None:
        return Folded(as_said, dialogue, reply=dated)
    seen = seen_here(text, dialogue, here)
    whole = _folded(as_said, text, sorted([*here, *seen], key=lambda named: named.start), dialogue)
    if seen and not (whole.phrases or whole.reply):
        return _folded(as_said, text, here, dialogue)
    return whole


def _folded(as_said: str, text: str, here: Sequence[NamedHere], dialogue: DialogueContext) -> Folded:
    """Return a sentence with one name in the place of each noun phrase of what it names."""
    if not here:
        return Folded(as_said, dialogue)
    kinds = frozenset(in_singular(criterion) for criterion in dialogue.criteria)
    tokens = [
        ("N", *token[1:]) if token[0] == "O" and in_singular(text[token[1] : token[2]]) in kinds else token
        for token in _tokens(text, here)
    ]
    tokens = with_their_nouns(tokens, text)
    for place, (first, second) in enumerate(pairwise(tokens)):
        if (
            first[0] == "O"
            and second[0] == "P"
            and second[1] == second[2]
            and _HAS.fullmatch(text[first[1] : first[2]])
        ):
            tokens[place] = ("I", *first[1:])  # "which have no date"
        elif first[0] == "O" and second[0] == "C" and HAS.fullmatch(text[first[1] : first[2]]):
            tokens[place] = ("P", *first[1:])  # "how many sad ones have blond hair"
    phrases: dict[str, Named] = {}
    done, at = "", 0
    name_begins = match.end() if (match := _NAMES.search(text)) else len(text)
    for inside, named in _phrases(tokens, text):
        if inside[0][1] >= name_begins or _lists_groups(inside, text):
            continue
        if named.unclear:
            return Folded(as_said, dialogue, reply=Reply(named.unclear, asks=True))
        start, end = inside[0][1], inside[-1][2]
        if _TAKES_GROUPS.match(text) and not named.all_of:
            others = _others(named.none_of, dialogue)
            if len(others) < 2:
                continue
            done += text[at:start] + " and ".join(f"the {other} group" for other in others)
        else:
            name = f"{_STANDS_FOR}{chr(ord('a') + len(phrases))}"
            phrases[name] = named
            opened = (
                text[start : inside[0][2]] if inside[0][0] == "H" and not _PUTS.search(text[:start]) else ""
            )
            done += text[at:start] + (f"{opened} pictures are in {name}" if opened else name)
        at = end
    if at == 0:
        return Folded(as_said, dialogue)
    return Folded(
        done + text[at:],
        replace(dialogue, names=(*dialogue.names, *phrases), phrases=tuple(phrases)),
        phrases,
    )


def _lists_groups(inside: list[Any], text: str) -> bool:
    """Return whether a phrase lists the groups that are to be made, one for each: "into Berlin and Tokyo", "Berlin,
    Tokyo and the rest"."""
    if not all(letter in "CAD" for letter, *_ in inside) or not any(letter == "A" for letter, *_ in inside):
        return False
    before, behind = text[: inside[0][1]], text[inside[-1][2] :]
    return bool(_INTO.search(before)) or (not before.strip() and bool(_AND_THE_REST.match(behind)))


def _said_of_time(named: NamedHere) -> bool:
    """Return whether something is known here that a date stands for; a year is named whether it is or not."""
    return named.is_group or named.stands_alone or named.criterion in ("month", "day", "season", "weekday")


def _phrases(tokens: list[Any], text: str) -> Iterator[tuple[list[Any], Named]]:
    """Yield the noun phrases that name more than one group, each with its tokens. Where a list is none by itself, its
    parts may be: "the red bags and the blue shoes"."""
    letters = "".join(letter for letter, _, _, _ in tokens)
    for match in _PHRASE.finditer(letters):
        inside = tokens[match.start() : match.end()]
        if not inside:
            continue
        if (named := _named(match, tokens, text)) is not None:
            yield inside, named
        elif "A" in match["head"]:
            places = [-1, *(i for i, token in enumerate(inside) if token[0] == "A"), len(inside)]
            for before, after in pairwise(places):
                if part := inside[before + 1 : after]:
                    whole = _PHRASE.fullmatch("".join(token[0] for token in part))
                    if whole is not None and (named := _named(whole, part, text)) is not None:
                        yield part, named


def _named(match: re.Match[str], tokens: list[Any], text: str) -> Named | None:
    """Return what a phrase names, where that is more than one group; None else."""

    def values(start: int, end: int) -> list[NamedHere]:
        return [value for _, _, _, value in tokens[start:end] if value is not None]

    head = values(*match.span("head"))
    wanted = list(head)
    unwanted: list[NamedHere] = []
    for part in _QUALIFIER.finditer(match["rest"]):
        begin = match.start("rest")
        inside = tokens[begin + part.start() : begin + part.end()]
        so_many = denied(inside, text) if part["no"] else 0
        unwanted += [value for _, _, _, value in inside[:so_many] if value is not None]
        wanted += [value for _, _, _, value in inside[so_many:] if value is not None]
    first, last = tokens[match.start()][1], tokens[match.end() - 1][2]
    alone = not text[:first].strip() and not text[last:].strip(" .!?")
    looking, counted = _LOOKS.match(text) is not None, _COUNTS.match(text) is not None
    named_so = bool(unwanted and match["noun"])  # "export the pictures without people"
    if not are_conditions(wanted, unwanted, alone or looking or named_so, counted and bool(match["rest"])):
        return None
    about = {value.criterion for value in wanted}
    listed = "A" in match["head"]
    if (match["open"] or match["noun"] or (head and match["rest"])) and (
        unclear := _unclear(match, tokens, text)
    ):
        return Named((), (), "", unclear=unclear)
    if not (wanted or unwanted) or (
        listed and len({v.criterion for v in head}) > 1 and not _is_product(match, tokens)
    ):
        return None  # "show happy and red" are two groups
    if unwanted:
        if not (wanted or match["open"] or match["noun"]):
            return None  # "#12 is not happy"
        if wanted and {value.criterion for value in unwanted} <= about:
            return None  # "#3 is a pear, not a plum": nothing is in both
    elif len(about) < 2:
        if not (head or match["open"] or match["noun"]):
            return None  # "is #3 from 2023?"
        if any(value.is_group for value in wanted):
            takes = _LOOKS.match(text) or _EXPORTS.match(text)
            of_it = takes and not head and match["rest"]  # "show the pictures from Berlin"
            counts = _COUNTS.match(text) and listed and not match["rest"]  # "how many cats and dogs together"
            if not of_it and not counts:
                return None
        elif not match["rest"] and not match["noun"] and not listed:
            return None
    inside = tokens[match.start() : match.end()]
    said = [
        word
        for letter, start, end, _ in inside
        if letter != "H" and (word := text[start:end]).lower() != "the"
    ]
    spoken = re.sub(
        rf"^(?:(?:only|just|all|those|these) )+|\s+(?:{PICTURES}|ones?)$",
        "",
        " ".join(said),
        flags=re.IGNORECASE,
    ).replace(" ,", ",")
    one_group = not unwanted and len(_names(wanted)) == 1 and wanted[0].is_group
    groups = all(value.is_group for value in (*wanted, *unwanted))
    return Named(_names(wanted), _names(unwanted), spoken, one_group, groups=groups)


def _unclear(match: re.Match[str], tokens: list[Any], text: str) -> str:
    """Return why conditions cannot say a phrase: what is left out is in two groups at once, one of two things is
    enough, or two that exclude each other must hold; "" where they can."""
    start, end = match.span()
    begin = match.start("rest")
    behind = False  # a part that only leaves out what it names was said
    for part in _QUALIFIER.finditer(match["rest"]):
        within = tokens[begin + part.start() : begin + part.end()]
        leaves_out = any(letter == "B" for letter, *_ in within)
        if (leaves_out and _is_crossed(within)) or (behind and within[0][0] == "P"):
            return (
                "I can leave out whole groups, but not what is in two of them at once. Name one group to leave out, "
                'or say first "put ... together" for what is in both, then leave that out.'
            )
        behind = leaves_out
    before: NamedHere | None = None
    either = False
    for letter, first, last, value in tokens[start:end]:
        if letter in "BX":
            break
        either = either or (letter == "A" and text[first:last].casefold() == "or")
        if value is not None:
            if before is not None and either and before.criterion != value.criterion:
                return (
                    f'"{before.name}" is of {before.criterion} and "{value.name}" of {value.criterion}: I can look for '
                    "what is in both, but not for what is in one of them. Ask for one after the other."
                )
            if (
                before is not None
                and before.criterion == value.criterion
                and before.name != value.name
                and re.search(
                    r"\b(?:is|are|was|were|be) both\b", text[tokens[start][1] : last], re.IGNORECASE
                )
            ):
                return (
                    f'"{before.name}" and "{value.name}" are both of {value.criterion}: I look for what is in one of '
                    "them, but not for what is in both. Name groups of two groupings, or ask for one."
                )
            before, either = value, False
    return ""


def _is_crossed(part: list[Any]) -> bool:
    """Return whether one thing of a list is in two groups at once: "green Berlin pictures", "the green and the Berlin
    ones" not."""
    about: set[str] = set()
    for letter, _, _, value in part:
        if letter == "A":
            about.clear()
        elif value is not None:
            about.add(value.criterion)
        if len(about) > 1:
            return True
    return False


def _is_product(match: re.Match[str], tokens: list[Any]) -> bool:
    """Return whether a list has parts that differ in one thing alone: "red dresses and red hats" or "red or blue hats",
    but not "red dresses and blue hats"."""
    parts: list[dict[str, str]] = [{}]
    for letter, _, _, value in tokens[match.start("head") : match.end("head")]:
        if letter == "A":
            parts.append({})
        elif value is not None:
            parts[-1][value.criterion] = value.name
    last = parts[-1]
    for part in parts[:-1]:
        if list(part) == list(last)[: len(part)]:
            part.update({criterion: last[criterion] for criterion in list(last)[len(part) :]})
    first = parts[0]
    if len(first) < 2 or any(part.keys() != first.keys() for part in parts):
        return False
    return sum(any(part[criterion] != first[criterion] for part in parts) for criterion in first) < 2


def _names(values: Sequence[NamedHere]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.name for value in values))


def _given(**given: Any) -> dict[str, Any]:
    """Return the arguments that hold something, tuples as lists."""
    return {key: list(v) if isinstance(v, tuple) else v for key, v in given.items() if v}


def _others(names: Sequence[str], dialogue: DialogueContext) -> list[str]:
    """Return the groups beside some, in the first grouping that has all of these."""
    for groups in dialogue.groupings or (dialogue.names,):
        if set(names) <= set(groups):
            return [group for group in groups if group not in names]
    return []


def _tokens(text: str, here: Sequence[NamedHere]) -> Any:
    """Yield the words of a text, each with its kind, where it begins and ends, and what it names here."""
    at = {named.start: named for named in here}
    place = 0
    while place < len(text):
        if (named := at.get(place)) is not None:
            if named.stands_alone or (named.name.startswith("no ") and not named.is_group):
                yield "P", named.start, named.start, None  # "those without a date", "those since 2019"
            yield "C", named.start, named.end, named
            place = named.end
            continue
        match = _word().match(text, place)
        if match is None:
            place += 1
            continue
        next_named = min((n.start for n in here if n.start > place), default=len(text))
        if match.end() > next_named:
            match = _single().match(text, place)
            assert match is not None
        kind = next((kind for kind, words in _kinds() if words.fullmatch(match[0])), "O")
        yield kind, match.start(), match.end(), None
        place = match.end()


@cache
def _kinds() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in _KINDS.items())


@cache
def _word() -> re.Pattern[str]:
    """Return what matches the next word, or several that are one in such a phrase."""
    several = [words for listed in _KINDS.values() for words in [listed]]
    return re.compile(rf"(?:{'|'.join(several)})(?![\w'])|[^\s\w]|[\w'#./~-]+", re.IGNORECASE)


@cache
def _single() -> re.Pattern[str]:
    return re.compile(r"[^\s\w]|[\w'#./~-]+")
