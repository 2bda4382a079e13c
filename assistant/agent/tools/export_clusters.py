"""Write one folder per group."""

import re
from pathlib import Path
from typing import Any, ClassVar, Literal
from uuid import uuid4

from langchain_core.messages import ToolCall, ToolMessage
from pydantic import Field

from assistant.agent import wording
from assistant.agent.approvals import FORM_WORDS, Approval, Decision, ExportApproval
from assistant.agent.builtin.lexicon import (
    ENDS_PATH,
    NO_FOLDER,
    NUMBERS,
    PILE,
    group,
    is_everything,
    is_path,
    is_quoted,
    listed,
    without_mode,
)
from assistant.agent.builtin.replies import single_images
from assistant.agent.calls import Call, Reply, Understood
from assistant.agent.changed_export import ExportChange, all_but, changed_export, named_in_full
from assistant.agent.context import Context
from assistant.agent.exported_groups import (
    groups_alone,
    groups_instead,
    groups_left,
    groups_meant,
    groups_without,
)
from assistant.agent.tools.base import Arguments, Effect, Name, Result, Slots, Tool, answer
from assistant.desk.references import find_criterion
from tools.errors import UsageError
from tools.export.list_order import By, ListOrder
from tools.export.plan import Form, Mode
from tools.names import quoted
from tools.progress import Progress, silent
from tools.singular import in_singular


class ExportClustersArguments(Arguments):
    """Gives the target of an export, its groups, and its mode."""

    ASKS_FILES: ClassVar[tuple[str, ...]] = ("but", "only")

    to: str | None = Field(
        None,
        min_length=1,
        max_length=1000,
        description="The folder to write into; ~ is the home folder. Left out only for tags.",
    )
    clustering: Name | None = Field(
        None,
        description="Which grouping, by its criterion, or which groups of the current one alone; left out, all of it.",
    )
    only: list[Name] = Field([], max_length=100, description="Groups that alone are written, by their names.")
    but: list[Name] = Field(
        [], max_length=100, description="Groups that are left out: all others are written."
    )
    mode: Mode = Field(
        "copy", description="copy, link (symbolic links) or move (take the files out of the folder)."
    )
    add: bool = Field(
        False, description="Whether to add to what is in the folder; else it must be a new or an empty one."
    )
    form: Form = Field(
        "folders",
        description="folders; tags (keywords in XMP sidecars beside the pictures); csv, jsonl, coco (one file); "
        "imagefolder (a dataset of Hugging Face).",
    )
    order: By | None = Field(
        None,
        description="Numbers before all names, in the order of the whole list: likeness, time, name or certainty.",
    )


