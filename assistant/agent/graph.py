"""Builds the conversation's graph: think -> act -> (approve) -> think."""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import replace
from typing import Any, Literal, cast
from uuid import uuid4

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    BaseMessage,
    HumanMessage,
    ToolCall,
    ToolMessage,
)
from langchain_core.messages.utils import count_tokens_approximately, trim_messages
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt

import prompts
from assistant.agent.approvals import Approval, Decision, ExportApproval, approval_from_json
from assistant.agent.brain import with_tools
from assistant.agent.builtin.builtin_brain import conversation_context
from assistant.agent.calls import ASIDE, NOTHING_DONE
from assistant.agent.events import (
    ClusteringChanged,
    GroupShown,
    TeachingRequested,
    ToolEnded,
    ToolStarted,
    WorkProgress,
)
from assistant.agent.facts import dialogue_context, dialogue_message, facts
from assistant.agent.follow_up import (
    AGREED,
    accepted,
    agreed,
    approved_plan,
    calls_of_turn,
    picked_for_export,
    spoken_last,
    turn_of,
)
from assistant.agent.gate import Instead, Turn, aside, instead, leaves_files_alone, turns
from assistant.agent.plan_turns import planned_steps
from assistant.agent.state import Run, State
from assistant.agent.stays_here import FROM_FILES, is_private, marked, without_files
from assistant.agent.thinking import is_elsewhere, relays
from assistant.agent.toolbox import STOPPED, Toolbox
from assistant.agent.tools.base import answer, failed
from assistant.agent.tools.pick_out import SHOWN_BEFORE
from assistant.agent.wording import one_line
from assistant.models.redact import redact
from tools.errors import Cancelled
from tools.names import quoted
from tools.progress import Progress

log = logging.getLogger("regroup.agent")

MOST_TOKENS = 24_000
"""The most tokens of a conversation that a chat model reads, as estimated; older turns are left out."""
STEPS = 50
"""The most steps of the graph in one turn."""
ONE_AT_A_TIME = "Not done: one at a time, please. Call it again when the person has decided about the other."
DROPPED = "What waited for your decision was dropped; say it again when you want it."
NO_FILE = "No file was touched: nothing was called that does that. Say it again, or with other words."
CHANGED = "Not done as it was planned; the plan with the change follows."
NO_LONGER_WAITS = "Nothing was written. The export no longer waits; ask for it again when you want it."
PUT_ASIDE = "Not decided yet: the person asks something first, and is asked again after the answer."
_EVERY = 0.1
"""The fewest seconds between two reports of progress, and between two looks at whether a pause is over."""

Graph = CompiledStateGraph[State, Run, State, State]


def build(toolbox: Toolbox, model: BaseChatModel, saver: BaseCheckpointSaver[Any] | None) -> Graph:
    """Build the graph over a desk's tools, with a chat model as its brain and a checkpointer that keeps its state.

    Raises:
        UsageError: The model cannot call tools.
    """
    nodes = _Nodes(toolbox, model)
    graph = StateGraph(State, context_schema=Run)
    graph.add_node("think", nodes.think)
    graph.add_node("act", nodes.act)
    graph.add_node("approve", nodes.approve)
    graph.add_edge(START, "think")
    graph.add_conditional_edges("think", _after_thinking, ["act", END])
    graph.add_conditional_edges("act", _after_acting, ["approve", "think", END])
    graph.add_conditional_edges("approve", _after_acting, ["approve", "think", END])
    return graph.compile(checkpointer=saver)


def _after_thinking(state: State) -> Literal["act", "__end__"]:
    last = state["messages"][-1]
    calls = isinstance(last, AIMessage) and (last.tool_calls or last.invalid_tool_calls)
    return "act" if calls and not state.get("stopped") else "__end__"


def _after_acting(state: State) -> Literal["approve", "think", "__end__"]:
    offered = isinstance(state["messages"][-1], AIMessage)
    if state.get("stopped") or (offered and not state.get("approval")):
        return "__end__"
    return "approve" if state.get("approval") else "think"


