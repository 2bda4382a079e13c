"""Decides what a call may do, from what the person said: this is the one place for that, for every brain.

Each tool has an effect. What edits or touches files is carried out only where the person orders it or asks for it to be
done. A question is answered by a tool that reads, or with "Shall I ...? Say yes.".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.messages import ToolCall
from pydantic import ValidationError

from assistant.agent.builtin.additions import joins_offer
from assistant.agent.builtin.asides import without_asides
from assistant.agent.builtin.carry_on import contrasted
from assistant.agent.builtin.lexicon import spelled_out
from assistant.agent.builtin.mood import Mood, hedged, sentences
from assistant.agent.builtin.parse import parse, surely
from assistant.agent.calls import Call
from assistant.agent.left_out import left_out, turned_round
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import DialogueContext, Effect, Tool
from assistant.agent.tools.registry import tools
from assistant.agent.unknown_words import told_aside, unknown_words
from assistant.agent.wording import enumerated
from assistant.text.yes_no import says_no, says_yes
from tools.metadata.metadata_criteria import named_criterion

_DOES_NOT = (Mood.QUESTION, Mood.REFUSAL)
_WANTS = (Mood.ORDER, Mood.REQUEST)
_SWALLOWED = re.compile(r"\b(?:unless|if|would|was|were|but|until|though|or wait)\b", re.IGNORECASE)
"""Matches what no name, folder or criterion has: where an argument has it, it has taken in a sentence."""

_READS = {
    "ask_me": "ask you questions", "describe_group": "tell about", "describe_images": "describe the pictures",
    "propose_criteria": "propose what to group by", "show_metadata": "tell what the file says of",
    "what_if": "tell what would change without what you said of",
    "show_near_duplicates": "show the near-duplicates", "methods": "list the methods", "more_like": "find more like",
}  # fmt: skip
"""What a tool that reads does, in words that follow "shall I" and come before what it is given."""

SHOWS = "show"
"""The tool that reads and is still asked to change what is on the screen."""
_WHOLE = re.compile(
    r"^(?:where|who|what|how|which|when)\b.*?\b(?:was|were)$|^(?:who|where) would (?!you\b|we\b|i\b|be\b)",
    re.IGNORECASE,
)
"""Matches a criterion that is a clause, and no sentence taken in: "where we were", "who would wear it"."""


NOT_WITHOUT = (
    "I did nothing, since that would be about just what you leave out: name the groups or the pictures that are meant, "
    'as in "show 1 and 2".'
)
"""The answer where a call would do the opposite of what was said."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Holds what the person said last, and what was done since.

    Attributes:
        utterance: The person's last words; None in a script of calls, where nobody speaks.
        agreed: Whether they accepted an offer with them; nothing beside what was offered is meant then.
        made: The names of the tools that were called since, in order.
        asked: Whether a brain asked them something in its own words just before.
        dialogue: What was grouped and spoken of when they said it.
        calls: All calls that come of it, as far as they are known: those that were made, are made and are planned.
        relays: Whether the brain passes on what a tool says; another reads it, and may look before it answers.
    """

    utterance: str | None
    agreed: bool = False
    made: tuple[str, ...] = ()
    asked: bool = False
    dialogue: DialogueContext | None = None
    calls: tuple[Call, ...] = ()
    relays: bool = True


@dataclass(frozen=True, slots=True)
class Instead:
    """Replaces a call that is held back.

    Attributes:
        read: The call of a tool that reads and answers the question; None where there is none.
        offer: The question to the person, in words; "" where the call would change nothing.
        told: What is said beside it; "" for nothing.
    """

    read: Call | None
    offer: str
    told: str = ""


def instead(call: ToolCall, turn: Turn, toolbox: Toolbox) -> Instead | None:
    """Return the replacement of a call; None where the call may be carried out."""
    if turn.utterance is not None and turn.dialogue is not None:
        said = without_asides(spelled_out(turn.utterance))
        turn = replace(turn, utterance=contrasted(said, turn.dialogue))
    tool, utterance = toolbox.tool(call["name"]), turn.utterance
    if tool is None or utterance is None:
        return None
    try:
        arguments = tool.arguments.model_validate(call["args"])
    except ValidationError:
        return None  # running it gives the error to the brain
    reads = tool.effect_of(toolbox.context, arguments) is Effect.READ
    joins = not turn.agreed and turn.dialogue is not None and joins_offer(utterance, turn.dialogue)
    if joins and not reads and (whole := tool.offer(toolbox.context, arguments)):
        return Instead(None, f"Shall I {whole}? Nothing was changed. Say yes.")
    looks = reads and not turn.relays and not arguments.model_dump(exclude_defaults=True)
    if not turn.agreed and not looks and turn.dialogue is not None:
        if turned_round(utterance, turn.calls, turn.dialogue):
            return Instead(None, "", NOT_WITHOUT)
        if lost := left_out(utterance, turn.calls, turn.dialogue):
            return Instead(
                None, _without(f"that would leave out {enumerated(lost)}", tool, toolbox, arguments)
            )
    if reads:
        return None
    wanted = not turn.agreed and wants(turn, tool) and tool.meant(toolbox.context, utterance, arguments)
    heard = turn.dialogue if wanted and turn.relays else None
    if heard is not None and (unknown := unknown_words(utterance, turn.calls, heard)):
        return Instead(None, _without(f"I cannot tell {enumerated(unknown)} here", tool, toolbox, arguments))
    if wanted and not (tool.counted and _used_up(turn, tool)):
        return None
    offer = tool.offer(toolbox.context, arguments)
    read = tool.read_instead(arguments) if not turn.agreed or not offer else None
    but = tool.misread(toolbox.context, utterance)
    return Instead(read, f"{but}Shall I {offer}? Nothing was changed. Say yes." if offer else "")


def turns(call: ToolCall, turn: Turn, toolbox: Toolbox) -> bool:
    """Return whether a call may turn to another grouping, which is then shown and acted on.

    What edits works on it, and so shows it. What reads only looks there, unless it is ordered to show it.
    """
    tool = toolbox.tool(call["name"])
    if tool is None or turn.utterance is None or turn.agreed or tool.effect is not Effect.READ:
        return True
    return tool.name == SHOWS and wants(turn, tool)


def aside(call: ToolCall, turn: Turn, toolbox: Toolbox) -> str:
    """Return the line beside what a tool that reads says, about what was said and nothing here tells; "" for none. It
    is told once in a turn."""
    if turn.utterance is None or turn.agreed or turn.made or turn.dialogue is None or not turn.relays:
        return ""
    tool = toolbox.tool(call["name"])
    if len(turn.calls) > 1 or tool is None or tool.effect is not Effect.READ:
        return ""
    return told_aside(turn.utterance, Call(call["name"], call["args"]), turn.dialogue)


def _without(why: str, tool: Tool[Any], toolbox: Toolbox, arguments: Any) -> str:
    """Return the question whether to do what leaves out a part of what was said."""
    reading = tool.effect_of(toolbox.context, arguments) is Effect.READ
    offer = "" if reading else tool.offer(toolbox.context, arguments)
    if not offer:
        given = [
            str(v) for value in arguments.model_dump(exclude_defaults=True).values() for v in _each(value)
        ]
        offer = f"{_READS.get(tool.name, tool.name.replace('_', ' '))} {enumerated(given)}".strip()
    return f"I did nothing yet, since {why}. Shall I {offer} without it? Say yes, or say it in other words."


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def wants(turn: Turn, tool: Tool[Any]) -> bool:
    """Return whether what was said wants something done that a tool does.

    What comes last counts: an order that a question or a refusal follows wants nothing yet. Where the grammar
    understands all of it, only the tools that it names are wanted; beside a question, only those of a sentence that
    orders by itself. A yes wants something where a brain asked; a no and a courtesy want nothing.
    """
    said = turn.utterance or ""
    if says_no(said):
        return False
    if says_yes(said):
        return turn.asked
    heard = [(sentence, mood) for sentence, mood in sentences(said) if mood is not None]
    if not heard or heard[-1][1] in _DOES_NOT:
        return False
    if tool.replies:
        return True
    if any(mood in _DOES_NOT for _, mood in heard):
        return any(_orders(s, mood, tool, turn) and _times(s, tool.name, turn.dialogue) for s, mood in heard)
    if named := surely(said, turn.dialogue):
        return tool.name in {call.tool for call in named} and not _swallowed(named)
    return any(_orders(sentence, mood, tool, turn) for sentence, mood in heard)


def leaves_files_alone(turn: Turn) -> bool:
    """Return whether files were to be touched, as the grammar reads it, and no tool that does it was called."""
    named = [tool for tool in tools().values() if tool.effect is Effect.FILES]
    if turn.agreed or any(tool.name in turn.made for tool in named):
        return False
    return any(_times(turn.utterance or "", tool.name, turn.dialogue) and wants(turn, tool) for tool in named)


def _used_up(turn: Turn, tool: Tool[Any]) -> bool:
    """Return whether a tool was called as often as was asked for."""
    return turn.made.count(tool.name) >= max(1, _times(turn.utterance or "", tool.name, turn.dialogue))


def _orders(sentence: str, mood: Mood, tool: Tool[Any], turn: Turn) -> bool:
    """Return whether a sentence, without a word that doubts it, orders something or is read as a call of the tool."""
    if mood in _DOES_NOT:
        return False
    if calls := surely(sentence, turn.dialogue):
        return not _swallowed(calls)
    if hedged(sentence):
        return False
    read = parse(sentence, turn.dialogue)
    return tool.name in {call.tool for call in read} if isinstance(read, list) else mood in _WANTS


def _swallowed(calls: Sequence[Call]) -> bool:
    """Return whether an argument has taken in what was no part of it; "the day they were taken" is a whole one."""
    given = [str(value) for call in calls for value in call.arguments.values()]
    return any(_SWALLOWED.search(_WHOLE.sub("", value)) and not named_criterion(value) for value in given)


def _times(text: str, tool: str, dialogue: DialogueContext | None) -> int:
    """Return how often a text, read by the grammar, asks for a tool."""
    understood = parse(text, dialogue)
    return sum(call.tool == tool for call in understood) if isinstance(understood, list) else 0
