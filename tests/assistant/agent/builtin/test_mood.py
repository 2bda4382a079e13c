"""Whether a sentence asks, or wants something done."""

import pytest

from assistant.agent.builtin.mood import Mood, mood

QUESTIONS = [
    "is #4 sad, please?", "are red and blue the same, please?", "how do I merge happy and sad, please?",
    "is #4 really blue?", "are red and blue the same?", "what happens if I merge happy and sad?",
    "can I undo the export?", "is happy mixed?", "should I split sad?", "why is #3 in blue", "did you merge them",
    "does #7 belong to tense?", "do calm and tense belong together?", "how would I rename happy?", "isn't #3 tense?",
    "which way do they look?", "#4 is blue, right?", "#4 is blue?", "merge happy and sad?",
    "would it help to split happy?", "is it possible to export as links?", "could #5 be happy?", "ok so is #4 blue",
    "hey, what if I moved #3 to red", "I wonder whether happy is mixed", "#4 looks odd. is it blue?",
    "who put #3 there?", "has anything been exported?", "may I undo twice?", "can we undo an export?",
    "will undo bring my files back?", "are you sure that #3 is sad", "have you exported them?",
    "what about merging happy and sad, is that wise?", "tell me whether #4 is blue",
    "do you think happy should be split", "could happy and glad be one group?", "thanks! was #2 moved?", "?",
    'is "merge happy and sad" a command?', "quick question: can red and blue be confused?", "¿es #4 azul?",
    "why not merge happy and sad?", "why not use the walk?",
    "merge happy and sad. Is that a good idea?", "lock happy - or rather not?", "split happy. Or should I wait?",
    "split tense into two, or into three", "could you lock happy or only hide it", "would you rather split happy",
    "can you even split tense", "could happy be split at all?", "could you merge them if I asked you to",
    "in principle, merge happy and sad", "my brother asked whether to merge happy and sad",
    "the question is whether happy should be split", "can groups be merged into one?", "#4 is blue or green",
    "so is #7?", "and so is #7 happy", "neither does #3?",
    "we merged happy and sad yesterday", "I had already renamed tense", "merge happy and sad¿",
]  # fmt: skip
ORDERS = [
    "merge happy and sad", "undo", "#4 should be in blue", "is #4 blue? if not, move it to red", "do it by season",
    "do the same for age", "have them by colour", "group by colour. thanks!", "happy is really two groups",
    "do it again", "redo it please", "just merge them", "export to ~/x as links", "#4 looks sad", "yes", "",
    "so does #2", "and so are #3 and #4", "neither does #3",
    "does #4 look blue? then move it there", 'rename happy to "what is this?"',
]  # fmt: skip
REQUESTS = [
    "could you merge red and blue?", "can #4 go to blue?", "would you mind merging them?",
    "can we have five groups?", "I'd like to see them by age", "why don't you group them by style",
    "may I have these as folders in /tmp/x?", "can you undo that?", "let's merge them",
    "how about sorting on sharpness?", "what about weather", "move #3 to red, would you?", "can we do it by season",
    "can I have the previous grouping back?", "mind splitting happy?",
    "could #4 and #5 be moved to sad?", "could we split happy?",
    "can happy and glad be merged?", "ok, can you export them to /tmp/x", "can I look at the sad ones?",
    "merge them, ok?", "can 12 and 14 go together?", "will you split that for me?",
]  # fmt: skip


@pytest.mark.parametrize("text", QUESTIONS)
def test_what_asks(text: str) -> None:
    assert mood(text) is Mood.QUESTION


@pytest.mark.parametrize("text", ORDERS)
def test_what_wants_something_done(text: str) -> None:
    assert mood(text) is not Mood.QUESTION


@pytest.mark.parametrize("text", REQUESTS)
def test_what_asks_politely_for_something_to_be_done(text: str) -> None:
    assert mood(text) is Mood.REQUEST
