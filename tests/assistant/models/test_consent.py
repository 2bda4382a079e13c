"""Consent: asked once for a collection and a host, kept on its shelf, and nothing is sent without it."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from assistant.models import consent
from assistant.models.chat_model import chat_model
from assistant.models.consent import Sending
from assistant.workspace import Shelf, Workspace
from tools.errors import RegroupError, UsageError
from tools.models.hosted.chat_client import ChatClient
from tools.models.hosted.chat_describer import ChatDescriber
from tools.models.hosted.chat_over_collection import describe_all
from tools.models.hosted.cost_estimate import estimate
from tools.models.hosted.prices import read
from tools.models.hosted.request_policy import RequestPolicy
from tools.models.ports import Question
from tools.scan.collection import scan
from tools.scan.prefetch import decoded

QUESTION = Question("colour", ("colour",))
FAR = Sending("https://api.openai.com", "api.openai.com", "gpt-4o-mini", 100, 2_500_000, False)


@pytest.fixture
def shelf(pictures: Path, tmp_path: Path) -> Iterator[Shelf]:
    with Workspace(tmp_path / "workspace") as workspace:
        opened = workspace.open(pictures)
        yield opened
        opened.close()


def test_asked_once_and_again_for_another_host_or_many_more(shelf: Shelf) -> None:
    assert consent.needed(shelf, FAR)
    with pytest.raises(
        UsageError, match=r"nothing is sent to api\.openai\.com without your consent.*100 images"
    ):
        consent.require(shelf, FAR)
    consent.give(shelf, FAR)
    consent.require(shelf, FAR)
    assert not consent.needed(shelf, _with(images=110)) and not consent.needed(shelf, _with(images=3))
    assert consent.needed(shelf, _with(images=111))
    assert consent.needed(shelf, _with(origin="https://api.anthropic.com"))
    assert consent.needed(shelf, _with(origin="http://api.openai.com"))  # the same host, but unencrypted
    consent.give(shelf, _with(images=111))
    assert not consent.needed(shelf, _with(images=122))


def test_it_lasts_with_the_collection_and_can_be_taken_back(pictures: Path, tmp_path: Path) -> None:
    with Workspace(tmp_path / "workspace") as workspace:
        shelf = workspace.open(pictures)
        consent.give(shelf, FAR)
        consent.give(shelf, _with(origin="https://other.example"))
        shelf.close()
        shelf = workspace.open(pictures)
        assert not consent.needed(shelf, FAR)
        consent.withdraw(shelf, FAR.origin)
        assert consent.needed(shelf, FAR) and not consent.needed(shelf, _with(origin="https://other.example"))
        consent.withdraw(shelf)
        assert consent.needed(shelf, _with(origin="https://other.example"))
        shelf.close()
        (tmp_path / "more").mkdir()
        other = workspace.open(tmp_path / "more")
        assert consent.needed(other, FAR)
        other.close()


@pytest.mark.parametrize(
    "kept", [None, 3, [], {"https://api.openai.com": {"images": True}}, {"https://api.openai.com": 9}]
)
def test_what_is_not_well_formed_is_no_consent(shelf: Shelf, kept: object) -> None:
    shelf.note("consent", kept)
    assert consent.needed(shelf, FAR)


def test_this_machine_needs_none_but_is_named(shelf: Shelf) -> None:
    near = Sending("http://127.0.0.1:8000", "127.0.0.1:8000", "qwen", 100, 2_500_000, True)
    consent.require(shelf, near)
    assert near.line().endswith("stays on this machine, at 127.0.0.1:8000 (qwen)")
    assert FAR.line() == (
        "100 images, made small (2.5 MB), without EXIF and names: goes to api.openai.com (gpt-4o-mini)"
    )
    assert "unencrypted" in _with(origin="http://10.0.0.5").line()


def test_not_one_byte_before_the_user_said_so(
    shelf: Shelf, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("langchain_openai")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-regroup-test-key-0001")
    connections: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_error(500)

        def log_message(self, *arguments: object) -> None:
            pass

    class Counting(ThreadingHTTPServer):
        def process_request(self, *arguments: object) -> None:  # before anything is read
            connections.append(1)
            super().process_request(*arguments)  # type: ignore[arg-type]

    server = Counting(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        model = chat_model("openai:tiny", address=f"http://127.0.0.1:{server.server_port}/v1")
        model.local = False  # as if it were elsewhere
        collection = scan(pictures)

        def decode(ids: object) -> object:
            return decoded(collection, ids)  # type: ignore[arg-type]

        sketch = ChatDescriber(ChatClient(model))
        sending = Sending.of(model, estimate(sketch, QUESTION, collection.ids, decode, read()))  # type: ignore[arg-type]
        assert sending.images == 12 and sending.bytes > 1000
        permit = partial(consent.require, shelf, sending)
        policy = RequestPolicy(attempts=1, in_a_row=1, first=0.01)
        asking = ChatDescriber(ChatClient(model, permit=permit, policy=policy))
        with Workspace(tmp_path / "workspace") as workspace:
            with pytest.raises(UsageError, match="without your consent"):
                describe_all(asking, QUESTION, collection.ids, decode, workspace.cache)  # type: ignore[arg-type]
            assert not connections and asking.client.meter.requests == 0
            consent.give(shelf, sending)
            with pytest.raises(RegroupError, match="error 500"):
                describe_all(asking, QUESTION, collection.ids, decode, workspace.cache)  # type: ignore[arg-type]
            assert connections
    finally:
        server.shutdown()
        server.server_close()


def _with(**changes: object) -> Sending:
    from dataclasses import replace

    made = replace(FAR, **changes)  # type: ignore[arg-type]
    return replace(made, host=made.origin.partition("://")[2])
