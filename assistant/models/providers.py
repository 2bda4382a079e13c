"""The providers of chat models that can be named: where their classes, their keys and their addresses are found."""

import importlib.util
from ipaddress import ip_address
from urllib.parse import urlsplit

PROVIDERS = {
    "openai": ("langchain_openai", "ChatOpenAI"),
    "anthropic": ("langchain_anthropic", "ChatAnthropic"),
    "ollama": ("langchain_ollama", "ChatOllama"),
}
"""Provider to module and class; each is an extra of the same name. "openai" stands for any server that speaks its
protocol."""

ADDRESS = {
    "openai": (("OPENAI_BASE_URL", "OPENAI_API_BASE"), "https://api.openai.com/v1"),
    "anthropic": (("ANTHROPIC_BASE_URL", "ANTHROPIC_API_URL"), "https://api.anthropic.com"),
    "ollama": (("OLLAMA_HOST",), "http://127.0.0.1:11434"),
}
"""Provider to the environment variables that may hold its address, and to its own address."""

KEY = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "ollama": "OLLAMA_API_KEY"}
"""Provider to the environment variable with its key."""

OWN_KEY = "REGROUP_API_KEY"
"""The variable with the key for a server that was named by its address: it never gets a provider's key."""


def installed(module: str) -> bool:
    """Whether a module can be imported."""
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def loopback(address: str) -> bool:
    """Whether an address, with or without http:// in front, is this machine's own."""
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
