"""Which chat model thinks, and what is never used unasked."""

import http.server
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel

from assistant.agent import brain as brains
from assistant.agent.brain import Choice, brain, choose, offer, with_tools
from assistant.agent.builtin.builtin_brain import BuiltinBrain
from assistant.agent.gguf.gguf_brain import GgufBrain
from assistant.chat.session import Session
from assistant.desk import Desk
from assistant.models.gguf_files import OFFICIAL, chosen_gguf, gguf_folder
from assistant.settings import Settings
from tools.errors import UsageError

BUILTIN = Choice("builtin", "built-in")


@pytest.fixture(autouse=True)
def nothing_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No keys, and no Ollama of the developer's own."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OLLAMA_HOST", "REGROUP_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(brains, "OLLAMA", "http://127.0.0.1:9")


@pytest.fixture
def everything_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brains, "_installed", lambda module: True)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(workspace=tmp_path)


def model_file(settings: Settings, name: str = "small.gguf", size: int = 8) -> Path:
    file = gguf_folder(settings) / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"GGUF" + bytes(size))
    return file


@pytest.mark.parametrize("model", [None, "builtin", "auto"])
def test_the_built_in_one_where_there_is_no_other(model: str | None, settings: Settings) -> None:
    assert isinstance(brain(settings.model_copy(update={"model": model})), BuiltinBrain)


@pytest.mark.parametrize("model", ["gpt", "openai:", "nowhere:x", ":", "os:system", "openai\n:x"])
def test_what_is_not_known_is_told(model: str) -> None:
    with pytest.raises(UsageError, match="is not known") as told:
        brain(Settings(model=model))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("provider", ["openai", "anthropic", "ollama"])
def test_a_provider_that_is_not_installed_names_its_extra(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, f"langchain_{provider}", None)
    with pytest.raises(UsageError, match=rf"; run: pip install .langchain-{provider}>="):
        brain(Settings(model=f"{provider}:some-model"))


def test_offline_takes_no_model_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://192.0.2.7:11434")
    for model in ("openai:some-model", "http://192.0.2.7/v1#x", "ollama:x"):
        with pytest.raises(UsageError, match="offline"):
            brain(Settings(model=model, offline=True))


class Chat(FakeListChatModel):
    """A provider's chat model that only keeps what it was made with."""

    model: str
    responses: list[str] = ["hello"]  # noqa: RUF012 - a pydantic field
    base_url: str = ""
    api_key: str = ""
    http_client: Any = None
    http_async_client: Any = None


def provide(name: str, cls: str, monkeypatch: pytest.MonkeyPatch, make: Any = Chat) -> None:
    module = ModuleType(f"langchain_{name}")
    setattr(module, cls, make)
    monkeypatch.setitem(sys.modules, f"langchain_{name}", module)


def test_a_provider_is_made_with_its_models_name(monkeypatch: pytest.MonkeyPatch) -> None:
    provide("ollama", "ChatOllama", monkeypatch)
    made = brain(Settings(model="ollama:qwen3:4b", offline=True))
    assert isinstance(made, Chat) and made.model == "qwen3:4b"
    with pytest.raises(UsageError, match="cannot call tools"):
        with_tools(made, [])


def test_a_provider_that_cannot_be_set_up_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(model: str) -> None:
        raise RuntimeError("no key\nset it")

    provide("openai", "ChatOpenAI", monkeypatch, refuse)
    with pytest.raises(UsageError, match="cannot be set up: no key set it"):
        brain(Settings(model="openai:x"))


def test_what_cannot_be_set_up_is_told_without_what_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    from pydantic import BaseModel, model_validator

    class Strict(BaseModel):
        api_key: str = "hush"

        @model_validator(mode="before")
        @classmethod
        def refuse(cls, given: object) -> object:
            raise ValueError("a bad proxy")

    provide("openai", "ChatOpenAI", monkeypatch, Strict)
    monkeypatch.setenv("REGROUP_API_KEY", "hush")
    with pytest.raises(UsageError, match="a bad proxy") as told:
        brain(Settings(model="http://127.0.0.1:9/v1#m"))
    assert "hush" not in str(told.value) and "input_value" not in str(told.value)


def test_a_server_gets_its_own_key_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    provide("openai", "ChatOpenAI", monkeypatch)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    made = brain(Settings(model="http://127.0.0.1:8080/v1#qwen", offline=True))
    assert isinstance(made, Chat)
    assert (made.model, made.base_url, made.api_key) == ("qwen", "http://127.0.0.1:8080/v1", "none")
    monkeypatch.setenv("REGROUP_API_KEY", "own")
    made = brain(Settings(model="https://llm.example/v1#qwen"))
    assert isinstance(made, Chat) and made.api_key == "own"


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/v1", "http://#x", "http://me:pw@host/v1#x", "http://[/v1#x"]
)
def test_a_server_that_is_not_well_named_is_told_without_its_secret(address: str) -> None:
    with pytest.raises(UsageError, match="http://host:port/v1#name") as told:
        brain(Settings(model=address))
    assert "pw" not in str(told.value)


