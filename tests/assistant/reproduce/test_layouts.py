"""The sets as they may lie on a disk, each drawn or written as small as it can be; and counts that are refused."""

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assistant.reproduce.binary_records import CIFAR10, STL10
from assistant.reproduce.data_set import ALL, DataSet, Source, data_sets, find_data_set
from assistant.reproduce.layouts import pictures
from assistant.reproduce.prepared_folder import LABELS, find_set, measured_name, prepare
from tools.errors import CannotRun, RegroupError, UsageError
from tools.scan.collection import scan

Draw = Callable[..., Path]
NAMES = (
    "fruit", "fruit360", "coil", "cmuface", "card", "cars", "flowers", "cifar10mc", "cifar10", "cifar20", "stl10",
    "imagenet10", "imagenet_dogs", "rsod", "uc_merced", "siri_whu", "aid",
)  # fmt: skip


def source(name: str, layout: str, folder: str | None = None) -> Source:
    """The first form of a set in a layout, in a folder of that name where one is given."""
    return next(
        source
        for source in data_sets()[name].sources
        if source.layout == layout and (folder is None or folder in source.folders)
    )


def small(name: str, layout: str, count: int, **criteria: int) -> DataSet:
    """A set with one form only, and with as few pictures and classes as a test draws."""
    whole = data_sets()[name]
    form = replace(source(name, layout), images=dict.fromkeys((ALL, "train", "test"), (count,)))
    return replace(whole, sources=(form,), criteria=whole.criteria | criteria)


def labels(folder: Path) -> list[dict[str, str]]:
    with (folder / LABELS).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_set_of_the_papers_is_declared_and_says_where_to_get_it() -> None:
    assert tuple(data_sets()) == NAMES
    for data_set in data_sets().values():
        assert "https://" in data_set.get or "http://" in data_set.get
        assert any(data_set.expected(split) for split in (ALL, "test"))
        for form in data_set.sources:
            assert set(form.where) == set(data_set.criteria), data_set.name
            re.compile(form.pattern)


@pytest.mark.parametrize(
    ("name", "line"), [("moon", 'there is no set "moon"'), ("coil:test", 'coil has no split "test"')]
)
def test_a_set_that_is_not_declared(name: str, line: str) -> None:
    with pytest.raises(UsageError, match=line):
        find_data_set(name)


def test_trees_are_joined_by_the_bytes_of_the_pictures(tmp_path: Path, draw: Draw) -> None:
    for i, (colour, shape) in enumerate([("red", "circle"), ("red", "square"), ("green", "circle")]):
        draw(tmp_path / "fruit" / "color" / colour / f"{i}.png", colour, shape, i)
        draw(tmp_path / "fruit" / "species" / shape / f"other {i}.png", colour, shape, i)
    draw(tmp_path / "fruit" / "color" / "blue" / "alone.png", "blue", "circle")
    found = pictures(source("fruit", "trees"), tmp_path / "fruit")
    assert sorted(tuple(sorted(picture.labels.items())) for picture in found) == [
        (("colour", "green"), ("species", "circle")),
        (("colour", "red"), ("species", "circle")),
        (("colour", "red"), ("species", "square")),
    ], "a picture that lacks a criterion is none of the set"


def test_a_table_names_files_of_its_own_folder_only(tmp_path: Path, draw: Draw) -> None:
    draw(tmp_path / "card" / "images" / "1.png")
    draw(tmp_path / "secret.png")
    rows = ["file,rank,suit", "images/1.png,ace,clubs", "../secret.png,two,clubs", "gone.png,two,hearts"]
    (tmp_path / "card" / "labels.csv").write_text("\n".join(rows), "utf-8")
    (found,) = pictures(source("card", "table", "card"), tmp_path / "card") or pictures(
        replace(source("card", "table"), file="labels.csv"), tmp_path / "card"
    )
    assert found.labels == {"rank": "ace", "suit": "clubs"}


