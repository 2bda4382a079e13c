"""Chooses the brain, the chat model of the conversation: the one that the user named, else the best usable one.

The setting "auto" tries, in this order: a provider whose key is in the environment, once the user has agreed for this
collection; Ollama on this machine; a GGUF file that is set or lies in the folder for models; the built-in grammar.
"""

import importlib
import inspect
import json
import os
import urllib.request
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

from assistant.agent.builtin.builtin_brain import BuiltinBrain
from assistant.agent.gguf.gguf_brain import GgufBrain
from assistant.agent.wording import one_line
from assistant.models.gguf_files import OFFICIAL, chosen_gguf, gguf_folder
from assistant.models.providers import OWN_KEY, PROVIDERS
from assistant.models.providers import installed as _installed
from assistant.models.providers import loopback as _loopback
from tools.errors import UsageError
from tools.extras import how_to_add
from tools.names import quoted

if TYPE_CHECKING:
    from assistant.settings import Settings

OLLAMA = "http://127.0.0.1:11434"

_KEYS = {
    "openai": ("OPENAI_API_KEY", "gpt-4.1-mini", "api.openai.com"),
    "anthropic": ("ANTHROPIC_API_KEY", "claude-sonnet-4-5", "api.anthropic.com"),
}
_ELSEWHERE = {
    "openai": ("OPENAI_API_BASE", "OPENAI_BASE_URL"),
    "anthropic": ("ANTHROPIC_API_URL", "ANTHROPIC_BASE_URL"),
}
"""The environment variables that send a provider's own library to another address than the provider's."""
_PROBE_SECONDS = 0.3
"""The most seconds that Ollama may take to say that it is there."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Names a provider's model that could be the brain, if the user agrees that the conversation goes there.

    Attributes:
        provider: The provider's name in the settings, such as "openai".
        model: The model's name in the settings, such as "openai:gpt-4.1-mini".
        host: The host to which the conversation would go.
        question: The question to the user, one line.
    """

    provider: str
    model: str
    host: str
    question: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Holds the chosen brain: `model` is its name in the settings, `label` its name in the status line."""

    model: str
    label: str
    gguf: Path | None = None


def offer(settings: "Settings", answers: Collection[str] = ()) -> Offer | None:
    """Return the offer of a provider that the user has not decided about; None where there is none.

    Args:
        settings: There is an offer only where `model` is "auto" or unset, and never offline.
        answers: The providers that the user has accepted or refused.
    """
    if not _auto(settings) or settings.offline:
        return None
    for provider, (key, name, _) in _KEYS.items():
        if os.environ.get(key) and provider not in answers and _installed(PROVIDERS[provider][0]):
            host = one_line(goes_to(provider), 80)
            question = (
                f"{key} is set. May {name} at {host} be used for this collection? What you type, the names of files "
                "and groups, and the findings go there, which costs money; no image does."
            )
            return Offer(provider, f"{provider}:{name}", host, question)
    return None


def goes_to(provider: str) -> str:
    """Return the host to which a conversation with a provider's model goes; "" for a provider that needs no key."""
    if provider not in _KEYS:
        return ""
    address = next((address for name in _ELSEWHERE[provider] if (address := os.environ.get(name))), "")
    try:
        return urlsplit(address).hostname or _KEYS[provider][2]
    except ValueError:
        return _KEYS[provider][2]


def choose(settings: "Settings", agreed: Collection[str] = ()) -> Choice:
    """Return the choice of `brain` without setting the model up.

    Args:
        settings: `model`, `gguf`, `offline` and `workspace` count.
        agreed: The providers that the user has agreed to for this collection.
    """
    if not _auto(settings):
        named = (settings.model or "").strip()
        if named == "local":
            file = chosen_gguf(settings)
            if file is None:
                raise UsageError(
                    f'model "local" needs a GGUF file: set gguf to one, or put one into {gguf_folder(settings)}, '
                    f"for example {OFFICIAL}"
                )
            return Choice("local", f"local {file.stem}", file)
        return Choice(named, "built-in" if named == "builtin" else one_line(named, 80))
    if not settings.offline:
        for provider, (key, name, _) in _KEYS.items():
            if provider in agreed and os.environ.get(key) and _installed(PROVIDERS[provider][0]):
                return Choice(f"{provider}:{name}", f"{provider}:{name}")
    if ollama_model := _ollama():
        return Choice(ollama_model, one_line(ollama_model, 80))
    if _installed("xllamacpp") and (file := chosen_gguf(settings)):
        return Choice("local", f"local {file.stem}", file)
    return Choice("builtin", "built-in")


def brain(settings: "Settings", agreed: Collection[str] = ()) -> BaseChatModel:
    """Set up the chat model that the settings name: "auto" (or nothing), "builtin", "local", "provider:name", or
    "http://host:port/v1#name" for a server that speaks OpenAI's protocol.

    Raises:
        UsageError: The model is not known, not here or not installed, or cannot be set up.
    """
    return make(choose(settings, agreed), settings)


