"""Finds the tools: every file of this folder that holds one. There is no list to maintain."""

import importlib
import pkgutil
from functools import cache
from typing import Any

import assistant.agent.tools as folder
from assistant.agent.tools.base import Tool


@cache
def tools() -> dict[str, Tool[Any]]:
    """Return all tools by name, in alphabetical order.

    Raises:
        LookupError: A file defines no tool, or more than one.
    """
    listed: dict[str, Tool[Any]] = {}
    for module in pkgutil.iter_modules(folder.__path__):
        if module.name in ("base", "registry"):
            continue
        path = f"{folder.__name__}.{module.name}"
        loaded = importlib.import_module(path)
        found_tools = [
            c
            for c in vars(loaded).values()
            if isinstance(c, type) and issubclass(c, Tool) and c.__module__ == path
        ]
        if len(found_tools) != 1:
            raise LookupError(f"{path} must hold one tool, and holds {len(found_tools)}")
        listed[module.name] = found_tools[0]()
    return listed
