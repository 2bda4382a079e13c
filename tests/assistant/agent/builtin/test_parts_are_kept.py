"""A sentence that names a part of the pictures is never carried out for all of them."""

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.tools.base import DialogueContext

MONTHS = DialogueContext(
    names=("July 2023", "August 2023", "Berlin"), current=3, criteria=("month",), informed=True
)


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ("move August to /tmp/m", "August"),
        ("copy the August pictures to /tmp/m", "August"),
        ("put August into /tmp/m", "August"),
        ("put the pictures of August into the folder /tmp/m", "August"),
        ("move August 2023 to /tmp/m", "August 2023"),
        ("move the cats to /tmp/m", "cats"),
    ],
)
def test_an_export_of_a_part_names_it(said: str, part: str) -> None:
    (call,) = _calls(said)
    assert (call.tool, call.arguments["clustering"]) == ("export_clusters", part)


@pytest.mark.parametrize(
    "said", ["move them to /tmp/m", "put all pictures into /tmp/m", "copy the files to /tmp/m"]
)
def test_an_export_of_all_names_no_part(said: str) -> None:
    (call,) = _calls(said)
    assert call.tool == "export_clusters" and "clustering" not in call.arguments


@pytest.mark.parametrize(
    "said", ["in Berlin, dogs and birds", "only in Berlin, dogs and birds", "in Rome, cats and dogs"]
)
def test_a_list_for_one_group_is_not_read_without_it(said: str) -> None:
    assert isinstance(parse(said, MONTHS), Reply)


@pytest.mark.parametrize(
    "said", ["any dogs in here", "any birds", "i have July 2023 and Berlin", "Berlin could be one group"]
)
def test_what_only_says_something_changes_nothing(said: str) -> None:
    understood = parse(said, MONTHS)
    assert isinstance(understood, Reply) or {call.tool for call in understood} <= {"show", "count"}


def _calls(said: str) -> list[Call]:
    understood = parse(said, MONTHS)
    assert isinstance(understood, list), understood
    return understood
