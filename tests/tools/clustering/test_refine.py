"""Edits by hand keep a clustering whole, whatever their order."""

import numpy as np
import pytest
from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tools.clustering import refine
from tools.clustering.clustering import UNSORTED, Cluster, Clustering
from tools.errors import UsageError


def made(labels, names=("happy", "sad", "calm"), confidence=None):
    n = len(labels)
    return Clustering(
        id="emotion",
        criterion="emotion",
        images=tuple(f"image{i}" for i in range(n)),
        clusters=tuple(Cluster(f"c{i + 1}", name) for i, name in enumerate(names)),
        labels=np.array(labels, np.int32),
        confidence=np.array(confidence if confidence is not None else [0.5] * n, np.float32),
        next_number=len(names) + 1,
    )


def groups(clustering):
    return {(c.id, c.name): set(clustering.members(c.id)) for c in clustering.clusters}


def test_merge_keeps_the_id_and_the_place_of_the_largest_and_every_confidence():
    before = made([0, 1, 1, 2, UNSORTED], confidence=[0.1, 0.2, 0.3, 0.4, 0.5])
    after = refine.merge(before, ["c1", "c2"])
    assert groups(after) == {("c2", "sad"): {"image0", "image1", "image2"}, ("c3", "calm"): {"image3"}}
    assert after.unsorted() == ("image4",)
    np.testing.assert_array_equal(after.confidence, before.confidence)
    assert groups(before)[("c1", "happy")] == {"image0"}


def test_merge_may_take_a_new_name_or_that_of_one_of_the_merged():
    before = made([0, 1, 1, 2])
    assert [c.name for c in refine.merge(before, ["c1", "c2"], "Happy").clusters] == ["Happy", "calm"]
    with pytest.raises(UsageError, match='already a group "calm"'):
        refine.merge(before, ["c1", "c2"], "CALM")


@pytest.mark.parametrize("ids", [[], ["c1"], ["c1", "c1"]])
def test_merge_takes_two(ids):
    with pytest.raises(UsageError, match="at least two"):
        refine.merge(made([0, 1, 2]), ids)


