"""Lists the providers of chat models: their classes, their keys and their addresses."""

import importlib.util
from ipaddress import ip_address
from urllib.parse import urlsplit

from tools.errors import UsageError

PROVIDERS = {
    "openai": ("langchain_openai", "ChatOpenAI"),
    "anthropic": ("langchain_anthropic", "ChatAnthropic"),
    "ollama": ("langchain_ollama", "ChatOllama"),
}
"""The module and the class of each provider, which is also the name of an extra. "openai" stands for any server that
speaks its protocol."""

ADDRESS = {
    "openai": (("OPENAI_BASE_URL", "OPENAI_API_BASE"), "https://api.openai.com/v1"),
    "anthropic": (("ANTHROPIC_BASE_URL", "ANTHROPIC_API_URL"), "https://api.anthropic.com"),
    "ollama": (("OLLAMA_HOST",), "http://127.0.0.1:11434"),
}
"""The environment variables that may hold each provider's address, and its own address."""

KEY = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "ollama": "OLLAMA_API_KEY"}
"""The environment variable with the key of each provider."""

OWN_KEY = "REGROUP_API_KEY"
"""The environment variable with the key for a server named by its address, which never gets a provider's key."""


def installed(module: str) -> bool:
    """Return whether a module can be imported."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def loopback(address: str) -> bool:
    """Return whether an address, with or without http:// in front, is of this machine."""
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def is_hosted(model: str | None) -> bool:
    """Return whether a model's name is that of a hosted model rather than of the hub."""
    name = (model or "").strip()
    return name.startswith(("http://", "https://")) or name.partition(":")[0] in PROVIDERS


def hosted_name(model: str, address: str | None, setting: str) -> tuple[str, str | None]:
    """Return a hosted model's name as "provider:name", and its address where that is set.

    Args:
        model: As the user set it; its own address goes before `address`.
        address: Where the server is, for a model without an address of its own.
        setting: The name of the setting, for the error.

    Raises:
        UsageError: It is no name of a hosted model.
    """
    name = model.strip()
    if name.startswith(("http://", "https://")):
        address, _, model = name.partition("#")
        name = f"openai:{model}" if model else ""
    if not is_hosted(name):
        raise UsageError(
            f'the hosted tier needs a model: set {setting} to "openai:NAME", "anthropic:NAME", "ollama:NAME" or '
            '"http://host:port/v1#NAME"'
        )
    return name, address
