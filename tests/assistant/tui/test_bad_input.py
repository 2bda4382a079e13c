"""What comes in badly: sizes, pastes, replies, pictures, brains. The app lives on and says what it can."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from textual import events

from assistant.chat.session import Session
from assistant.desk import Desk
from assistant.tui.app import RegroupApp
from assistant.tui.widgets.input_line import MAX_CHARACTERS
from assistant.tui.widgets.message import Message


class Speaking(BaseChatModel):
    """A brain that says pieces, and dies after them if it is told to."""

    pieces: list[str]
    dies: bool = False

    @property
    def _llm_type(self) -> str:
        return "speaking"

    def bind_tools(self, tools: Any, **more: Any) -> Any:
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **more: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("".join(self.pieces)))])

    def _stream(self, *args: Any, **more: Any) -> Iterator[ChatGenerationChunk]:
        for piece in self.pieces:
            yield ChatGenerationChunk(message=AIMessageChunk(piece))
        if self.dies:
            raise ConnectionError("the line went dead")

    async def _astream(self, *args: Any, **more: Any) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._stream():
            yield chunk
            await asyncio.sleep(0)


def speaking(drive: Any, *pieces: str, dies: bool = False) -> RegroupApp:
    async def session(desk: Desk, thread: str) -> Session:
        return await Session.open(desk, thread, Speaking(pieces=list(pieces), dies=dies))

    return RegroupApp(drive.folder, drive.settings, session_factory=session)


async def test_a_terminal_of_20_by_5_and_back(drive: Any) -> None:
    async with drive.run():
        await drive.say("group by background colour into 4")
        for size in ((20, 5), (1, 1), (120, 36)):
            await drive.pilot.resize_terminal(*size)
            await drive.pilot.pause(0.2)
            await drive.press("escape", "enter")
            await drive.until(lambda: drive.app.screen is not drive.app.main)
            await drive.press("right", "enter", "escape", "escape")
            await drive.until(lambda: drive.app.screen is drive.app.main)
            drive.app.main.input_line.focus()
        assert len(drive.names()) == 4
        await drive.say("merge 1 and 2")
        assert len(drive.names()) == 3


async def test_a_paste_of_40000_characters_is_cut_and_that_is_said(drive: Any) -> None:
    async with drive.run():
        drive.app.main.input_line.post_message(events.Paste("two\nlines\x1b[31m and " + "x" * 40_000))
        await drive.until(lambda: drive.app.main.input_line.value)
        await drive.pilot.pause()
        value = drive.app.main.input_line.value
        assert len(value) == MAX_CHARACTERS and value.startswith("two lines")
        assert "too long" in str(drive.app.main.status.query_one("#job").render())
        await drive.pilot.press("enter")
        await drive.idle()
        assert drive.app.is_running and "\x1b" not in drive.texts()


async def test_markup_escape_codes_and_a_line_of_10_megabytes(drive: Any) -> None:
    app = speaking(drive, "[bold red]not markup[/] \x1b[2J\u202e ", "y" * 10_000_000)
    async with drive.run(app=app):
        begun = time.monotonic()
        await drive.say("hello")
        message = list(app.main.transcript.query(Message))[-1]
        shown = str(message.query_one(".text").render())
        assert "[bold red]not markup[/]" in shown and "\x1b" not in shown and "\\x1b[2J\\u202e" in shown
        assert "shortened: 10,0" in shown and len(shown) < 30_000
        assert time.monotonic() - begun < 60
        await drive.press("escape")
        assert drive.app.is_running


async def test_a_brain_that_dies_in_mid_sentence(drive: Any) -> None:
    async with drive.run(app=speaking(drive, "I was about to ", "say", dies=True)):
        await drive.say("hello")
        assert "the line went dead" in drive.spoken()
        await drive.say("again")  # the conversation is in order
        assert drive.spoken().count("the line went dead") == 2


async def test_many_small_pieces_are_painted_now_and_then(
    drive: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    paints = 0
    paint = Message.paint

    def counted(message: Message) -> None:
        nonlocal paints
        paints += 1
        paint(message)

    monkeypatch.setattr(Message, "paint", counted)
    async with drive.run(app=speaking(drive, *(f"word{n} " for n in range(600)))):
        await drive.say("hello")
        await drive.until(lambda: "word599" in drive.texts())
        assert paints < 300
