"""Sentences that name first what they are about, or ask whether there is any, are read as those the grammar has."""

from dataclasses import replace

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.builtin.reworded import rest_sorted, reworded, with_by
from assistant.agent.calls import Call, Reply
from assistant.agent.gate import Turn, wants
from assistant.agent.tools.base import DialogueContext, Effect
from assistant.agent.tools.registry import tools

SHOP = ("bags", "shoes", "hats")
HERE = DialogueContext(
    ("product",),
    SHOP,
    current=3,
    groupings=(SHOP,),
    said_by_files=(("city", ("Berlin", "Tokyo")), ("month", ("June 2023", "September 2023"))),
    said_by_experts=(
        ("colour", ("red", "blue")),
        ("black-and-white or colour", ("colour", "black and white")),
    ),
    informed=True,
)
SPOKEN = replace(HERE, spoken=("shoes",))


def acts(said: str, here: DialogueContext = SPOKEN) -> list[str]:
    """Return the tools that change something as a sentence is said."""
    understood = parse(said, here)
    calls = understood if isinstance(understood, list) else []
    turn = Turn(said, dialogue=here, calls=tuple(calls))
    edits = [call.tool for call in calls if tools()[call.tool].effect is not Effect.READ]
    return [tool for tool in edits if wants(turn, tools()[tool])]


@pytest.mark.parametrize(
    ("said", "calls"),
    [
        ("the hats, split them by colour", [Call("split_cluster", {"cluster": "hats", "by": "colour"})]),
        ("ok the hats: please lock them", [Call("lock_group", {"cluster": "hats"})]),
        ("split bags by colour", [Call("split_cluster", {"cluster": "bags", "by": "colour"})]),
        ("are any of them blue?", [Call("count", {"cluster": "blue"})]),
        ("were any of these taken in september?", [Call("show", {"cluster": "September"})]),
        ("are there any from berlin?", [Call("show", {"cluster": "Berlin"})]),
        ("make it two groups, one per city", [Call("group_by", {"criterion": "city", "groups": 2})]),
        (
            "could you split these up into cats, dogs and birds",
            [Call("sort_into", {"values": ["cats", "dogs", "birds"]})],
        ),
        ("sort into cats dogs birds", [Call("sort_into", {"values": ["cats", "dogs", "birds"]})]),
        ("sort into deer foxes badgers", [Call("sort_into", {"values": ["deer", "foxes", "badgers"]})]),
        ("sort into red blue green", [Call("sort_into", {"values": ["red", "blue", "green"]})]),
        ("which one is the biggest group", [Call("count", {"cluster": "biggest"})]),
        ("is anything in the wrong group?", [Call("show", {"cluster": "doubtful"})]),
        ("put that back how it was", [Call("undo")]),
        ("ok you can change hats again", [Call("lock_group", {"cluster": "hats", "locked": False})]),
        ("save a csv of this to /tmp/x", [Call("export_clusters", {"form": "csv", "to": "/tmp/x"})]),
        ("put #3 in a new group called phone", [Call("move_images", {"images": ["#3"], "to": "phone"})]),
        ("can you tell me where #3 was taken", [Call("show_metadata", {"images": ["#3"], "about": "where"})]),
        ("hm that was too much, undo", [Call("undo")]),
        ("which are still locked?", [Call("show")]),
        ("by country, then city", [Call("cross", {"first": "country", "second": "city"})]),
        ("too many groups, just by camera", [Call("group_by", {"criterion": "camera"})]),
        ("one folder per camera, named after the camera", [Call("group_by", {"criterion": "camera"})]),
        ("merge shoes with the next one", [Call("merge_clusters", {"clusters": ["shoes", "hats"]})]),
    ],
)
def test_it_is_read(said: str, calls: list[Call]) -> None:
    assert parse(said, HERE) == calls


def test_what_it_stands_for_is_named_with_its_neighbour() -> None:
    assert parse("merge it with the next one", SPOKEN) == [
        Call("merge_clusters", {"clusters": ["shoes", "hats"]})
    ]


