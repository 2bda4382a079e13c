"""The built-in brain: a chat model without weights, which understands a small grammar and says what it does not.

It only ever parses what the person typed: a sentence, or why something was rejected. The text of tools is repeated
to the person, never read as a request; of what is grouped it takes the names, to know them in a sentence.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    ToolCall,
    ToolMessage,
)
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

from assistant.agent import reading
from assistant.agent.grammar import Known, parse
from assistant.agent.meanings import COMPLETED, Answer
from assistant.agent.wording import one_line
from assistant.text.typed_answers import reply
from tools.teach.question import Question

_NEXT = {
    "group_by": 'Next you could say "show 1" to look into the first group, or "merge 1 and 2".',
    "propose_criteria": 'Next you could say "show 1" to look into the first group, or name a criterion of your own.',
    "split_cluster": 'Next you could name the parts, as in "rename 1 to ...".',
    "export_clusters": 'If that is not what you wanted, say "undo".',
}
_FEW = {
    0: "Next you could name another criterion.",
    1: 'Next you could say "split 1 into 2", or name another criterion.',
}
"""What to say next where there is nothing to merge."""
_REJECTED = (
    'All right, nothing was done. Tell me what you want instead, for example "group by hair colour" or '
    '"export to ~/sorted as links".'
)

_PLAN = "plan"
AGREED = "agreed"
"""Marks a message whose call the person was asked about and agreed to."""
MOST_WORDS = 3
"""So many words may the name of a new group have where nothing says that it is one."""
_YES = re.compile(
    r"(?:yes|yep|yeah|ok(?:ay)?|sure|of course|please|go ahead|do(?: so| it| that)?|ask(?: me| away)?|why not)"
    r"(?:[ ,]+(?:please|do|ask(?: me| away)?|go ahead))*[.!]?",
    re.IGNORECASE,
)
_NO = re.compile(
    r"(?:no|nope|never mind|forget it|cancel|leave it)(?:[ ,]+(?:thanks|thank you))?[.!]?", re.IGNORECASE
)
Step = dict[str, Any]
"""A call that is to be made: its "tool" and its "arguments"."""

_ONLY = re.compile(r"^\s*only\s+(?=by\b|group\b|sort\b)", re.IGNORECASE)
"""In a rejection, "only by colour" is a request: by that and by nothing else."""


class BuiltinBrain(BaseChatModel):
    """A chat model that turns requests into tool calls by a grammar. Deterministic; needs no weights.

    Attributes:
        prompt: The prompt that tells what is grouped; the rest of it is not read.
    """

    prompt: str = reading.PROMPT

    @property
    def _llm_type(self) -> str:
        return "builtin"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        parallel_tool_calls: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The brain itself, told which tools there are; it calls no others, and one at a time."""
        return self.bind(tools=[getattr(tool, "name", str(tool)) for tool in tools])

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text, steps = _answer(messages)
        calls: list[ToolCall] = []
        if steps:
            name, arguments = steps[0]["tool"], steps[0]["arguments"]
            if name not in kwargs.get("tools", [name]):
                text, steps = f"I understand that, but {name} cannot be done here.", []
            else:
                calls = [ToolCall(name=name, args=arguments, id=f"call_{uuid4().hex}")]
        message = AIMessage(text, tool_calls=calls, additional_kwargs=planned(steps))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        message = self._generate(messages, **kwargs).generations[0].message
        assert isinstance(message, AIMessage)
        pieces = [AIMessageChunk(content=word) for word in re.findall(r"\s*\S+\s*", message.text)]
        pieces.append(
            AIMessageChunk(
                content="",
                additional_kwargs=message.additional_kwargs,
                tool_call_chunks=[
                    tool_call_chunk(name=c["name"], args=json.dumps(c["args"]), id=c["id"], index=i)
                    for i, c in enumerate(message.tool_calls)
                ],
                chunk_position="last",
            )
        )
        yield from (ChatGenerationChunk(message=piece) for piece in pieces)


