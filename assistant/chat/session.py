"""Holds a conversation about one open collection, as the terminal app, the plain chat and the demo use it.

```
async with Session.open(desk) as session:
    async for event in session.say("group by emotion"):
        ...
```
The collection's shelf keeps it: after a closed terminal it goes on where it was, with any pending approval.
"""

import asyncio
import errno
import logging
import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

import assistant.agent  # noqa: F401 - before anything of langchain

# isort: split
import aiosqlite
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.errors import GraphRecursionError
from langgraph.types import Command

from assistant.agent import approvals, brain
from assistant.agent.approvals import (
    Approval,
    CriteriaApproval,
    CriterionOption,
    Decision,
    ExportApproval,
    PlanApproval,
)
from assistant.agent.brain import Offer
from assistant.agent.builtin.builtin_brain import BuiltinBrain
from assistant.agent.builtin.foreign_sentences import InEnglish, in_english
from assistant.agent.builtin.parse import surely
from assistant.agent.events import (
    ApprovalRequested,
    ClusteringChanged,
    Event,
    GroupShown,
    MessageText,
    TeachingRequested,
    ToolEnded,
    ToolStarted,
    Turn,
    WorkProgress,
)
from assistant.agent.facts import dialogue_context
from assistant.agent.follow_up import LOST
from assistant.agent.gguf.gguf_brain import GgufBrain
from assistant.agent.graph import STEPS, Graph, build, spoken
from assistant.agent.state import Run, State, unanswered
from assistant.agent.thinking import AGREED, agreed, thinker
from assistant.agent.toolbox import Toolbox
from assistant.agent.wording import one_line
from assistant.chat.log_file import LogFile
from assistant.models.providers import PROVIDERS
from assistant.models.redact import redact, redact_so_far
from tools.errors import RegroupError, UsageError
from tools.names import quoted

if TYPE_CHECKING:
    from assistant.desk import Desk

__all__ = [
    "Approval", "ApprovalRequested", "ClusteringChanged", "CriteriaApproval", "CriterionOption", "Decision", "Event",
    "ExportApproval", "GroupShown", "MessageText", "Offer", "PlanApproval", "Session", "TeachingRequested", "ToolEnded",
    "ToolStarted", "Turn", "WorkProgress",
]  # fmt: skip

log = logging.getLogger("regroup.agent")

TYPED = "typed"
"""The key under which a message in English keeps the words that were typed, which are shown."""
_INTERRUPTED = "interrupted: this may or may not have been done; check before you repeat it"
_BEGUN = 'That export was begun, and I did not see its end: "history" says what was done, and "undo" takes it back.'
_MAKE_ROOM = "free some disk space, check the permissions, or choose another workspace with --workspace"
_TOO_MANY = "That took too many steps, so I stopped. Ask for one thing at a time."


