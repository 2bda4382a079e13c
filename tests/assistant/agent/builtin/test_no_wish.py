"""What somebody else wants, and what is put off at once, changes nothing."""

import pytest

from assistant.agent.builtin.no_wish import no_wish, own_wish
from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.tools.base import DialogueContext

SHOP = ("bags", "shoes", "hats")
HERE = DialogueContext(("product",), SHOP, current=3, groupings=(SHOP,), informed=True)


@pytest.mark.parametrize(
    "said",
    [
        "my wife thinks the hats should be split by colour",
        "my boss wants the hats in their own group",
        "she said to merge 1 and 2",
        "the client would merge bags and shoes",
        "somebody told me to rename hats to caps",
        "the hats, my friend split them by colour",
        "most people would sort by colour",
        "my supervisor prefers to group by month",
        "i always wanted to sort them by year but not today",
        "split the hats by colour, not now",
        "group by colour, but i'm not sure yet",
        "rename hats to caps but maybe later",
        "never mind the duplicates",
        "the person who took these said merge bags and shoes",
        "the guy who runs the shop wants hats and bags merged",
        "my uncle from Berlin said split the hats",
        "the curator wants them by year",
    ],
)
def test_nothing_is_done(said: str) -> None:
    assert isinstance(parse(said, HERE), Reply)


@pytest.mark.parametrize(
    "said",
    [
        "merge hats and bags", "rename hats to my wife", "rename hats to later", "call 2 not now",
        "put the pictures of my wife together", "my friends in one group", "sort into friends, clients and others",
        "the hats want a pile of their own", "never mind, group by colour", "never mind the colours, group by city",
    ],
)  # fmt: skip
def test_a_wish_of_ones_own_is_read(said: str) -> None:
    assert no_wish(said) is None


def test_a_name_is_no_put_off_wish() -> None:
    assert parse("rename hats to later", HERE) == [
        Call("rename_cluster", {"cluster": "hats", "name": "later"})
    ]


@pytest.mark.parametrize(
    "said",
    [
        "they want them by colour",
        "they merged bags and shoes",
        "my friend called it hats",
        "mum would group them by colour",
        "people keep telling me to merge 1 and 2",
        "Anna said to merge 1 and 2",
        "merge 1 and 2, said Anna",
        "#4 is a shoe like the others said my wife",
        "she said merge bags and shoes, please do it",
        "don't merge them, my wife wants them apart",
    ],
)
def test_nothing_is_done_of_what_others_say(said: str) -> None:
    assert isinstance(parse(said, HERE), Reply)


@pytest.mark.parametrize(
    ("said", "call"),
    [
        ("the client wants it by colour, so group by colour", Call("group_by", {"criterion": "colour"})),
        ("he did it, now group by colour", Call("group_by", {"criterion": "colour"})),
        ("move #4 to hats, my wife thinks it is one", Call("move_images", {"images": ["#4"], "to": "hats"})),
        ("undo, someone moved it", Call("undo")),
        (
            "the kids called Anna in one group",
            Call("sort_into", {"values": ["kids called Anna"], "rest": "other"}),
        ),
        ("the kids split by age", Call("group_by", {"criterion": "age"})),
        ("which are hats, I am not sure", Call("show", {"cluster": "hats"})),
        ("sort into now and later", Call("sort_into", {"values": ["now", "later"]})),
        (
            "rename hats to now and later",
            Call("rename_cluster", {"cluster": "hats", "name": "now and later"}),
        ),
        (
            'rename hats to "old, my wife said so "',
            Call("rename_cluster", {"cluster": "hats", "name": "old, my wife said so"}),
        ),
    ],
)
def test_ones_own_request_beside_it_is_read(said: str, call: Call) -> None:
    assert parse(said, HERE) == [call]


def test_do_it_is_no_request_of_its_own() -> None:
    said = "she said merge bags and shoes, please do it"
    assert own_wish(said) == said


@pytest.mark.parametrize(
    "said",
    ["my boss wants a csv, export to /tmp/x", "the client needs the files. export to /tmp/x"],
)
def test_an_order_behind_a_thing_that_somebody_wants_is_one_s_own(said: str) -> None:
    assert parse(said, HERE) == [Call("export_clusters", {"to": "/tmp/x"})]


def test_an_order_behind_what_somebody_says_is_theirs() -> None:
    assert isinstance(parse("my boss says, merge 1 and 2", HERE), Reply)
    assert isinstance(parse("my boss wants me to sort, merge 1 and 2", HERE), Reply)
