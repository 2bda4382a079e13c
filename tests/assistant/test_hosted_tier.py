"""The hosted tier as a user meets it: the command, a real server on this machine, and nothing sent unasked."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant import hosted
from tests.tools.models.hosted.conftest import KEY, Server, server

__all__ = ["server"]

Run = Callable[..., Any]
Groups = dict[str, set[str]]
BY = "colour of the shape"
FAR = "http://198.51.100.7:9/v1"


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on this machine counts as elsewhere."""
    monkeypatch.setattr(hosted, "loopback", lambda address: False)


def answer(call: Any, **changes: Any) -> str:
    """The right answer under the key that was asked for."""
    return json.dumps({BY: {"value": call.colour, "confidence": 0.9} | changes})


def well(server: Server) -> None:
    server.reply = lambda call: call.say(answer(call), usable=True)


def asking(album: Path, server: Server, *more: object) -> list[object]:
    described = ("--tier", "hosted", "--describer", "openai:tiny", "--base-url", server.url)
    return ["cluster", album, "--by", BY, *described, *more]


def test_groups_by_what_the_model_says(album: Path, regroup: Run, server: Server, by_colour: Groups) -> None:
    well(server)
    said = regroup(*asking(album, server, "--json"))
    assert said.code == 0, said.err
    assert said.groups == by_colour
    document = said.document
    assert (document["tier"], document["sure"], document["sources"]) == ("hosted", True, [f"tiny: {BY}"])
    assert document["asked"]["model"] == f"tiny at {server.url.split('/')[2]}" and document["asked"]["cost"] == 0
    assert document["model_calls"] == 9 + 9  # the colour expert, and the server
    assert server.requests == 9 and max(server.served.values()) == 1
    assert "9 images" in said.err and "about $0" in said.err
    people = regroup(*asking(album, server)).out
    assert server.requests == 9 and "red" in people
