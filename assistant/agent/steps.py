"""Takes a step back or forward in the journal: what undo and redo share, the approval of files included."""

import re
from abc import abstractmethod
from typing import Any, ClassVar

from langchain_core.messages import ToolCall, ToolMessage

from assistant.agent.approvals import Approval, Decision
from assistant.agent.builtin.lexicon import plain
from assistant.agent.context import Context
from assistant.agent.tools.base import Effect, NoArguments, Result, Tool, answer, failed
from assistant.desk.undone_export import PartlyUndone
from assistant.workspace import Event
from tools.clustering.clustering import Clustering
from tools.errors import UsageError
from tools.names import visible
from tools.progress import Progress, silent

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
    if (named := named_steps(utterance)) and event.kind not in {_KINDS.get(name, name) for name in named}:
        return False
    return event.kind != "export" or _EXPLICIT.fullmatch(plain(utterance)) is not None


def named_steps(utterance: str) -> list[str]:
    """Return the steps that an utterance names, as in "undo the export"."""
    return [name.lower() for name in _NAMED.findall(_OTHER_STEP.sub("", utterance))]


class StepTool(Tool[NoArguments]):
    """Takes the next step in one direction. Where that is an export, the person is asked before a file is touched.

    Attributes:
        verb: What it does to the step.
        which: The step, in words.
        changed: What is said where the step is no longer the one that the person was asked about.
    """

    effect = Effect.EDIT
    counted = True
    arguments = NoArguments
    needs_groups = False
    verb: ClassVar[str]
    which: ClassVar[str]
    changed: ClassVar[str]

    @abstractmethod
    def next_event(self, context: Context) -> Event | None:
        """Return the event of the journal that is next; None where there is none."""

    @abstractmethod
    def step(self, context: Context, progress: Progress) -> str:
        """Take the step, and return a line about it."""

    @abstractmethod
    def same(self, context: Context, approval: Approval) -> bool:
        """Return whether the step that is next is still the one of an approval."""

    def run(self, context: Context, arguments: NoArguments) -> Result:
        before = context.desk.clusterings.current
        return stepped(context, self.step(context, context.progress), before)

    def approved(
        self,
        context: Context,
        call: ToolCall,
        approval: Approval,
        decision: Decision,
        progress: Progress = silent,
    ) -> ToolMessage:
        if not self.same(context, approval):
            raise UsageError(self.changed)
        before = context.desk.clusterings.current
        try:
            return answer(call, *stepped(context, self.step(context, progress), before))
        except PartlyUndone as error:
            return failed(
                call, visible(str(error)), {"changed": True, "clustering": before.id if before else None}
            )

    def effect_of(self, context: Context, arguments: NoArguments) -> Effect:
        event = self.next_event(context)
        return Effect.FILES if event is not None and event.kind == "export" else Effect.EDIT

    def meant(self, context: Context, utterance: str, arguments: NoArguments) -> bool:
        return means_step(utterance, self.next_event(context))

    def misread(self, context: Context, utterance: str) -> str:
        event, named = self.next_event(context), named_steps(utterance)
        if event is None or not named or event.kind in {_KINDS.get(name, name) for name in named}:
            return ""
        return f"{self.which[0].upper()}{self.which[1:]} was no {named[0]}. "

    def offer(self, context: Context, arguments: NoArguments) -> str:
        event = self.next_event(context)
        return f"{self.verb} {self.which}{f' ({visible(event.text)})' if event else ''}"


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
