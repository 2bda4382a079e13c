"""A conversation understands other languages: it tells once what it understood, and a yes in them decides."""

from pathlib import Path

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