def _answer(messages: list[BaseMessage]) -> tuple[str, list[Step]]:
    """What to say, and the calls to be made, of which the first is made now."""
    last = messages[-1] if messages else None
    if (follow := following(messages)) is not None and (follow[1] or not _reason(messages[-1])):
        return follow
    if steps := answering(messages):
        return "", steps
    if isinstance(last, HumanMessage) and _artifact(messages).get("yes") and _NO.fullmatch(last.text.strip()):
        return "All right, nothing was done.", []
    start = max(
        (i for i, m in enumerate(messages) if isinstance(m, HumanMessage) or _reason(m)), default=None
    )
    if start is None:
        return 'Say what to group by, or ask "what could I group by?".', []
    request, criteria = messages[start], reading.known(messages)
    known = None if criteria is None else Known(criteria, reading.names(messages))
    earlier = criteria[0] if criteria else _last_criterion(messages[:start])
    said = _ONLY.sub("", reason) if (reason := _reason(request)) else request.text
    asked: Answer = parse(said, earlier, known)
    if isinstance(asked, list):
        return "", [{"tool": call.tool, "arguments": call.arguments} for call in asked]
    if isinstance(last, HumanMessage) and asked.lost and _question(messages) is not None:
        name = _new_name(messages)  # or what it is is said, and the question stays
        return "", [_replied(f"new {name}" if name else " ".join(last.text.split()))]
    if isinstance(last, HumanMessage) and asked.lost and (whole := _completed(messages)):
        made: Answer = parse(whole, earlier, known)
        if isinstance(made, list):
            return "", [{"tool": call.tool, "arguments": call.arguments} for call in made]
    rejects = len(messages) > 1 and isinstance(messages[-2], ToolMessage)  # nothing was said in between
    if isinstance(last, HumanMessage) and rejects and _artifact(messages).get("rejected"):
        return f"Nothing was done. {asked.text}", []
    return (closing(request) if isinstance(request, ToolMessage) else asked.text), []


def answering(messages: Sequence[BaseMessage]) -> list[Step]:
    """The call that a reply to an open question comes to, or a yes to the offer of questions; none where the person
    said something else. It needs no model: the question says what may be said."""
    if not messages or not isinstance(messages[-1], HumanMessage):
        return []
    text = messages[-1].text
    if (question := _question(messages)) is not None:
        understood = reply(text, question)
        if understood is not None and understood.kind != "new":
            return [_replied(" ".join(text.split()))]
    elif (meant := _artifact(messages).get("yes")) and _YES.fullmatch(text.strip()):
        return [{"tool": meant["tool"], "arguments": meant["arguments"]}]
    elif _artifact(messages).get("offer") and _YES.fullmatch(text.strip()):
        return [{"tool": "ask_me", "arguments": {}}]
    return []


def agreed(steps: Sequence[Step]) -> AIMessage:
    """The message that makes the first of these calls, to which the person agreed."""
    first = steps[0]
    call = ToolCall(name=first["tool"], args=first["arguments"], id=f"call_{uuid4().hex}")
    return AIMessage("", tool_calls=[call], additional_kwargs={AGREED: True} | planned(steps))


def utterance(messages: Sequence[BaseMessage]) -> str:
    """What the person said last: a message, or why they rejected what would have been done."""
    for message in reversed(messages):
        if reason := _reason(message):
            return reason
        if isinstance(message, HumanMessage):
            return message.text
    return ""


def asks_for(utterance: str, tool: str) -> bool:
    """Whether an utterance, read by the grammar, asks for a tool."""
    asked = parse(utterance)
    return isinstance(asked, list) and any(call.tool == tool for call in asked)


def naming(messages: Sequence[BaseMessage]) -> list[Step]:
    """The call for a new group's name in reply to an open question: a few words of which the grammar makes nothing."""
    if not messages or not isinstance(messages[-1], HumanMessage) or not (name := _new_name(messages)):
        return []
    asked = parse(name)
    return [] if isinstance(asked, list) or not asked.lost else [_replied(f"new {name}")]