class Session:
    """Holds one conversation about a desk. Use `open`; one turn at a time."""

    def __init__(
        self,
        desk: "Desk",
        thread: str,
        model: BaseChatModel,
        own_model: bool = False,
        shows_pictures: bool = False,
    ) -> None:
        self._desk = desk
        self._shows_pictures = shows_pictures
        self._own_model = own_model
        self._thread = thread
        self._model = model
        self._config: RunnableConfig = {"configurable": {"thread_id": thread}, "recursion_limit": STEPS}
        self._stack = AsyncExitStack()
        self._seen = 0  # the last step of the journal
        self._run = Run()
        self._task: asyncio.Task[None] | None = None
        self._languages: set[str] = set()
        self._graph: Graph
        self._saver: AsyncSqliteSaver

    @classmethod
    def open(
        cls,
        desk: "Desk",
        thread: str = "main",
        model: BaseChatModel | str | None = None,
        shows_pictures: bool = False,
    ) -> "Session":
        """Return a session, to be awaited or used with `async with`.

        Args:
            desk: The open collection.
            thread: Name of the conversation; a collection may have several.
            model: A chat model, or its name as in the settings; by default the one of the settings.
            shows_pictures: Whether the reader of the events shows pictures and asks about them on a
                `TeachingRequested`; else the questions are asked in words.

        Raises:
            UsageError: The model is not known or cannot be set up.
            RegroupError: On entering: the kept conversation cannot be read.
        """
        owns_model = not isinstance(model, BaseChatModel)
        if not isinstance(model, BaseChatModel):
            settings = desk.settings if model is None else desk.settings.model_copy(update={"model": model})
            choice = brain.choose(settings, agreed(desk))
            model = brain.make(choice, settings)
            desk.brain = choice.label
        return cls(desk, thread, model, owns_model, shows_pictures)

    def __await__(self) -> Generator[Any, None, Self]:
        return self.__aenter__().__await__()

    async def __aenter__(self) -> Self:
        path = self._desk.shelf.path / "conversation.sqlite"
        try:
            if self._own_model and isinstance(self._model, GgufBrain):
                self._stack.callback(self._model.close)
            if self._own_model and isinstance(self._model, GgufBrain | BuiltinBrain):
                self._model.warm()
            self._log_to_file()
            connection = await self._stack.enter_async_context(aiosqlite.connect(path))
            # Only plain data and messages come back from the file, whatever is in it.
            self._saver = AsyncSqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
            await self._saver.setup()
            toolbox = Toolbox(self._desk, thinker(self._model), self._shows_pictures)
            self._graph = build(toolbox, self._model, self._saver)
            await self._rearm()
        except sqlite3.Error as error:
            await self._stack.aclose()
            advice = _MAKE_ROOM if _is_about_the_disk(error) else "move that file away to begin a new one"
            raise RegroupError(f"the conversation in {path} cannot be read ({error}); {advice}") from error
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Stop the running turn and close the conversation's file. It may be called twice."""
        await self.cancel()
        await self._stack.aclose()

    @property
    def offer(self) -> Offer | None:
        """Return a provider's model that could think about this collection if the user agrees; it is asked
        about once."""
        if not self._own_model:
            return None
        noted = {p: self._desk.shelf.noted(AGREED + p) for p in PROVIDERS}
        answered = [p for p, answer in noted.items() if answer is False or answer == brain.goes_to(p)]
        return brain.offer(self._desk.settings, answered)

    def answer_offer(self, offer: Offer, yes: bool) -> None:
        """Keep the user's answer to an offer, for this collection and this host. The next session applies it."""
        self._desk.shelf.note(AGREED + offer.provider, offer.host if yes else False)

    async def say(self, text: str) -> AsyncGenerator[Event, None]:
        """Send the user's text and yield the events of the turn. While an approval waits, the text may decide it.

        Closing the iterator stops the turn, as `cancel` does.

        Raises:
            UsageError: Another turn is under way.
        """
        state = await self._ready()
        approval = _pending(state)
        english = await asyncio.to_thread(self._in_english, text)
        if english is not None and approval:
            english = replace(english, text=approvals.translated(english.text))
        if english is not None and english.language not in self._languages:
            self._languages.add(english.language)
            yield MessageText(
                f"I understood {english.language}: {quoted(english.text)}. I answer in English.", True
            )
        read, kept = (text, {}) if english is None else (english.text, {TYPED: text})
        payload: Any
        if approval and english:
            names = await asyncio.to_thread(self.group_names)
            payload = _resume(approvals.typed_abroad(text, english.text, approval, names))
        elif approval:
            names = await asyncio.to_thread(self.group_names)
            payload = _resume(approvals.typed(text, approval, names))
        else:
            payload = {
                "messages": [*_interrupted(state), HumanMessage(read, additional_kwargs=kept)],
                "approval": None, "pending_call": None, "put_aside": None, "stopped": False,
            }  # fmt: skip
        async with aclosing(self._turn(payload)) as events:
            async for event in events:
                yield event

    async def decide(self, decision: Decision) -> AsyncGenerator[Event, None]:
        """Decide the pending approval, and yield the events of the turn.

        Raises:
            UsageError: Nothing waits for approval, or another turn is under way.
        """
        if _pending(await self._ready()) is None:
            raise UsageError("nothing is waiting for a decision")
        async with aclosing(self._turn(_resume(decision))) as events:
            async for event in events:
                yield event

    async def cancel(self) -> None:
        """Stop the running turn, if there is one, and wait until the conversation is in order.

        Work in a thread stops at its next report of progress; what it finished before is kept.
        """
        task = self._task
        if task is None or task.done():
            return
        first = not self._run.stop.is_set()
        self._run.stop.set()
        if first and not self._run.working:  # a second time would cancel the putting in order
            task.cancel()
        await asyncio.wait({task})

    def pause(self, on: bool) -> None:
        """Pause the running turn at its next report of progress, or resume it."""
        if on:
            self._run.hold.set()
        else:
            self._run.hold.clear()

    async def history(self) -> list[Turn]:
        """Return all turns of the conversation, oldest first."""
        turns: list[Turn] = []
        arguments: dict[str, dict[str, Any]] = {}
        for message in (await self._state()).get("messages", []):
            for call in message.tool_calls if isinstance(message, AIMessage) else ():
                arguments[call["id"] or ""] = dict(call["args"])
            turns += _turns(message, arguments)
        return turns

    async def pending(self) -> Approval | None:
        """Return the approval that waits for a decision, also after a restart; None where none does."""
        return _pending(await self._state())

    # --- one turn ---

    async def _turn(self, payload: Any) -> AsyncGenerator[Event, None]:
        events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._run = Run()
        self._task = asyncio.create_task(self._pump(payload, self._run, events))
        try:
            while (event := await events.get()) is not None:
                yield event
        finally:
            await self.cancel()

    async def _pump(self, payload: Any, run: Run, events: "asyncio.Queue[Event | None]") -> None:
        """Run the graph to its end, its next approval or its stop, and leave a conversation in order."""
        closing, finished = "(stopped)", False
        before = self._last_step()
        try:
            stream = self._graph.astream(
                payload, self._config, context=run, durability="sync",
                stream_mode=["messages", "updates", "custom"],
            )  # fmt: skip
            saying = _Saying()
            async for mode, data in stream:
                for event in saying.events(str(mode), data):
                    events.put_nowait(event)
            finished = True
        except GraphRecursionError:
            closing = _TOO_MANY
            events.put_nowait(MessageText(closing, True))
        except Exception as error:
            log.exception("the turn failed")
            closing = f"Something went wrong: {one_line(redact(str(error))) or type(error).__name__}"
            closing += f"; {_MAKE_ROOM}." if _is_about_the_disk(error) else ""
            closing += self._done_since(before)
            events.put_nowait(MessageText(closing, True))
        finally:
            try:
                await self._settle(closing)
                if not finished:
                    await self._rearm()
                if approval := await self.pending():
                    events.put_nowait(ApprovalRequested(approval))
            except Exception:
                log.exception("the conversation could not be put in order")
            finally:
                events.put_nowait(None)  # or the reader of the turn would wait for ever

    def _last_step(self) -> int:
        with suppress(RegroupError):
            self._seen = max(
                (event.number for event in self._desk.shelf.since(self._seen)), default=self._seen
            )
        return self._seen

    def _done_since(self, number: int) -> str:
        """Return in words what was done after a step of the journal, although the turn failed; "" for nothing."""
        with suppress(RegroupError):
            if texts := [event.text for event in self._desk.shelf.since(number)]:
                return f" Done before that: {one_line('; '.join(texts), 500)}."
        return ""

    def _in_english(self, text: str) -> InEnglish | None:
        """Return a text of another language in English; None for English, and for the name of a group."""
        if in_english(text) is None:
            return None
        with suppress(RegroupError):
            context = dialogue_context(self._desk)
            named = text.strip().casefold() in {name.casefold() for name in context.names}
            return None if named or surely(text, context) else in_english(text, context.names)
        return None  # the turn says what is wrong

    def group_names(self) -> tuple[str, ...]:
        """Return the names of the groups that there are, those of the grouping that is shown first."""
        with suppress(RegroupError):
            return dialogue_context(self._desk).names
        return ()

    async def _ready(self) -> State:
        if self._task is not None and not self._task.done():
            raise UsageError("one thing at a time: the last request is still being worked on")
        return await self._state()

    async def _state(self) -> State:
        snapshot = await self._graph.aget_state(self._config)
        return cast(State, snapshot.values)

    async def _settle(self, closing: str) -> None:
        """Close a turn that ended half way with the line `closing`, and forget the steps before it."""
        snapshot = await self._graph.aget_state(self._config)
        if snapshot.next and not snapshot.values.get("approval"):
            await self._close(cast(State, snapshot.values), closing)
        await self._prune()

    async def _close(self, state: State, closing: str) -> None:
        """End the turn with the line `closing`: its calls are answered, and nothing waits for an approval."""
        messages = [*_interrupted(state), AIMessage(closing)]
        update = {"messages": messages, "approval": None, "pending_call": None, "stopped": True}
        await self._graph.aupdate_state(self._config, update, as_node="think")

    def _is_begun(self, state: State) -> bool:
        """Return whether what waits for an approval was approved and begun, before the process ended."""
        approval = _pending(state)
        return isinstance(approval, ExportApproval) and self._desk.exports.is_begun(
            approval.target, approval.adds
        )

    async def _prune(self) -> None:
        """Delete all checkpoints but the last: undo goes by the journal of the collection, not by them."""
        latest = (await self._graph.aget_state(self._config)).config["configurable"].get("checkpoint_id")
        if latest is None:
            return
        async with self._saver.lock:
            for table in ("checkpoints", "writes"):
                await self._saver.conn.execute(
                    f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id <> ?", (self._thread, latest)
                )
            await self._saver.conn.commit()

    async def _rearm(self) -> None:
        """Ask for an approval once more, after the process ended or the turn failed while it was carried out.

        The graph remembers the answer to a question for as long as its step has not succeeded: without a new
        question, an old "yes" would be taken in place of the user's "no".
        """
        snapshot = await self._graph.aget_state(self._config)
        if snapshot.next == ("approve",):
            if await asyncio.to_thread(self._is_begun, cast(State, snapshot.values)):
                await self._close(cast(State, snapshot.values), _BEGUN)
                return
            update = {"approval": snapshot.values["approval"], "stopped": False}
            await self._graph.aupdate_state(self._config, update, as_node="act")
            await self._graph.ainvoke(None, self._config, context=Run(), durability="sync")
            await self._prune()

    def _log_to_file(self) -> None:
        handler = LogFile(self._desk.shelf.path / "agent.log")
        log.addHandler(handler)
        log.propagate = False  # a traceback on the screen would break it

        def close() -> None:
            log.removeHandler(handler)
            log.propagate = True
            handler.close()

        self._stack.callback(close)