# --- auto ---


@pytest.mark.usefixtures("everything_installed")
def test_a_key_is_not_used_before_the_user_agreed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert offer(settings) is None
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    assert choose(settings) == BUILTIN
    asked = offer(settings)
    assert asked is not None and asked.provider == "openai" and asked.host in asked.question
    assert "sk-secret" not in asked.question
    assert offer(settings, ["openai"]) is None
    assert choose(settings, ["openai"]).model == asked.model
    for update in ({"offline": True}, {"model": "builtin"}):
        other = settings.model_copy(update=update)
        assert offer(other) is None and choose(other, ["openai"]) == BUILTIN


async def test_the_answer_is_kept_with_the_collection(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.settings = desk.settings.model_copy(update={"offline": False})
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    provide("openai", "ChatOpenAI", monkeypatch)
    monkeypatch.setattr(brains, "_installed", lambda module: module == "langchain_openai")
    async with Session.open(desk) as session:
        asked = session.offer
        assert asked is not None and desk.status().brain == "built-in"
        session.answer_offer(asked, False)
        assert session.offer is None
    async with Session.open(desk) as session:
        assert session.offer is None and desk.status().brain == "built-in"
        session.answer_offer(asked, True)
    with pytest.raises(UsageError, match="cannot call tools"):  # the provider's model, which is a stand-in
        async with Session.open(desk):
            pass
    assert desk.status().brain == asked.model


class Ollama(http.server.BaseHTTPRequestHandler):
    """A server that answers as Ollama does."""

    models: tuple[dict[str, Any], ...] = ()

    def do_GET(self) -> None:
        self._tell({"models": [m | {"size": 1} for m in self.models]})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["model"]
        self._tell({"capabilities": ["completion", *(["tools"] if "tool" in asked else [])]})

    def _tell(self, body: dict[str, Any]) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def ollama(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Ollama]]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ollama)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(brains, "OLLAMA", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    yield Ollama
    server.shutdown()
    server.server_close()


def test_ollama_here_is_taken_with_a_model_that_calls_tools(
    ollama: type[Ollama], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    ollama.models = (
        {"name": "plain"},
        {"name": "tool-cloud", "remote_host": "https://ollama.com"},
        {"name": "tool:4b"},
    )
    monkeypatch.setattr(brains, "_installed", lambda module: module == "langchain_ollama")
    assert choose(settings).model == "ollama:tool:4b"
    monkeypatch.setattr(brains, "_installed", lambda module: module == "langchain_openai")
    assert choose(settings).model == f"{brains.OLLAMA}/v1#tool:4b"
    monkeypatch.setenv("OLLAMA_HOST", "elsewhere.example:11434")
    monkeypatch.setattr(brains, "_installed", lambda module: True)
    assert choose(settings).model == f"{brains.OLLAMA}/v1#tool:4b"
    monkeypatch.setattr(brains, "_installed", lambda module: module == "langchain_ollama")
    assert choose(settings) == BUILTIN  # what speaks to it at this address is not installed
    monkeypatch.setattr(brains, "_installed", lambda module: True)
    ollama.models = ({"name": "plain"},)
    assert choose(settings) == BUILTIN


@pytest.mark.usefixtures("everything_installed")
def test_a_gguf_that_lies_here_is_taken(settings: Settings) -> None:
    model_file(settings, "mmproj-big.gguf", 10_000)
    (gguf_folder(settings) / "broken.gguf").write_bytes(b"no such thing" * 99)
    assert choose(settings) == BUILTIN
    small, large = model_file(settings), model_file(settings, "large.gguf", 99)
    assert chosen_gguf(settings) == large
    assert choose(settings) == Choice("local", "local large", large)
    official = model_file(settings, OFFICIAL.rsplit("/", 1)[1])
    assert chosen_gguf(settings) == official
    named = settings.model_copy(update={"gguf": small, "model": "local"})
    made = brain(named)
    assert isinstance(made, GgufBrain) and made.gguf == small and made.worker.pid is None


def test_local_without_a_file_says_where_to_get_one(settings: Settings) -> None:
    local = settings.model_copy(update={"model": "local"})
    with pytest.raises(UsageError, match=r"huggingface\.co/Qwen"):
        brain(local)
    with pytest.raises(UsageError, match="is not a GGUF file"):
        brain(local.model_copy(update={"gguf": settings.workspace}))


def test_local_without_its_extra_names_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    model_file(settings)
    monkeypatch.setattr(brains, "_installed", lambda module: False)
    assert choose(settings) == BUILTIN
    with pytest.raises(UsageError, match=r"; run: pip install .xllamacpp>="):
        brain(settings.model_copy(update={"model": "local"}))
