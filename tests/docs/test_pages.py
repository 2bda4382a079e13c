"""The pages say what is there: commands, options, links, paths, sentences and figures."""

import ast
import importlib.util
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Reply
from assistant.cli import regroup
from assistant.settings import Settings
from tests.benchmarks import page, plots, reproduction
from tests.benchmarks.records import DATA, Answers, figure, rows
from tests.benchmarks.records import quality as measured
from tests.docs import tables, transcript
from tools.fuse.sources import method_sources
from tools.models.bundled import tier
from tools.models.weight_store import WeightStore

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
README_LINES = 130
"""The most lines of the README: it is read from top to bottom."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def code(path: Path) -> Iterator[str]:
    """What a page shows as code: the lines of its blocks, and what stands between backticks."""
    text = path.read_text("utf-8")
    for block in re.findall(r"```\w*\n(.*?)```", text, flags=re.DOTALL):
        yield from (line.split(" #")[0] for line in block.splitlines())
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def written_commands(path: Path) -> list[str]:
    """Every use of `regroup` in a page's code; what a heading or a table leaves open ("[FOLDER]") is no option."""
    parts = [part.strip() for line in code(path) for part in re.split(r"&&|\|\||[|;](?=\s)", line)]
    return sorted({part.removeprefix("$ ") for part in parts if re.match(r"(\$ )?regroup( |$)", part)})


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_the_commands_that_are_written_exist(path: Path) -> None:
    for command in written_commands(path):
        here: click.Command = regroup
        options = {option for parameter in here.params for option in parameter.opts} | {"--help", "-h"}
        for word in shlex.split(command.replace("[", " ").replace("]", " "))[1:]:
            if word.startswith("-"):
                assert word.split("=")[0] in options, f"{command}: {word}"
            elif isinstance(here, click.Group) and word in here.commands:
                here = here.commands[word]
                options |= {option for parameter in here.params for option in parameter.opts}
        plain = "COMMAND" in command or set(shlex.split(command)[1:]) <= options
        assert here is not regroup or plain, f"there is no such command: {command}"


def test_the_readme_shows_how_to_begin() -> None:
    commands = " ".join(written_commands(ROOT / "README.md"))
    assert all(word in commands for word in ("regroup demo", "regroup chat", "regroup cluster"))


def all_commands(group: click.Group, names: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    for word, command in group.commands.items():
        yield " ".join((*names, word)), command
        if isinstance(command, click.Group):
            yield from all_commands(command, (*names, word))


@pytest.mark.parametrize(("words", "command"), all_commands(regroup), ids=lambda value: str(value))
def test_every_command_and_option_is_on_its_page(words: str, command: click.Command) -> None:
    text = (ROOT / "docs" / "CLI.md").read_text("utf-8")
    assert f"regroup {words}" in text
    parts = re.split(r"^### ", text, flags=re.MULTILINE)
    own = next((part for part in parts if part.startswith(f"`regroup {words.split()[0]}")), "")
    assert own, f"docs/CLI.md has no heading for regroup {words}"
    shared = parts[0]  # what all commands understand, and the options that choose models
    for parameter in command.params:
        for option in parameter.opts:
            if option.startswith("--"):
                assert re.search(rf"{option}\b", own + shared), f"docs/CLI.md does not have {option}"


def anchors(path: Path) -> set[str]:
    """The headings of a page as links name them."""
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    heads = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("https://", "http://")):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), f"{name(path)} links to {target}, which is not there"
        assert not anchor or anchor in anchors(there), f"{name(path)} links to {target}: no such heading"


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_paths_that_are_written_exist(path: Path) -> None:
    """Those from the root of the repository; a part in capitals stands for any name."""
    for text in code(path):
        from_root = re.fullmatch(r"(assistant|tools|prompts|tests|docs|\.ci)/[\w./-]*", text)
        if from_root and not re.search("[A-Z]{3}", text):
            assert (ROOT / text).exists(), f"{name(path)} names {text}, which is not there"
        if module := re.search(r"python -m (tests[\w.]+)", text):
            assert importlib.util.find_spec(module.group(1)), f"{name(path)} names {module.group(1)}"


