"""Offers the agent's tools over one desk to a program that is not Regroup's own conversation.

There is no person in between who would approve. So what touches files is only planned, under a digest, and carried out
where whoever started the program allowed that; nothing is sent to a describer that was not allowed for this folder
before; and what files say of time and place is not told, nor whether they say it, since a model elsewhere may read it.
"""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import ToolCall, ToolMessage

from assistant.agent import wording
from assistant.agent.approvals import Approval, CriteriaApproval, Decision, ExportApproval, UndoApproval
from assistant.agent.context import Context
from assistant.agent.stays_here import SHOWN, without_files
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import Effect, Tool
from assistant.agent.tools.registry import tools
from assistant.desk import Desk
from tools.errors import UsageError
from tools.metadata.metadata_criteria import named_criterion
from tools.names import quoted, visible
from tools.progress import Progress, silent
from tools.settle.by_value import are_from_files

PLAN, APPLY = "plan_export", "apply_plan"
"""The names under which an export is planned, and under which a plan is carried out."""
_EXPORT = "export_clusters"
"""The name of the agent's tool that exports."""
_LEFT_OUT = frozenset(["make_plan", "help"])
"""The tools that are of no use here: a checklist needs a person, and the help is about sentences."""
STAYS = "Done. What files say of their pictures stays on this machine, so it is not told here."
"""The answer in place of one that holds what files say, and of whether they say it."""
MOST_PLANS = 16
"""The most plans that are remembered; the oldest is forgotten."""


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """Describes a tool to another program.

    Attributes:
        name: Its name.
        description: What it does.
        schema: The JSON schema of its arguments.
        effect: The most that it may change.
    """

    name: str
    description: str
    schema: dict[str, Any]
    effect: Effect


@dataclass(frozen=True, slots=True)
class Told:
    """Holds what a call came to.

    Attributes:
        text: The answer.
        ok: Whether it was carried out.
        images: The ids of the images that it is about, in order.
    """

    text: str
    ok: bool = True
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Planned:
    call: ToolCall
    approval: ExportApproval | UndoApproval
    digest: str


