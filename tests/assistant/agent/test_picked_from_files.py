"""Groups that are picked out or split by what files say: no other grouping is replaced, and the names stay here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.agent.stays_here import KEPT, told_elsewhere
from assistant.desk import Desk
from assistant.settings import Settings
from tests.camera_roll import write_roll
from tools.clustering.cross_clusterings import CROSSED
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert
from tools.settle.by_value import is_from_files


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    write_roll(tmp_path / "roll", seed=1)
    with Desk.open(tmp_path / "roll", Settings(workspace=tmp_path / "ws", offline=True)) as opened:
        yield opened


def test_what_is_picked_out_by_files_stays_here(desk: Desk) -> None:
    picked = desk.conditions.pick(["Berlin"])
    assert is_from_files(picked)
    assert told_elsewhere(desk, "a group Berlin") == KEPT
    assert told_elsewhere(desk, "another one") == "another one"


def test_what_is_picked_out_replaces_no_grouping_of_another_method(desk: Desk) -> None:
    first = desk.conditions.pick(["Berlin"])
    grouped = first.with_changes(method="recorded")
    desk.conditions._changes.record("group", "grouped", grouped, {})
    picked = desk.conditions.pick(["Berlin"])
    assert picked.method == CROSSED and picked.id != grouped.id
    kept = desk.clusterings.find(grouped.id)
    assert kept is not None and kept.method == "recorded"


def test_parts_that_files_name_stay_here(desk: Desk) -> None:
    desk.grouping.group("colour")
    largest = max(desk.clusterings.get().clusters, key=lambda c: desk.clusterings.get().size(c.id))
    assert not is_from_files(desk.clusterings.get())
    after = desk.editing.split(largest.id, by="city")
    assert is_from_files(after)
    assert all(told_elsewhere(desk, c.name) == KEPT for c in after.clusters)