class ExportClusters(Tool[ExportClustersArguments]):
    """Write one folder per group into a new folder on disk, or the groups as tags or as a file. The person sees
    the plan first and accepts or rejects it; never say it is done before the result says so."""

    effect = Effect.FILES
    arguments = ExportClustersArguments

    def run(self, context: Context, arguments: ExportClustersArguments) -> Result:
        return self.ask(context, arguments)

    def ask(self, context: Context, arguments: ExportClustersArguments) -> tuple[str, Approval]:
        desk = context.desk
        if not desk.clusterings.all():
            raise UsageError("nothing is grouped yet, so there is nothing to export; group first")
        chosen, only, also = groups_meant(context, arguments.clustering)
        if arguments.only:
            chosen, only = groups_alone(context, chosen, arguments.only, arguments.clustering)
        if arguments.but:
            chosen, only = groups_without(context, chosen, only, arguments.but, arguments.clustering)
        to = None if arguments.to is None else Path(arguments.to).expanduser().absolute()
        add = arguments.add or None  # also without a word where the groups are those of this folder
        plan = desk.exports.plan(
            to,
            chosen,
            arguments.mode,
            only,
            arguments.form,
            also,
            add=add,
            order=_order(context, arguments.order, chosen),
        )
        approval = ExportApproval.of(plan)
        return wording.plan(approval), approval

    def offer(self, context: Context, arguments: ExportClustersArguments) -> str:
        alone = arguments.only or ([arguments.clustering] if arguments.clustering else [])
        of = f" of {wording.enumerated(alone)}" if alone else ""
        but = f"{of} without {wording.enumerated(arguments.but)}" if arguments.but else of
        if arguments.form == "tags":
            return f"show you the plan for tags in sidecars beside the pictures{but}"
        if arguments.add:
            return f"show you what would be added to {quoted(arguments.to or '')}{but}"
        what = "folders" if arguments.form == "folders" else FORM_WORDS[arguments.form]
        return f"show you the plan for {what} under {quoted(arguments.to or '')}{but}"

    def approved(
        self,
        context: Context,
        call: ToolCall,
        approval: Approval,
        decision: Decision,
        progress: Progress = silent,
    ) -> ToolMessage:
        assert isinstance(approval, ExportApproval)
        plan = context.desk.exports.plan(
            Path(approval.target),
            approval.clustering,
            approval.mode,
            approval.only,
            approval.form,
            approval.also,
            add=approval.adds,
            order=_order(context, approval.order, approval.clustering),
        )
        if ExportApproval.of(plan) != approval:
            raise UsageError(
                "files or groups have changed since you saw the plan; nothing was written, ask again"
            )
        manifest = context.desk.exports.carry_out(plan, progress)
        text = wording.exported(approval, manifest.name)
        return answer(call, text, {"clustering": approval.clustering, "manifest": str(manifest)})

    def changed_call(
        self, context: Context, call: ToolCall, approval: ExportApproval, change: ExportChange
    ) -> ToolCall:
        """Return the call of an export after a change: what that does not name stays as it was approved."""
        change = _in_full(context, approval, change)
        given = _changed_arguments(approval, change)
        kept = {key: call["args"][key] for key in ("clustering", "only", "but") if call["args"].get(key)}
        if change.only or change.every:
            kept = {"clustering": " and ".join(change.only)} if change.only else {}
        if change.but:
            kept["but"] = [*kept.get("but", ()), *change.but]
        if change.more and approval.only:
            shown = context.desk.clusterings.get(approval.clustering)
            names = [cluster.name for cluster in shown.clusters if cluster.id in approval.only]
            kept = {"clustering": shown.id, "only": list(dict.fromkeys([*names, *change.more]))}
        args = {key: value for key, value in {**given, **kept}.items() if value not in (None, False)}
        return ToolCall(name=self.name, args=args, id=f"call_{uuid4().hex}")

    def changed(
        self, context: Context, call: ToolCall, approval: ExportApproval, change: ExportChange
    ) -> ToolMessage:
        """Plan an export that waits once more, of the same groups unless others are named. The artifact is its
        approval.

        Raises:
            tools.errors.RegroupError: It cannot be planned so, or no group is called so.
        """
        change = _in_full(context, approval, change)
        desk, given = context.desk, _changed_arguments(approval, change)
        chosen, only, also = approval.clustering, list(approval.only), list(approval.also)
        if change.every:
            only = []
        if change.only:
            chosen, only, also = groups_instead(context, approval.clustering, change.only)
        if change.but:
            only = groups_left(context, chosen, only, change.but)
        if change.more:  # where all are written, they are there already
            more = [desk.clusterings.find_cluster(group(name), chosen).id for name in change.more]
            only = list(dict.fromkeys([*only, *more])) if only else []
        to = None if given["to"] is None else Path(str(given["to"])).expanduser().absolute()
        add = bool(given["add"]) or None
        plan = desk.exports.plan(
            to,
            chosen,
            given["mode"],
            only,
            given["form"],
            also,
            add=add,
            order=_order(context, given["order"], chosen),
        )
        asked = ExportApproval.of(plan)
        return answer(call, wording.plan(asked), asked)

    def understand(self, slots: Slots) -> Understood | None:
        understood = self._read(slots)
        said = " ".join(map(str, slots.values.values()))
        if not isinstance(understood, list) or not _ONLY_SAID.search(f"{slots.form} {said}"):
            return understood
        # "Only glasses" is a group where grouping by glasses made one of that name.
        names = {name.casefold(): name for name in slots.dialogue.names}
        return [
            Call(call.tool, {**_but_for(call.arguments, "clustering"), "only": [names[key]]})
            if (key := str(call.arguments.get("clustering")).casefold()) in names
            and find_criterion(key, slots.dialogue.criteria)
            else call
            for call in understood
        ]

    def _read(self, slots: Slots) -> Understood | None:
        if slots.form in FORM_WORDS:
            return self._in_form(slots)
        if slots.form == "by":
            return _by(slots)
        if slots.form == "add in a form":
            folders = (
                'Only folders can be added to what is there. "export as csv to ~/new" writes a new folder'
            )
            return Reply(f"{folders}, and tags go beside the pictures.")
        only = slots.values.get("only")
        if only is None and "what" not in slots.values:  # somewhere: "you could export the happy ones to"
            only = " and ".join(slots.values.get("groups") or ()) or None
        if slots.form == "images":
            folder = str(slots.values["folder"])  # a group's name, in "put #1 and #2 in sad except #2"
            return single_images(folder) if is_path(folder) or is_quoted(folder) else None
        called = _names(slots) if only else set()
        if only and not all(
            (name := group(part)).isdecimal() or name.casefold() in called for part in listed(only)
        ):
            only = _part(only, slots.values.get("folder"))
            if only is None:
                return None  # "copy that idea to Bob"
        what, mode_of_what = without_mode(only or slots.values.get("what") or "")
        if (best := _BEST.fullmatch(what)) is not None and not only:
            return self._best(best, slots)
        folder = slots.values.get("folder") or slots.values["path"]
        to, mode_of_folder = (folder, "") if is_path(folder) and " " not in folder else without_mode(folder)
        mode = mode_of_folder or mode_of_what or slots.values.get("mode") or slots.values.get("verb")
        if not to:
            return None
        if re.search(r"\s(?:in|into|to|under) (?:~|\.{1,2}/|/|[A-Za-z]:[\\/])", to):
            return None  # "put symlinks to everything in ~/links"
        told = only is not None or (slots.form == "verb" and slots.values["verb"] != "link")
        if told and not (is_quoted(to) or is_path(to)):
            return None  # "move #3 to happy", "copy that idea to Bob"
        to, more = _target(to)
        if more is None:
            return _unclear(to)
        if slots.form == "add" and not (is_quoted(to) or is_path(to)):
            if not is_everything(what) or slots.dialogue.has(to) or NO_FOLDER.fullmatch(to):
                return None  # "add #3 to happy", "add everything to one group"
            return Reply(f'Is {quoted(to)} a folder? Then say "add them to ./{to}".', asks=True)
        given: dict[str, Any] = {"to": to} | ({"add": True} if slots.form == "add" else {})
        return self._call(given | ({"mode": mode} if mode else {}), what, more, to)

    def _call(self, given: dict[str, Any], what: str, more: ExportChange, to: str) -> Understood:
        """Return the call of an export of some groups, with what else is said after the folder."""
        if match := _BUT_NOT.fullmatch(what):
            left_out = [group(name) for name in listed(match["out"])]
            if is_everything(match["what"]):
                given["but"] = left_out
            elif not {in_singular(group(name)) for name in listed(match["what"])} & set(
                map(in_singular, left_out)
            ):
                given["clustering"] = _named(match["what"])  # what is not meant was not named, either
            else:
                return Reply(
                    f'Which groups are meant? Say it as in "export {match["what"]} to {to}".', asks=True
                )
        elif but := all_but(what):
            given["but"] = but
        elif not is_everything(what):
            given["clustering"] = _named(what)
        if "one" in given.get("but", ()):
            return Reply('Which group is left out? Say its name or its number, as in "all but 1".', asks=True)
        said = {key: getattr(more, key) for key in ("mode", "form", "but", "order") if getattr(more, key)}
        if more.only:
            said["clustering"] = " and ".join(more.only)
        if (
            more.to is not None
            or more.every
            or any(given.get(key, value) != value for key, value in said.items())
        ):
            return _unclear(to)
        return [Call(self.name, given | said)]

    def _best(self, best: re.Match[str], slots: Slots) -> Understood:
        """Return the calls that make a grouping of the best of each group, and export it."""
        folder, mode = str(slots.values.get("folder") or slots.values.get("path") or ""), ""
        if not is_path(folder) or " " in folder:
            folder, mode = without_mode(folder)
        to, more = _target(folder)
        if more is None or not to:
            return _unclear(to)
        count = best["count"] or best["number"]
        pick: dict[str, Any] = {"group": True}
        if count:
            pick["count"] = NUMBERS.get(count.lower()) or int(count)
        if best["by"].lower() == "sharpest":
            pick["by"] = "sharpest"
        form = {"form": slots.form} if slots.form in FORM_WORDS else {}
        understood = self._call({"to": to, **form, **({"mode": mode} if mode else {})}, "", more, to)
        return understood if isinstance(understood, Reply) else [Call("best_of_each", pick), *understood]

    def _in_form(self, slots: Slots) -> Understood | None:
        """Return the call of an export that is no folders: "export emotion as csv to ~/out"."""
        what, to, given = slots.values.get("what") or "", slots.values.get("folder"), {"form": slots.form}
        what = str(what)
        if (best := _BEST.fullmatch(what)) is not None and to is not None:
            return self._best(best, slots)
        more: ExportChange | None = ExportChange()
        if to is not None and slots.form != "tags":
            to, more = _target(str(to))
            given["to"] = to
        elif slots.form != "tags":
            words = FORM_WORDS[slots.form]
            return Reply(f'Export to which folder? For example "export as {words} to ~/out".', asks=True)
        if more is None:
            return _unclear(str(to))
        return self._call(given, what, more, str(to))


