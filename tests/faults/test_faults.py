"""A short run of the attacks; `python -m tests.faults --full` makes all of them."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest.mock import patch

import pytest

from assistant.desk import undone_export
from assistant.workspace.known_pictures import StoredPictures
from tests.faults.full_disk import attack_full, can_mount, talk_on_full_disk
from tests.faults.fuzz import FUZZED, fuzz
from tests.faults.kills import attack, points
from tests.faults.power_loss import attack_power
from tests.faults.scenario import BEFORE
from tests.faults.steps import walk
from tests.faults.system_calls import attack_calls, can_trace
from tools.export.manifest import Record
from tools.export.undo_export import Reversal, take_back
from tools.models.bundled import tier
from tools.progress import Progress


@pytest.fixture(autouse=True)
def experts() -> Iterator[None]:
    """Give the tier its experts back: the scenarios look with a quick one."""
    before = tier.experts
    yield
    tier.experts = before


@pytest.mark.parametrize("scenario", BEFORE)
def test_a_killed_process_loses_nothing(tmp_path: Path, scenario: str) -> None:
    tries, wrong = attack(tmp_path, scenario, "kill", 3)
    assert tries == 3 and wrong == []


@pytest.mark.parametrize("how", ["ENOSPC", "EIO", "EACCES"])
def test_a_failing_disk_loses_nothing(tmp_path: Path, how: str) -> None:
    for scenario in ("move", "undo move"):
        tries, wrong = attack(tmp_path, scenario, how, 2)
        assert tries == 2 and wrong == []


@pytest.mark.skipif(not can_trace(), reason="strace is not here, or may not trace")
@pytest.mark.parametrize("how", ["kill", "EIO", "ENOSPC"])
@pytest.mark.parametrize("scenario", ["move", "undo move"])
def test_a_system_call_that_fails_or_is_the_last_one_loses_nothing(
    tmp_path: Path, scenario: str, how: str
) -> None:
    tries, wrong = attack_calls(tmp_path, scenario, how, 1, seed=len(scenario))
    assert tries == 1 and wrong == []


@pytest.mark.skipif(not can_trace(), reason="strace is not here, or may not trace")
@pytest.mark.parametrize(
    "scenario", ["look", "copy", "move", "link", "tags", "undo copy", "undo move of all"]
)
def test_a_power_cut_loses_nothing(tmp_path: Path, scenario: str) -> None:
    tries, wrong = attack_power(tmp_path, scenario, 18)
    assert tries == 18 and wrong == []


@pytest.mark.skipif(not can_mount(), reason="no disk can be mounted here")
@pytest.mark.parametrize("scenario, where", [("teach", "workspace"), ("move", "."), ("undo move", ".")])
def test_a_full_disk_loses_nothing(tmp_path: Path, scenario: str, where: str) -> None:
    tries, wrong = attack_full(tmp_path, scenario, where, 3)
    assert tries == 3 and wrong == []


@pytest.mark.skipif(not can_mount(), reason="no disk can be mounted here")
def test_a_talk_on_a_full_disk_ends_in_words(tmp_path: Path) -> None:
    assert talk_on_full_disk(tmp_path, 60) == ""


def test_undo_and_redo_bring_back_what_was(tmp_path: Path) -> None:
    assert walk(80, seed=1) == []


def test_a_time_that_is_lost_by_undo_would_be_seen() -> None:
    def forgetful(record: Record, target: Path, progress: Progress) -> Reversal:
        outcome = take_back(record, target, progress)
        os.utime(record.entries[0].source, ns=(0, 0))
        return outcome

    with patch.object(undone_export, "take_back", forgetful):
        assert walk(40, seed=1)


def test_a_number_that_shifts_would_be_seen() -> None:
    def by_place(pictures: StoredPictures, ids: Sequence[str], keep: bool = True) -> dict[str, int]:
        return {id: place for place, id in enumerate(ids, 1)}

    with patch.object(StoredPictures, "numbers", by_place):
        assert any("picture-2.png is #" in line for line in walk(12, seed=3))


@pytest.mark.parametrize("what", FUZZED)
def test_strange_input_is_read_or_refused(what: str) -> None:
    tries, wrong = fuzz(what, 2, seed=3)
    assert tries and wrong == []


def test_points_are_spread_over_all_operations() -> None:
    chosen = points(1000, 10, seed=0)
    assert len(chosen) == 10 and all(i * 100 < at <= (i + 1) * 100 + 1 for i, at in enumerate(chosen))
    assert points(3, 10, seed=0) == [1, 2, 3]
