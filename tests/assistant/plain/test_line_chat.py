"""The conversation line by line: the same session, in a pipe and typed, with answers in words."""

import asyncio
import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.agent.graph import NO_LONGER_WAITS
from assistant.desk import Desk
from assistant.plain.line_chat import LineChat, can_draw, writes_unicode
from assistant.settings import Settings

REPOSITORY = Path(__file__).parents[3]
GROUP = "group by colour into 3"


class Heard(io.StringIO):
    """What was printed, in an encoding of its own."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def until(self, text: str, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while text not in self.getvalue():
            assert time.monotonic() < end, self.getvalue()
            time.sleep(0.02)


Talk = Callable[..., tuple[int, str]]


@pytest.fixture
def talk(open_desk: Callable[[], Desk], pictures: Path, tmp_path: Path) -> Talk:
    """Says lines, one after the other, and returns the exit code and all that was printed."""

    def run(*lines: str, typing: bool = False, encoding: str = "utf-8", heard: Heard | None = None) -> Any:
        out = heard or Heard(encoding)
        settings = Settings(workspace=tmp_path / "workspace", offline=True)
        said = iter(lines) if not callable(lines[0]) else lines[0](out)
        code = asyncio.run(LineChat(pictures, settings, said, out, Heard(), typing).run())
        return code, out.getvalue()

    return run


def test_a_report_is_written_beside_the_folder(talk: Talk, pictures: Path) -> None:
    code, said = talk(GROUP, "/report")
    page = pictures.with_name("pictures-report") / "index.html"
    assert code == 0 and page.is_file() and f"The report is written; open {page} in a browser." in said


def test_groups_and_exports_what_was_approved_in_words(talk: Talk, tmp_path: Path) -> None:
    code, said = talk(GROUP, f"export to {tmp_path / 'out'}", "yes", "undo", "yes")
    assert code == 0
    assert "The copies of 12 files would be removed" in said and said.count("Do this?") == 2
    assert f"> {GROUP}\n" in said and "into 3 groups:" in said
    assert "12 files would be copied into 3 folders" in said and "the originals stay" in said
    assert said.index("Do this? Type yes") < said.index("Copied 12 files") < said.index("undone: copied 12")
    assert "\x1b" not in said


def test_what_is_no_answer_to_a_question_leaves_it_open(talk: Talk) -> None:
    code, said = talk(GROUP, "ask me", "99", "blorp and gloop and zip and foo", "1", "q")
    assert "There is no group called 99; to make one, say: n 99" in said
    assert '"blorp and gloop and zip and foo" is no answer to that.' in said
    assert "I do not understand" not in said and said.count("a number or a name, n and a new name") >= 4
    assert code == 0


def test_a_question_in_a_round_of_questions_leaves_it_open(talk: Talk) -> None:
    code, said = talk(GROUP, "ask me", "how many are red?", "show 1", "why did you put #1 in red?", "q")
    keys = "a number or a name, n and a new name"
    for line in ("> how many are red?", "> show 1", "> why did you put #1"):
        assert keys in said[said.index(line) :].split("\n> ")[0]
    assert "I do not understand" not in said[said.index("> q") :] and code == 0


def test_an_edit_ends_a_round_of_questions_and_says_so(talk: Talk) -> None:
    code, said = talk(GROUP, "ask me", "merge red and green")
    assert "The questions have ended with that" in said and code == 0


def test_what_is_no_answer_to_an_approval_does_nothing_and_says_so(talk: Talk, tmp_path: Path) -> None:
    _, said = talk(GROUP, f"export to {tmp_path / 'out'}", "blorp gloop")
    assert f'{NO_LONGER_WAITS}\nI do not understand "blorp gloop"' in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("line", ["blorp gloop", "sort it like last year at grandma's"])
def test_a_script_with_a_line_that_is_not_understood_ends_with_1(talk: Talk, line: str) -> None:
    assert talk(GROUP, line, "show")[0] == 1
    assert talk("show", line, typing=True)[0] == 0


def test_a_list_that_waits_is_printed_again_only_where_it_is_asked_for(talk: Talk) -> None:
    asks = "what could I group these by?"
    _, said = talk(asks, "how many pictures are there?", "does anything leave my machine?", asks, "1")
    assert said.count("Proposed criteria") == 2
    assert said.count("Still waiting: Group by which? Type names or numbers") == 2


def test_new_pictures_are_told_of_when_the_folder_is_opened(
    talk: Talk, pictures: Path, draw: Callable[..., Path]
) -> None:
    talk(GROUP)
    draw(pictures / "new.png", "red", size=64)
    code, said = talk("show")
    assert code == 0 and said.index("1 new image by colour: ") < said.index("> show")
    assert "new image" not in talk("show")[1]


def test_criteria_are_chosen_by_number_and_refused_with_a_reason(talk: Talk) -> None:
    code, said = talk("what could I group these by?", "no", "what could I group these by?", "1")
    assert code == 0
    assert said.count("Group by which? Type names or numbers") == 2
    assert "Not accepted" in said or "nothing was done" in said.lower()
    assert "Accepted " in said


def test_the_end_of_the_input_leaves_what_waits_and_it_is_asked_again(talk: Talk, tmp_path: Path) -> None:
    code, said = talk(GROUP, f"export to {tmp_path / 'out'}")
    assert code == 0 and "This is still waiting for your answer" in said
    assert not (tmp_path / "out").exists()
    code, said = talk("no")
    assert "12 files would be copied" in said and code == 0
    assert not (tmp_path / "out").exists()


def test_what_fails_is_a_line_and_the_exit_code(talk: Talk) -> None:
    code, said = talk("undo", "/frobnicate", "/thme")
    assert code == 1
    assert "error: there is nothing to undo" in said
    assert said.count("there is nothing to undo") == 1
    assert "error: there is no command /frobnicate in plain mode; there are /quit" in said
    assert talk("/frobnicate", typing=True)[0] == 0  # somebody who types sees it, and goes on


def test_commands(talk: Talk) -> None:
    code, said = talk("/help", "/cost", "/model", "/tier", "/export", "/quit", "never said")
    assert code == 0
    for told in ("/tier [auto|bundled|hub|hosted]: ", "model calls since", "thinks. Another: /model",
                 "Name a folder: /export FOLDER", "bundled models look"):  # fmt: skip
        assert told in said
    assert "never said" not in said


def test_another_model_thinks_from_now_on_and_one_that_is_not_known_changes_nothing(talk: Talk) -> None:
    code, said = talk("/model nobody:x", "/model builtin", GROUP, "/tier moon")
    assert 'error: model "nobody:x" is not known' in said and 'error: there is no tier "moon"' in said
    assert "model: builtin, until you leave" in said and "into 3 groups" in said
    assert code == 1


def test_conversations_are_kept_apart(talk: Talk) -> None:
    _, said = talk(GROUP, "/new", "show", "/sessions", "/sessions 2", "/sessions 9")
    assert "1. Show\n2. Group by colour into 3\n" in said
    assert "error: /sessions takes a number from 1 to 2" in said
    assert "1. Group by colour into 3\n" in talk("/sessions")[1]  # the last one goes on


def test_without_unicode_only_ascii_is_printed(talk: Talk) -> None:
    _, said = talk('rename 1 to "été ☃"', GROUP, 'rename 1 to "été ☃…"', "show", encoding="ascii")
    assert said.isascii() and "\\xe9t\\xe9 \\u2603..." in said


def test_hidden_characters_and_escape_codes_are_shown(talk: Talk) -> None:
    _, said = talk(GROUP, 'rename 1 to "a\u202eb\x1b[31mc"', "show", "\x1b]0;title\x07")
    assert "\u202e" not in said and "\x1b" not in said and "a\\u202eb" in said


def test_what_was_typed_before_a_question_is_no_answer_to_it(talk: Talk, tmp_path: Path) -> None:
    def lines(out: Heard) -> Iterator[str]:
        yield GROUP
        yield f"export to {tmp_path / 'out'}"
        yield "yes"  # typed ahead
        out.until("Typed before the question: yes")
        yield "no"
        out.until("nothing was done")

    _, said = talk(lines, typing=True)
    assert not (tmp_path / "out").exists()
    assert "(it is sent after your answer)" in said


def test_a_paste_of_40000_characters_is_one_sentence(talk: Talk) -> None:
    _, said = talk("word " * 8000, GROUP)
    assert "into 3 groups" in said


@pytest.mark.parametrize(
    ("locale", "encoding", "terminal", "expected"),
    [("C", "utf-8", True, False), ("C", "utf-8", False, True), ("en_US.UTF-8", "utf-8", True, True),
     ("en_US.UTF-8", "ascii", True, False), ("", "utf-8", True, True)],
)  # fmt: skip
def test_what_may_be_written(
    locale: str, encoding: str, terminal: bool, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    if locale:
        monkeypatch.setenv("LC_ALL", locale)
    out = Heard(encoding)
    monkeypatch.setattr(out, "isatty", lambda: terminal)
    assert writes_unicode(out) is expected
    monkeypatch.setenv("TERM", "dumb")
    assert not can_draw(out)
    monkeypatch.setenv("TERM", "xterm")
    assert can_draw(out) is expected


def test_in_a_pipe_as_users_do(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "sorted"
    done = chat(pictures, tmp_path, f"group by colour into 3\nexport to {out}\nyes\n")
    assert done.returncode == 0, done.stderr
    assert (out / "manifest.json").is_file()
    assert b"\x1b" not in done.stdout + done.stderr
    missing = chat(tmp_path / "missing", tmp_path, "show\n")
    assert (missing.returncode, missing.stdout) == (2, b"")
    assert missing.stderr.startswith(b"regroup: ") and missing.stderr.count(b"\n") == 1


def test_ctrl_c_twice_leaves_while_a_line_is_waited_for(pictures: Path, tmp_path: Path) -> None:
    talking = subprocess.Popen(
        command(pictures),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=own(tmp_path),
    )
    assert talking.stdout is not None
    killer = threading.Timer(100, talking.kill)
    killer.start()
    while b"Try: " not in talking.stdout.readline():
        assert talking.poll() is None
    talking.send_signal(signal.SIGINT)
    assert b"again leaves" in talking.stdout.readline()
    talking.send_signal(signal.SIGINT)
    assert talking.wait(60) == 130
    killer.cancel()
    assert talking.stderr is not None and b"Traceback" not in talking.stderr.read()
    talking.communicate()


def command(pictures: Path) -> list[str]:
    return [sys.executable, "-m", "assistant", "chat", str(pictures), "--plain"]


def own(tmp_path: Path) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": str(REPOSITORY), "REGROUP_OFFLINE": "1", "REGROUP_WORKSPACE": str(tmp_path / "workspace"),
        "NO_COLOR": "1",
    }  # fmt: skip


def chat(pictures: Path, tmp_path: Path, said: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        command(pictures), input=said.encode(), capture_output=True, timeout=200, env=own(tmp_path)
    )


@pytest.mark.parametrize(
    "answer, goes_on", [("yes", True), ("no", False), ("how many groups are there?", False)]
)
def test_a_renamed_folder_is_asked_about(
    talk: Talk, pictures: Path, tmp_path: Path, answer: str, goes_on: bool
) -> None:
    talk(GROUP)
    new = pictures.rename(pictures.with_name("renamed"))
    settings = Settings(workspace=tmp_path / "workspace", offline=True)

    def again(*lines: str) -> str:
        out = Heard()
        assert asyncio.run(LineChat(new, settings, iter(lines), out, Heard()).run()) in (0, 1)
        return out.getvalue()

    said = again(answer, "history")
    assert f'This looks like "{pictures}"' in said and "Type yes or no." in said
    assert ("It is all as you left it." in said) == goes_on == ("grouped by colour" in said)
    assert said.count(f"> {answer}") == (1 if answer in ("yes", "no") else 2)
    assert ("No answer: " in said) == (answer not in ("yes", "no"))
    assert ("This looks like" in again("history")) == (answer not in ("yes", "no"))


def test_what_is_said_first_is_said_before_any_line(
    open_desk: Callable[[], Desk], pictures: Path, tmp_path: Path
) -> None:
    out = Heard()
    talk = LineChat(
        pictures, Settings(workspace=tmp_path / "workspace", offline=True), iter(["quit"]), out, Heard()
    )
    talk.first = GROUP
    asyncio.run(talk.run())
    assert f"> {GROUP}\n" in out.getvalue() and "into 3 groups" in out.getvalue()
