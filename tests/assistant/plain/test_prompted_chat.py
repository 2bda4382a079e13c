"""A conversation that a command gives in full: text, one document, or a line for each thing that happens."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from assistant.cli import main
from assistant.desk import Desk
from assistant.plain.prompted_chat import chosen_thread, converse
from assistant.settings import Settings
from tools.errors import UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "discs"
    made.mkdir()
    for n in range(12):
        picture = Image.new("RGB", (80, 80), (240, 240, 240))
        colour = ((200, 30, 30), (30, 30, 200), (30, 160, 40))[n % 3]
        ImageDraw.Draw(picture).ellipse((10 + n, 12, 50 + n, 52), fill=colour)
        picture.save(made / f"p{n:02}.png")
    return made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(workspace=tmp_path / "ws", offline=True, model="builtin", tier="bundled")


@pytest.fixture
def desk(folder: Path, settings: Settings) -> Iterator[Desk]:
    with Desk.open(folder, settings) as opened:
        yield opened


async def said(
    desk: Desk, *sentences: str, form: Any = "json", thread: str = "main"
) -> tuple[int, list[str]]:
    written: list[str] = []
    code = await converse(desk, thread, sentences, form, written.append)
    return code, written


async def test_one_document_says_what_was_done(desk: Desk) -> None:
    code, (text,) = await said(desk, "group by colour into 3", "how many are red?")
    document = json.loads(text)
    assert code == 0 == document["exit_code"] and document["waiting"] is None
    first, second = document["turns"]
    assert first["tools"][0] | {"text": ""} == {
        "name": "group_by",
        "arguments": {"criterion": "colour", "groups": 3},
        "ok": True,
        "text": "",
    }
    assert "4 images" in second["answer"] and second["understood"] and not second["failed"]
    groups = {group["name"]: len(group["files"]) for group in document["grouping"]["clusters"]}
    assert groups == {"red": 4, "blue": 4, "green": 4} and document["grouping"]["criterion"] == "colour"


async def test_an_export_waits_for_a_yes_of_its_own(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "sorted"
    code, (text,) = await said(desk, "group by colour into 3", f'export to "{target}"')
    document = json.loads(text)
    assert code == 1 and document["waiting"]["kind"] == "export" and not target.exists()
    code, (text,) = await said(desk, "yes")
    assert code == 0 and json.loads(text)["waiting"] is None and (target / "red").is_dir()


async def test_what_is_not_understood_or_fails_ends_with_one(desk: Desk) -> None:
    for sentence in ("frobnicate the quux", "merge 1 and 2"):
        code, (text,) = await said(desk, sentence)
        (turn,) = json.loads(text)["turns"]
        assert (
            code == 1 and (turn["failed"] or not turn["understood"]) and turn["answer"] + str(turn["tools"])
        )


async def test_a_stream_has_a_line_for_each_thing(desk: Desk) -> None:
    code, lines = await said(desk, "group by colour into 3", form="stream-json")
    kinds = [json.loads(line)["type"] for line in lines]
    assert code == 0 and kinds[0] == "said" and kinds[-1] == "end" and kinds.count("tool") == 1
    assert "answer" in kinds


async def test_text_is_the_answers_alone(desk: Desk, tmp_path: Path) -> None:
    code, lines = await said(desk, "group by colour into 3", form="text")
    assert code == 0 and len(lines) == 1 and '"red": 4 images' in lines[0]
    code, lines = await said(desk, f'export to "{tmp_path / "out"}"', form="text")
    assert code == 1 and "Type yes, no" in lines[-2] and "nothing was done" in lines[-1]


async def test_a_name_of_a_file_is_no_control_sequence(folder: Path, settings: Settings) -> None:
    (folder / "p00.png").rename(folder / "p\x1b[31m.png")
    with Desk.open(folder, settings) as desk:
        for form in ("text", "json", "stream-json"):
            _, lines = await said(desk, "why is #1 there?", "group by colour into 3", "show 1", form=form)
            assert "\x1b" not in "".join(lines)


def test_a_new_conversation_the_last_one_or_one_by_its_number(desk: Desk) -> None:
    from assistant.chat.conversations import Conversations

    talks = Conversations(desk.shelf)
    talks.name_by_first_words("main", "first")
    talks.use("main")
    talks.name_by_first_words("main", "first")
    assert chosen_thread(desk, False, None) not in {talk.thread for talk in talks.all()}
    assert chosen_thread(desk, True, None) == "main" == chosen_thread(desk, False, 1)
    for number in (0, 9):
        with pytest.raises(UsageError, match="no conversation"):
            chosen_thread(desk, False, number)


def command(tmp_path: Path, *arguments: str) -> int:
    return main(["--workspace", str(tmp_path / "ws"), "--model", "builtin", "--offline", "chat", *arguments])


def test_from_the_command_line(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(tmp_path, str(folder), "-p", "group by colour into 3", "--json") == 0
    first = json.loads(capsys.readouterr().out)
    assert command(tmp_path, str(folder), "--continue", "-p", "which group is red?", "--json") in (0, 1)
    second = json.loads(capsys.readouterr().out)
    assert second["conversation"] == first["conversation"] and second["grouping"] == first["grouping"]
    assert command(tmp_path, str(folder), "-p", "hello", "--json") == 0
    assert json.loads(capsys.readouterr().out)["conversation"] != first["conversation"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--json",), ("-p", "hi"), ("FOLDER", "--continue"), ("FOLDER", "-p", "hi", "--json", "--stream-json"),
        ("FOLDER", "-p", "hi", "--continue", "--resume", "1"), ("FOLDER", "-p", "hi", "--resume", "7"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_a_usage_error(
    arguments: tuple[str, ...], folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(tmp_path, *(str(folder) if each == "FOLDER" else each for each in arguments)) == 2
    assert capsys.readouterr().err.count("\n") == 1


async def test_each_line_of_a_sentence_is_a_turn(desk: Desk) -> None:
    code, (text,) = await said(desk, "group by colour into 3\n\nhow many are red?\n")
    assert code == 0
    assert [turn["said"] for turn in json.loads(text)["turns"]] == [
        "group by colour into 3",
        "how many are red?",
    ]


@pytest.mark.parametrize("sentence", ["yes", "no", "a" * 1200, "sort into unicorns and dragons"])
async def test_nothing_done_is_no_success(desk: Desk, sentence: str) -> None:
    code, (text,) = await said(desk, sentence)
    assert code == 1, text