@pytest.mark.parametrize(
    ("name", "path", "expected"),
    [
        ("cmuface", "an2i/an2i_left_angry_open.pgm",
         {"identity": "an2i", "pose": "left", "emotion": "angry", "glasses": "open"}),
        ("cmuface", "an2i/an2i_left_angry_open_2.pgm", None),  # half the size
        ("cmuface", "an2i/an2i_left_angry_open.bad", None),
        ("card", "train/ace of clubs/001.jpg", {"rank": "ace", "suit": "clubs"}),
        ("card", "train/joker/001.jpg", None),
        ("coil", "obj46__15.png", {"colour": "red", "shape": "box"}),
        ("coil", "obj15__0.png", {"colour": "yellow", "shape": "car"}),
        ("coil", "obj1__0.png", None),
        ("imagenet10", "train/n02056570/n02056570_1.JPEG", {"class": "n02056570"}),
        ("imagenet10", "train/n01440764/n01440764_1.JPEG", None),
        ("imagenet_dogs", "n02110958/n02110958_1.JPEG", {"class": "n02110958"}),
        ("rsod", "aircraft/JPEGImages/aircraft_1.jpg", {"class": "aircraft"}),
        ("rsod", "aircraft/Annotation/labels/aircraft_1.txt", None),
        ("uc_merced", "Images/agricultural/agricultural00.tif", {"class": "agricultural"}),
        ("siri_whu", "12class_tif/pond/0001.tif", {"class": "pond"}),
        ("aid", "BareLand/bareland_1.jpg", {"class": "BareLand"}),
    ],
)  # fmt: skip
def test_paths_say_what_a_picture_shows(
    name: str, path: str, expected: dict[str, str] | None, tmp_path: Path
) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_bytes(b"")
    found = pictures(source(name, "paths"), tmp_path)
    assert [picture.labels for picture in found] == ([] if expected is None else [expected])


def test_paths_tell_splits_apart_and_val_is_the_test(tmp_path: Path) -> None:
    for split in ("train", "val"):
        (tmp_path / split / "n02056570").mkdir(parents=True)
        (tmp_path / split / "n02056570" / f"{split}.JPEG").write_bytes(b"")
    form = source("imagenet10", "paths")
    assert [picture.key for picture in pictures(form, tmp_path, "test")] == ["val/n02056570/val.JPEG"]
    assert [picture.key for picture in pictures(form, tmp_path, "train")] == ["train/n02056570/train.JPEG"]
    assert len(pictures(form, tmp_path)) == 2


def cifar_row(number: int, head: int = 1) -> bytes:
    """A record whose pixel in row 1, column 2 is red 10, green 20, blue 30."""
    pixels = np.zeros((3, 32, 32), np.uint8)
    pixels[:, 1, 2] = (10, 20, 30)
    return bytes([number] * head) + pixels.tobytes()


def test_the_records_of_cifar(tmp_path: Path) -> None:
    inside = tmp_path / "cifar-10-batches-bin"
    inside.mkdir()
    for number in range(1, 6):
        (inside / f"data_batch_{number}.bin").write_bytes(cifar_row(number))
    (inside / "test_batch.bin").write_bytes(cifar_row(8) + cifar_row(0))
    form = source("cifar10", "records")
    tested = pictures(form, tmp_path, "test")
    assert [picture.labels["class"] for picture in tested] == ["ship", "airplane"]
    pixels = np.asarray(tested[0].source)
    assert pixels.shape == (32, 32, 3) and pixels[1, 2].tolist() == [10, 20, 30] and pixels.sum() == 60
    assert [p.labels["class"] for p in pictures(form, inside, "train")] == list(CIFAR10[1:6])
    assert len(pictures(form, inside)) == 7
    multiple = pictures(source("cifar10mc", "records"), inside, "test")
    assert [picture.labels for picture in multiple] == [
        {"type": "transportation", "environment": "water"},
        {"type": "transportation", "environment": "air"},
    ]
    (tmp_path / "coarse").mkdir()
    (tmp_path / "coarse" / "test.bin").write_bytes(cifar_row(19, head=2))
    (found,) = pictures(source("cifar20", "records"), tmp_path / "coarse", "test")
    assert found.labels == {"class": "superclass 19"} and np.asarray(found.source)[1, 2].tolist() == [
        10,
        20,
        30,
    ]


def test_the_records_of_stl(tmp_path: Path) -> None:
    pixels = np.zeros((3, 96, 96), np.uint8)  # colour, column, row
    pixels[:, 5, 7] = (10, 20, 30)
    (tmp_path / "test_X.bin").write_bytes(pixels.tobytes())
    (tmp_path / "test_y.bin").write_bytes(bytes([10]))
    (found,) = pictures(source("stl10", "records"), tmp_path, "test")
    assert found.labels == {"class": STL10[9]}
    assert np.asarray(found.source)[7, 5].tolist() == [10, 20, 30]
    assert pictures(source("stl10", "records"), tmp_path, "train") == []
    (tmp_path / "test_y.bin").write_bytes(bytes([10, 1]))
    with pytest.raises(RegroupError, match="1 pictures and 2 classes"):
        pictures(source("stl10", "records"), tmp_path, "test")


@pytest.mark.parametrize(
    ("content", "line"), [(b"\x00" * 100, "is cut off"), (cifar_row(77), "names class 77 of 10")]
)
def test_records_that_are_damaged(content: bytes, line: str, tmp_path: Path) -> None:
    (tmp_path / "test_batch.bin").write_bytes(content)
    with pytest.raises(RegroupError, match=line):
        pictures(source("cifar10", "records"), tmp_path, "test")


