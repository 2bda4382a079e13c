"""What the brain can do: each capability of the desk as one LangChain tool with typed arguments.

A tool answers with a short text, for the model and the person alike, and an artifact of ids for the screen.
Where the artifact is an `Approval`, nothing was done yet: the graph asks the user, then calls `approved`.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from langchain_core.messages import ToolCall, ToolMessage
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import ValidationError

import prompts
from assistant.agent import arguments, wording
from assistant.agent import doubts as asking
from assistant.agent.approvals import (
    Approval,
    CriteriaApproval,
    CriterionOption,
    Decision,
    ExportApproval,
    SendApproval,
)
from assistant.agent.doubts import Doubts
from assistant.agent.refining import PROGRESS, Refining, Result
from assistant.agent.words import group, listed
from assistant.models.consent import Sending
from tools.errors import Cancelled, RegroupError, UsageError
from tools.models.ports import Thinker
from tools.names import amount, quoted, same_name, slip, visible
from tools.progress import Progress, silent
from tools.settle.settle import slug

if TYPE_CHECKING:
    from assistant.desk import Desk
    from tools.clustering import Clustering

log = logging.getLogger("regroup.agent")

STOPPED = "Stopped, as you asked. What was finished before is kept."


class Toolbox(Refining):
    """The tools over one desk.

    Attributes:
        desk: What the tools work on.
        tools: The LangChain tools, to be bound to a chat model.
        thinker: What is asked for criteria as well; by default nothing is.
        teaches: Whether the questions of `ask_me` are asked where their pictures can be shown.
    """

    def __init__(self, desk: "Desk", thinker: Thinker | None = None, teaches: bool = False) -> None:
        self.desk = desk
        self.teaches = teaches
        self._unread = len(desk.collection.unreadable)
        self.doubts = Doubts()
        self.thinker = thinker
        self.tools: list[BaseTool] = [
            _tool(self.propose_criteria, arguments.Nothing),
            _tool(self.group_by, arguments.GroupBy),
            _tool(self.show, arguments.Show),
            _tool(self.explain, arguments.Explain),
            _tool(self.merge_clusters, arguments.MergeClusters),
            _tool(self.split_cluster, arguments.SplitCluster),
            _tool(self.rename_cluster, arguments.RenameCluster),
            _tool(self.move_images, arguments.MoveImages),
            _tool(self.undo, arguments.Nothing),
            _tool(self.redo, arguments.Nothing),
            _tool(self.export_clusters, arguments.ExportClusters),
            _tool(self.help, arguments.Nothing),
            *(_tool(getattr(self, name), schema) for name, schema in self.SCHEMAS.items()),
        ]
        if desk.asks:
            self.tools.append(_tool(self.ask_again, arguments.Nothing))
        self._by_name = {tool.name: tool for tool in self.tools}

    def knows(self, name: str) -> bool:
        """Whether there is a tool of this name."""
        return name in self._by_name

    def changes_nothing(self, call: ToolCall) -> bool:
        """Whether a move would leave the images where they are; False for all other calls."""
        if call["name"] != "move_images":
            return False
        try:
            moved = arguments.MoveImages.model_validate(call["args"])
            return self.placed_already(moved.images, moved.to, moved.out_of) is not None
        except (RegroupError, ValidationError):
            return False

    def run(self, call: ToolCall, progress: Progress = silent) -> ToolMessage:
        """Run one call; blocks. Never raises: an error is a message with status "error" and one line."""
        name = call["name"]
        if name not in self._by_name:
            return failed(call, f"there is no tool {quoted(name)}; there are {', '.join(self._by_name)}")
        return self._guarded(call, lambda: self._invoke(call, progress))

    def approved(
        self, call: ToolCall, asked: Approval, decision: Decision, progress: Progress = silent
    ) -> ToolMessage:
        """Do what the user decided about a call; blocks. Never raises, as `run`.

        Where something else must be decided first, the artifact is that `Approval`.
        """
        plain_no = (
            not decision.accept and not decision.goes_on and (not decision.reason or bool(decision.said))
        )
        if isinstance(asked, SendApproval) and (decision.accept or plain_no):
            return self._guarded(call, lambda: self._send(call, asked, decision.accept, progress))
        if not decision.accept:
            why = f" Reason: {quoted(decision.reason)}." if decision.reason else ""
            if decision.goes_on:
                why = " Another request follows."
            # What was typed as a sentence is told by the graph.
            reason = "" if decision.said else decision.reason
            return answer(call, f"Not accepted; nothing was done.{why}", {"rejected": True, "reason": reason})
        if isinstance(asked, CriteriaApproval):
            return self._guarded(call, lambda: self._accept(call, asked, decision, progress))
        if isinstance(asked, ExportApproval):
            return self._guarded(call, lambda: self._export(call, asked, progress))
        raise AssertionError("a consent is accepted or rejected above")

    # --- the tools: what is in their docstrings is what a chat model reads ---

    def propose_criteria(self) -> Result:
        """Look at all images and propose criteria that would sort them well. Use it when the person asks what
        there is to see or does not say what to group by. The person then chooses, and what they choose is
        grouped; the answer holds the groups."""
        found = self.desk.propose(PROGRESS.get(), thinker=self.thinker)
        if not found:
            return (
                "I found no criterion that sorts these images well. Ask what they would like to group by.",
                {},
            )
        asked = CriteriaApproval(
            options=[
                CriterionOption(
                    criterion=p.criterion, why=p.why, quality=float(p.quality),
                    groups=[(str(name), int(count)) for name, count in p.groups],
                )
                for p in found
            ]
        )  # fmt: skip
        return wording.proposals(asked), asked

    def group_by(self, criterion: str, groups: int | None = None) -> Result:
        """Group all images by one criterion, in the person's own words ("emotion", "colour of the hair").
        Grouping by another criterion keeps the earlier groupings. Use it again with a number of groups to
        change how many there are."""
        near = self.desk.likely(criterion)
        if near is not None and self.doubts.first("group_by", criterion):
            return asking.criterion(near, criterion, groups)
        if asked := self._to_send([criterion], groups):
            return wording.sending(asked), asked
        before = next((c for c in self.desk.clusterings() if c.id == slug(criterion)), None)
        made = self.desk.group(criterion, k=groups, seed=self.desk.settings.seed, progress=PROGRESS.get())
        text, ids = self._changed(made)
        if groups is None and before is not None:
            text = wording.other_number(before, made) + text
        offer = wording.offer(made)
        return text + offer, ids | ({"offer": "ask_me"} if offer else {})

    def show(self, clustering: str | None = None, cluster: str | None = None) -> Result:
        """Show the groups of a grouping with names, sizes and confidence, or the images in one group. Changes
        nothing; a grouping that is named is the current one from then on."""
        pile = (cluster or "").casefold()
        named = self.desk.clustering(clustering).clusters if self.desk.clusterings() else ()
        if any(same_name(pile) == same_name(c.name) for c in named):
            pile = ""  # a group of that name comes first
        if pile in ("unreadable", "duplicates"):
            return wording.left_out(self.desk.collection, pile), {}
        if not self.desk.clusterings():
            raise UsageError('nothing is grouped yet; say for example "group by emotion"')
        shown = self.desk.clustering(clustering)
        ids: dict[str, Any] = {"clustering": shown.id}
        if cluster is None:
            if clustering is not None:
                self.desk.choose(shown.id)
            others = [quoted(c.criterion) for c in self.desk.clusterings() if c.id != shown.id]
            also = f"\nAlso grouped by {', '.join(others)}." if others else ""
            return wording.grouping(shown) + also, ids
        if pile == "doubtful":
            return wording.doubtful(shown, self.desk.collection), ids
        if cluster.casefold() == "unsorted":
            return wording.members(shown, self.desk.collection, shown.unsorted(), "Unsorted"), ids
        found = self.desk.find_cluster(cluster, clustering)
        text = wording.members(shown, self.desk.collection, shown.members(found.id), quoted(found.name))
        return text, ids | {"cluster": found.id}

    def explain(self, image: str) -> Result:
        """Say why one image is in the group where it is: what was seen in it, and how sure that is."""
        (found,) = self.desk.find_images([image])
        return self.desk.explain(found, progress=PROGRESS.get()), {"image": found}

    def merge_clusters(self, clusters: list[str], name: str | None = None) -> Result:
        """Make one group out of two or more groups of the current grouping."""
        chosen = {self.desk.find_cluster(cluster).id for cluster in clusters}
        made = self.desk.merge(clusters, name)
        text, ids = self._changed(made)
        kept = next((cluster for cluster in made.clusters if cluster.id in chosen), None)
        if name is None and kept is not None:
            text += f"\nThey are {quoted(kept.name)} now, as the largest of them was called."
        return text, ids

    def split_cluster(self, cluster: str, parts: int = 2, by: str | None = None) -> Result:
        """Split one group of the current grouping into parts: by what sets its images apart, or by a criterion."""
        return self._changed(self.desk.split(cluster, parts, by, progress=PROGRESS.get()))

    def rename_cluster(self, cluster: str, name: str) -> Result:
        """Give one group of the current grouping another name."""
        return self._changed(self.desk.rename(cluster, name))

    def move_images(self, images: list[str], to: str, out_of: str | None = None) -> Result:
        """Move single images into another group of the current grouping, to a new group, or to "unsorted". No file is
        moved."""
        before = self.desk.clustering()
        if (told := self.placed_already(images, to, out_of)) is not None:
            return told, {}
        names = [cluster.name for cluster in before.clusters]
        if not self.desk.has_group(to) and not self.doubts.new and self.doubts.first("move_images", to):
            self.desk.find_images(images)  # what is wrong with them is said first
            return asking.group(to, slip(to, names), images, names)
        return self._changed(self.desk.move(images, to), before)

    def undo(self) -> Result:
        """Take back the last change: a grouping, an edit or an export."""
        before = self.desk.current
        return self._stepped(self.desk.undo(), before), self._current()

    def redo(self) -> Result:
        """Do again what was taken back last."""
        before = self.desk.current
        return self._stepped(self.desk.redo(PROGRESS.get()), before), self._current()

    def export_clusters(self, to: str, clustering: str | None = None, mode: str = "copy") -> Result:
        """Write one folder per group into a new folder on disk. The person sees the plan first and accepts or
        rejects it; never say it is done before the result says so."""
        if not self.desk.clusterings():
            raise UsageError("nothing is grouped yet, so there is nothing to export; group first")
        chosen, only = self._exported(clustering)
        plan = self.desk.plan_export(Path(to).expanduser().absolute(), chosen, cast(Any, mode), only)
        asked = ExportApproval.of(plan)
        return wording.plan(asked), asked

    def ask_again(self) -> Result:
        """Ask the model that describes again about the images for which it gave no usable answer under the current
        grouping."""
        criterion = self.desk.clustering().criterion
        if not self.desk.failures(criterion):
            return f"Every image has an answer about {quoted(criterion)}.", {}
        return self._changed(
            self.desk.group(criterion, seed=self.desk.settings.seed, progress=PROGRESS.get(), again=True)
        )

    def help(self) -> Result:
        """Show the person what they can say, with examples."""
        return prompts.load("help").fill(), {}

    # --- inside ---

    def _invoke(self, call: ToolCall, progress: Progress) -> ToolMessage:
        tool = self._by_name[call["name"]]
        request = {"type": "tool_call", "name": call["name"], "args": call["args"], "id": call["id"]}
        token = PROGRESS.set(progress)
        try:
            return cast(ToolMessage, tool.invoke(request))
        finally:
            PROGRESS.reset(token)

    def _guarded(self, call: ToolCall, work: Callable[[], ToolMessage]) -> ToolMessage:
        try:
            message = work()
        except Cancelled:
            return failed(call, STOPPED, {"stopped": True})
        except RegroupError as error:
            return failed(call, wording.one_line(str(error), 1000))
        except ValidationError as error:
            told = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:3])
            return failed(call, wording.one_line(f"the arguments of {call['name']} do not fit: {told}"))
        except Exception as error:
            log.exception("%s failed", call["name"])
            told = wording.one_line(f"{type(error).__name__}: {error}", 200)
            return failed(call, f"{call['name']} failed unexpectedly ({told}); the details are in the log")
        if len(message.text) > wording.MOST_CHARACTERS:
            message.content = message.text[: wording.MOST_CHARACTERS] + "\n(shortened)"
        return message

    def _stepped(self, told: str, before: "Clustering | None") -> str:
        """What was undone or done again, and the grouping where that changed it."""
        now = self.desk.current
        if now is None:
            return told
        same = before is not None and _content(before) == _content(now)
        return told if same else f"{told}\n{self._told(now)}"

    def _current(self) -> dict[str, Any]:
        current = self.desk.current
        return {"clustering": current.id if current else None, "changed": True}

    def _accept(
        self, call: ToolCall, asked: CriteriaApproval, decision: Decision, progress: Progress
    ) -> ToolMessage:
        chosen = decision.criteria or [option.criterion for option in asked.options]
        chosen = list(dict.fromkeys(c.strip() for c in chosen if c.strip()))
        if not chosen:
            raise UsageError("no criterion was chosen; name at least one")
        self.desk.accept(chosen)
        if sending := self._to_send(chosen, None):
            return ToolMessage(
                wording.sending(sending), tool_call_id=call["id"] or "", name=call["name"], artifact=sending
            )
        return self._grouped(
            call, chosen, None, f"Accepted {', '.join(quoted(c) for c in chosen)}.", progress
        )

    def _to_send(self, criteria: list[str], groups: int | None) -> SendApproval | None:
        """What the user has to be asked about before these criteria can be grouped by."""
        for criterion in criteria:
            quote = self.desk.quote(criterion)
            if quote is not None and quote.needed:
                return SendApproval.of(quote, criteria, groups)
        return None

    def _send(self, call: ToolCall, asked: SendApproval, agreed: bool, progress: Progress) -> ToolMessage:
        """Group after the user has decided whether pictures may be sent; without them by the next tier."""
        if not agreed:
            self.desk.decline()
            told = f"Nothing was sent to {visible(asked.host)}; grouped with the models that are here."
            return self._grouped(call, asked.criteria, asked.groups, told, progress)
        now = self._to_send(asked.criteria, asked.groups)
        if now is not None:
            if (now.origin, now.model) != (asked.origin, asked.model) or now.collection > asked.collection:
                raise UsageError(
                    "since you were asked, the pictures or the model have changed; nothing was sent, ask again"
                )
            self.desk.allow(
                Sending(asked.origin, asked.host, asked.model, asked.collection, asked.bytes, local=False)
            )
        told = f"Sent to {visible(asked.host)}, as you allowed."
        return self._grouped(call, asked.criteria, asked.groups, told, progress)

    def _grouped(
        self, call: ToolCall, criteria: list[str], groups: int | None, told: str, progress: Progress
    ) -> ToolMessage:
        """Group by each of these criteria, and tell of all."""
        lines, done = [told], []
        seed = self.desk.settings.seed
        for criterion in criteria:
            try:
                clustering = self.desk.group(criterion, k=groups, seed=seed, progress=progress)
            except Cancelled:
                raise
            except RegroupError as error:
                lines.append(f"Not grouped by {quoted(criterion)}: {wording.one_line(str(error))}")
            else:
                lines.append(self._told(clustering))
                done.append(clustering.id)
        if not done:
            return failed(call, "\n".join(lines))
        changed = {"clustering": done[-1], "clusterings": done, "criteria": criteria, "changed": True}
        return answer(call, "\n".join(lines), changed)

    def _exported(self, what: str | None) -> tuple[str, list[str]]:
        """The grouping that is meant by a name, or the current one and those of its groups that are."""
        try:
            return self.desk.clustering(what).id, []
        except UsageError:
            current = self.desk.clustering()
            try:
                return current.id, [self.desk.find_cluster(group(name)).id for name in listed(what or "")]
            except UsageError:
                raise UsageError(
                    f"there is no grouping or group {quoted(what or '')}; say a criterion, or groups of the current one"
                ) from None

    def _export(self, call: ToolCall, asked: ExportApproval, progress: Progress) -> ToolMessage:
        plan = self.desk.plan_export(Path(asked.target), asked.clustering, asked.mode, asked.only)
        if ExportApproval.of(plan) != asked:
            raise UsageError(
                "since you saw the plan, files or groups have changed; nothing was written, ask again"
            )
        manifest = self.desk.export(plan, progress)
        verb = {"copy": "Copied", "link": "Linked", "move": "Moved"}[asked.mode]
        text = (
            f"{verb} {amount(asked.files, 'file')} into {amount(len(asked.folders), 'folder')} "
            f"under {quoted(asked.target)}; what went where is in {quoted(manifest.name)}. Undo takes it back."
        )
        return answer(call, text, {"clustering": asked.clustering, "manifest": str(manifest)})


def _content(clustering: "Clustering") -> tuple[object, ...]:
    """What of a clustering is shown: an edit that changed none of it was no edit of this one."""
    return clustering.id, clustering.clusters, clustering.labels.tolist()


def answer(call: ToolCall, text: str, artifact: dict[str, Any] | None = None) -> ToolMessage:
    """The answer to a call."""
    return ToolMessage(text, tool_call_id=call["id"] or "", name=call["name"], artifact=artifact or {})


def failed(call: ToolCall, text: str, artifact: dict[str, Any] | None = None) -> ToolMessage:
    """The answer to a call that could not be carried out."""
    message = answer(call, text, artifact)
    message.status = "error"
    return message


def _tool(function: Callable[..., Result], schema: type[arguments.Arguments]) -> BaseTool:
    description = " ".join((function.__doc__ or "").split())
    return StructuredTool.from_function(
        function, name=function.__name__, description=description, args_schema=schema,
        response_format="content_and_artifact",
    )  # fmt: skip
