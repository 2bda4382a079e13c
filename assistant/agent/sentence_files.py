"""Reads the files of sentences, `sentences/LANGUAGE/NAME.yaml`: one for each tool, and a few that are shared."""

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import yaml

ENGLISH = "en"
# The loader in C reads the same in a fraction of the time; it is missing where PyYAML was built without libyaml.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def sentence_data(language: str, name: str) -> Any:
    """Return the contents of one file of sentences."""
    return yaml.load(_folder(language).joinpath(f"{name}.yaml").read_text("utf-8"), Loader=_LOADER)


def files_of_tools(language: str) -> Iterator[str]:
    """Yield the names of the files that belong to a tool; those that begin with an underscore are shared."""
    names = (file.name for file in _folder(language).iterdir())
    return (name.removesuffix(".yaml") for name in names if name.endswith(".yaml") and name[0] != "_")


def _folder(language: str) -> Traversable:
    return resources.files("assistant.agent").joinpath("sentences", language)
