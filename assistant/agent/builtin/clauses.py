"""Says where one clause of a sentence ends and the next begins."""

import re
from collections.abc import Iterator

MOST = 6
"""The most clauses that a sentence is taken apart into."""

_STEPS = re.compile(
    r"\s*;\s*|\s*\n\s*|\.\s+(?=then\b)|,?\s+(?:and\s+)?(?:then|after that|afterwards|after which)\s+(?=\S)",
    re.IGNORECASE,
)
"""Matches where one step of a request ends and the next begins."""
_TWO_NAMES = re.compile(
    r"(?P<first>(?:please )?(?P<verb>rename|relabel) "
    r"[\w' #\ue000-\uf8ff-]+? (?:to|as|into) [\w' \ue000-\uf8ff-]+?),? and "
    r"(?P<second>[\w' #\ue000-\uf8ff-]+? (?:to|as|into) [\w' \ue000-\uf8ff-]+?)[.!]?",
    re.IGNORECASE,
)
"""Matches two groups that are given names with one verb."""
_CALLS_TWO = re.compile(
    r"(?P<verb>(?:please )?(?:call|name|label)) (?P<first>(?:the [\w ]+? group"
    r"|the (?:first|1st|\w+) (?:part|half|one|group|pile|cluster)|the first"
    r"|(?:group |cluster |number )?\d+) .+?),? and (?:call |name )?"
    r"(?P<second>(?:the [\w ]+ group|the (?:second|2nd|other|last)(?: (?:part|half|one|group|pile|cluster))?"
    r"|(?:group |cluster |number )?\d+) .+?)[.!]?",
    re.IGNORECASE,
)
"""Matches two groups that are called by their place, with one verb: "call the first part cats and the second dogs"."""
_FOLDER = r"(?:~|\.{1,2}/|/(?=\w)|[A-Za-z]:[\\/])[^\s,;]*|[\ue000-\uf8ff]|\"[^\"]+\"|'[^']+'"
_WRITES = "(?:export|save|write|copy|link|move|put|store|send|dump)"
_VERB = re.compile(rf"{_WRITES} ", re.IGNORECASE)
_SEVERAL_FOLDERS = re.compile(
    rf"(?P<verb>(?:(?:please|now|can you|could you) )*{_WRITES}) "
    rf"(?P<rest>[^,;]+? (?:in)?(?:to|in|under) (?:the folder )?(?:{_FOLDER})(?:(?:,? (?:and|but) |[,;] )"
    rf"[^,;]+? (?:in)?(?:to|in|under) (?:the folder )?(?:{_FOLDER}))+)(?P<end>[.!]?| as [\w ]+)",
    re.IGNORECASE,
)
"""Matches several folders that are written with one verb: "save the sad ones to ~/a and the happy ones to ~/b"."""
_ONE_FOLDER = re.compile(
    rf"(?P<what>[^,;]+?) (?P<to>(?:in)?(?:to|in|under) (?:the folder )?(?:{_FOLDER}))(?:,? (?:and|but) |[,;] |$)"
)
_THE_REST = re.compile(
    r"(?:all )?(?:the )?(?:rest|others|other ones|everything else|remaining ones)", re.IGNORECASE
)
_BEGUN_AGAIN = re.compile(
    r"(?P<verb>[a-z]+) .*?(?:\.{2,}|…|,|\s[-–]+)\s*"
    r"(?:(?:no|nah|wait|sorry|oops|scratch that|i mean|i meant|or rather|rather)(?:\.{2,}|…|,)?\s+)+"
    r"(?P<meant>(?P=verb) .+)",
    re.IGNORECASE,
)
"""Matches a sentence that somebody begins anew with its verb: "cut the biggest... i mean cut happy in two"."""
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\s*(?:\.\.\.|…)\s*|\s+[-–]+\s+")
_COMMAS = re.compile(_SENTENCES.pattern + r"|\s*,\s+(?:(?:and|but|so|then|because)\s+)*")
_SO = re.compile(r",?\s+(?:but|so|because)\s+", re.IGNORECASE)
_AND = re.compile(r",?\s+(?:and|but|so|because)\s+(?:then\s+)?", re.IGNORECASE)


def clauses(text: str, at_and: bool = True) -> Iterator[list[str]]:
    """Yield ways to take a sentence apart, the surest first: at its stops, at its commas, at one "and" or "so"."""
    seen: list[list[str]] = []
    for pattern in (_SENTENCES, _COMMAS):
        parts = [part.strip() for part in pattern.split(text) if part.strip(" .!?,")]
        if 1 < len(parts) <= MOST and parts not in seen:
            seen.append(parts)
            yield parts
    places = list((_AND if at_and else _SO).finditer(text))
    if len(places) <= MOST:
        yield from ([text[: m.start()], text[m.end() :]] for m in places)


def without_false_start(text: str) -> str:
    """Return a text without what its speaker took back in the middle of it; the text where nothing was."""
    match = _BEGUN_AGAIN.fullmatch(text.strip())
    return match["meant"] if match else text


def steps_of(text: str) -> list[str]:
    """Return the steps of a request, one after the other: "merge 1 and 2, then show them" has two, and so has
    "rename 1 to joy and 2 to sorrow"."""
    if match := _TWO_NAMES.fullmatch(text.strip()):
        return [f"{match['first']}", f"{match['verb']} {match['second']}"]
    if match := _CALLS_TWO.fullmatch(text.strip()):
        return [f"{match['verb']} {match['first']}", f"{match['verb']} {match['second']}"]
    if match := _SEVERAL_FOLDERS.fullmatch(text.strip()):
        return _exports(match)
    return [step for step in _STEPS.split(text) if step.strip()]


def _exports(match: re.Match[str]) -> list[str]:
    """Return a sentence for each folder; the rest is what was named for none before."""
    steps: list[str] = []
    before: list[str] = []
    for one in _ONE_FOLDER.finditer(match["rest"]):
        own = _VERB.match(one["what"])
        verb, what = (own[0].strip(), one["what"][own.end() :]) if own else (match["verb"], one["what"])
        if before and _THE_REST.fullmatch(what):
            what = f"all but {' and '.join(before)}"
        before.append(what)
        steps.append(f"{verb} {what} {one['to']}{match['end']}")
    return steps
