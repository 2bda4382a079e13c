"""A sentence in another language is told from English, and answered rather than read as English."""

import pytest

from assistant.agent.builtin.other_language import is_other_language
from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.tools.base import DialogueContext
from tests.conversations.contract import conversations

OTHERS = [
    "sortiere meine Bilder nach Ort",
    "kannst du die Gruppen zusammenlegen?",
    "wie viele Katzen gibt es?",
    "combien de groupes avons-nous ?",
    "agrupa las fotos por color",
    "quiero ver los perros",
    "raggruppa le foto per luogo",
    "按地点分组",
    "сгруппируй по цвету",
]


@pytest.mark.parametrize("text", OTHERS)
def test_other_languages_are_told_and_nothing_is_called(text: str) -> None:
    assert is_other_language(text)
    reply = parse(text, DialogueContext(("colour",), ("red", "blue"), current=2, informed=True))
    assert isinstance(reply, Reply) and reply.lost and "another language than English" in reply.text


def test_english_is_english_with_slips_and_names_of_any_language() -> None:
    for text in ("gruop these by emtion", "undo", "into 5", "2", "img_004.png", ""):
        assert not is_other_language(text), text
    hunde = DialogueContext(("Tier",), ("Hunde", "Katzen"), current=2, informed=True)
    assert parse("merge Hunde and Katzen", hunde) == [
        Call("merge_clusters", {"clusters": ["Hunde", "Katzen"]})
    ]


def test_hardly_any_english_sentence_is_taken_for_another_language() -> None:
    said = [turn.say for c in conversations("known", "everyday", "requests") for turn in c.turns]
    wrong = [text for text in said if is_other_language(text)]
    assert len(wrong) <= len(said) // 200, wrong
