"""What each tool may change, as the tests see it: written down apart from the table that the assistant keeps."""

from typing import Any

READ = (
    "propose_criteria", "show", "explain", "describe_group", "what_if", "history", "compare", "help", "ask_me", "count",
    "methods", "build_graph", "describe_images", "show_metadata", "cost",
    "show_near_duplicates",
)  # fmt: skip
EDIT = (
    "group_by", "merge_clusters", "split_cluster", "rename_cluster", "move_images", "keep_together", "keep_apart",
    "more_like", "lock_group", "change_number", "tune_embedding", "snapshot", "as_before", "branch", "cross",
    "ask_again", "answer", "traverse", "fuse", "sort_into", "sort_like", "swap_names", "group_near_duplicates",
    "pick_out",
)  # fmt: skip
FILES = ("undo", "redo", "export_clusters")
"""Undo and redo touch files where the step was an export."""


def effect(tool: str, arguments: dict[str, Any]) -> str:
    """Whether a call reads, edits or touches files; one of a tool that is not known here is taken for an edit."""
    if tool == "more_like" and arguments.get("to") is None:
        return "read"
    return "read" if tool in READ else "files" if tool in FILES else "edit"
