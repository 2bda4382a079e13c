"""What is asked once before it is done, in a real conversation with the built-in brain."""

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


async def test_lock_alone_says_what_can_be_said(desk: Desk) -> None:
    desk.grouping.group("colour")
    async with Session.open(desk) as session:
        assert 'For example "lock happy"' in await said(session, "lock")


def names(desk: Desk) -> list[str]:
    return [cluster.name for cluster in desk.clusterings.get().clusters]