@pytest.fixture
def fruit(tmp_path: Path, draw: Draw) -> Path:
    """A folder with a set of six pictures, two classes by each criterion."""
    rows = ["file,colour,species"]
    for i in range(6):
        colour, shape = ("red", "green")[i % 2], ("circle", "square")[i // 3]
        draw(tmp_path / "data" / "fruit" / f"{colour} {i}.png", colour, shape, i)
        rows.append(f"{colour} {i}.png,{colour},{shape}")
    (tmp_path / "data" / "fruit" / "labels.csv").write_text("\n".join(rows), "utf-8")
    return tmp_path / "data"


def test_counts_are_checked(fruit: Path) -> None:
    with pytest.raises(CannotRun) as refused:
        find_set(data_sets()["fruit"], ALL, fruit)
    line = str(refused.value)
    assert line.startswith(f"{fruit / 'fruit'} has 6 pictures and the set 105; get it anew: ")
    assert "https://github.com/Alexander-Yao/Multi-Sub" in line and "\n" not in line
    with pytest.raises(CannotRun, match="has 2 instead of 3 classes of colour; get it anew"):
        find_set(small("fruit", "table", 6, species=2), ALL, fruit)
    assert len(find_set(small("fruit", "table", 6, colour=2, species=2), ALL, fruit).pictures) == 6


def test_what_is_not_there_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(CannotRun) as missing:
        find_set(data_sets()["aid"], ALL, tmp_path)
    assert str(missing.value) == (
        f"AID is not in {tmp_path}, in a folder such as aid; get it: https://captain-whu.github.io/AID/"
    )


def test_the_folder_of_a_set_can_be_given_itself(fruit: Path) -> None:
    chosen = small("fruit", "table", 6, colour=2, species=2)
    assert find_set(chosen, ALL, fruit / "fruit").folder == fruit / "fruit"


def test_names_tell_nothing_and_labels_stay_true(fruit: Path, tmp_path: Path) -> None:
    found = find_set(small("fruit", "table", 6, colour=2, species=2), ALL, fruit)
    folder = prepare(found, tmp_path / "place")
    rows = labels(folder)
    assert folder.name == "fruit" and [row["file"] for row in rows] == [f"{i:05}.png" for i in range(6)]
    originals = {
        (fruit / "fruit" / f"{colour} {i}.png").read_bytes(): colour
        for i in range(6)
        for colour in (("red", "green")[i % 2],)
    }
    assert [originals[(folder / row["file"]).read_bytes()] for row in rows] == [row["colour"] for row in rows]
    assert [row["colour"] for row in rows] != [("red", "green")[i % 2] for i in range(6)], "shuffled"
    assert len(scan(folder)) == 6


def test_it_is_laid_out_once_and_again_when_the_set_changes(fruit: Path, tmp_path: Path) -> None:
    chosen = small("fruit", "table", 6, colour=2, species=2)
    folder = prepare(find_set(chosen, ALL, fruit), tmp_path / "place")
    before = (folder / LABELS).stat().st_mtime_ns
    prepare(find_set(chosen, ALL, fruit), tmp_path / "place")
    assert (folder / LABELS).stat().st_mtime_ns == before
    table = fruit / "fruit" / "labels.csv"
    table.write_text(table.read_text("utf-8").replace("red 0.png,red", "red 0.png,green"), "utf-8")
    prepare(find_set(chosen, ALL, fruit), tmp_path / "place")
    assert sum(row["colour"] == "green" for row in labels(folder)) == 4


def test_files_are_linked_and_records_become_files(tmp_path: Path) -> None:
    (tmp_path / "faces").mkdir()
    Image.new("L", (8, 6), 77).save(tmp_path / "faces" / "an2i_left_angry_open.pgm")
    chosen = small("cmuface", "paths", 1, identity=1, pose=1, emotion=1, glasses=1)
    folder = prepare(find_set(chosen, ALL, tmp_path), tmp_path / "place")
    assert (folder / "00000.pgm").is_symlink() and [image.width for image in scan(folder).images] == [8]
    (tmp_path / "cifar10").mkdir()
    (tmp_path / "cifar10" / "test_batch.bin").write_bytes(cifar_row(3))
    folder = prepare(
        find_set(small("cifar10", "records", 1, **{"class": 1}), "test", tmp_path), tmp_path / "place"
    )
    with Image.open(folder / "00000.png") as picture:
        assert picture.getpixel((2, 1)) == (10, 20, 30)
    assert folder.name == "cifar10-test" and labels(folder) == [{"file": "00000.png", "class": "cat"}]


def test_a_part_bears_its_number() -> None:
    coil = data_sets()["coil"]
    assert (measured_name(coil, ALL), measured_name(coil, ALL, 642)) == ("coil", "coil-642")
    assert measured_name(data_sets()["cifar10"], "test") == "cifar10-test"
