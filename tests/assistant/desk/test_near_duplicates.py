"""Near-duplicates and bursts on a real desk: they are proposed, grouped and set aside; no file is touched."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import ToolCall, ToolMessage

from assistant.agent.toolbox import Toolbox
from assistant.desk import Desk
from assistant.desk.near_duplicates import BURSTS, KEPT, NEAR, OTHERS
from assistant.settings import Settings
from tests.camera_roll import exif, picture
from tools.clustering.clustering import UNSORTED
from tools.errors import UsageError
from tools.export.plan import plan
from tools.models.bundled import tier
from tools.models.bundled.colour_expert import ColourExpert
from tools.models.bundled.face.eyes_open import FaceReader, Faces

SIZE = (400, 300)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    folder = tmp_path / "roll"
    folder.mkdir()
    for n in range(6):
        picture(n, SIZE).save(folder / f"p{n}.png")
    picture(0, SIZE).resize((360, 270)).save(folder / "p0 copy.jpg", quality=40)
    picture(1, SIZE).resize((200, 150)).save(folder / "p1 small.webp")
    for frame in range(3):
        block = exif(datetime(2024, 5, 12, 10, 0, frame), camera="Canon EOS R6")
        picture(50, SIZE, 4 * frame).save(folder / f"DSC_{frame}.jpg", exif=block)
    with Desk.open(folder, Settings(workspace=tmp_path / "ws", offline=True)) as opened:
        yield opened


def names(desk: Desk, ids: tuple[str, ...]) -> list[str]:
    return [desk.collection.by_id(id).path.name for id in ids]


def run(desk: Desk, tool: str, **arguments: Any) -> ToolMessage:
    return Toolbox(desk).run(ToolCall(name=tool, args=arguments, id="c1"))


def test_stacks_are_found_and_nothing_is_changed(desk: Desk) -> None:
    near = [names(desk, stack.images) for stack in desk.near_duplicates.find(NEAR)]
    assert sorted(map(tuple, near)) == [("p0.png", "p0 copy.jpg"), ("p1.png", "p1 small.webp")]
    (burst,) = desk.near_duplicates.find(BURSTS)
    assert sorted(names(desk, burst.images)) == ["DSC_0.jpg", "DSC_1.jpg", "DSC_2.jpg"]
    assert desk.history.entries() == [] and desk.clusterings.all() == []


def test_each_stack_is_a_group(desk: Desk) -> None:
    made = desk.near_duplicates.group(BURSTS)
    assert [cluster.name for cluster in made.clusters] == ["burst 1"]
    assert made.size("c1") == 3 and len(made.unsorted()) == len(made.images) - 3
    desk.history.undo()
    assert desk.clusterings.all() == []


def test_the_others_get_a_folder_and_stay_where_they_are(desk: Desk, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in desk.collection.folder.iterdir()}
    made = desk.near_duplicates.group(NEAR, best=True)
    assert {c.name: made.size(c.id) for c in made.clusters} == {KEPT: 9, OTHERS: 2}
    folders = {
        entry.destination.parent.as_posix() for entry in plan(desk.collection, made, tmp_path / "out").entries
    }
    assert folders == {KEPT, OTHERS}
    assert {path: path.read_bytes() for path in desk.collection.folder.iterdir()} == before


def test_what_the_person_moves_stays_moved(desk: Desk) -> None:
    made = desk.near_duplicates.group(NEAR, best=True)
    image = desk.find_images(["p1 small.webp"])[0]
    desk.editing.move([image], KEPT)
    now = desk.clusterings.get(made.id)
    assert now.clusters[now.label_of(image)].name == KEPT
    with pytest.raises(UsageError, match="found by comparing"):
        desk.grouping.group(made.criterion)
    with pytest.raises(UsageError, match="found by comparing"):
        desk.grouping.fewer()


def test_pictures_are_decoded_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.near_duplicates.find(NEAR)
    asked: list[str] = []
    from assistant.desk import near_duplicates

    monkeypatch.setattr(
        near_duplicates, "decoded", lambda collection, ids, *more, **other: asked.extend(ids) or iter(())
    )
    assert desk.near_duplicates.find(NEAR) and asked == []


def test_no_stack_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tier, "experts", lambda store: [ColourExpert()])
    (tmp_path / "two").mkdir()
    for n in range(2):
        picture(n, SIZE).save(tmp_path / "two" / f"{n}.png")
    with Desk.open(tmp_path / "two", Settings(workspace=tmp_path / "ws2", offline=True)) as desk:
        assert run(desk, "show_near_duplicates").text == "There are no near duplicates among these pictures."
        refused = run(desk, "group_near_duplicates", kind="bursts")
        assert refused.status == "error" and "nothing was grouped" in refused.text


def test_the_tools_say_what_is_there_and_what_can_be_done(desk: Desk) -> None:
    told = run(desk, "show_near_duplicates")
    assert '"p0.png" (best)' in told.text and "saved again" in told.text
    assert "Nothing was changed." in told.text and "nothing is ever deleted" in told.text
    assert "changed" not in told.artifact
    grouped = run(desk, "group_near_duplicates", kind="near duplicates")
    assert grouped.artifact["changed"] and '"stack 1": 2 images' in grouped.text
    assert all(label == UNSORTED or label in (0, 1) for label in desk.clusterings.get().labels.tolist())


def test_what_tells_the_pictures_of_a_stack_apart(desk: Desk) -> None:
    (burst,) = desk.near_duplicates.find(BURSTS)
    compared = desk.near_duplicates.compare(burst)
    assert [each.image for each in compared] == list(burst.images) and compared[0].how == "best"
    sharpness = [each.sharpness or 0.0 for each in compared]
    assert max(sharpness) == 1 and min(sharpness) > 0.5
    assert not any(each.eyes_widest for each in compared)
    copies = desk.near_duplicates.compare(desk.near_duplicates.find(NEAR)[0])
    assert [each.sharpness for each in copies] == [None, None]  # of two sizes: a small one always looks sharp


def test_eyes_that_are_clearly_wider_open_are_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (burst,) = desk.near_duplicates.find(BURSTS)
    for openings, told in (([0.1, 0.3, 0.28], [False, True, False]), ([0.3, 0.28, 0.27], [False] * 3)):
        seen = iter(openings)
        monkeypatch.setattr(FaceReader, "read", lambda self, pixels, seen=seen: Faces(1, next(seen)))
        assert [each.eyes_widest for each in desk.near_duplicates.compare(burst)] == told


def test_only_what_was_chosen_is_set_aside(desk: Desk) -> None:
    burst = desk.near_duplicates.find(BURSTS)[0]
    made = desk.near_duplicates.set_aside(BURSTS, burst.images[:1])
    assert {c.name: made.size(c.id) for c in made.clusters} == {KEPT: 10, OTHERS: 1}
    before = desk.history.entries()
    for wrong in ([], ["no such picture"], desk.collection.ids):
        with pytest.raises(UsageError):
            desk.near_duplicates.set_aside(BURSTS, wrong)
    assert desk.history.entries() == before