def make(choice: Choice, settings: "Settings") -> BaseChatModel:
    """Set up the chat model of a choice. Raises UsageError as `brain` does."""
    chosen = choice.model
    if chosen == "builtin":
        return BuiltinBrain()
    if chosen == "local":
        if not _installed("xllamacpp"):
            raise UsageError(f'model "local" needs an extra that is not installed; run: {how_to_add("llm")}')
        assert choice.gguf is not None
        return GgufBrain(gguf=choice.gguf)
    if chosen.startswith(("http://", "https://")):
        return _server(chosen, settings)
    provider, _, name = chosen.partition(":")
    if provider not in PROVIDERS or not name:
        providers = ", ".join(f'"{p}:..."' for p in PROVIDERS)
        raise UsageError(
            f'model "{one_line(chosen, 80)}" is not known; use "auto", "builtin", "local", {providers} or '
            '"http://host:port/v1#name"'
        )
    here = provider == "ollama" and _loopback(os.environ.get("OLLAMA_HOST") or OLLAMA)
    if settings.offline and not here:
        raise UsageError(
            f'model "{one_line(chosen, 80)}" is not on this machine, and the setting "offline" is on'
        )
    return _chat_model(provider, chosen, model=name)


def with_tools(model: BaseChatModel, tools: Sequence[BaseTool]) -> Runnable[Any, AIMessage]:
    """Bind the tools to a model, one call at a time where the model supports that.

    Raises:
        UsageError: The model cannot call tools.
    """
    options: dict[str, Any] = {}
    if "parallel_tool_calls" in inspect.signature(model.bind_tools).parameters:
        options["parallel_tool_calls"] = False
    try:
        return model.bind_tools(list(tools), **options)
    except NotImplementedError:
        raise UsageError(f"the model {model._llm_type} cannot call tools; choose another") from None


# --- inside ---


def _auto(settings: "Settings") -> bool:
    return (settings.model or "auto").strip() == "auto"


def _chat_model(provider: str, chosen: str, **options: Any) -> BaseChatModel:
    module, cls = PROVIDERS[provider]
    shown = one_line(chosen, 80)
    try:
        maker = getattr(importlib.import_module(module), cls)
    except ImportError:
        raise UsageError(
            f"model {quoted(shown)} needs an extra that is not installed; run: {how_to_add(provider)}"
        ) from None
    try:
        model = maker(**options)
    except Exception as error:  # each provider has its own: no key, a bad address, a name it does not know
        reason = str(error).partition("[type=")[
            0
        ]  # pydantic shows what it was given after that: the key, too
        raise UsageError(f"model {quoted(shown)} cannot be set up: {one_line(reason)}") from None
    if not isinstance(model, BaseChatModel):
        raise UsageError(f"model {quoted(shown)} is no chat model")
    return model


def _server(chosen: str, settings: "Settings") -> BaseChatModel:
    """Set up a server that speaks OpenAI's protocol; the only key that it is sent is the one in REGROUP_API_KEY."""
    address, _, name = chosen.partition("#")
    try:
        parts = urlsplit(address)
        host, secret = parts.hostname, parts.username or parts.password
    except ValueError:
        host, secret = None, None
    if not host or not name or secret:
        raise UsageError('a server is named as "http://host:port/v1#name", its key in REGROUP_API_KEY')
    if settings.offline and not _loopback(address):
        raise UsageError(
            f'the model at {one_line(host)} is not on this machine, and the setting "offline" is on'
        )
    options: dict[str, Any] = {}
    if _loopback(address) and _installed("httpx"):
        import httpx

        # Requests to this machine go through no proxy.
        options = {
            "http_client": httpx.Client(trust_env=False),
            "http_async_client": httpx.AsyncClient(trust_env=False),
        }
    key = os.environ.get(OWN_KEY) or "none"
    return _chat_model("openai", chosen, model=name, base_url=address, api_key=key, **options)


def _ollama() -> str | None:
    """Return the name, as in the settings, of a model of Ollama on this machine that can call tools; else None.

    Models that Ollama only passes on to another host are left out: nothing may leave the machine here.
    """
    if not any(_installed(PROVIDERS[p][0]) for p in ("ollama", "openai")):
        return None
    listed = _ask("/api/tags").get("models")
    for model in listed if isinstance(listed, list) else []:
        name = model.get("name") if isinstance(model, dict) else None
        if not isinstance(name, str) or model.get("remote_host") or model.get("remote_model"):
            continue
        shown = _ask("/api/show", {"model": name})
        if "tools" in (shown.get("capabilities") or []) and not shown.get("remote_host"):
            # A name of its own: an OLLAMA_HOST elsewhere must not redirect what was found here.
            here = _loopback(os.environ.get("OLLAMA_HOST") or OLLAMA)
            if here and _installed("langchain_ollama"):
                return f"ollama:{name}"
            return f"{OLLAMA}/v1#{name}" if _installed("langchain_openai") else None
    return None


def _ask(path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the reply of Ollama on this machine; an empty dict where it does not answer."""
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(OLLAMA + path, data, {"Content-Type": "application/json"})
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=_PROBE_SECONDS if body is None else 2.0) as answer:
            reply = json.loads(answer.read(5_000_000))
    except (OSError, ValueError, RecursionError):
        return {}
    return reply if isinstance(reply, dict) else {}
