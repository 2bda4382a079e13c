"""Several calls of one request are about the groups that the person saw as they spoke."""

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call
from assistant.agent.tools.base import DialogueContext

SHOP = ("bags", "shoes", "hats", "belts")
HERE = DialogueContext(("product",), SHOP, current=4, groupings=(SHOP,), informed=True)


def rename(cluster: str, name: str) -> Call:
    return Call("rename_cluster", {"cluster": cluster, "name": name})


def merge(*clusters: str, **name: str) -> Call:
    return Call("merge_clusters", {"clusters": list(clusters), **name})


@pytest.mark.parametrize(
    ("said", "calls"),
    [
        ("call 2 boots and merge boots with 3", [rename("2", "boots"), merge("boots", "3")]),
        ("rename hats to caps and merge hats with bags", [rename("hats", "caps"), merge("caps", "bags")]),
        ("rename 3 to caps, then merge the hats with bags", [rename("3", "caps"), merge("caps", "bags")]),
        (
            "rename hats to caps and lock hats",
            [rename("hats", "caps"), Call("lock_group", {"cluster": "caps"})],
        ),
        ("merge 1 and 2 and lock 3", [merge("1", "2"), Call("lock_group", {"cluster": "hats"})]),
        ("merge 1 and 2, rename 4 to straps", [merge("1", "2"), rename("belts", "straps")]),
        ('rename bags to "sale now" and hats to "new"', [rename("bags", "sale now"), rename("hats", "new")]),
        ("ok merge hats and bags and name it rest", [merge("hats", "bags", name="rest")]),
        ("call bags site A and hats site B", [rename("bags", "site A"), rename("hats", "site B")]),
    ],
)
def test_later_steps_name_groups_as_they_are_by_then(said: str, calls: list[Call]) -> None:
    assert parse(said, HERE) == calls


@pytest.mark.parametrize(
    ("said", "calls"),
    [
        ("group by colour and merge 1 and 2", [Call("group_by", {"criterion": "colour"}), merge("1", "2")]),
        ("lock 1 and merge 2 with 3", [Call("lock_group", {"cluster": "1"}), merge("2", "3")]),
        (
            "merge 1 and 2 as bags, then show bags",
            [merge("1", "2", name="bags"), Call("show", {"cluster": "bags"})],
        ),
    ],
)
def test_numbers_stay_what_they_are_where_the_list_is_another_or_the_same(
    said: str, calls: list[Call]
) -> None:
    assert parse(said, HERE) == calls


@pytest.mark.parametrize(
    "name",
    [
        "purse and hat box", "hide and seek", "rock and roll", "show and tell", "this and that", "put and call",
        "bags and boots", "split pea", "merge sort",
    ],
)  # fmt: skip
def test_a_name_may_have_an_and_in_it(name: str) -> None:
    assert parse(f"call 2 {name}", HERE) == [rename("2", name)]


@pytest.mark.parametrize("said", ["name the other groups after the camera", "call them by their colour"])
def test_what_groups_are_named_after_is_no_name(said: str) -> None:
    assert not isinstance(parse(said, HERE), list)