def sentences() -> Iterator[str]:
    """What the README and the manual say that one can say."""
    for path in (ROOT / "README.md", ROOT / "docs" / "USING.md"):
        text = path.read_text("utf-8")
        for table in re.findall(
            r"^\| you say \|.*?(?=\n\n)", text, flags=re.MULTILINE | re.DOTALL | re.IGNORECASE
        ):
            for row in table.splitlines()[2:]:
                yield from (said.strip() for said in row.split("|")[1].split("·"))


@pytest.mark.parametrize("said", sentences())
def test_what_can_be_said_is_understood(said: str) -> None:
    meant = parse(said, tables.HERE)
    assert not isinstance(meant, Reply), f"{said!r}: {meant}"


def test_the_tables_of_the_manual_are_made_from_the_code() -> None:
    for each in tables.PAGES:
        assert each.read_text("utf-8") == tables.made_anew(each), "run: python -m tests.docs.tables"


def test_every_tool_but_the_one_for_replies_has_a_sentence() -> None:
    assert [name for name, said in tables.sentences().items() if not said] == ["answer"]


def test_the_manual_has_every_expert() -> None:
    manual = (ROOT / "docs" / "USING.md").read_text("utf-8").partition("| expert | sees |")[2]
    written = re.findall(r"^\| (\w+)", manual.partition("\n\n")[0], flags=re.MULTILINE)
    experts = [*tier.experts(WeightStore(offline=True)), *tier.slow_experts()]
    assert sorted(written) == sorted(expert.name for expert in experts)


def test_the_layers_that_are_drawn_are_those_that_are_held() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text("utf-8").partition("## Layers")[2]
    for package in ("assistant", "tools"):
        drawn = text.partition(f"\n{package}/\n")[2].split("\n\n")[0].split("\n```")[0].splitlines()
        (held,) = (c["layers"] for c in contracts if c.get("containers") == [package])
        assert [line.split("  ")[1] for line in drawn] == held


def test_the_symptoms_that_are_quoted_are_messages_of_the_program() -> None:
    told = " ".join(messages())
    page = (ROOT / "docs" / "TROUBLESHOOTING.md").read_text("utf-8")
    for symptom in re.findall(r"^\| (.*?) \|", page, flags=re.MULTILINE):
        for quoted in re.findall(r'"([^"]+)"', symptom):
            missing = [part for part in quoted.split("...") if part.strip() not in told]
            assert not missing, f"no message says {quoted!r}"


def messages() -> Iterator[str]:
    """Every text in the code; what is filled into one is left out."""
    for path in (
        path for folder in ("regroup", "assistant", "tools") for path in (ROOT / folder).rglob("*.py")
    ):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_every_setting_is_on_its_page() -> None:
    page = (ROOT / "docs" / "CLI.md").read_text("utf-8").partition("## Settings")[2]
    rows = [row.split("|")[1] for row in page.splitlines() if row.startswith("|")]
    written = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert written == set(Settings.model_fields)


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= README_LINES


def test_the_figures_of_the_readme_are_those_of_the_data() -> None:
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    quality, answers = measured(), Answers(rows("answers.jsonl"))
    given, found = quality.mean(quality.main), quality.mean(quality.main, groups="auto")
    assert f"{len(quality.main)} criteria" in readme
    assert f"NMI is {figure(given, 2)} if the number of groups is given" in readme
    assert f"and {figure(found, 2)} if it has to be found" in readme
    assert f"{figure(quality.mean(quality.photographs), 2)} on four folders" in readme
    photographs_found = figure(quality.mean(quality.photographs, groups="auto"), 2)
    assert f"({photographs_found} if the number has to be found)" in readme
    assert f"after 64 answers it is {figure(answers.mean('taught', 64), 2)}" in readme


def test_the_page_of_benchmarks_is_made_from_its_data() -> None:
    made = page.page()
    assert page.PAGE.read_text("utf-8") == made, "run: python -m tests.benchmarks.page"


def test_the_page_of_the_papers_is_made_from_its_data() -> None:
    made = reproduction.page()
    assert reproduction.PAGE.read_text("utf-8") == made, "run: python -m tests.benchmarks.reproduction"


