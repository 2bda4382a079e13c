"""Which cluster, clustering or image the user means."""

from pathlib import Path

import numpy as np
import pytest

from assistant.desk.references import find_cluster, find_clustering, find_images
from tools.clustering.clustering import Cluster, Clustering
from tools.errors import UsageError
from tools.scan.collection import Collection, ImageFile


def made(*names: str, criterion: str = "emotion") -> Clustering:
    clusters = tuple(Cluster(f"c{i + 2}", name) for i, name in enumerate(names))
    n = len(names)
    return Clustering(
        criterion,
        criterion,
        tuple(map(str, range(n))),
        clusters,
        np.arange(n, dtype=np.int32),
        np.ones(n, np.float32),
    )


EMOTIONS = made("happy", "sad", "sad 2", "Neutral", "3")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("happy", "happy"), ("HAPPY", "happy"), (" happy ", "happy"), ('"happy"', "happy"), ("'sad'", "sad"),
        ("hap", "happy"), ("neut", "Neutral"), ("sad", "sad"), ("sad 2", "sad 2"),
        ("c2", "happy"), ("C3", "sad"),
        ("1", "happy"), ("#2", "sad"), ("group 4", "Neutral"), ("cluster 4", "Neutral"), ("no. 4", "Neutral"),
        ("3", "3"), ("#3", "sad 2"), ("5", "3"), ("biggest", "happy"), ("the smallest group", "happy"),
    ],
)  # fmt: skip
def test_a_cluster_is_found_by_id_name_beginning_and_number(text: str, name: str) -> None:
    assert find_cluster(text, EMOTIONS).name == name


def test_a_cluster_is_found_by_its_place_among_all_sizes() -> None:
    images, sizes = tuple(map(str, range(9))), {"few": 2, "many": 4, "some": 3}
    labels = np.repeat(np.arange(3, dtype=np.int32), list(sizes.values()))
    clusters = tuple(Cluster(f"c{i}", name) for i, name in enumerate(sizes))
    sized = Clustering("amount", "amount", images, clusters, labels, np.ones(9, np.float32))
    found = [
        find_cluster(text, sized).name
        for text in ("biggest", "the 2nd largest", "3rd biggest", "1st smallest")
    ]
    assert found == ["many", "some", "few", "few"]
    with pytest.raises(UsageError, match="no group"):
        find_cluster("4th biggest", sized)


@pytest.mark.parametrize(
    "text", ["", " ", "s", "angry", "0", "6", "#6", "c1", "999999999", "-1", "sad 3", "²"]
)
def test_what_is_no_cluster_is_told_with_the_choices(text: str) -> None:
    with pytest.raises(
        UsageError, match=r"under emotion; there are: 1 happy, 2 sad, 3 sad 2, 4 Neutral, 5 3"
    ):
        find_cluster(text, EMOTIONS)


def test_a_clustering_without_clusters_has_none() -> None:
    with pytest.raises(UsageError, match="there are: none"):
        find_cluster("happy", made())


def test_names_are_shown_safely() -> None:
    with pytest.raises(UsageError) as error:
        find_cluster("a\nb\x1b", made("evil\x1b[2J\nname"))
    assert "\x1b" not in str(error.value) and "\n" not in str(error.value)


def test_a_clustering_is_found_by_id_and_criterion() -> None:
    both = [made("a", criterion="emotion"), made("b", criterion="hair-colour")]
    assert find_clustering("Emotion", both) is both[0]
    assert find_clustering("hair colour", both) is both[1]
    assert find_clustering("hair-colour!", both) is both[1]
    with pytest.raises(
        UsageError, match='there is no clustering "pose"; there are: "emotion", "hair-colour"'
    ):
        find_clustering("pose", both)
    with pytest.raises(UsageError, match="there are: none yet"):
        find_clustering("pose", [])


PATHS = ["IMG_1.jpg", "12.jpg", "sub/IMG_2.jpg", "other/IMG_2.jpg", "a b.png", "deadbeefdead.png"]
COLLECTION = Collection(
    Path("/pictures"),
    tuple(ImageFile(f"{i:x}" * 8 + "ab" * 28, Path(path), 1, 1, 1) for i, path in enumerate(PATHS, 1)),
)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("#1", "IMG_1.jpg"), ("1", "IMG_1.jpg"), (" #5 ", "a b.png"), ("6", "deadbeefdead.png"),
        ("IMG_1.jpg", "IMG_1.jpg"), ("IMG_1", "IMG_1.jpg"), ("sub/IMG_2.jpg", "sub/IMG_2.jpg"),
        ('"a b.png"', "a b.png"), ("a b", "a b.png"),
        ("12", "12.jpg"), ("2", "12.jpg"),
        ("deadbeefdead", "deadbeefdead.png"),
        ("11111111", "IMG_1.jpg"), ("33333333ABAB", "sub/IMG_2.jpg"),
    ],
)  # fmt: skip
def test_an_image_is_found_by_number_name_and_hash(text: str, path: str) -> None:
    (found,) = find_images([text], COLLECTION)
    assert str(COLLECTION.by_id(found).path) == path


@pytest.mark.parametrize(
    "text", ["", "#0", "#7", "7", "nowhere.jpg", "1111111", "99999999", "img_1.jpg", "*"]
)
def test_what_is_no_image_is_told_with_what_to_say(text: str) -> None:
    with pytest.raises(UsageError, match=r"there is no image .*; say a number from #1 to #6 or a file name"):
        find_images([text], COLLECTION)


def test_a_name_that_two_images_have_is_not_guessed() -> None:
    with pytest.raises(UsageError, match=r'"IMG_2.jpg" is the name of 2 images; say its path or number'):
        find_images(["IMG_2.jpg"], COLLECTION)


def test_each_image_is_meant_once_and_in_the_order_of_the_words() -> None:
    found = find_images(["#5", "IMG_1", "#1", "a b"], COLLECTION)
    assert [str(COLLECTION.by_id(image).path) for image in found] == ["a b.png", "IMG_1.jpg"]
    assert find_images([], COLLECTION) == ()


def test_a_whole_hash_is_that_image_whatever_files_are_called() -> None:
    """Programs name images so: a file that is called by another's hash must not get what is meant for that."""
    first, second = "1" * 64, "2" * 64
    images = (ImageFile(first, Path("a.png"), 1, 1, 1), ImageFile(second, Path(f"{first}.png"), 1, 1, 1))
    assert find_images([first, second], Collection(Path("/pictures"), images)) == (first, second)
