"""A conversation understands other languages: it tells once what it understood, and a yes in them decides."""

from pathlib import Path

import pytest

import assistant.agent  # noqa: F401 - before anything of langchain

# isort: split
from assistant.agent.approvals import (
    CriteriaApproval,
    CriterionOption,
    ExportApproval,
    UndoApproval,
    translated,
    typed_abroad,
)
from assistant.agent.builtin.foreign_sentences import LANGUAGES, in_english
from assistant.agent.sentence_files import sentence_data
from assistant.chat.session import Event, MessageText, Session
from assistant.desk import Desk


async def said(session: Session, text: str) -> list[Event]:
    return [event async for event in session.say(text)]


async def test_another_language_is_told_once_and_its_words_are_kept(desk: Desk) -> None:
    async with Session.open(desk) as session:
        first = await said(session, "Gruppiere nach Farbe in drei Gruppen")
        second = await said(session, "Könntest du red und green zusammenlegen?")
        asked = await said(session, "Soll ich das rückgängig machen?")
        turns = [turn.text for turn in await session.history() if turn.role == "user"]
    assert next(e.text for e in first if isinstance(e, MessageText)) == (
        'I understood German: "group by colour into 3 groups". I answer in English.'
    )
    assert not any("German" in e.text for e in second + asked if isinstance(e, MessageText))
    assert len(desk.clusterings.get().clusters) == 2  # merged, and not undone
    assert turns[0] == "Gruppiere nach Farbe in drei Gruppen"


async def test_a_yes_in_another_language_decides_what_waits(desk: Desk, tmp_path: Path) -> None:
    async with Session.open(desk) as session:
        await said(session, "group by colour into 3")
        await said(session, f"exporte vers {tmp_path / 'sorted'}")
        assert await session.pending() is not None and not (tmp_path / "sorted").exists()
        await said(session, "oui")
    assert sum(1 for path in (tmp_path / "sorted").rglob("*.png")) == 12


BACK = (
    "annuler", "annule", "取消", "不对", "错了", "zurück", "nimm das zurück", "das war falsch", "c'est une erreur",
    "atrás", "ja, mach das rückgängig", "deshaz", "撤销", "annuler ?", "nein", "kannst du das rückgängig machen?",
    "zeig alle Gruppen",
)  # fmt: skip
"""What must not accept anything, also where "undo" would."""


WAITING = (
    UndoApproval(event=1, text="exported", mode="copy", files=1, target="/x", folder="/y"),
    ExportApproval(
        clustering="colour", target="/x", mode="copy", folders=[("red", 1)], files=1, bytes=1, renamed=0
    ),
    CriteriaApproval(options=[CriterionOption(criterion="colour"), CriterionOption(criterion="place")]),
)


@pytest.mark.parametrize("code", LANGUAGES)
def test_of_all_that_can_be_said_only_yes_accepts(code: str) -> None:
    for meaning, entry in sentence_data(code, "_sentences").items():
        for approval in WAITING:
            if read := in_english(entry["example"]):
                decision = typed_abroad(entry["example"], translated(read.text), approval)
                assert decision.accept == (meaning == "yes"), (meaning, approval.kind)
                assert "undo" not in decision.utterance, (meaning, approval.kind)


async def test_nothing_but_a_yes_accepts_an_undo(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "sorted"
    async with Session.open(desk) as session:
        for text in ("group by colour into 3", f"export to {target}", "yes"):
            await said(session, text)
        for text in BACK:
            if await session.pending() is None:
                await said(session, "undo")
            assert await session.pending() is not None, text
            await said(session, text)
            assert sum(1 for _ in target.rglob("*.png")) == 12, text
        if await session.pending() is None:
            await said(session, "undo")
        await said(session, "ja")
    assert not list(target.rglob("*.png"))


@pytest.mark.parametrize(
    "text", ["annuler", "annule", "取消", "不对", "错了", "zurück", "atrás", "das war falsch"]
)
async def test_what_cancels_only_rejects_what_waits(desk: Desk, tmp_path: Path, text: str) -> None:
    async with Session.open(desk) as session:
        await said(session, "group by colour into 3")
        await said(session, f"export to {tmp_path / 'sorted'}")
        events = await said(session, text)
        assert await session.pending() is None
        turns = [turn.text for turn in await session.history() if turn.role == "user"]
    assert len(desk.clusterings.get().clusters) == 3 and not (tmp_path / "sorted").exists()
    assert turns[-1] == text
    assert not any("undo" in e.text for e in events if isinstance(e, MessageText) and "understood" in e.text)


async def test_another_request_rejects_what_waits_and_is_understood(desk: Desk, tmp_path: Path) -> None:
    async with Session.open(desk) as session:
        await said(session, "group by colour into 3")
        await said(session, f"export to {tmp_path / 'sorted'}")
        await said(session, "Wie viele Gruppen gibt es?")
        assert await session.pending() is not None and len(desk.clusterings.get().clusters) == 3
        await said(session, "Das war falsch. Leg red und green zusammen")
        assert await session.pending() is None
    assert len(desk.clusterings.get().clusters) == 2 and not (tmp_path / "sorted").exists()
