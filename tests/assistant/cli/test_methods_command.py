"""`regroup methods`, and methods with options on the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.fuse.registry import METHODS
from tools.fuse.sac import Sac
from tools.fuse.sources import method_sources

Run = Callable[..., Any]


def test_all_are_listed(regroup: Run) -> None:
    listed = regroup("methods")
    assert listed.code == 0
    lines = listed.out.splitlines()[: 2 * len(METHODS)]
    assert [line.split()[0] for line in lines[::2]] == list(METHODS)
    assert [line.strip() for line in lines[1::2]] == [
        f"[{method_sources()[name].source}]" for name in METHODS
    ]
    document = json.loads(regroup("methods", "--json").out)
    assert {row["name"]: row["about"] for row in document["methods"]} == {
        n: m.about for n, m in METHODS.items()
    }


def test_one_is_told_with_its_options(regroup: Run) -> None:
    document = json.loads(regroup("methods", "SAC", "--json").out)
    defaults = {option["name"]: option["default"] for option in document["options"]}
    assert document["name"] == "sac" and defaults["epochs"] == Sac().plan.epochs and defaults["intra"] is True
    lines = regroup("methods", "sac").out
    assert f"epochs={Sac().plan.epochs}" in lines and "intra=on" in lines and "Eq. 2-14" in lines
    assert "no options" in regroup("methods", "taught").out
    assert "uses: words and features; a language model for words" in regroup("methods", "multi_sub").out
    assert "language model" not in lines and "training, which takes the most of its time" in lines


def test_source_equations_and_what_it_was_made_for(regroup: Run) -> None:
    document = json.loads(regroup("methods", "sac", "--json").out)
    assert "AAAI 2026" in document["source"] and document["equations"]["7-11"] == "the weighted contrast"
    assert document["made_for"] == ["describer", "encoder"]
    lines = regroup("methods", "sac").out
    assert "source: SAC: " in lines and "  Eq. 13: balance" in lines
    assert "made for: what a describer and an encoder sees" in lines
    assert "made for" not in regroup("methods", "kmeans").out
    alone = json.loads(regroup("methods", "view:object.kind", "--json").out)
    assert (alone["source"], alone["equations"]) == ("", {})


def test_what_there_is_not_is_a_usage_error(regroup: Run) -> None:
    refused = regroup("methods", "magic")
    assert refused.code == 2 and 'there is no method "magic"' in refused.err and not refused.out


def test_options_are_taken_and_kept(regroup: Run, album: Path) -> None:
    made = json.loads(
        regroup(
            "cluster", album, "--by", "colour", "--groups", "3", "--method", "walk:budget=0", "--json"
        ).out
    )
    assert made["method"] == "walk:budget=0"
    again = json.loads(regroup("cluster", album, "--by", "colour", "--groups", "2", "--json").out)
    assert again["method"] == "walk:budget=0"
    refused = regroup("cluster", album, "--by", "colour", "--method", "walk:speed=9")
    assert refused.code == 2 and 'walk has no option "speed"' in refused.err