class _Nodes:
    def __init__(self, toolbox: Toolbox, model: BaseChatModel) -> None:
        self._toolbox = toolbox
        self._model = with_tools(model, toolbox.tools)
        self._elsewhere = is_elsewhere(model)
        self._relays = relays(model)
        self._prompt = prompts.load(getattr(model, "prompt", None) or "agent")

    async def think(self, state: State, runtime: Runtime[Run]) -> State:
        if runtime.context.stop.is_set():
            return {"stopped": True}
        if steps := accepted(
            state["messages"]
        ):  # what was offered or asked is known, and no model has to guess
            return {"messages": [_usable(agreed(steps))]}
        if (step := approved_plan(state["messages"])) is not None:
            return {"messages": [_usable(step)]}
        try:
            desk, recent = self._toolbox.desk, _recent(state["messages"])
            system = await asyncio.to_thread(facts, desk, self._prompt, self._elsewhere)
            if self._elsewhere:
                recent = await asyncio.to_thread(without_files, desk, recent)
            reply = await self._model.ainvoke([system, *recent])
        except Exception as error:  # a provider's errors are its own: no network, no credit, a broken answer
            log.exception("the brain failed")
            why = one_line(redact(str(error))) or type(error).__name__
            reply = AIMessage(f"the brain failed: {why}", additional_kwargs={"failed": True})
        reply = await asyncio.to_thread(marked, self._toolbox.desk, _usable(reply))
        if not (self._relays or reply.tool_calls or reply.invalid_tool_calls) and await asyncio.to_thread(
            leaves_files_alone, turn_of(state["messages"])
        ):  # whatever the model says of it
            reply = reply.model_copy(update={"content": f"{spoken(reply)}\n{NO_FILE}"})
        aside = state.get("put_aside")
        if aside is None or reply.tool_calls or reply.invalid_tool_calls:
            return {"messages": [reply]}
        call = ToolCall(name=aside["name"], args=aside["args"], id=f"call_{uuid4().hex}")
        about = {AGREED: "", **aside.get("about", {})}
        again = AIMessage(reply.content, tool_calls=[call], additional_kwargs=about, id=reply.id)
        if is_private(reply):
            again.additional_kwargs[FROM_FILES] = True
        return {"messages": [again], "put_aside": None}

    async def act(self, state: State, runtime: Runtime[Run]) -> State:
        answers: list[AnyMessage] = []
        pending_approval: Approval | None = None
        pending: str | None = None
        last = cast(AIMessage, state["messages"][-1])
        spoken_by = [m.text for m in state["messages"] if isinstance(m, HumanMessage)]
        self._toolbox.context.confirmations.heard(spoken_by[-1] if spoken_by else "", len(spoken_by))
        turn = turn_of(state["messages"])
        if turn.utterance is not None:
            told = [dialogue_message(dialogue_context(self._toolbox.desk)), *state["messages"]]
            start = spoken_last(told) or 0
            turn = replace(
                turn,
                dialogue=conversation_context(told, start),
                calls=calls_of_turn(told[start:]),
                relays=self._relays,
            )
        held_texts: list[str] = []
        for call in last.tool_calls:
            if pending_approval is not None or held_texts:
                answers.append(_announced(runtime, failed(call, ONE_AT_A_TIME)))
                continue
            if runtime.context.stop.is_set():
                answers.append(_announced(runtime, failed(call, STOPPED, {"stopped": True})))
                continue
            if (held := await asyncio.to_thread(self._held_back, call, last, turn)) is not None:
                answers.append(await self._offer(runtime, call, held))
                held_texts.append(answers[-1].text)
                continue
            beside = await asyncio.to_thread(aside, call, turn, self._toolbox)
            turn = replace(turn, made=(*turn.made, call["name"]))
            runtime.stream_writer(ToolStarted(call["name"], dict(call["args"])))
            turning = await asyncio.to_thread(turns, call, turn, self._toolbox)
            message = await _work(runtime, self._runner(last, turning), call)
            if beside and message.status != "error":
                message.content = f"{message.text}\n{beside}"
            if isinstance(message.artifact, Approval) and runtime.context.stop.is_set():
                message = failed(call, STOPPED, {"stopped": True})
            if isinstance(message.artifact, Approval):
                pending_approval, pending = message.artifact, call["id"]
            else:
                for reply in ("yes", "only"):
                    if isinstance(message.artifact, dict) and reply in message.artifact:
                        message.artifact[reply].setdefault("moment", self._toolbox.context.moment())
                answers.append(_announced(runtime, message))
        for wrong in last.invalid_tool_calls:
            reason = f"the arguments of {quoted(wrong['name'] or '?')} are not valid JSON; call it again"
            call = ToolCall(name=wrong["name"] or "?", args={}, id=wrong["id"])
            answers.append(_announced(runtime, failed(call, reason)))
        if held_texts:  # the person sees the offer itself, whatever a model would say about it
            lines = [*held_texts, *([DROPPED] if state.get("put_aside") else [])]
            private = {FROM_FILES: True} if any(map(is_private, answers)) else {}
            answers.append(AIMessage("\n".join(lines), additional_kwargs=private))
        state_after: State = {
            "messages": answers,
            "approval": pending_approval.model_dump(mode="json") if pending_approval else None,
            "pending_call": pending,
            "stopped": _stopped(answers),
        }
        if pending_approval is not None or held_texts:  # another decision has taken its place
            state_after["put_aside"] = None
        return state_after

    def _runner(self, message: AIMessage, turning: bool) -> Callable[[ToolCall, Progress], ToolMessage]:
        """Return what runs the calls of a message, which may turn to another grouping or not: a step of an approved
        plan is held to what was allowed."""
        if steps := planned_steps(message):
            return lambda call, progress: self._toolbox.run_step(call, steps, progress)
        return lambda call, progress: self._toolbox.run(call, progress, turning)

    def _held_back(self, call: ToolCall, message: AIMessage, turn: Turn) -> Instead | None:
        """Return the replacement of a call that the person did not ask for; None where it may be made.

        What the person agreed to is made, unless something else was done since it was offered.
        """
        since = message.additional_kwargs.get(AGREED)
        if since is not None:
            if since in ("", self._toolbox.context.moment()):
                return None
            turn = replace(turn, agreed=True)
        return instead(call, turn, self._toolbox)

    async def _offer(self, runtime: Runtime[Run], call: ToolCall, held: Instead) -> ToolMessage:
        """Answer a question with a tool that reads, where there is one, then offer the call that was held back."""
        lines: list[str] = [held.told] if held.told else []
        private: dict[str, Any] = {}
        if held.read is not None:
            read = ToolCall(name=held.read.tool, args=held.read.arguments, id=call["id"])
            runtime.stream_writer(ToolStarted(read["name"], dict(read["args"])))

            def look(call: ToolCall, progress: Progress) -> ToolMessage:
                return self._toolbox.run(call, progress, turns=False)

            message = _announced(runtime, await _work(runtime, look, read))
            lines.append(message.text)
            private = {FROM_FILES: True} if is_private(message) else {}
            if message.status == "error":
                return failed(call, message.text, private)
        if not held.offer:
            return answer(call, "\n".join(lines), private)
        moment = self._toolbox.context.moment()
        yes = {"tool": call["name"], "arguments": dict(call["args"]), "moment": moment}
        offered = answer(call, "\n".join([*lines, held.offer]), {"yes": yes, **private})
        return await asyncio.to_thread(marked, self._toolbox.desk, offered)

    async def approve(self, state: State, runtime: Runtime[Run]) -> State:
        decided = interrupt(state["approval"])  # nothing before it: a node runs again from its top
        decision = Decision.model_validate(decided)
        pending_approval = approval_from_json(cast(dict[str, Any], state["approval"]))
        call = _call(state)
        if decision.aside:
            asks: list[AnyMessage] = [
                answer(call, PUT_ASIDE, {ASIDE: True}),
                HumanMessage(decision.utterance),
            ]
            again = {"name": call["name"], "args": dict(call["args"])} | _of_plan(state)
            return {"messages": asks, "approval": None, "pending_call": None, "put_aside": again}
        if decision.change is not None and isinstance(pending_approval, ExportApproval):
            return await self._changed(state, runtime, pending_approval, decision)

        def work(call: ToolCall, progress: Progress) -> ToolMessage:
            return self._toolbox.approved(call, pending_approval, decision, progress)

        message = await _work(runtime, work, call)
        if isinstance(message.artifact, Approval) and runtime.context.stop.is_set():
            message = failed(call, STOPPED, {"stopped": True})
        if isinstance(message.artifact, Approval):  # one thing was decided, the next has to be
            return {"approval": message.artifact.model_dump(mode="json")}
        message = _announced(runtime, message)
        if not decision.goes_on and isinstance(message.artifact, dict) and message.artifact.get("rejected"):
            picked = picked_for_export(state["messages"])
            if shown := await asyncio.to_thread(self._shown_again, picked):
                runtime.stream_writer(ClusteringChanged(shown))
        message.additional_kwargs["said"] = decision.utterance if not decision.goes_on else ""
        answers: list[AnyMessage] = [message]
        if decision.goes_on:
            if isinstance(pending_approval, ExportApproval):
                answers.append(AIMessage(NO_LONGER_WAITS))
            answers.append(HumanMessage(decision.utterance))
        return {"messages": answers, "approval": None, "pending_call": None, "stopped": _stopped(answers)}

    def _shown_again(self, picked: dict[str, Any]) -> str:
        """Show what was shown before a group was picked out for an export alone, which the person does not want, and
        return its id; "" where that is gone or something else is shown since."""
        clusterings = self._toolbox.desk.clusterings
        current, before = clusterings.current, picked.get(SHOWN_BEFORE)
        here = before in {made.id for made in clusterings.all()}
        if not here or current is None or current.id != picked["clustering"]:
            return ""
        return clusterings.choose(str(before)).id

    async def _changed(
        self, state: State, runtime: Runtime[Run], approval: ExportApproval, decision: Decision
    ) -> State:
        """Plan the export that waits once more with what the person named, and ask about the whole of it."""
        assert decision.change is not None
        call, about = _call(state), _caller(state).additional_kwargs
        made, message = await asyncio.to_thread(self._toolbox.changed, call, approval, decision.change)
        answers: list[AnyMessage] = [_announced(runtime, answer(call, CHANGED))]
        if decision.utterance:
            answers.append(HumanMessage(decision.utterance))
        answers.append(AIMessage("", tool_calls=[made], additional_kwargs=dict(about)))
        if isinstance(message.artifact, Approval):
            asked = message.artifact.model_dump(mode="json")
            return {"messages": answers, "approval": asked, "pending_call": made["id"]}
        named = decision.change.more or decision.change.only or decision.change.but
        waits_on = bool(named) and message.status == "error"
        if message.status == "error" and not waits_on:
            message = failed(made, f"{message.text}\n{NO_LONGER_WAITS}")
        answers.append(_announced(runtime, message))
        if waits_on:  # the plan is as good as it was: it waits on
            again = ToolCall(name=call["name"], args=call["args"], id=f"call_{uuid4().hex}")
            answers.append(AIMessage(message.text, tool_calls=[again], additional_kwargs=dict(about)))
            return {"messages": answers, "approval": state["approval"], "pending_call": again["id"]}
        return {"messages": answers, "approval": None, "pending_call": None, "stopped": _stopped(answers)}


