"""The printed figures, and what is made of them beside ours."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from assistant.bench.runner import MEASURES
from assistant.reproduce.data_set import find_data_set
from assistant.reproduce.paper import Paper, Printed, Table, find_papers, papers
from assistant.reproduce.reproduction import (
    ABOVE,
    MISSED,
    NOT_MEASURED,
    NOTHING_PRINTED,
    OTHER_INPUTS,
    REPRODUCED,
    compare,
)
from assistant.reproduce.reproduction_lines import reproduction_lines
from tools.errors import UsageError
from tools.fuse.kmeans import VIEW_PREFIX
from tools.fuse.registry import METHODS, OPTIONS

TABLES = [(paper, table) for paper in papers().values() for table in paper.tables]


def printed(paper: str, table: str, data_set: str, criterion: str, arm: str) -> dict[str, float]:
    (chosen,) = papers()[paper].chosen([table])
    (line,) = [
        line
        for line in chosen.printed
        if (line.data_set, line.criterion, line.arm) == (data_set, criterion, arm)
    ]
    return dict(line.figures)


def test_there_are_five_papers() -> None:
    assert set(papers()) == {"mllm_mc", "multi_sub", "sac", "mfavbs", "walk"}


@pytest.mark.parametrize(
    ("paper", "table"), TABLES, ids=lambda value: getattr(value, "number", getattr(value, "name", ""))
)
def test_every_line_of_every_table_is_of_a_set_a_criterion_and_an_arm(paper: Paper, table: Table) -> None:
    assert table.printed
    for line in table.printed:
        data_set, split = find_data_set(line.data_set)
        assert line.criterion in data_set.criteria and data_set.expected(split)
        assert (line.arm in table.arms) != (line.arm in table.without), line.arm
        assert {name.removesuffix("_sd") for name in line.figures} <= set(MEASURES)
        assert all(0 <= figure <= 1 for figure in line.figures.values())
    lines = [(line.data_set, line.criterion, line.arm) for line in table.printed]
    assert len(lines) == len(set(lines))
    assert not table.baseline or table.baseline in {line.arm for line in table.printed}
    for method in (method for methods in table.arms.values() for method in methods):
        assert method.startswith(VIEW_PREFIX) or method.partition(OPTIONS)[0] in METHODS


def test_figures_that_were_read_from_the_papers() -> None:
    assert printed("mllm_mc", "2", "coil", "colour", "MLLM_MC") == {
        "nmi": 0.991, "nmi_sd": 0.002, "ji": 0.994, "ji_sd": 0.001,
    }  # fmt: skip
    assert printed("mllm_mc", "2", "cifar10mc:train", "environment", "Multi-Sub")["nmi"] == 0.483
    assert printed("mllm_mc", "3", "card", "suit", "text") == {"nmi": 0.164}
    assert printed("multi_sub", "2", "cmuface", "identity", "Multi-Sub") == {"nmi": 0.7441, "rand": 0.9834}
    assert printed("multi_sub", "3", "card", "rank", "CLIP_GPT") == {"nmi": 0.3518, "rand": 0.8458}
    assert printed("walk", "abstract", "card", "suit", "agent-centric") == {"nmi": 0.9481}
    assert printed("sac", "2", "cifar20:test", "class", "SAC") == {"nmi": 0.661, "acc": 0.674, "ari": 0.519}
    assert printed("sac", "4", "imagenet_dogs:test", "class", "L_RC + L_CL")["acc"] == 0.728
    assert printed("mfavbs", "2", "aid", "class", "MFAVBs-CC") == {
        "nmi": 0.895, "acc": 0.859, "ari": 0.801, "nmi_sd": 0.003, "acc_sd": 0.009, "ari_sd": 0.001,
    }  # fmt: skip
    assert printed("mfavbs", "4", "rsod", "class", "MethodB") == {"nmi": 0.669, "acc": 0.667, "ari": 0.593}


def test_papers_and_tables_are_found_as_people_write_them() -> None:
    assert [paper.name for paper in find_papers("Multi-Sub")] == ["multi_sub"]
    assert len(find_papers("all")) == 5
    with pytest.raises(UsageError, match='there is no paper "kmeans"; choose one of mllm_mc, multi_sub'):
        find_papers("kmeans")
    (paper,) = find_papers("mllm_mc")
    assert [table.number for table in paper.chosen(["Table 3", "figure 2"])] == ["3", "Figure 2"]
    with pytest.raises(UsageError, match='mllm_mc has no table "9" here; there are: 2, 3, Figure 2'):
        paper.chosen(["9"])


def row(method: str, nmi: Iterable[float], folder: str = "coil", **more: Any) -> dict[str, Any]:
    """A measured row with these NMIs."""
    runs = list(nmi)
    mean = sum(runs) / len(runs)
    deviation = (sum((run - mean) ** 2 for run in runs) / len(runs)) ** 0.5
    measures = {f"{name}{end}": 0.5 for name in MEASURES for end in ("", "_sd")}
    return {
        "folder": folder, "criterion": "colour", "method": method, "asked": "hub", "seeds": len(runs), **measures,
        "nmi": mean, "nmi_sd": deviation, "runs": {"nmi": runs}, "model_calls": 5, "judge_calls": 2, "seconds": 1.5,
        "models": {"describer": "org/llava-1.5-7b@1", "encoder": "laion/CLIP-ViT-B-32@2"},
    } | more  # fmt: skip


def compared(*rows: dict[str, Any], arm: str = "theirs", **figures: float) -> dict[str, Any]:
    """What becomes of one line of a table."""
    (paper,) = find_papers("mllm_mc")
    lines = (
        Printed("coil", "colour", "theirs", figures or {"nmi": 0.8, "nmi_sd": 0.02}),
        Printed("coil", "colour", "base", {"nmi": 0.5}),
        Printed("coil", "colour", "other", {"nmi": 0.5}),
    )
    table = Table(
        "2",
        "title",
        {"theirs": ("mllm_mc",), "base": ("multi_sub",)},
        {"other": "it is not here"},
        lines,
        "base",
    )
    (line,) = [line for line in compare([(paper, table)], rows) if line["arm"] == arm]
    return line


@pytest.mark.parametrize(
    ("nmi", "verdict"), [([0.78, 0.77], REPRODUCED), ([0.85, 0.87], ABOVE), ([0.7, 0.71], MISSED)]
)
def test_a_verdict_is_about_two_deviations(nmi: list[float], verdict: str) -> None:
    line = compared(row("mllm_mc", nmi))
    assert (line["verdict"], line["reason"]) == (verdict, "")
    assert line["ours"]["nmi"] == pytest.approx(sum(nmi) / 2) and line["printed"]["nmi"] == 0.8


def test_ours_varies_too_and_a_hair_is_no_difference() -> None:
    assert compared(row("mllm_mc", [0.6, 0.8]), nmi=0.8)["verdict"] == REPRODUCED
    assert compared(row("mllm_mc", [0.79, 0.79]), nmi=0.8)["verdict"] == REPRODUCED
    assert compared(row("mllm_mc", [0.78, 0.78]), nmi=0.8)["verdict"] == MISSED
    assert compared(row("mllm_mc", [0.78]), ji=0.8)["verdict"] == NOTHING_PRINTED


def test_other_inputs_get_no_verdict() -> None:
    line = compared(row("mllm_mc", [0.9], models={"encoder": "laion/CLIP-ViT-L-14@2"}))
    assert line["verdict"] == OTHER_INPUTS
    assert line["reason"] == (
        "no describer (the paper: LLaVA-1.5-7b); another encoder, laion/CLIP-ViT-L-14@2 (the paper: CLIP ViT-B/32)"
    )
    part = compared(row("mllm_mc", [0.9], folder="coil-642"))
    assert part["verdict"] == OTHER_INPUTS and part["reason"].startswith("nine objects of our choice")
    whole = compared(row("mllm_mc", [0.8], folder="coil-642"), row("mllm_mc", [0.8]))
    assert whole["verdict"] == REPRODUCED, "the set as a whole goes before a part of it"


def test_what_was_not_measured_says_why() -> None:
    assert compared(row("kmeans", [0.9]), arm="other")["reason"] == "it is not here"
    missing = compared(arm="theirs")
    assert missing["verdict"] == NOT_MEASURED and "the set is not here; get it: https://" in missing["reason"]
    beside = compared(row("kmeans", [0.9]))
    assert (beside["verdict"], beside["reason"]) == (NOT_MEASURED, "the set is here, and this was not run")
    lacking = row("multi_sub", [0.5])
    failed = {name: lacking[name] for name in ("folder", "criterion", "method", "asked", "seeds")}
    line = compared(failed | {"reason": "needs an encoder"}, arm="base")
    assert (line["verdict"], line["reason"], line["ours"]) == (NOT_MEASURED, "needs an encoder", None)


def test_the_t_test_is_welchs_and_says_which_is_better() -> None:
    ours, base = [0.80, 0.82, 0.81, 0.83], [0.70, 0.74, 0.72, 0.71]
    line = compared(row("mllm_mc", ours), row("multi_sub", base), row("kmeans", [0.4, 0.6]))
    # Means .815 and .7175, variances .0001667 and .0002917 over 4: t = .0975 / sqrt(.00011458) = 9.108, 5.58 degrees.
    assert line["test"]["p"] == pytest.approx(0.00016, abs=3e-5)
    assert (line["test"]["against"], line["test"]["is"], line["default"]) == ("base", "better", 0.5)
    assert compared(row("mllm_mc", base), row("multi_sub", ours))["test"]["is"] == "worse"
    assert compared(row("mllm_mc", [0.8, 0.6]), row("multi_sub", [0.7, 0.72]))["test"]["is"] == "the same"
    assert compared(row("mllm_mc", [0.8]), row("multi_sub", [0.7]))["test"] is None, "one run has no spread"
    assert compared(row("mllm_mc", [0.8, 0.8]), row("multi_sub", [0.7, 0.7]))["test"] is None
    assert compared(row("mllm_mc", ours), row("multi_sub", base), arm="base")["test"] is None


def test_of_rows_about_the_same_most_runs_count_and_each_set_of_models_has_its_line() -> None:
    (paper,) = find_papers("mllm_mc")
    line = Printed("coil", "colour", "MLLM_MC", {"nmi": 0.9})
    table = replace(paper.tables[0], printed=(line,), arms={"MLLM_MC": ("mllm_mc",)})
    rows = [
        row("mllm_mc", [0.5, 0.5]),
        row("mllm_mc", [0.9]),
        row("mllm_mc", [0.7], asked="bundled", models={}),
    ]
    lines = compare([(paper, table)], rows)
    assert [line["ours"]["nmi"] for line in lines] == [0.5, 0.7]


def test_lines_show_theirs_above_ours_with_the_models_and_the_cost() -> None:
    rows = [compared(row("mllm_mc", [0.81, 0.83]), row("multi_sub", [0.7, 0.71])), compared(arm="other")]
    lines = list(reproduction_lines({"rows": rows}))
    assert lines[0] == "mllm_mc, Table 2"
    assert ".800 ± .020" in lines[2] and lines[2].endswith("printed")
    assert ".820 ± .010" in lines[3] and "reproduced" in lines[3] and "better than base (p = " in lines[3]
    assert "2 runs of 1.5 s, 7 calls, looked at by describer org/llava-1.5-7b@1, encoder" in lines[3]
    assert lines[-1].endswith("not measured: it is not here")


def test_an_arm_may_be_measured_by_several_methods_and_an_option_that_is_not_there_is_told() -> None:
    (paper,) = find_papers("mllm_mc")
    line = Printed("coil", "colour", "MLLM_MC", {"nmi": 0.9})
    arms = {"MLLM_MC": ("mllm_mc", "mllm_mc:printed=on", "mllm_mc:moon=full")}
    table = replace(paper.tables[0], printed=(line,), arms=arms, baseline="")
    lines = compare([(paper, table)], [row("mllm_mc", [0.9]), row("mllm_mc:printed=on", [0.4])])
    assert [(line["method"], line["verdict"]) for line in lines] == [
        ("mllm_mc", REPRODUCED), ("mllm_mc:printed=on", MISSED), ("mllm_mc:moon=full", NOT_MEASURED),
    ]  # fmt: skip
    assert lines[2]["reason"].startswith('mllm_mc has no option "moon')
