"""What is made of what models write."""

import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tools.models.hosted.chat_answer import UNSURE, find, read, schema
from tools.models.ports import Question, Slot

QUESTION = Question("looks", ("colour", "shape"), {"colour": ("red", "light green")})
GOOD = '{"colour": {"value": "red", "confidence": 0.8}, "shape": {"value": "round disc", "confidence": 1}}'
BOTH = {"colour": Slot("colour", "red", 0.8), "shape": Slot("shape", "round disc", 1.0)}


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"Here's a detailed description:\n```json\n{GOOD}\n```\nIs there anything else?",
        f'<think>{{"colour": "blue"}} hm {{"colour": {{"value": "light green"}}, "shape": null}}</think>\n{GOOD}',
        f'I thought {{"colour": "blue"}} of it.</think>{GOOD}',
        f"<THINKING>\nso many braces {{{{ {{ [</THINKING>{GOOD}",
        f'For example {{"colour": "light green", "shape": "cube"}}. My answer: {GOOD}',
        f'{{"answer": {GOOD}}}',
        f"[{GOOD}]",
        f"{{not json}} {GOOD} {{",
        GOOD.replace('"colour"', '" Colour"').replace('"red"', '"Red."').replace("0.8", "80"),
    ],
)
def test_the_answer_is_found_whatever_is_around_it(text: str) -> None:
    reading = read(text, QUESTION)
    assert (reading.slots, reading.problems) == (BOTH, [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The image shows a red disc.",
        "Error 429: too many requests",
        "<think>the answer is " + GOOD,
        "[1, 2]",
        '{"error": {"message": "overloaded"}}',
        '{"colour',
        "{" * 5000,
        "[" * 5000,
        '{"a":' * 5000,
        "null",
    ],
)
def test_what_is_no_answer_fills_nothing(text: str) -> None:
    reading = read(text, QUESTION)
    assert reading.slots == {} and reading.problems


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"colour": {"value": "red", "confidence": 0.8}, "shape": {"value": "ro', {"colour"}),
        ('{"colour": {"value": "red", "confidence": 0', {"colour"}),
        ('{"colour": {"value": "re', set()),
        ('{"colour": {', set()),
        ('{"colour": "red", "shape": ', {"colour"}),
    ],
)
def test_of_what_is_cut_off_only_whole_values_count(text: str, said: set[str]) -> None:
    reading = read(text, QUESTION)
    assert set(reading.slots) == said and reading.problems
    assert all(slot == Slot("colour", "red", UNSURE) for slot in reading.slots.values())


@pytest.mark.parametrize("value", [None, "not visible", "N/A", "unknown", "", "None", "  Unclear. "])
def test_not_visible_is_no_value(value: str | None) -> None:
    reading = read(json.dumps({"colour": value, "shape": {"value": value, "confidence": 1}}), QUESTION)
    assert reading.slots == {"colour": None, "shape": None} and not reading.problems
    assert reading.visible(QUESTION.slots) == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "[NaN]"])
def test_a_number_that_json_does_not_know_is_not_visible(number: str) -> None:
    for shape in (number, f'{{"value": {number}, "confidence": 0.9}}'):
        reading = read(f'{{"colour": {number}, "shape": {shape}}}', QUESTION)
        assert (reading.slots, reading.problems) == ({"colour": None, "shape": None}, [])


def test_none_can_be_a_choice() -> None:
    question = Question("glasses", ("glasses",), {"glasses": ("sunglasses", "none")})
    assert read('{"glasses": "None"}', question).slots == {"glasses": Slot("glasses", "none", UNSURE)}


@pytest.mark.parametrize(
    "value",
    [
        "rot",  # another language
        "a round disc that stands on the left side of the picture",
        "I'm sorry, but I cannot help with that",
        "Error code: 500",
        "Here's a detailed description",
        "x" * 61,
        ["red", "green"],
        {"a": 1},
        "```",
        "<b>disc</b>",
    ],
)
def test_what_is_no_value_is_a_problem(value: object) -> None:
    slot = "colour" if value == "rot" else "shape"
    said = {"colour": "red", "shape": "disc", slot: value}
    reading = read(json.dumps({key: {"value": v} for key, v in said.items()}), QUESTION)
    assert slot not in reading.slots and len(reading.problems) == 1
    assert len(reading.problems[0]) < 200 and "\n" not in reading.problems[0]


def test_values_are_cleaned() -> None:
    reading = read('{"colour": ["RED"], "shape": " round\\n\\u202edisc\\u0000 "}', QUESTION)
    assert reading.slots["colour"] == Slot("colour", "red", UNSURE)
    assert (
        "shape" not in reading.slots and "\\u202e" in reading.problems[0]
    )  # what turns text around is no value
    assert read('{"colour": "light_green", "shape": 3}', QUESTION).slots["shape"] == Slot(
        "shape", "3", UNSURE
    )


@pytest.mark.parametrize(
    "confidence", [None, "high", True, -1, 1e9, 10**400, float("nan"), float("inf"), "NaN", [1]]
)
def test_a_confidence_that_is_none_is_unsure(confidence: object) -> None:
    said = {"colour": {"value": "red", "confidence": confidence}, "shape": None}
    assert read(json.dumps(said), QUESTION).slots["colour"] == Slot("colour", "red", UNSURE)


def test_the_later_reading_goes_over_the_earlier() -> None:
    first, second = read('{"colour": "red"}', QUESTION), read('{"shape": "disc", "colour": "rot"}', QUESTION)
    both = second.over(first)
    assert [slot.value for slot in both.visible(QUESTION.slots)] == ["red", "disc"]


def test_long_answers_take_no_long_time() -> None:
    start = time.monotonic()
    for text in (
        "<think" * 200_000,
        "<think>" * 200_000,
        "{" * 10**6,
        '{"a":' * 10**5,
        '{"colour": "' * 10**5,
    ):
        assert not read(text, QUESTION).slots
        assert read(f"{text}</think>{GOOD}", QUESTION).slots == BOTH
    assert time.monotonic() - start < 10


@given(st.text(st.characters(exclude_categories=())))
@example("{\udcff")
def test_no_text_breaks_it(text: str) -> None:
    for reading in (read(text, QUESTION), read(text + GOOD[:40], QUESTION)):
        assert all(slot is None or slot.value.isprintable() for slot in reading.slots.values())


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["colour", "value", "x"]), inner),
    )
)
def test_no_json_breaks_it(value: object) -> None:
    for slot in read(json.dumps({"colour": value, "shape": value}), QUESTION).slots.values():
        assert slot is None or (0 <= slot.confidence <= 1 and slot.value and len(slot.value) <= 60)


def test_the_schema_names_the_choices() -> None:
    one = {"type": "object", "properties": {"value": {"type": ["string", "null"]}}}
    made = schema(QUESTION, one)
    assert made["required"] == ["colour", "shape"] and made["additionalProperties"] is False
    assert made["properties"]["colour"]["properties"]["value"]["enum"] == ["red", "light green", None]
    assert "enum" not in made["properties"]["shape"]["properties"]["value"]
    assert "enum" not in one["properties"]["value"]


def test_the_object_with_most_keys_wins_the_last_of_equals() -> None:
    assert find('{"a": 1} {"a": 2, "b": 1} {"a": 3}', ["a", "b"]) == ({"a": 2, "b": 1}, True)
    assert find('{"a": 1} {"a": 2}', ["a", "b"]) == ({"a": 2}, True)
