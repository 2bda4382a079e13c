"""Words of which a few are enough to tell what is meant, where a sentence mentions no group, image or folder."""

import re

from assistant.agent.words import ALL, ATTRIBUTES, BY, NUMBER, PILE

LOOK = r"\b(?:show|look|see|open|zoom|view|display|browse|list|which|what|who|whose|peek|check)\b"
_ATTRIBUTE = (
    rf"(?:(?:the|their|its) )?(?:\w+ ){{0,3}}(?:{'|'.join(sorted(ATTRIBUTES))})(?: of (?:the |their )?\w+)?"
)
_SORT = r"\b(?:re)?(?:group|sort|cluster|organi[sz]|arrang|classif|categori[sz]|order)\w*"
_MANY = rf"(?P<n>{NUMBER})"
_DIFFERENT = r"(?: out)?(?: all)?(?: the)?(?: different| various)"


def _any(*wordings: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(wording, re.I) for wording in wordings)


CUES: tuple[tuple[str, dict[str, str], tuple[re.Pattern[str], ...]], ...] = (
    (
        "redo",
        {},
        _any(
            r"\bbetter with (?:it|that|the|this)\b",
            r"\b(?:change|it|that) back in\b",
            r"^(?:do|have) (?:it|that) after all$",
            r"\bit was right(?: after all)?\b",
            r"^(?:do|make) (?:it|that|this) again(?: after all)?$",
        ),
    ),
    (
        "undo",
        {},
        _any(
            r"\bnot (?:at all )?what i (?:meant|wanted|asked|said|had in mind)\b",
            r"\bchanged my mind\b",
            r"\b(?:made|makes) (?:it|things|everything) worse\b",
            r"\bback (?:to )?(?:the way|how|as|what) (?:it|they|things)",
            r"\b(?:previous|earlier|old|last) .*\bback\b",
            r"\breverse (?:it|that|this)\b",
            r"\bbetter before\b",
            r"\bstep back\b",
            r"\bway (?:it|they|things) (?:was|were)\b",
        ),
    ),
    (
        "show",
        {"cluster": "unsorted"},
        _any(
            r"\b(?:what|which|any|anything|who|show)\b.*\b(?:left over|leftovers?|remain\w*|unsorted)\b",
            r"\b(?:what|which|who)\b.*(?:\bnot|n't|never)\b.*\b(?:sort|place|fit|group|assign|put|belong|match)\w*",
        ),
    ),
    (
        "propose_criteria",
        {},
        _any(
            r"\b(?:no (?:idea|clue)|not (?:so )?sure|(?:do not|don't) know|unsure|undecided)\b"
            r".*\b(?:what|how|where|which)\b.*\b(?:do|sort|group|start|begin|cluster|organi[sz]e|choose|look)\b",
            rf"\bwhat (?:are|is) {ALL} (?:about|of|showing)\b",
            r"\banything (?:interesting|useful|striking)\b",
            rf"\bhelp me (?:to )?(?:find|choose|decide|pick)\b|\bhelp me {_SORT}",
            r"\bwhat (?:would|do|should|could) (?:you|i|we) (?:do|try|make|suggest|propose|recommend|choose|pick)\b",
            r"^you (?:decide|choose|pick)|\bup to you\b|\byour (?:choice|call|suggestion)",
            r"\bin common\b",
            r"\b(?:how|where|what) (?:do|does|are|makes) (?:they|these|them|those) (?:differ|different)",
            r"\bwhat(?:'s| is| would be) possible\b",
            r"\b(?:other|another|different|good|better) ways? to\b|\bother ways\b",
            r"\b(?:which|what|any|other|more)\b.*\b(?:criteri|suggestion|idea|proposal)\w*",
        ),
    ),
    (
        "help",
        {},
        _any(
            r"\bi(?:'m| am) (?:stuck|lost|confused)\b",
            r"\bmy possibilities\b",
            r"\bwhat do you understand\b",
            r"\bhow (?:do|can|should|could) i (?:tell|ask|talk|speak|say|use|command)\b",
            r"\b(?:what|which)\b.*\b(?:can|could|may|should) i (?:ask|say|tell|type|enter)\b",
            r"\bwhat (?:are you able|can you do)\b",
        ),
    ),
    (
        "show",
        {},
        _any(
            r"^where (?:do|are) we(?: stand| now| at)?$",
            r"^what (?:have|do|did) (?:you|we) (?:got|have|done|find|found)(?: so far| now| by now)?$",
            rf"^(?:see|show|look at|view|check) (?:me )?(?:the|your|my|all)(?: \w+)? (?:results?|outcome|{PILE})$",
            rf"\bhow (?:big|many|large|full)\b.*\b{PILE}\b",
            rf"^what (?:are|were) (?:the|my|our|your) (?:\w+ )?{PILE}(?: now| called| again)?$",
            r"\b(?:overview|summary)\b",
        ),
    ),
)
"""Calls without a mention, and the words of which some are enough."""

