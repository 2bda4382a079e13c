"""What the commands print."""

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from assistant.cli import output
from assistant.models.listing import list_models
from assistant.settings import Settings
from tools.clustering.clustering import Cluster, Clustering
from tools.describe.describe import Meter
from tools.export.plan import Entry, Plan
from tools.propose.propose import Proposal
from tools.scan.collection import Collection, Duplicate, ImageFile, Unreadable

ODD = "new\nline \x1b[31m \u202e\udcff.png"
NAMES = ["a.png", "b.png", ODD, "d.png", "e.png"]
COLLECTION = Collection(
    Path("/pictures"),
    tuple(ImageFile(str(i), Path(name), 1, 1, 1) for i, name in enumerate(NAMES)),
    (Duplicate(Path("sub/copy.png"), "0"),),
    (Unreadable(Path("cut.jpg"), "truncated"),),
    (Path("notes.txt"),),
)
MADE = Clustering(
    "mood",
    "mood",
    COLLECTION.ids,
    (Cluster("c1", "happy"), Cluster("c4", "s\x1bad")),
    np.array([0, 0, 0, 0, 1], np.int32) - np.array([0, 0, 0, 1, 0], np.int32),
    np.array([0.1, 0.9, 0.5, 0, 1], np.float32),
    method="kmeans",
    sources=("face expert: emotion",),
)


def test_what_a_method_had_to_say_is_a_line_that_cannot_steer_the_terminal() -> None:
    made = MADE.with_changes(notes=("left out \x1b[31mred",))
    document = output.clustering_document(made, COLLECTION, Meter(), 0)
    assert document["notes"] == ["left out \x1b[31mred"]
    (line,) = [line for line in output.clustering_lines(document) if "left out" in line]
    assert "\x1b" not in line


def test_every_file_is_in_one_place_and_every_field_is_there() -> None:
    document = output.clustering_document(MADE, COLLECTION, Meter(7), 1.5)
    assert document == {
        "criterion": "mood",
        "clustering": "mood",
        "method": "kmeans",
        "tier": "bundled",
        "sure": True,
        "sources": ["face expert: emotion"],
        "k": 2,
        "clusters": [
            {"id": "c1", "name": "happy", "size": 3, "files": ["b.png", ODD, "a.png"]},
            {"id": "c4", "name": "s\x1bad", "size": 1, "files": ["e.png"]},
        ],
        "piles": {
            "unsorted": ["d.png"],
            "unreadable": ["cut.jpg", "notes.txt"],
            "duplicates": ["sub/copy.png"],
        },
        "unread": {"cut.jpg": COLLECTION.unreadable[0].reason},
        "notes": [],
        "seconds": 1.5,
        "model_calls": 7,
    }


def test_json_survives_any_name_in_any_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO(), "ascii", errors="strict")
    monkeypatch.setattr(sys, "stdout", out)
    output.show(output.clustering_document(MADE, COLLECTION, Meter(), 0), True, output.clustering_lines)
    out.flush()
    read = json.loads(out.buffer.getvalue())  # type: ignore[attr-defined]
    assert read["clusters"][0]["files"][1] == ODD


def test_lines_for_people_hide_nothing_and_do_nothing() -> None:
    lines = list(output.clustering_lines(output.clustering_document(MADE, COLLECTION, Meter(7), 1.5)))
    text = "\n".join(lines)
    text.encode("utf-8")
    assert not set(text) & set("\x1b\u202e\udcff")
    assert len(lines) == 1 + 2 + 3 + 1 + 1
    assert lines[6].split()[:3] == ["cannot", "read", "cut.jpg:"]
    assert lines[0] == "mood: 2 groups"
    assert "happy" in lines[1] and "\\n" in lines[1]
    assert [line.split()[0] for line in lines[3:6]] == ["unsorted", "unreadable", "duplicates"]
    assert lines[-1] == "1.5 s, 7 model calls"


