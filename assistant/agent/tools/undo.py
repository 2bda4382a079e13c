"""Take back the last change."""

import re
from typing import Any

from langchain_core.messages import ToolCall, ToolMessage

from assistant.agent import wording
from assistant.agent.approvals import Approval, Decision, UndoApproval
from assistant.agent.builtin.lexicon import plain
from assistant.agent.calls import Call, Reply, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Effect, NoArguments, Result, Slots, Tool, answer, failed
from assistant.desk.exports import PartlyUndone
from assistant.workspace import Event
from tools.clustering import Clustering
from tools.errors import UsageError
from tools.names import visible
from tools.progress import Progress, silent

MOST_STEPS = 20
"""The most changes that one sentence undoes."""


_EXPLICIT = re.compile(
    r"(?:(?:could|can|would|will) you )?(?:please )?(?:undo|redo|revert|reverse|roll back|take back)"
    r"(?: (?:it|that|this|(?:the|my|that) (?:(?:last|latest|previous) )?(?:step|change|export|undo)))?"
    r"(?: twice| (?:the )?last \w+(?: (?:steps|changes))?)?(?:,? (?:again|please|now))*",
    re.IGNORECASE,
)
"""Matches words that are plain enough to put files back, or to write them again."""
_NAMED = re.compile(
    r"\b(?:the|my|that|last) (merge|split|rename|move|export|grouping|lock|answer)\b", re.IGNORECASE
)
_OTHER_STEP = re.compile(r"\b(?:not|but|except|keep)\b.*", re.IGNORECASE)
"""Matches what names a step that is not meant: "the merge, not the rename"."""
_KINDS = {"grouping": "group"}
"""Maps another word for an event, as people say it, to the kind of the event."""


def means_step(utterance: str, event: Event | None) -> bool:
    """Return whether an utterance means this step of the journal: it names no other, and is plain where files move."""
    if event is None:
        return True
    named = {name.lower() for name in _NAMED.findall(_OTHER_STEP.sub("", utterance))}
    if named and event.kind not in {_KINDS.get(name, name) for name in named}:
        return False
    return event.kind != "export" or _EXPLICIT.fullmatch(plain(utterance)) is not None


class Undo(Tool[NoArguments]):
    """Take back the last change: a grouping, an edit or an export."""

    effect = Effect.EDIT
    counted = True
    arguments = NoArguments
    needs_groups = False

    def run(self, context: Context, arguments: NoArguments) -> Result:
        before = context.desk.clusterings.current
        return stepped(context, context.desk.history.undo(), before)

    def ask(self, context: Context, arguments: NoArguments) -> tuple[str, Approval]:
        event = context.desk.shelf.next_undo()
        assert event is not None
        detail = event.detail
        approval = UndoApproval(
            event=event.number,
            text=event.text,
            mode=detail["mode"],
            files=detail["files"],
            target=detail["target"],
            folder=str(context.desk.collection.folder),
        )
        return wording.undo_plan(approval), approval

    def approved(
        self,
        context: Context,
        call: ToolCall,
        approval: Approval,
        decision: Decision,
        progress: Progress = silent,
    ) -> ToolMessage:
        assert isinstance(approval, UndoApproval)
        event = context.desk.shelf.next_undo()
        if event is None or (event.number, event.text) != (approval.event, approval.text):
            raise UsageError("something else was done since you were asked; nothing was undone, ask again")
        before = context.desk.clusterings.current
        try:
            return answer(call, *stepped(context, context.desk.history.undo(), before))
        except PartlyUndone as error:
            return failed(
                call, visible(str(error)), {"changed": True, "clustering": before.id if before else None}
            )

    def effect_of(self, context: Context, arguments: NoArguments) -> Effect:
        event = context.desk.shelf.next_undo()
        return Effect.FILES if event is not None and event.kind == "export" else Effect.EDIT

    def meant(self, context: Context, utterance: str) -> bool:
        return means_step(utterance, context.desk.shelf.next_undo())

    def offer(self, context: Context, arguments: NoArguments) -> str:
        event = context.desk.shelf.next_undo()
        return f"undo the last step{f' ({visible(event.text)})' if event else ''}"

    def understand(self, slots: Slots) -> Understood | None:
        times = int(slots.values.get("times", slots.values.get("number", 1)))
        if times > MOST_STEPS:
            return Reply(f"I take back at most {MOST_STEPS} changes in one go.")
        return [Call(self.name)] * times or None


def stepped(context: Context, line: str, before: Clustering | None) -> tuple[str, dict[str, Any]]:
    """Return the line about an undo or a redo, and the current grouping where it has changed."""
    now = context.desk.clusterings.current
    ids = {"clustering": now.id if now else None, "changed": True}
    if now is None or (before is not None and _content(before) == _content(now)):
        return line, ids
    return f"{line}\n{context.described(now)}", ids


def _content(clustering: Clustering) -> tuple[object, ...]:
    """Return the visible contents of a clustering, by which a change of it is recognised."""
    return clustering.id, clustering.clusters, clustering.labels.tolist()