class DeskTools:
    """Runs the tools for another program.

    Args:
        desk: The open folder.
        allow_write: Whether a plan may be carried out: files written, moved or put back.
    """

    def __init__(self, desk: Desk, allow_write: bool = False) -> None:
        self._toolbox, self._allow_write = Toolbox(desk), allow_write
        self._plans: dict[str, _Planned] = {}
        self._calls = 0
        # A call goes on in its thread where the other program no longer waits for it.
        self._one_at_a_time = threading.Lock()

    def offered(self) -> Iterator[OfferedTool]:
        """Yield the tools that may be called, from the one table of intents."""
        for name in self._names():
            tool = self._toolbox.tool(name)
            assert tool is not None
            about = " ".join((tool.__doc__ or "").split())
            if name == _EXPORT:
                about = (
                    "Plan an export: one folder for each group in a new folder. Nothing is written; the plan has an id "
                    f"and a digest{f', for {APPLY}' if self._allow_write else ''}."
                )
            yield OfferedTool(
                PLAN if name == _EXPORT else name,
                about,
                tool.arguments.model_json_schema(),
                Effect.READ if name == _EXPORT else _greatest(tool),
            )
        if self._allow_write:
            text = {"type": "string"}
            yield OfferedTool(
                APPLY,
                "Carry out a plan: write the folders, or take an export back. The digest is that of the plan, so that "
                "nothing else is done than what was planned.",
                {
                    "type": "object",
                    "properties": {"id": text, "digest": text},
                    "required": ["id", "digest"],
                    "additionalProperties": False,
                },
                Effect.FILES,
            )

    def _names(self) -> list[str]:
        """Return the names of the agent's tools that are offered."""
        return [name for name in tools() if name not in _LEFT_OUT and self._toolbox.tool(name) is not None]

    def call(self, name: str, arguments: dict[str, Any], progress: Progress = silent) -> Told:
        """Call a tool; blocks. It never raises: what cannot be done is told in one line."""
        with self._one_at_a_time:
            return self._call(name, arguments, progress)

    def _call(self, name: str, arguments: dict[str, Any], progress: Progress) -> Told:
        if name == "sort_like" and arguments.get("folder"):
            return Told("another folder is read only where the person names it, in the chat", False)
        if name == APPLY:
            return self._apply(str(arguments.get("id", "")), str(arguments.get("digest", "")), progress)
        known = [PLAN if each == _EXPORT else each for each in self._names()]
        if name not in known:
            return Told(f"there is no tool {quoted(name)}; there are {', '.join(sorted(known))}", False)
        self._calls += 1
        call = ToolCall(
            name=_EXPORT if name == PLAN else name, args=arguments, id=f"mcp-{self._calls}", type="tool_call"
        )
        return self._told(call, self._toolbox.run(call, progress))

    @property
    def context(self) -> Context:
        """Return what the tools share."""
        return self._toolbox.context

    def _told(self, call: ToolCall, message: ToolMessage) -> Told:
        if isinstance(message.artifact, ExportApproval | UndoApproval):
            return self._planned(call, message.artifact, self._readable(_with_folders(message)))
        if isinstance(message.artifact, CriteriaApproval):
            return Told(wording.proposals(_without_what_files_say(message.artifact)))
        if isinstance(message.artifact, Approval):
            return Told(
                "this needs the consent of the person, who gives it in the chat: regroup chat FOLDER; nothing was done",
                False,
            )
        text = self._readable(message)
        if text == STAYS or (message.status == "error" and self._may_be_of_files(call)):
            return Told(STAYS)
        return Told(text, message.status != "error", self._images(message))

    def _may_be_of_files(self, call: ToolCall) -> bool:
        """Return whether an error may tell what files do not say, from which it follows what they do."""
        current = self._toolbox.desk.clusterings.current
        tool = self._toolbox.tool(call["name"])
        asked = tool is not None and any(call["args"].get(name) for name in tool.arguments.ASKS_FILES)
        return asked or (current is not None and are_from_files(current.sources))

    def _planned(self, call: ToolCall, approval: ExportApproval | UndoApproval, text: str) -> Told:
        self._calls += 1
        id = f"plan-{self._calls}"
        digest = hashlib.sha256(f"{id} {approval.model_dump_json()}".encode()).hexdigest()[:24]
        self._plans[id] = _Planned(call, approval, digest)
        while len(self._plans) > MOST_PLANS:
            del self._plans[next(iter(self._plans))]
        how = (
            f"To carry it out: {APPLY} with id {id} and digest {digest}."
            if self._allow_write
            else "It cannot be carried out here: start with regroup mcp FOLDER --allow-write."
        )
        return Told(f"{text}\nNothing was done yet. {how}")

    def _apply(self, id: str, digest: str, progress: Progress) -> Told:
        if not self._allow_write:
            return Told("files may not be written here: start with regroup mcp FOLDER --allow-write", False)
        planned = self._plans.get(id)
        if planned is None:
            return Told(f"there is no plan {quoted(id)}; plan again", False)
        if planned.digest != digest:
            return Told(f"the digest is not that of {id}; plan again, and read the plan", False)
        del self._plans[id]  # a plan is carried out once
        decision = Decision(accept=True)
        done = self._toolbox.approved(planned.call, planned.approval, decision, progress)
        return self._told(planned.call, done)

    def _readable(self, message: ToolMessage) -> str:
        """Return the text of an answer as a model elsewhere may read it."""
        (kept,) = without_files(self._toolbox.desk, [message])
        return STAYS if kept.text == SHOWN else kept.text

    def _images(self, message: ToolMessage) -> tuple[str, ...]:
        """Return the ids of the images that an answer is about, where it names them."""
        about = message.artifact if isinstance(message.artifact, dict) else {}
        named = [about.get("image"), *(about.get("listed") or ()), *(about.get("images") or ())]
        found: list[str] = []
        for name in filter(None, named):
            try:
                found += self._toolbox.desk.find_images([str(name)])
            except UsageError:  # no name of an image
                continue
        return tuple(dict.fromkeys(found))


def _greatest(tool: Tool[Any]) -> Effect:
    """Return the most that a call of a tool may change here, where files are only planned."""
    depends = type(tool).effect_of is not Tool.effect_of
    return Effect.EDIT if depends or tool.effect is not Effect.READ else Effect.READ


def _with_folders(message: ToolMessage) -> ToolMessage:
    """Return the plan of an export with its folders named, and how many files stay where they are."""
    approval = message.artifact
    if not isinstance(approval, ExportApproval):
        return message
    lines = [message.text, *(f"  {visible(name)}/ {count:,}" for name, count in approval.folders)]
    if approval.left:
        lines.append(f"  {len(approval.left):,} files stay where they are")
    return message.model_copy(update={"content": "\n".join(lines)})


def _without_what_files_say(approval: CriteriaApproval) -> CriteriaApproval:
    """Return the proposals without the groups of those that files say."""
    options = [
        option.model_copy(update={"groups": [], "why": "files say it, which stays on this machine"})
        if named_criterion(option.criterion) is not None
        else option
        for option in approval.options
    ]
    return approval.model_copy(update={"options": options})
