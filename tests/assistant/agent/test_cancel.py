"""A turn that is stopped ends, however often and whenever it is stopped."""

import asyncio
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult

from assistant.chat.session import Session
from assistant.desk import Desk


class NeverAnswers(BaseChatModel):
    """A model whose server is slow."""

    @property
    def _llm_type(self) -> str:
        return "slow"

    def bind_tools(self, tools: Any, **options: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], *more: Any, **options: Any) -> ChatResult:
        raise AssertionError("asked in a thread")

    async def _agenerate(self, messages: list[BaseMessage], *more: Any, **options: Any) -> ChatResult:
        await asyncio.sleep(60)
        raise AssertionError("not stopped")


@pytest.mark.parametrize("pause", [0, 0.001, 0.003, 0.006, 0.01])
async def test_stopping_twice_ends_the_turn_in_order(desk: Desk, pause: float) -> None:
    async with Session.open(desk, model=NeverAnswers()) as session:

        async def turn() -> None:
            async for _ in session.say("hello"):
                pass

        following = asyncio.create_task(turn())
        await asyncio.sleep(0.2)
        first = asyncio.create_task(session.cancel())
        await asyncio.sleep(pause)
        await session.cancel()
        await asyncio.wait_for(following, 10)
        await first
        assert [said.text for said in await session.history()] == ["hello", "(stopped)"]
