"""The graph, the walk over it, and fusion, as the conversation asks for them."""

from pathlib import Path

import networkx as nx
import pytest
from langchain_core.messages import ToolCall, ToolMessage

from assistant.agent.builtin.parse import parse
from assistant.agent.toolbox import Toolbox
from assistant.agent.tools.base import DialogueContext
from assistant.desk import Desk
from tools.errors import UsageError


def called(desk: Desk, name: str, **arguments: object) -> ToolMessage:
    return Toolbox(desk).run(ToolCall(name=name, args=arguments, id="c1"))


def test_a_graph_is_built_drawn_and_saved(desk: Desk) -> None:
    told = called(desk, "build_graph", criterion="colour")
    graph = nx.read_graphml(told.artifact["graph"])
    assert len(graph) == len(desk.collection)
    assert f"{graph.number_of_edges()} edges" in told.text and "tau 0." in told.text
    sizes = sorted(map(len, nx.connected_components(graph)), reverse=True)
    assert [int(line.split()[1]) for line in told.text.splitlines() if "█" in line] == sizes
    assert not desk.clusterings.all()  # nothing was grouped


def test_tau_and_neighbours_make_it_sparser_and_are_checked(desk: Desk) -> None:
    full = desk.graphs.build("colour")
    few = desk.graphs.build("colour", neighbours=1)
    assert few.edges < full.edges and few.degree < full.degree
    assert desk.graphs.build("colour", tau=0.9999).edges <= full.edges
    with pytest.raises(UsageError, match="tau is between 0 and 1"):
        desk.graphs.build("colour", tau=1.5)
    with pytest.raises(UsageError, match="at least 1 neighbour"):
        desk.graphs.build("colour", neighbours=0)


def test_the_groups_are_in_the_file_and_the_path_is_the_criterions(desk: Desk) -> None:
    desk.grouping.group("colour", k=3)
    graph = desk.graphs.build()
    assert graph.path.name == "colour.graphml" and graph.path.is_relative_to(desk.shelf.path)
    named = set(nx.get_node_attributes(nx.read_graphml(graph.path), "group").values())
    assert named == {cluster.name for cluster in desk.clusterings.get().clusters}
    with pytest.raises(UsageError):
        desk.graphs.build("   ")
    assert Path(desk.graphs.build("../../etc").path).is_relative_to(desk.shelf.path / "graphs")


def test_without_groups_and_criterion_there_is_no_graph(desk: Desk) -> None:
    assert called(desk, "build_graph").status == "error"


def test_agents_walk_and_tell(desk: Desk) -> None:
    told = called(desk, "traverse", criterion="colour", budget=0)
    clustering = desk.clusterings.get()
    assert clustering.method == "walk:budget=0" and clustering.chosen
    assert "came back with" in told.text and "no judge was asked" in told.text
    assert "  #1: " in told.text  # why the first of them is where it is
    desk.history.undo()
    assert not desk.clusterings.all()


def test_agents_walk_where_there_are_no_words_and_tell_why(desk: Desk) -> None:
    told = called(desk, "traverse", criterion="overall look")
    made = desk.clusterings.get()
    assert told.status != "error", told.text
    assert len(made.why) == len(made.images) and any(made.why) and "Why they are" in told.text


def test_a_walk_without_reasons_is_told_without_them(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.fuse.walk.walk.reasons", lambda log: {})
    told = called(desk, "traverse", criterion="colour")
    assert told.status != "error", told.text
    assert desk.clusterings.get().why == () and "Why they are" not in told.text


def test_both_sides_are_fused(desk: Desk) -> None:
    told = called(desk, "fuse", criterion="colour", method="gated")
    assert told.status != "error" and desk.clusterings.get().method == "gated"
    again = called(desk, "fuse", method="Tac", options="tau=0.02")
    assert again.status != "error" and desk.clusterings.get().method == "tac:tau=0.02"
    refused = called(desk, "fuse", method="kmeans")
    assert refused.status == "error" and "fuses nothing; these methods do: tac, mllm_mc" in refused.text
    assert "has no option" in called(desk, "fuse", method="sac", options="speed=2").text


@pytest.mark.parametrize(
    ("text", "tool", "arguments"),
    [
        ("build the graph", "build_graph", {}),
        ("draw the network by shape", "build_graph", {"criterion": "shape"}),
        ("graph with tau 0.4", "build_graph", {"tau": 0.4}),
        (
            "show the network by shape with a threshold of .3",
            "build_graph",
            {"criterion": "shape", "tau": 0.3},
        ),
        ("fuse words and pictures", "fuse", {}),
        ("combine captions with features by shape", "fuse", {"criterion": "shape"}),
        ("fuse with attention", "fuse", {"method": "mllm_mc"}),
        ("train a LoRA adapter", "tune_embedding", {}),
        ("learn the features from my answers", "tune_embedding", {}),
        ("do it the thorough way", "make_plan", {}),
        ("make the graph by shape with 5 neighbours", "build_graph", {"criterion": "shape", "neighbours": 5}),
        ("walk the graph", "traverse", {}),
        ("let the agents explore the pictures by shape", "traverse", {"criterion": "shape"}),
        ("fuse the pictures and the words", "fuse", {}),
        ("fuse them with SAC", "fuse", {"method": "sac"}),
        ("combine red and blue", "merge_clusters", {"clusters": ["red", "blue"]}),
    ],
)
def test_they_are_asked_for_in_sentences(text: str, tool: str, arguments: dict[str, object]) -> None:
    understood = parse(text, DialogueContext(criteria=("colour",), names=("red", "blue")))
    assert isinstance(understood, list)
    assert [(call.tool, call.arguments) for call in understood] == [(tool, arguments)]