AS_MANY = _any(
    rf"(?:\brather(?: have)?|\bprefer|\bmake (?:it|that|them)|\bdown to|\bup to|\bshould be|\bonly|\bjust|\bget|\bto)"
    rf"(?: about| around| only| just)? {_MANY}(?: {PILE})?$",
    rf"\b{_MANY}(?: {PILE})?,? (?:(?:is|are|would be|will be|will|would|should|seems?|sounds?) )?"
    r"(?:be )?(?:enough|better|do|plenty|fine|right|nicer|suffice)$",
)
"""Another number of groups by the criterion of before."""

GROUP_BY = _any(
    rf"\b{PILE} (?:per|for (?:each|every)(?: kind of| type of)?|of each) (?P<by>[^,]+)$",
    rf"^(?P<by>{_ATTRIBUTE}),?(?: please,?)?(?: in(?:to)?)? (?P<n>{NUMBER}) {PILE}$",
    rf"\b(?P<n>{NUMBER}) {PILE}(?: (?:sorted|grouped|made|arranged))? {BY} (?P<by>[^,]+)$",
    rf"{_SORT}\b.*\b{BY} (?P<by>[^,]+)$",
    rf"\b(?:do|have|see|want|need|get) (?:it|them|these|those|this)\b(?: \w+)? {BY} (?P<by>[^,]+)$",
    rf"^(?:what about|how about|try|switch to|change to|go by|go for|use|take|do|now)(?: the same (?:for|with|by))?"
    rf"(?: with| by)? (?P<by>{_ATTRIBUTE})(?: then| instead)?$",
    r"\b(?:the same|again|once more|one more time|this time)\b,?(?: but)?(?: now)?"
    rf" (?:for|with|by|on) (?P<by>{_ATTRIBUTE})$",
    rf"\b(?:interested in|care about|go by) (?P<by>{_ATTRIBUTE})$",
    rf"^(?:only |just )?(?P<by>{_ATTRIBUTE}) (?:is (?:what|all that) )?(?:matters|counts)(?: to me)?$",
    rf"^let (?P<by>{_ATTRIBUTE}) decide$",
    rf"\buse (?P<by>.+?) (?:to|for) {_SORT}\b",
    r"\b(?:tell|distinguish)(?: apart)? (?:the )?(?P<a>\w+) (?:from|and) (?:the )?(?P<b>\w+)$",
    r"\b(?:divide|separate|split|sort|distinguish)\b.*\bbetween (?:the )?(?P<a>[\w ]+?) and (?:the )?(?P<b>[\w ]+)$",
    r"\bseparate (?P<by>[\w ]+?) from (?:the )?(?:others?|rest)$",
    r"\bsort out (?P<by>(?:who|which|what|whether|how)\b.+)$",
    rf"(?:{_SORT}|\bput)\b.*\bthe same (?P<by>[\w ]+?)(?: together)?$",
    rf"\b(?:find|tell apart|separate|sort){_DIFFERENT} (?P<by>[\w ]+? of [\w ]+|{_ATTRIBUTE})$",
)
"""A criterion somewhere in a sentence."""
