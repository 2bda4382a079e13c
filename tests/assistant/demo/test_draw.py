"""The drawn demo collection."""

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assistant.demo import CRITERIA, Truth, draw_demo, write_truth
from assistant.demo.draw import sitters
from assistant.demo.portrait import HEIGHT, WIDTH, Sitter, draw_portrait
from tools.errors import RegroupError


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Truth]]:
    folder = tmp_path_factory.mktemp("demo") / "portraits"
    return folder, draw_demo(folder, count=12)


def test_files(demo: tuple[Path, list[Truth]]) -> None:
    folder, truth = demo
    assert [row.file for row in truth] == sorted(path.name for path in folder.iterdir())
    assert [row.file for row in truth] == [f"portrait-{n:03d}.jpg" for n in range(1, 15)]
    for row in truth:
        if row.note != "broken":
            with Image.open(folder / row.file) as image:
                image.load()
                assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (WIDTH, HEIGHT))


def test_one_is_broken_and_one_is_a_copy(demo: tuple[Path, list[Truth]]) -> None:
    folder, truth = demo
    broken = [row for row in truth if row.note == "broken"]
    assert len(broken) == 1
    with pytest.raises(OSError, match="truncated"), Image.open(folder / broken[0].file) as image:
        image.load()
    (copy,) = [row for row in truth if row.note.startswith("copy of ")]
    original = copy.note.removeprefix("copy of ")
    assert (folder / copy.file).read_bytes() == (folder / original).read_bytes()
    contents = {(folder / row.file).read_bytes() for row in truth}
    assert len(contents) == len(truth) - 1


def test_same_seed_same_bytes(demo: tuple[Path, list[Truth]], tmp_path: Path) -> None:
    folder, truth = demo
    assert draw_demo(tmp_path / "again", count=12) == truth
    assert all(
        (folder / row.file).read_bytes() == (tmp_path / "again" / row.file).read_bytes() for row in truth
    )


def test_another_seed_draws_others(tmp_path: Path) -> None:
    one = draw_demo(tmp_path / "one", seed=1, count=2)
    two = draw_demo(tmp_path / "two", seed=2, count=2)
    assert {(tmp_path / "one" / r.file).read_bytes() for r in one}.isdisjoint(
        (tmp_path / "two" / r.file).read_bytes() for r in two
    )


def test_attributes_tell_nothing_about_each_other() -> None:
    from sklearn.metrics import normalized_mutual_info_score

    drawn = sitters(120, np.random.default_rng(7))
    for one, other in itertools.combinations(CRITERIA, 2):
        values = [getattr(s, one) for s in drawn], [getattr(s, other) for s in drawn]
        assert normalized_mutual_info_score(*values) < 0.01
    for criterion in CRITERIA:
        counts = np.unique([getattr(s, criterion) for s in drawn], return_counts=True)[1]
        assert counts.max() - counts.min() <= 4


def test_background_has_the_colour_it_says() -> None:
    corners = {}
    for background in ("blue", "green", "yellow", "grey"):
        image = draw_portrait(
            Sitter("happy", "black", background, "plain", "no glasses"), np.random.default_rng(3)
        )
        corners[background] = np.asarray(image)[:40, :40].reshape(-1, 3).mean(0)
    assert corners["blue"].argmax() == 2 and corners["green"].argmax() == 1
    assert corners["yellow"][:2].min() > 1.5 * corners["yellow"][2]
    assert np.ptp(corners["grey"]) < 25


def test_truth_is_written_where_it_is_asked_for(demo: tuple[Path, list[Truth]], tmp_path: Path) -> None:
    folder, truth = demo
    write_truth(truth, tmp_path / "truth.csv")
    with (tmp_path / "truth.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["file", *CRITERIA.values()]
    drawn = [(t.file, t.hair) for t in truth if t.note != "broken"]
    assert [(row["file"], row["hair colour"]) for row in rows] == drawn
    assert not list(folder.glob("*.csv"))


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RegroupError, match="not empty"):
        draw_demo(tmp_path, count=2)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
