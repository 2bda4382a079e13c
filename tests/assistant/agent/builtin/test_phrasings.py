"""A hundred ways in which people say what they want, none of them taken from the grammar's own patterns.

They were written down first and the grammar mended afterwards. What is grouped is known, as in a conversation.
"""

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call, Reply
from assistant.agent.tools.base import DialogueContext

LAST = "emotion"
"""What was grouped by before each of them."""
HERE = DialogueContext((LAST, "pose"), ("happy", "sad", "angry", "glad", "gloomy"), informed=True)
GROUP, SHOW, MERGE, SPLIT = "group_by", "show", "merge_clusters", "split_cluster"
INTO = "sort_into"
RENAME, MOVE, EXPORT, PROPOSE = "rename_cluster", "move_images", "export_clusters", "propose_criteria"

PHRASINGS = [
    # what is good, and what is doubtful
    ("which of them are you unsure about?", SHOW, {"cluster": "doubtful"}),
    ("what pictures were you least certain of", SHOW, {"cluster": "doubtful"}),
    ("show me the uncertain ones", SHOW, {"cluster": "doubtful"}),
    # group by
    ("I want a folder per person", GROUP, {"criterion": "person"}),
    ("one pile for every colour please", GROUP, {"criterion": "colour"}),
    ("can we do it by season", GROUP, {"criterion": "season"}),
    ("what about weather", GROUP, {"criterion": "weather"}),
    ("how about sorting on sharpness?", GROUP, {"criterion": "sharpness"}),
    ("I'm interested in the background", GROUP, {"criterion": "background"}),
    ("only the pose matters to me", GROUP, {"criterion": "pose"}),
    ("tell the cats from the dogs", INTO, {"values": ["cats", "dogs"]}),
    ("divide my shots between indoors and outdoors", INTO, {"values": ["indoors", "outdoors"]}),
    ("separate smiling people from the others", INTO, {"values": ["smiling people"], "rest": "other"}),
    ("sort out who wears glasses and who doesn't", GROUP, {"criterion": "who wears glasses and who doesn't"}),
    ("hair colour please, five groups", GROUP, {"criterion": "hair colour", "groups": 5}),
    ("give me four piles sorted by light", GROUP, {"criterion": "light", "groups": 4}),
    ("I need them in 3 groups by size", GROUP, {"criterion": "size", "groups": 3}),
    ("could you sort the photos of my holiday by place?", GROUP, {"criterion": "place"}),
    ("use the facial expression to group them", GROUP, {"criterion": "facial expression"}),
    ("let the time of day decide", GROUP, {"criterion": "time of day"}),
    ("group together whatever has the same shape", GROUP, {"criterion": "shape"}),
    ("find all the different kinds of flower", GROUP, {"criterion": "kinds of flower"}),
    ("try breed", GROUP, {"criterion": "breed"}),
    ("switch to colour", GROUP, {"criterion": "colour"}),
    ("do the same for age", GROUP, {"criterion": "age"}),
    ("once more, but by style", GROUP, {"criterion": "style"}),
    ("and now the same with mood", GROUP, {"criterion": "mood"}),
    ("regroup everything, this time by vehicle", GROUP, {"criterion": "vehicle"}),
    # how many
    ("too many, make it four", GROUP, {"criterion": LAST, "groups": 4}),
    ("I'd rather have three", GROUP, {"criterion": LAST, "groups": 3}),
    ("can you get it down to 5 groups?", GROUP, {"criterion": LAST, "groups": 5}),
    ("six groups would be better", GROUP, {"criterion": LAST, "groups": 6}),
    ("that should be 8 groups", GROUP, {"criterion": LAST, "groups": 8}),
    ("seven is enough", GROUP, {"criterion": LAST, "groups": 7}),
    # propose
    ("I'm not sure what to do with these", PROPOSE, {}),
    ("what are these pictures about?", PROPOSE, {}),
    ("is there anything interesting in here?", PROPOSE, {}),
    ("help me find a good way to sort them", PROPOSE, {}),
    ("what would you do with these?", PROPOSE, {}),
    ("you decide", PROPOSE, {}),
    ("what do they have in common?", PROPOSE, {}),
    ("how do they differ?", PROPOSE, {}),
    ("show me what's possible", PROPOSE, {}),
    ("any other way to group them?", PROPOSE, {}),
    # show
    ("where do we stand?", SHOW, {}),
    ("what have you got so far", SHOW, {}),
    ("let's see the result", SHOW, {}),
    ("how big are the groups?", SHOW, {}),
    ("can I look at the sad ones?", SHOW, {"cluster": "sad"}),
    ("what did you put into happy?", SHOW, {"cluster": "happy"}),
    ("I'd like to have a look at group 3", SHOW, {"cluster": "3"}),
    ("which photos ended up in angry?", SHOW, {"cluster": "angry"}),
    ("zoom in on the second group", SHOW, {"cluster": "2"}),
    ("anything left over?", SHOW, {"cluster": "unsorted"}),
    ("what could you not sort?", SHOW, {"cluster": "unsorted"}),
    # explain
    ("what is #4 doing in sad?", "explain", {"image": "#4"}),
    ("what's the reason #9 is in happy?", "explain", {"image": "#9"}),
    ("I don't get why IMG_2.jpg is in angry", "explain", {"image": "IMG_2.jpg"}),
    ("for what reason did you put #11 there?", "explain", {"image": "#11"}),
    ("what made you think #5 is happy?", "explain", {"image": "#5"}),
    ("how did beach_01.png get into sad?", "explain", {"image": "beach_01.png"}),
    # merge
    ("there's no difference between happy and glad", MERGE, {"clusters": ["happy", "glad"]}),
    ("sad and gloomy mean the same", MERGE, {"clusters": ["sad", "gloomy"]}),
    ("I see no reason to keep happy and glad apart", MERGE, {"clusters": ["happy", "glad"]}),
    ("stick 2 and 4 together", MERGE, {"clusters": ["2", "4"]}),
    ("happy and glad can go together", MERGE, {"clusters": ["happy", "glad"]}),
    ("add gloomy to sad", MERGE, {"clusters": ["gloomy", "sad"], "name": "sad"}),
    ("gloomy is just sad", MERGE, {"clusters": ["gloomy", "sad"], "name": "sad"}),
    ("groups 1, 2 and 5 are all the same", MERGE, {"clusters": ["1", "2", "5"]}),
    # split
    ("the angry group is too big, split it", SPLIT, {"cluster": "angry"}),
    ("sad is really two groups", SPLIT, {"cluster": "sad", "parts": 2}),
    ("there are three different things in happy", SPLIT, {"cluster": "happy", "parts": 3}),
    ("group 2 mixes two things", SPLIT, {"cluster": "2", "parts": 2}),
    ("make two groups out of angry", SPLIT, {"cluster": "angry", "parts": 2}),
    ("take sad apart", SPLIT, {"cluster": "sad"}),
    ("within happy, separate by age", SPLIT, {"cluster": "happy", "by": "age"}),
    ("go deeper into happy by hair colour", SPLIT, {"cluster": "happy", "by": "hair colour"}),
    # rename
    ("happy is not a good name, call it joyful", RENAME, {"cluster": "happy", "name": "joyful"}),
    ("I would call group 2 grumpy", RENAME, {"cluster": "2", "name": "grumpy"}),
    ("group 3 is actually surprised people", RENAME, {"cluster": "3", "name": "surprised people"}),
    ("give group 1 the name Cheerful", RENAME, {"cluster": "1", "name": "Cheerful"}),
    ("the name of sad should be Blue", RENAME, {"cluster": "sad", "name": "Blue"}),
    # move
    ("#7 is wrong there, it belongs in happy", MOVE, {"images": ["#7"], "to": "happy"}),
    ("#3 doesn't belong in sad", "explain", {"image": "#3", "not_in": "sad"}),
    ("#12 is not sad but happy", MOVE, {"images": ["#12"], "to": "happy"}),
    ("#5 is in the wrong group, it should be angry", MOVE, {"images": ["#5"], "to": "angry"}),
    ("make #2 and #6 a new group called odd", MOVE, {"images": ["#2", "#6"], "to": "odd"}),
    ("kick #9 out of happy", MOVE, {"images": ["#9"], "to": "unsorted", "out_of": "happy"}),
    ("15 is actually sad", MOVE, {"images": ["#15"], "to": "sad"}),
    ("15 should be sad", MOVE, {"images": ["#15"], "to": "sad"}),
    ("#3 is not happy", "explain", {"image": "#3", "not_in": "happy"}),
    ("IMG_4.jpg should be with the sad ones", MOVE, {"images": ["IMG_4.jpg"], "to": "sad"}),
    ("can #4 go to angry?", MOVE, {"images": ["#4"], "to": "angry"}),
    # undo, redo
    ("no no, that's not what I meant", "undo", {}),
    ("put it back the way it was", "undo", {}),
    ("I changed my mind about that last one", "undo", {}),
    ("that made it worse", "undo", {}),
    ("can I have the previous grouping back?", "undo", {}),
    ("no wait, it was better with that change", "redo", {}),
    ("put the change back in", "redo", {}),
    # export
    ("I'm happy with this, write it to ~/done", EXPORT, {"to": "~/done"}),
    ("make me a folder for each group in ~/sorted", EXPORT, {"to": "~/sorted"}),
    ("can I have these as folders under /tmp/x?", EXPORT, {"to": "/tmp/x"}),
    ("export to ~/out as move", EXPORT, {"to": "~/out", "mode": "move"}),
    ("export to ~/out, don't copy, just link", EXPORT, {"to": "~/out", "mode": "link"}),
    ("put symlinks to everything in ~/links", EXPORT, {"to": "~/links", "mode": "link"}),
    ("really move the files into folders under ~/out", EXPORT, {"to": "~/out", "mode": "move"}),
    ("I want copies in ./sorted", EXPORT, {"to": "./sorted", "mode": "copy"}),
    # help
    ("I'm stuck", "help", {}),
    ("what are my possibilities here?", "help", {}),
    ("what do you understand?", "help", {}),
    ("how do I tell you what I want?", "help", {}),
]  # fmt: skip

