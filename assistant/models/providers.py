"""Lists the providers of chat models: their classes, their keys and their addresses."""

import importlib.util
from ipaddress import ip_address
from urllib.parse import urlsplit

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
