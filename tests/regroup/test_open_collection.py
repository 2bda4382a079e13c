"""The public package, on a drawn folder: group, correct, teach, export, undo."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import regroup
from regroup import Collection, Export, Grouping

COLOURS = {"red": (200, 30, 30), "blue": (30, 30, 200), "green": (30, 160, 40)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eight discs of each colour; one file is a copy, one is broken."""
    made = tmp_path / "discs & <b>"
    made.mkdir()
    for n in range(24):
        name, colour = list(COLOURS.items())[n % 3]
        picture = Image.new("RGB", (96, 96), (240, 240, 240))
        ImageDraw.Draw(picture).ellipse((10 + n, 12, 60 + n, 62), fill=colour)
        picture.save(made / f"{name}{n:02}.png")
    (made / "again.png").write_bytes((made / "red00.png").read_bytes())
    (made / "broken.jpg").write_bytes(b"no picture")
    return made


@pytest.fixture
def collection(folder: Path, tmp_path: Path) -> Iterator[Collection]:
    with regroup.open(folder, workspace=tmp_path / "ws", offline=True) as opened:
        yield opened


def by_colour(collection: Collection) -> Grouping:
    return collection.group(by="colour", groups=3)


def test_numbers_out_of_range_are_refused_in_a_line(collection: Collection) -> None:
    made = by_colour(collection)
    with pytest.raises(regroup.UsageError, match="a seed is a whole number from 0"):
        collection.group("colour", seed=-1)
    with pytest.raises(regroup.UsageError, match="two parts or more, not 0"):
        made.split("red", 0)


def test_a_folder_has_its_pictures(collection: Collection, folder: Path) -> None:
    assert len(collection) == 24 == len(list(collection)) and collection.folder == folder
    assert (
        Path("again.png") in {*collection.paths, *collection.duplicates} and len(collection.duplicates) == 1
    )
    assert list(collection.unreadable) == [Path("broken.jpg")]
    assert repr(collection) == f"<Collection {str(folder)!r}: 24 images>"


def test_groups_are_arrays_with_a_row_for_each_picture(collection: Collection) -> None:
    made = by_colour(collection)
    assert sorted(made.names) == ["blue", "green", "red"] == sorted(made)
    assert made.labels.shape == made.confidence.shape == (24,) == (len(made.paths),)
    assert made.labels.dtype == np.int32 and made.confidence.dtype == np.float32
    for path, label in zip(made.paths, made.labels.tolist(), strict=True):
        assert path.name.startswith((made.names[label], "again"))
    assert made.sizes == dict.fromkeys(made.names, 8) and len(made["red"]) == 8 and len(made) == 3
    assert made[0] == made[made.names[0]] and "red" in made and "mauve" not in made and not made.unsorted
    with pytest.raises(KeyError):
        made["mauve"]
    made.labels[:] = 7  # a copy: nothing changes
    assert made.labels.max() == 2 and "<Grouping by 'colour'" in repr(made)


def test_what_is_corrected_is_a_step_that_undo_takes_back(collection: Collection) -> None:
    made = by_colour(collection)
    assert made.merge("red", "green", name="warm").sizes == {"warm": 16, "blue": 8}
    assert "merged" in collection.undo() and len(made) == 3
    assert collection.redo() and len(made) == 2
    collection.undo()
    made.rename("blue", "sea").move([made["red"][0]], "odd").move([made["red"][1]], None)
    assert made.sizes["odd"] == 1 and len(made.unsorted) == 1 and "sea" in made
    assert made.split("green", 2) is made and len(made) == 5
    assert collection.grouping("colour").names == made.names and collection.groupings[0].id == made.id


def test_questions_are_answered_by_names(collection: Collection) -> None:
    made = by_colour(collection)
    for _ in range(3):
        question = made.ask()
        assert question is not None and not question.pair and "red" in question.names
        made.answer(question, question.paths[0].stem.rstrip("0123456789").replace("again", "red"))
    assert made.answer(made["blue"][0], "blue").sizes == dict.fromkeys(made.names, 8)
    with pytest.raises(regroup.UsageError, match="by a name"):
        made.answer(made["blue"][0], True)


