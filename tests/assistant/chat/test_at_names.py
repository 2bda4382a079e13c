"""What "@name" stands for, and how it is completed."""

import pytest

from assistant.chat.at_names import completed, without_signs

NAMES = {
    "happy": '"happy"',
    "happy faces": '"happy faces"',
    "Berlin": '"Berlin"',
    "IMG_4.jpg": "#4",
    "a.jpg": "#5",
}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("merge @happy and @Berlin", 'merge "happy" and "Berlin"'),
        ("show @happy faces", 'show "happy faces"'),
        ("move @IMG_4.jpg to @happy.", 'move #4 to "happy".'),
        ("@berlin", '"Berlin"'),
        ("call 2 @happyness", "call 2 @happyness"),
        ("write to me@Berlin", "write to me@Berlin"),
        ("show @nobody", "show @nobody"),
        ("@", "@"),
        ("@@happy", "@@happy"),
        ("merge (@happy, @Berlin)", 'merge ("happy", "Berlin")'),
    ],
)
def test_a_name_after_the_sign_is_spelled_out(typed: str, meant: str) -> None:
    assert without_signs(typed, NAMES) == meant


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("merge @ha", "merge @happy"),
        ("merge @happy and @be", "merge @happy and @berlin"),
        ("show @img", "show @imG_4.jpg"),
        ("show @", "show @happy"),
        ("show @x", None),
        ("me@ha", None),
        ("show ha", None),
    ],
)
def test_a_name_that_is_begun_is_completed(typed: str, whole: str | None) -> None:
    made = completed(typed, NAMES)
    assert (made.casefold() if made else None) == (whole.casefold() if whole else None)
    assert made is None or made.startswith(typed)
