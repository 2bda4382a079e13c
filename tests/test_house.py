"""Rules of the house that no other tool holds."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import grimp
import pytest
from PIL import Image, ImageDraw

ROOT = Path(__file__).parents[1]
CODE = ("regroup", "assistant", "tools", "prompts")
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
    "regroup/estimators.py",  # an estimator is a class of scikit-learn's
    "assistant/mcp/",
    "tools/models/bundled/cards/card_network.py",  # a network is a class of torch's; the expert loads it when it looks
    "tools/models/bundled/cards/training/train.py",
    "tools/models/hub/clip_attention.py",
)


def files(*folders: str, suffixes: tuple[str, ...] = (".py",)) -> list[Path]:
    found = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in suffixes]
    return sorted(path for path in found if "__pycache__" not in path.parts)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_file_is_longer_than_one_can_hold_in_mind() -> None:
    long = {
        name(path): lines
        for path in [
            *files(*CODE, "tests", "docs", suffixes=(".py", ".md", ".tcss", ".toml")),
            *ROOT.glob("*.md"),
        ]
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST
    }
    assert long == {}


def test_data_flows_down() -> None:
    pytest.importorskip("importlinter.cli", reason="the arrows are held by import-linter")
    # A process of its own, as it switches off the loggers of the one that it runs in.
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


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


OPENERS = {"A", "An", "The", "One", "Both", "Every", "Whether", "What", "Which", "Where", "How", "Why"}
"""Words that open a phrase, or a sentence that does not begin with its verb."""


def docstrings(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the docstrings of the module, its classes and functions, and of whatever is assigned."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if text := ast.get_docstring(node):
            yield node, text
        for before, after in pairwise(node.body):
            match before, after:
                case ast.Assign() | ast.AnnAssign(), ast.Expr(ast.Constant(str(text))):
                    yield before, text


@pytest.mark.parametrize("path", files(*CODE), ids=name)
def test_docstrings_are_whole_sentences(path: Path) -> None:
    for _, text in docstrings(ast.parse(path.read_text("utf-8"))):
        for part in (text, text.split("\n\n")[0]):
            assert part.rstrip().endswith((".", "?", "!", ":")), text
        assert not re.search(r"\bso many\b", text, re.IGNORECASE), text


@pytest.mark.parametrize("path", files(*CODE), ids=name)
def test_docstrings_open_with_their_verb(path: Path) -> None:
    """But for constants, which name what they bound; errors, which say what went wrong; and tools, for models."""
    for node, text in docstrings(ast.parse(path.read_text("utf-8"))):
        bases = [ast.unparse(base) for base in node.bases] if isinstance(node, ast.ClassDef) else []
        free = isinstance(node, ast.Assign | ast.AnnAssign) or any(
            base.endswith(("Error", "Exception")) or base.startswith("Tool[") for base in bases
        )
        assert free or text.split()[0] not in OPENERS, text


def private(word: str) -> bool:
    """Whether a name is one file's own: it begins with an underscore and is none of Python's (`__file__`)."""
    return word.startswith("_") and not word.startswith("__")


def borrowed(tree: ast.Module) -> list[str]:
    """What a file uses of another one's private names: imported, or through the module or class that holds them."""
    found = []
    ours: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in (*CODE, "tests"):
            ours |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            found += [f"{node.module}.{alias.name}" for alias in node.names if private(alias.name)]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] in (*CODE, "tests"):
                    ours[alias.asname or alias.name.split(".")[0]] = alias.name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and private(node.attr):
            holder = ast.unparse(node.value)
            if holder.split(".")[0] in ours and not isinstance(node.value, ast.Call):
                found.append(f"{holder}.{node.attr}")
    return found


@pytest.mark.parametrize("path", files(*CODE, "tests"), ids=name)
def test_no_file_uses_what_is_private_to_another(path: Path) -> None:
    assert borrowed(ast.parse(path.read_text("utf-8"))) == []


def test_a_name_of_a_file_says_which_file_it_is() -> None:
    """No two files of the code have one name, but for those that every folder may have."""
    places: dict[str, list[str]] = {}
    for path in files(*CODE):
        if path.stem not in ("__init__", "base", "registry"):
            places.setdefault(path.stem, []).append(name(path))
    assert {stem: paths for stem, paths in places.items() if len(paths) > 1} == {}


def test_the_top_of_the_assistant_can_be_taken_in_at_a_glance() -> None:
    assert len(list((ROOT / "assistant").glob("*.py"))) <= 8


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph(*CODE)
    waiting = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    while free := [module for module, imported in waiting.items() if not imported & waiting.keys()]:
        for module in free:
            del waiting[module]
    assert sorted(waiting) == []  # those that are left are in a circle, or import one that is


def test_neither_looking_nor_grouping_loads_torch(tmp_path: Path) -> None:
    """It takes half a gigabyte and ten seconds, and the networks of the bundled experts run without it."""
    (tmp_path / "pictures").mkdir()
    for i, colour in enumerate(("red", "green", "blue", "black")):
        picture = Image.new("RGB", (64, 64), "white")
        ImageDraw.Draw(picture).rectangle((4 + i, 8, 40, 50), fill=colour)
        picture.save(tmp_path / "pictures" / f"{colour}.png")
    code = (
        "import sys; from pathlib import Path; from assistant.desk import Desk; "
        "from assistant.settings import Settings; folder = Path(sys.argv[1]); "
        "desk = Desk.open(folder, Settings(workspace=folder.with_name('w'), offline=True)); "
        "desk.grouping.group('colour', 2); desk.close(); "
        "print(sorted({'torch', 'timm', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "pictures")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
