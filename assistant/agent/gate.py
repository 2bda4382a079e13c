"""Decide what a call may do, from what the person said: the one place for that, for every brain.

Each tool has an effect. What edits or touches files is carried out only where the person orders it or asks for it to be
done. A question is answered by a tool that reads, or with "Shall I ...? Say yes.".
"""

from dataclasses import dataclass

from langchain_core.messages import ToolCall
from pydantic import ValidationError

from assistant.agent.builtin.mood import Mood, sentences
from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import Effect
from assistant.text.yes_no import says_no, says_yes

_WANTS = (Mood.ORDER, Mood.REQUEST, Mood.STATEMENT)
_DOES_NOT = (Mood.QUESTION, Mood.REFUSAL)


@dataclass(frozen=True, slots=True)
class Turn:
    """What the person said last, and what was done since.

    Attributes:
        utterance: The person's last words; None in a script of calls, where nobody speaks.
        agreed: Whether they accepted an offer with them; nothing beside what was offered is meant then.
        made: The names of the tools that were called since, in order.
    """

    utterance: str | None
    agreed: bool = False
    made: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Instead:
    """The replacement of a call that is held back.

    Attributes:
        read: The call of a tool that reads and answers the question; None where there is none.
        offer: The question to the person, in words; "" where the call would change nothing.
    """

    read: Call | None
    offer: str


def instead(call: ToolCall, turn: Turn, toolbox: Toolbox) -> Instead | None:
    """Return the replacement of a call; None where the call may be carried out."""
    tool, utterance = toolbox.tool(call["name"]), turn.utterance
    if tool is None or utterance is None:
        return None
    try:
        arguments = tool.arguments.model_validate(call["args"])
    except ValidationError:
        return None  # running it gives the error to the brain
    if tool.effect_of(toolbox.context, arguments) is Effect.READ:
        return None
    wanted = not turn.agreed and wants(utterance, tool.name) and tool.meant(toolbox.context, utterance)
    if wanted and not (tool.counted and turn.made.count(tool.name) >= max(1, _times(utterance, tool.name))):
        return None
    offer = tool.offer(toolbox.context, arguments)
    read = tool.read_instead(arguments) if not turn.agreed else None
    return Instead(read, f"Shall I {offer}? Nothing was changed. Say yes." if offer else "")


def wants(utterance: str, tool: str) -> bool:
    """Return whether an utterance wants something done that a tool does.

    Beside a question or a refusal only a sentence counts that by itself asks for this very tool: "is #4 sad? move it
    to red" moves, "Look. Should I merge them?" does not merge. A no and a courtesy want nothing.
    """
    if says_no(utterance):
        return False
    moods = sentences(utterance)
    if any(mood in _DOES_NOT for _, mood in moods):
        return any(mood is not Mood.QUESTION and _times(sentence, tool) for sentence, mood in moods)
    return says_yes(utterance) or any(mood in _WANTS for _, mood in moods)


def _times(text: str, tool: str) -> int:
    """Return how often a text, read by the grammar, asks for a tool."""
    understood = parse(text)
    return sum(call.tool == tool for call in understood) if isinstance(understood, list) else 0
