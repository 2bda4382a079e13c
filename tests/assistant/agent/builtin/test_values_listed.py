"""Lists of groups in sentences: what is one group, what is everything else, and what is no list at all."""

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.builtin.values_listed import ValuesListed, bare_values, picked_out, values_listed
from assistant.agent.calls import Call
from assistant.agent.tools.base import DialogueContext

EMOTION = DialogueContext(("emotion",), ("happy", "sad", "angry"), current=3, informed=True)


@pytest.mark.parametrize(
    ("text", "values", "rest"),
    [
        (
            "flowers, animals, people, buildings and other",
            ("flowers", "animals", "people", "buildings"),
            "other",
        ),
        ("the food, the drinks, and everything else", ("food", "drinks"), "other"),
        ("cats & dogs", ("cats", "dogs"), None),
        ("people vs. no people", ("people",), "no people"),
        ("those with glasses and those without", ("glasses",), "no glasses"),
        ("boats versus the rest", ("boats",), "other"),
        ("city / country", ("city", "country"), None),
        ("black and white photos", ("black", "white"), None),
        ("weekends, weekdays and whatever's left", ("weekends", "weekdays"), "other"),
        ("cats, dogs and the leftovers", ("cats", "dogs"), "other"),
        ("cats, dogs and misc", ("cats", "dogs"), "other"),
        ("cats and all that is left over", ("cats",), "other"),
        ("cats, dogs, whatever else there is", ("cats", "dogs"), "other"),
        ("cats, dogs and what doesn't fit anywhere", ("cats", "dogs"), "other"),
        ("cats, dogs and the remaining ones as later", ("cats", "dogs"), "later"),
        ("cats, dogs, call the rest odds", ("cats", "dogs"), "odds"),
        ("cats, dogs and anything else in misc", ("cats", "dogs"), "misc"),
        ("cats, rest areas and other animals", ("cats", "rest areas", "other animals"), None),
        ("2023, 2024 and the rest", ("2023", "2024"), "other"),
        ("shoes and everything that is not a shoe", ("shoes",), "other"),
    ],
)
def test_a_list_names_groups_and_the_rest(text: str, values: tuple[str, ...], rest: str | None) -> None:
    assert values_listed(text) == ValuesListed(values, rest)


@pytest.mark.parametrize(
    "text",
    [
        "age and gender", "colour, shape and size", "cats", "3 and 4", "#3 and #4", "two groups and three groups",
        "happy and show it", "a.jpg and b.jpg", "~/in and ~/out", "it and that", "first and second", "", "and",
        ", ".join(f"v{i}" for i in range(30)), "merge cats and dogs and undo", "the other and the rest",
        "cats, dogs and the rest under the table", "cats, dogs and the rest as it is",
        "cats, dogs and the rest as before", "cats, dogs and those that are not red",
        "cats, dogs and others in the snow",
        "cats and the rest to be sorted", "cats and the rest in another",
    ],
)  # fmt: skip
def test_what_is_no_list_of_groups(text: str) -> None:
    assert values_listed(text) is None


@pytest.mark.parametrize(
    "text", ["go on, ask me something", "cool, thanks", "no, wrong", "yes and no", "well, hello"]
)
def test_two_remarks_are_no_list(text: str) -> None:
    assert bare_values(text) is None


def test_what_is_picked_out_is_a_thing_and_no_criterion() -> None:
    assert picked_out("the blurry ones") == "blurry" and picked_out("people") == "people"
    assert picked_out("food photos") == "food"
    for text in ("colour", "hair colour", "delete all my", "them", "the pictures", "3", "undo"):
        assert picked_out(text) is None, text


def sorted_into(*values: str, **given: str | bool) -> list[Call]:
    return [Call("sort_into", {"values": list(values)} | given)]


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("group into flowers, animals and other", sorted_into("flowers", "animals", rest="other")),
        ("make three piles: food, drinks, and everything else", sorted_into("food", "drinks", rest="other")),
        ("sort by animal into cats and dogs", sorted_into("cats", "dogs")),
        ("shoes, bags, watches, clothes", sorted_into("shoes", "bags", "watches", "clothes")),
        ("indoor or outdoor", sorted_into("indoor", "outdoor")),
        ("people on one side, everything else on the other", sorted_into("people", rest="other")),
        ("put the people on one side", sorted_into("people", rest="other")),
        ("put all the sunsets together", sorted_into("sunsets", rest="other")),
        ("screenshots separately", sorted_into("screenshots", rest="other")),
        ("just the beach ones", sorted_into("beach", rest="other")),
        ("put all with glasses in their own group", sorted_into("glasses", beside=True)),
        ("separate those with people from those without", sorted_into("people", rest="no people")),
        ("split happy into smiling and grinning", sorted_into("smiling", "grinning", within="happy")),
        ("tell cats from dogs", sorted_into("cats", "dogs")),
    ],
)
def test_sentences_that_name_groups(text: str, calls: list[Call]) -> None:
    assert parse(text, EMOTION) == calls


@pytest.mark.parametrize(
    "text", ["happy or sad", "the happy ones", "show me the happy ones", "happy and sad together"]
)
def test_groups_that_are_there_are_not_made_anew(text: str) -> None:
    understood = parse(text, EMOTION)
    assert not isinstance(understood, list) or all(call.tool != "sort_into" for call in understood)


PETS = DialogueContext(("cats or dogs",), ("cats", "dogs"), current=2, informed=True)


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("cats vs dogs", [Call("show")]),  # they are there
        ("cats, dogs and the rest", sorted_into("cats", "dogs", rest="other")),
        ("cats, dogs and birds", sorted_into("cats", "dogs", "birds")),
        ("no, into black, white and ginger", sorted_into("black", "white", "ginger")),
        ("I meant dogs and birds", sorted_into("dogs", "birds")),
        ("put the dogs together", [Call("show", {"cluster": "dogs"})]),
        ("let's have cats on one side, birds on the other", sorted_into("cats", "birds")),
        ("#12 is a dog", [Call("move_images", {"images": ["#12"], "to": "dogs"})]),
        ("that is wrong, #12 is a dog", [Call("move_images", {"images": ["#12"], "to": "dogs"})]),
        ("which are guesses?", [Call("show", {"cluster": "doubtful"})]),
    ],
)
def test_what_is_said_once_groups_are_there(text: str, calls: list[Call]) -> None:
    assert parse(text, PETS) == calls


@pytest.mark.parametrize("text", ["that is wrong, blorp gloop", "no, wrong, the third one down"])
def test_no_step_is_taken_back_for_a_remark_that_is_half_understood(text: str) -> None:
    understood = parse(text, PETS)
    assert not isinstance(understood, list) or Call("undo") not in understood


@pytest.mark.parametrize(
    "text",
    [
        "show the skipped ones",
        "which ones are locked",
        "show the surest ones",
        "kmeans or walk",
        "hide the blurry ones",
        "find all the different kinds of flower",
    ],
)
def test_words_of_the_program_are_no_groups(text: str) -> None:
    understood = parse(text, PETS)
    assert not isinstance(understood, list) or all(call.tool != "sort_into" for call in understood)


@pytest.mark.parametrize(
    "one", ["women shoes", "children books", "fish tanks", "sheep dogs", "ladies dresses"]
)
def test_two_words_that_are_one_thing_stay_one(one: str) -> None:
    assert parse(f"sort into {one} and hats", DialogueContext()) == sorted_into(one, "hats")