def test_the_rest_is_divided_and_what_was_spoken_of_stays() -> None:
    assert rest_sorted("now sort the rest by month please", SPOKEN) == [
        Call("split_cluster", {"cluster": name, "by": "month"}) for name in ("bags", "hats")
    ]
    assert isinstance(rest_sorted("sort the rest by month", HERE), Reply)
    assert rest_sorted("sort the rest by month", DialogueContext(informed=True)) is None
    assert rest_sorted("sort the bags by month", HERE) is None


@pytest.mark.parametrize(
    "said",
    [
        "the hats, should i split them by colour?",
        "the hats, don't split them",
        "the hats are wrong, move them to shoes",
        "the hats, i would never split them by colour",
        "the hats, my friend split them by colour",
        "the bags were fine, split them by colour was wrong",
        "the shoes, who put them there",
        "the hats, maybe split them by colour later",
        "if the hats, split them by colour",
        "the hats belong here, lock them?",
        "red and green, shoes",
        "hats and bags, blue",
        "should i sort the rest by month",
        "don't sort the rest by month",
        "i sorted the rest by month yesterday",
        "if you sort the rest by month i get lost",
        "sort the rest by month?",
        "merge it with the next one?",
        "should i merge it with the next one",
        "i wonder if merge it with the next one helps",
        "never merge shoes with the next one",
        "should i make it three groups, one per city",
        "don't make it three groups, one per city",
        "by year, then we will see",
        "are any of them watches?",
        "do any of them wear glasses?",
        "should the hats be in their own group",
        "hats should not be in their own group",
        "i doubt that hats should be in their own group",
        "the hats should have been in their own group",
        "put the blue ones aside, i don't know why",
    ],
)
def test_nothing_is_read_into_what_looks_like_it(said: str) -> None:
    assert acts(said) == []


@pytest.mark.parametrize(
    "said", ["by year, then show 1", "group by year then merge 1 and 2", "rename 1 to by then day"]
)
def test_a_step_behind_then_is_no_criterion(said: str) -> None:
    assert with_by(said) == said


@pytest.mark.parametrize(
    "said", ["the bags and the shoes", "show the hats, them all", "lock it", "the hats: nice"]
)
def test_what_is_no_such_sentence_stays(said: str) -> None:
    assert reworded(said, HERE) == said


def test_another_picture_in_place_of_one_of_two_is_asked_about() -> None:
    tied = replace(HERE, last=Call("keep_together", {"images": ["#3", "#5"]}))
    assert isinstance(parse("no wait, i meant #4", tied), Reply)
    assert parse("no, #4 and #5", tied) == [Call("undo"), Call("keep_together", {"images": ["#4", "#5"]})]


def test_a_single_picture_that_was_moved_is_taken_back() -> None:
    moved = replace(HERE, last=Call("move_images", {"images": ["#7"], "to": "hats"}))
    assert parse("hm not #7", moved) == [Call("undo")]
    assert parse("not #8", moved) != [Call("undo")]
    assert parse("hm not #7", replace(moved, offered=True)) != [Call("undo")]


def test_the_parts_of_a_group_are_put_together_again() -> None:
    parts = ("foxes, Berlin", "foxes, Nairobi", "deer")
    here = DialogueContext(("species",), parts, current=3, groupings=(parts,), informed=True)
    merged = Call("merge_clusters", {"clusters": ["1", "2"], "name": "foxes"})
    assert parse("put the foxes back together", here) == [merged]
    assert "merge_clusters" not in str(parse("put the deer back together", here))


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("call them totes, boots and caps", ["totes", "boots", "caps"]),
        ("please name the three groups totes, boots and caps!", ["totes", "boots", "caps"]),
        ("label these totes, boots, caps", ["totes", "boots", "caps"]),
    ],
)
def test_as_many_names_as_groups_are_given_in_turn(said: str, names: list[str]) -> None:
    named = [
        Call("rename_cluster", {"cluster": group, "name": name})
        for group, name in zip(SHOP, names, strict=True)
    ]
    assert parse(said, HERE) == named