def test_no_paper_is_ranked_on_inputs_that_it_was_not_made_for() -> None:
    quality = measured()
    ranked = [row["method"].strip("`") for row in page.methods(quality, quality.main)]
    lacking = [row["method"].strip("`") for row in page.elsewhere(quality, quality.main)]
    assert set(ranked) | set(lacking) == set(quality.methods(quality.main))
    assert set(lacking) == {
        name
        for name in quality.methods(quality.main)
        if name in method_sources() and method_sources()[name].inputs
    }, "no model beyond the bundled ones looked"
    assert lacking == sorted(lacking), "by name, not by merit"
    others = [quality.best_other(case) for case in quality.main]
    assert not {other["method"] for other in others if other} & set(lacking)


@pytest.mark.parametrize("plot", plots.PLOTS)
def test_the_plots_are_drawn_from_the_data_that_is_there(plot: str) -> None:
    assert plots.data_of(plot) in (DATA / plot).read_text("utf-8"), "run: python -m tests.benchmarks.page"


@pytest.mark.parametrize("drawing", sorted((ROOT / "docs").rglob("*.svg")), ids=name)
def test_drawings_can_be_read_and_load_nothing(drawing: Path) -> None:
    tree = ElementTree.parse(drawing)
    loaded = [value for node in tree.iter() for key, value in node.attrib.items() if key.endswith("href")]
    assert not [value for value in loaded if not value.startswith("#")]
    assert "url(http" not in re.sub(r"""url\(["']?http""", "url(http", drawing.read_text("utf-8"))


def test_the_picture_shows_a_conversation() -> None:
    text = (
        (ROOT / "docs" / "images" / "app.svg").read_text("utf-8").replace("&#160;", " ").replace("\xa0", " ")
    )
    assert "group these by emotion" in text
    assert "▀" not in text, "half cells are letters, which leave gaps: run python -m tests.docs.picture"


def test_the_moving_picture_shows_a_session_and_stands_still_where_that_is_asked_for() -> None:
    text = (ROOT / "docs" / "images" / "session.svg").read_text("utf-8").replace("&#160;", " ")
    moments = re.findall(r'<g class="(m\d+)">', text)
    assert len(moments) >= 6 and all(f"@keyframes {moment} " in text for moment in moments)
    assert "group these by emotion" in text and "undone: renamed happy to grinning" in text
    assert "prefers-reduced-motion: reduce" in text and "<script" not in text and "▀" not in text


def test_changes_are_by_version_the_newest_first() -> None:
    found = re.findall(
        r"^## (\d+)\.(\d+)\.(\d+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), flags=re.MULTILINE
    )
    versions = [tuple(map(int, version)) for version in found]
    assert versions
    assert versions == sorted(versions, reverse=True)


def test_the_transcript_has_each_tool_of_the_papers_called_by_each_brain() -> None:
    """What a local model makes of it is its own; the other two are held to it."""
    text = (ROOT / "docs" / "TRANSCRIPT.md").read_text("utf-8")
    for title in ("## The built-in brain", "## A hosted model, scripted"):
        part = text.partition(title)[2].partition("\n## ")[0]
        for sentence, tool, _ in transcript.SENTENCES:
            answered = part.partition(f"> {sentence}\n")[2]
            assert answered.startswith(f"[{tool}("), f"{title}: {sentence}"
    assert tables.marked("tools")[0] in text, "run: python -m tests.docs.transcript"


def test_what_the_transcript_has_of_a_local_model_is_kept_as_it_stands() -> None:
    text = (ROOT / "docs" / "TRANSCRIPT.md").read_text("utf-8")
    found = transcript.kept(text)
    assert found is not None
    title, part, called = found
    assert part.count("\n> ") == len(transcript.IN_OTHER_WORDS) + part.count(f"> {transcript.ACCEPTED}\n")
    assert f"\n{part}\n## A local model, measured\n" in text and part.startswith(f"## {title}\n")
    assert list(called) == [tool for _, tool, _ in transcript.SENTENCES] and "yes" in called.values()
    assert transcript.kept(text.replace(title, "Another")) is None


def test_every_sentence_of_the_transcript_asks_for_its_tool() -> None:
    for sentence, tool, _ in transcript.SENTENCES:
        understood = parse(sentence)
        assert not isinstance(understood, Reply) and [call.tool for call in understood] == [tool]
    for sentence in transcript.IN_OTHER_WORDS:
        assert isinstance(parse(sentence), Reply), f"{sentence} never reaches a local model"