_ONLY_SAID = re.compile(r"\b(?:only|just|alone)\b", re.IGNORECASE)
_BUT_NOT = re.compile(r"(?P<what>.+?),? (?:but|and) (?:not|no|without) (?P<out>.+)", re.IGNORECASE)
"""Matches groups with what is not to be written: "the shoes and the watches but not the bags"."""
_BEST = re.compile(
    r"(?:only |just )?(?:the )?(?:(?P<count>\d+|[a-z]+) )?(?P<by>best|sharpest|most typical)"
    r"(?: (?P<number>\d+|[a-z]+))??(?: (?:ones?|pictures?|photos?|images?|shots?))?"
    r" (?:of|from|in) (?:each|every)(?: (?:group|pile|one|of them))?",
    re.IGNORECASE,
)
"""Matches "the best of each" and "the sharpest 3 of every group"."""


def _target(folder: str) -> tuple[str, ExportChange | None]:
    """Return the folder that a text begins with, and what is said of the export after it.

    A path that stands in no quotes ends where an option begins; where what follows is no option, that is None, and the
    text is returned as it is.
    """
    end = None if is_quoted(folder) else ENDS_PATH.search(folder)
    if end is None:
        return folder, ExportChange()
    more = changed_export(folder[end.start() :]) if end.start() else None
    return (folder, None) if more is None else (folder[: end.start()].strip(), more)


