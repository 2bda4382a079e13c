"""Two clauses that say one thing together come to one call."""

from assistant.agent.builtin.clauses_joined import as_one
from assistant.agent.calls import Call

MERGE = Call("merge_clusters", {"clusters": ["dog", "cat"]})
DENIED = Call("explain", {"image": "#3", "not_in": "bird"})


def test_a_merge_takes_the_name_that_is_said_behind_it() -> None:
    named = Call("rename_cluster", {"cluster": "cat", "name": "pets"})
    assert as_one([MERGE], [named], "and call them pets") == [
        Call("merge_clusters", {"clusters": ["dog", "cat"], "name": "pets"})
    ]
    assert as_one([MERGE], [named], "and rename cat to pets") is None  # only one of the two
    assert (
        as_one([MERGE], [Call("rename_cluster", {"cluster": "bird", "name": "pets"})], "call it pets") is None
    )


def test_what_is_not_in_a_group_either_is_asked_about_together() -> None:
    further = Call("explain", {"image": "#3", "not_in": "bird", "more": ["#7"]})
    assert as_one([DENIED], [further], "and #7 neither") == [further]
    assert as_one([DENIED], [Call("explain", {"image": "#7", "not_in": "cat"})], "#7 is no cat") is None


def test_what_a_picture_is_instead_is_where_it_goes() -> None:
    moved = Call("move_images", {"images": ["#3"], "to": "cat"})
    shown = [Call("show", {"cluster": "cat"})]
    assert as_one([DENIED], shown, "I'd say a cat") == [moved]
    for said in ("show me the cats", "but where are the cats", "let me see cat"):
        assert as_one([DENIED], shown, said) is None
    assert as_one([DENIED], [Call("undo")], "undo") is None and as_one([], [Call("undo")], "undo") is None
