"""The gate: decides from a tool's effect and a sentence's mood whether a call may be carried out, for every brain.

A question never causes an edit or touches a file: it is answered by a tool that reads, or with "Shall I ...? Say
yes.". Files are restored or written again only where the person's own words ask for that.
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
    """The replacement of a call that is held back.

    Attributes:
        read: The call of a tool that reads and answers the question; None where there is none.
        offer: The question to the person, in words; "" where the call would change nothing.
    """

    read: Call | None
    offer: str


def instead(call: ToolCall, utterance: str, toolbox: Toolbox, asked_for: bool) -> Instead | None:
    """Return the replacement of a call; None where the call may be carried out.

    Args:
        call: The call that a brain wants to make.
        utterance: The person's last utterance; "" in a script of calls, where nobody speaks.
        toolbox: The tools and their context.
        asked_for: Whether the person's own words, read by the grammar, ask for this very tool.
    """
    tool = toolbox.tool(call["name"])
    if tool is None or not utterance:
        return None
    try:
        arguments = tool.arguments.model_validate(call["args"])
    except ValidationError:
        return None  # running it gives the error to the brain
    effect = tool.effect_of(toolbox.context, arguments)
    if effect is Effect.READ:
        return None
    asks = mood(utterance) is Mood.QUESTION
    # An export shows its plan and asks by itself.
    if not asks and (effect is Effect.EDIT or tool.effect is Effect.FILES or asked_for):
        return None
    offer = tool.offer(toolbox.context, arguments)
    read = tool.read_instead(arguments) if asks else None
    return Instead(read, f"Shall I {offer}? Nothing was changed. Say yes." if offer else "")
