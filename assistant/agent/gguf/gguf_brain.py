"""Thinks on this machine, with a GGUF model in a worker process whose answers a JSON schema constrains.

What the built-in grammar understands is not asked of the model: the grammar is right more often, and answers at once.
A small model understands well and writes badly. It only chooses tools and arguments; the person reads the answer of
the tool itself, as with the built-in brain. A request of several steps is planned at once and carried out one call
at a time; an error or a rejection ends the plan.
"""

import asyncio
import contextlib
import json
import logging
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.chat_models import agenerate_from_stream, generate_from_stream
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
)
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from pydantic import PrivateAttr

from assistant.agent.builtin.builtin_brain import Answer, answered
from assistant.agent.facts import dialogue
from assistant.agent.follow_up import answering, following, naming, planned
from assistant.agent.gguf import prompt
from assistant.agent.gguf.menu import REPLY, Menu
from assistant.agent.gguf.worker import Finish, Worker
from tools.errors import RegroupError

log = logging.getLogger("regroup.agent")

_ATTEMPTS = 3
"""The most attempts per request: a tool that was called with invented arguments is not on offer the next time."""
_BROKEN = "I did not get that into a request I can carry out. Say it in other words, or one thing at a time."


class GgufBrain(BaseChatModel):
    """Thinks with a GGUF file as its chat model. The process starts with the first request; `close` ends it.

    Attributes:
        gguf: The model's file.
        context: The size of its context, in tokens.
        prompt: The name of the prompt with its rules and examples; the graph fills in the groupings.
        grammar: Whether the built-in grammar answers what it understands, at once; else the model reads all requests.
    """

    gguf: Path
    context: int = prompt.CONTEXT
    prompt: str = prompt.PROMPT
    grammar: bool = True
    _worker: Worker = PrivateAttr()
    _finish: Finish | None = PrivateAttr(default=None)

    def model_post_init(self, context: Any) -> None:
        """Set the worker up without starting it."""
        super().model_post_init(context)
        self._worker = Worker(self.gguf, self.context)

    @property
    def _llm_type(self) -> str:
        return "local"

    @property
    def worker(self) -> Worker:
        """Return the process that runs the model."""
        return self._worker

    @property
    def timings(self) -> dict[str, Any]:
        """Return the timings of the last request by llama.cpp: tokens and ms, of the prompt and of the answer."""
        return dict(self._finish.timings) if self._finish else {}

    def warm(self) -> None:
        """Start the process in the background, and let it read the part of the prompt that never changes.

        Errors are ignored: they come up again with the first request.
        """

        def read() -> None:
            with contextlib.suppress(RegroupError):
                for _ in self._worker.ask(prompt.body(prompt.chat_messages([HumanMessage("")]), None)):
                    pass

        threading.Thread(target=read, name="warm up", daemon=True).start()

    def close(self) -> None:
        """End the process; the next request would start it again."""
        self._worker.close()

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        parallel_tool_calls: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the brain with a schema of these tools; it calls no others, and one at a time."""
        return self.bind(menu=Menu(tools))

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return await agenerate_from_stream(self._astream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        menu: Menu = kwargs.get("menu") or Menu([])
        request = prompt.request(messages, 1)
        if (known := self._known(messages, menu)) is not None:
            yield _chunk(known.text, known.steps)
            return
        context = dialogue(messages)
        criteria = list(context.criteria) if context.informed else None
        names = list(context.names)
        without: set[str] = set()
        for _ in range(_ATTEMPTS):
            answer, shown = "", ""
            schema = menu.schema(request, criteria, names, prompt.request(messages, 2), without)
            for piece in self._worker.ask(prompt.body(prompt.chat_messages(messages), schema)):
                if isinstance(piece, Finish):
                    self._finish = piece
                    continue
                answer += piece
                if len(text := _replied(answer)) > len(shown):
                    chunk = ChatGenerationChunk(message=AIMessageChunk(content=text[len(shown) :]))
                    shown = text
                    if run_manager:
                        run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
            if shown:
                yield ChatGenerationChunk(message=AIMessageChunk(content="", chunk_position="last"))
                return
            steps = _steps(answer)
            invented = {s["tool"] for s in steps if not menu.spoken_for(s, request, criteria)}
            if steps and not invented:
                yield _chunk("", _calls(steps, request, criteria, names, menu))
                return
            log.info("of %r the model made %s", request[:200], answer[:500])
            without |= invented
        yield _chunk(_BROKEN, [])

    def _known(self, messages: list[BaseMessage], menu: Menu) -> Answer | None:
        """Return what needs no model: what follows from the conversation, and what the grammar understands."""
        if self.grammar:
            answer = answered(messages, menu.tools)
            return None if answer.lost and isinstance(messages[-1], HumanMessage) else answer
        if (follow := following(messages)) is not None:
            return Answer(*follow)
        if steps := answering(messages) or naming(messages):
            return Answer("", steps)
        return None if prompt.request(messages, 1).strip() else answered(messages)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        """Do the same as `_stream` in a thread. Cancelling it kills the process."""
        pieces = self._stream(messages, stop, **kwargs)
        end = object()
        while True:
            try:
                piece = await asyncio.to_thread(next, pieces, end)
            except (asyncio.CancelledError, GeneratorExit):
                self._worker.kill()
                raise
            if not isinstance(piece, ChatGenerationChunk):
                return
            if run_manager:
                await run_manager.on_llm_new_token(piece.text, chunk=piece)
            yield piece


def _steps(answer: str) -> list[dict[str, Any]]:
    """Return the calls in an answer of the model; none where the answer is malformed."""
    try:
        decided = json.loads(answer)
    except (ValueError, RecursionError):
        return []
    steps = decided if isinstance(decided, list) else [decided]
    if all(
        isinstance(step, dict) and isinstance(step.get("tool"), str) and step["tool"] != REPLY
        for step in steps
    ):
        return steps
    return []


def _calls(
    steps: list[dict[str, Any]], request: str, criteria: list[str] | None, names: list[str], menu: Menu
) -> list[dict[str, Any]]:
    """Return the calls with arguments that are grounded in the request, without repetitions."""
    needed = [menu.required(step) for step in steps]
    calls = []
    for i, step in enumerate(steps):
        elsewhere = [value for j, values in enumerate(needed) if j != i for value in values]
        arguments = menu.grounded(step, request, criteria, elsewhere)
        for each in menu.repeated(step, arguments, request, names) if len(steps) == 1 else [arguments]:
            calls.append({"tool": step["tool"], "arguments": each})
    return [call for i, call in enumerate(calls) if call not in calls[:i] or call["tool"] in ("undo", "redo")]


def _chunk(text: str, calls: list[dict[str, Any]]) -> ChatGenerationChunk:
    """Return a complete message: a text and the first of the calls; the others are kept beside it."""
    pieces = [
        tool_call_chunk(
            name=call["tool"], args=json.dumps(call["arguments"]), id=f"call_{uuid4().hex}", index=0
        )
        for call in calls[:1]
    ]
    return ChatGenerationChunk(
        message=AIMessageChunk(
            content=text, tool_call_chunks=pieces, additional_kwargs=planned(calls), chunk_position="last"
        )
    )


_REPLY = re.compile(r'\s*\{\s*"tool"\s*:\s*"reply"\s*,\s*"text"\s*:\s*"((?:[^"\\]|\\.)*)')


def _replied(answer: str) -> str:
    """Return the text of a reply as far as it has been written."""
    match = _REPLY.match(answer)
    if match is None:
        return ""
    text = re.sub(r"\\u[0-9a-fA-F]{0,3}$", "", match[1])
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return ""
