"""Turns what a person types into calls of tools, or into an answer that says what is missing, by the built-in grammar.

A sentence is matched with the templates of all intents. Where none fits, or where those that fit are about a group that
there is not, a few words may be enough, because what is mentioned narrows what can be meant. What neither tells is not
guessed at.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from assistant.agent.builtin.additions import added, contradicted, moved_too
from assistant.agent.builtin.asides import without_asides
from assistant.agent.builtin.carry_on import (
    ONLY_ASKED,
    after,
    carried_on,
    contrasted,
    corrected,
    in_place_of_which,
    is_doubted,
    other_parts,
)
from assistant.agent.builtin.clauses import clauses, steps_of, without_false_start
from assistant.agent.builtin.clauses_joined import as_one
from assistant.agent.builtin.entities import mentions
from assistant.agent.builtin.existing_groups import are_there, as_named, groups_spoken_of
from assistant.agent.builtin.few_words import MOST_WORDS, NOT_OURS, SURE, Candidate, Key, anywhere
from assistant.agent.builtin.groups_called_picture import LOOKS_AT, GroupsCalledPicture
from assistant.agent.builtin.in_turn import in_turn
from assistant.agent.builtin.lexicon import (
    NUMBERS,
    Quotes,
    form_asked,
    group,
    is_polite,
    plain,
    spelled_out,
    without_end,
)
from assistant.agent.builtin.narrowed import narrowed, narrower
from assistant.agent.builtin.no_wish import no_wish, own_wish
from assistant.agent.builtin.not_understood import not_understood, other_language
from assistant.agent.builtin.noun_phrases import folded
from assistant.agent.builtin.other_language import is_other_language
from assistant.agent.builtin.pronouns import in_list, parts_made, the_others
from assistant.agent.builtin.replies import data_of_replies, reply_in_words
from assistant.agent.builtin.reworded import named_in_turn, rest_sorted, reworded, with_by
from assistant.agent.builtin.slots import VERBS, read
from assistant.agent.builtin.sureness import sureness_said
from assistant.agent.builtin.templates import Templates
from assistant.agent.builtin.values_listed import list_in_doubt
from assistant.agent.builtin.variants import variants
from assistant.agent.builtin.which_is_not import statement_completed, which_of_several
from assistant.agent.calls import Call, Reply, Understood
from assistant.agent.intents import intents
from assistant.agent.left_out import changing, mended
from assistant.agent.sentence_files import ENGLISH, sentence_data
from assistant.agent.tools.base import DialogueContext, Effect, Slots
from assistant.agent.unknown_words import told_by_experts, without_unknown

LONGEST = 1000
"""The most characters of a request that are read, so that no sentence takes long."""
MOST_STEPS = 20
"""The most calls that one request makes."""

_NOT_THERE, _ASKS, _SEARCH = 2, 1, 0
"""The worth of an understanding that is not for sure (`SURE`), the best first."""
_UNDONE = re.compile(
    r"(?:please )?(?:undo|revert|reverse|take back|roll back|(?P<again>redo))\b", re.IGNORECASE
)
"""The beginning of a sentence that is about a step that was done, whatever else stands in it."""
_LOOKS = re.compile(
    r"(?:let (?:me|us) |i want to |(?:can|could) i )?"
    r"(?:show|see|look|view|open|list|display|browse|give me|have a look"
    r"|what(?:'s| is| are) in|who(?:'s| is| are) in)\b",
    re.IGNORECASE,
)
"""The beginning of a sentence that wants to see something, which edits no group: "show 1 and 2 together"."""
_SHOW = ("group_by", "sort_into", "change_number", "cross", "as_before")
"""The tools that edit and still are what somebody wants to see: "show me five groups", "show the blurry ones"."""
_NESTED = re.compile(r"\bby\b.+\bthen by\b", re.IGNORECASE)
"""One criterion within the other is no two steps."""
_WITHIN = re.compile(r"(?:only |just )?(?:in|within|inside|among|of|for) [\w' -]+", re.IGNORECASE)
"""Matches a clause that says for which pictures the others are meant: without it they would change all."""


def surely(text: str, dialogue: DialogueContext | None = None) -> list[Call]:
    """Return the calls of a request that the grammar understands as a whole; none where a few words would tell it."""
    understood = parse(text, dialogue, few_words=False)
    return understood if isinstance(understood, list) else []


def parse(text: str, dialogue: DialogueContext | None = None, few_words: bool = True) -> Understood:
    """Return what a request asks for: calls to be made one after the other, or a reply.

    Args:
        text: What the person typed.
        dialogue: What is grouped; None where that is not told.
        few_words: Whether a few words of a sentence may tell what is meant.
    """
    dialogue = dialogue or DialogueContext()
    understood = _with_groups_called_so(text, dialogue, few_words)
    return in_turn(understood, dialogue) if isinstance(understood, list) else understood


def _with_groups_called_so(text: str, dialogue: DialogueContext, few_words: bool) -> Understood:
    """Return what a request asks for, where groups may be called as pictures are."""
    called = GroupsCalledPicture(dialogue)
    hidden = called.hidden(text) if called.words and len(text) <= LONGEST else text
    understood: Understood | None = None
    if hidden == text or not LOOKS_AT.fullmatch(text):
        understood = _parsed(text, dialogue, few_words)
    if hidden == text or isinstance(understood, list):
        return understood or not_understood(text, dialogue)
    of_the_group = called.shown(_parsed(hidden, called.dialogue(dialogue), few_words))
    return of_the_group if isinstance(of_the_group, list) or understood is None else understood


def _parsed(text: str, dialogue: DialogueContext, few_words: bool) -> Understood:
    """Return what a request asks for, as it stands."""
    if len(text) > LONGEST:
        return Reply(
            f"That is longer than I can read ({LONGEST} characters). Say one thing at a time.", undone=True
        )
    quotes = Quotes()
    calls: list[Call] = []
    said = own_wish(spelled_out(quotes.hide(text, _long_names(dialogue))))
    if (told := no_wish(said)) is not None:
        return told
    if further := narrower(spelled_out(text), dialogue):
        return further
    said_last = without_false_start(said)
    hidden = without_asides(re.sub(r"[^\S\n]+", " ", said_last))
    hidden = parts_made(with_by(hidden), dialogue)
    steps = [hidden] if _NESTED.search(hidden) else steps_of(hidden)
    if len(steps) == 1 and len(dialogue.images) > 1:
        said = plain(hidden)
        if asked := which_of_several(said, (each.understood for each in _whole(said, dialogue))):
            return replace(asked, text=quotes.quote(asked.text))
    for step in steps:
        understood = _step(step, dialogue, few_words)
        if isinstance(understood, Reply):
            if len(steps) > 1 and understood.courtesy:
                continue
            together = _surely(" and ".join(steps), dialogue, []) if len(steps) > 1 else None
            if isinstance(together, list):  # "merge 1 and 2, then call it both" is one step
                return [Call(call.tool, _unhidden(quotes, call.arguments)) for call in together]
            return replace(understood, text=quotes.quote(understood.text))
        calls += [Call(call.tool, _unhidden(quotes, call.arguments)) for call in understood]
        dialogue = replace(dialogue, last=understood[-1])
        if understood[-1].arguments.get("name"):  # "rename it to woods, then lock it"
            dialogue = _once_made(understood[-1], dialogue)
    if len(calls) > MOST_STEPS:
        return Reply(f"That is {len(calls)} steps; I do at most {MOST_STEPS} in one go.")
    return calls or not_understood(text.strip(), dialogue)


def _long_names(dialogue: DialogueContext) -> list[str]:
    """Return the names of groups whose last word could as well mean any picture or group: "two people"."""
    return [name for name in dialogue.names if " " in name and group(f"the {name}") != name]


def _step(step: str, dialogue: DialogueContext, few_words: bool) -> Understood:
    """Return what one step of a request asks for, with all that its noun phrases name."""
    if (of_the_rest := rest_sorted(step, dialogue)) is not None:
        return of_the_rest
    if named := named_in_turn(step, dialogue):
        return named
    if (asked := list_in_doubt(step)) is not None:
        return asked
    step = contrasted(the_others(in_list(reworded(step, dialogue), dialogue), dialogue), dialogue)
    if (sureness := sureness_said(step, dialogue)) is not None:
        bare = _step(sureness.rest, dialogue, few_words)
        if (calls := sureness.held(bare if isinstance(bare, list) else [])) is not None:
            return calls
    phrases = folded(step, dialogue)
    understood = phrases.expanded(_seen(phrases.text, phrases.dialogue, few_words))
    if is_doubted(step) and isinstance(understood, list) and any(c.tool in changing() for c in understood):
        return ONLY_ASKED
    if isinstance(understood, Reply):
        return understood
    meant = narrowed(step, understood, dialogue)
    return (
        meant if isinstance(meant, Reply) else told_by_experts(step, mended(step, meant, dialogue), dialogue)
    )


def _seen(step: str, dialogue: DialogueContext, few_words: bool) -> Understood:
    """Return what one step asks for; where it only wants to see groups, these are shown."""
    understood = _read_step(step, dialogue, few_words)
    if not _LOOKS.match(plain(step)):
        return understood
    if isinstance(understood, Reply):
        edits = understood.lost
    else:
        by_name = {intent.name: intent for intent in intents()}
        edits = any(
            call.tool not in _SHOW and by_name[call.tool].effect is not Effect.READ for call in understood
        )
    if not edits:
        return understood
    groups = mentions(plain(step), dialogue.names).groups
    return [Call("show", {"cluster": group}) for group in groups] or not_understood(plain(step), dialogue)


def _read_step(step: str, dialogue: DialogueContext, few_words: bool) -> Understood:
    """Return what one step of a request asks for: as a whole, as its clauses one after the other, by a few words, or by
    those of its clauses that ask for something; else what comes nearest."""
    if step.strip() == "?":
        return [Call("help")]
    bare = plain(step)
    spoken = without_end(step.strip(" .!?"))  # also with what may be no more than polite: "try breed"
    unsure: list[Candidate] = []
    sure = _surely(step, dialogue, unsure)
    if isinstance(sure, list) or (sure is not None and sure.courtesy):
        return sure
    if is_other_language(step, (*dialogue.names, *dialogue.criteria)):
        return other_language(dialogue)
    apart = list(clauses(step))
    for parts in apart:
        if calls := _each(parts, dialogue):
            return calls
    if sure is not None:
        return sure
    if not few_words:
        return not_understood(bare, dialogue)
    for wording in dict.fromkeys((bare, spoken, *variants(bare, dialogue))):
        if candidates := [*anywhere(wording, dialogue)]:
            if step_of_history := _UNDONE.match(bare):
                return [Call("redo" if step_of_history["again"] else "undo")]
            return _fullest(candidates)
    for parts in clauses(step, at_and=False):
        if calls := _some(parts, dialogue):
            return calls
    short = len(bare.split()) <= MOST_WORDS and not NOT_OURS.search(bare)
    if short and (bare_groups := without_unknown(step, dialogue)) != step:
        understood = _read_step(bare_groups, dialogue, few_words)
        if isinstance(understood, list):
            return understood  # what is unknown in it is told or asked about
    return _best(unsure) if unsure else not_understood(bare, dialogue)


def _surely(step: str, dialogue: DialogueContext, unsure: list[Candidate]) -> Understood | None:
    """Return the first wording of a text that is understood for sure, as a whole; what is understood otherwise is added
    to `unsure`."""
    bare = plain(step)
    if instead := corrected(step, dialogue) or other_parts(step, dialogue) or added(step, dialogue):
        return instead
    asked = contradicted(step, dialogue) or moved_too(step, dialogue) or in_place_of_which(step, dialogue)
    if asked is not None:
        return asked
    answer: Understood | None = None
    as_said = (step.strip(" .!?"),) if len(bare.split()) <= MOST_WORDS else ()  # "just the children"
    wordings = dict.fromkeys((bare, *variants(bare, dialogue), *as_said))
    for wording in wordings:
        candidates = [*_whole(wording, dialogue)]
        sure = [candidate for candidate in candidates if candidate.worth[0] == SURE]
        if sure and isinstance(best := _best(sure), list):
            return best
        if sure and wording == bare:
            answer = _best(sure)  # unless another wording asks for something that can be done
        unsure += candidates
    return carried_on(step, dialogue) or answer


def _each(parts: list[str], dialogue: DialogueContext) -> list[Call]:
    """Return the calls of all clauses, where each is understood for sure or is no more than a courtesy; else none."""
    calls: list[Call] = []
    last: list[Call] = []
    for part in parts:
        understood = _surely(part, dialogue, [])
        if isinstance(understood, list):
            if (together := as_one(calls, understood, part)) is not None:
                calls = together
            else:
                calls += understood if understood != last else []
            last = understood
            dialogue = _once_made(understood[-1], dialogue)
        elif not is_polite(part) and (understood is None or not understood.courtesy):
            return []
        dialogue = _spoken_of(part, dialogue)
    if any(
        call.tool == "move_images" for call in calls
    ):  # "#2 isn't a shoe, it's a bag" says where it belongs
        return [call for call in calls if "not_in" not in call.arguments]
    return calls


def _once_made(call: Call, dialogue: DialogueContext) -> DialogueContext:
    """Return the context for what is said behind a call: "rename it to woods, then lock it", "... and lock woods"."""
    name = call.arguments.get("name")
    return (
        replace(after(call, dialogue), names=(*dialogue.names, str(name))) if name else after(call, dialogue)
    )


def _some(parts: list[str], dialogue: DialogueContext) -> list[Call]:
    """Return the calls of those clauses that ask for something, where the others only say how things are; else none."""
    if any(
        NOT_OURS.search(plain(part)) or _WITHIN.match(plain(part)) or _refuses(part, dialogue)
        for part in parts
    ):
        return []
    calls: list[Call] = []
    lost = False
    last: list[Call] = []
    for part in parts:
        understood = _surely(part, dialogue, []) or _by_few_words(part, dialogue)
        if isinstance(understood, list):
            if (together := as_one(calls, understood, part)) is not None:
                calls = together
            else:
                calls += understood if understood != last else []
            last = understood
        elif understood is None:
            lost = True
        dialogue = _spoken_of(part, dialogue)
    # What is taken back is not all that was said: "that is wrong, #12 is a dog" wants something else than an undo.
    return [] if lost and all(call.tool == "undo" for call in calls) else calls


def _by_few_words(part: str, dialogue: DialogueContext) -> Understood | None:
    candidates = [*anywhere(plain(part), dialogue)]
    return _fullest(candidates) if candidates else None


def _refuses(part: str, dialogue: DialogueContext) -> bool:
    """Return whether a clause says that something is not to be done."""
    understood = _surely(part, dialogue, [])
    return isinstance(understood, Reply) and not understood.courtesy and not understood.asks


def _spoken_of(part: str, dialogue: DialogueContext) -> DialogueContext:
    """Return the context for the clause after this one."""
    mentioned = mentions(part, dialogue.names)
    if not mentioned.images and not mentioned.groups:
        return dialogue
    return replace(dialogue, images=tuple(mentioned.images), spoken=tuple(mentioned.groups))


def _best(candidates: list[Candidate]) -> Understood:
    return max(candidates, key=lambda candidate: candidate.worth).understood


def _fullest(candidates: list[Candidate]) -> Understood:
    """Return the candidate that takes most from the sentence, of those that come to the same tool as the best."""
    best = _best(candidates)
    if not isinstance(best, list):
        return best
    lists = [c.understood for c in candidates if isinstance(c.understood, list)]
    return max([best, *(calls for calls in lists if _holds(calls, best))], key=_given)


def _given(calls: list[Call]) -> int:
    """Return how many arguments the calls have together."""
    return sum(len(call.arguments) for call in calls)


def _holds(calls: list[Call], others: list[Call]) -> bool:
    """Return whether calls say all that others say, and maybe more."""
    return len(calls) == len(others) and all(
        call.tool == other.tool and {**call.arguments, **other.arguments} == call.arguments
        for call, other in zip(calls, others, strict=True)
    )


def _whole(text: str, dialogue: DialogueContext) -> Iterator[Candidate]:
    """Yield how templates of whole sentences understand a text.

    Worth: whether it is sure, that is, about nothing that there is not; else about something that there is not, a
    question for what is missing, or a search; then how
    many groups that there are it speaks of rather than passes over; then how much of the sentence it has itself.
    """
    text = re.sub(r"\s*\(([^()]*)\)", r", \1", text)  # "group by emotion (5 groups)"
    for match in _sentences().matches(text):
        key: Key = match.key
        if key.reply >= 0:
            if (answer := reply_in_words(key.reply, match, dialogue)) is not None:
                last = bool(data_of_replies()[key.reply].get("searches"))
                yield Candidate(answer, (_SEARCH if last else SURE, 0, match.literal))
            continue
        assert key.intent is not None
        values = read(match.slots)
        if values is None:
            continue
        if key.wording is None:
            asks = key.intent.asks
            assert asks is not None
            yield Candidate(Reply(f"{asks.question} {asks.hint}", asks=True), (_ASKS, 0, match.literal))
            continue
        if "number_word" in values:
            values["number"] = values.pop("number_word")
        slots = Slots(key.wording.arguments | values, key.wording.form, dialogue)
        understood = key.intent.tool.understand(slots)
        if understood is None:
            continue
        if isinstance(understood, list):
            understood = [as_named(call, dialogue) for call in understood]
        there = isinstance(understood, Reply) or all(are_there(call, dialogue) for call in understood)
        speaks = groups_spoken_of(understood, match, dialogue)
        yield Candidate(understood, (SURE if there else _NOT_THERE, speaks, match.literal))


def completed(question: str, reply: str) -> str:
    """Return the request that a bare reply, such as a folder, completes after the question for it; else ""."""
    for intent in intents():
        if intent.asks and intent.asks.then and question.startswith(intent.asks.question):
            return intent.asks.then.format(reply) + form_asked(question)
    return statement_completed(question, reply)


def _unhidden(quotes: Quotes, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments with what was quoted in its place."""
    return {
        key: [quotes.show(v) for v in value]
        if isinstance(value, list)
        else quotes.show(value)
        if isinstance(value, str)
        else value
        for key, value in arguments.items()
    }


# --- the tables, compiled once ---


@cache
def _sentences() -> Templates:
    """Return the templates of whole sentences."""
    table = [(Key(i, w), w.templates) for i in intents() for w in i.sentences]
    table += [(Key(i), i.asks.templates) for i in intents() if i.asks]
    table += [(Key(reply=n), tuple(written["say"])) for n, written in enumerate(data_of_replies())]
    values = {"number_word": tuple(NUMBERS), "verb": tuple(VERBS)}
    return Templates(table, sentence_data(ENGLISH, "_common")["rules"], values)