def test_an_export_is_planned_carried_out_and_undone(collection: Collection, tmp_path: Path) -> None:
    made, target = by_colour(collection), tmp_path / "sorted"
    before = {path: path.read_bytes() for path in collection.folder.iterdir()}
    assert len(made.plan(target).entries) == 24 and not target.exists()
    done = made.export(target, only=["red", "blue"])
    assert isinstance(done, Export) and len(done.files) == 16 and all(file.is_file() for file in done.files)
    assert {path.name for path in target.iterdir() if path.is_dir()} == {"red", "blue"}
    assert done.folder == target and "16 files" in repr(done)
    made.rename("blue", "sea")
    with pytest.raises(regroup.UsageError, match="not the last step"):
        done.undo()
    collection.undo()
    assert done.undo() and not target.exists()
    with pytest.raises(regroup.UsageError, match="undone already"):
        done.undo()
    assert {path: path.read_bytes() for path in collection.folder.iterdir()} == before


def test_files_are_moved_only_where_it_is_said_and_come_back(collection: Collection, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in collection.folder.iterdir()}
    done = by_colour(collection).export(tmp_path / "sorted", files="move")
    assert len([path for path in collection.folder.iterdir() if path.suffix == ".png"]) < 24
    done.undo()
    assert {path: path.read_bytes() for path in collection.folder.iterdir()} == before


def test_errors_are_one_line_that_says_what_to_do(collection: Collection, tmp_path: Path) -> None:
    made = by_colour(collection)
    for wrong in (
        lambda: regroup.open(tmp_path / "nowhere"),
        lambda: collection.group(by="colour", groups=99),
        lambda: collection.grouping("mood"),
        lambda: made.merge("red", "mauve"),
        lambda: made.move(["nowhere.png"], "red"),
        lambda: collection.group(by="colour", method="magic"),
    ):
        with pytest.raises(regroup.UsageError) as error:
            wrong()
        assert "\n" not in str(error.value) and str(error.value)


def test_a_notebook_shows_thumbnails_and_no_name_is_markup(collection: Collection) -> None:
    made = by_colour(collection)
    made.rename("red", "<script>alert(1)</script>")
    for page in (made._repr_html_(), collection._repr_html_(), collection.propose()._repr_html_()):
        assert "<script>" not in page and "<b>" not in page.replace("<b>", "", page.count("<div><b>"))
    assert made._repr_html_().count('src="data:image/jpeg;base64,') == 24
    assert "&lt;script&gt;" in made._repr_html_() and "colour" in repr(collection.propose())


def test_a_table_of_pandas(collection: Collection) -> None:
    made = by_colour(collection)
    made.move([made["red"][0]], None)
    try:
        import pandas  # noqa: F401
    except ImportError:
        with pytest.raises(regroup.RegroupError, match="pip install pandas"):
            made.to_pandas()
        return
    table = made.to_pandas()
    assert list(table.columns) == ["path", "group", "confidence"] and len(table) == 24
    assert table["group"].isna().sum() == 1


def test_what_the_chat_grouped_is_there_and_the_other_way_round(folder: Path, tmp_path: Path) -> None:
    from assistant.desk import Desk
    from assistant.settings import Settings

    with regroup.open(folder, workspace=tmp_path / "ws", offline=True) as opened:
        by_colour(opened).rename("red", "roses")
        with pytest.raises(regroup.RegroupError):
            regroup.open(folder, workspace=tmp_path / "ws", offline=True)
    with Desk.open(folder, Settings(workspace=tmp_path / "ws", offline=True)) as desk:
        assert "roses" in [cluster.name for cluster in desk.clusterings.get("colour").clusters]


def test_importing_it_loads_nothing_heavy() -> None:
    code = (
        "import sys, regroup\n"
        "heavy = {'torch', 'sklearn', 'textual', 'langgraph', 'transformers'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_was_made_from_a_closed_folder_says_so(folder: Path, tmp_path: Path) -> None:
    with regroup.open(folder, workspace=tmp_path / "ws", offline=True) as opened:
        made = by_colour(opened)
        done = made.export(tmp_path / "out")
    for use in (
        lambda: made.names,
        lambda: len(opened),
        lambda: repr(made),
        done.undo,
        opened.propose,
        made.ask,
    ):
        with pytest.raises(regroup.UsageError, match="is closed; open it again"):
            use()
    opened.close()


def test_naming_no_group_exports_none(collection: Collection, tmp_path: Path) -> None:
    with pytest.raises(regroup.UsageError, match="no group is named"):
        by_colour(collection).export(tmp_path / "out", only=[])
    assert not (tmp_path / "out").exists()
