"""A few words are enough where what is mentioned narrows what can be meant; in a long sentence they are not."""

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.tools.base import DialogueContext

HERE = DialogueContext(("mood",), ("happy", "glad", "sad"), informed=True)
ENOUGH = "happy and glad mean the same"


def padded(words: int) -> str:
    """The sentence with words before it that say nothing, so that it has as many as asked for."""
    return " ".join(["verily"] * (words - len(ENOUGH.split())) + [ENOUGH])


def test_as_many_words_as_a_sentence_may_have() -> None:
    assert parse(padded(18), HERE) == [Call("merge_clusters", {"clusters": ["happy", "glad"]})]


def test_one_word_more_is_not_guessed_at() -> None:
    assert isinstance(parse(padded(19), HERE), Reply)


def test_what_no_tool_does_is_not_guessed_at() -> None:
    for text in ("email happy and glad, they are the same", "print happy and glad on one page"):
        assert isinstance(parse(text, HERE), Reply), text
