"""What is typed in reply to a question."""

import pytest

from assistant.text.typed_answers import Reply, reply
from tools.teach.question import Question

ONE = Question(("a",), ("plain", "striped", "s", "no"), "typical", 0.1, False)
TWO = Question(("a", "b"), ("plain", "striped"), "near", 0.1, False)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1", Reply("answer", "plain")),
        ("#2", Reply("answer", "striped")),
        (" Striped. ", Reply("answer", "striped")),
        ("s", Reply("answer", "s")),  # a group of that name comes before the key
        ("no", Reply("answer", "no")),
        ("yes", Reply("vague")),
        ("Ok.", Reply("vague")),
        ("later", Reply("vague")),
        ("n yes", Reply("answer", "yes")),
        ("skip", Reply("skip")),
        ("I don't know", Reply("skip")),
        ("?", Reply("why")),
        ("why this one?", None),
        ("why this one", Reply("why")),
        ("n", Reply("new")),
        ("n Dotted", Reply("answer", "Dotted")),
        ('new group called "two dots"', Reply("answer", "two dots")),
        ("u", Reply("undo")),
        ("that's enough", Reply("stop")),
        ("5", Reply("vague")),
        ("0", Reply("vague")),
        ("", None),
        ("dotted", None),
        ("group by hair", None),
    ],
)
def test_about_one_picture(text: str, meant: Reply | None) -> None:
    assert reply(text, ONE) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("same", Reply("answer", True)),
        ("Yes", Reply("answer", True)),
        ("n", Reply("answer", False)),
        ("they are different", Reply("answer", False)),
        ("s", Reply("skip")),
        ("?", Reply("why")),
        ("q", Reply("stop")),
        ("plain", None),
        ("1", None),
    ],
)
def test_about_two_pictures(text: str, meant: Reply | None) -> None:
    assert reply(text, TWO) == meant