class _Saying:
    """Turns the stream of the graph into events."""

    def __init__(self) -> None:
        self._message: str | None = None
        self._text = ""

    def events(self, mode: str, data: Any) -> list[Event]:
        if mode == "custom":
            return [data]
        if mode == "messages":
            return self._piece(*data)
        nodes = (
            [data.get(node) or {} for node in ("think", "act", "approve")] if isinstance(data, dict) else []
        )
        done = [m for node in nodes for m in node.get("messages", []) if isinstance(m, AIMessage)]
        return [
            MessageText(text, True, bool(m.additional_kwargs.get(LOST))) for m in done if (text := spoken(m))
        ]

    def _piece(self, chunk: BaseMessage, about: dict[str, Any]) -> list[Event]:
        if not isinstance(chunk, AIMessageChunk) or about.get("langgraph_node") != "think" or not chunk.text:
            return []
        if chunk.id != self._message:
            self._message, self._text = chunk.id, ""
        self._text += chunk.text
        text = redact_so_far(spoken(AIMessage(self._text)))
        return [MessageText(text, False)] if text else []


def _is_about_the_disk(error: Exception) -> bool:
    """Return whether an error is that the disk is full, or cannot be written."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
    name = getattr(error, "sqlite_errorname", "")
    full = isinstance(error, sqlite3.OperationalError) and "disk is full" in str(error)
    return full or name.startswith(("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN"))


def _resume(decision: Decision) -> "Command[Any]":
    return Command(resume=decision.model_dump(mode="json"))


def _pending(state: State) -> Approval | None:
    approval = state.get("approval")
    return approvals.approval_from_json(approval) if approval else None


def _interrupted(state: State) -> list[BaseMessage]:
    """Return an answer to every call that the last process left without one."""
    calls = unanswered(state.get("messages", []))
    return [ToolMessage(_INTERRUPTED, tool_call_id=id, name=name, status="error") for id, name in calls]


def _turns(message: BaseMessage, arguments: dict[str, dict[str, Any]]) -> list[Turn]:
    if isinstance(message, HumanMessage):
        return [Turn("user", str(message.additional_kwargs.get(TYPED, message.text)))]
    if isinstance(message, ToolMessage):
        utterance = message.additional_kwargs.get("said")
        call_arguments, ok = arguments.get(message.tool_call_id, {}), message.status != "error"
        done = Turn("tool", message.text, message.name or "", call_arguments, ok)
        return [*([Turn("user", utterance)] if utterance else []), done]
    text = spoken(message)
    return [Turn("assistant", text)] if text else []
