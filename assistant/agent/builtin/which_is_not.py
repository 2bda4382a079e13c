"""Asks which picture is meant where somebody says what "that" is not, and nothing tells which one "that" is."""

import re
from collections.abc import Iterable

from assistant.agent.builtin.lexicon import PICTURES, PILE, images
from assistant.agent.builtin.slots import READERS
from assistant.agent.builtin.values_listed import named_value
from assistant.agent.calls import Reply, Understood
from assistant.agent.tools.base import DialogueContext
from tools.names import quoted

_ASKS = "Which picture is not"
"""The beginning of the question, by which the reply to it is known."""
_OF_ONE = re.compile(r"(?:that|this|it)\b", re.IGNORECASE)
"""Matches the beginning of what is said of one picture, as "these are not happy" is not."""
_SAID = re.compile(r"(?P<article>(?:an? )?)(?P<name>.+)", re.IGNORECASE)
_REMARK = re.compile(
    r"\b(?:problem|question|joke|idea|bug|option|choice|reason|lot|bit|mistake|error|issue|matter|solution|surprise|shame"
    r"|must|fan|match|fit|help|deal|way|case|secret|lie|rumou?r|hurry|rush|competition|contest|game|test|exam|coincidence|accident|given|trick|prank|feature|crime|sin|drama|race|must-have|requirement|emergency|big|disaster|tragedy|miracle|theory|plan|promise|threat|request|order|demand|command|suggestion|guess|hint|clue|riddle|mystery|pity|loss|win|waste|burden|chore|habit|rule|law|right|privilege|point|fact|result|results|success|improvement|change|mess|thing|keeper|favou?rite"
    r"|example|member|outlier|priority|grouping|clustering|sorting|split|move|difference|single"
    r"|good|bad|nice|great|fine|better|best|worse|worst|right|wrong|correct|true|fair|real|proper|useful|helpful"
    r"|sensible|easy|hard|clear)\b",
    re.IGNORECASE,
)
"""Matches what is said of what was done, or is an opinion, and says of no picture what it shows: "a good idea"."""
_ANY_PICTURE = re.compile(
    rf"\b(?:{PICTURES}|{PILE}|shots?|snaps?|snapshots?|pics?|jpe?gs?|pngs?|gifs?|tiffs?|heics?|raws?|videos?)\b",
    re.IGNORECASE,
)
"""Matches words for any picture, file or group: "#4 is not a picture" says nothing about where it belongs."""
_NO_NOUN = re.compile(
    r"\b(?:of|for|in|on|at|to|with|from|like|as|than|by|but|and|or|nor|that|which|who|because|since|if|when|though|any"
    r"|some|the|this|these|those|my|mine|your|yours|our|ours|his|her|hers|their|theirs|it|me|you|us|such|so|very|too"
    r"|just|only|really|all|either|yet|now|here|there|anymore|more|longer|enough|anyway|today|again|still|also|even"
    r"|much|is|are|was|were|be|been)\b"
    r"|\w+ly$(?<!family)(?<!lily)(?<!jelly)(?<!belly)(?<!butterfly)(?<!dragonfly)|\b\w{2,}[^\We]ed$",
    re.IGNORECASE,
)
"""Matches what stands in no name of a thing, and adverbs and participles at its end: "an edited", "a dog obviously"."""
_MOST_WORDS = 3
"""The most words of what a picture is said not to show."""
_COMPARED = re.compile(
    r"\b(?:same|one|alike|similar|identical|equal|related|linked|duplicates?|copy|copies|pair)\b",
    re.IGNORECASE,
)
"""Matches what tells pictures from one another: "#5 and #6 aren't the same person"."""


def which_is_not(said: str, dialogue: DialogueContext) -> Reply | None:
    """Return the question which picture is not what was said, such as "a bag" or "happy"; None where one picture was
    spoken of, or where the words are more likely a remark."""
    match = _SAID.fullmatch(said)
    if match is None or not dialogue.names or len(dialogue.images) == 1:
        return None
    article, name = match.groups()
    known = dialogue.has(name)
    if not known and not (article and is_thing(name)):
        return None
    what = f"in {quoted(dialogue.named(name))}" if known else f"{article}{quoted(name)}"
    return Reply(f'{_ASKS} {what}? Say its number, such as "#4".', asks=True)


def statement_completed(question: str, reply: str) -> str:
    """Return the statement that a picture completes after that question, "#4 is not a bag"; "" after any other, and
    where the reply says more."""
    asked = re.match(rf"{_ASKS} (?P<what>.+)\? Say its number", question)
    return f"{reply} is not {asked['what']}" if asked and isinstance(images(reply), list) else ""


def which_of_several(said: str, answers: Iterable[Understood]) -> Reply | None:
    """Return the question which picture is meant, where several were spoken of and all that is said is what "that" is
    not; "that's not a bag, it's a shoe" says more."""
    return next(
        (answer for answer in answers if isinstance(answer, Reply) and asks_which(said, answer)), None
    )


def asks_which(said: str, reply: Reply) -> bool:
    """Return whether a reply to what was said is that question, and it was said of one: "this", but not "these"."""
    return reply.text.startswith(_ASKS) and _OF_ONE.match(said) is not None


def is_thing(name: str) -> bool:
    """Return whether words that stand behind "a" or "an" are a thing that a picture may show: "shoe" or "red violin",
    but no remark, no word for any picture, and nothing that says more."""
    words = name.split()
    if len(words) > _MOST_WORDS or not all(READERS["word"](word) for word in words):
        return False
    others = (_COMPARED, _REMARK, _ANY_PICTURE, _NO_NOUN)
    return named_value(name) is not None and not any(other.search(name) for other in others)