def test_one_group_is_one_group() -> None:
    made = MADE.with_changes(clusters=MADE.clusters[:1], labels=np.zeros(5, np.int32))
    assert (
        next(output.clustering_lines(output.clustering_document(made, COLLECTION, Meter(), 0)))
        == "mood: 1 group"
    )


def test_what_cannot_be_seen_is_said_first_and_empty_piles_are_not() -> None:
    made = MADE.with_changes(sure=False, labels=np.zeros(5, np.int32))
    document = output.clustering_document(made, Collection(Path("/p"), COLLECTION.images), Meter(), 0)
    lines = list(output.clustering_lines(document))
    assert document["notes"] == lines[:1] and lines.count(lines[0]) == 1
    assert lines[0] == "I cannot see mood yet; these groups come from plain image features."
    assert not any(pile in line for line in lines for pile in ("unsorted", "unreadable", "duplicates"))


def test_proposals() -> None:
    made = [
        Proposal(
            "emotion", "2 different ones", 0.9, (("happy", 3), ("sad", 2)), (("0", "1"), ("4",)), own=True
        ),
        Proposal("style", "why", 0.2),
    ]
    document = output.proposals_document(made, "m read 9 descriptions by v", 3, 0.5, COLLECTION)
    assert document["criteria"][0] == {
        "criterion": "emotion",
        "why": "2 different ones",
        "quality": 0.9,
        "own": True,
        "groups": [
            {"name": "happy", "size": 3, "examples": ["a.png", "b.png"]},
            {"name": "sad", "size": 2, "examples": ["e.png"]},
        ],
    }
    assert (document["seconds"], document["model_calls"]) == (0.5, 3)
    text = "\n".join(output.proposal_lines(document))
    assert text.startswith("m read 9 descriptions by v:\n")
    assert "0.90  emotion" in text and "happy 3, sad 2" in text and "0.20  style" in text
    (nothing,) = output.proposal_lines(output.proposals_document([], "", 0, 0, COLLECTION))
    assert "regroup cluster --by" in nothing


def test_a_plan_is_counted_and_what_stays_is_named() -> None:
    left = tuple((Path(f"{i}.txt"), "not an image") for i in range(12))
    entries = (Entry("0", Path("/pictures/a.png"), Path("happy/a.png"), "happy"),) * 3
    plan = Plan(Path("/out/\udcff"), "move", "mood", entries, (("happy", 3),), 1, left, 2_500_000)
    lines = list(output.plan_lines(plan))
    assert lines[0] == "move 3 images (2.5 MB) to /out/\\udcff"
    assert lines[1:3] == ["  happy/  3", "  1 file with a name that is taken; a number is added"]
    assert lines[3] == "  left where it is: 0.txt (not an image)"
    assert lines[-1] == "  and 2 more left where they are"


def test_models_in_short_and_in_full() -> None:
    document = list_models(Settings(offline=True))
    lines = list(output.model_lines(document))
    assert len(lines) <= 20 and lines[-1].endswith("regroup models --all")
    for word in (
        "object",
        "face",
        "writing",
        "clip-small",
        "vlm-small",
        "605 MB",
        "Apache-2.0",
        "openai",
        "gguf",
    ):
        assert word in "\n".join(lines)
    assert not any(
        word in "\n".join(lines) for word in ("clip-good", "vlm-good", "face-mesh", "huggingface.co")
    )
    (of_hub,) = [tier for tier in document["tiers"] if tier["tier"] == "hub"]
    first = [model["name"] for model in of_hub["models"] if model["recommended"]]
    assert first == ["clip-small", "vlm-small"]
    of_hub["models"][1] |= {"here": True, "path": "/models/good"}  # one that is here is always named
    assert any("clip-good" in line and "not here" not in line for line in output.model_lines(document))
    text = "\n".join(output.all_model_lines(document))
    for word in (
        "object",
        "colour",
        "face",
        "face-detector",
        "MIT",
        "clip-small",
        "605 MB",
        "Apache-2.0",
        "openai",
    ):
        assert word in text


def test_seconds_run() -> None:
    assert 0 <= output.since_start() <= output.since_start() + 0.01
