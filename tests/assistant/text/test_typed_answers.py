"""What is typed in reply to a question."""

import pytest

from assistant.text.typed_answers import TypedAnswer, read_answer
from tools.teach.question import Question

ONE = Question(("a",), ("plain", "striped", "s", "no"), "typical", 0.1, False)
TWO = Question(("a", "b"), ("plain", "striped"), "near", 0.1, False)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1", TypedAnswer("answer", "plain")),
        ("#2", TypedAnswer("answer", "striped")),
        (" Striped. ", TypedAnswer("answer", "striped")),
        ("s", TypedAnswer("answer", "s")),  # a group of that name comes before the key
        ("no", TypedAnswer("answer", "no")),
        ("yes", TypedAnswer("vague")),
        ("Ok.", TypedAnswer("vague")),
        ("later", TypedAnswer("vague")),
        ("n yes", TypedAnswer("answer", "yes")),
        ("skip", TypedAnswer("skip")),
        ("I don't know", TypedAnswer("skip")),
        ("?", TypedAnswer("why")),
        ("why?", TypedAnswer("why")),
        ("why this one?", None),
        ("why this one", TypedAnswer("why")),
        ("n", TypedAnswer("new")),
        ("n Dotted", TypedAnswer("answer", "Dotted")),
        ('new group called "two dots"', TypedAnswer("answer", "two dots")),
        ("u", TypedAnswer("undo")),
        ("that's enough", TypedAnswer("stop")),
        ("5", TypedAnswer("vague")),
        ("0", TypedAnswer("vague")),
        ("", None),
        ("dotted", None),
        ("group by hair", None),
    ],
)
def test_about_one_picture(text: str, meant: TypedAnswer | None) -> None:
    assert read_answer(text, ONE) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("same", TypedAnswer("answer", True)),
        ("Yes", TypedAnswer("answer", True)),
        ("n", TypedAnswer("answer", False)),
        ("they are different", TypedAnswer("answer", False)),
        ("s", TypedAnswer("skip")),
        ("?", TypedAnswer("why")),
        ("q", TypedAnswer("stop")),
        ("plain", None),
        ("1", None),
    ],
)
def test_about_two_pictures(text: str, meant: TypedAnswer | None) -> None:
    assert read_answer(text, TWO) == meant
