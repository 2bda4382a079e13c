"""Knows the small words of requests: politeness, quotes, numbers, and how people point at groups and images.

Expressions stand here for what is pointed at, and for that alone; sentences are templates
(`assistant.agent.intents`).
"""

import re
from collections.abc import Iterable
from functools import cache

from assistant.agent.builtin.phrases import phrases
from assistant.agent.sentence_files import ENGLISH, sentence_data

MOST_IMAGES = 1000
"""The most images that one request can name, as in "#1-#1000"."""
_FIRST_MARK = 0xE000
_MARKS = "[\ue000-\uf8ff]"

_COUNTED = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
NUMBERS = {word: n for n, word in enumerate(_COUNTED.split(" "))} | {
    "a couple of": 2,
    "a couple": 2,
    "a dozen": 12,
}
_NTH = "first second third fourth fifth sixth seventh eighth ninth tenth"
ORDINALS = {word: n for n, word in enumerate(_NTH.split(" "), 1)}

NUMBER = r"(?:\d{1,6}|" + "|".join(sorted(NUMBERS, key=len, reverse=True)) + ")"
PILE = (
    r"(?:groups?|clusters?|piles?|stacks?|folders?|categor(?:y|ies)|class(?:es)?|bins?|buckets?|sets?"
    r"|parts?|pieces?|heaps?|albums?)"
)
PICTURES = (
    r"(?:images?|pictures?|pics?|photos?|photographs?|faces?|files?|collection|folder|people|lot|things?)"
)
ALL = (
    rf"(?:(?:all|each|every one)(?: of)?(?: (?:the|my|these|those|this))?(?: {PICTURES})?"
    rf"|(?:the|my|these|those|this|your|whole|the whole)(?: {PICTURES})?|{PICTURES}"
    r"|them(?: all)?|it(?: all)?|everything)"
)
_COUNTED_AFTER = re.compile(
    rf"(?P<what>.+?)[\s,.]+(?:(?:in|into|with|using|about|around|say|just|maybe|roughly|exactly|like|make it)\s+)*"
    rf"(?P<number>{NUMBER}) (?:different |separate |distinct |big )?{PILE}",
    re.IGNORECASE,
)
_MODE = re.compile(
    r"[\s,(]*(?:--)?\b(?:(?:as|by|in|mode|use|using|with)(?: a)?[ =:]+(?:the )?"
    r"(?P<bare>copy|move|(?:sym)?link)(?: mode)?"
    r"|and (?P<verb>copy|move|link)(?= (?:the |all |my )*(?:them|files|images|pictures|photos|originals)\b)"
    r"|(?:as|with|using|by|but|and use)?\s*\b(?:(?:the|just|only) )?"
    r"(?P<mode>cop(?:ies|ying)|moves|(?:sym(?:bolic )?|soft |hard )?-?link(?:s|ing)|moving)"
    r"|as (?P<done>copied|moved|linked)|\b(?P<end>copied|moved|linked)(?=$))"
    r"(?: the| all| my)*(?: them| files| images| pictures| photos| originals)?\)?(?=$|\s|,)",
    re.IGNORECASE,
)
"""Says how files are to be exported: "as links", "as move", "moving the files"."""
_NO_MODE = re.compile(
    r"[\s,;]*\b(?:(?:and |but )?(?:(?:i|we) )?(?:do not|don't)(?: (?:want|need|like))?"
    r"|without|no|not|instead of|rather than)"
    r"(?: the| any)? (?:cop|mov|link)\w*"
    r"(?: (?:them|the files|the images|anything))?(?:,? (?:but|just|only)+ (?P<but>cop(?:y|ies)|move|(?:sym)?links?))?",
    re.IGNORECASE,
)
"""Says how files are not to be exported, and perhaps how instead: "don't copy, just link"."""

ENDS_PATH = re.compile(
    r"\s*,|\s+(?:and|but|without|except|excluding|leaving out|skipping|not|only|just|as|with|using|moving|copying"
    r"|linking|instead|sorted|ordered|numbered|in order|in the order|by)\b",
    re.IGNORECASE,
)
"""Matches what ends a path that stands in no quotes: an option of the export, or something else that is to be done."""
NO_FOLDER = re.compile(
    rf"it|that|this|them|these|those|me|us|(?:(?:an?|the|one|another|some|any|each) )?(?:{PILE}|list|rest|others?)",
    re.IGNORECASE,
)
"""Matches what is not asked whether it is a folder: "add them to it", "to one group"."""

