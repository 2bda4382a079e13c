"""Finds what a sentence says of pictures that is not known here: "which dogs are in the snow" where nothing tells snow.

`left_out` compares a sentence with what is known; this is about all other words. Each word of a sentence that has a
meaning of its own must be in a call, in the templates of the tool that is called, or say nothing of pictures
(`_fillers.yaml`). What is left would be dropped without a word: a tool that reads says so beside its answer, and before
an edit the person is asked.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from assistant.agent.builtin.clauses import steps_of
from assistant.agent.builtin.lexicon import NUMBERS
from assistant.agent.builtin.named_here import named_here
from assistant.agent.builtin.values_listed import THE_REST_LISTED
from assistant.agent.builtin.variants import LIKENESS
from assistant.agent.calls import Call
from assistant.agent.intents import intents
from assistant.agent.left_out import is_about_the_past
from assistant.agent.sentence_files import ENGLISH, sentence_data
from assistant.agent.tools.base import DialogueContext, Effect
from assistant.agent.tools.registry import tools
from assistant.agent.wording import enumerated
from tools.fuse.registry import ways_to_write
from tools.names import visible
from tools.singular import in_singular

_NAMES_GROUPS = frozenset(
    ("cluster", "clusters", "clustering", "criterion", "values", "all_of", "within", "first")
)
"""The arguments by which a tool is told which pictures are meant, or by what they are told apart."""
_NAMES_IMAGES = frozenset(("image", "images"))
"""The arguments that name images one by one: what else is said of those changes nothing."""
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_NO_WORDS = re.compile(r"\S*[/\\~#\d@]\S*|\S+\.\w{2,5}\b|[\ue000-\uf8ff]")
"""Matches what is no word of the language: paths, files, numbers, marks."""
MOST_WORDS = 2
"""The most words of what is told that a group could be called."""
_LONGEST = 40
"""The most words of a sentence that are looked at: who says more tells a story, not what is in a picture."""
_MOST_BETWEEN = 2
"""The most words without a meaning of their own between two that are one phrase: "men in the old hats"."""


_DENIES = re.compile(
    r"\b(?:not|never|without|neither|nor|no|except|excluding|but|hardly)\b|n't\b", re.IGNORECASE
)
"""Matches what says that something is not so."""
_DENIED = re.compile(
    rf"(?:{_DENIES.pattern})(?:\s+(?:an?|the|in|at|on|any|all|really|quite|one|of))*\s*$", re.IGNORECASE
)
"""Matches what stands before a word that is denied: "which cats are not black"."""
_THE_REST = re.compile(rf"\b(?:{THE_REST_LISTED})\W*$", re.IGNORECASE)
"""Matches the words for everything else, which the rest of a call stands for."""
_OF_THE_PERSON = re.compile(
    r"\b(?:my|our) (?:\w+ ){1,2}(?:picture|photo|image|pic|shot|photograph)s?\b"
    r"|\b(?:picture|photo|image|pic|shot|photograph)s? (?:of|from) (?:my|our) (?:\w+ )?\w+"
    r"|^(?:(?:hi|hello|so|ok|i have|i've got|these are|here are)[, ]+)*(?:[\w-]+ ){1,3}"
    r"(?:picture|photo|image|pic|shot)s"
    r"(?: here)?(?=[,.;:])",
    re.IGNORECASE,
)
"""Matches how a person calls the whole folder: "my wedding pictures", "the photos of our holiday"."""
_PART_OF = re.compile(
    r"\b((?:some|half|most|many|several|lots|(?:a )?few|parts?|all but|both|the (?:first|last|best|rest|others?)"
    r"|(?:the )?(?:new|newest|best|better|other|sure|certain|first|last)|\d+|two|three|four|five|ten)"
    r"(?: of)?)(?: (?:the|my|these|those))?\s*$",
    re.IGNORECASE,
)
"""Matches what stands before a group of which only a part is meant: "merge half of the dogs with the cats"."""


def unknown_words(text: str, calls: Sequence[Call], dialogue: DialogueContext) -> tuple[str, ...]:
    """Return what a sentence says that is in none of its calls and not known here, as it was said: "in the snow".

    Args:
        text: What the person typed.
        calls: All calls that come of it.
        dialogue: What is known here.
    """
    if not calls or not dialogue.informed or len(steps_of(text)) > len(calls):
        return ()
    if not all(is_about_groups(call.tool) for call in calls):
        return ()
    if (part := _part_of_a_group(text, calls, dialogue)) is not None:
        return (part,)
    bare = re.sub(r"[\"“”«»][^\"“”«»]*[\"“”«»]", lambda match: " " * len(match[0]), text.replace("’", "'"))
    if any(call.arguments.get("rest") for call in calls):
        bare = _THE_REST.sub(lambda match: " " * len(match[0]), bare)
    bare = _OF_THE_PERSON.sub(lambda match: " " * len(match[0]), bare)
    bare = _NO_WORDS.sub(lambda match: " " * len(match[0]), bare)
    for named in named_here(bare, dialogue):
        bare = bare[: named.start] + " " * (named.end - named.start) + bare[named.end :]
    words = list(_WORD.finditer(bare))
    if len(words) > _LONGEST:
        return ()
    of_criteria = frozenset(
        form for criterion in dialogue.criteria for word in _WORD.findall(criterion) for form in _forms(word)
    )
    known = _fillers() | of_criteria | {form for call in calls for form in _words_of(call, dialogue)}
    for call in calls:
        known |= _of_templates(call)
    lost = [
        word
        for word in words
        if len(word[0]) > 1 and not (_forms(word[0]) & known or _is_slip(word[0], known))
    ]
    return tuple(dict.fromkeys(_phrases(lost, words, text)))


def _part_of_a_group(text: str, calls: Sequence[Call], dialogue: DialogueContext) -> str | None:
    """Return the words by which a sentence means a part of a group, where a call changes all of it."""
    edits = [call for call in calls if call.tool in tools() and tools()[call.tool].effect is Effect.EDIT]
    given = [
        value
        for call in edits
        for value in (call.arguments.get("cluster"), *call.arguments.get("clusters", ()))
    ]
    changed = {dialogue.named(str(value)).casefold() for value in given if value is not None}
    for named in named_here(text, dialogue):
        part = _PART_OF.search(text[: named.start])
        if part is not None and named.is_group and named.name.casefold() in changed:
            return part[1]
    return None


def told_by_experts(text: str, calls: Sequence[Call], dialogue: DialogueContext) -> list[Call]:
    """Return calls that show or count a group with what experts say of some pictures here, where the sentence names
    that and no call holds it: "which dogs are in the snow" where snow is seen. Others are returned as they are."""
    if len(calls) != 1 or calls[0].tool not in ("show", "count") or not calls[0].arguments.get("cluster"):
        return list(calls)
    seen = frozenset(word for _, words in dialogue.said_by_experts for word in words)
    said = unknown_words(text, calls, dialogue)
    if not said or not seen.issuperset(map(in_singular, said)):
        return list(calls)
    (call,) = calls
    given = {key: list(call.arguments.get(key, ())) for key in ("also", "but")}
    for phrase in said:
        before, _, _ = text.partition(phrase)
        denied = _DENIED.search(before) is not None
        if not denied and _DENIES.search(text):
            return list(
                calls
            )  # what is denied is not plain, so it is told that it was not taken into account
        given["but" if denied else "also"].append(in_singular(phrase))
    return [Call(call.tool, {**call.arguments, **{key: value for key, value in given.items() if value}})]


def without_unknown(text: str, dialogue: DialogueContext) -> str:
    """Return a sentence without the words before the names of groups that say something of pictures and are not known
    here: "move the torn scarves to coats" is read as a sentence about scarves, then asked about."""
    done, at = "", 0
    for named in named_here(text, dialogue):
        words = list(_WORD.finditer(text, at, named.start))
        start = named.start
        while words and text[words[-1].end() : start].isspace() and not _forms(words[-1][0]) & _fillers():
            start = words.pop().start()
        done, at = done + text[at:start], named.start
    return done + text[at:] if dialogue.informed else text


def told_aside(text: str, call: Call, dialogue: DialogueContext) -> str:
    """Return the line beside the answer of a tool that reads about what the sentence says and nothing here tells; ""
    where there is nothing."""
    unknown = unknown_words(text, [call], dialogue)
    if not unknown:
        return ""
    said = enumerated(list(unknown))
    line = f"I cannot tell {said} here, so that was not taken into account."
    group = call.arguments.get("cluster")
    if len(unknown) == 1 and len(unknown[0].split()) <= MOST_WORDS and dialogue.has(str(group)):
        line += (
            f' To look for it, say "split {visible(dialogue.named(str(group)))} into {unknown[0]} and other".'
        )
    return line


@cache
def is_about_groups(tool: str) -> bool:
    """Return whether a tool is told by words which pictures are meant, so that a word too few changes what it does."""
    if tool not in tools() or is_about_the_past(tool):
        return False
    fields = tools()[tool].arguments.model_fields.keys()
    return bool(fields & _NAMES_GROUPS) and not fields & _NAMES_IMAGES


def _phrases(lost: Sequence[re.Match[str]], words: Sequence[re.Match[str]], text: str) -> Iterator[str]:
    """Yield what was said around the words that are lost, those near each other as one."""
    places = [words.index(word) for word in lost]
    at = 0
    while at < len(places):
        end = at
        while end + 1 < len(places) and places[end + 1] - places[end] <= _MOST_BETWEEN:
            end += 1
        first, last = words[places[at]], words[places[end]]
        yield " ".join(text[first.start() : last.end()].split())
        at = end + 1


def _is_slip(word: str, known: frozenset[str]) -> bool:
    """Return whether a word that no dictionary has comes near one that is known: "gruop"."""
    from simplemma import is_known

    lower = word.casefold()
    return not is_known(lower, "en") and bool(difflib.get_close_matches(lower, known, 1, LIKENESS))


def _words_of(call: Call, dialogue: DialogueContext) -> Iterator[str]:
    """Yield the forms of the words that a call holds, groups by their names and a method by all that it is called."""
    for way in ways_to_write(str(call.arguments.get("method", ""))):
        for word in _WORD.findall(way):
            yield from _forms(word)
    for value in call.arguments.values():
        for each in value if isinstance(value, list) else [value]:
            held = (str(each), dialogue.named(str(each).casefold().removeprefix("c")))
            for word in _WORD.findall(" ".join(held)):
                yield from _forms(word)


def _forms(word: str) -> frozenset[str]:
    """Return a word in lower case, in the singular, and as a dictionary has it; of one with hyphens its parts too."""
    return _forms_of(word.casefold())


@cache
def _forms_of(word: str) -> frozenset[str]:
    from simplemma import lemmatize

    forms = {word, in_singular(word), lemmatize(word, "en").lower()}
    return frozenset(forms)


@cache
def _fillers() -> frozenset[str]:
    """Return the words that say nothing of a picture, in all forms."""
    written = " ".join(sentence_data(ENGLISH, "_fillers").values()).split()
    verbs = sentence_data(ENGLISH, "_verbs")
    written += " ".join(NUMBERS).split()
    written += [word for verb, forms in verbs.items() for form in (verb, *forms) for word in form.split()]
    return frozenset(form for word in written for form in _known_forms(word))


def _known_forms(word: str) -> frozenset[str]:
    """Return the forms of a word that says nothing of pictures: "longer" does not, and "long" may."""
    return frozenset((word.casefold(),)) if re.search(r"(?:er|est)$", word) else _forms(word)


def _of_templates(call: Call) -> frozenset[str]:
    """Return the words of the templates that a call may have come from, which stand for nothing but its arguments."""
    given = call.arguments
    intent = next(intent for intent in intents() if intent.name == call.tool)
    fitting = [
        wording
        for wording in (*intent.sentences, *intent.anywhere)
        if all(given.get(key) == value for key, value in wording.arguments.items())
    ]
    return frozenset().union(*(_literals(wording.templates) for wording in fitting))


@cache
def _literals(templates: tuple[str, ...]) -> frozenset[str]:
    rules = sentence_data(ENGLISH, "_common")["rules"]
    return frozenset(form for word in _spelled(templates, rules) for form in _known_forms(word))


def _spelled(templates: Iterable[str], rules: dict[str, str]) -> Iterator[str]:
    """Yield the words of templates, with those of the rules that they use."""
    for template in templates:
        yield from _WORD.findall(
            re.sub(r"\{\w+\}|<\w+>", " ", template.replace("(s|z)", "s").replace("[s]", ""))
        )
        for rule in re.findall(r"<(\w+)>", template):
            yield from _spelled([rules[rule]], rules)
