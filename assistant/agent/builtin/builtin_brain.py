"""Thinks as a chat model without weights, which understands a small grammar and says what it does not.

It only ever parses what the person typed: a sentence, or why something was rejected. The text of tools is repeated
to the person, never read as a request; of what is grouped it takes the names, to know them in a sentence.
"""

import json
import re
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
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

from assistant.agent.builtin.asked_about import answer_by_what_it_is_about, has_swallowed
from assistant.agent.builtin.carry_on import after
from assistant.agent.builtin.foreign_sentences import in_english
from assistant.agent.builtin.mood import Mood, mood, sentences
from assistant.agent.builtin.parse import parse
from assistant.agent.calls import ASIDE, Call, Reply
from assistant.agent.facts import dialogue
from assistant.agent.follow_up import (
    CHOICES,
    LOST,
    answering,
    chosen,
    closing,
    completing,
    declined,
    following,
    new_group,
    open_offer,
    open_question,
    planned,
    reason,
    rejected_just_now,
    replied,
    spoken_last,
)
from assistant.agent.gguf.prompt import PROMPT
from assistant.agent.plan_turns import Step
from assistant.agent.tools.base import DialogueContext
from assistant.agent.tools.registry import tools as all_tools
from assistant.agent.wording import MOST_IMAGES

_ONLY = re.compile(r"^\s*only\s+(?=by\b|group\b|sort\b)", re.IGNORECASE)
"""In a rejection, "only by colour" is a request: by that and by nothing else."""