async def _work(
    runtime: Runtime[Run], function: Callable[[ToolCall, Progress], ToolMessage], call: ToolCall
) -> ToolMessage:
    """Run blocking work in a thread, forwarding its progress; a stopped turn stops it at its next report."""
    run, write = runtime.context, runtime.stream_writer
    context = copy_context()
    shown: tuple[str, float] = ("", 0.0)

    def progress(stage: str, done: int, total: int) -> None:
        nonlocal shown
        while run.hold.is_set() and not run.stop.is_set():
            time.sleep(_EVERY)
        now = time.monotonic()
        if stage != shown[0] or done >= total or now - shown[1] >= _EVERY:
            shown = (stage, now)
            # From whatever thread: the writer looks for the graph's context, and a context has one thread at a time.
            context.copy().run(write, WorkProgress(stage, done, total))
        if run.stop.is_set():  # after the report: what cannot be stopped goes on, and is shown
            raise Cancelled("stopped")

    run.working = True
    try:
        return await asyncio.to_thread(function, call, progress)
    finally:
        run.working = False


def _announced(runtime: Runtime[Run], message: ToolMessage) -> ToolMessage:
    """Send the events of a tool's message, and return the message."""
    ids = message.artifact if isinstance(message.artifact, dict) else {}
    ok, done = message.status != "error", not (ids.get(NOTHING_DONE) or ids.get("yes"))
    runtime.stream_writer(ToolEnded(message.name or "", message.text, ok, done))
    if ids.get("changed"):
        for clustering in ids.get("clusterings") or [ids.get("clustering")]:
            runtime.stream_writer(ClusteringChanged(clustering))
    if about := ids.get("teach"):
        runtime.stream_writer(TeachingRequested(about))
    if message.name == "show" and "cluster" in ids:
        runtime.stream_writer(GroupShown(ids["clustering"], ids["cluster"]))
    return message


