"""The groups that an export is about: those that are named, before a grouping that only has their name in its own."""

from pathlib import Path

from assistant.agent.approvals import ExportApproval
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.export_clusters import ExportClusters, ExportClustersArguments
from assistant.desk import Desk


def test_a_group_comes_before_a_grouping_that_has_its_name_among_its_words(
    desk: Desk, tmp_path: Path
) -> None:
    made = desk.grouping.group("colour", k=3)
    assert {c.name for c in made.clusters} == {"red", "green", "blue"}
    desk.comparing.branch("red, green or blue")
    arguments = ExportClustersArguments(to=str(tmp_path / "out"), clustering="red")
    _, approval = ExportClusters().ask(Toolbox(desk).context, arguments)
    assert isinstance(approval, ExportApproval)
    assert approval.files == 4, "the four red ones, and not all twelve"
