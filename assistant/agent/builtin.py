"""The built-in brain: a chat model without weights, which understands a small grammar and says what it does not.

It is given nothing but the messages, and only ever parses what the person typed: a sentence, or why something was
rejected. The text of tools is repeated to the person, never read as a request.
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

from assistant.agent.grammar import parse
from assistant.agent.meanings import Answer, Call
from assistant.agent.wording import one_line

_NEXT = {
    "group_by": 'Next you could say "show 1" to look into the first group, or "merge 1 and 2".',
    "propose_criteria": 'Next you could say "show 1" to look into the first group, or name a criterion of your own.',
    "split_cluster": 'Next you could name the parts, as in "rename 1 to ...".',
    "export_clusters": 'If that is not what you wanted, say "undo".',
}
_REJECTED = (
    'All right, nothing was done. Tell me what you want instead, for example "group by hair colour" or '
    '"export to ~/sorted as links".'
)

_ONLY = re.compile(r"^\s*only\s+(?=by\b|group\b|sort\b)", re.IGNORECASE)
"""In a rejection, "only by colour" is a request: by that and by nothing else."""


class BuiltinBrain(BaseChatModel):
    """A chat model that turns requests into tool calls by a grammar. Deterministic; needs no weights."""

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
        text, call = _answer(messages)
        calls: list[ToolCall] = []
        if call is not None:
            if call.tool not in kwargs.get("tools", [call.tool]):
                text, calls = f"I understand that, but {call.tool} cannot be done here.", []
            else:
                calls = [ToolCall(name=call.tool, args=call.arguments, id=f"call_{uuid4().hex}")]
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text, tool_calls=calls))])

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
                tool_call_chunks=[
                    tool_call_chunk(name=c["name"], args=json.dumps(c["args"]), id=c["id"], index=i)
                    for i, c in enumerate(message.tool_calls)
                ],
                chunk_position="last",
            )
        )
        yield from (ChatGenerationChunk(message=piece) for piece in pieces)


def _answer(messages: list[BaseMessage]) -> tuple[str, Call | None]:
    """What to say, and the next call if there is one."""
    start = max(
        (i for i, m in enumerate(messages) if isinstance(m, HumanMessage) or _reason(m)), default=None
    )
    if start is None:
        return 'Say what to group by, or ask "what could I group by?".', None
    request, earlier = messages[start], _last_criterion(messages[:start])
    asked: Answer = parse(_ONLY.sub("", reason) if (reason := _reason(request)) else request.text, earlier)
    if isinstance(request, ToolMessage) and not isinstance(asked, list):
        return closing(request), None
    since = messages[start + 1 :]
    last = since[-1] if since else None
    if not isinstance(asked, list):
        return asked.text, None
    if not isinstance(last, ToolMessage):
        return "", asked[0]
    rejected = isinstance(last.artifact, dict) and last.artifact.get("rejected")
    done = sum(1 for m in since if isinstance(m, AIMessage) and m.tool_calls)
    if done < len(asked) and last.status != "error" and not rejected:
        return last.text, asked[done]
    return closing(last), None


def closing(last: ToolMessage) -> str:
    """What to say after the last tool of a turn: its own text, and what could be said next."""
    if reason := _reason(last):
        return f'You said: "{one_line(reason, 200)}". Tell me what you want instead.'
    if isinstance(last.artifact, dict) and last.artifact.get("rejected"):
        return _REJECTED
    if last.status == "error":
        return last.text
    return f"{last.text}\n{_NEXT.get(last.name or '', '')}".strip()


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