_ATTRIBUTES = """
accessories action activity age angle animal animals artist background blur brand breed brightness camera clothes
clothing color colors colour colours composition content contrast country cuisine date day direction dish emotion
emotions era event expression expressions feeling feelings flower food form fruit gaze gender genre glasses hair hue
identity kind layout lens light lighting location make material medium model month mood name number object objects
orientation pattern people person place plant pose position posture quality rank saturation scene season setting shape
sharpness size species sport style subject suit technique text texture theme time tone topic type value vegetable
vehicle weather weekday writing year
"""
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
"""The words that criteria end in, so that "emotion and hair colour" is two and "cats and dogs" is asked about."""

_PLEASE = re.compile(r"\s+please(?=\s*[,.;]\s)", re.IGNORECASE)
"""Matches a courtesy in the middle of a sentence."""
_ITS = re.compile(r"\bits (?=(?:not|no|an?)\b)", re.IGNORECASE)
"""Matches what is no possessive: "its not a photo"."""
_ARROW = re.compile(r"\s*[-=]+>\s*(?!group|sort|cluster)(?=\S)")
_FIRST_STOP = re.compile(r"\s*[,:!]\s*|\s*[.-]+\s+")
_QUOTED = re.compile(r"(?<!\w)(?:\"([^\"]+)\"|'([^']+)'|`([^`]+)`|“([^”]+)”|‘([^’]+)’|«([^»]+)»)(?!\w)")
IMAGE_EXTENSION = (
    r"\.(?:jpe?g|jfif|png|gif|webp|heic|heif|bmp|tiff?|avif|svgz?|psd|dng|nef|cr[23]|arw|raf|orf|rw2)"
)
"""The end of an image's file name, as an expression."""
IMAGE_FILE = re.compile(IMAGE_EXTENSION + "$", re.IGNORECASE)
"""Matches the end of an image's file name."""
_ASKING = re.compile(
    r"(?:why|how|who|what|which|where|when|is|are|was|were|isn't|does|do|did|should|can|could|would)(?:'s)?\s",
    re.IGNORECASE,
)
"""Matches the words that a question begins with, which are no part of a file name."""


def without_mode(text: str) -> tuple[str, str]:
    """Return a part of a request without the words for how files are to be exported, and that mode: "copy", "link" or
    "move", "" if unsaid."""
    mode = ""
    if (match := _NO_MODE.search(text)) and match.group("but"):
        mode = match.group("but").lower().removeprefix("sym")
    text = _NO_MODE.sub("", text)
    if match := _MODE.search(text):
        mode = next(how for how in match.groupdict().values() if how).lower()
    named = {"c": "copy", "m": "move"}.get(mode[0], "link") if mode else ""
    return _MODE.sub("", text).strip(" ,"), named


def form_asked(question: str) -> str:
    """Return how the export goes on whose folder was asked for, " as json lines"; "" where it is folders."""
    match = re.search(r'"export( as [\w ]+) to ', question)
    return match[1] if match else ""


def mode_anywhere(text: str) -> str:
    """Return how files are to be exported, wherever a sentence says so: "copy", "link", "move", or ""."""
    told = r"\b(?P<mode>cop(?=y|ies)|mov(?=e|ing)|(?:sym(?:bolic )?)?link)"
    match = re.search(told, _NO_MODE.sub(r" \g<but>", text), re.IGNORECASE)
    return {"c": "copy", "m": "move"}.get(match["mode"].lower()[0], "link") if match else ""


def is_everything(text: str) -> bool:
    """Return whether a text stands for all groups: "them", "the folders", "the result"."""
    results = rf"{PILE}|results?|clusterings?|groupings?|assignments?|labels|annotations"
    everything = rf"|{ALL}|that|this|(?:all )?(?:of )?(?:the |my )?(?:{results})"
    return re.fullmatch(everything, text, re.IGNORECASE) is not None


def is_path(text: str) -> bool:
    """Return whether a text looks like a path rather than a name."""
    return re.search(r"[/\\~]|^\.", text) is not None


