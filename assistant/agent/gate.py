"""What a call may do, in the mood of what the person said: the one place where that is decided, for every brain.

Each tool has an effect. A question never causes an edit or touches a file: it is answered by a tool that reads, or
with "Shall I ...? Say yes.". Files are put back or written again only where the person's own words ask for it.
"""

from dataclasses import dataclass

from langchain_core.messages import ToolCall
from pydantic import ValidationError

from assistant.agent.builtin.mood import Mood, mood
from assistant.agent.calls import Call
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import Effect


@dataclass(frozen=True, slots=True)
class Instead:
    """What is done in place of a call that is held back.

    Attributes:
        read: The call of a tool that reads and answers the question; None where there is none.
        offer: The question to the person, in words; "" where the call would change nothing.
    """

    read: Call | None
    offer: str


def instead(call: ToolCall, utterance: str, toolbox: Toolbox, asked_for: bool) -> Instead | None:
    """What to do in place of a call; None where it may be carried out.

    Args:
        call: What a brain wants to do.
        utterance: What the person said last; "" where nobody spoke, as in a script of calls.
        toolbox: The tools, and what they would be done to.
        asked_for: Whether the person's own words, read by the grammar, ask for this very tool.
    """
    tool = toolbox.tool(call["name"])
    if tool is None or not utterance:
        return None
    try:
        given = tool.arguments.model_validate(call["args"])
    except ValidationError:
        return None  # it cannot be run; the error is told to whoever made the call
    effect = tool.effect_of(toolbox.context, given)
    if effect is Effect.READ:
        return None
    asks = mood(utterance) is Mood.QUESTION
    # An export shows its plan and asks by itself.
    if not asks and (effect is Effect.EDIT or tool.effect is Effect.FILES or asked_for):
        return None
    offer = tool.offer(toolbox.context, given)
    read = tool.read_instead(given) if asks else None
    return Instead(read, f"Shall I {offer}? Nothing was changed. Say yes." if offer else "")
