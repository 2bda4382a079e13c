"""The languages are held together: each says the same meanings, its examples come to the calls of the English ones, and
what only asks edits nothing."""

import functools
import re
from collections.abc import Iterator

import pytest

import assistant.agent  # noqa: F401 - before anything of langchain

# isort: split
from hassil.parse_expression import parse_sentence
from hassil.sample import sample_sentence

from assistant.agent.builtin.foreign_sentences import LANGUAGES, in_english
from assistant.agent.builtin.mood import Mood, mood
from assistant.agent.builtin.parse import parse, surely
from assistant.agent.calls import Call
from assistant.agent.gate import Turn, wants
from assistant.agent.sentence_files import sentence_data
from assistant.agent.tools.base import DialogueContext, Effect
from assistant.agent.tools.registry import tools
from assistant.text.yes_no import says_yes
from tests.conversations.contract import conversations

HERE = DialogueContext(
    ("colour", "place"), ("beach", "mountain", "old town", "forest"), current=4, informed=True
)
MEANINGS = {
    meaning: (kind, *listed)
    for kind, entries in sentence_data("en", "_meanings").items()
    for meaning, listed in entries.items()
}
EDITS = [meaning for meaning, (kind, *_) in MEANINGS.items() if kind == "edits"]
FILLED = {
    "de": {
        "groups": "1 und 2",
        "criterion": "Farbe",
        "values": "Hunde, Katzen und Rest",
        "images": "#3 und #5",
    },
    "fr": {
        "groups": "1 et 2",
        "criterion": "couleur",
        "values": "chiens, chats et le reste",
        "images": "#3 et #5",
    },
    "es": {
        "groups": "1 y 2",
        "criterion": "color",
        "values": "perros, gatos y el resto",
        "images": "#3 y #5",
    },
    "zh": {"groups": "1和2", "criterion": "颜色", "values": "狗、猫和其他", "images": "#3和#5"},
}
"""What stands in the slots of a crossed sentence, beside what is the same in every language."""
SAME = {
    "group": "2",
    "count": "3",
    "name": '"Rom"',
    "naming": '2 "Rom"',
    "path": "~/sorted",
    "thing": '"Rom"',
}


def crossed(code: str, frame: str) -> Iterator[tuple[str, str]]:
    """A meaning and a sentence: each one that edits in each frame of a kind, in the form that a frame takes."""
    said = sentence_data(code, "_sentences")
    for meaning in EDITS:
        for template in said[meaning].get("do", ())[:1]:
            inner = first(template).format(**SAME, **FILLED[code])
            for outer in sentence_data(code, "_frames")[frame]:
                yield meaning, first(outer).replace("{rest}", inner)


REFUSALS = {
    "de": ("niemals", "keinesfalls", "auf keinen Fall", "in keinem Fall", "vielleicht"),
    "fr": ("ne", "rien", "aucun", "peut-être", "peut-etre"),
    "es": ("jamás", "jamas", "tampoco", "nada", "quizás", "tal vez"),
    "zh": ("勿", "无需", "莫", "也许"),
}
"""Words that refuse a request or put it in doubt."""


def with_courtesies(code: str) -> Iterator[tuple[str, str]]:
    """A meaning and a sentence: each way in which each meaning that edits is said, in each courtesy."""
    said, rules = sentence_data(code, "_sentences"), sentence_data(code, "_frames")
    courtesies = [outer for template in rules["courtesy"] for outer in every(template)]
    for meaning in EDITS:
        orders = [first(template).format(**SAME, **FILLED[code]) for template in said[meaning].get("say", ())]
        orders += [first(template).format(**SAME, **FILLED[code]) for template in said[meaning].get("do", ())]
        for i, outer in enumerate(courtesies):
            yield meaning, outer.replace("{rest}", orders[i % len(orders)])


def refused(code: str) -> Iterator[tuple[str, str]]:
    """A meaning and a sentence: the example of each meaning that edits, with a refusal in each place."""
    space = "" if code == "zh" else " "
    for meaning in EDITS:
        example = sentence_data(code, "_sentences")[meaning]["example"]
        words = re.findall(r"~\S+|.", example) if code == "zh" else example.split()
        for no in REFUSALS[code]:
            for at in range(len(words) + 1):
                yield meaning, space.join([*words[:at], no, *words[at:]]).replace("sorted", "sorted ")