class Quotes:
    """Hides the quoted parts of a text, each behind one character that no rule can cut up."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def hide(self, text: str, names: Iterable[str] = ()) -> str:
        """Return the text with every quoted part, and each of these names, replaced by a mark."""
        text = _QUOTED.sub(self._keep, re.sub(_MARKS, "", text))
        for name in sorted(names, key=len, reverse=True):
            text = re.sub(rf"(?<!\w)({re.escape(name)})(?!\w)", self._keep, text, flags=re.IGNORECASE)
        return text.replace("\u2019", "'")

    def show(self, text: str) -> str:
        """Return the text with every mark replaced by what was quoted, without the quotes."""
        return re.sub(_MARKS, self._kept, text).strip()

    def quote(self, text: str) -> str:
        """Return the text with every mark replaced by what was quoted, in single quotes."""
        return re.sub(_MARKS, lambda mark: f"'{self._kept(mark)}'", text)

    def _kept(self, mark: re.Match[str]) -> str:
        return self.kept[ord(mark.group()) - _FIRST_MARK]

    def _keep(self, match: re.Match[str]) -> str:
        self.kept.append(next(part for part in match.groups() if part))
        return chr(_FIRST_MARK + len(self.kept) - 1)


def is_quoted(text: str) -> bool:
    """Return whether a text is one hidden quotation and nothing else."""
    return re.fullmatch(_MARKS, text.strip()) is not None


_RANGE = re.compile(
    r"(?P<looks>\b(?:show|see|view|open|look at|list|display|from|pictures?|images?|photos?)\b[^#,;]*)?#(?P<first>\d+)"
    r" ?(?P<to>-|–|to|till|until|through|thru|up to) ?#?(?P<last>\d+)\b",
    re.IGNORECASE,
)
"""Matches the first and the last of some pictures; "move #1 to #5" is none."""
_MOST_IN_RANGE = 50


def _all_between(match: re.Match[str]) -> str:
    first, last = int(match["first"]), int(match["last"])
    if not first < last <= first + _MOST_IN_RANGE or (
        match["to"].casefold() == "to" and match["looks"] is None
    ):
        return match[0]
    *most, end = (f"#{number}" for number in range(first, last + 1))
    looks = re.sub(r"\bfrom\s*$", "", match["looks"] or "", flags=re.IGNORECASE)
    return f"{looks}{', '.join(most)} and {end}"


def spelled_out(text: str) -> str:
    """Return a text with hasty spellings written in full: "whats", "pls", "2nd", "#1-#5"."""
    text = _RANGE.sub(_all_between, text)
    text = _ITS.sub("it's ", _PLEASE.sub("", _ARROW.sub(" becomes ", text)))
    # "6 and 10 r shoes" and "al my pics", but a group may be called so.
    text = re.sub(r"\bal(?= (?:my|the|of|these|those)\b)", "all", re.sub(r"(?<=\w )r(?= \w)", "are", text))
    return re.sub(r"(?<![\w#'/.-])'?\w+'?(?![\w/-]|\.\w)", _in_full, text)


_SLIPS = {
    "".join(sorted(word)): word
    for word in ("everything", "together", "separate", "pictures", "picture", "photos", "images", "groups", "group",
                 "folder", "folders", "others", "between", "without", "rename", "export", "merge", "split", "please")
}  # fmt: skip
"""The words of requests by their letters, which a hasty hand writes in another order: "everyhting"."""


def _in_full(word: re.Match[str]) -> str:
    lower = word[0].casefold()
    slip = _SLIPS.get("".join(sorted(lower)), "")
    near = slip != lower and slip[:1] == lower[:1] and slip[-1:] == lower[-1:]
    return slip if near else _spellings().get(lower, word[0])


@cache
def _spellings() -> dict[str, str]:
    return {str(word): full for word, full in sentence_data(ENGLISH, "_spellings").items()}


def plain(text: str) -> str:
    """Return a request without what is only polite, one space between words, without a full stop at the end."""
    text = re.sub(r"\s*[-=]>\s*(?:group|sort|cluster)$", "", " ".join(text.split())).rstrip(" .!?,;:")
    while True:
        shorter = without_end(_without_start(text))
        if not shorter or shorter == text:
            return text
        text = shorter


def is_polite(text: str) -> bool:
    """Return whether a text is no more than polite, or a filler."""
    bare = text.strip(" .,!?:;-")
    return bare in phrases("_polite", "start") or bare in phrases("_polite", "start_before_a_stop")


def _without_start(text: str) -> str:
    head, comma, rest = (part.strip() for part in _FIRST_STOP.sub("\x00", text, count=1).partition("\x00"))
    if comma and rest and head in phrases("_polite", "start_before_a_stop"):
        return rest
    return phrases("_polite", "start").after_head(text)


def without_end(text: str) -> str:
    """Return a text without what is only polite at its end."""
    kept = phrases("_polite", "keep")
    if text in kept or kept.before_end(text) != text:
        return text
    return phrases("_polite", "end").before_end(text)


def number(text: str) -> int:
    """Read "7", "seven" or "a dozen" as a number."""
    text = text.lower()
    return int(text) if text.isdigit() else NUMBERS[text]


_THIS_TIME = re.compile(r",? (?:this time|for a change|for once|from now on)$", re.IGNORECASE)


def without_time(text: str) -> str:
    """Return a criterion without what says that it is meant for once: "number of people this time"."""
    return _THIS_TIME.sub("", text)


def with_number(text: str) -> tuple[str, int | None]:
    """Return what something is to be grouped by, and into how many groups where that is told after it: "age, say 5
    piles"."""
    match = _COUNTED_AFTER.fullmatch(text)
    return (match["what"], number(match["number"])) if match else (text, None)


