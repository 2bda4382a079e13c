"""What is asked once before it is done, in a real conversation with the built-in brain."""

import pytest

from assistant.chat.session import MessageText, Session
from assistant.desk import Desk


async def said(session: Session, text: str) -> str:
    events = [event async for event in session.say(text)]
    return [event for event in events if isinstance(event, MessageText) and event.done][-1].text


async def test_a_misspelt_criterion_is_asked_about(desk: Desk) -> None:
    async with Session.open(desk) as session:
        told = await said(session, "group by backgrund colour")
        assert told.startswith('Did you mean "background colour"?') and not desk.clusterings.all()
        assert await said(session, "no") == "All right, nothing was done."
        await said(session, "group by bakground colour")
        await said(session, "yes")
        assert [made.criterion for made in desk.clusterings.all()] == ["background colour"]
        await said(session, "group by subject color")  # an American spelling is none
        await said(session, "group by bagground colour")
        await said(session, "group by bagground colour")  # said twice, it is meant
        assert desk.clusterings.all()[-1].criterion == "bagground colour"


async def test_a_move_to_a_group_that_there_is_not_is_asked_about_once(desk: Desk) -> None:
    desk.grouping.group("colour")
    async with Session.open(desk) as session:
        told = await said(session, "move #3 to nowhere")
        assert told.startswith(
            'There is no group "nowhere": shall I make it? Say yes, or name another: 1 "red"'
        )
        assert "nowhere" not in names(desk)
        await said(session, "yes")
        assert "nowhere" in names(desk)
        told = await said(session, "move #4 to gren")
        assert 'did you mean "green"?' in told
        await said(session, "yes")
        assert "gren" not in names(desk)
        await said(session, "move #1 to a new group called odd ones")  # said to be new: no question
        assert "odd ones" in names(desk)


async def test_a_name_for_an_image_that_stands_for_a_group_asks_once_whether_all_are_meant(
    desk: Desk,
) -> None:
    made = desk.grouping.group("colour", k=3)
    shown = desk.collection.number(made.members(made.clusters[0].id)[0])
    group = made.clusters[0].name
    async with Session.open(desk) as session:
        told = await said(session, f"#{shown} is a sunset")
        assert told.startswith(
            f'#{shown} is shown for the group "{group}". Shall I call all its 4 images "sunset"? Say yes, or "only'
        )
        assert names(desk)[0] == group
        await said(session, "yes")
        assert names(desk)[0] == "sunset"
        other = desk.collection.number(made.members(made.clusters[1].id)[0])
        assert "Shall I call all its 4 images" in await said(session, f"#{other} is a lemon")
        await said(session, "only this one")
        assert "lemon" in names(desk) and made.clusters[1].name in names(desk)
        # a group that was named already, and a move, are about one image
        assert "shall I make it?" in await said(session, f"#{shown} is a dawn")
        assert "shall I make it?" in await said(session, f"move #{shown} to dusk")


async def test_a_thing_that_is_in_no_image_makes_no_groups_until_it_is_said_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.sorting, "nowhere", lambda criterion, progress: ("colour", [3, 7, 1]))
    async with Session.open(desk) as session:
        told = await said(session, "group by colour")
        assert told.startswith(
            'No image here shows "colour" for sure, so nothing was grouped; the likeliest are #3, #7 and #1. Say'
        )
        assert not desk.clusterings.all()
        await said(session, "group by colour")
        assert [made.criterion for made in desk.clusterings.all()] == ["colour"]


async def test_lock_alone_says_what_can_be_said(desk: Desk) -> None:
    desk.grouping.group("colour")
    async with Session.open(desk) as session:
        assert 'For example "lock happy"' in await said(session, "lock")


def names(desk: Desk) -> list[str]:
    return [cluster.name for cluster in desk.clusterings.get().clusters]
