"""What is made of a model's answers, good and bad."""

import json
import time

import pytest

from tools.models.hub.vision_language_model import Reply
from tools.models.hub.vlm_answer import Form, objects, plain
from tools.models.ports import Question, Slot

QUESTION = Question("colour", ("colour", "hair colour", "copy"), {"colour": ("Dark red", "green")})


def reply(text: str, sure: float = 0.5) -> Reply:
    """A reply of one token a character."""
    return Reply(text, tuple((i + 1, sure) for i in range(len(text))))


def values(text: str, question: Question = QUESTION) -> tuple[dict[str, str], str]:
    slots, problem = Form(question).read(reply(text))
    return {slot.name: slot.value for slot in slots}, problem


GOOD = '{"colour": "dark red", "hair colour": "light brown", "copy": 3}'


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"Sure! Here it is: {GOOD} I hope that helps.",
        f'<think>{{"colour": "green"}} hmm</think>{GOOD}',
        f"{{}} {{broken {GOOD}",
        GOOD.replace("dark red", " Dark\\u200b\\tRED. "),
        GOOD[:-1] + ', "more": [1, 2]}',
    ],
)
def test_good_answers(text: str) -> None:
    assert values(text) == ({"colour": "Dark red", "hair colour": "light brown", "copy": "3"}, "")


@pytest.mark.parametrize(
    ("text", "left", "problem"),
    [
        ("a red car", {}, "it is no JSON object"),
        ('{"colour": "green", "hair co', {}, "it is no JSON object"),
        ('<think>{"colour": "green"}', {}, "it is no JSON object"),
        ("[" * 5000 + "{" * 5000, {}, "it is no JSON object"),
        ('{"colour": "green"}', {"colour": "green"}, '"hair colour" is missing; "copy" is missing'),
        (GOOD.replace("dark red", "blue"), {"hair colour": "light brown", "copy": "3"}, "none of the values"),
        (GOOD.replace('"light brown"', '["a"]'), {"colour": "Dark red", "copy": "3"}, "is no text"),
        (
            GOOD.replace("light brown", "one two three four five"),
            {"colour": "Dark red", "copy": "3"},
            "than 4 words",
        ),
        (GOOD.replace("light brown", "x" * 99), {"colour": "Dark red", "copy": "3"}, "than 4 words"),
        (GOOD.replace("light brown", "<think> brown"), {"colour": "Dark red", "copy": "3"}, "signs"),
    ],
)
def test_bad_answers_keep_what_is_good(text: str, left: dict[str, str], problem: str) -> None:
    found, told = values(text)
    assert found == left and problem in told and "\n" not in told


@pytest.mark.parametrize("unseen", ['"not visible"', "null", '"Not visible."', '""', '"unknown"', '"N/A"'])
def test_what_is_not_visible_is_left_out(unseen: str) -> None:
    assert values(f'{{"colour": {unseen}, "hair colour": {unseen}, "copy": "a"}}') == ({"copy": "a"}, "")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_json_does_not_know_is_not_visible(number: str) -> None:
    assert values(f'{{"colour": {number}, "hair colour": {number}, "copy": 3}}') == ({"copy": "3"}, "")


def test_a_choice_may_be_anything() -> None:
    question = Question("x", ("x",), {"x": ("unknown", "None", "a very long choice of six words")})
    assert values('{"x": "UNKNOWN"}', question) == ({"x": "unknown"}, "")
    assert values('{"x": "none"}', question) == ({"x": "None"}, "")
    assert values('{"x": "a very long choice of six words"}', question)[0]["x"].endswith("words")


@pytest.mark.parametrize("said", ["\x1b[31mred", "a\u202eb", "red\x00"])
def test_control_characters_never_stay(said: str) -> None:
    try:
        found = plain(said)
    except ValueError:
        return
    assert found.isprintable() and "\u202e" not in found


def test_confidence_is_that_of_the_values_own_tokens() -> None:
    text = '{"a": "red", "b": "green"}'
    pieces = [*((i, 1.0) for i in range(1, 7)), (10, 0.25), (19, 1.0), (22, 0.5), (24, 0.125), (26, 1.0)]
    slots, problem = Form(Question(None, ("a", "b"))).read(Reply(text, tuple(pieces)))
    assert problem == ""
    assert slots == [Slot("a", "red", pytest.approx(0.25)), Slot("b", "green", pytest.approx(0.25))]


def test_the_schema_says_slots_and_values() -> None:
    schema = json.loads(Form(QUESTION).schema)
    assert schema["required"] == ["colour", "hair colour", "copy"]
    assert schema["properties"]["colour"] == {"enum": ["Dark red", "green", "not visible"]}
    assert schema["properties"]["copy"] == {"type": "string"}


def test_objects_tell_where_they_begin() -> None:
    assert list(objects('x {"a": {"b": 1}} {"c": 2}')) == [(2, {"a": {"b": 1}}), (18, {"c": 2})]


def test_an_answer_of_brackets_alone_takes_no_time() -> None:
    start = time.monotonic()
    assert Form(QUESTION).read(reply('{"a":[' * 20_000))[1]
    assert time.monotonic() - start < 10
