"""Rewords a sentence whose order is its own into the one that the grammar has sentences for.

People name first what they speak of ("the hats, split them by colour"), and ask whether there is any where they want to
see which ("are any of these from May?").
"""

import re

from assistant.agent.builtin.lexicon import NUMBER, PICTURES, PILE
from assistant.agent.builtin.words_for_all import THE_REST, all_others, rest_group
from assistant.agent.calls import Call, Reply, Understood
from assistant.agent.tools.base import DialogueContext
from tools.metadata.metadata_criteria import named_criterion
from tools.names import visible
from tools.singular import in_singular

_ORDERS = (
    r"(?:(?:please|can you|could you|would you|just|do not|don't|dont|never) )*"
    r"(?P<verb>sort|group|split|divide|put|move|merge|lock|unlock"
    r"|rename|call|show|export|save|copy|take|pull)"
)
_TOPIC = re.compile(
    r"(?:(?:ok|and|now|so|as for|about) )*(?P<topic>(?:the|all|my|those|these) [^,:;.?!]+?)\s*(?::|,| -+)\s+"
    rf"(?P<before>{_ORDERS} (?:all (?:of )?)?)(?:them|it|these|those)\b(?P<behind>[^,:;]*)",
    re.IGNORECASE,
)
"""Matches an order behind what it is about: "the hats, split them by colour"."""
_SAYS = re.compile(
    r"\b(?:is|are|was|were|looks?|seems?|belongs?|goe?s?|do|does|did|don't|should|must|can|could|would|will|may|might|has"
    r"|have|need|needs|if|when|unless|because|not|instead|said|says|thinks?|wants?)\b",
    re.IGNORECASE,
)
_SAID_OF_THEM = re.compile(r"\b(?:that|which|who) .*", re.IGNORECASE)
"""Match what makes a sentence of such a beginning, and where that only says which are meant."""
_THEM = rf"(?:them|these|those|it|(?:the |my |these |those )?{PICTURES})"
_ANY_OF_THEM = re.compile(
    rf"(?:(?:ok|and|so|but|hm+|well),? )*(?:is|are|was|were) (?:any|some) of {_THEM} (?P<what>.+)",
    re.IGNORECASE,
)
_ANY_HAVE = re.compile(
    rf"(?:do|does|did) (?:any|some) of {_THEM} (?:have|wear|show) (?P<what>.+)", re.IGNORECASE
)
_ANY_WITH = re.compile(
    rf"(?:is|are) there (?:any|some)(?: {PICTURES})? (?P<what>(?:with|without|from|taken|of|in|at) .+)",
    re.IGNORECASE,
)
"""Match questions whether there is any, which want to know which: "are any of these from May?"."""
_ONE_PER = re.compile(
    r"(?:(?:actually|just|please|ok|no|and|now|rather),? )*(?:make|do|sort|group|split|have|i want|i'd like)"
    rf"(?: (?:it|them|that|this|these|everything))?(?: (?:in|into))? (?P<many>{NUMBER}) {PILE},? one (?:per|for each"
    r"|for every|of each) (?P<by>[\w -]+)",
    re.IGNORECASE,
)
"""Matches a number of groups and what each is for: "make it three groups, one per city"."""
_SORTS_THE_REST = re.compile(
    rf"\W*(?:(?:please|now|and|then|ok|can you|could you) )*(?:sort|group|split|divide|organi[sz]e|cluster) {THE_REST}"
    r" by (?:the |their )?(?P<by>[\w -]+?)(?: please| now| too| as well| instead)*[.!?]*",
    re.IGNORECASE,
)
_THEN = re.compile(
    r"(?P<first>(?:(?:first|please|now|just|ok|and|can you|could you) )*"
    r"(?:(?:group|sort|split|divide|organi[sz]e|cluster|arrange|order)(?: [\w ]+)? )?by [\w -]+?)"
    r",? (?:and )?then (?!by\b)(?:the |their )?(?P<second>[\w -]+)",
    re.IGNORECASE,
)
"""Matches one criterion and then another: "by country, then city"."""

