"""Rules of the house that no other tool holds."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from assistant.cli import regroup

ROOT = Path(__file__).parents[1]
CODE = ("assistant", "tools", "prompts")
LONGEST = 500
HEAVY = {
    "ai_edge_litert", "faiss", "hassil", "langchain_core", "langgraph", "open_clip", "peft", "sklearn", "textual",
    "timm", "torch", "torchvision", "transformers", "wordllama",
}  # fmt: skip
# Those that are loaded only when a conversation begins, and those that define a network and are loaded by whoever
# builds it, may load what they stand on at once.
LATE = (
    "assistant/agent/",
    "assistant/tui/",
    "assistant/chat/session.py",
    "assistant/demo/",
    "tools/models/bundled/cards/network.py",  # a network is a class of torch's; the expert loads it when it looks
    "tools/models/bundled/cards/train.py",
    "tools/models/hub/attention.py",
)


def files(*folders: str, suffixes: tuple[str, ...] = (".py",)) -> list[Path]:
    found = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in suffixes]
    return sorted(path for path in found if "__pycache__" not in path.parts)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_file_is_longer_than_one_can_hold_in_mind() -> None:
    long = {
        name(path): lines
        for path in files(*CODE, "tests", suffixes=(".py", ".md", ".tcss", ".toml"))
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def test_data_flows_down(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    importlinter = pytest.importorskip("importlinter.cli", reason="the arrows are held by import-linter")
    monkeypatch.chdir(ROOT)
    assert importlinter.lint_imports(no_cache=True) == 0, capsys.readouterr().out


def imports(tree: ast.Module) -> Iterator[str]:
    """Packages that are imported when the module is loaded, not later and not for types alone."""
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.dump(node.test):
            waiting += [*node.body, *node.orelse]
        elif isinstance(node, ast.Try):
            waiting += node.body


@pytest.mark.parametrize("path", files(*CODE), ids=name)
def test_what_is_slow_to_load_is_loaded_where_it_is_needed(path: Path) -> None:
    if name(path).startswith(LATE):
        return
    assert not HEAVY & set(imports(ast.parse(path.read_text("utf-8"))))


@pytest.mark.parametrize("path", files(*CODE), ids=name)
def test_everything_public_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    silent = [] if ast.get_docstring(tree) else ["the module"]
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_":
            silent += [] if ast.get_docstring(node) else [node.name]
    assert silent == []


README = (ROOT / "README.md").read_text("utf-8")


def written_commands() -> list[str]:
    """Every use of `regroup` in the README's code: in blocks and between backticks."""
    blocks = re.findall(r"```\w*\n(.*?)```", README, flags=re.DOTALL)
    lines = [line.split(" #")[0] for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`(regroup [^`\n]*)`", README)
    commands = [part for line in lines for part in re.split(r"&&|\|\||[|;](?=\s)", line)]
    return sorted(
        {
            command.strip().removeprefix("$ ")
            for command in commands
            if re.match(r"\s*(\$ )?regroup( |$)", command)
        }
    )


def test_the_commands_of_the_readme_exist() -> None:
    commands = written_commands()
    assert any("cluster" in command for command in commands)
    for command in commands:
        here: click.Command = regroup
        options = {option for parameter in here.params for option in parameter.opts} | {"--help", "-h"}
        for word in shlex.split(command.replace("[", " ").replace("]", " "))[1:]:
            if word.startswith("-"):
                assert word.split("=")[0] in options, f"{command}: {word}"
            elif isinstance(here, click.Group) and word in here.commands:
                here = here.commands[word]
                options |= {option for parameter in here.params for option in parameter.opts}
        assert here is not regroup or set(shlex.split(command)[1:]) <= options, command
