"""The hosted tier as a user meets it: the command, a real server on this machine, and nothing sent unasked."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.models import chat_model
from tests.tools.models.hosted.conftest import KEY, Server, server

__all__ = ["server"]

Run = Callable[..., Any]
Groups = dict[str, set[str]]
BY = "colour of the shape"
FAR = "http://198.51.100.7:9/v1"


@pytest.fixture
def far(regroup: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on this machine counts as elsewhere, and there is a way there."""
    monkeypatch.setenv("REGROUP_OFFLINE", "0")
    monkeypatch.setattr(chat_model, "loopback", lambda address: False)


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
    assert (
        document["asked"]["model"] == f"tiny at {server.url.split('/')[2]}" and document["asked"]["cost"] == 0
    )
    assert document["model_calls"] == 9 + 9  # the colour expert, and the server
    assert server.requests == 9 and max(server.served.values()) == 1
    assert "9 images" in said.err and "about $0" in said.err
    people = regroup(*asking(album, server)).out
    assert server.requests == 9 and "red" in people


def test_another_time_nothing_is_asked_and_more_groups_cost_nothing(
    album: Path, regroup: Run, server: Server, by_colour: Groups
) -> None:
    well(server)
    assert regroup(*asking(album, server)).code == 0
    again = regroup(*asking(album, server, "--groups", 2, "--json"))
    assert again.document["k"] == 2 and again.document["model_calls"] == 0
    assert "asked" not in again.document and server.requests == 9
    # What is known stays known where no host is set up any more, but not where the bundled tier is wanted.
    assert regroup("cluster", album, "--by", BY, "--json").groups == by_colour
    bundled = regroup("cluster", album, "--by", BY, "--tier", "bundled", "--json").document
    assert bundled["tier"] == "bundled" and bundled["sources"] != [f"tiny: {BY}"]


def test_values_to_choose_from(album: Path, regroup: Run, server: Server) -> None:
    server.reply = lambda call: call.say(
        answer(call, value="warm" if call.colour == "red" else "Cold"), usable=True
    )
    said = regroup(*asking(album, server, "--values", "warm, cold", "--json"))
    assert {name: len(files) for name, files in said.groups.items()} == {"cold": 6, "warm": 3}
    assert '"warm", "cold"' in server.bodies[-1]["messages"][0]["content"][-1]["text"]


def test_what_fails_is_a_pile_that_can_be_asked_about_again(
    album: Path, regroup: Run, server: Server, by_colour: Groups
) -> None:
    def mostly(call: Any) -> None:
        if call.colour == "blue":
            call.say("The image shows a lovely shape. " * 9)
        else:
            call.say(answer(call), usable=True)

    server.reply = mostly
    said = regroup(*asking(album, server, "--json"))
    assert said.code == 0
    assert said.groups == {name: by_colour[name] for name in ("red", "green")}
    assert set(said.document["piles"]["failed"]) == by_colour["blue"] == set(said.document["failures"])
    assert said.files == sorted(f"{i}.png" for i in range(9))
    assert all("cannot be used" in why for why in said.document["failures"].values())
    before = server.requests
    # Shown, and not asked about again unasked.
    people = regroup(*asking(album, server))
    assert (
        server.requests == before and people.out.count("no answer about") == 3 and "--ask-again" in people.out
    )
    well(server)
    again = regroup(*asking(album, server, "--ask-again", "--json"))
    assert again.groups == by_colour and server.requests == before + 3
    assert "failed" not in again.document["piles"] and "failures" not in again.document


