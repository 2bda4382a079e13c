"""What an image is not is told and asked about; nothing is moved by it."""

from dataclasses import replace

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.context import Context
from assistant.agent.tools.base import DialogueContext
from assistant.agent.tools.explain import Explain, ExplainArguments
from assistant.chat.session import MessageText, Session
from assistant.desk import Desk

HERE = DialogueContext(("kind",), ("shoe", "bag"), current=2, listed=("#4", "#6"), informed=True)


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("#2 does not belong in shoe", {"image": "#2", "not_in": "shoe"}),
        ("#2 isn't a shoe", {"image": "#2", "not_in": "shoe"}),
        ("#2 is clearly not a bag", {"image": "#2", "not_in": "bag"}),
        ("#1 and #2 aren't shoes", {"image": "#1", "not_in": "shoes", "more": ["#2"]}),
        ("the first one isn't a shoe", {"image": "#4", "not_in": "shoe"}),
        ("#2 isn't a violin", {"image": "#2", "not_in": "violin"}),
        ("#2 isn't a red violin either", {"image": "#2", "not_in": "red violin"}),
        ("#2 doesn't look like an evening bag", {"image": "#2", "not_in": "evening bag"}),
        ("#2 is not in shoe anymore", {"image": "#2", "not_in": "shoe"}),
        ("#2 is not a violin any longer", {"image": "#2", "not_in": "violin"}),
    ],
)
def test_a_sentence_that_says_what_an_image_is_not_reads(said: str, given: dict[str, object]) -> None:
    assert parse(said, HERE) == [Call("explain", given)]


@pytest.mark.parametrize(
    "said",
    [
        "is not a picture", "isn't a photo", "is not an image", "isn't in any group", "isn't a file", "isn't a jpg",
        "does not show any face", "does not look like a photo", "should not be exported", "should not be moved",
        "shouldn't be deleted", "is not loading", "is not readable", "is not mine", "is not needed",
        "is not an edited one", "was not taken in June", "is not shoe enough", "is not a violin obviously",
        "is not a lot better", "is not violins", "is not a problem", "is not a nice one", "is not a picture of mine",
        "is not a member of any group",
    ],
)  # fmt: skip
def test_a_remark_about_an_image_denies_no_group(said: str) -> None:
    for images in ((), ("#2",)):
        dialogue = replace(HERE, images=images)
        for subject in ("#2", "this"):
            assert not isinstance(parse(f"{subject} {said}", dialogue), list)


def test_what_is_not_like_a_group_is_taken_out_of_it() -> None:
    dialogue = DialogueContext(("kind",), ("shoe", "other"), current=2, informed=True)
    taken = Call("move_images", {"images": ["#2"], "to": "unsorted", "out_of": "other"})
    assert parse("#2 is not like the others", dialogue) == [taken]


@pytest.mark.parametrize(
    "said", ["helpful", "useful", "enough", "true", "correct", "possible", "necessary", "fair", "good"]
)
def test_a_complaint_is_heard_after_an_image_was_spoken_of(said: str) -> None:
    for subject in ("this is not", "that's not", "it isn't"):
        understood = parse(f"{subject} {said}", replace(HERE, images=("#2",)))
        assert isinstance(understood, Reply) and understood.text.startswith("What should be different?")


@pytest.mark.parametrize("said", ["that's not a shoe", "#2 isn't a shoe, it's a bag", "#2 isn't right"])
def test_what_says_more_or_names_no_thing_is_read_otherwise(said: str) -> None:
    understood = parse(said, HERE)
    calls = understood if isinstance(understood, list) else []
    assert all(call.tool == "move_images" for call in calls)


def test_it_is_told_where_images_are_and_each_other_group_is_offered(desk: Desk) -> None:
    made = desk.grouping.group("colour", k=3)
    first, second, third = made.clusters
    inside, outside = (f"#{desk.collection.number(made.members(c.id)[0])}" for c in (first, second))
    context = Context(desk)
    text, artifact = Explain().run(context, ExplainArguments(image=outside, not_in=first.name))
    assert text == f'{outside} is in "{second.name}", not in "{first.name}".' and not artifact
    text, artifact = Explain().run(context, ExplainArguments(image=inside, not_in=first.name))
    places = [second.name, third.name, "unsorted"]
    assert artifact["choices"] == [f"move {inside} to {name}" for name in places]
    assert all(f'"{choice}"' in text for choice in artifact["choices"]) and "nothing was changed" in text
    assert desk.clusterings.get() is made or desk.clusterings.get().labels.tolist() == made.labels.tolist()


def test_a_yes_moves_it_where_there_is_only_one_other_group(desk: Desk) -> None:
    made = desk.grouping.group("colour", k=2)
    first, second = made.clusters
    image = f"#{desk.collection.number(made.members(first.id)[0])}"
    text, artifact = Explain().run(Context(desk), ExplainArguments(image=image, not_in=first.name))
    assert artifact == {"yes": {"tool": "move_images", "arguments": {"images": [image], "to": second.name}}}
    assert text.endswith(f'Shall I move {image} to "{second.name}"? Nothing was changed. Say yes.')


def test_where_no_group_is_called_so_no_yes_moves_it(desk: Desk) -> None:
    made = desk.grouping.group("colour", k=2)
    image = f"#{desk.collection.number(made.members(made.clusters[0].id)[0])}"
    text, artifact = Explain().run(Context(desk), ExplainArguments(image=image, not_in="violin"))
    places = [made.clusters[1].name, "unsorted"]
    assert artifact == {"choices": [f"move {image} to {name}" for name in places]}
    assert 'no group "violin"' in text and "Where does it belong?" in text and "Say yes" not in text


@pytest.mark.parametrize("chosen", ["1", "{name}", "to the {name} ones", "it's {name}"])
async def test_a_number_or_a_name_moves_it(desk: Desk, chosen: str) -> None:
    made = desk.grouping.group("colour", k=3)
    first, second, _ = made.clusters
    image = made.members(first.id)[0]
    said = (f"#{desk.collection.number(image)} isn't {first.name}", chosen.format(name=second.name))
    async with Session.open(desk) as session:
        for text in said:
            events = [event async for event in session.say(text)]
            assert any(isinstance(event, MessageText) for event in events)
    now = desk.clusterings.get()
    assert now.clusters[now.label_of(image)].name == second.name
