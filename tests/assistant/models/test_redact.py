"""A key that a server sends back is neither shown nor kept."""

from pathlib import Path

import pytest
from langchain_core.messages import AIMessage

from assistant.chat.session import MessageText, ToolEnded
from assistant.cli.output import complain
from assistant.desk import Desk
from assistant.models.redact import HIDDEN, redact
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
