"""The whole way from a criterion to a clustering, on drawn pictures and real experts."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.clustering.clustering import Clustering
from tools.clustering.constraints import CannotLink, Label, MustLink
from tools.clustering.evaluate import evaluate
from tools.describe.describe import Descriptions, look
from tools.errors import UsageError
from tools.explanation import explain_image
from tools.fuse.registry import METHODS
from tools.group import check, group, numbers
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import Expert, Slot, SlotSpec
from tools.request import Request
from tools.scan.collection import scan
from tools.scan.prefetch import decoded
from tools.views import View

PLAIN = [name for name in METHODS if not METHODS[name].multimodal]
"""Methods that need no words; those that do are in fuse/test_every_method.py."""


def nmi(truth: list[str], made: Clustering) -> float:
    return evaluate(truth, made.labels.tolist()).nmi


def test_by_colour_the_number_and_the_names_are_found(looked: Any, texts: WordLlamaEncoder) -> None:
    made = group(Request("colour", looked.descriptions, texts))
    assert [(cluster.name, made.size(cluster.id)) for cluster in made.clusters] == [
        ("red", 12), ("green", 8), ("blue", 4)
    ]  # fmt: skip
    assert nmi(looked.colours, made) == 1
    assert (made.id, made.sure, made.method, made.tier) == ("colour", True, "kmeans", "bundled")
    assert made.sources == ("colour expert: colour",)
    assert made.images == looked.collection.ids
    assert made.confidence.min() > 0.5


def test_the_numbers_that_are_offered_hold_the_one_that_is_found(
    looked: Any, texts: WordLlamaEncoder
) -> None:
    found = [number.k for number in numbers(Request("colour", looked.descriptions, texts))]
    assert found == sorted(found) and 3 in found


def test_what_a_method_has_to_say_goes_with_the_clustering(looked: Any, texts: WordLlamaEncoder) -> None:
    a, b = looked.collection.ids[:2]
    said = [MustLink(a, b), CannotLink(a, b)]
    made = group(Request("colour", looked.descriptions, texts, constraints=said))
    assert len(made.notes) == 1 and "contradicts a newer answer" in made.notes[0]
    assert group(Request("colour", looked.descriptions, texts)).notes == ()


def test_the_walk_says_why_an_image_is_where_it_is(looked: Any, texts: WordLlamaEncoder) -> None:
    made = group(Request("colour", looked.descriptions, texts, method="walk"))
    assert len(made.why) == len(made.images) and any(made.why)
    row = next(row for row, line in enumerate(made.why) if line)
    told = explain_image(made.images[row], made, looked.descriptions)
    assert f"when it was grouped, {made.why[row]}" in told
    fewer = made.over(made.images[row:])
    assert fewer.why[0] == made.why[row] and len(fewer.why) == len(fewer.images)


def test_features_that_were_tuned_take_the_place_of_the_routed_ones(
    looked: Any, texts: WordLlamaEncoder
) -> None:
    shown = np.array([[colour == "red", colour != "red"] for colour in looked.colours], np.float32)
    made = group(Request("shape", looked.descriptions, texts, k=2, tuned=View("object.tuned x", shown)))
    assert nmi(["red" if colour == "red" else "other" for colour in looked.colours], made) == 1
    assert made.notes == ("made from features that were tuned to this criterion",)


def test_by_shape_another_grouping_of_the_same_pictures(looked: Any, texts: WordLlamaEncoder) -> None:
    made = group(Request("shape", looked.descriptions, texts, k=2))
    assert nmi(looked.shapes, made) >= 0.9
    assert nmi(looked.colours, made) < 0.1


@pytest.mark.parametrize("method", PLAIN)
@pytest.mark.parametrize("k", [1, 2, 5, 24])
def test_as_many_groups_as_were_asked_for(method: str, k: int, looked: Any, texts: WordLlamaEncoder) -> None:
    made = group(Request("shape", looked.descriptions, texts, method=method, k=k))
    assert len(made.clusters) == k
    assert (made.labels >= 0).all()
    assert made.method == method


def test_routing_beats_taking_everything(looked: Any, texts: WordLlamaEncoder) -> None:
    scores = {
        method: nmi(looked.colours, group(Request("colour", looked.descriptions, texts, method=method, k=3)))
        for method in PLAIN
    }
    assert scores["kmeans"] == 1 > scores["concatenated"]


def test_the_same_seed_makes_the_same(looked: Any, texts: WordLlamaEncoder) -> None:
    one, other = (group(Request("style", looked.descriptions, texts, seed=3)) for _ in range(2))
    np.testing.assert_array_equal(one.labels, other.labels)
    np.testing.assert_array_equal(one.confidence, other.confidence)
    assert one.clusters == other.clusters


def test_labels_are_obeyed(looked: Any, texts: WordLlamaEncoder) -> None:
    ids = looked.collection.ids
    said = [Label(ids[i], looked.shapes[i]) for i in (0, 1, 12, 13, 20, 21)]
    made = group(Request("colour", looked.descriptions, texts, k=2, constraints=said))
    together = {made.labels[i] for i in (0, 12, 20)}
    apart = {made.labels[i] for i in (1, 13, 21)}
    assert len(together) == len(apart) == 1 and together != apart


@pytest.mark.parametrize("method", [None, "kmeans"])
def test_a_label_of_an_image_that_no_view_shows_is_obeyed(
    method: str | None, looked: Any, texts: WordLlamaEncoder
) -> None:
    seen: Descriptions = looked.descriptions
    blank = {name: seen.view(name).copy() for name in seen.views}
    for view in blank.values():
        view[5] = np.nan
    descriptions = replace(seen, _views=blank, prepared={}, memo={})
    image = descriptions.images[5]
    made = group(
        Request("colour", descriptions, texts, method=method, k=3, constraints=[Label(image, "odd")])
    )
    assert made.clusters[made.label_of(image)].name == "odd"


@pytest.mark.parametrize("criterion", ["suit", "brand", "shirt pattern"])
def test_what_nobody_sees_is_grouped_and_said_so(
    criterion: str, looked: Any, texts: WordLlamaEncoder
) -> None:
    made = group(Request(criterion, looked.descriptions, texts, k=2))
    assert not made.sure
    assert made.confidence.max() <= 0.5
    assert [cluster.name for cluster in made.clusters] == ["group 1", "group 2"]
    assert made.sources == ("plain image features",)


def test_the_criterion_is_kept_as_it_was_said_without_needless_space(
    looked: Any, texts: WordLlamaEncoder
) -> None:
    made = group(Request("  Main \n Colour ", looked.descriptions, texts, k=3))
    assert (made.criterion, made.id) == ("Main Colour", "main-colour")


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"criterion": ""}, "there is no criterion; say what to group by"),
        ({"criterion": " \n"}, "there is no criterion; say what to group by"),
        ({"method": "magic"}, 'there is no method "magic"; choose one of'),
        ({"k": 0}, "0 groups cannot be made of 24 images; ask for 1 to 24"),
        ({"k": 25}, "25 groups cannot be made of 24 images; ask for 1 to 24"),
    ],
)
def test_what_cannot_be_done_is_refused(
    wrong: dict[str, Any], line: str, looked: Any, texts: WordLlamaEncoder
) -> None:
    request = {"criterion": "colour"} | wrong
    with pytest.raises(UsageError, match=line):
        group(Request(request.pop("criterion"), looked.descriptions, texts, **request))
    request = {"criterion": "colour", "n": 24} | wrong
    with pytest.raises(UsageError, match=line):
        check(**request)


def test_no_images_are_nothing_to_group(texts: WordLlamaEncoder) -> None:
    with pytest.raises(UsageError, match="there is nothing to group"):
        group(Request("colour", Descriptions((), {}), texts))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_very_few_images(
    count: int,
    tmp_path: Path,
    draw: Callable[..., Path],
    experts: list[Expert],
    texts: WordLlamaEncoder,
) -> None:
    from assistant.workspace import Workspace

    for i in range(count):
        draw(tmp_path / "few" / f"{i}.png", ("red", "green", "blue")[i])
    collection = scan(tmp_path / "few")
    with Workspace(tmp_path / "workspace") as workspace:
        found = look(collection.ids, lambda ids: decoded(collection, ids), experts, workspace.cache)
        for criterion in ("colour", "shape", "suit"):
            made = group(Request(criterion, found, texts))
            assert 1 <= len(made.clusters) <= count
            assert (made.labels >= 0).all()
            assert len(group(Request(criterion, found, texts, k=count)).clusters) == count


def test_the_shape_of_real_objects_is_found(
    benchmark: Callable[[str], Path], tmp_path: Path, experts: list[Expert], texts: WordLlamaEncoder
) -> None:
    """Every seventh of the COIL pictures, so 92 of 642: cars, cans and cups."""
    import csv
    import shutil

    from assistant.workspace import Workspace

    source = benchmark("coil100_9")
    with (source / "labels.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))[::7]
    truth: dict[str, str] = {}
    for row in rows:
        name = Path(row["file"]).name
        truth[name] = row["shape"]
        (tmp_path / "coil").mkdir(exist_ok=True)
        shutil.copy(source / row["file"], tmp_path / "coil" / name)
    collection = scan(tmp_path / "coil")
    with Workspace(tmp_path / "workspace") as workspace:
        found = look(collection.ids, lambda ids: decoded(collection, ids), experts, workspace.cache)
        made = group(Request("shape", found, texts, k=len(set(truth.values()))))
    assert len(found.images) >= 90
    assert nmi([truth[str(image.path)] for image in collection.images], made) >= 0.9


def test_where_no_expert_sees_it_what_is_sorted_already_is_taken_out(
    looked: Any, texts: WordLlamaEncoder
) -> None:
    shape = group(Request("shape", looked.descriptions, texts, k=2))
    alone = group(Request("brand", looked.descriptions, texts, k=2))
    besides = group(Request("brand", looked.descriptions, texts, k=2, accepted=[shape]))
    assert alone.sources == ("plain image features",)
    assert besides.sources == ("plain image features, with shape taken out",)
    assert nmi(looked.shapes, besides) < 0.1 < 0.5 < nmi(looked.shapes, alone)


def test_where_an_expert_sees_it_nothing_is_taken_out(looked: Any, texts: WordLlamaEncoder) -> None:
    shape = group(Request("shape", looked.descriptions, texts, k=2))
    alone = group(Request("colour", looked.descriptions, texts))
    besides = group(Request("colour", looked.descriptions, texts, accepted=[shape]))
    np.testing.assert_array_equal(alone.labels, besides.labels)
    assert alone.sources == besides.sources


def test_what_was_learned_from_answers_is_as_sure_where_no_expert_sees_the_criterion(
    looked: Any, texts: WordLlamaEncoder
) -> None:
    names = dict(zip(looked.collection.ids, looked.colours, strict=True))
    said = [Label(image, name) for image, name in list(names.items())[::2]]
    made = group(Request("whatever this may be", looked.descriptions, texts, constraints=said))
    assert not made.sure
    answered = np.isin(made.images, [label.image for label in said])
    assert made.confidence[answered].min() == 1
    assert np.median(made.confidence[~answered]) > 0.6


@pytest.mark.parametrize(
    "method", ["concatenated", "gated", "tac", "mllm_mc", "orthogonalise", "sac:epochs=2", "walk", "taught"]
)
def test_no_method_is_surer_than_was_ever_measured(looked: Any, texts: WordLlamaEncoder, method: str) -> None:
    made = group(Request("colour", looked.descriptions, texts, k=3, method=method))
    placed = made.confidence[made.labels >= 0]
    assert 0.2 < placed.min() <= placed.max() < 0.89


def shapeless(n: int = 60, apart: float = 0.0) -> Descriptions:
    """Return descriptions of images in four groups that are so far apart, by a slot that people make four groups of."""
    rng = np.random.default_rng(3)
    views = {"v": (rng.normal(size=(n, 8)) + apart * np.eye(4, 8)[np.arange(n) % 4]).astype(np.float32)}
    spec = SlotSpec("mood", ("mood",), ("v",), usual=(4, 0.2))
    return Descriptions(
        tuple(f"{i:064x}" for i in range(n)),
        {"mood": spec},
        views=("v",),
        _slots=[{} for _ in range(n)],
        _load=views.__getitem__,
    )


def test_more_groups_than_halves_can_have_are_guesses(texts: WordLlamaEncoder) -> None:
    made = group(Request("mood", shapeless(30, apart=9.0), texts, k=16))
    assert len(made.clusters) == 16 and made.confidence.max() < 0.6
    clear = group(Request("mood", shapeless(30, apart=9.0), texts, k=4))
    assert clear.confidence.max() > 0.8


def test_where_pictures_speak_for_no_number_it_is_what_people_make(texts: WordLlamaEncoder) -> None:
    assert len(group(Request("mood", shapeless(), texts)).clusters) == 4


def test_groups_of_shapeless_pictures_are_doubtful_and_named_images_are_not(texts: WordLlamaEncoder) -> None:
    seen = shapeless()
    made = group(Request("mood", seen, texts, method="kmeans", constraints=[Label(seen.images[0], "calm")]))
    assert made.confidence[0] > 0.9 > 0.75 > made.confidence[1:].mean()
    assert made.confidence[1:].max() < 0.88


def test_without_an_answer_nothing_is_certain_however_far_groups_are_apart(texts: WordLlamaEncoder) -> None:
    made = group(Request("mood", shapeless(apart=90), texts))
    assert len(made.clusters) == 4 and made.confidence == pytest.approx(0.881, abs=0.005)


def test_with_a_rest_the_words_of_each_picture_decide_and_not_what_looks_alike(
    texts: WordLlamaEncoder,
) -> None:
    """A few people among many dogs whose faces are like faces."""
    there = np.arange(60) < 6
    faces = np.where(np.arange(60) < 30, 1.0, 0.0)[:, None].astype(np.float32)
    slots = [
        {"people": Slot("people", "one" if person else "no face seen", 0.9)} for person in there.tolist()
    ]
    images = tuple(f"{i:02}" for i in range(60))
    spec = SlotSpec("people", ("number of people",), ("faces",))
    seen = Descriptions(images, {"people": spec}, views=("faces",), _slots=slots, _views={"faces": faces})
    labels = [Label(images[i], "people" if there[i] else "no people") for i in (0, 1, 2, 10, 40, 50)]
    made = group(Request("people or no people", seen, texts, constraints=labels, k=2))
    in_people = made.labels == [cluster.name for cluster in made.clusters].index("people")
    assert in_people.tolist() == there.tolist()


def test_named_groups_are_less_sure_than_others_after_the_same_answers(
    looked: Any, texts: WordLlamaEncoder
) -> None:
    said = [Label(looked.collection.ids[i], ("red", "green", "blue")[i % 3]) for i in range(12)]
    sure = [
        group(Request(criterion, looked.descriptions, texts, constraints=said, k=3)).confidence.mean()
        for criterion in ("red, green or blue", "colour")
    ]
    assert sure[0] < sure[1]