def _completed(messages: Sequence[BaseMessage]) -> str:
    """The request that a bare reply makes where what a request lacked was asked for: a folder to export to."""
    before = messages[-2] if len(messages) > 1 else None
    if not isinstance(before, AIMessage) or before.tool_calls:
        return ""
    begun = (whole for question, whole in COMPLETED.items() if before.text.startswith(question))
    return next((whole.format(messages[-1].text.strip()) for whole in begun), "")


def _replied(said: str) -> Step:
    return {"tool": "answer", "arguments": {"said": said}}


def _question(messages: Sequence[BaseMessage]) -> Question | None:
    """The question that is open: the last tool asked it."""
    about = _artifact(messages).get("question")
    if not about:
        return None
    return Question(tuple(about["images"]), tuple(about["names"]), "", 0.0, False)


def _artifact(messages: Sequence[BaseMessage]) -> dict[str, Any]:
    """What the last tool left for the screen; nothing where another turn came after it."""
    for message in reversed(messages[:-1]):
        if isinstance(message, HumanMessage):
            break
        if isinstance(message, ToolMessage):
            return message.artifact if isinstance(message.artifact, dict) else {}
    return {}


def _new_name(messages: Sequence[BaseMessage]) -> str:
    """A few words in reply to a question about one picture that mean nothing else: the name of a new group."""
    question, text = _question(messages), " ".join(messages[-1].text.split())
    few = 0 < len(text.split()) <= MOST_WORDS and re.fullmatch(r"[\w][\w '/-]*", text)
    known = question is not None and not question.pair
    return text if known and few and not text.isdigit() and text.casefold() not in ("n", "new") else ""


def following(messages: Sequence[BaseMessage]) -> tuple[str, list[Step]] | None:
    """What to say and do after a tool has answered: what was planned, unless it failed or was rejected.

    None where a person spoke last.
    """
    last = messages[-1] if messages else None
    if not isinstance(last, ToolMessage):
        return None
    asked = next((m for m in reversed(messages) if isinstance(m, AIMessage) and m.tool_calls), None)
    plan = asked.additional_kwargs.get(_PLAN, []) if asked else []
    rejected = isinstance(last.artifact, dict) and (last.artifact.get("rejected") or last.artifact.get("yes"))
    if plan and last.status != "error" and not rejected:
        return last.text, plan
    return closing(last), []


def planned(steps: Sequence[Step]) -> dict[str, Any]:
    """What is kept beside the call of the first step, so that the others follow it."""
    return {_PLAN: list(steps[1:])} if steps[1:] else {}


def closing(last: ToolMessage) -> str:
    """What to say after the last tool of a turn: its own text, and what could be said next."""
    if reason := _reason(last):
        return f'You said: "{one_line(reason, 200)}". Tell me what you want instead.'
    if isinstance(last.artifact, dict) and last.artifact.get("rejected"):
        return _REJECTED
    if last.status == "error":
        return last.text
    if isinstance(last.artifact, dict) and (last.artifact.get("offer") or last.artifact.get("yes")):
        return last.text  # it asks already
    groups = last.artifact.get("groups") if isinstance(last.artifact, dict) else None
    few = _FEW.get(groups, "") if groups is not None and last.name in ("group_by", "propose_criteria") else ""
    return f"{last.text}\n{few or _NEXT.get(last.name or '', '')}".strip()


def _reason(message: BaseMessage) -> str:
    """Why the person rejected what a tool would have done, if they said so."""
    artifact = message.artifact if isinstance(message, ToolMessage) else None
    return str(artifact.get("reason") or "") if isinstance(artifact, dict) else ""


def _last_criterion(messages: Sequence[BaseMessage]) -> str | None:
    """The criterion that was grouped by last."""
    for message in reversed(messages):
        if isinstance(message, ToolMessage) and isinstance(message.artifact, dict):
            criteria = message.artifact.get("criteria")
            if criteria:
                return str(criteria[-1])
        if isinstance(message, AIMessage):
            for call in reversed(message.tool_calls):
                if call["name"] == "group_by" and "criterion" in call["args"]:
                    return str(call["args"]["criterion"])
    return None