def _unclear(folder: str) -> Reply:
    """Return the question whether all of a text is the name of a folder."""
    return Reply(f'The folder would be called "{folder}". Put quotes around it if that is meant.', asks=True)


def _named(what: str) -> str:
    """Return the name of a grouping, or of groups, by which the tool is told of it."""
    bare = re.sub(r"^(?:only|just) | (?:only|alone)$", "", what, flags=re.IGNORECASE)
    if group(bare).isdecimal():  # "the first group"
        return group(bare)
    return re.sub(r"^(?:the )?(.+?)(?: (?:clustering|grouping|groups?))?$", r"\1", bare)


def _by(slots: Slots) -> Understood | None:
    """Return the calls that export by one criterion, or by two as folders in folders: "export by year and city"."""
    folder, mode = str(slots.values["folder"]), ""
    if not is_path(folder) or " " in folder:
        folder, mode = without_mode(folder)
    if not (is_path(folder) or is_quoted(folder)):
        return None  # "sort by animal into cats and dogs"
    folder, more = _target(folder)
    if more is None or more != ExportChange():
        return _unclear(str(slots.values["folder"]))
    said = re.split(
        r"\s*(?:,|\band\b|\bthen\b|\bwith (?=(?:a )?sub))\s*(?:(?:then|and|by|inside (?:each|that)|within (?:each|that)"
        r"|in (?:each|that)|with|(?:one |an? )?(?:sub-?)?folders?|(?:for|per)(?: each| every)?|of) )*",
        str(slots.values["criteria"]),
        flags=re.IGNORECASE,
    )
    bare = [
        re.sub(r"^(?:the|by|each|every) ", "", part.strip(), flags=re.IGNORECASE)
        for part in said
        if part.strip()
    ]
    criteria = [find_criterion(part, slots.dialogue.criteria) or part for part in bare]
    to = Call(ExportClusters.name, {"to": folder} | ({"mode": mode} if mode else {}))
    if len(criteria) == 1 and re.fullmatch(PILE, criteria[0], re.IGNORECASE):
        return [to]  # "a folder for each group"
    if len(criteria) == 1 and criteria[0] in slots.dialogue.criteria:
        return [Call(to.tool, {**to.arguments, "clustering": criteria[0]})]
    if len(criteria) == 1:
        return [Call("group_by", {"criterion": criteria[0]}), to]
    if len(criteria) == 2:
        return [Call("cross", {"first": criteria[0], "second": criteria[1]}), to]
    return Reply("I can make folders in folders for two things, not for more: name two.", asks=True)


