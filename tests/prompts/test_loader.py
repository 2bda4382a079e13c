"""The prompts and their loader."""

from pathlib import Path

import pytest

import prompts
from prompts import PromptError

NAMES = sorted(path.stem for path in Path(prompts.__path__[0]).glob("*.md"))
HEAD = "---\nname: x\nversion: 1\ninputs: [a]\nanswer: null\n---\n"


def test_every_prompt_is_well_formed() -> None:
    assert {"agent", "agent_small"} <= set(NAMES)
    for name in NAMES:
        prompt = prompts.load(name)
        assert prompt.version >= 1 and prompt.text
        filled = prompt.fill(**dict.fromkeys(prompt.inputs, "FILLED"))
        assert filled.count("FILLED") >= len(prompt.inputs)


def test_what_is_filled_in_is_not_filled_in_again() -> None:
    assert prompts.read("x", HEAD + "say $a").fill(a="$a ${a} $$") == "say $a ${a} $$"


@pytest.mark.parametrize("inputs", [{}, {"a": 1, "b": 2}, {"b": 2}])
def test_inputs_have_to_fit(inputs: dict[str, int]) -> None:
    with pytest.raises(PromptError, match="takes"):
        prompts.read("x", HEAD + "$a").fill(**inputs)


@pytest.mark.parametrize(
    "source",
    [
        "no front matter",
        "---\nname: [\n---\nx",
        "---\nname: x\n---\ntext",
        HEAD.replace("name: x", "name: y") + "$a",
        HEAD + "no input",
        HEAD + "$a and $b",
        "---\n- a list\n---\ntext",
    ],
)
def test_what_is_not_well_formed_is_refused(source: str) -> None:
    with pytest.raises(PromptError):
        prompts.read("x", source)


@pytest.mark.parametrize("name", ["nothing", "../agent", "agent.md", "", "AGENT"])
def test_there_is_no_such_prompt(name: str) -> None:
    with pytest.raises(PromptError, match="there is no prompt"):
        prompts.load(name)