NOT_MEANT = [
    "I like the second group",
    "happy is a nice name",
    "what a beautiful picture",
    "how are you?",
    "who made you?",
    "the sky is blue",
    "I am happy",
    "seven",
    "can you print them?",
    "send the sad ones to my sister",
    "get rid of #3",
    "throw the blurry ones out",
    "make the dark ones lighter",
    "what about lunch?",
    "switch off",
    "find my keys",
    "try again later",
    "is there a faster way?",
    "don't export to ~/out",
    "do not merge anything",
]
"""Sentences of which none may change anything; to be shown help or what there is does no harm."""


@pytest.mark.parametrize(("text", "tool", "arguments"), PHRASINGS, ids=[row[0] for row in PHRASINGS])
def test_understands_what_people_say(text: str, tool: str, arguments: dict[str, object]) -> None:
    assert parse(text, HERE) == [Call(tool, arguments)]


def test_there_are_a_hundred() -> None:
    assert len({row[0].lower() for row in PHRASINGS}) >= 100


@pytest.mark.parametrize("text", NOT_MEANT)
def test_what_asks_for_nothing_changes_nothing(text: str) -> None:
    answer = parse(text, HERE)
    assert isinstance(answer, Reply) or {call.tool for call in answer} <= {"help", "show", "explain"}
