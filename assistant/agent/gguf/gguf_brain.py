"""The brain that thinks on this machine: a GGUF model in a worker process, whose answers a JSON schema constrains.

A small model is a good listener and a weak writer. It chooses tools and arguments; what a tool answered is told to
the person as it stands, as the built-in brain does. A request of several steps is planned at once and carried out
one call at a time; an error or a rejection ends the plan.
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

from assistant.agent.facts import dialogue
from assistant.agent.follow_up import answering, following, naming, planned
from assistant.agent.gguf import prompt
from assistant.agent.gguf.menu import REPLY, Menu
from assistant.agent.gguf.worker import Finish, Worker
from tools.errors import RegroupError

log = logging.getLogger("regroup.agent")

_ATTEMPTS = 3
"""How often the model is asked: a call whose arguments nobody named is not on offer the next time."""
_BROKEN = "I did not get that into a request I can carry out. Say it in other words, or one thing at a time."


class GgufBrain(BaseChatModel):
    """A chat model over a GGUF file. The process starts with the first request; `close` ends it.

    Attributes:
        gguf: The model's file.
        context: Tokens that it sees at once.
        prompt: The prompt that holds its rules and examples; the graph fills in what is grouped.
    """

    gguf: Path
    context: int = 4096
    prompt: str = prompt.PROMPT
    _worker: Worker = PrivateAttr()
    _finish: Finish | None = PrivateAttr(default=None)

    def model_post_init(self, context: Any) -> None:
        """Set the worker up; nothing runs yet."""
        super().model_post_init(context)
        self._worker = Worker(self.gguf, self.context)

    @property
    def _llm_type(self) -> str:
        return "local"

    @property
    def worker(self) -> Worker:
        """The process that thinks."""
        return self._worker

    @property
    def timings(self) -> dict[str, Any]:
        """llama.cpp's timings of the last request to the model: tokens and ms, of the prompt and of the answer."""
        return dict(self._finish.timings) if self._finish else {}

    def warm(self) -> None:
        """Start the process and let it read what does not change, in the background, while nobody waits yet.

        What goes wrong here goes wrong again with the first request, and is told then.
        """

        def read() -> None:
            with contextlib.suppress(RegroupError):
                for _ in self._worker.ask(prompt.body(prompt.given([HumanMessage("")]), None)):
                    pass

        threading.Thread(target=read, name="warm up", daemon=True).start()

    def close(self) -> None:
        """End the process. The next request would start it again."""
        self._worker.close()

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        parallel_tool_calls: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The brain with a schema of these tools; it calls no others, and one at a time."""
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
        if (follow := following(messages)) is not None:
            yield _chunk(*follow)
            return
        if steps := answering(messages) or naming(messages):
            yield _chunk("", steps)
            return
        said = prompt.said(messages, 1)
        if not said.strip():
            yield _chunk('Say what to group by, or ask "what could I group by?".', [])
            return
        context = dialogue(messages)
        known = list(context.criteria) if context.known else None
        names = list(context.names)
        without: set[str] = set()
        for _ in range(_ATTEMPTS):
            answer, told = "", ""
            schema = menu.schema(said, known, names, prompt.said(messages, 2), without)
            for piece in self._worker.ask(prompt.body(prompt.given(messages), schema)):
                if isinstance(piece, Finish):
                    self._finish = piece
                    continue
                answer += piece
                if len(text := _replied(answer)) > len(told):
                    chunk = ChatGenerationChunk(message=AIMessageChunk(content=text[len(told) :]))
                    told = text
                    if run_manager:
                        run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
            if told:
                yield ChatGenerationChunk(message=AIMessageChunk(content="", chunk_position="last"))
                return
            steps = _steps(answer)
            invented = {s["tool"] for s in steps if not menu.spoken_for(s, said, known)}
            if steps and not invented:
                yield _chunk("", _calls(steps, said, known, names, menu))
                return
            log.info("of %r the model made %s", said[:200], answer[:500])
            without |= invented
        yield _chunk(_BROKEN, [])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        """As `_stream`, in a thread. Whoever is cancelled while waiting kills the process that he waits for."""
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
    """The calls in an answer of the model; none where it is not what it should be."""
    try:
        decided = json.loads(answer)
    except ValueError:
        return []
    steps = decided if isinstance(decided, list) else [decided]
    if all(
        isinstance(step, dict) and isinstance(step.get("tool"), str) and step["tool"] != REPLY
        for step in steps
    ):
        return steps
    return []


def _calls(
    steps: list[dict[str, Any]], said: str, known: list[str] | None, names: list[str], menu: Menu
) -> list[dict[str, Any]]:
    """The calls with arguments that are grounded in what was said, without those that only repeat another."""
    needed = [menu.required(step) for step in steps]
    calls = []
    for i, step in enumerate(steps):
        elsewhere = [value for j, values in enumerate(needed) if j != i for value in values]
        arguments = menu.grounded(step, said, known, elsewhere)
        for each in menu.repeated(step, arguments, said, names) if len(steps) == 1 else [arguments]:
            calls.append({"tool": step["tool"], "arguments": each})
    return [call for i, call in enumerate(calls) if call not in calls[:i] or call["tool"] in ("undo", "redo")]


def _chunk(text: str, calls: list[dict[str, Any]]) -> ChatGenerationChunk:
    """A whole message: a text, and the first of the calls; the others wait beside it."""
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
    """The text of a reply as far as it has been written."""
    match = _REPLY.match(answer)
    if match is None:
        return ""
    text = re.sub(r"\\u[0-9a-fA-F]{0,3}$", "", match[1])
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return ""
