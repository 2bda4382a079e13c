"""A new grouping in place of an old one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tools.clustering import refine
from tools.clustering.clustering import UNSORTED, Cluster, Clustering
from tools.clustering.constraints import CannotLink, Constraint, Label, MustLink, consistent
from tools.settle.match_clusters import match_clusters, violated

N = 9
IMAGES = tuple(f"i{i}" for i in range(N))


def made(labels: list[int], names: list[str], locked: tuple[int, ...] = ()) -> Clustering:
    return Clustering(
        id="mood",
        criterion="mood",
        images=IMAGES[: len(labels)],
        clusters=tuple(Cluster(f"c{i + 1}", name, i in locked) for i, name in enumerate(names)),
        labels=np.array(labels, np.int32),
        confidence=np.full(len(labels), 0.5, np.float32),
        next_number=len(names) + 1,
    )


def groups(clustering: Clustering) -> dict[str, tuple[str, str]]:
    """Cluster id to its name and its members in order."""
    return {c.id: (c.name, " ".join(sorted(clustering.members(c.id)))) for c in clustering.clusters}


OLD = made([0, 0, 0, 1, 1, 1, 2, 2, 2], ["happy", "sad", "calm"])


def test_the_same_groups_in_another_order_have_their_ids_and_names() -> None:
    new = made([2, 2, 2, 0, 0, 0, 1, 1, 1], ["x", "y", "z"])
    assert groups(match_clusters(OLD, new)) == groups(OLD)
    # Names that the user did not give come from the new grouping, where that is asked for.
    assert groups(match_clusters(OLD, new, named={"c2"})) == {
        "c1": ("z", "i0 i1 i2"), "c2": ("sad", "i3 i4 i5"), "c3": ("y", "i6 i7 i8"),
    }  # fmt: skip


def test_a_group_that_is_new_has_a_new_id_and_comes_last() -> None:
    new = made([0, 0, 0, 1, 1, 3, 3, 2, 2], ["happy", "sad", "calm", "odd"])
    found = match_clusters(OLD, new)
    assert [c.id for c in found.clusters] == ["c1", "c2", "c3", "c4"]
    assert groups(found)["c4"] == ("odd", "i5 i6") and found.next_number == 5


def test_a_name_that_the_user_gives_is_that_of_the_group_with_its_images() -> None:
    new = made([0, 0, 0, 1, 1, 1, 2, 2, 2], ["x", "y", "z"])
    found = match_clusters(OLD, new, [Label("i0", "glad"), Label("i3", "calm")])
    # "glad" is the happy ones under a new name; "calm" is called what was called sad, and is where calm was.
    assert groups(found)["c1"] == ("glad", "i0 i1 i2")
    assert groups(found)["c3"] == ("calm", "i3 i4 i5")


def test_a_locked_group_has_its_members_its_name_and_nobody_else() -> None:
    old = made([0, 0, 0, 1, 1, 1, 2, 2, 2], ["happy", "sad", "calm"], locked=(0,))
    new = made([0, 1, 1, 0, 1, 1, 2, 2, 0], ["one", "two", "three"])
    found = match_clusters(old, new, named=())
    assert groups(found)["c1"] == ("happy", "i0 i1 i2")
    assert found.clusters[0].locked
    # Whoever would have come in stays where they were.
    assert "i3" in groups(found)["c2"][1] and "i8" in groups(found)["c3"][1]


def test_what_was_made_of_several_is_not_cut() -> None:
    old = made([0, 0, 0, 0, 0, 0, 1, 1, 1], ["both", "calm"])
    new = made([0, 0, 0, 1, 1, 1, 2, 2, 2], ["happy", "sad", "calm"])
    assert groups(match_clusters(old, new, merged_ids={"c1"})) == groups(old)
    named = match_clusters(old, new, [Label("i3", "sad"), Label("i0", "both")], merged_ids={"c1"})
    assert {name for name, _ in groups(named).values()} == {"both", "sad", "calm"}


def test_what_was_put_aside_stays_there() -> None:
    found = match_clusters(OLD, OLD, set_aside={"i0"})
    assert found.unsorted() == ("i0",)


def test_a_group_that_everyone_is_kept_out_of_makes_a_new_one() -> None:
    old = made([0, 0, 0], ["all"])
    found = match_clusters(old, old, [CannotLink("i0", "i1"), CannotLink("i1", "i2"), CannotLink("i0", "i2")])
    assert len(found.clusters) == 3 and found.confidence.tolist() == [0.5] * 3


def test_a_group_that_the_constraints_alone_put_together_again_is_the_old_one() -> None:
    old = made([0, 0, 0, 0, 0, 0, 0, 1, 1], ["red", "mood 2"])
    new = made([0, 0, 0, 0, 0, 0, 0, 0, 0], ["red"])
    said = [Label("i0", "red"), MustLink("i7", "i8"), CannotLink("i0", "i7")]
    assert groups(match_clusters(old, new, said)) == groups(old)


def test_images_that_are_gone_do_not_matter() -> None:
    assert violated(OLD, [Label("gone", "x"), MustLink("i0", "gone"), CannotLink("gone", "away")]) == []
    wrong: list[Constraint] = [Label("i0", "sad"), MustLink("i0", "i8"), CannotLink("i0", "i1")]
    assert violated(OLD, wrong) == wrong


labels = st.lists(st.integers(UNSORTED, 2), min_size=N, max_size=N)
image = st.sampled_from(IMAGES)
said = st.lists(
    st.builds(Label, image, st.sampled_from(["happy", "sad", "new", "other"]))
    | st.builds(MustLink, image, image)
    | st.builds(CannotLink, image, image).filter(lambda c: c.a != c.b),
    max_size=8,
)


@given(labels, labels, said, st.sets(image, max_size=2))
def test_whatever_was_said_holds_and_each_image_is_in_one_place(
    old: list[int], new: list[int], said: list[Constraint], aside: set[str]
) -> None:
    said = [c for c in said if not isinstance(c, MustLink | CannotLink) or c.a != c.b]
    aside -= {i for c in said for i in ([c.image] if isinstance(c, Label) else [c.a, c.b])}
    kept, _ = consistent(said)
    before = refine.tidy(made(old, ["happy", "sad", "calm"]), OLD.clusters, np.array(old, np.int32))
    found = match_clusters(before, made(new, ["sad", "x", "y"]), kept, set_aside=aside)
    assert violated(found, kept) == []
    assert aside <= set(found.unsorted())
    assert len({c.id for c in found.clusters}) == len({c.name.casefold() for c in found.clusters})
    assert all(found.size(c.id) for c in found.clusters)
    assert all(int(c.id[1:]) < found.next_number for c in found.clusters)
