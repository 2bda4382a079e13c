"""Reads the groups that a sentence names: "flowers, animals and everything else", "people vs no people"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.agent.builtin.lexicon import ALL, ATTRIBUTES, NUMBER, ORDINALS, PILE, is_quoted
from assistant.agent.calls import Reply
from assistant.desk.sorting import REST
from tools.basic_colours import NAMES as BASIC_COLOURS
from tools.fuse.registry import method_name
from tools.singular import in_singular

MOST_VALUES = 20
"""The most groups that a sentence may name."""
MOST_WORDS = 4
"""The most words of a group's name."""

_BETWEEN = re.compile(
    r"\s*(?:[,;]\s*(?:and|or|plus|then)\b|[,;]|\b(?:and|or|plus|vs\.?|versus|against)(?=\s)|\s/\s|\s\+\s|&)\s*",
    re.IGNORECASE,
)
_ONE_THING = re.compile(
    r"\b(black|salt|bread|fish|mac) and (white|pepper|butter|chips|cheese)\b", re.IGNORECASE
)
"""Matches two words that are one value, with an "and" between them."""
_JOINED = "\x00"
"""What stands for that "and" while a list is taken apart."""
_SHOTS = r"(?:image|picture|pic|photo|photograph|shot|snap|file|thing|one|item)s?|stuff|collection|folder|lot"
"""Matches words for any picture, which name no group; people and faces are something to sort out."""
_PHOTOS = re.compile(r"(?:photo|photograph|picture)s?", re.IGNORECASE)
_AGAINST = re.compile(r"\b(?:vs|versus|against)\b", re.IGNORECASE)
_ARTICLE = re.compile(
    r"^(?:(?:what(?:ever)?(?:'s| is| are)|(?:everything|all|anything) that(?:'s| is| are)) "
    r"(?!not\b|no\b|none\b|neither\b|left\b|over\b|there\b|remaining\b|else\b))?"
    r"(?:(?:all|those|photos|pictures|images|only|just|(?:one|another|the other)(?: one)? (?:for|with)"
    r"|the ones?|ones?) )*"
    r"(?:(?:the|an?|with|of|showing|that have) )*",
    re.IGNORECASE,
)
_ITS_PILE = re.compile(
    r" (?:in(?:to)?|to|as) (?:an?|one|another|the other|its own|their own|a second|the second|the next)"
    rf"(?: {PILE}| one)?$",
    re.IGNORECASE,
)
"""Matches where one thing of a list goes: "cats in one folder and dogs in another"."""
_STUFF_IN = re.compile(
    r"^(?:(?:all|of|the|my|this|these|that) )*(?:stuff|things?|lot|mess|pictures?|photos?|images?|collection|folder)"
    r" (?:up )?(?:in|into|between) ",
    re.IGNORECASE,
)
"""Matches all pictures before a list of what they are to be sorted into: "the stuff in shoes and bags"."""
_NO_TWO = frozenset(
    ("sports", "sales", "news", "glasses", "clothes", "arms", "jeans", "goods", "customs", "headphones")
)
"""Words in the plural that stand before another as one thing with it."""
_ALSO_SEVERAL = frozenset(("deer", "sheep", "fish", "people", "children", "men", "women", "mice", "geese"))
"""Words that are in the plural without its ending."""
_COLOURS = frozenset((*BASIC_COLOURS, "gray", "violet"))
_THINGS = re.compile(
    r"people|person|animals?|food|glasses|clothes|clothing|plant|flower|fruit|vehicle|vegetable|text",
    re.IGNORECASE,
)
"""Matches words that are criteria and things alike: "group by food", but also "put the food together"."""
_ALL_THAT = r"(?:what(?:ever)?|everything|anything|all|those|(?:the )?ones?)(?: else)?(?: that)?"
THE_REST_LISTED = (
    r"(?:(?:all|and|the|any) )*(?:others?|rest|else|remainder|remaining|left-?overs?|misc|miscellaneous|sundry|neither"
    r"|everything(?: else)?|anything(?: else)?|everything but [\w' -]+|none of (?:these|those|them|the above)|not"
    rf"|{_ALL_THAT}"
    r"(?:(?:'s| is| are) (?:(?:not|neither|none)(?: (?:one|any))?(?: of)? (?:these|those|them|either|that|the above)"
    r"|left(?: over)?|over|there|remaining|else)"
    r"| (?:there is|remains?|left(?: over)?|else)(?: left)?"
    r"|(?: does not| doesn't| do not| don't) (?:fit|match|belong|go)(?: (?:in |into |to |with )?[\w']+){0,3}))"
    rf"(?: (?:{_SHOTS}|stuff))?"
)
"""An expression for what stands at the end of a list of groups for everything else: "and whatever's left"."""
_REST = re.compile(THE_REST_LISTED, re.IGNORECASE)
_REST_CALLED = re.compile(
    rf"(?:{THE_REST_LISTED})(?: (?:is|are|(?:(?:can|should|may) )?go|goes))?"
    rf"(?: (?:as|called|named|in(?:to)? (?:an?|one|another) {PILE} (?:called|named))|:| =| (?P<placed>in|into))"
    r" (?P<name>.+)"
    rf"|(?:call|name) (?:{THE_REST_LISTED}) (?P<given>.+)",
    re.IGNORECASE,
)
"""Matches the rest with the name that it is given: "the remaining ones as later", "call the rest misc"."""
_DENIES_ONE = re.compile(rf"{_ALL_THAT}(?:'s| is| are)(?:n't| not| no)(?: an?)? (?P<what>.+)", re.IGNORECASE)
"""Matches all that is not one thing, which is the rest where that is listed."""
_REST_SAID = re.compile(
    rf"(?:{THE_REST_LISTED}) (?:to|for|in|into|under|on|at|as|by|which|that|can|should|will|may|is|are)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_WITHOUT = re.compile(r"(?:no|not|non|without|not any|anything but)[ -](?P<what>.+)", re.IGNORECASE)
_THOSE_WITHOUT = re.compile(
    rf"(?:{_SHOTS}|those)? ?(?:without|that (?:don't|do not|have no))(?: any| one| it| them)?", re.IGNORECASE
)
_NO_VALUE = re.compile(
    rf"(?:{ALL})(?<!people)(?<!faces)|{_SHOTS}|(?:[\w' -]+ )?{PILE}|{PILE} \d+|{'|'.join(ORDINALS)}"
    rf"|(?:(?:first|last) )?{NUMBER}"
    r"|it|that|this|them|these|those|they|me|you|us|nothing|none|nobody|no one|here|there|yes|no|not|maybe"
    r"|both|same|different|each|new|two|more|less|fewer|(?:only )?(?:into|in|within|inside|by|to|from|on|at|for) .*"
    r"|.*\b(?:by|into|is|are|was|were|should|then|it|them|this|that|please|using|from|because|but|if|when|apart|aside"
    r"|together|separately|side|they|we|i|you|he|she|me|my|your|us|let|look|looks|so|too|very|matters?|ways?|kinds?|types?|sorts?"
    r"|show|merge|put|divide|separate|split|move|rename|call|export|undo|keep|which|what|who|how|why)\b.*",
    re.IGNORECASE,
)
"""Matches what cannot be the name of a group in a list: other requests, pronouns, words for all pictures."""


NO_VERB_OF_SORTING = re.compile(
    r"(?:hide|merge|join|combine|unite|unify|fuse|fold|rename|call|name|label|export|save"
    r"|write|store|copy|link|show|see|view|list|display|undo|redo|revert|lock"
    r"|unlock|freeze|pin|explain|describe|compare|cross|count|delete|remove|erase"
    r"|trash|destroy|discard|throw|print|mail|email|post|upload|rotate|crop|resize"
    r"|sharpen|brighten|find|search|ask|tell|teach|train|tune|answer|branch|keep"
    r"|leave|stop|ignore|forget|need|do|don't|not|never|is|are|was|were|what|which"
    r"|who|how|why|where|when|can|could|should|would|will|may|might|must|did"
    r"|does|has|have|had|if|and|or|but|the|a|an|i|we|you|it|they|be|as"
    r"|swap|switch|exchange|interchange|flip|trade|replace|rank|fewer|more|less|only|just|draw|build|walk|traverse)",
    re.IGNORECASE,
)
"""Matches a word that is no verb of sorting, whatever stands behind it."""
_SPOKEN = re.compile(
    r"undo|redo|stop|help|ok|okay|done|next|back|skip|quit|exit|go|please|thanks|sorry|hello|hi|well|sure|cool|wow"
    r"|cancel|continue|wait|again|(?:un)?locked|skipped|missing|unreadable|duplicates?|unsorted|(?:un)?sure|surest"
    r"|(?:least|most) (?:un)?sure|(?:un)?certain|doubtful|wrong|right|similar|alike|questions?|answers?|suggestions?"
    r"|guess(?:es|ed|ing)?|(?:most )?(?:typical|representative)"
    r"|ideas?|options?|copies|links?|moves?|changes?|errors?|groupings?|criteria|english|german|french|spanish|chinese"
    r"|interesting|nice|good|best|bad|worst|better|worse|important|relevant",
    re.IGNORECASE,
)
"""Matches words that are said for themselves, of the program or as an opinion, and name no group."""


_BETWEEN_VALUES = re.compile(
    r"\b(?:between|from|versus|vs|against|into|apart|on the|rid of|another|out)\b", re.IGNORECASE
)
"""Matches what stands between the groups of a sentence, and in the name of none."""
_AND_BEFORE_COMMA = re.compile(r"\b(?:and|&) [^,]+,(?! (?:and|or)\b)", re.IGNORECASE)
_SEVERAL = re.compile(r",|(?<!black) (?:and|&|et|und|y|or|ou|oder) (?!white)", re.IGNORECASE)
"""Matches what stands between two names, so that a text with it is not one of them."""


@dataclass(frozen=True, slots=True)
class ValuesListed:
    """Holds the groups that a sentence names.

    Attributes:
        values: What the groups are called, in the order of the sentence.
        rest: What the group of everything else is called; None where none is named.
        against: Whether they are put against each other ("cats vs dogs"), which only a grouping does.
    """

    values: tuple[str, ...]
    rest: str | None = None
    against: bool = False


def values_listed(text: str) -> ValuesListed | None:
    """Return the two or more groups that a text lists; None where it is no such list.

    "No people" is everything else where "people" is a group as well.
    """
    whole = _ONE_THING.sub(rf"\g<1>{_JOINED}\g<2>", text.strip())
    said = whole if _BETWEEN.search(whole) else text.strip()  # "black and white" alone are two
    said = _STUFF_IN.sub("", said)
    written = [part.strip(" .!?\"'").replace(_JOINED, " and ") for part in _BETWEEN.split(said)]
    if _ITS_PILE.search(written[0]):  # "cats in one folder and dogs in another"
        written = [_ITS_PILE.sub("", part) for part in written]
    written = [each for part in written for each in _without_commas(part)]
    parts = [_ARTICLE.sub("", part) for part in written]
    if not 2 <= len(parts) <= MOST_VALUES + 1 or not all(parts):
        return None
    values: list[str] = []
    rest: str | None = None
    for part, whole_part in zip(parts, written, strict=True):
        without = _WITHOUT.fullmatch(part)
        if values and _THOSE_WITHOUT.fullmatch(part):
            rest = f"no {values[0]}"  # "those with glasses and those without"
            continue
        if _REST.fullmatch(part) or _REST.fullmatch(whole_part):
            rest = REST
        elif values and (called := _rest_called(whole_part)):
            rest = called
        elif without and in_singular(without["what"]) in {in_singular(value) for value in values}:
            rest = part
        elif _denies_listed(whole_part, values):
            rest = REST
        elif (len(parts) > 2 or _AGAINST.search(text)) and _PHOTOS.fullmatch(part):
            values.append(part)  # "receipts, screenshots, photos": those that are no more than that
        elif (value := named_value(part)) is not None:
            values.append(value)
        else:
            return None
    if rest is None and all(_is_criterion(value) for value in values):
        return None  # "age and gender"
    return ValuesListed(tuple(values), rest) if values and len(values) + (rest is not None) >= 2 else None


def _without_commas(text: str) -> list[str]:
    """Return the parts of a list whose commas were forgotten: words that are all in the plural, "shoes bags", or all
    colours, "red blue green"."""
    words = text.split()
    alike = [word.casefold() in _ALSO_SEVERAL for word in words]
    several = all(
        also or in_singular(word) != word.casefold() for word, also in zip(words, alike, strict=True)
    )
    if len(words) == 2 and not all(alike):  # "women shoes" and "ladies dresses" are one thing
        several = all(in_singular(word) == word[:-1].casefold() for word in words)
    colours = len(words) > 2 and all(
        word.casefold() in _COLOURS for word in words
    )  # "black white" is one tone
    apart = len(words) > 1 and (several or colours)
    return words if apart and not _NO_TWO & set(map(str.casefold, words[:-1])) else [text]


def named_value(text: str) -> str | None:
    """Return the name of one group, as in "the blurry ones"; None where the words can be no such name."""
    if is_quoted(text):
        return text
    whole = _ARTICLE.sub("", text.strip(" .!?,"))
    value = re.sub(rf"\s+(?:{_SHOTS})$", "", whole, flags=re.IGNORECASE)
    value = whole if re.fullmatch(PILE, value, re.IGNORECASE) else value  # "group shots"
    words = value.split()
    if _YEAR.fullmatch(value):
        return value
    if not 1 <= len(words) <= MOST_WORDS or _NO_VALUE.fullmatch(value) or not re.search(r"[^\W\d_]", value):
        return None
    if method_name(value) or _REST.fullmatch(value) or _SEVERAL.search(value):
        return None
    if _BETWEEN_VALUES.search(value.replace("out of focus", "")):
        return None  # "the data set between indoor" of a sentence that names two
    if _SPOKEN.fullmatch(value) or (len(words) > 1 and NO_VERB_OF_SORTING.fullmatch(words[0])):
        return None  # "delete all my" of "delete all my images"
    if _REST_SAID.match(value):
        return None  # "the rest to be sorted"
    return None if re.search(r"[#\\~:?!]|\d{3}|\.\w{2,4}$", value) else value  # an image, or a folder


def _denies_listed(text: str, values: Sequence[str]) -> bool:
    """Return whether a text is all that is not a group that is listed: "everything that is not a shoe"."""
    match = _DENIES_ONE.fullmatch(text)
    return match is not None and in_singular(match["what"]) in {in_singular(value) for value in values}


def _rest_called(text: str) -> str:
    """Return the name that the rest is given in a list; "" where it is given none."""
    match = _REST_CALLED.fullmatch(text)
    name = (match["given"] or match["name"]).strip(" \"'“”") if match else ""
    named = _REST.fullmatch(name) or (match and not match["placed"] and named_value(name))
    as_it_was = name.lower() in ("before", "usual")  # "the rest as before" names nothing
    return name if named and not as_it_was else ""


def bare_values(text: str) -> ValuesListed | None:
    """Return the groups of a list that stands for itself, without a verb: "shoes, bags, watches", "indoor or outdoor".

    Two words with a comma between them are no list, as they are more often two remarks.
    """
    found = values_listed(text)
    if found is None or any(len(_ONE_THING.sub("", value).split()) > 2 for value in found.values):
        return None
    if found.rest is None and _AND_BEFORE_COMMA.search(text):
        return None  # see `list_in_doubt`
    joined = re.search(r"\b(?:and|or|vs|versus|against)\b|/|&", text, re.IGNORECASE)
    if not joined and len(found.values) + (found.rest is not None) < 3:
        return None
    return replace(found, against=re.search(r"\b(?:vs|versus|against)\b", text, re.IGNORECASE) is not None)


def list_in_doubt(text: str) -> Reply | None:
    """Return the question what is meant by names without a verb that may be a list or a remark: "red and green, shoes";
    None for any other text."""
    found = values_listed(text.strip(" .!?"))
    if found is None or found.rest is not None or not _AND_BEFORE_COMMA.search(text):
        return None
    *first, last = found.values
    said = f"sort into {', '.join(first)} and {last}"
    return Reply(
        f'Shall these be the groups of all pictures? Say "{said}", or say what is meant.', (said,), asks=True
    )


def one_of_two(text: str) -> str | None:
    """Return what is told from something else, which may be "photos" there: "separate screenshots from photos"."""
    return text if _PHOTOS.fullmatch(text) else named_value(text)


def picked_out(text: str) -> str | None:
    """Return what is picked out of all pictures, as in "the blurry ones"; None for a criterion, which picks nothing."""
    value = named_value(text)
    return None if value is None or _is_criterion(value) else value


def _is_criterion(value: str) -> bool:
    """Return whether a word is what one groups by rather than what is in a group."""
    last = value.split()[-1]
    return last.lower() in ATTRIBUTES and not _THINGS.fullmatch(last)
