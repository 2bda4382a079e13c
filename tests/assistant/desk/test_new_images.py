"""Pictures that came since."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from assistant.desk import Desk
from tools.clustering.constraints import Label
from tools.errors import UsageError

Open = Callable[[], Desk]


def paint(file: Path, colour: tuple[int, int, int]) -> None:
    picture = Image.new("RGB", (64, 64), (240, 240, 240))
    ImageDraw.Draw(picture).ellipse((10, 9, 50, 49), fill=colour)
    picture.save(file)


def test_a_new_picture_joins_its_group_and_no_old_one_moves(
    desk: Desk, open_desk: Open, pictures: Path
) -> None:
    before = desk.grouping.group("colour")
    places = {image: before.clusters[before.label_of(image)].id for image in before.images}
    assert desk.new_images.find() == () and desk.new_images.place() == []
    paint(pictures / "new-red.png", (222, 28, 32))
    paint(pictures / "odd.png", (250, 220, 20))
    again = open_desk()
    assert len(again.new_images.find()) == 2 and not again.experts.looked
    assert again.new_images.place() == ["2 new images by colour: 1 placed, 1 unsorted"]
    made = again.clusterings.get()
    assert {image: made.clusters[made.label_of(image)].id for image in places} == places
    red, odd = again.find_images(["new-red.png", "odd.png"])
    assert made.clusters[made.label_of(red)].name == "red" and made.unsorted() == (odd,)
    question = again.questions.ask()
    assert question is not None and question.images == (odd,) and question.why == "it is new, and not clear"
    again.questions.answer([odd], "yellow")
    assert again.new_images.place() == []
    following = again.questions.ask()
    assert following is None or odd not in following.images


def test_nobody_comes_into_a_locked_group(desk: Desk, open_desk: Open, pictures: Path) -> None:
    desk.grouping.group("colour")
    desk.editing.lock("red")
    paint(pictures / "new-red.png", (222, 28, 32))
    again = open_desk()
    assert again.new_images.place() == ["1 new image by colour: 0 placed, 1 unsorted"]
    assert again.history.undo().startswith("undone: 1 new image by colour")


def test_every_clustering_grows_and_the_current_one_stays_current(
    desk: Desk, open_desk: Open, pictures: Path
) -> None:
    desk.grouping.group("colour")
    desk.grouping.group("background colour", k=2)
    desk.clusterings.choose("colour")
    paint(pictures / "new-blue.png", (40, 60, 222))
    again = open_desk()
    assert len(again.new_images.place()) == 2
    assert again.clusterings.current is not None and again.clusterings.current.id == "colour"


def test_what_was_said_of_a_picture_holds_when_it_comes_back(
    desk: Desk, open_desk: Open, pictures: Path
) -> None:
    desk.grouping.group("colour")
    (image,) = desk.find_images(["#1"])
    desk.questions.answer([image], "mine")
    desk.questions.answer(["#2"], "mine")
    file = desk.collection.file(image)
    away = pictures.parent / file.name
    file.rename(away)
    without = open_desk()
    without.editing.rename("blue", "sea")
    assert image not in without.clusterings.get().images
    away.rename(file)
    again = open_desk()
    assert again.new_images.place() == ["1 new image by colour: 1 placed, 0 unsorted"]
    made = again.clusterings.get()
    assert made.clusters[made.label_of(image)].name == "mine"
    assert image in {c.image for c in again.questions.answers() if isinstance(c, Label)}


def test_a_picture_that_was_put_aside_stays_aside_when_it_comes_back(
    desk: Desk, open_desk: Open, pictures: Path
) -> None:
    desk.grouping.group("colour")
    (image,) = desk.find_images(["#1"])
    desk.editing.move([image], None)
    file = desk.collection.file(image)
    away = pictures.parent / file.name
    file.rename(away)
    open_desk().editing.rename("blue", "sea")
    away.rename(file)
    again = open_desk()
    again.new_images.place()
    assert again.clusterings.get().unsorted() == (image,)


def test_a_group_that_was_locked_meanwhile_takes_nobody_back(
    desk: Desk, open_desk: Open, pictures: Path
) -> None:
    desk.grouping.group("colour")
    (image,) = desk.find_images(["#1"])
    desk.questions.answer([image], "mine")
    desk.questions.answer(["#2"], "mine")
    file = desk.collection.file(image)
    away = pictures.parent / file.name
    file.rename(away)
    without = open_desk()
    locked = without.editing.lock("mine")
    members = set(locked.members(without.clusterings.find_cluster("mine").id))
    away.rename(file)
    again = open_desk()
    for change in (again.new_images.place, lambda: again.grouping.group("colour", seed=2)):
        change()
        assert set(again.clusterings.get().members(again.clusterings.find_cluster("mine").id)) == members


def test_a_new_file_that_shows_nothing_is_not_said_to_be_placed(
    desk: Desk, open_desk: Open, pictures: Path
) -> None:
    desk.grouping.group("colour")
    Image.new("RGB", (64, 64), "white").save(pictures / "blank.png")
    again = open_desk()
    events = len(again.history.entries())
    assert len(again.new_images.find()) == 1 and again.new_images.place() == []
    assert len(again.history.entries()) == events and again.new_images.find() == ()
    paint(pictures / "new-red.png", (222, 28, 32))
    Image.new("RGB", (64, 64), "black").save(pictures / "dark.png")
    third = open_desk()
    assert third.new_images.place() == ["1 new image by colour: 1 placed, 0 unsorted"]
    for name in ("blank.png", "dark"):
        with pytest.raises(UsageError, match="is in no group: shows nothing"):
            third.find_images([name])
