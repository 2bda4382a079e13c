"""`regroup reproduce`: the list, a table measured from end to end on a drawn set, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.bench import runner as module

Run = Callable[..., Any]
Draw = Callable[..., Path]


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory, draw: Draw) -> Path:
    """A folder with a drawn Fruit, as the authors lay it out: 105 pictures, three colours, three species."""
    data = tmp_path_factory.mktemp("sets")
    for i in range(105):
        colour, species = ("red", "green", "blue")[i % 3], ("circle", "square", "triangle")[i // 3 % 3]
        picture = draw(data / "fruit" / "color" / colour / f"{i}.png", colour, species, i, size=48 + i // 9)
        copy = data / "fruit" / "species" / species / f"{i}.png"
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(picture.read_bytes())
    return data


def test_without_a_paper_all_are_listed_with_what_is_here(regroup: Run, sets: Path) -> None:
    document = regroup("reproduce", "--data", sets, "--json").document
    assert [paper["name"] for paper in document["papers"]] == [
        "mllm_mc",
        "multi_sub",
        "sac",
        "mfavbs",
        "walk",
    ]
    here = {found["name"]: found["here"] for found in document["sets"]}
    assert here["fruit"] == f"here: {sets / 'fruit'}"
    assert (
        here["aid"].startswith(f"AID is not in {sets}")
        and "https://captain-whu.github.io/AID/" in here["aid"]
    )
    listed = regroup("reproduce")
    assert listed.code == 0 and "  Table 2: Multiple clusterings" in listed.out
    assert "here is no describer (the paper: LLaVA-1.5-7b)" in listed.out
    assert "get it: https://captain-whu.github.io/AID/" in listed.out


def test_a_table_is_measured_on_the_set_that_is_here(regroup: Run, sets: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    command = ("reproduce", "walk", "--data", sets, "--runs", 2, "--tier", "bundled", "--out", out)
    ran = regroup(*command, "--json")
    assert ran.code == 0, ran.err
    assert "no describer (the paper: a multimodal model" in ran.err and "no verdict is given" in ran.err
    lines = {(row["set"], row["criterion"]): row for row in ran.document["rows"]}
    assert set(lines) == {("card", "rank"), ("card", "suit"), ("fruit", "colour"), ("fruit", "species")}
    colour, card = lines["fruit", "colour"], lines["card", "suit"]
    assert (card["verdict"], card["printed"], card["ours"]) == ("not measured", {"nmi": 0.9481}, None)
    assert "Playing cards is not in" in card["reason"]
    assert colour["printed"] == {"nmi": 1.0, "rand": 1.0} and colour["verdict"] == "other inputs"
    ours = colour["ours"]
    assert ours["nmi"] > 0.8, "drawn colours are told apart"
    assert {"nmi_sd", "acc", "ari", "rand", "ji", "ji_sd", "seconds", "model_calls", "judge_calls"} <= set(
        ours
    )
    assert (ours["seeds"], ours["images"], ours["k_true"], ours["tier"]) == (2, 105, 3, "bundled")
    assert set(ours["models"]) == {"colour"} and ours["options"]["merge"] is True
    assert colour["default"] is not None

    measured = {json.loads(line)["method"] for line in out.read_text("utf-8").splitlines() if line}
    assert measured == {"walk", "kmeans"}
    before = out.read_bytes()
    shown = regroup(*command)
    assert out.read_bytes() == before, "what is there is not measured again"
    assert "walk, Abstract" in shown.out and "other inputs: no describer" in shown.out


def test_it_resumes_where_it_was_stopped(
    regroup: Run, sets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def grouped(request: Any) -> Any:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(request.method)
        return group(request)

    group = module.group
    monkeypatch.setattr(module, "group", grouped)
    command = (
        "reproduce",
        "walk",
        "--data",
        sets,
        "--runs",
        1,
        "--tier",
        "bundled",
        "--out",
        tmp_path / "rows.jsonl",
    )
    assert regroup(*command).code == 130 and done == ["kmeans", "walk"]
    monkeypatch.setattr(module, "group", group)
    rows = regroup(*command, "--json").document["rows"]
    assert [row["ours"] is not None for row in rows] == [False, False, True, True]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("kmeans",), 'there is no paper "kmeans"; choose one of mllm_mc'),
        (("walk", "7"), 'walk has no table "7" here; there are: abstract'),
        (("all", "--table", "2"), 'walk has no table "2" here'),
        (("walk",), "name the folder with the papers' sets: --data DIR"),
        (("walk", "--data", "nowhere"), "There is no folder nowhere"),
        (
            ("sac", "--data", "{sets}"),
            "nothing can be measured: STL-10 is not in {sets}, in a folder such as",
        ),
        (("walk", "--data", "{sets}", "--runs", "0"), "0 is not in the range"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_2(
    arguments: tuple[str, ...], line: str, regroup: Run, sets: Path
) -> None:
    refused = regroup("reproduce", *(word.format(sets=sets) for word in arguments))
    assert refused.code == 2
    assert line.format(sets=sets) in refused.err.splitlines()[-1] and not refused.out


def test_a_set_with_other_counts_is_refused(regroup: Run, draw: Draw, tmp_path: Path) -> None:
    for i, colour in enumerate(("red", "green", "blue")):
        for part in ("color", "species"):
            draw(tmp_path / "few" / "fruit" / part / colour / f"{i}.png", colour, variant=i)
    refused = regroup("reproduce", "multi_sub", "2", "--data", tmp_path / "few")
    assert refused.code == 2 and f"{tmp_path / 'few' / 'fruit'} has 3 pictures and the set 105" in refused.err


def test_a_folder_that_cannot_be_written_is_1(regroup: Run, sets: Path, tmp_path: Path) -> None:
    (tmp_path / "no").write_bytes(b"a file")
    out = tmp_path / "no" / "rows.jsonl"
    failed = regroup("reproduce", "walk", "--data", sets, "--runs", 1, "--out", out)
    assert failed.code == 1 and f"cannot write {out}" in failed.err.splitlines()[-1]