def test_names_are_given_to_the_groups_that_were_spoken_of() -> None:
    two = replace(HERE, spoken=("shoes", "hats"))
    assert parse("call them old and new", two) == [
        Call("rename_cluster", {"cluster": "shoes", "name": "old"}),
        Call("rename_cluster", {"cluster": "hats", "name": "new"}),
    ]
    assert isinstance(parse("call them old and new", HERE), Reply)  # there are three
    merged = replace(two, last=Call("merge_clusters", {"clusters": ["shoes", "hats"]}))
    understood = parse("call them caps and boots", merged)
    assert not isinstance(understood, list) or len(understood) == 1  # one group has one name


@pytest.mark.parametrize("said", ["the hats, don't split them", "the hats, please do not move them"])
def test_what_is_denied_of_a_topic_is_not_done(said: str) -> None:
    assert isinstance(parse(said, HERE), Reply) and acts(said) == []


def test_everything_else_is_the_rest() -> None:
    assert isinstance(parse("group everything else by month", HERE), Reply)
    assert parse("sort everything else by month", SPOKEN) == [
        Call("split_cluster", {"cluster": "bags", "by": "month"}),
        Call("split_cluster", {"cluster": "hats", "by": "month"}),
    ]


@pytest.mark.parametrize(
    ("said", "call"),
    [
        ("what else?", Call("propose_criteria")),
        ("make 4 groups of similar pictures", Call("group_by", {"criterion": "appearance", "groups": 4})),
        ("put similar photos together", Call("group_by", {"criterion": "appearance"})),
        ("everything in bags is a suitcase", Call("rename_cluster", {"cluster": "bags", "name": "suitcase"})),
        ("call the biggest one garden", Call("rename_cluster", {"cluster": "biggest", "name": "garden"})),
        ("name the smallest group misc", Call("rename_cluster", {"cluster": "smallest", "name": "misc"})),
        ("move #1-#3 to hats", Call("move_images", {"images": ["#1", "#2", "#3"], "to": "hats"})),
        ("put #1 through 3 in hats", Call("move_images", {"images": ["#1", "#2", "#3"], "to": "hats"})),
        ("can you do it again but by style?", Call("group_by", {"criterion": "style"})),
        ("i want finer groups for shoes only", Call("split_cluster", {"cluster": "shoes"})),
        (
            "there should be a fourth group for belts",
            Call("sort_into", {"values": ["belts"], "beside": True}),
        ),
        ("find duplicates in bags", Call("show_near_duplicates", {"kind": "near duplicates"})),
        ("what happened to #4?", Call("explain", {"image": "#4"})),
        ("how did you decide what's a hat?", Call("describe_group", {"cluster": "hats"})),
        ("is there anything you're not sure about?", Call("show", {"cluster": "doubtful"})),
        ("are the groups ok or should i fix something?", Call("show")),
        ("what would the folders be called?", Call("show")),
        ("why so few groups?", Call("show")),
        ("give me the filenames in shoes", Call("show", {"cluster": "shoes"})),
        ("show the pictures you moved", Call("history")),
        ("the oldest 3", Call("show_metadata", {"about": "when"})),
        ("show me the 5 newest pictures", Call("show_metadata", {"about": "when"})),
        ("where will the copies go?", Call("help", {"topic": "export_clusters"})),
    ],
)
def test_the_same_said_otherwise(said: str, call: Call) -> None:
    assert parse(said, HERE) == [call]


def test_pictures_from_one_to_another_are_all_between() -> None:
    assert parse("show me #1 to #3", HERE) == [Call("explain", {"image": f"#{n}"}) for n in (1, 2, 3)]
    assert isinstance(parse("move #1 to #3", HERE), Reply)  # where to?
    assert not isinstance(parse("show #1", HERE), Reply)


@pytest.mark.parametrize(
    "said",
    [
        "copy 2 files to /tmp/x",
        "export just 3 pictures to /tmp/x",
        "enough questions",
        "stop asking",
        "export but not the hats",
        "copy all except hats",
        "too much stuff in bags",
    ],
)
def test_what_names_no_group_is_not_done_to_one(said: str) -> None:
    assert isinstance(parse(said, HERE), Reply)