def listed(text: str) -> list[str]:
    """Split "a, b and c" into its parts. What was quoted is one part."""
    parts = re.split(r"\s*(?:,\s*and\b|,|\band\b|&|\+|\bwith\b)\s*", text.strip(), flags=re.IGNORECASE)
    return [part.strip() for part in parts if part.strip()]


def group(text: str) -> str:
    """Return the name by which the tools are told of one group: "the happy ones" -> "happy", "cluster 2" -> "2"."""
    text = text.strip()
    text = re.sub(r"^(?:all )?(?:of )?(?:(?:the|my|those|these) )?", "", text, flags=re.IGNORECASE)
    if match := re.fullmatch(rf"({'|'.join(ORDINALS)}) (?:{PILE}|one)", text, re.IGNORECASE):
        return str(ORDINALS[match.group(1).lower()])
    if match := re.fullmatch(
        rf"(?:(?:a )?(?:new )?{PILE}|numbers?|no\.?(?= ?\d))(?: no\.?| number| called| named)? (.+)",
        text,
        re.IGNORECASE,
    ):
        rest = match.group(1)
        return str(NUMBERS[rest.lower()]) if rest.lower() in NUMBERS else rest
    return re.sub(rf" (?:{PILE}|ones?|{PICTURES})$", "", text, flags=re.IGNORECASE)


def is_image(text: str) -> bool:
    """Return whether a text can only mean an image: "#12", "image 5", "IMG_4.jpg", "portrait-003", or a quoted name."""
    return is_quoted(text) or image(text) != text or re.fullmatch(r"#?\d+|\S*[\d_.]\S*", text) is not None


def image(text: str) -> str:
    """Return the name by which the tools are told of one image: "picture no. 5" -> "#5"; a file name stays as it is."""
    match = re.fullmatch(
        rf"(?:the )?(?:(?:{PICTURES}|numbers?) )?(?:number |no\.? ?)?#?(\d+)", text.strip(), re.IGNORECASE
    )
    if match:
        return "#" + match.group(1)
    return re.sub(rf"^(?:the )?{PICTURES} (?=\S+$)", "", text.strip(), flags=re.IGNORECASE)


def images(text: str) -> list[str] | str:
    """Read "#3-#5 and IMG_4.jpg" as single images; return, as a text, the part that names no image."""
    text = text.strip()
    if _ASKING.match(text):
        return text
    if IMAGE_FILE.search(text) and not re.search(r",|\band\b|&|\+", text, re.IGNORECASE):
        return [image(text)]
    found: list[str] = []
    for part in listed(text):
        span = re.fullmatch(
            rf"(?:(?:the )?{PICTURES} #?|#)(\d+) ?(?:-|–|\.\.|to|through) ?#?(\d+)", part, re.IGNORECASE
        )
        if span:
            first, last = int(span.group(1)), int(span.group(2))
            if not 0 <= last - first < MOST_IMAGES:
                return part
            found += [f"#{n}" for n in range(first, last + 1)]
        elif is_image(part):
            found.append(image(part))
        else:
            return part
    return found if len(found) <= MOST_IMAGES else text
