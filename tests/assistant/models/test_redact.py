"""A key that a server sends back is neither shown nor kept."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from assistant.chat.session import MessageText, ToolEnded
from assistant.cli.output import complain
from assistant.desk import Desk
from assistant.models.redact import HIDDEN, redact, redact_so_far
from tests.assistant.agent.test_graph import Scripted, calls, talk

SECRET = "sk-0123456789abcdef"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGROUP_API_KEY", SECRET)
    monkeypatch.setenv("OPENAI_API_KEY", "none")


@pytest.mark.parametrize(
    "line",
    [
        ConnectionError(f"401: the key {SECRET} is not valid"),
        AIMessage(f"Your key is {SECRET}."),
        calls((f"no-{SECRET}", {}), text=f"with {SECRET}"),
        calls(("group_by", {"criterion": f"colour {SECRET}"})),
        calls(("show", {"cluster": SECRET})),
    ],
    ids=["error", "words", "tool", "argument", "unknown group"],
)
async def test_a_key_that_is_sent_back_is_nowhere(desk: Desk, tmp_path: Path, line: object) -> None:
    events, messages = await talk(desk, Scripted(lines=[line, AIMessage("Done.")]), "group by colour")
    told = [event.text for event in events if isinstance(event, MessageText | ToolEnded)]
    assert told and not any(SECRET in text for text in told)
    assert SECRET not in str(messages)
    desk.close()
    kept = [path for path in (tmp_path / "workspace").rglob("*") if path.is_file()]
    assert kept and [path.name for path in kept if SECRET.encode() in path.read_bytes()] == []


def test_errors_of_the_command_line_have_no_key(capsys: pytest.CaptureFixture[str]) -> None:
    complain(f"the server says: bad key {SECRET}")
    assert capsys.readouterr().err == f"regroup: the server says: bad key {HIDDEN}\n"
    assert redact("none of it") == "none of it"


ODD = 'sk/pro+1234=&"<56>'


@pytest.mark.parametrize("key", [SECRET, ODD])
@pytest.mark.parametrize(
    "form",
    [
        str.upper,
        lambda key: f"https://host/v1?key={quote(key, safe='')}&a=1",
        lambda key: f"https://host/v1?key={quote_plus(key).lower()}",
        lambda key: json.dumps({"key": key}),
        lambda key: escape(key),
        lambda key: key.encode().hex(),
        lambda key: b64encode(f"user:{key}".encode()).decode(),
        lambda key: b64encode(f"x{key}".encode()).decode(),
        lambda key: urlsafe_b64encode(f"Bearer {key}".encode()).decode(),
    ],
    ids=["upper", "url", "url lower", "json", "html", "hex", "basic", "inside", "urlsafe"],
)
def test_a_key_that_is_written_in_another_way_is_taken_out(
    monkeypatch: pytest.MonkeyPatch, key: str, form: Callable[[str], str]
) -> None:
    monkeypatch.setenv("REGROUP_API_KEY", key)
    written = form(key)
    told = redact(f"refused: {written}")
    assert HIDDEN in told and written not in told
    assert not any(key[i : i + 8].casefold() in told.casefold() for i in range(len(key) - 7))


def test_keys_in_addresses_are_taken_out_whoever_gave_them() -> None:
    assert (
        redact("no answer from https://me:pass-word@host:80/v1")
        == f"no answer from https://{HIDDEN}@host:80/v1"
    )
    told = redact("GET http://host/v1/models?api-key=abcd&n=2&token=efgh failed")
    assert told == f"GET http://host/v1/models?api-key={HIDDEN}&n=2&token={HIDDEN} failed"
    assert redact("see https://host/a?page=2 and a@b.c") == "see https://host/a?page=2 and a@b.c"


class Dribbles(Scripted):
    """Sends its only line letter by letter, as some servers do."""

    async def _astream(self, messages: Any, *args: Any, **options: Any) -> AsyncIterator[ChatGenerationChunk]:
        for letter in self.lines[0]:
            yield ChatGenerationChunk(message=AIMessageChunk(content=letter))


async def test_a_key_that_comes_letter_by_letter_is_not_shown_while_it_comes(desk: Desk) -> None:
    events, _ = await talk(desk, Dribbles(lines=[f"Your key is {SECRET} and that is it."]), "hello you")
    told = [event.text for event in events if isinstance(event, MessageText)]
    assert len(told) > 10 and not any(SECRET[:3] in text for text in told)
    assert told[-1] == f"Your key is {HIDDEN} and that is it."


def test_what_cannot_become_a_key_is_shown_at_once() -> None:
    assert redact_so_far("the sk") == "the sk" and redact_so_far("the sk-") == "the "
    assert redact_so_far("the sk-012") == "the " and redact_so_far("the sk-013") == "the sk-013"
    assert redact_so_far(f"{SECRET}!") == f"{HIDDEN}!"