@functools.cache
def every(template: str) -> tuple[str, ...]:
    """The sentences of a template with each of its alternatives, the optional parts left out."""
    marked = re.sub(r"\[[^\]]*\]", "", template).replace("{rest}", " RESTRESTREST ")
    sampled = {" ".join(text.split()) for text in sample_sentence(parse_sentence(marked))}
    return tuple(sorted(text.replace("RESTRESTREST", "{rest}") for text in sampled))


@functools.cache
def first(template: str) -> str:
    """The shortest of the first sentences of a template, its slots as they are written."""
    marked = re.sub(r"\{(\w+)\}", r" SLOT\1SLOT ", template)
    sampled = [text for text, _ in zip(sample_sentence(parse_sentence(marked)), range(200), strict=False)]
    return re.sub(r"SLOT(\w+?)SLOT", r"{\1}", " ".join(min(sampled, key=len).split()))


def edits(text: str, said: str) -> list[str]:
    """The tools that a sentence would be allowed to edit with, where the grammar calls them."""
    understood = parse(text, HERE)
    called = [tools()[call.tool] for call in understood] if isinstance(understood, list) else []
    return [t.name for t in called if t.effect is not Effect.READ and wants(Turn(said, dialogue=HERE), t)]


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_says_the_same(code: str) -> None:
    assert len(MEANINGS) >= 50
    assert set(sentence_data(code, "_sentences")) == set(MEANINGS)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_example_comes_to_what_the_english_one_does(code: str) -> None:
    for meaning, entry in sentence_data(code, "_sentences").items():
        _, _, example = MEANINGS[meaning]
        read = in_english(entry["example"])
        english = read.text if read else entry["example"]  # "no" is the same in Spanish
        assert parse(english, HERE) == parse(example, HERE), (code, meaning, english)
        assert mood(english) == mood(example), (code, meaning, english)
        assert read is None or read.language == LANGUAGES[code], (code, meaning)


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_question_edits_anything(code: str) -> None:
    asked = list(crossed(code, "question"))
    read = {text: in_english(text) for _, text in asked}
    for meaning, text in asked:
        english = found.text if (found := read[text]) else text
        assert not edits(english, english), (meaning, text, english)
        assert found is None or mood(english) is Mood.QUESTION, (meaning, text, english)
    understood = sum(found is not None for found in read.values())
    assert understood >= 0.9 * len(read), [text for text, found in read.items() if found is None]


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_request_is_an_order(code: str) -> None:
    for meaning, text in crossed(code, "request"):
        read = in_english(text + "?")
        assert read is not None, (meaning, text)
        assert edits(read.text, read.text), (meaning, text, read.text)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_courtesy_leaves_a_question_a_question(code: str) -> None:
    read = 0
    for meaning, text in with_courtesies(code):
        found = in_english(text + "?")
        english = found.text if found else text + "?"
        read += found is not None
        # "no, by place?" is a wish in English as well.
        assert meaning == "instead" or not edits(english, english), (meaning, text, english)
    assert read >= 100


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_has_a_refusal_in_it_edits_nothing(code: str) -> None:
    for meaning, text in refused(code):
        if found := in_english(text):  # what is left as it is, is told from English elsewhere
            assert not edits(found.text, found.text), (meaning, text, found.text)


@pytest.mark.parametrize("code", LANGUAGES)
def test_an_order_with_a_question_mark_asks(code: str) -> None:
    for meaning in EDITS:
        text = sentence_data(code, "_sentences")[meaning]["example"].strip(" ?") + "?"
        read, english = in_english(text), MEANINGS[meaning][2] + "?"
        assert read is not None, (meaning, text)
        # "no, by place?" is a wish in English as well.
        assert edits(read.text, read.text) == edits(english, english), (meaning, text, read)
        assert meaning == "instead" or not edits(read.text, read.text), (meaning, text, read)


