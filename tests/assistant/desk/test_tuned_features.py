"""Features tuned to what the user said: kept with the collection, used by later groupings, undone, or rolled back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from assistant.desk import Desk
from assistant.desk.answer_table import COLUMNS
from assistant.desk.tuned_features import ENOUGH
from assistant.plain.lesson import lesson
from assistant.settings import Settings
from tests.assistant import mosaics
from tools.errors import Cancelled, UsageError
from tools.models.bundled import tier
from tools.models.bundled.object_expert import ObjectExpert

HALF = 18
NOTE = "made from features that were tuned to this criterion"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Desk]:
    """Squares and discs of any colour on any ground: what shows most is not the shape."""
    monkeypatch.setattr(tier, "experts", lambda store: [ObjectExpert()])
    folder, rng = tmp_path / "pictures", np.random.default_rng(0)
    folder.mkdir()
    for i in range(2 * HALF):
        ground, colour = (tuple(int(c) for c in rng.integers(0, 256, 3)) for _ in range(2))
        picture = Image.new("RGB", (96, 96), ground)
        draw = ImageDraw.Draw(picture)
        x, y = (int(c) for c in rng.integers(8, 30, 2))
        (draw.rectangle if i < HALF else draw.ellipse)((x, y, x + 52, y + 52), fill=colour)
        picture.save(folder / f"{i:03}.png")
    return lambda: Desk.open(folder, Settings(workspace=tmp_path / "workspace", offline=True))


def sort(desk: Desk) -> None:
    """The user puts ten of each shape where they belong."""
    desk.grouping.group("outline", k=2)
    names = [f"{i:03}.png" for i in range(2 * HALF)]
    desk.editing.move(names[:10], "square", new=True)
    desk.editing.move(names[HALF : HALF + 10], "disc", new=True)


def test_tuned_features_are_used_until_they_are_undone(desk: Callable[[], Desk]) -> None:
    with desk() as opened:
        with pytest.raises(UsageError, match="too few answers"):
            opened.tuning.tune("outline")
        assert NOTE not in opened.grouping.group("outline", k=2).notes
        sort(opened)
        line = opened.tuning.tune("outline").line
        assert "features tuned to your answers" in line
        assert opened.grouping.group("outline").notes == (NOTE,)
        assert NOTE not in opened.grouping.group("mood").notes  # another criterion
    with desk() as opened:  # in another process
        assert opened.grouping.group("Outline").notes == (NOTE,)
        while "tuned to outline" not in opened.history.undo():
            pass
        assert opened.grouping.group("outline").notes == ()


def test_stopped_or_rolled_back_nothing_is_left(desk: Callable[[], Desk]) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if stage == "tuning":
            raise Cancelled("stopped")

    with desk() as opened:
        sort(opened)
        before = [event.number for event in opened.shelf.log()]
        with pytest.raises(Cancelled):
            opened.tuning.tune("outline", stop)
        assert [event.number for event in opened.shelf.log()] == before
        assert not (opened.shelf.path / "tuned").exists()


def test_where_images_went_the_tuned_features_are_not_used_and_it_is_said(desk: Callable[[], Desk]) -> None:
    with desk() as opened:
        sort(opened)
        opened.tuning.tune("outline")
        folder = opened.collection.folder
    (folder / "035.png").unlink()
    with desk() as opened:
        (note,) = opened.grouping.group("outline").notes
        assert note.startswith("the features tuned to outline are not used") and "\n" not in note


def test_on_the_command_line(regroup: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mosaics.hurry(monkeypatch)
    folder = mosaics.draw(tmp_path / "mosaics")
    by = ("--by", mosaics.CRITERION)
    regroup("cluster", folder, *by, "--groups", 3)
    assert "too few answers to learn from" in regroup("tune", folder, *by).complaint(2)
    table, names = tmp_path / "answers.csv", sorted(path.name for path in folder.iterdir())
    rows = [f",{name},{mosaics.CRITERION},{Path(name).stem.split('-')[1]},," for name in names[:30]]
    table.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    assert regroup("answers", folder, *by, "--import", table).out.startswith("30 answers taken")
    done = regroup("tune", folder, *by, "--json")
    assert done.code == 0, done.err
    found = done.document
    assert found["kept"] and found["after"] > found["before"] and found["k"] == 3
    assert found["criterion"] == mosaics.CRITERION and "undo takes it back" in found["line"]
    assert regroup("undo", folder).out == f"undone: tuned to {mosaics.CRITERION}\n"
    told = regroup("tune", folder, *by).out.splitlines()
    assert (
        told[0].startswith("features tuned to your answers: ") and told[1] == f"{mosaics.CRITERION}: 3 groups"
    )


def test_a_lesson_line_by_line_says_what_can_be_done_with_so_many_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mosaics.hurry(monkeypatch)
    folder = mosaics.draw(tmp_path / "with space")
    with Desk.open(folder, Settings(workspace=tmp_path / "workspace", offline=True)) as opened:
        made, written = opened.grouping.group(mosaics.CRITERION, k=3), list[str]()
        opened.questions.take_answers(mosaics.answers(opened, 0, ENOUGH - 1))
        lesson(opened, made.id, 1, lambda: "", written.append)
        assert not any("regroup tune" in line for line in written)
        opened.questions.take_answers(mosaics.answers(opened, 0, ENOUGH))
        lesson(opened, made.id, 1, lambda: "", written.append)
        assert written[-1].endswith(f"regroup tune '{opened.collection.folder}' --by {made.id}")