def test_split_keeps_the_id_for_the_largest_part_and_puts_the_others_behind_it():
    before = made([1, 0, 0, 0, 0, 2], confidence=[0.5, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert before.members("c1") == ("image4", "image3", "image2", "image1")
    after = refine.split(before, "c1", np.array([0, 7, 7, 7]))
    assert [c.id for c in after.clusters] == ["c1", "c4", "c2", "c3"]
    assert groups(after) == {
        ("c1", "happy"): {"image1", "image2", "image3"},
        ("c4", "happy 2"): {"image4"},
        ("c2", "sad"): {"image0"},
        ("c3", "calm"): {"image5"},
    }
    np.testing.assert_array_equal(after.confidence, before.confidence)
    assert after.next_number == 5


def test_split_names_its_parts_in_the_order_of_their_labels_and_may_leave_some_unsorted():
    before = made([0, 0, 0, 0, 1], names=("happy", "sad"))
    after = refine.split(before, "c1", [1, 0, 1, -1], names=["smiling", "laughing"])
    assert groups(after) == {
        ("c1", "laughing"): {"image0", "image2"},
        ("c3", "smiling"): {"image1"},
        ("c2", "sad"): {"image4"},
    }
    assert after.unsorted() == ("image3",)


def test_split_numbers_past_names_that_are_taken():
    after = refine.split(made([0, 0, 1], names=("happy", "HAPPY 2")), "c1", [0, 1])
    assert [c.name for c in after.clusters] == ["happy", "happy 3", "HAPPY 2"]


@pytest.mark.parametrize(
    ("labels", "names", "words"),
    [
        ([0, 1], None, "one whole number for each"),
        ([0.0, 1.0, 1.0], None, "one whole number for each"),
        ([1, 1, 1], None, "nothing would change"),
        ([-1, 1, 1], None, "nothing would change"),
        ([-2, 0, 1], None, "below -1"),
        ([0, 1, 1], ["one"], "2 parts but 1 names"),
        ([0, 1, 1], ["one", "Sad"], 'already a group "sad"'),
        ([0, 1, 1], ["one", "ONE"], 'already a group "one"'),
    ],
)
def test_split_refuses_what_does_not_fit(labels, names, words):
    with pytest.raises(UsageError, match=words):
        refine.split(made([0, 0, 0, 1], names=("happy", "sad")), "c1", labels, names)


def test_move_is_sure_and_an_emptied_cluster_is_gone():
    before = made([0, 1, 1, 2])
    after = refine.move(before, ["image0", "image1"], "c3")
    assert groups(after) == {("c2", "sad"): {"image2"}, ("c3", "calm"): {"image0", "image1", "image3"}}
    assert after.confidence.tolist() == [1.0, 1.0, 0.5, 0.5]
    assert before.confidence.tolist() == [0.5] * 4
    away = refine.move(after, ["image2"], None)
    assert away.unsorted() == ("image2",)
    assert [c.id for c in away.clusters] == ["c3"]


def test_a_new_cluster_takes_its_images_from_anywhere_and_a_new_id():
    after = refine.new_cluster(made([0, 1, UNSORTED, 2]), " in\tlove ", ["image2", "image3"])
    assert groups(after)[("c4", "in love")] == {"image2", "image3"}
    assert [c.id for c in after.clusters] == ["c1", "c2", "c4"]
    assert refine.new_cluster(after, "next", ["image0"]).clusters[-1].id == "c5"


def test_an_id_in_use_is_not_given_again_where_nobody_counted():
    uncounted = made([0, 1, 2]).with_changes(next_number=1)
    assert refine.new_cluster(uncounted, "new", ["image0"]).clusters[-1].id == "c4"


def test_rename_may_change_the_case_of_its_own_name_and_drops_what_is_no_text():
    assert refine.rename(made([0, 1, 2]), "c1", "HAPPY").clusters[0].name == "HAPPY"
    assert refine.rename(made([0, 1, 2]), "c1", "a\u202egpj\n\x00b").clusters[0].name == "agpj b"
    with pytest.raises(UsageError, match='already a group "sad"'):
        refine.rename(made([0, 1, 2]), "c1", "  Sad ")
    with pytest.raises(UsageError, match="needs a name"):
        refine.rename(made([0, 1, 2]), "c1", " \u202e ")


def test_a_locked_cluster_stays_as_it_is_until_it_is_unlocked():
    locked = refine.lock(made([0, 0, 1, 1, 2]), "c1")
    for edit in (
        lambda: refine.merge(locked, ["c1", "c2"]),
        lambda: refine.split(locked, "c1", [0, 1]),
        lambda: refine.rename(locked, "c1", "glad"),
        lambda: refine.move(locked, ["image0"], "c2"),
        lambda: refine.move(locked, ["image2"], "c1"),
        lambda: refine.move(locked, ["image0"], None),
        lambda: refine.new_cluster(locked, "mine", ["image0", "image4"]),
    ):
        with pytest.raises(UsageError, match='"happy" is locked, so it stays as it is; unlock it first'):
            edit()
    assert refine.merge(locked, ["c2", "c3"]).clusters[0].locked
    assert groups(refine.move(locked, ["image0"], "c1")) == groups(locked)
    assert groups(refine.rename(refine.lock(locked, "c1", on=False), "c1", "glad"))["c1", "glad"]


def test_what_is_not_there_is_said_with_what_is():
    clustering = made([0, 1, 2])
    with pytest.raises(UsageError, match="no group c9 in 'emotion'; there are: c1 happy, c2 sad, c3 calm"):
        refine.rename(clustering, "c9", "x")
    with pytest.raises(UsageError, match="no image nowhere in 'emotion'"):
        refine.move(clustering, ["nowhere"], "c1")
    with pytest.raises(UsageError, match="no images were named"):
        refine.move(clustering, [], "c1")


class Edits(RuleBasedStateMachine):
    """Any edits in any order: each image in one place, ids never used twice, names distinct."""

    def __init__(self):
        super().__init__()
        self.now = made([0, 0, 0, 1, 1, 2, 2, 2, 2, UNSORTED])
        self.ever = {c.id for c in self.now.clusters}

    def apply(self, edit, *arguments):
        before = self.now
        kept = (before.clusters, before.labels.copy(), before.confidence.copy(), before.next_number)
        try:
            self.now = edit(before, *arguments)
        except UsageError:
            self.now = before
        assert (before.clusters, before.next_number) == (kept[0], kept[3])
        np.testing.assert_array_equal(before.labels, kept[1])
        np.testing.assert_array_equal(before.confidence, kept[2])
        old, new = {c.id for c in before.clusters}, {c.id for c in self.now.clusters}
        assert not (new - old) & self.ever, "an id was used twice"
        self.ever |= new

    def some(self, data):
        assume(self.now.clusters)
        return data.draw(st.sampled_from([c.id for c in self.now.clusters]))

    images = st.lists(st.integers(0, 9).map(lambda i: f"image{i}"), max_size=4)
    words = st.sampled_from(["happy", "Sad", "calm 2", "x", "X ", "", "\u202e"])

    @rule(data=st.data(), name=st.none() | words)
    def merge(self, data, name):
        self.apply(refine.merge, [self.some(data), self.some(data)], name)

    @rule(data=st.data(), name=words)
    def rename(self, data, name):
        self.apply(refine.rename, self.some(data), name)

    @rule(data=st.data(), images=images, away=st.booleans())
    def move(self, data, images, away):
        self.apply(refine.move, images, None if away else self.some(data))

    @rule(name=words, images=images)
    def new_cluster(self, name, images):
        self.apply(refine.new_cluster, name, images)

    @rule(data=st.data())
    def split(self, data):
        id = self.some(data)
        m = self.now.size(id)
        parts = data.draw(st.lists(st.integers(-1, 2), min_size=m, max_size=m))
        self.apply(refine.split, id, np.array(parts, np.int32))

    @invariant()
    def whole(self):
        now = self.now
        assert now.labels.dtype == np.int32
        assert now.confidence.dtype == np.float32
        members = [set(now.members(c.id)) for c in now.clusters] + [set(now.unsorted())]
        assert sum(map(len, members)) == len(set().union(*members)) == len(now.images)
        assert all(now.size(c.id) for c in now.clusters)
        names = [c.name.casefold() for c in now.clusters]
        assert len(set(names)) == len(names)
        assert all(int(c.id[1:]) < now.next_number for c in now.clusters)


TestEdits = Edits.TestCase
TestEdits.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)


def test_swapped_names_take_the_nested_folders_of_crossed_groups_with_them():
    crossed = made([0, 1], names=("red / May", "blue / June"))
    clusters = tuple(Cluster(c.id, c.name, parts=tuple(c.name.split(" / "))) for c in crossed.clusters)
    swapped = refine.swap_names(crossed.with_changes(clusters=clusters), "c1", "c2")
    assert [(c.id, c.name, c.parts) for c in swapped.clusters] == [
        ("c1", "blue / June", ("blue", "June")),
        ("c2", "red / May", ("red", "May")),
    ]