_NAMES_IN_TURN = re.compile(
    r"\W*(?:(?:please|now|and|then|ok|can you|could you) )*(?:call|name|label|title) "
    rf"(?:them|these|those|the (?:two|three|four)|both|all|the {PILE})(?: {PILE})? (?P<names>[^.!?;:]+?)[.!]*",
    re.IGNORECASE,
)
"""Matches as many names as there are groups: "call them old and new"."""
_PARTS_TOGETHER = re.compile(
    r"(?:put|bring|merge|join|stick) (?:all )?(?:of )?(?:the |my )?(?P<kind>[\w-]+) (?:back )?together(?: again)?",
    re.IGNORECASE,
)
"""Matches the parts of a group that are to be one again: "put the hats back together"."""


def with_by(text: str) -> str:
    """Return a sentence with "by" before its second criterion as well; the text where it has no such thing."""
    match = _THEN.fullmatch(text.strip(" .!?"))
    if match is None or not named_criterion(match["second"]):
        return text
    return f"{match['first']} then by {match['second']}"


def reworded(text: str, dialogue: DialogueContext) -> str:
    """Return a sentence in the words that the grammar knows; the text where it is none of these."""
    bare = text.strip(" .!?")
    topic = _TOPIC.fullmatch(bare)
    if topic and not _SAYS.search(_SAID_OF_THEM.sub("", topic["topic"])) and dialogue.names:
        return f"{topic['before']}{topic['topic']}{topic['behind']}"
    if any_of := _ANY_OF_THEM.fullmatch(bare) or _ANY_WITH.fullmatch(bare) or _ANY_HAVE.fullmatch(bare):
        seen = any(in_singular(any_of["what"]) in words for _, words in dialogue.said_by_experts)
        return f"how many are {any_of['what']}?" if seen else f"which are {any_of['what']}?"
    if numbered := _ONE_PER.fullmatch(bare):
        return f"group by {numbered['by']} into {numbered['many']} groups"
    if match := _PARTS_TOGETHER.fullmatch(bare):
        begin = tuple(f"{kind}, " for kind in (match["kind"].casefold(), in_singular(match["kind"])))
        here = dialogue.names[: dialogue.current or None]
        parts = [f"group {n}" for n, name in enumerate(here, 1) if name.casefold().startswith(begin)]
        if len(parts) > 1:
            return f"merge {' and '.join(parts)} as {match['kind']}"
    return text


def named_in_turn(text: str, dialogue: DialogueContext) -> list[Call]:
    """Return the calls that give several groups their names in turn: "call them old and new", of the groups that were
    spoken of, or of all that are shown. There are none where these are not as many as the names, or were merged."""
    match = _NAMES_IN_TURN.fullmatch(text)
    if match is None or (dialogue.last is not None and dialogue.last.tool == "merge_clusters"):
        return []
    names = [name.strip() for name in re.split(r",? and |, ", match["names"]) if name.strip()]
    here = dialogue.names[: dialogue.current or None]
    groups = next((each for each in (dialogue.spoken, here) if len(each) == len(names) > 1), ())
    # As many names as groups, or no groups at all: the shorter of the two ends it.
    return [
        Call("rename_cluster", {"cluster": group, "name": name})
        for group, name in zip(groups, names, strict=False)
    ]


def rest_sorted(text: str, dialogue: DialogueContext) -> Understood | None:
    """Return the calls that divide the groups that were not spoken of: "sort the rest by month"; a question where none
    was spoken of, as all would be meant then. It is None for any other sentence."""
    match = _SORTS_THE_REST.fullmatch(text)
    if match is None or not dialogue.names:
        return None
    here = dialogue.names[: dialogue.current or None]
    group = rest_group(here)
    groups = [group] if group else all_others(here, dialogue.spoken)
    calls = [Call("split_cluster", {"cluster": each, "by": match["by"]}) for each in groups]
    which = f'Which are the rest? Name the groups, as in "split {visible(here[-1])} by {match["by"]}".'
    return calls or Reply(which, asks=True)
