"""Sort like a folder of folders."""

import re
from pathlib import Path

from pydantic import Field

from assistant.agent.builtin.lexicon import is_path, is_quoted
from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, Result, Slots, Tool
from tools.names import quoted, visible


class SortLikeArguments(Arguments):
    """Names the folder of folders."""

    folder: str | None = Field(
        None,
        min_length=1,
        max_length=1000,
        description="A folder of folders with pictures; ~ is the home folder. Left out, the folders of the collection "
        "itself are the answers about what lies beside them.",
    )


class SortLike(Tool[SortLikeArguments]):
    """Sort the images like a folder of folders that the person has sorted already: its folders are the groups, and the
    pictures in them are the answers that are learned from. Only a folder that the person named."""

    effect = Effect.EDIT
    arguments = SortLikeArguments
    needs_groups = False

    def run(self, context: Context, arguments: SortLikeArguments) -> Result:
        folder = None if arguments.folder is None else Path(arguments.folder)
        result = context.desk.sorting_like.sort_like(folder, context.progress)
        text, ids = context.changed(result.clustering)
        lines = [*result.lines(), text]
        unclear = len(result.clustering.unsorted())
        placed = len(result.clustering.images) - unclear
        if placed > result.already:
            moving = " as moves" if result.own else ""
            lines.append(
                f'To put them into these folders, say: add them to "{visible(str(result.folder))}"{moving}. You see '
                "where each goes first."
            )
        if not unclear:
            return "\n".join(lines), ids
        is_open = "picture is" if unclear == 1 else "pictures are"
        lines.append(f"{unclear:,} {is_open} not clear, and in no group yet. Shall I ask you about them?")
        return "\n".join(lines), ids | {"offer": "ask_me"}

    def offer(self, context: Context, arguments: SortLikeArguments) -> str:
        if arguments.folder is None:
            return "sort them by the folders that are here"
        return f"sort them like the folders in {quoted(arguments.folder)}"

    def meant(self, context: Context, utterance: str, arguments: SortLikeArguments) -> bool:
        """Return whether the person named this folder: what lies in another one is none of a model's business."""
        return arguments.folder is None or arguments.folder.rstrip("/\\") in utterance

    def understand(self, slots: Slots) -> Understood | None:
        if slots.form == "own":
            return [Call(self.name, {})]
        folder = re.sub(
            r"[,;]? (?:please|instead|is (?:sorted|organi[sz]ed)|are)$", "", str(slots.values["folder"])
        )
        if not is_quoted(folder) and not is_path(folder):
            return None  # "sort them like before", "group these like #3"
        if not is_quoted(folder) and re.search(r",|\band\b", folder, re.IGNORECASE):
            return None  # "sort these like ~/sorted and show me the doubtful ones"
        return [Call(self.name, {"folder": folder})]
