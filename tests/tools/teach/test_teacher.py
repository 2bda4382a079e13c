"""The teacher on drawn pictures and real experts, and on rows that it knows nothing about."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.clustering.constraints import CannotLink, Constraint, Label, MustLink, consistent, tie
from tools.clustering.evaluate import evaluate
from tools.describe.describe import Descriptions
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import SlotSpec
from tools.request import Request
from tools.teach.teacher import COVER, Teacher

SPEC = SlotSpec("stripe", ("stripe",), ("v.signal",))


def made_up(signal: np.ndarray, **others: np.ndarray) -> Descriptions:
    """A collection of which one view is routed to the criterion "stripe"."""
    views = {"v.signal": signal, **{f"v.{name}": data for name, data in others.items()}}
    views = {name: np.asarray(data, np.float32) for name, data in views.items()}
    images = tuple(f"image {i}" for i in range(len(signal)))
    return Descriptions(
        images, {"stripe": SPEC}, views=tuple(views), _slots=[{} for _ in images], _load=views.__getitem__
    )


def blobs(rng: np.random.Generator, labels: np.ndarray, spread: float = 0.3) -> np.ndarray:
    groups = int(labels.max()) + 1
    return np.eye(groups)[labels] * 4 + rng.normal(size=(len(labels), groups)) * spread


def taught(teacher: Teacher, truth: list[str], answers: int) -> tuple[Teacher, list[str]]:
    """Answer so many questions; which images were asked about."""
    place = {image: row for row, image in enumerate(teacher.request.descriptions.images)}
    asked: list[str] = []
    for _ in range(answers):
        question = teacher.question()
        if question is None or question.pair:
            break
        (image,) = question.images
        asked.append(image)
        teacher = Teacher(
            replace(
                teacher.request, constraints=(*teacher.request.constraints, Label(image, truth[place[image]]))
            )
        )
    return teacher, asked


def test_what_was_answered_or_skipped_is_not_asked_again(looked: Any, texts: WordLlamaEncoder) -> None:
    ids = looked.collection.ids
    first = Teacher(Request("shape", looked.descriptions, texts)).question()
    assert first is not None and not first.pair and 0 < first.gain <= 1 and not first.enough
    (image,) = first.images
    second = Teacher(
        Request("shape", looked.descriptions, texts, constraints=(Label(image, "round"),))
    ).question()
    assert second is not None and image not in second.images
    assert second.names == ("round",)
    third = Teacher(
        Request("shape", looked.descriptions, texts, constraints=(Label(image, "round"),))
    ).question([second.images])
    assert third is not None and not {image, *second.images} & set(third.images)
    said = tuple(Label(i, "round") for i in ids)
    assert Teacher(Request("shape", looked.descriptions, texts, constraints=said)).question() is None


def test_a_copy_of_an_answered_picture_is_not_asked_about(
    rng: np.random.Generator, texts: WordLlamaEncoder
) -> None:
    rows = blobs(rng, np.repeat([0, 1], 10))
    rows[1:10] = rows[0]
    _, asked = taught(Teacher(Request("stripe", made_up(rows), texts)), ["a"] * 10 + ["b"] * 10, 20)
    assert len({int(image.split()[1]) for image in asked} & set(range(10))) == 1
    assert len(asked) == len(set(asked)) <= 11


@pytest.mark.parametrize("k", [None, 1, 2])
def test_new_names_make_new_groups(k: int | None, looked: Any, texts: WordLlamaEncoder) -> None:
    ids = looked.collection.ids
    said = tuple(Label(ids[i], f"pile {i}") for i in range(5))
    made = Teacher(Request("shape", looked.descriptions, texts, constraints=said, k=k)).clustering()
    assert len({int(made.labels[i]) for i in range(5)}) == 5
    assert {f"pile {i}" for i in range(5)} <= {cluster.name for cluster in made.clusters}
    assert made.method == "taught"


def test_groups_that_were_never_named_stay_as_they_were_found(looked: Any, texts: WordLlamaEncoder) -> None:
    red = next(i for i, colour in enumerate(looked.colours) if colour == "red")
    said = (Label(looked.collection.ids[red], "tomato"),)
    made = Teacher(Request("colour", looked.descriptions, texts, constraints=said)).clustering()
    assert {cluster.name for cluster in made.clusters} == {"tomato", "green", "blue"}
    assert evaluate(looked.colours, made.labels.tolist()).nmi == 1


def test_what_no_routed_view_shows_is_learned_from_the_others(
    rng: np.random.Generator, texts: WordLlamaEncoder
) -> None:
    shown, meant = rng.integers(0, 3, 120), rng.integers(0, 4, 120)
    collection = made_up(blobs(rng, shown), other=blobs(rng, meant), noise=rng.normal(size=(120, 80)))
    truth = [f"kind {label}" for label in meant]
    before = evaluate(truth, Teacher(Request("stripe", collection, texts)).clustering().labels.tolist()).nmi
    teacher, _ = taught(Teacher(Request("stripe", collection, texts)), truth, 24)
    after = evaluate(truth, teacher.clustering().labels.tolist()).nmi
    assert before < 0.2 and after > 0.95


def test_more_answers_would_hardly_help_where_all_are_foreseen(
    rng: np.random.Generator, texts: WordLlamaEncoder
) -> None:
    labels = np.repeat([0, 1, 2], 30)
    teacher, _ = taught(
        Teacher(Request("stripe", made_up(blobs(rng, labels)), texts)), [f"g{i}" for i in labels], 24
    )
    question = teacher.question()
    assert question is None or question.enough
    lost, _ = taught(
        Teacher(Request("stripe", made_up(rng.normal(size=(90, 3))), texts)), [f"g{i}" for i in labels], 24
    )
    question = lost.question()
    assert question is not None and not question.enough


def test_a_tenth_of_wrong_answers_is_obeyed_and_hardly_spreads(
    rng: np.random.Generator, texts: WordLlamaEncoder
) -> None:
    labels = np.repeat([0, 1, 2], 40)
    collection = made_up(blobs(rng, labels))
    rows = rng.permutation(120)[:30]
    said = {int(row): f"g{labels[row]}" for row in rows}
    wrong = [int(row) for row in rows[:3]]
    said |= {row: f"g{(labels[row] + 1) % 3}" for row in wrong}
    names = [Label(f"image {row}", name) for row, name in said.items()]
    made = Teacher(Request("stripe", collection, texts, constraints=tuple(names))).clustering()
    called = [made.clusters[label].name for label in made.labels]
    assert all(called[row] == name for row, name in said.items())
    misled = {i for i in range(120) if called[i] != f"g{labels[i]}"} - set(wrong)
    assert len(misled) <= 3  # their nearest neighbours at most


def test_the_same_answers_make_the_same(looked: Any, texts: WordLlamaEncoder) -> None:
    ids = looked.collection.ids
    said = tuple(Label(ids[i], looked.shapes[i]) for i in (0, 5, 13, 20))
    runs = []
    for _ in range(2):
        looked.descriptions.memo.clear()
        teacher = Teacher(Request("shape", looked.descriptions, texts, constraints=said, seed=3))
        runs.append((teacher.question(), teacher.clustering()))
    (one, first), (other, second) = runs
    assert one == other
    np.testing.assert_array_equal(first.labels, second.labels)
    np.testing.assert_array_equal(first.confidence, second.confidence)


@settings(max_examples=40)
@given(
    values=st.lists(st.sampled_from([0.0, 1.0, 5.0, float("nan")]), min_size=2, max_size=9),
    data=st.data(),
)
def test_a_constraint_is_never_violated(
    values: list[float], data: st.DataObject, texts: WordLlamaEncoder
) -> None:
    collection = made_up(np.array(values)[:, None])
    images = collection.images
    one = st.sampled_from(images)
    pair = st.tuples(one, one).filter(lambda two: two[0] != two[1])
    thing: st.SearchStrategy[Constraint] = st.one_of(
        st.builds(Label, one, st.sampled_from(["x", "y", "z"])),
        pair.map(lambda two: MustLink(*two)),
        pair.map(lambda two: CannotLink(*two)),
    )
    constraints = tuple(data.draw(st.lists(thing, max_size=8)))
    k = data.draw(st.sampled_from([None, 1, 2]))
    teacher = Teacher(Request("stripe", collection, texts, constraints=constraints, k=k))
    made = teacher.clustering()
    kept, _ = consistent(constraints)
    said = tie(images, kept)
    for block in said.blocks:
        placed = made.labels[block]
        assert len(set(placed.tolist())) == 1
    for block, others in said.apart.items():
        group = made.labels[said.blocks[block][0]]
        assert group < 0 or all(made.labels[said.blocks[other][0]] != group for other in others)
    for block, name in said.names.items():
        assert made.clusters[made.labels[said.blocks[block][0]]].name == name
    question = teacher.question()
    answered = {c.image for c in kept if isinstance(c, Label)}
    assert question is None or not answered & set(question.images)


def test_an_answer_that_all_others_speak_against_is_asked_about_once_more(
    rng: np.random.Generator, texts: WordLlamaEncoder
) -> None:
    labels = np.repeat([0, 1, 2], 40)
    truth = [f"g{label}" for label in labels]
    collection = made_up(blobs(rng, labels))
    rows = [int(row) for row in rng.permutation(120)[:18]]
    slip, wrong = f"image {rows[0]}", f"g{(labels[rows[0]] + 1) % 3}"
    said = (Label(slip, wrong), *(Label(f"image {row}", truth[row]) for row in rows[1:]))
    teacher = Teacher(Request("stripe", collection, texts, constraints=said))
    question = teacher.question()
    assert question is not None and question.images == (slip,) and question.before == wrong
    for settled in (
        teacher.question([(slip,)]),
        teacher.question(confirmed=[slip]),
        Teacher(replace(teacher.request, constraints=(*said, Label(slip, wrong)))).question(),
        Teacher(replace(teacher.request, constraints=(*said, Label(slip, truth[rows[0]])))).question(),
    ):
        assert settled is None or (settled.images != (slip,) and not settled.before)


@pytest.mark.parametrize("seed", range(5))
def test_answers_that_are_hard_to_foresee_are_not_taken_for_slips(seed: int, texts: WordLlamaEncoder) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, 120)
    collection = made_up(rng.normal(size=(120, 6)), other=rng.normal(size=(120, 20)))
    _, asked = taught(Teacher(Request("stripe", collection, texts)), [f"g{i}" for i in labels], 30)
    assert len(asked) - len(set(asked)) <= 1


def test_the_first_questions_cover_the_pictures_and_later_ones_are_about_doubt(
    texts: WordLlamaEncoder,
) -> None:
    """Two groups of which one is two clumps: no doubt leads to the second clump, as the grouping is sure of it."""
    rng = np.random.default_rng(5)
    clump = rng.permutation(np.repeat([0, 1, 2], [70, 60, 14]))
    points = np.eye(3)[clump] * 4 + rng.normal(size=(144, 3)) * 0.2
    teacher = Teacher(Request("stripe", made_up(points), texts, k=2))
    truth = np.array(["calm", "wild", "odd"])[clump].tolist()
    taught_by, asked = taught(teacher, truth, COVER)
    place = {image: row for row, image in enumerate(teacher.request.descriptions.images)}
    assert {int(clump[place[image]]) for image in asked} == {0, 1, 2}
    why = [
        Teacher(replace(teacher.request, constraints=taught_by.request.constraints[:n])).question()
        for n in (0, 5)
    ]
    assert why[0] is not None and "typical of a group" in why[0].why
    assert why[1] is not None and "unlike those you answered" in why[1].why
