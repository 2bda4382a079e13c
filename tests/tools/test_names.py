"""Safe names and visible text, on everything that Unicode has."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.names import combined_name, path_key, quoted, safe_name, spelling_suggestion, visible

ANY = st.text(st.characters(codec=None), max_size=200)  # lone surrogates, too


@given(ANY)
def test_one_safe_component(text: str) -> None:
    name = safe_name(text)
    assert name and 0 < len(name.encode()) <= 100
    assert not set(name) & set('<>:"/\\|?*\0')
    assert name[0] not in " .-=+@~" and name[-1] not in " ."
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for c in name)
    assert safe_name(name) == name
    assert visible(name) == name


@given(st.lists(ANY, max_size=8))
def test_distinct(texts: list[str]) -> None:
    taken: list[str] = []
    for text in [*texts, *texts]:
        taken.append(safe_name(text, taken))
    assert len({path_key(name) for name in taken}) == len(taken)
    assert all(len(name.encode()) <= 100 for name in taken)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("happy", "happy"),
        ("", "unnamed"),
        ("..", "unnamed"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("red/green", "red_green"),
        ("CON", "CON_"),
        ("aux.txt", "aux_.txt"),
        ("com¹", "com¹_"),
        ("two\nlines\t here", "two lines here"),
        ("evil\u202egpj", "evilgpj"),
        ("zero\u200bwidth", "zerowidth"),
        ("=HYPERLINK(1)", "HYPERLINK(1)"),
        ("-rf", "rf"),
        ("lost dots...", "lost dots"),
        ("Größe 😀", "Größe 😀"),
        ("e\u0301", "\u00e9"),
        ("é" * 80, "é" * 50),
    ],
)
def test_examples(text: str, name: str) -> None:
    assert safe_name(text) == name


def test_numbers_where_case_or_form_is_the_same() -> None:
    assert safe_name("Happy", ["happy"]) == "Happy (2)"
    assert safe_name("happy", ["Happy", "HAPPY (2)"]) == "happy (3)"
    assert safe_name("caf\u00e9", ["cafe\u0301"]) == "caf\u00e9 (2)"
    assert safe_name("x" * 200, ["x" * 100]) == "x" * 96 + " (2)"


@given(ANY)
def test_visible_can_be_shown(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert "\n" not in shown and len(shown.splitlines()) <= 1
    assert visible(shown) == shown


def test_visible_examples() -> None:
    assert visible("plain Größe 😀 C:\\x") == "plain Größe 😀 C:\\x"
    assert visible("a\u202eb\u200bc\x1b[31m\n\r\t\udcff") == "a\\u202eb\\u200bc\\x1b[31m\\n\\r\\t\\udcff"
    assert visible("\U000e0041\u3164\ufeff\x85") == "\\U000e0041\\u3164\\ufeff\\x85"


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("hapy", "happy"),
        ("Hapyp", "happy"),
        ("suprized", "surprised"),
        ("sda", "sad"),
        ("sad", None),
        ("mad", None),
        ("happy ", None),
        ("group 3", None),
        ("striped", None),
        ("", None),
    ],
)
def test_what_a_misspelt_name_was_meant_to_be(typed: str, near: str | None) -> None:
    assert spelling_suggestion(typed, ["sad", "happy", "surprised", "group 1"]) == near


def test_one_name_for_several() -> None:
    assert combined_name(["sad", "angry"]) == "sad or angry"
    assert combined_name(["sad or angry", "happy"]) == "sad or angry or happy"
    assert combined_name(["sad or angry", "happy or calm"]) == "sad or others"
    assert combined_name(["happy 2", "happy"]) == "happy"
    assert combined_name(["shape 3", "shape 1"]) == "shape 3"


def test_what_is_quoted_cannot_close_its_quotes() -> None:
    assert quoted('a" b\n\u202ec') == '"a\' b\\n\\u202ec"'
