"""Loads the prompts. Each is a Markdown file in this folder: front matter that describes it, then the text.

```
---
name: agent
version: 1
inputs: [images]
answer: null
---
There are $images images.
```
`inputs` are the `$names` in the text; `answer` is the JSON schema of the answer, or null where that is plain text.
`version` is part of the keys under which answers are cached: raise it whenever the text changes.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

import yaml

PART_OF = "regroup"
"""The distribution that this package belongs to; `regroup.foreign_packages` looks for this line."""


class PromptError(ValueError):
    """A prompt's file, or what is filled into it, does not match its front matter."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Holds one prompt.

    Attributes:
        name: The file's name without ".md".
        version: Raised whenever the text changes.
        inputs: The names of the places in the text that `fill` fills in.
        answer: JSON schema of the answer, or None for plain text.
        text: The text, with a `$name` for each input.
    """

    name: str
    version: int
    inputs: tuple[str, ...]
    answer: dict[str, Any] | None
    text: str

    def fill(self, **inputs: object) -> str:
        """Return the text with its inputs filled in; a `$name` inside an input is left as it is.

        Raises:
            PromptError: An input is missing, or there is one too many.
        """
        if set(inputs) != set(self.inputs):
            raise PromptError(f"prompt {self.name} takes {sorted(self.inputs)}, not {sorted(inputs)}")
        return Template(self.text).substitute({name: str(value) for name, value in inputs.items()})


@cache
def load(name: str) -> Prompt:
    """Return the prompt of a name. Raise PromptError where there is none or its file is malformed."""
    path = files(__name__).joinpath(f"{name}.md")
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", name) or not path.is_file():
        raise PromptError(f"there is no prompt {name!r}")
    return read(name, path.read_text(encoding="utf-8"))


def read(name: str, source: str) -> Prompt:
    """Parse a prompt from the text of its file. Raises PromptError where that is malformed."""
    match = re.fullmatch(r"---\n(.*?)\n---\n(.*)", source.replace("\r\n", "\n"), re.DOTALL)
    if match is None:
        raise PromptError(f"prompt {name}: the file does not begin with front matter between --- lines")
    try:
        head = yaml.safe_load(match.group(1))
    except yaml.YAMLError as error:
        raise PromptError(
            f"prompt {name}: the front matter is not YAML: {str(error).splitlines()[0]}"
        ) from error
    if not isinstance(head, dict) or set(head) != {"name", "version", "inputs", "answer"}:
        raise PromptError(f"prompt {name}: the front matter takes name, version, inputs and answer")
    prompt = Prompt(
        head["name"], head["version"], tuple(head["inputs"]), head["answer"], match.group(2).strip()
    )
    if prompt.name != name:
        raise PromptError(f"prompt {name}: the front matter calls it {prompt.name!r}")
    if set(Template(prompt.text).get_identifiers()) != set(prompt.inputs):
        raise PromptError(f"prompt {name}: its text and its inputs do not name the same things")
    return prompt
