"""Knows sentences that tell of a wish and are none: what somebody else wants, and what is put off or denied at once."""

import re

from assistant.agent.builtin.mood import Mood, mood
from assistant.agent.calls import Reply

_PERSON = (
    r"(?:wife|husband|partner|boss|clients?|customers?|friends?|colleagues?|co-?workers?|daughter|son|mother|father|mum|mom"
    r"|dad|brother|sister|supervisor|professor|advisor|manager|team|editor|assistant|kids?|girlfriend|boyfriend|neighbou?r"
    r"|reviewers?|students?|person|photographer|owner|seller|teacher|expert|curator|archivist|uncle|aunt|cousin"
    r"|grand(?:ma|pa|mother|father)|parents?|guy|man|woman|lady)"
)
_REPORTED = re.compile(
    rf"(?P<before>[^,;:]+[,;:] )?(?:\W|(?:and|but|well|ok|so|actually) )*"
    rf"(?:(?:(?:my|our|his|her|the|one|a)(?: [\w-]+)? )?{_PERSON}(?: (?:who|that|from|at|in) [\w' -]+?)?"
    r"|he|she|they(?! would)|somebody|someone"
    r"|everybody|everyone|(?:(?:some|most|other) )?people|(?-i:[A-Z][a-z]+)(?= (?:said|says|thinks|wants|told) )"
    r"(?<!\bWe)(?<!\bYou)(?<!\bWho)(?<!\bWhat))(?: always| also| still| really| just)*"
    r" (?:(?:thinks?|thought|says?|said|wants?|wanted|wishes|suggests?|suggested|prefers?|preferred|told|tells|asked"
    r"|asks|believes?|claims?|would(?: have)?|'d|keeps?|kept|recommends?|recommended|insists?|insisted)[,:]? "
    r"|(?:did|made|split|put|merged|moved|sorted|grouped|renamed) (?!(?:by|of|in|into|to|together|apart)\b)"
    r"|called (?:it|them|this|that|#|\d))",
    re.IGNORECASE,
)
_SAID_BY = re.compile(
    rf".+ (?:said|says|thinks) (?:(?-i:[A-Z][a-z]+)|he|she|they|(?:my|our|the) {_PERSON})[.!]*", re.IGNORECASE
)
_TOLD_TO = re.compile(
    r"(?:\W|(?:and|but|well|ok|so|actually) )*(?!(?:i|we|you|who|what|which|that|it)\b)[\w-]+ "
    r"(?:said|says|told (?:me|us|you)|asked (?:me|us|you)|wants? (?:me|us|you)) "
    r"(?:(?:not )?to|(?:that )?(?:we|i|you) (?:should|must|could|ought to))\b",
    re.IGNORECASE,
)
"""Match what tells of somebody else's wish, before it and behind it ("#4 is a shoe, said Anna"), and of an order of
theirs, by whatever name: "anna said to merge 1 and 2"."""
_SO = re.compile(
    r"[,;.]\s+(?:and )?(?:so|now|please|can you|could you),? (?!do (?:it|that|so|this)\b)", re.IGNORECASE
)
"""Matches where somebody's own request begins behind that."""
_WANTS_IT = re.compile(
    r"[^,;.]*?\b(?:wants?|needs?|would like|asks? for|asked for|is asking for) (?!(?:me|us|you|to)\b)[^,;.]+[,;.]\s+"
    r"(?P<own>.+)",
    re.IGNORECASE,
)
"""Matches a thing that somebody else wants, and the order to get it: "my boss wants a list, export to ~/x"."""
_PUT_OFF = re.compile(
    r".+(?:,| but| -| and(?= i\b))+ (?:i (?:disagree|don't agree|do not agree|don't think so|am not sure|'m not sure)"
    r"|i'm not sure(?: yet)?|not (?:now|today|yet|this time|right now)"
    r"|(?:maybe |perhaps )(?:later|tomorrow|another time|not)"
    r"|(?:later|another time|some other time))[.! ]*",
    re.IGNORECASE,
)
_NEVER_MIND = re.compile(
    r"(?:(?:ok|no|oh|actually|well)[, ]+)*(?:never ?mind|don't bother (?:with|about)|don't worry about) (?:about )?"
    r"(?:(?:the|my|these|those) )?[\w-]+(?: [\w-]+){0,2}[.! ]*",
    re.IGNORECASE,
)
_AN_ORDER = re.compile(r"\b(?:sort|group|split|merge|rename|move|show|export|undo|lock|put)\b", re.IGNORECASE)
"""Match what somebody no longer cares for, and what makes a request of it."""


def own_wish(text: str) -> str:
    """Return a request without what somebody else says beside it; the text where there is no such thing: "put #4 into
    hats, my wife thinks it is one", "my boss wants a list, so export as csv"."""
    match = _REPORTED.match(text) or _TOLD_TO.match(text)
    if match is None:
        return text
    before = match.groupdict().get("before")
    if before and mood(before) in (Mood.ORDER, Mood.REQUEST):
        return before.strip(" ,;:")
    wants = _WANTS_IT.fullmatch(text)
    if wants and mood(wants["own"]) in (Mood.ORDER, Mood.REQUEST):
        return wants["own"]
    own = _SO.search(text, match.end())
    return text[own.end() :] if own else text


def no_wish(text: str) -> Reply | None:
    """Return the answer to a sentence that tells of a wish which is not what the person asks for now; None for any
    other sentence."""
    if _PUT_OFF.fullmatch(text) and mood(text) is not Mood.QUESTION:
        return Reply("All right, nothing was done. Say it again when you want it.", undone=True)
    if _NEVER_MIND.fullmatch(text) and not _AN_ORDER.search(text):
        return Reply("All right.", undone=True)
    if _REPORTED.match(text) or _TOLD_TO.match(text) or _SAID_BY.fullmatch(text):
        return Reply(
            "Nothing was done, as that is what somebody else says. If you want it as well, say what I shall do.",
            asks=True,
        )
    return None
