"""Tells yes and no, as people type them: this is the one place that knows how."""

import re

BARE_YES, BARE_NO = r"y(?:es|ep|eah|up)?", r"n(?:o(?:pe)?)?"
"""Nothing but the word itself, as part of an expression."""

_YES = re.compile(
    rf"(?:{BARE_YES}|ok(?:ay)?|sure|of course|fine|good|right|accept(?:ed)?(?: it)?|approved?"
    r"|(?:just )?(?:go(?: ahead)?|do(?: it| so| that)?)|please(?: do)?|(?:sounds|looks) good|why not)"
    r"(?:[ ,]+(?:now|please(?: do)?|(?:just )?do(?: it| so| that)?|(?:just )?go ahead|thanks|thank you))*",
    re.IGNORECASE,
)
_NO = re.compile(
    rf"(?:{BARE_NO}[ ,]+)?(?:{BARE_NO}|not (?:now|yet|today|sure|necessary)|(?:maybe )?later|none"
    r"|reject(?:ed)?|(?:just )?(?:cancel|stop)|abort|(?:please )?(?:don't|do not)|never mind|forget it|nothing"
    r"|leave it|skip(?: it)?|thanks|thank you)"
    r"(?:[ ,]+(?:thanks|thank you|please))*",
    re.IGNORECASE,
)
_TAKES_BACK = re.compile(
    r"(?:(?:yes|yeah|no|nope|nah|actually|wait|sorry|hm+|oh|ok(?:ay)?|well)[ ,.]+)*"
    r"(?:(?:(?:i|we)(?:'ve| have)? )?(?:just )?changed (?:my|our) minds?"
    r"|on second thoughts?(?:,? (?:no|not|never mind))?"
    r"|(?:never ?mind|forget|cancel|drop|scratch|skip) (?:that|this|it|the export)|(?:rather|better) not"
    r"|(?:i|we) (?:don't|dont|do not|didn't|didnt) (?:want|need|mean) (?:that|this|it|to)"
    r"(?: any ?more| after all| yet)?"
    r"|not like (?:that|this))",
    re.IGNORECASE,
)


def says_yes(text: str) -> bool:
    """Return whether a text is a yes and nothing else: "ok, go ahead"."""
    return _YES.fullmatch(text.strip(" .!")) is not None


def says_no(text: str) -> bool:
    """Return whether a text is a no and nothing else: "no thanks"; thanks alone are none."""
    bare = text.strip(" .!")
    return _NO.fullmatch(bare) is not None and not re.fullmatch(r"thanks|thank you", bare, re.IGNORECASE)


def takes_back(text: str) -> bool:
    """Return whether a text says only that what waits is not wanted after all: "I changed my mind"."""
    return _TAKES_BACK.fullmatch(text.strip(" .!")) is not None