def test_a_damaged_image_that_came_later_is_no_reason_to_end(
    album: Path, regroup: Run, server: Server, by_colour: Groups
) -> None:
    well(server)
    assert regroup(*asking(album, server)).code == 0
    whole = (album / "0.png").read_bytes()
    (album / "late.png").write_bytes(whole[: len(whole) // 3])
    said = regroup(*asking(album, server, "--json"))
    assert said.code == 0, said.err
    assert said.groups == by_colour and server.requests == 9


def test_a_model_that_fails_for_all_is_said_to_fail(album: Path, regroup: Run, server: Server) -> None:
    for i in range(4, 9):
        (album / f"{i}.png").unlink()
    server.reply = lambda call: call.say("The image shows a lovely shape. " * 9)
    said = regroup(*asking(album, server, "--json"))
    assert said.code == 0 and said.document["clusters"] == [] and "sees nothing" not in said.err
    assert len(said.document["piles"]["failed"]) == 4


def test_what_failed_before_a_run_ended_is_not_paid_for_again(
    album: Path, regroup: Run, server: Server, by_colour: Groups
) -> None:
    blue: list[str] = []

    def reply(call: Any) -> None:
        if len(blue) == 4:  # two pictures, each with its second chance
            call.error(401)
        elif call.colour == "blue":
            blue.append(call.image)
            call.say("The image shows a lovely shape. " * 9)
        else:
            call.say(answer(call), usable=True)

    server.reply = reply
    first = regroup(*asking(album, server, "--concurrency", 1, "--json"))
    assert first.code == 1 and "refuses requests (error 401" in first.err
    before, answered = server.requests, sum(server.served.values())
    well(server)
    said = regroup(*asking(album, server, "--json"))
    assert said.code == 0, said.err
    assert server.requests == before + 9 - answered - 2 and max(server.served.values()) == 1
    assert len(said.document["failures"]) == 2 and set(said.document["failures"]) < by_colour["blue"]
    # Asked again, what has an answer now is no failure, however that run ends.
    server.reply = lambda call: (
        call.error(401) if call.order > before + 8 - answered else call.say(answer(call), usable=True)
    )
    again = regroup(*asking(album, server, "--concurrency", 1, "--ask-again", "--json"))
    assert again.code == 1
    shown = regroup(*asking(album, server, "--json")).document
    assert len(shown["failures"]) == 1 and set(shown["failures"]) < set(said.document["failures"])


def test_what_ended_half_way_goes_on_with_the_rest(
    album: Path, regroup: Run, server: Server, by_colour: Groups
) -> None:
    server.reply = lambda call: (
        call.error(401, "no") if call.order > 4 else call.say(answer(call), usable=True)
    )
    first = regroup(*asking(album, server, "--concurrency", 1, "--json"))
    assert (first.code, first.out) == (1, "") and "refuses requests (error 401" in first.err
    answered = sum(server.served.values())
    well(server)
    before = server.requests
    assert regroup(*asking(album, server, "--json")).groups == by_colour
    assert answered == 4 and server.requests == before + 5 and max(server.served.values()) == 1


def test_a_process_that_is_killed_goes_on_with_the_rest(
    album: Path, tmp_path: Path, process: Run, server: Server, by_colour: Groups
) -> None:
    import os
    import signal
    import subprocess
    import sys
    import threading

    enough = threading.Event()

    def slowly(call: Any) -> None:
        if call.order > 3:
            enough.set()
            call.hang(30)
        else:
            call.say(answer(call), usable=True)

    server.reply = slowly
    own = {"REGROUP_WORKSPACE": str(tmp_path / "workspace"), "REGROUP_CONCURRENCY": "1"}
    running = subprocess.Popen(
        [sys.executable, "-m", "assistant", *map(str, asking(album, server))],
        env=os.environ | own | {"PYTHONPATH": str(Path(__file__).parents[3])},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert enough.wait(120)
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()
    well(server)
    before = server.requests
    said = process(*asking(album, server, "--json"))
    assert said.code == 0 and said.groups == by_colour
    assert server.requests == before + 6 and max(server.served.values()) == 1


# Consent


@pytest.mark.usefixtures("far")
def test_nothing_is_sent_without_consent(album: Path, regroup: Run, server: Server) -> None:
    well(server)
    line = regroup(*asking(album, server, "--json")).complaint(2)
    host = server.url.split("/")[2]
    assert f"nothing is sent to {host} without your consent: 9 images, made small (" in line
    assert "unencrypted" in line and "the cost is not known" in line and f"--send-to {host}" in line
    wrong = regroup(*asking(album, server, "--send-to", "api.openai.com")).complaint(2)
    assert f"pictures would go to {host}" in wrong and server.requests == 0


@pytest.mark.usefixtures("far")
def test_another_host_that_is_named_is_told_also_after_consent(
    album: Path, regroup: Run, server: Server
) -> None:
    well(server)
    assert regroup(*asking(album, server, "--send-to", server.url.split("/")[2])).code == 0
    other = [*asking(album, server, "--send-to", "api.openai.com")]
    other[other.index(BY)] = "ground"
    assert "is the wrong host: pictures would go" in regroup(*other).complaint(2)
    assert server.requests == 9


@pytest.mark.usefixtures("far")
def test_consent_is_for_the_collection_and_can_be_taken_back(
    album: Path, regroup: Run, server: Server, by_colour: Groups
) -> None:
    well(server)
    host = server.url.split("/")[2]
    assert regroup(*asking(album, server, "--send-to", host, "--json")).groups == by_colour
    assert server.requests == 9
    server.reply = lambda call: call.say(
        json.dumps({"ground": {"value": "white", "confidence": 1}}), usable=True
    )
    other = [*asking(album, server)]
    other[other.index(BY)] = "ground"
    said = regroup(*other)
    assert said.code == 0 and server.requests == 18 and "9 images" in said.err  # told, not asked
    other[other.index("ground")] = "size"
    back = regroup(*other, "--send-to", "none", "--json")
    assert "withdrawn" in back.err and back.document["tier"] == "bundled"
    assert "without your consent" in regroup(*other).complaint(2)
    assert server.requests == 18


@pytest.mark.usefixtures("far")
def test_auto_sends_nothing_unasked_and_takes_the_next_tier(
    album: Path, regroup: Run, server: Server
) -> None:
    well(server)
    auto = [*asking(album, server, "--json")]
    auto[auto.index("hosted")] = "auto"
    said = regroup(*auto)
    assert (said.code, server.requests) == (0, 0)
    assert said.document["tier"] == "bundled" and "without your consent" in said.err


def test_auto_takes_a_server_on_this_machine(album: Path, regroup: Run, server: Server) -> None:
    well(server)
    auto = [*asking(album, server, "--json")]
    auto[auto.index("hosted")] = "auto"
    assert regroup(*auto).document["tier"] == "hosted"


@pytest.mark.parametrize("tier", ["auto", "hosted"])
def test_a_server_that_is_not_there(album: Path, regroup: Run, server: Server, tier: str) -> None:
    server.http.shutdown()
    server.http.server_close()
    arguments = asking(album, server, "--json")
    arguments[arguments.index("hosted")] = tier
    said = regroup(*arguments)
    assert "no server answers at 127.0.0.1:" in said.err
    assert said.code == (0 if tier == "auto" else 2)
    if tier == "auto":
        assert said.document["tier"] == "bundled" and "; the bundled models look instead" in said.err
        propose = regroup("propose", *arguments[1:2], "--describer", f"{server.url}#tiny")
        assert "no server answers at 127.0.0.1:" in propose.err and "openai:" not in propose.err


def test_a_server_named_by_its_address_is_told_by_it(
    album: Path, regroup: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the extra that speaks its protocol is not installed."""
    monkeypatch.setitem(sys.modules, "langchain_openai", None)
    said = regroup("cluster", album, "--by", "colour", "--describer", "http://127.0.0.1:9/v1#tiny", "--json")
    assert said.code == 0 and said.document["tier"] == "bundled"
    assert said.err == (
        'regroup: model "tiny" at 127.0.0.1:9 needs an extra that is not installed; '
        'run: pip install "langchain-openai>=1"; the bundled models look instead\n'
    )


def test_offline_nothing_goes_elsewhere(album: Path, regroup: Run, server: Server) -> None:
    arguments = asking(album, server)
    arguments[arguments.index(server.url)] = FAR
    assert 'the setting "offline" is on' in regroup(*arguments).complaint(2)


def test_a_server_can_be_named_in_one_word(album: Path, regroup: Run, server: Server) -> None:
    well(server)
    said = regroup("cluster", album, "--by", BY, "--describer", f"{server.url}#tiny", "--json")
    assert said.document["tier"] == "hosted" and server.bodies[-1]["model"] == "tiny"


@pytest.mark.parametrize("describer", [None, "vlm-small", "openai:", "magic:one"])
def test_a_hosted_tier_needs_a_model(album: Path, regroup: Run, describer: str | None) -> None:
    more = () if describer is None else ("--describer", describer)
    told = regroup("cluster", album, "--by", BY, "--tier", "hosted", *more).complaint(2)
    assert "openai:" in told


# Keys


@pytest.mark.parametrize("own", [None, "sk-own-key-of-that-server-123456"])
def test_no_key_anywhere(
    own: str | None, album: Path, tmp_path: Path, regroup: Run, server: Server, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """A provider's key never goes to a server that was named by its address; the server's own is seen by nobody."""
    if own:
        monkeypatch.setenv("REGROUP_API_KEY", own)
    server.reply = lambda call: call.error(
        401, f"Incorrect API key provided: {call.handler.headers['Authorization']}"
    )
    failed = regroup(*asking(album, server))
    assert failed.code == 1 and "check the key" in failed.err
    well(server)
    worked = regroup(*asking(album, server))
    assert worked.code == 0
    assert server.keys == {f"Bearer {own or 'none'}"}
    kept = b"".join(path.read_bytes() for path in (tmp_path / "workspace").rglob("*") if path.is_file())
    for secret in filter(None, (own, KEY)):
        assert secret.encode() not in kept
        assert secret not in failed.err + failed.out + worked.err + worked.out + caplog.text


def test_a_model_that_sees_nothing_of_it_leaves_it_to_the_experts(
    album: Path, regroup: Run, server: Server
) -> None:
    server.reply = lambda call: call.say('{"colour": {"value": null, "confidence": 1}}', usable=True)
    arguments = asking(album, server, "--json")
    arguments[arguments.index(BY)] = "colour"
    said = regroup(*arguments)
    assert said.code == 0 and set(said.groups) == {"red", "green", "blue"}
    assert said.document["tier"] == "bundled" and "tiny sees nothing of colour" in said.err
    assert server.requests == 9
