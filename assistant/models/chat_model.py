"""Puts a LangChain chat model into the hosted tier: without retries of its own, keys in texts, or redirects.

This is the only file that uses a provider's library.
"""

import importlib
import os
import re
import urllib.request
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assistant.models.providers import ADDRESS, KEY, PROVIDERS, loopback
from tools.errors import UsageError
from tools.extras import how_to_add
from tools.models.hosted.chat_port import Answer, ChatError, Fatal, Message, Rejected, Transient, Usage
from tools.models.hosted.request_policy import retry_after
from tools.names import visible

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

ANSWER_TOKENS = 2048
"""The most tokens of an answer, thoughts included: it bounds the cost of a model that never stops."""

_PASSES = frozenset([408, 409, 425, 429])
_ENDS = frozenset([401, 402, 403, 404])
_NO_CREDIT = frozenset(
    ["insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "billing_error"]
)
"""The codes and types by which providers report an exhausted credit."""
_TOO_MANY = frozenset(["rate_limit_exceeded", "rate_limit_error"])
_SAID_NO_CREDIT = ("insufficient_quota", "billing hard limit", "credit balance")
"""The phrases for an exhausted credit where neither code nor type tell; "billing" alone also explains other limits."""
_SECRET = re.compile(r"\b(sk-|key-|Bearer\s+|Basic\s+)[A-Za-z0-9._~+/=*-]{6,}")


class LangChainChat:
    """Fulfils `tools.models.hosted.chat_port.ChatModel` with a LangChain chat model.

    Args:
        chat: The model. It must have been made without retries of its own: each request is counted here.
        provider: "openai", "anthropic" or "ollama": how it takes a schema.
        model: The model's name at the provider.
        address: The address to which it sends requests, without a key.
        local: Whether nothing leaves this machine.
        keys: The secrets that must never appear in a text.

    Raises:
        ValueError: The model tries again by itself.
    """

    def __init__(
        self,
        chat: "BaseChatModel",
        provider: str,
        model: str,
        address: str,
        *,
        local: bool,
        keys: tuple[str, ...] = (),
    ) -> None:
        if getattr(chat, "max_retries", 0) != 0:
            raise ValueError(f"{provider}:{model} must be made with max_retries=0: requests are counted here")
        self.model = model
        self.origin, self.host = _origin(address)
        self.local = local
        at = "" if self.origin == _origin(ADDRESS[provider][1])[0] else f" at {self.host}"
        self.name = f"{provider}:{model}{at}"
        self._chat = chat
        self._provider = provider
        self._keys = tuple(key for key in keys if key)
        self._schema = True  # until the host refuses a schema

    def __repr__(self) -> str:
        return f"LangChainChat({self.name!r})"

    async def complete(self, messages: tuple[Message, ...], schema: dict[str, Any]) -> Answer:
        """Send one request; see `ChatModel.complete`."""
        from langsmith import tracing_context

        held = self._schema
        options = self._options(schema) if held else {}
        try:
            # Pictures go only where the user allowed them to go, not to a tracing service.
            with tracing_context(enabled=False):
                message = await self._chat.ainvoke([_converted(m) for m in messages], **options)
        except Exception as error:  # each provider has its own
            # Without its cause: that holds the request with the key and the picture.
            raise self._meaning(error, held) from None
        return _answer(message)

    def _options(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the options that pass a schema; none for Anthropic, where prompt and check have to suffice."""
        if self._provider == "openai":
            # In the body: LangChain's own option would parse the answer, and raise where it was cut off.
            form = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": schema},
            }
            return {"extra_body": {"response_format": form}}
        return {"format": schema} if self._provider == "ollama" else {}

    def _meaning(self, error: Exception, held: bool) -> ChatError:
        """Translate a provider's error, with a message of one line."""
        status, headers = _response(error)
        why = self._clean(error)
        if status is None:
            return self._unanswered(error, why)
        reason = f"error {status}" + (f": {why}" if why else "")
        if status in (400, 422) and held and re.search(r"response_format|schema", why):
            self._schema = False
            return Transient("the host does not accept a schema", wait=None)
        if status in (400, 429) and _no_credit(error, why):  # 400 is Anthropic's
            return Fatal(f"{self.host}: no credit left ({reason})")
        if status in _PASSES or status >= 500:
            return Transient(reason, retry_after(headers))
        if status in _ENDS:
            hint = "; check the key" if status in (401, 403) else "; check the model's name and the address"
            return Fatal(f"{self.host} refuses requests ({reason}){hint if status != 402 else ''}")
        if 300 <= status < 400:
            return Fatal(f"{self.host} redirects requests (error {status}): set the final address")
        return Rejected(reason)

    def _unanswered(self, error: Exception, why: str) -> ChatError:
        names = [type(e).__name__ for e in _chain(error)]
        if any("ConnectTimeout" in n or "ConnectError" in n for n in names) or any(
            isinstance(e, ConnectionRefusedError) for e in _chain(error)
        ):
            return Transient("no connection", sent=False)
        if any("Timeout" in name for name in names):
            return Transient("no answer in time", lost=True)
        if any("Connection" in n or "Protocol" in n or "ReadError" in n or "WriteError" in n for n in names):
            return Transient("the connection was lost", lost=True)
        return Transient(f"an answer that cannot be read ({type(error).__name__}: {why})", lost=True)

    def _clean(self, error: BaseException) -> str:
        """Return the host's message as one short line without keys."""
        body = _body(error)
        message, code = body.get("message"), body.get("code") or body.get("type")
        if isinstance(message, str) and isinstance(code, str):
            message = f"{message} ({code})"
        text = message if isinstance(message, str) else str(error)
        for key in self._keys:
            text = text.replace(key, "***")
        text = _SECRET.sub("***", text)
        # A host may quote the request, with the picture in it.
        text = re.sub(r"[A-Za-z0-9+/=]{80,}", "...", text)
        shown = visible(" ".join(text.split()))
        return shown if len(shown) <= 160 else shown[:157] + "..."


def chat_model(
    name: str,
    *,
    address: str | None = None,
    key: str | None = None,
    timeout: float = 60.0,
    offline: bool = False,
) -> LangChainChat:
    """Set up the chat model of a name for the hosted tier.

    Args:
        name: "provider:model", such as "openai:gpt-4.1-mini". "openai" stands for any server with its protocol.
        address: Base URL; by default the one that the provider's environment variable names, or the provider's own.
        key: By default the one in the provider's environment variable, "" for none at all. A server on this machine
            needs none.
        timeout: Seconds for one request.
        offline: Take only what runs on this machine.

    Raises:
        UsageError: The provider is not known or not installed, there is no key, or the address cannot be used.
    """
    provider, _, model = name.strip().partition(":")
    if provider not in PROVIDERS or not model:
        providers = ", ".join(f'"{p}:..."' for p in PROVIDERS)
        raise UsageError(f'model "{visible(name)[:80]}" is not known; use one of {providers}')
    variables, usual = ADDRESS[provider]
    named = address is not None
    address = address or next((v for n in variables if (v := os.environ.get(n))), usual)
    if "://" not in address:
        address = f"http://{address}"
    _, host = _origin(address)
    # A server that was named by its address is shown by that, as the user never said "openai".
    shown = f'model "{visible(model)[:80]}" at {host}' if named else f'model "{visible(name)[:80]}"'
    local = _local(address, provider, model)
    if offline and not local:
        raise UsageError(f'{shown} is not on this machine, and the setting "offline" is on')
    needed = key is None and not local and provider != "ollama"
    elsewhere = key is not None
    key = os.environ.get(KEY[provider], "") if key is None else key
    if not key and needed:
        raise UsageError(f"{shown} needs a key; set {KEY[provider]}")
    module, cls = PROVIDERS[provider]
    try:
        make = getattr(importlib.import_module(module), cls)
    except ImportError:
        raise UsageError(
            f"{shown} needs an extra that is not installed; run: {how_to_add(provider)}"
        ) from None
    try:
        chat = make(**_arguments(provider, model, address, key, timeout, local))
        if provider == "anthropic":
            # Its class takes no HTTP client; see `_http` for why.
            chat._async_client._client.follow_redirects = False
        if elsewhere:
            _anonymous(chat, provider)
        if provider == "ollama" and key:
            # Not as an argument: its class would show it in its repr.
            chat._async_client._client.headers["Authorization"] = f"Bearer {key}"
    except Exception as error:  # each provider has its own
        raise UsageError(f"{shown} cannot be set up: {type(error).__name__}") from None
    return LangChainChat(chat, provider, model, address, local=local, keys=(key,))


def _arguments(
    provider: str, model: str, address: str, key: str, timeout: float, local: bool
) -> dict[str, Any]:
    if provider == "openai":
        import openai

        http = openai.DefaultAsyncHttpxClient(timeout=timeout, **_http(local))
        return {
            "model": model,
            "base_url": address,
            "api_key": key or "none",
            "timeout": timeout,
            "max_retries": 0,
            "max_tokens": ANSWER_TOKENS,
            "use_responses_api": False,
            "http_async_client": http,
        }
    if provider == "anthropic":
        return {
            "model": model,
            "base_url": address,
            "api_key": key or "none",
            "timeout": timeout,
            "max_retries": 0,
            "max_tokens": ANSWER_TOKENS,
        }
    return {
        "model": model,
        "base_url": address,
        "num_predict": ANSWER_TOKENS,
        "async_client_kwargs": {"timeout": timeout, **_http(local)},
    }


def _anonymous(chat: Any, provider: str) -> None:
    """Remove the settings that a provider's library took from the environment, as they are for that provider alone."""
    if provider == "openai":
        chat.root_async_client.organization = chat.root_async_client.project = None
    elif provider == "anthropic":
        chat._async_client.auth_token = None
    else:
        chat._async_client._client.headers.pop("Authorization", None)


def _http(local: bool) -> dict[str, Any]:
    """Return HTTP clients without redirects and, for this machine, proxies: pictures go only to the approved host."""
    return {"follow_redirects": False, "trust_env": not local}


def _local(address: str, provider: str, model: str) -> bool:
    """Return whether requests to an address stay on this machine."""
    if provider == "ollama" and re.search(r"[:-]cloud$", model):  # Ollama passes these on to its own servers
        return False
    # Anthropic's class takes no HTTP client, so a proxy of the environment would be used.
    return loopback(address) and not (provider == "anthropic" and urllib.request.getproxies())


def _origin(address: str) -> tuple[str, str]:
    """Return the scheme and host of an address, and the host. Raises UsageError for any other address."""
    try:
        parts = urlsplit(address)
        port, host = parts.port, parts.hostname
    except ValueError:
        parts, port, host = urlsplit(""), None, None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password or parts.query:
        # Not shown: it may hold a key.
        raise UsageError(
            "the address of the model must look like https://host:port/v1, without a key or a password in it"
        )
    host = f"[{host}]" if ":" in host else host
    if port and port != {"http": 80, "https": 443}[parts.scheme]:
        host = f"{host}:{port}"
    return f"{parts.scheme}://{visible(host)}", visible(host)


def _converted(message: Message) -> "BaseMessage":
    from langchain_core.messages import AIMessage, HumanMessage

    if message.role == "assistant":
        return AIMessage("".join(block.get("text", "") for block in message.content))
    content: list[str | dict[str, Any]] = [
        {"type": "text", "text": block["text"]}
        if block["type"] == "text"
        else {"type": "image", "base64": block["data"], "mime_type": block["media_type"]}
        for block in message.content
    ]
    return HumanMessage(content)


def _answer(message: "BaseMessage") -> Answer:
    content = message.content
    if isinstance(content, str):
        text = content
    else:
        parts = [part if isinstance(part, str) else part.get("text", "") for part in content]
        text = "".join(part for part in parts if isinstance(part, str))
    counted = getattr(message, "usage_metadata", None)
    usage = Usage(int(counted["input_tokens"]), int(counted["output_tokens"])) if counted else None
    about = message.response_metadata
    refused = ""
    if message.additional_kwargs.get("refusal"):
        refused = "the model refused"
    elif about.get("finish_reason") == "content_filter" or about.get("stop_reason") == "refusal":
        refused = "its filter stopped the answer"
    return Answer(text, usage, refused)


def _body(error: BaseException) -> Mapping[str, Any]:
    """Return the body of an error; an empty mapping where it cannot be read."""
    body = getattr(error, "body", None)
    if isinstance(body, Mapping) and isinstance(body.get("error"), Mapping):  # as Anthropic nests it
        body = body["error"]
    return body if isinstance(body, Mapping) else {}


def _no_credit(error: BaseException, why: str) -> bool:
    """Return whether an error reports an exhausted credit rather than too many requests."""
    body = _body(error)
    names = {name.lower() for key in ("code", "type") if isinstance(name := body.get(key), str)}
    if names & (_NO_CREDIT | _TOO_MANY):
        return bool(names & _NO_CREDIT)
    return any(words in why.lower() for words in _SAID_NO_CREDIT)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its causes."""
    at: BaseException | None = error
    for _ in range(10):
        if at is None:
            return
        yield at
        at = at.__cause__ or at.__context__


def _response(error: Exception) -> tuple[int | None, Mapping[str, str]]:
    """Return the HTTP status and the headers of an error, as far as it has any."""
    for link in _chain(error):
        status = getattr(link, "status_code", None)
        if isinstance(status, int):
            headers = getattr(getattr(link, "response", None), "headers", {})
            return status, {str(name): str(value) for name, value in dict(headers).items()}
        # Some gateways answer 200 with an error inside, which LangChain raises as ValueError(that).
        inside = link.args[0] if isinstance(link, ValueError) and link.args else None
        code = inside.get("code") if isinstance(inside, Mapping) else None
        if isinstance(code, int) and 300 <= code < 600:
            return code, {}
    return None, {}
