"""The conversations about one collection."""

from pathlib import Path

from assistant.chat.conversations import Conversation, Conversations
from assistant.workspace import Workspace


def test_the_last_one_comes_first_and_empty_ones_are_forgotten(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    with Workspace(tmp_path / "workspace") as workspace, workspace.open(tmp_path / "pictures") as shelf:
        talks = Conversations(shelf)
        assert talks.all() == [Conversation("main", "")] and talks.new() == "main"
        talks.use("main")
        talks.said("main", "group  by\ncolour")
        talks.said("main", "and then this")
        assert talks.all() == [Conversation("main", "Group by colour")]
        second = talks.new()
        talks.use(second)
        assert talks.last == second != "main" and talks.new() == second
        talks.use("main")
        assert talks.all() == [Conversation("main", "Group by colour")]
        talks.use(second)
        talks.said(second, "x" * 500)
        assert len(talks.all()[0].title) == 80 and talks.new() not in ("main", second)