@pytest.mark.parametrize(
    "text",
    [
        "leg 1 und 2 nicht zusammen", "leg 1 und 2 zusammen, oder lieber nicht?", "verschiebe #3 nie nach forest",
        "leg 1 und 2 zusammen. Nein, warte", "nenn Gruppe 1 Strand, falls das geht", "exportiere noch nicht nach ~/x",
        "ne fusionne pas 1 et 2", "fusionne 1 et 2 ? non, attends", "n'exporte pas vers ~/x",
        "fusionne 1 et 2 si tu es sûr", "no unas 1 y 2", "une 1 y 2, o mejor no", "no exportes a ~/x",
        "ja, oder lieber nicht?", "Ja, aber nicht jetzt", "je peux fusionner 1 et 2 ?", "没有把1和2合并",
        "要合并1和2吗", "ich will nicht 1 und 2 verbinden", "1 und 2 verbinden jetzt oder nicht", "我不想把1和2合并",
        "¿une 1 y 2?", "und mehr Gruppen?", "also teile 1?", "ok, annuler ?", "bon, fusionne 1 et 2 ?",
        "dann 1 und 2 zusammenlegen?", "撤销吧?", "lass uns 1 und 2 zusammenlegen?", "合并1和2，好吗",
        "teile 1 und dann 2 und 3 zusammenlegen?", "Such auf keinen Fall die Menschen heraus",
        "gruppiere nach Farbe auf keinen Fall", "nach Farbe niemals", "nenn nicht Gruppe 1 Rom",
        "不要合并1和2", "别把1和2合并", "把1和2合并还是不要", "先不要导出到~/x",
    ],
)  # fmt: skip
def test_what_is_taken_back_or_refused_edits_nothing(text: str) -> None:
    read = in_english(text)
    english = read.text if read else text
    assert not edits(english, english), english
    assert not says_yes(english)


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("gruppiere nach Blubb", 'group by "Blubb"'),
        ("Leg Gruppe 2 und die letzte zusammen", "merge 2 and the last group"),
        ("Danke! Und jetzt zeig mir Nr. 2; dann mach das rückgängig", ""),
        ("Danke. Zeig Gruppe 2", "thanks; show 2"),
        ("leg 1 und 2 zusammen und dann nenn Gruppe 1 Strand", 'merge 1 and 2; rename 1 to "Strand"'),
        ("fusionne « chien » et « chat »", 'merge "chien" and "chat"'),
        ("deplace les photos 3 et 5 dans le groupe 2", "move #3 and #5 to 2"),
        ("une los dos primeros grupos", "merge the first two groups"),
        ("únelos", "merge them"),
        ("fusionne-les", "merge them"),
        ("muestra la montana", 'show "mountain"'),
        ("把前两组合并，然后导出到~/sorted", "merge the first two groups; export to ~/sorted"),
        ("zeig mir den Strand", 'show "beach"'),
        ("Warum ist Nr. 5 da?", "why is #5 there?"),
        ("Verschiebe Bild 3 und 5 in die zweite Gruppe", "move #3 and #5 to the second group"),
        ("Pack die ersten beiden Gruppen zusammen", "merge the first two groups"),
        ("nenn Gruppe 1 Strand und Meer", ""),
        ("Ich mag Kartoffeln", ""),
    ],
)
def test_words_are_translated_where_a_table_has_them(text: str, english: str) -> None:
    read = in_english(text, HERE.names)
    assert (read.text if read else "") == english


@pytest.mark.parametrize(
    "text",
    [
        "nenn nicht Gruppe 1 Rom", "nenn vielleicht Gruppe 1 Rom", "nenn Gruppe 1 nicht Rom", "nenn nicht Rom",
        "appelle rien Rom", "renomme rien en Rom", "把莫组改名为Rom", "导出到~/sorted 不要",
    ],
)  # fmt: skip
def test_a_refused_slot_is_not_translated(text: str) -> None:
    assert in_english(text) is None


def test_a_groups_name_is_never_translated() -> None:
    named = ("Strand", "beach")
    read = in_english("zeig mir den Strand", named)
    assert read is not None and parse(read.text, HERE) == [Call("show", {"cluster": "Strand"})]


def test_no_english_sentence_is_taken_for_another_language() -> None:
    parts = ("known", "held-out", "everyday", "questions", "requests")
    said = [turn.say for c in conversations(*parts) for turn in c.turns]
    taken = [text for text in said if in_english(text) and not surely(text, HERE)]
    assert not taken
