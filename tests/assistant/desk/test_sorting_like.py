"""Sorting like a folder of folders, on a real desk with one expert (colour)."""

import os
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from assistant.desk import Desk
from tools.clustering.clustering import Clustering
from tools.errors import UsageError
from tools.export.plan import Mode

Open = Callable[[], Desk]
COLOURS = {"red": (220, 30, 30), "green": (30, 190, 40), "blue": (40, 60, 220)}


def paint(file: Path, colour: tuple[int, int, int], at: int = 8) -> None:
    picture = Image.new("RGB", (64, 64), (240, 240, 240))
    ImageDraw.Draw(picture).ellipse((at, 9, at + 40, 49), fill=colour)
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.save(file)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with five pictures of each of three colours, in a folder each, one of them in another."""
    top = tmp_path / "sorted"
    for folder, colour in (("warm/crimson", "red"), ("green", "green"), ("blue", "blue")):
        for i in range(5):
            red, green, blue = COLOURS[colour]
            paint(top / folder / f"{i}.png", (red - 2 * i, green, blue + 3 * i), 5 + 2 * i)
    return top


def groups(made: Clustering, desk: Desk) -> dict[str, list[int]]:
    return {
        c.name: sorted(desk.collection.number(image) for image in made.members(c.id)) for c in made.clusters
    }


def test_the_folders_are_groups_and_their_pictures_are_answers(desk: Desk, tree: Path) -> None:
    before = {path: path.read_bytes() for path in tree.rglob("*.png")}
    result = desk.sorting_like.sort_like(tree)
    made = result.clustering
    assert made.criterion == "like sorted" and made.images == desk.collection.ids and made.sure
    sorted_ones = groups(made, desk)
    assert sorted_ones["warm / crimson"] == [1, 4, 7, 10] and sorted_ones["green"] == [2, 5, 8, 11]
    assert [c.parts for c in made.clusters if c.name == "warm / crimson"] == [("warm", "crimson")]
    assert result.lines() == [f'Learned from 15 pictures in 3 folders of "{tree}".']
    assert {path: path.read_bytes() for path in tree.rglob("*.png")} == before
    assert desk.history.undo() == "undone: sorted like sorted" and not desk.clusterings.all()


def test_what_is_like_none_of_them_is_asked_about_and_its_answer_is_learned(
    desk: Desk, open_desk: Open, pictures: Path, tree: Path
) -> None:
    paint(pictures / "odd.png", (250, 220, 20))
    again = open_desk()
    made = again.sorting_like.sort_like(tree).clustering
    (odd,) = again.find_images(["odd.png"])
    assert odd in made.unsorted() and "most like" in made.why[made.images.index(odd)]
    asked = again.questions.ask()
    assert (
        asked is not None and asked.images == (odd,) and {"warm / crimson", "green", "blue"} <= {*asked.names}
    )
    after = again.questions.answer([odd], "green")
    assert after.clusters[after.label_of(odd)].name == "green"
    assert groups(after, again)["warm / crimson"] == groups(made, again)["warm / crimson"]


def test_no_question_is_about_a_picture_of_the_other_folder(desk: Desk, tree: Path) -> None:
    paint(tree / "blue" / "slip.png", (221, 31, 29), 7)  # a red one, which all others contradict
    desk.sorting_like.sort_like(tree)
    for _ in range(6):
        asked = desk.questions.ask()
        if asked is None:
            break
        assert set(asked.images) <= set(desk.collection.ids)
        desk.questions.answer(asked.images, None)


def test_the_same_pictures_are_known_and_told(desk: Desk, pictures: Path, tree: Path) -> None:
    shutil.copy(pictures / "img-000.png", tree / "blue" / "holiday.png")  # which is red
    result = desk.sorting_like.sort_like(tree)
    assert 1 in groups(result.clustering, desk)["blue"] and result.already == 1
    assert "1 picture here is in that folder already, and sorted as there." in result.lines()


def test_a_picture_in_two_of_its_folders_says_nothing(desk: Desk, tree: Path) -> None:
    shutil.copy(tree / "blue" / "0.png", tree / "green" / "again.png")
    result = desk.sorting_like.sort_like(tree)
    assert result.torn == 1 and "1 picture lies in several of its folders" in result.lines()[1]
    assert groups(result.clustering, desk)["green"] == [2, 5, 8, 11]
    learned_from = {label.image for label in desk.feedback.of(result.clustering.id).examples}
    assert (
        sha256((tree / "blue" / "0.png").read_bytes()).hexdigest() not in learned_from
        and len(learned_from) == 14
    )


def test_new_pictures_are_placed_as_was_learned_and_the_folder_need_not_be_there(
    desk: Desk, open_desk: Open, pictures: Path, tree: Path
) -> None:
    made = desk.sorting_like.sort_like(tree).clustering
    places = {image: made.clusters[made.label_of(image)].id for image in made.images}
    shutil.rmtree(tree)
    paint(pictures / "new-red.png", (222, 28, 32))
    again = open_desk()
    assert again.new_images.place() == ["1 new image by like sorted: 1 placed, 0 unsorted"]
    after = again.clusterings.get()
    (red,) = again.find_images(["new-red.png"])
    assert after.clusters[after.label_of(red)].name == "warm / crimson"
    assert {image: after.clusters[after.label_of(image)].id for image in places} == places


def test_a_group_without_a_picture_yet_is_made_when_one_comes(
    desk: Desk, open_desk: Open, pictures: Path, tree: Path
) -> None:
    for file in pictures.glob("*.png"):
        if int(file.stem[-3:]) % 3 == 2:  # the blue ones
            file.unlink()
    again = open_desk()
    assert "blue" not in groups(again.sorting_like.sort_like(tree).clustering, again)
    paint(pictures / "new-blue.png", (42, 58, 222))
    later = open_desk()
    later.new_images.place()
    assert "blue" in groups(later.clusterings.get(), later)


def test_folders_of_the_collection_are_answers_about_what_lies_beside_them(
    desk: Desk, open_desk: Open, pictures: Path
) -> None:
    for i, name in ((0, "hot"), (3, "hot"), (1, "cold"), (4, "cold"), (2, "deep"), (5, "deep")):
        (pictures / name).mkdir(exist_ok=True)
        (pictures / f"img-{i:03}.png").rename(pictures / name / f"img-{i:03}.png")
    again = open_desk()
    result = again.sorting_like.sort_like()
    assert result.own and result.clustering.criterion == "my folders"
    names = {
        again.collection.by_id(image).path.name: result.clustering.clusters[label].name if label >= 0 else ""
        for image, label in zip(result.clustering.images, result.clustering.labels.tolist(), strict=True)
    }
    assert [names[f"img-{i:03}.png"] for i in (0, 1, 2, 3, 4, 5)] == ["hot", "cold", "deep"] * 2
    right = [names[f"img-{i:03}.png"] in (["hot", "cold", "deep"][i % 3], "") for i in range(6, 12)]
    assert all(right)


def test_a_sorted_folder_inside_the_collection_is_learned_from_alone(
    desk: Desk, open_desk: Open, pictures: Path, tree: Path
) -> None:
    shutil.move(tree, pictures / "done")
    (pictures / "other").mkdir()
    shutil.move(pictures / "img-011.png", pictures / "other" / "img-011.png")
    again = open_desk()
    result = again.sorting_like.sort_like(pictures / "done")
    assert result.own and result.groups == 3 and "other" not in groups(result.clustering, again)


def test_a_collection_inside_the_sorted_folder_is_no_group_of_it(
    tree: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, desk: Desk
) -> None:
    desk.close()
    inside = tree / "incoming"
    shutil.move(pictures, inside)
    from assistant.settings import Settings

    with Desk.open(inside, Settings(workspace=tmp_path / "workspace", offline=True)) as again:
        result = again.sorting_like.sort_like(tree)
        assert result.groups == 3 and "incoming" not in groups(result.clustering, again)


@pytest.mark.parametrize(
    "name", ["..", "-rf", "un\nsorted", "a\u202eb", "\x1b[31m", "[bold]", "{x}", "c1", "unsorted"]
)
def test_names_of_folders_are_cleaned_and_no_paths(desk: Desk, tree: Path, name: str) -> None:
    if name != "..":
        (tree / "blue").rename(tree / name)
    made = desk.sorting_like.sort_like(tree).clustering
    for cluster in made.clusters:
        assert cluster.name.isprintable() and "\u202e" not in cluster.name
        assert cluster.name.casefold() not in ("unsorted", "unreadable", "duplicates", "c1")


def test_a_name_that_is_no_text_is_a_group_as_well(desk: Desk, tree: Path) -> None:
    (tree / "blue").rename(tree / os.fsdecode(b"bl\xff\xfeue"))
    made = desk.sorting_like.sort_like(tree).clustering
    assert len(made.clusters) == 3 and all(c.name.isprintable() for c in made.clusters)


def test_links_to_folders_are_not_entered_and_empty_folders_are_no_groups(
    desk: Desk, tree: Path, tmp_path: Path
) -> None:
    paint(tmp_path / "elsewhere" / "x.png", (250, 220, 20))
    (tree / "away").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tree / "empty").mkdir()
    assert desk.sorting_like.sort_like(tree).groups == 3


def test_a_folder_that_cannot_be_sorted_like_is_refused_in_one_line(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    paint(tmp_path / "one" / "only" / "a.png", COLOURS["red"])
    for folder, why in (("nowhere", "no folder"), ("nothing", "sort like"), ("one", "at least two")):
        with pytest.raises(UsageError, match=why) as caught:
            desk.sorting_like.sort_like(tmp_path / folder)
        assert "\n" not in str(caught.value)
    with pytest.raises(UsageError, match="at least two"):
        desk.sorting_like.sort_like()


def test_a_tree_that_can_only_be_read_is_learned_from(desk: Desk, tree: Path) -> None:
    places = [tree, *(path for path in tree.rglob("*") if path.is_dir())]
    for place in places:
        place.chmod(0o500)
    try:
        assert desk.sorting_like.sort_like(tree).groups == 3
    finally:
        for place in places:
            place.chmod(0o700)


def test_sorting_again_learns_what_came_into_the_folder(desk: Desk, tree: Path) -> None:
    first = desk.sorting_like.sort_like(tree)
    for i in range(3):
        paint(tree / "yellow" / f"{i}.png", (250, 220, 20 + i), 6 + i)
    second = desk.sorting_like.sort_like(tree)
    assert second.clustering.id == first.clustering.id and second.groups == 4
    assert len(desk.clusterings.all()) == 1


def test_the_question_says_what_a_picture_is_most_like(
    desk: Desk, open_desk: Open, pictures: Path, tree: Path
) -> None:
    paint(pictures / "odd.png", (250, 220, 20))
    again = open_desk()
    again.sorting_like.sort_like(tree)
    asked = again.questions.ask()
    assert asked is not None and asked.why.startswith("most like ")


def test_a_branch_and_a_snapshot_go_on_learning_from_the_folder(desk: Desk, tree: Path) -> None:
    made = desk.sorting_like.sort_like(tree).clustering
    desk.history.snapshot("first")
    desk.editing.move(["#1"], "green")
    desk.history.restore("first")
    assert desk.feedback.of(made.id).like == str(tree) and len(desk.feedback.of(made.id).outside) == 15
    branch = desk.comparing.branch("strict")
    assert len(desk.feedback.of(branch.id).outside) == 15


def test_features_are_not_tuned_to_what_a_folder_says(desk: Desk, tree: Path) -> None:
    desk.sorting_like.sort_like(tree)
    with pytest.raises(UsageError, match="learned from the pictures in"):
        desk.tuning.tune()


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("mode", ["copy", "link", "move"])
def test_adding_is_undone_and_redone_as_it_was_approved(
    desk: Desk, pictures: Path, tree: Path, mode: Mode
) -> None:
    made = desk.sorting_like.sort_like(tree).clustering
    before = everything(tree), everything(pictures)
    plan = desk.exports.plan(tree, made.id, mode, images=frozenset(made.images[:4]))
    assert plan.adds and plan.pictures == 4
    desk.exports.carry_out(plan)
    after = everything(tree), everything(pictures)
    assert "beside what was there" in desk.history.undo()
    assert (everything(tree), everything(pictures)) == before
    desk.history.redo()
    again = everything(tree), everything(pictures)
    assert {k: v for k, v in again[0].items() if "manifest" not in k} == {
        k: v for k, v in after[0].items() if "manifest" not in k
    }
    assert again[1] == after[1]
    desk.history.undo()
    assert (everything(tree), everything(pictures)) == before


def test_redo_is_refused_where_the_folder_changed_since(desk: Desk, tree: Path) -> None:
    made = desk.sorting_like.sort_like(tree).clustering
    desk.exports.carry_out(desk.exports.plan(tree, made.id))
    desk.history.undo()
    (tree / "green" / "img-001.png").write_bytes(b"mine")
    with pytest.raises(UsageError, match="changed since that export"):
        desk.history.redo()
    assert (tree / "green" / "img-001.png").read_bytes() == b"mine"


def test_what_lies_beside_the_folders_is_moved_into_them_and_comes_back(
    desk: Desk, open_desk: Open, pictures: Path
) -> None:
    for i, name in ((0, "hot"), (3, "hot"), (1, "cold"), (4, "cold"), (2, "deep"), (5, "deep")):
        (pictures / name).mkdir(exist_ok=True)
        (pictures / f"img-{i:03}.png").rename(pictures / name / f"img-{i:03}.png")
    again = open_desk()
    made = again.sorting_like.sort_like().clustering
    for image in made.unsorted():  # what was too doubtful with so few examples
        number = int(again.collection.by_id(image).path.stem[-3:])
        again.questions.answer([image], ["hot", "cold", "deep"][number % 3])
    before, ids = everything(pictures), set(again.collection.ids)
    again.exports.carry_out(again.exports.plan(pictures, made.id, "move"))
    assert not list(pictures.glob("*.png")) and (pictures / "hot" / "img-006.png").is_file()
    assert set(again.collection.ids) == ids and not again.clusterings.get(made.id).unsorted()
    later = open_desk()
    assert later.since_last.lines() == [] and set(later.collection.ids) == ids
    later.history.undo()
    assert everything(pictures) == before
