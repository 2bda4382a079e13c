"""Puts every tool of `assistant.agent.tools` over one desk, as LangChain tools that never raise."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, cast

from langchain_core.messages import ToolCall, ToolMessage
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import ValidationError

from assistant.agent import wording
from assistant.agent.approvals import Approval, Decision, ExportApproval, PlanApproval, SendApproval
from assistant.agent.changed_export import ExportChange
from assistant.agent.context import PROGRESS, Context
from assistant.agent.lesson_turns import go_on
from assistant.agent.plan_turns import UNFINISHED, Step, begin, renewed, shown
from assistant.agent.stays_here import marked
from assistant.agent.tools.base import Effect, Result, Tool, answer, failed
from assistant.agent.tools.export_clusters import ExportClusters
from assistant.agent.tools.registry import tools
from assistant.models.redact import redact
from tools.errors import Cancelled, RegroupError
from tools.models.ports import Thinker
from tools.names import quoted
from tools.progress import Progress, silent

if TYPE_CHECKING:
    from assistant.desk import Desk
    from tools.clustering.clustering import Clustering

log = logging.getLogger("regroup.agent")

STOPPED = "Stopped, as you asked. What was finished before is kept."


class Toolbox:
    """Runs the tools over one desk; whatever goes wrong in one becomes a message.

    Attributes:
        context: The context that the tools share.
        tools: The LangChain tools, to be bound to a chat model.
    """

    def __init__(self, desk: "Desk", thinker: Thinker | None = None, shows_pictures: bool = False) -> None:
        self.context = Context(desk, thinker, shows_pictures)
        desk.grouping.thinker = thinker
        self._tools = {name: tool for name, tool in tools().items() if tool.available(self.context)}
        self.tools: list[BaseTool] = [self._bound(tool) for tool in self._tools.values()]
        self._bound_by_name = {tool.name: tool for tool in self.tools}

    @property
    def desk(self) -> "Desk":
        """Return the desk that the tools work on."""
        return self.context.desk

    def tool(self, name: str) -> Tool[Any] | None:
        """Return the tool of a name; None where there is none."""
        return self._tools.get(name)

    def run(self, call: ToolCall, progress: Progress = silent, turns: bool = True) -> ToolMessage:
        """Run one call; blocks. It never raises: an error is a message with status "error" and one line of text.

        Args:
            call: The call.
            progress: Called during the work.
            turns: Whether another grouping that the call is about is shown from then on; otherwise it is only looked
                at.
        """
        name = call["name"]
        if name not in self._tools:
            return failed(call, f"there is no tool {quoted(name)}; there are {', '.join(self._tools)}")
        asked_before = self.context.question
        message = self._guarded(call, lambda: self._invoke(call, progress, turns))
        tool = self._tools[name]
        if not tool.replies and asked_before is not None and self.context.question is asked_before:
            read = isinstance(message.artifact, dict) and not message.artifact.get("changed")
            go_on(self.context, message, read)
        return marked(self.desk, message)  # once more, as the question may name groups

    def run_step(self, call: ToolCall, steps: Sequence[Step], progress: Progress = silent) -> ToolMessage:
        """Run the first of these steps of an approved plan, within what was allowed; blocks. Like `run`, it never
        raises.

        Where the step would take more than that, it ends, and the artifact is the approval of the rest of the plan.
        """
        effort = self.desk.effort

        def checked(stage: str, done: int, total: int) -> None:
            effort.check()
            before = time.monotonic()
            progress(stage, done, total)
            effort.waited(time.monotonic() - before)  # it may be held there for as long as the person likes

        with effort.within_plan():
            message = self.run(call, checked)
        if effort.over is None or message.status != "error":
            return message
        approval = renewed(self.context, steps, effort.over)
        return answer(call, shown(approval), approval)

    def approved(
        self, call: ToolCall, approval: Approval, decision: Decision, progress: Progress = silent
    ) -> ToolMessage:
        """Carry out the person's decision about a call; blocks. Like `run`, it never raises.

        Where something else must be decided first, the artifact is that `Approval`. After a plain no to sending
        pictures, the call is carried out without that host.
        """
        plain_no = (
            not decision.accept and not decision.goes_on and (not decision.reason or bool(decision.utterance))
        )
        if decision.accept and isinstance(approval, PlanApproval):
            return self._guarded(call, lambda: begin(self.context, call, approval))
        if decision.accept or (isinstance(approval, SendApproval) and plain_no):
            tool = self._tools[call["name"]]
            return self._guarded(
                call, lambda: tool.approved(self.context, call, approval, decision, progress)
            )
        why = f" Reason: {quoted(decision.reason)}." if decision.reason else ""
        if decision.goes_on:
            why = " Another request follows."
        # The graph itself passes on a typed sentence.
        reason = "" if decision.utterance else decision.reason
        rejected = {"rejected": True, "reason": reason}
        if isinstance(approval, PlanApproval) and approval.over:
            return answer(call, f"Not accepted; the plan ends here.{why}", rejected | {UNFINISHED: True})
        return answer(call, f"Not accepted; nothing was done.{why}", rejected)

    def changed(
        self, call: ToolCall, approval: ExportApproval, change: ExportChange
    ) -> tuple[ToolCall, ToolMessage]:
        """Return the call of an export after a change, and its answer; blocks, and never raises.

        The answer's artifact is the approval of the whole plan, unless it cannot be planned so.
        """
        export = ExportClusters()
        made = export.changed_call(self.context, call, approval, change)
        return made, self._guarded(made, lambda: export.changed(self.context, made, approval, change))

    def _bound(self, tool: Tool[Any]) -> BaseTool:
        def run(**arguments: Any) -> Result:
            given = tool.arguments.model_validate(arguments)
            if tool.effect_of(self.context, given) is Effect.FILES:
                return tool.ask(self.context, given)
            return tool.run(self.context, given)

        return StructuredTool.from_function(
            run, name=tool.name, description=" ".join((tool.__doc__ or "").split()), args_schema=tool.arguments,
            response_format="content_and_artifact",
        )  # fmt: skip

    def _invoke(self, call: ToolCall, progress: Progress, turns: bool) -> ToolMessage:
        # LangChain drops the arguments that a tool does not have. The gate lets pass what does not fit, since it is
        # refused: here.
        tool, clusterings = self._tools[call["name"]], self.desk.clusterings
        arguments = tool.arguments.model_validate(call["args"])
        shown, named = clusterings.current, tool.grouping_named(arguments)
        other = self.context.elsewhere(tool.groups_named(arguments))
        if named is not None and shown is not None and (found := clusterings.get(named)).id != shown.id:
            other = found
        if other is not None and turns:
            clusterings.choose(other.id)
        looks = clusterings.looking_at(other.id) if other is not None and not turns else nullcontext()
        request = {"type": "tool_call", "name": call["name"], "args": call["args"], "id": call["id"]}
        token = PROGRESS.set(progress)
        try:
            with looks:
                message = cast(ToolMessage, self._bound_by_name[call["name"]].invoke(request))
        finally:
            PROGRESS.reset(token)
        if other is not None and shown is not None:
            message.content = _elsewhere(message.text, other, None if turns else shown, named is not None)
        return message

    def _guarded(self, call: ToolCall, work: Callable[[], ToolMessage]) -> ToolMessage:
        try:
            message = work()
        except Cancelled:
            return failed(call, STOPPED, {"stopped": True})
        except RegroupError as error:
            why = redact(str(error))
            return self._failed(call, why, wording.one_line(why, 1000))
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:3])
            why = redact(f"the arguments of {call['name']} do not fit: {wrong}")
            return self._failed(call, why, wording.one_line(why))
        except Exception as error:
            log.exception("%s failed", call["name"])
            why = f"{type(error).__name__}: {redact(str(error))}"
            reason = wording.one_line(why, 200)
            shown = f"{call['name']} failed unexpectedly ({reason}); the details are in the log"
            return self._failed(call, why, shown)
        if isinstance(message.content, str):
            message.content = redact(message.content)
        marked(self.desk, message)  # before it is shortened, which may cut a name in two
        if len(message.text) > wording.MOST_CHARACTERS:
            message.content = message.text[: wording.MOST_CHARACTERS] + "\n(shortened)"
        return message

    def _failed(self, call: ToolCall, why: str, line: str) -> ToolMessage:
        """Return the answer to a call that failed with a line, marked where the whole error holds what files say."""
        message = marked(self.desk, failed(call, why))
        message.content = line
        return message


def _elsewhere(text: str, other: "Clustering", stays: "Clustering | None", told: bool) -> str:
    """Return an answer from another grouping with that said, unless it was told, and which one stays shown."""
    if not told:
        text = (
            f"In the grouping by {quoted(other.criterion)}{'' if stays else ', which is shown now'}: {text}"
        )
    if stays is None:
        return text
    turn = quoted(f"show the {other.criterion} grouping")
    return f"{text}\nThe grouping by {quoted(stays.criterion)} stays shown; say {turn} to turn to that one."
