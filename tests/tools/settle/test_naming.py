"""What groups are called."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.clustering.clustering import Cluster, Clustering
from tools.describe.describe import Descriptions
from tools.embed.route import Route
from tools.models.ports import NO_FACE, Slot, SlotSpec, Vectors
from tools.settle import naming
from tools.settle.naming import cluster_names, tell_apart

MOOD = SlotSpec("mood", ("how they feel",), ("face.mood",), "emotion")
CHOSEN = Route(((MOOD, 0.9),), (("face.mood", 1.0),))


def described(values: list[str | None], confidence: float | list[float] = 1.0) -> Descriptions:
    sure = confidence if isinstance(confidence, list) else [confidence] * len(values)
    slots = [{"mood": Slot("mood", v, c)} if v else {} for v, c in zip(values, sure, strict=True)]
    return Descriptions(tuple(map(str, range(len(values)))), {"mood": MOOD}, _slots=slots)


def called(
    labels: list[int], values: list[str | None], k: int, confidence: float | list[float] = 1.0
) -> list[str]:
    return cluster_names(np.array(labels, np.int32), k, CHOSEN, described(values, confidence))


def test_a_group_is_called_by_what_most_of_it_shows() -> None:
    values = ["happy", "happy", "sad", "sad", "sad", "happy"]
    assert called([0, 0, 0, 1, 1, 1], values, 2) == ["happy", "sad"]


def test_what_is_common_everywhere_names_the_group_in_which_nothing_else_is() -> None:
    values: list[str | None] = [*["calm"] * 10, *["calm"] * 6, *["angry"] * 4]
    assert called([0] * 10 + [1] * 10, values, 2) == ["calm", "angry"]


def test_two_groups_of_one_word_are_told_apart_by_a_number() -> None:
    assert called([0, 0, 1, 1, 2, 2], ["sad"] * 4 + ["happy"] * 2, 3)[2] == "happy"
    assert sorted(called([0, 0, 1, 1, 2, 2], ["sad"] * 4 + ["happy"] * 2, 3)) == ["emotion 2", "happy", "sad"]
    assert sorted(called([0, 1, 2], ["sad"] * 3, 3)) == ["emotion 2", "emotion 3", "sad"]


def test_a_group_that_no_word_describes_gets_the_criterion_and_a_number() -> None:
    values = ["happy", "happy", None, None]
    assert called([0, 0, 1, 1], values, 2) == ["happy", "emotion 2"]
    mixed: list[str | None] = ["a", "b", "c", "d", "e", "f", "g", "h"]
    assert called([0] * 8, mixed, 1) == ["emotion 1"]


def test_no_word_that_is_true_of_less_than_half_names_a_mixed_group() -> None:
    values: list[str | None] = [*["sad"] * 4, *["angry"] * 3, "calm", *["happy"] * 4]
    assert called([0] * 8 + [1] * 4, values, 2) == ["sad", "happy"]
    values = [*["sad"] * 4, *["angry"] * 3, *["calm"] * 2, *["happy"] * 4]
    assert called([0] * 9 + [1] * 4, values, 2) == ["sad or angry", "happy"]


LABEL = SlotSpec("object", ("what it is",), ("object.kind",), labels="object")
KIND = SlotSpec("kind", ("kind of thing",), ("object.kind",), "kind of thing", labels="object")


def of_things(
    spec: SlotSpec,
    values: list[str | None],
    shown: list[list[float]],
    labels: list[int],
    unfamiliar: bool = False,
) -> list[str]:
    """The names of two groups of pictures, which show shoes, bags and cars with such probabilities."""
    told = replace(spec, group_words=lambda view: (("shoe", "bag", "", "car"), np.array(shown, np.float32)))
    slots = [{spec.name: Slot(spec.name, value, 0.4)} if value else {} for value in values]
    images = tuple(map(str, range(len(values))))
    described = Descriptions(images, {spec.name: told}, _slots=slots, unfamiliar=unfamiliar)
    route = Route(((told, 0.9),), (("object.kind", 1.0),))
    return cluster_names(np.array(labels, np.int32), 2, route, described)


SHOES, BAGS = [[0.5, 0.1, 0.0, 0.0]] * 4, [[0.1, 0.4, 0.0, 0.0]] * 4
TWO = [0] * 4 + [1] * 4


def test_a_group_of_many_classes_is_called_what_they_are_together() -> None:
    scattered: list[str | None] = ["clog", "loafer", "sandal", "boot", "purse", "backpack", "mailbag", "sack"]
    assert of_things(LABEL, scattered, SHOES + BAGS, TWO) == ["shoe", "bag"]
    one_class: list[str | None] = ["clog"] * 4 + ["purse", "backpack", "mailbag", "sack"]
    assert of_things(LABEL, one_class, SHOES + BAGS, TWO) == ["clog", "bag"]  # the class itself says more
    types: list[str | None] = ["clothing"] * 4 + ["container"] * 4
    assert of_things(KIND, types, SHOES + BAGS, TWO) == ["shoe", "bag"]  # and a type says less
    assert of_things(KIND, [None] * 8, SHOES + BAGS, TWO) == ["shoe", "bag"]


def test_such_a_word_has_to_be_true_of_most_of_a_group() -> None:
    types: list[str | None] = ["clothing"] * 4 + ["container"] * 4
    half = [*SHOES[:2], *BAGS[:2], *BAGS]
    assert of_things(KIND, types, half, TWO) == ["clothing", "bag"]
    faint = [[0.1, 0.0, 0.0, 0.0]] * 4
    assert of_things(KIND, types, faint + BAGS, TWO) == ["clothing", "bag"]
    nameless = [[0.1, 0.0, 0.8, 0.0]] * 4
    assert of_things(KIND, types, nameless + BAGS, TWO) == ["clothing", "bag"]
    assert of_things(KIND, types, SHOES + BAGS, TWO, unfamiliar=True) == ["clothing", "container"]


def test_of_more_images_than_there_is_memory_for_there_are_no_such_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(naming, "_MOST_SHOWN", 7)
    types: list[str | None] = ["clothing"] * 4 + ["container"] * 4
    assert of_things(KIND, types, SHOES + BAGS, TWO) == ["clothing", "container"]


def test_where_nobody_looked_who_has_words_for_groups_there_are_none() -> None:
    def words(view: Callable[[str], Vectors]) -> tuple[tuple[str, ...], Vectors]:
        return ("shoe",), view("object.top")

    spec = replace(MOOD, group_words=words)
    described = Descriptions(("a", "b"), {"mood": spec}, _slots=[{}, {}])
    route = Route(((spec, 0.9),), (("face.mood", 1.0),))
    assert cluster_names(np.array([0, 1], np.int32), 2, route, described) == ["emotion 1", "emotion 2"]


def test_doubtful_words_count_less() -> None:
    assert called([0, 0, 0], ["sad", "sad", "happy"], 1, [0.1, 0.1, 0.9]) == ["happy"]


def test_unsorted_images_name_nothing() -> None:
    assert called([0, -1, -1], ["sad", "happy", "happy"], 1) == ["sad"]


@pytest.mark.parametrize(
    "chosen",
    [
        Route((), (("object.kind", 1.0),)),
        Route(((SlotSpec("style", ("style",), ()), 1.0),), ()),
    ],
)
def test_without_words_groups_are_numbered(chosen: Route) -> None:
    word = "style" if chosen.matches else "group"
    expected = {"style": ["style 1", "style 2"], "group": ["group 1", "group 2"]}[word]
    found = cluster_names(np.array([0, 1, -1], np.int32), 2, chosen, described(["sad", "happy", None]))
    assert found == expected


def test_no_groups_need_no_names() -> None:
    assert called([-1, -1], ["sad", None], 0) == []


@given(
    st.lists(
        st.tuples(
            st.integers(-1, 3), st.none() | st.sampled_from(["sad", "happy", "sad 2"]), st.floats(0.01, 1)
        ),
        min_size=1,
        max_size=15,
    )
)
def test_names_are_never_empty_and_never_the_same(rows: list[tuple[int, str | None, float]]) -> None:
    labels, values, confidence = ([row[i] for row in rows] for i in range(3))
    found = called(labels, values, 4, confidence)  # type: ignore[arg-type]
    assert len(found) == 4 and all(found)
    assert len({name.casefold() for name in found}) == 4


def both(
    moods: list[str],
    poses: list[str],
    labels: list[int],
    k: int,
    interest: float = 1.0,
    views: tuple[str, ...] = MOOD.views,
) -> list[str]:
    pose = SlotSpec("head pose", ("which way they look",), views, "head pose", interest=interest)
    slots = [
        {"mood": Slot("mood", m, 1.0), "head pose": Slot("head pose", p, 0.9)}
        for m, p in zip(moods, poses, strict=True)
    ]
    seen = Descriptions(tuple(map(str, range(len(moods)))), {"mood": MOOD, "head pose": pose}, _slots=slots)
    return cluster_names(np.array(labels, np.int32), k, CHOSEN, seen)


def test_another_slot_tells_two_groups_of_one_word_apart() -> None:
    labels = [0] * 6 + [1] * 4 + [2] * 3
    moods = ["happy"] * 10 + ["sad"] * 3
    turned = ["right"] * 6 + ["left"] * 4 + ["left"] * 3
    assert both(moods, turned, labels, 3) == ["happy", "happy, left", "sad"]
    mixed = ["right", "left"] * 5 + ["left"] * 3
    assert both(moods, mixed, labels, 3) == ["happy", "emotion 2", "sad"]  # never "happy 2"
    assert both(moods, turned, labels, 3, interest=0.5) == ["happy", "emotion 2", "sad"]
    assert both(moods, turned, labels, 3, views=("colour.subject",)) == ["happy", "happy, left", "sad"]
    mostly = ["right"] * 5 + ["left"] + ["left"] * 3 + ["right"] + ["left"] * 3
    assert both(moods, mostly, labels, 3) == ["happy", "happy, left", "sad"]
    assert both(["happy"] * 6, ["right"] * 2 + ["left"] * 4, [0, 0, 1, 1, 2, 2], 3)[0] != "happy, left"


@pytest.mark.parametrize(
    ("criterion", "noun"),
    [
        ("place", "place"),
        ("  coat  ", "coat"),
        ("Head pose", "Head pose"),
        ("who", "emotion"),
        ("how they feel", "emotion"),
        ("the mood they are in", "emotion"),
        ("4 moods", "emotion"),
        ("", "emotion"),
    ],
)
def test_a_group_without_a_name_is_numbered_under_the_users_word(criterion: str, noun: str) -> None:
    seen = described([None, None])
    found = cluster_names(np.array([0, 1], np.int32), 2, CHOSEN, seen, criterion)
    assert found == [f"{noun} 1", f"{noun} 2"]


def test_a_slot_whose_title_is_a_question_numbers_groups() -> None:
    who = SlotSpec("who", (), ("object.type",), "who")
    seen = Descriptions(("a", "b"), {"who": who}, _slots=[{}, {}])
    route = Route(((who, 1.0),), (("object.type", 1.0),))
    assert cluster_names(np.array([0, 1], np.int32), 2, route, seen, "who") == ["group 1", "group 2"]


def test_a_word_that_is_hardly_believed_is_no_name_however_common_it_is() -> None:
    # A third of apples called lemons with .12 each: in a hundred, four may be lemons.
    values: list[str | None] = ["lemon"] * 6 + ["pepper"] * 6
    assert called([0] * 6 + [1] * 6, values, 2, [0.12] * 6 + [0.6] * 6) == ["emotion 1", "pepper"]
    assert called([0] * 6 + [1] * 6, values, 2, [0.3] * 6 + [0.6] * 6) == ["lemon", "pepper"]
    # Nor does it name a second group "lemon 2", nor a mixed one "lemon or plum".
    assert called([0] * 6 + [1] * 6, ["lemon"] * 12, 2, [0.9] * 6 + [0.1] * 6) == ["lemon", "emotion 2"]


def test_what_was_measured_in_one_group_alone_stands_beside_its_number() -> None:
    light = SlotSpec("brightness", (), ("photo.light",))
    said = ["dark"] * 8 + ["bright"] * 2 + ["bright"] * 10 + ["medium"] * 10
    slots = [{"brightness": Slot("brightness", word, 1.0)} for word in said]
    seen = Descriptions(tuple(map(str, range(30))), {"mood": MOOD, "brightness": light}, _slots=slots)
    labels = np.repeat([0, 1, 2], 10).astype(np.int32)
    assert cluster_names(labels, 3, CHOSEN, seen, "place") == [
        "place 1, dark",
        "place 2, bright",
        "place 3, medium",
    ]
    same = Descriptions(
        tuple(map(str, range(30))), {"mood": MOOD, "brightness": light}, _slots=slots[:1] * 30
    )
    assert cluster_names(labels, 3, CHOSEN, same, "place") == ["place 1", "place 2", "place 3"]


def test_a_group_that_was_numbered_beside_its_namesake_is_told_apart_by_what_is_seen() -> None:
    light = SlotSpec("brightness", (), ("photo.light",))
    slots = [{"brightness": Slot("brightness", word, 1.0)} for word in ["dark"] * 5 + ["bright"] * 10]
    ids = tuple(f"i{i}" for i in range(15))
    seen = Descriptions(ids, {"brightness": light}, _slots=slots)
    labels = np.repeat([0, 1, 2], 5).astype(np.int32)

    def named(*clusters: Cluster, keep: frozenset[str] = frozenset()) -> list[str]:
        made = Clustering("x", "emotion", ids, clusters, labels, np.ones(15, np.float32))
        return [cluster.name for cluster in tell_apart(made, seen, keep).clusters]

    numbered, namesake, other = Cluster("c1", "happy 2"), Cluster("c2", "happy"), Cluster("c3", "sad")
    assert named(numbered, namesake, other) == ["happy, dark", "happy", "sad"]
    assert named(numbered, namesake, other, keep=frozenset(["c1"])) == ["happy 2", "happy", "sad"]
    assert named(Cluster("c1", "happy 2", locked=True), namesake, other)[0] == "happy 2"
    assert named(numbered, Cluster("c2", "calm"), other)[0] == "happy 2"  # it has no namesake
    assert named(namesake, Cluster("c2", "happy 2"), Cluster("c3", "happy 3"))[1:] == ["happy 2", "happy 3"]


def test_what_tells_namesakes_apart_is_no_word_of_the_name_and_not_what_one_picture_shows() -> None:
    behind, light = SlotSpec("colour", (), ("colour.image",)), SlotSpec("brightness", (), ("photo.light",))
    slots = [{"colour": Slot("colour", "green", 1.0)} for _ in range(5)]
    slots += [{"colour": Slot("colour", "white", 1.0)} for _ in range(5)]
    slots += [{"brightness": Slot("brightness", "dark", 1.0)}]
    ids = tuple(f"i{i}" for i in range(11))
    seen = Descriptions(ids, {"colour": behind, "brightness": light}, _slots=slots)
    clusters = Cluster("c1", "green 2"), Cluster("c2", "green"), Cluster("c3", "green 3")
    labels = np.array([0] * 5 + [1] * 5 + [2], np.int32)
    made = Clustering("x", "colour", ids, clusters, labels, np.ones(11, np.float32))
    assert [cluster.name for cluster in tell_apart(made, seen).clusters] == ["green 2", "green", "green 3"]


@pytest.mark.parametrize("word", [NO_FACE, "no glasses", "one"])
def test_neither_a_bare_number_nor_what_was_not_seen_tells_groups_apart(word: str) -> None:
    other = SlotSpec("people" if word == "one" else "bodies", (), ("face.count",))
    slots = [{other.name: Slot(other.name, word if i < 5 else "two", 1.0)} for i in range(15)]
    ids = tuple(f"i{i}" for i in range(15))
    seen = Descriptions(ids, {other.name: other}, _slots=slots)
    clusters = Cluster("c1", "clothing 2"), Cluster("c2", "clothing"), Cluster("c3", "bag")
    labels = np.repeat([0, 1, 2], 5).astype(np.int32)
    made = Clustering("x", "kind", ids, clusters, labels, np.ones(15, np.float32))
    assert tell_apart(made, seen).clusters[0].name == "clothing 2"


FACES = SlotSpec("expression", (), ("face.expression",), "emotion", requires="faces")
PICTURE = SlotSpec("kind of picture", (), ("photo.kind",))


@pytest.mark.parametrize(
    ("picture", "faces", "names"),
    [
        ("drawing", 4, ["emotion 1", "emotion 2"]),  # what looks like a face on a few drawings has no mood
        ("drawing", 12, ["happy", "sad"]),  # drawn portraits
        ("photograph", 4, ["happy", "sad"]),
    ],
)
def test_words_about_faces_on_a_few_drawings_are_no_names(picture: str, faces: int, names: list[str]) -> None:
    slots = [{"kind of picture": Slot("kind of picture", picture, 1.0)} for _ in range(12)]
    for i in range(faces):
        mood = "happy" if i < faces / 2 else "sad"
        slots[i] |= {"expression": Slot("expression", mood, 1.0), "people": Slot("people", "one", 1.0)}
    specs = {spec.name: spec for spec in (FACES, PICTURE, SlotSpec("people", (), ()))}
    seen = Descriptions(tuple(map(str, range(12))), specs, _slots=slots)
    labels = np.array([int(i >= faces / 2) if i < faces else -1 for i in range(12)], np.int32)
    chosen = Route(((FACES, 0.9),), (("face.expression", 1.0),))
    assert cluster_names(labels, 2, chosen, seen) == names


@pytest.mark.parametrize(("sure", "names"), [(0.95, ["1", "2"]), (0.7, ["number 1", "number 2"])])
def test_numbers_of_things_that_do_not_stand_out_are_no_names(sure: float, names: list[str]) -> None:
    count = SlotSpec("count", (), ("count.parts",), "number of things", requires="things")
    slots = [{"count": Slot("count", "1" if i < 6 else "2", sure)} for i in range(12)]
    seen = Descriptions(tuple(map(str, range(12))), {"count": count}, _slots=slots)
    chosen = Route(((count, 0.9),), (("count.parts", 1.0),))
    assert cluster_names(np.repeat([0, 1], 6).astype(np.int32), 2, chosen, seen, "number") == names


def test_a_slot_without_words_is_named_by_the_words_of_another_that_it_trusts() -> None:
    who = SlotSpec("who", (), ("object.top",), "who", named_by=("animal",))
    animal = SlotSpec("animal", (), ("object.kind",))
    slots = [{"animal": Slot("animal", "dog", 0.9)} if i < 7 else {} for i in range(20)]
    seen = Descriptions(tuple(map(str, range(20))), {"who": who, "animal": animal}, _slots=slots)
    labels = np.repeat([0, 1], 10).astype(np.int32)
    chosen = Route(((who, 0.9),), (("object.top", 1.0),))
    assert cluster_names(labels, 2, chosen, seen, "who") == ["dog", "group 2"]
    seen = Descriptions(
        tuple(map(str, range(20))), {"who": who, "animal": animal}, _slots=[{}] * 10 + slots[:10]
    )
    assert cluster_names(labels, 2, chosen, seen, "who") == ["group 1", "dog"]
    few = [{"animal": Slot("animal", "dog", 0.9)} if i < 4 else {} for i in range(20)]
    seen = Descriptions(tuple(map(str, range(20))), {"who": who, "animal": animal}, _slots=few)
    assert cluster_names(labels, 2, chosen, seen, "who") == ["group 1", "group 2"]  # four of ten are no name