_PICTURES = re.compile(
    r"\b(?:the|all|my|those|these|of|from|in|ones?|(?:picture|photo|image|file|shot|pic)s?)\b", re.IGNORECASE
)
"""Matches what says nothing about which pictures are meant."""
_NO_PART = re.compile(
    r"\b(?:everything|anything|all|it|them|each|every|results?|groupings?|clusterings?|(?:sub)?folders?|disk|drive"
    r"|(?:sym|hard)?links?|cop(?:y|ies)|moves?|export|[#\d]+)\b",
    re.IGNORECASE,
)
"""Matches what stands for all groups, for single images, or for how they are written."""


def _part(only: str, folder: str | None) -> str | None:
    """Return the words for the pictures that alone are to be written into a path: "the August pictures" is "August".

    It is asked what is meant where no group is called so: what names a part must never write all. It is None where
    nothing is named, or no path.
    """
    words = " ".join(_PICTURES.sub(" ", only).split())
    if not words or folder is None or not is_path(folder) or " " in folder or _NO_PART.search(only):
        return None
    return words


def _order(context: Context, by: By | Literal[""] | None, clustering: str) -> ListOrder | None:
    """Return the order of the whole list that is written before the names; None for names without numbers."""
    return context.desk.arranging.whole(by, clustering, context.progress) if by else None


def _names(slots: Slots) -> set[str]:
    return {name.casefold() for name in slots.dialogue.names}


def _but_for(arguments: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name != key}


def _changed_arguments(approval: ExportApproval, change: ExportChange) -> dict[str, Any]:
    """Return the target, mode, form and adding of an export after a change, as arguments of its call.

    A form that has no such mode is copied, and what is no folder is not added to what is there.
    """
    form = change.form or ("folders" if change.mode and approval.form != "imagefolder" else approval.form)
    mode = change.mode or approval.mode
    if form not in ("folders", "imagefolder") or (form == "imagefolder" and mode == "move"):
        mode = "copy"
    order = change.order or approval.order or None
    here = approval.form == "tags" and change.to is None  # what was there before is kept by the workspace
    return {
        "to": None if form == "tags" or here else change.to or approval.target,
        "mode": mode,
        "form": form,
        "add": approval.adds and form == "folders",
        "order": order if form in ("folders", "imagefolder") else None,
    }


def _in_full(context: Context, approval: ExportApproval, change: ExportChange) -> ExportChange:
    """Return a change with the groups that a part of their name means: "only 2023" of "June 2023"."""
    exported = context.desk.clusterings.get(approval.clustering)
    return named_in_full(change, [cluster.name for cluster in exported.clusters])
