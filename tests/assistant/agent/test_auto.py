"""What `auto` takes, talked to for real: a server on this machine that speaks Ollama's and OpenAI's protocols."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.agent import brain as brains
from assistant.chat.session import ClusteringChanged, MessageText, Session, ToolEnded, ToolStarted
from assistant.desk import Desk
from assistant.models.gguf_files import gguf_folder

pytest.importorskip("langchain_openai", reason="the extra openai is not installed")


class Provider(http.server.BaseHTTPRequestHandler):
    """Lists one model as Ollama does, and answers chat completions: a call of group_by first, then words."""

    models: tuple[str, ...] = ()
    asked: list[dict[str, Any]]
    keys: list[str | None]

    def do_GET(self) -> None:
        self._tell({"models": [{"name": name} for name in self.models]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/api/show":
            self._tell({"capabilities": ["completion", "tools"]})
            return
        self.asked.append(body)
        self.keys.append(self.headers["Authorization"])
        if any(message["role"] == "tool" for message in body["messages"]):
            message: dict[str, Any] = {"content": "Three groups by colour."}
        else:
            called = {"name": "group_by", "arguments": json.dumps({"criterion": "colour", "groups": 3})}
            message = {"tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": called}]}
        message = {"role": "assistant"} | message
        answer = {"id": "1", "object": "chat.completion", "created": 1, "model": body["model"]}
        if body.get("stream"):
            chunk = answer | {"choices": [{"index": 0, "delta": message, "finish_reason": "stop"}]}
            self._tell(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n", "text/event-stream")
        else:
            self._tell(answer | {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    def _tell(self, body: dict[str, Any] | str, kind: str = "application/json") -> None:
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[type[Provider], str]]:
    """The server's class, which says what it does, and its address. There is no other brain."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "OLLAMA_HOST"):
        monkeypatch.delenv(name, raising=False)
    handler = type("Handler", (Provider,), {"models": (), "asked": [], "keys": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(brains, "OLLAMA", address)
    yield handler, address
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def auto(open_desk: Callable[[], Desk]) -> Desk:
    """A desk whose settings leave the choice to `auto`, and may use the network."""
    desk = open_desk()
    desk.settings = desk.settings.model_copy(update={"offline": False, "model": "auto"})
    return desk


async def holds_a_conversation(desk: Desk) -> None:
    """Group by colour through whatever `auto` takes."""
    async with Session.open(desk) as session:
        events = [event async for event in session.say("please bring some order into this")]
    assert ToolStarted("group_by", {"criterion": "colour", "groups": 3}) in events
    assert [event.ok for event in events if isinstance(event, ToolEnded)] == [True]
    assert ClusteringChanged("colour") in events
    assert [event.text for event in events if isinstance(event, MessageText) and event.done] == [
        "Three groups by colour."
    ]
    assert len(desk.clusterings.get().clusters) == 3


def no_image_was_sent(asked: list[dict[str, Any]]) -> bool:
    return all(isinstance(m.get("content") or "", str) for body in asked for m in body["messages"])


async def test_the_model_that_the_user_set(auto: Desk, provider: tuple[type[Provider], str]) -> None:
    handler, address = provider
    handler.models = ("another:1b",)
    auto.settings = auto.settings.model_copy(update={"model": f"{address}/v1#mine"})
    await holds_a_conversation(auto)
    assert {body["model"] for body in handler.asked} == {"mine"}
    assert {t["function"]["name"] for t in handler.asked[0]["tools"]} >= {"group_by", "merge_clusters"}
    assert no_image_was_sent(handler.asked)


async def test_a_provider_whose_key_is_here_only_after_the_user_agreed(
    auto: Desk, provider: tuple[type[Provider], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, address = provider
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("OPENAI_BASE_URL", f"{address}/v1")
    async with Session.open(auto) as session:
        assert auto.status().brain == "built-in"
        offer = session.offer
        assert offer is not None and offer.host == "127.0.0.1"  # where it would go, not where it usually goes
        assert handler.asked == []
        session.answer_offer(offer, True)
    await holds_a_conversation(auto)
    assert set(handler.keys) == {"Bearer sk-secret"} and no_image_was_sent(handler.asked)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere.example/v1")
    async with Session.open(auto) as session:
        assert auto.status().brain == "built-in"
        offer = session.offer
        assert offer is not None and offer.host == "elsewhere.example"  # another host is asked about anew


async def test_ollama_on_this_machine(
    auto: Desk, provider: tuple[type[Provider], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, address = provider
    handler.models = ("small:1b",)
    monkeypatch.setattr(
        brains, "_installed", lambda module: module == "langchain_openai" or module == "httpx"
    )
    await holds_a_conversation(auto)
    assert auto.status().brain == f"{address}/v1#small:1b"
    assert {body["model"] for body in handler.asked} == {"small:1b"}
    assert set(handler.keys) == {"Bearer none"}


async def test_a_gguf_in_the_models_folder(
    auto: Desk, provider: tuple[type[Provider], str], tmp_path: Path
) -> None:
    pytest.importorskip("xllamacpp", reason="the extra llm is not installed")
    folder = gguf_folder(auto.settings)
    folder.mkdir(parents=True)
    (folder / "small.gguf").write_bytes(b"GGUF" + bytes(100))
    async with Session.open(auto) as session:  # opens at once, whatever is wrong with the file
        assert auto.status().brain == "local small"
        said = [
            e.text async for e in session.say("fnord the gruntle") if isinstance(e, MessageText) and e.done
        ]
    assert "small.gguf cannot be loaded" in said[-1] and "\n" not in said[-1]


async def test_else_the_built_in_one(auto: Desk, provider: tuple[type[Provider], str]) -> None:
    async with Session.open(auto) as session:
        assert auto.status().brain == "built-in"
        events = [event async for event in session.say("group by colour into 3 groups")]
    assert ClusteringChanged("colour") in events