class BuiltinBrain(BaseChatModel):
    """Turns requests into tool calls by a grammar, as a chat model does; it is deterministic and needs no weights.

    Attributes:
        prompt: The prompt that tells what is grouped; the rest of it is not read.
    """

    prompt: str = PROMPT

    @property
    def _llm_type(self) -> str:
        return "builtin"

    def warm(self) -> None:
        """Compile the sentences in the background, while nobody waits for an answer yet."""

        def compile_all() -> None:
            parse("nothing that is known")  # whole sentences, then those of a few words
            sentences("is it?")
            in_english("nothing that is known")  # which words tell that a sentence is in another language

        threading.Thread(target=compile_all, name="warm up", daemon=True).start()

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        parallel_tool_calls: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the brain itself, told which tools there are; it calls no others, and one at a time."""
        return self.bind(tools=[getattr(tool, "name", str(tool)) for tool in tools])

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        answer = answered(messages, kwargs.get("tools"))
        calls = [
            ToolCall(name=step["tool"], args=step["arguments"], id=f"call_{uuid4().hex}")
            for step in answer.steps[:1]
        ]
        about = planned(answer.steps) | ({CHOICES: list(answer.choices)} if answer.choices else {})
        about |= {LOST: True} if (answer.lost or answer.undone) and not calls else {}
        message = AIMessage(answer.text, tool_calls=calls, additional_kwargs=about)
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


class Answer(NamedTuple):
    """Holds what the grammar makes of a conversation.

    Attributes:
        text: What to say.
        steps: The calls to be made, of which the first is made now.
        lost: Whether the last request was not understood.
        choices: The sentences that are offered, of which one is chosen by its number.
        undone: Whether nothing was done of what was asked for, although it was understood.
    """

    text: str
    steps: list[Step]
    lost: bool = False
    choices: tuple[str, ...] = ()
    undone: bool = False


def answered(messages: list[BaseMessage], tools: Collection[str] | None = None) -> Answer:
    """Return the answer of the grammar to a conversation, with calls of these tools only; None: of all."""
    answer = _answered(messages)
    if tools is None or not answer.steps or answer.steps[0]["tool"] in tools:
        return answer
    if needs := all_tools()[answer.steps[0]["tool"]].needs:
        return Answer(f"That needs {needs}, and none is in use here. `regroup models` lists them.", [])
    return Answer("I understand that, but it cannot be done here.", [])


def _answered(messages: list[BaseMessage]) -> Answer:
    last = messages[-1] if messages else None
    if (follow := following(messages)) is not None and (follow[1] or not reason(messages[-1])):
        artifact = last.artifact if isinstance(last, ToolMessage) and isinstance(last.artifact, dict) else {}
        return Answer(*follow, choices=tuple(artifact.get("choices", ())))
    if steps := answering(messages):
        return Answer("", steps)
    if isinstance(last, HumanMessage) and declined(messages):
        return Answer("All right, nothing was done.", [])
    start = spoken_last(messages)
    if start is None:
        return Answer('Say what to group by, or ask "what could I group by?".', [])
    request, context = messages[start], conversation_context(messages, start)
    context = replace(context, asking=open_question(messages) is not None)
    why_not = reason(request)
    said = chosen(messages) or request.text
    understood = parse(_ONLY.sub("", why_not) if why_not else said, context)
    if isinstance(understood, Reply) and isinstance(last, HumanMessage) and understood.lost:
        if open_question(messages) is not None and mood(last.text) is not Mood.QUESTION:
            # What it is is said, or the name of a new group.
            return Answer("", [replied(new_group(messages) or " ".join(last.text.split()))])
        if whole := completing(messages):
            understood = completed if isinstance(completed := parse(whole, context), list) else understood
    asks = isinstance(last, HumanMessage) and mood(last.text) is Mood.QUESTION
    if isinstance(understood, Reply):
        lost = understood.lost or understood.asks
    else:
        lost = has_swallowed(said, understood, context)
    if asks and lost and (reads := answer_by_what_it_is_about(request.text, context)):
        understood = reads
    if isinstance(understood, list):
        return Answer(
            _one_by_one(understood), [{"tool": call.tool, "arguments": call.arguments} for call in understood]
        )
    if isinstance(last, HumanMessage) and rejected_just_now(messages):
        return Answer(f"Nothing was done. {understood.text}", [], understood.lost, understood.examples)
    if isinstance(request, ToolMessage):
        return Answer(closing(request), [], understood.lost)
    return Answer(understood.text, [], understood.lost, understood.examples, understood.undone)


def _one_by_one(calls: Sequence[Call]) -> str:
    """Return what is said before several exports, each of which is planned and asked about; "" for anything else."""
    exports = sum(call.tool == "export_clusters" for call in calls)
    if exports < 2:
        return ""
    return f"These are {exports} exports, one after the other: this is the plan of the first."


def conversation_context(messages: Sequence[BaseMessage], start: int) -> DialogueContext:
    """Return what is grouped, and what the messages before `start` spoke of and did."""
    context = dialogue(messages)
    for call in _calls(messages[:start]):
        context = after(call, context)
    last_tool = next((m for m in reversed(messages[:start]) if isinstance(m, ToolMessage)), None)
    artifact = last_tool.artifact if last_tool is not None and isinstance(last_tool.artifact, dict) else {}
    listed = tuple(map(str, artifact.get("listed", ())))
    shown = context.last.arguments if context.last is not None else {}
    of_files = context.informed and bool(shown.get("cluster")) and not context.has(str(shown["cluster"]))
    conditions = bool(shown.get("also") or shown.get("but") or of_files) and len(listed) < MOST_IMAGES
    if listed and context.last is not None and (conditions or shown.get("cluster") in (None, "doubtful")):
        context = replace(context, images=listed, spoken=())  # "move them": all that were listed
    failed = last_tool is not None and last_tool.status == "error"
    offered = failed or "yes" in artifact or bool(artifact.get("rejected")) or ASIDE in artifact
    context = replace(context, listed=listed, offered=offered, offer=_offer(messages[: start + 1]))
    if made := artifact.get("made"):
        context = replace(context, spoken=tuple(map(str, made)))  # the parts of a split, or what a merge left
    if context.informed:
        here = {name.casefold() for name in context.names}
        named = (context.named(spoken) for spoken in context.spoken)
        return replace(context, spoken=tuple(name for name in named if name.casefold() in here))
    last = _last_criterion(messages[:start])
    return context if last is None else replace(context, criteria=(last,))


def _offer(messages: Sequence[BaseMessage]) -> Call | None:
    """Return the call that a yes makes in the last message; None where nothing is offered."""
    meant = open_offer(messages)
    return Call(meant["tool"], meant["arguments"]) if meant else None


def _calls(messages: Sequence[BaseMessage]) -> Iterator[Call]:
    """Yield the calls of a conversation."""
    for message in messages:
        for call in message.tool_calls if isinstance(message, AIMessage) else []:
            yield Call(call["name"], call["args"])


def _last_criterion(messages: Sequence[BaseMessage]) -> str | None:
    """Return the criterion that was grouped by last."""
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
