"""The brain asked for criteria: over HTTP from a server that misbehaves, and a real small model where there is one."""

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import prompts
from assistant.agent import brain
from assistant.agent.builtin.builtin_brain import BuiltinBrain
from assistant.agent.gguf.gguf_brain import GgufBrain
from assistant.agent.thinking import AGREED, opened, parsed, thinker
from assistant.desk import Desk
from tests.conversations.models import found
from tools.errors import RegroupError

GOOD = json.dumps({"criteria": ["main colour"]})


class Server(http.server.BaseHTTPRequestHandler):
    status = 200
    said = GOOD
    bodies: list[dict[str, Any]] = []  # noqa: RUF012

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Server.bodies.append(body)
        message = {"role": "assistant", "content": Server.said}
        answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
        answer |= {"choices": [{"index": 0, "finish_reason": "stop", "message": message}]}
        data = json.dumps(answer if Server.status == 200 else {"error": {"message": "out of order"}}).encode()
        self.send_response(Server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk whose settings name a server on this machine."""
    pytest.importorskip("langchain_openai", reason="the extra openai is not installed")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(Server, "bodies", [])
    address = f"http://127.0.0.1:{server.server_port}/v1#m"
    desk.settings = desk.settings.model_copy(update={"model": address})
    yield desk
    server.shutdown()
    server.server_close()


def test_a_server_is_told_words_and_the_schema(served: Desk) -> None:
    lines: list[str] = []
    with opened(served, lines.append) as model:
        found = served.criteria.propose(thinker=model)
    assert found[0].criterion == "colour" and lines == [] and not served.status().lines
    form = Server.bodies[0]["response_format"]["json_schema"]["schema"]
    assert form == prompts.load("propose").answer
    sent = json.dumps(Server.bodies)
    assert "image_url" not in sent and "img-0" not in sent
    assert not any(image in sent for image in served.collection.ids)


@pytest.mark.parametrize(
    ("status", "said"),
    [(200, f"Sure! {GOOD} I hope that helps."), (200, '{"ideas": []}'), (200, ""), (400, GOOD), (500, GOOD)],
)
def test_a_server_that_misbehaves_costs_one_line(
    served: Desk, status: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Server, "status", status)
    monkeypatch.setattr(Server, "said", said)
    measured = served.criteria.propose()
    with opened(served, [].append) as model:
        assert served.criteria.propose(thinker=model) == measured
    (line,) = served.status().lines
    assert line.startswith("m gave no proposals (") and "\n" not in line
    served.criteria.propose()
    assert not served.status().lines


def test_an_answer_in_a_fence_is_read(served: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Server, "said", f"```json\n{GOOD}\n```\n")
    with opened(served, [].append) as model:
        assert served.criteria.propose(thinker=model)[0].criterion
    assert not served.status().lines


def test_a_provider_is_asked_only_where_the_user_agreed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    monkeypatch.delenv("OPENAI_API_BASE", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setattr(brain, "_installed", lambda module: module == "langchain_openai")
    monkeypatch.setattr(brain, "_ollama", lambda: None)
    desk.settings = desk.settings.model_copy(update={"offline": False, "model": "auto"})
    chosen: list[str] = []

    def make(choice: brain.Choice, settings: Any) -> BuiltinBrain:
        chosen.append(choice.model)
        return BuiltinBrain()

    monkeypatch.setattr(brain, "make", make)
    for host in (None, False, "elsewhere.example", brain.goes_to("openai")):
        desk.shelf.note(AGREED + "openai", host)
        with opened(desk, [].append) as model:
            assert model is None
    assert chosen == ["builtin", "builtin", "builtin", "openai:gpt-4.1-mini"]


def test_what_cannot_be_set_up_is_one_line(desk: Desk) -> None:
    desk.settings = desk.settings.model_copy(update={"model": "nobody:x"})
    lines: list[str] = []
    with opened(desk, lines.append) as model:
        assert model is None
    assert len(lines) == 1 and "is not known" in lines[0]
    assert thinker(BuiltinBrain()) is None


def test_a_real_small_model_answers_as_asked() -> None:
    """One request about counts; what it says is its own, that it keeps to the schema is ours."""
    file = found("0.5b")
    if file is None:
        pytest.skip("there is no 0.5B model; set REGROUP_TEST_GGUF to the GGUF file, or to its folder")
    model = GgufBrain(gguf=file)
    try:
        thinks = thinker(model)
        assert thinks is not None
        prompt = prompts.load("propose")
        seen = json.dumps({"emotion": {"happy": 12, "sad": 12}, "hair colour": {"blond": 9, "black": 15}})
        answer = thinks.think(prompt.fill(count=24, seen=seen), prompt.answer or {})
        assert set(answer) == {"criteria"} and 1 <= len(answer["criteria"]) <= 6
        assert all(isinstance(name, str) and len(name) <= 40 for name in answer["criteria"])
    finally:
        model.close()


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000, "", "no", "[1"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(RegroupError, match="no JSON"):
        parsed(text)


def test_a_broken_file_is_an_error_in_one_line(tmp_path: Any) -> None:
    model = thinker(GgufBrain(gguf=tmp_path / "none.gguf"))
    assert model is not None
    with pytest.raises(RegroupError, match="there is no model file"):
        model.think("x", {})