def _stopped(answers: list[AnyMessage]) -> bool:
    return any(isinstance(m, ToolMessage) and (m.artifact or {}).get("stopped") for m in answers)


def _call(state: State) -> ToolCall:
    """Return the call that waits for the pending approval."""
    return next(call for call in _caller(state).tool_calls if call["id"] == state.get("pending_call"))


def _caller(state: State) -> AIMessage:
    """Return the message that makes the call which waits for the pending approval."""
    for message in reversed(state["messages"]):
        if isinstance(message, AIMessage):
            for call in message.tool_calls:
                if call["id"] == state.get("pending_call"):
                    return message
    raise LookupError("the conversation has lost the call that waits for approval")


def _of_plan(state: State) -> dict[str, Any]:
    """Return, as "about", what makes the call that waits for the pending approval a step of a plan; {} for another."""
    for message in reversed(state["messages"]):
        if isinstance(message, AIMessage) and message.tool_calls:
            return {"about": dict(message.additional_kwargs)} if planned_steps(message) else {}
    return {}


def _recent(messages: list[Any]) -> list[BaseMessage]:
    """Return the end of a conversation, as far as a model can read it, beginning with a message of the person."""
    recent = trim_messages(
        messages, max_tokens=MOST_TOKENS, token_counter=count_tokens_approximately, start_on="human"
    )
    if recent:
        return recent
    start = max((i for i, m in enumerate(messages) if isinstance(m, HumanMessage)), default=0)
    return list(messages[start:])


def _usable(answer: AIMessage) -> AIMessage:
    """Return an answer with an id for each call, and with words where it has neither words nor calls."""
    written = answer.model_dump_json()
    if redact(written) != written:  # words, calls, ids, what the server says of itself
        answer = AIMessage.model_validate_json(redact(written))
    for call in [*answer.tool_calls, *answer.invalid_tool_calls]:
        call["id"] = call["id"] or f"call_{uuid4().hex}"
    if not answer.tool_calls and not answer.invalid_tool_calls and not spoken(answer):
        return AIMessage("I have no answer to that. Please rephrase it.", id=answer.id)
    return answer


def spoken(message: BaseMessage) -> str:
    """Return the text of a message without the model's thoughts."""
    return re.sub(r"<think>.*?(?:</think>|$)", "", message.text, flags=re.DOTALL).strip()
