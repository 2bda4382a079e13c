"""Reads the files of sentences, `sentences/LANGUAGE/NAME.yaml`: one for each tool, and a few that are shared."""

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import yaml

ENGLISH = "en"


def sentence_data(language: str, name: str) -> Any:
    """Return the contents of one file of sentences."""
    return yaml.safe_load(_folder(language).joinpath(f"{name}.yaml").read_text("utf-8"))


def files_of_tools(language: str) -> Iterator[str]:
    """Yield the names of the files that belong to a tool; those that begin with an underscore are shared."""
    names = (file.name for file in _folder(language).iterdir())
    return (name.removesuffix(".yaml") for name in names if name.endswith(".yaml") and name[0] != "_")


def _folder(language: str) -> Traversable:
    return resources.files("assistant.agent").joinpath("sentences", language)
