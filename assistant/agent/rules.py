"""The rules of the built-in brain's grammar, in the order in which they are tried.

A rule is what to make of a sentence and the wordings that mean it, as regular expressions of which one has to
match the whole sentence. Named groups are handed to the maker; see `assistant.agent.meanings`.
"""

import re

from assistant.agent import lasting
from assistant.agent import meanings as m
from assistant.agent.words import ALL, BY, NUMBER, PICTURES, PILE

Rule = tuple[m.Make, tuple[re.Pattern[str], ...]]

HELLO = 'Hello. Say what to group by, or ask "what could I group by?".'
WELCOME = "You are welcome."
BYE = "Goodbye. What you did is kept; the conversation goes on here next time."
GOOD = 'Good; it is kept as it is. Say "export to ~/sorted" for a folder of each group, or name another criterion.'
STEPWISE = (
    'One step at a time: "undo" takes back the last change, "undo the last 3" three; "history" lists them.'
)
COURTESIES = (HELLO, WELCOME, BYE, GOOD)

_SORT = (
    r"(?:re)?(?:group|sort|cluster|organi[sz]|arrang|classify|categori[sz]|order|partition|bin|bucket)"
    r"(?:e|t?ing|ing)?(?: out| up)?"
)
_SORTED = r"(?:re)?(?:group|sort|cluster|organi[sz]|arrang|classifi|categori[sz]|order|partition|divid|split)(?:e?d)?"
_CUT = r"(?:split|break|divid|cut|subdivid|separat)(?:e|t?ing)?(?: up| down)?"
_OPEN = r"(?:show|display|open|view|list|browse|look (?:at|into)|let me see|see|go to)(?: me)?"
_NOUN = rf"(?:the|my|these|those|all|all the)? ?(?:\w+ )?(?!{PILE}\b|ones\b)\w+s"
_OBJECT = rf"(?: (?:{ALL}|{_NOUN}))?"
_THEM = r"(?:they|these|those|the \w+|people)"
_TO = r"(?:to|into|in|under|at)"
_ONE = rf"(?:one|a single|the same) {PILE}"
_LAST = (
    r"(?:that|it|this|(?:the|my|that)(?: last)? "
    r"(?:step|change|one|thing|export|merge|split|move|rename|renaming|grouping|edit))"
)
_HAVE = r"(?:make|create|form|build|get|give me|i want)"


def _rule(make: m.Make, *wordings: str) -> Rule:
    return make, tuple(re.compile(wording, re.IGNORECASE) for wording in wordings)


RULES: tuple[Rule, ...] = (
    # courtesies, and what is not to be done
    _rule(m.says("All right."), r"stop|nothing|forget about it"),
    _rule(m.says(HELLO), r"(?:hello|hi|hey|good (?:morning|afternoon|evening))(?: there| regroup)?"),
    _rule(
        m.says(WELCOME),
        r"(?:many )?(?:thanks|thank you|cheers)(?: a lot| very much| so much)?",
        r"great|nice|perfect|good|well done",
    ),
    _rule(
        m.says(GOOD),
        r"(?:(?:that|this|it|they|these)(?:'s| is| are)?|(?:that|this|it) looks|looks)(?: all| just| very| really)? "
        r"(?:good|great|right|fine|perfect|correct|nice|what i (?:want|wanted|meant))(?: (?:now|to me|as it is))*",
        r"i(?:'m| am)(?: very| quite)? (?:happy|satisfied|fine|pleased|done)(?: with (?:this|it|that|them|these))?"
        r"(?:[ ,]+(?:(?:and|so) )?(?:accept|keep|leave) (?:it|this|that|them))?",
        r"(?:accept|keep|approve) (?:it|this|that|them|these)(?: (?:as (?:it is|they are)|like (?:this|that)))?",
    ),
    _rule(m.says(BYE), r"(?:good)?bye(?: bye)?|see you(?: later)?|exit|quit"),
    _rule(
        m.says('Nothing is waiting for a yes or no. Say what to do, or "help".'),
        r"yes|no|ok|okay|accept|reject|sure",
    ),
    _rule(
        m.calls("help"),
        r"/?help(?: me)?|(?:show )?(?:the )?commands",
        r"what can you do(?: for me)?|how (?:does|do) (?:this|it|you) work|how do i use (?:this|it|you)",
        r"what (?:can|could|may|should) i (?:say|ask|type|do|tell you)(?: (?:here|now|you|for))*",
    ),
    # what lasts, and what is asked about groups
    *(_rule(make, *wordings) for make, wordings in lasting.RULES),
    _rule(m.refuses("All right."), r"(?P<all>(?:do not|don't|dont|never|stop|no need to)\b.*)"),
    _rule(
        m.calls("ask_again"),
        # "again" is gone here, as all that is no more than polite.
        r"ask(?: (?:it|them|the model|the host))?",
        r"(?:ask|retry|try)(?: (?:it|them|the model|the host))?(?: about)?(?: the)?"
        rf" (?:failed|failures|missing|unanswered)(?: ones| {PICTURES})?",
    ),
    # redo and undo
    _rule(
        m.calls("redo"),
        rf"redo(?: {_LAST}| the undo)?|(?:undo|revert|take back) the undo",
        r"do (?:it|that) again|bring (?:it|that) back",
    ),
    _rule(
        m.back,
        rf"(?:undo|revert|roll back|cancel|take back)(?: {_LAST})?",
        r"(?:that|this|it)(?:'s| is| was)(?: all| just)? (?:wrong|not right|a mistake|an error)",
        r"forget (?:that|it)|take (?:it|that) back|go back(?: one step)?|step back|oops|scratch that",
        rf"undo (?:(?P<n>{NUMBER}) times|(?P<twice>twice))",
        rf"undo the last (?P<n>{NUMBER})(?: (?:steps|changes|things))?",
    ),
    _rule(
        m.says(STEPWISE),
        rf"(?:undo|revert|take back|reset) (?:everything|{ALL}|all (?:the |my )?(?:steps|changes|edits))",
    ),
    # propose
    _rule(
        m.calls("propose_criteria"),
        rf"(?:what|how) (?:else )?(?:could|can|should|might|would) (?:i|we|you|one|{_THEM})(?: be)? "
        r"(?:group|sort|cluster|organi[sz]e)(?:e?d)?(?: (?:them|these|it|my \w+|the \w+))?(?: by)?",
        rf"(?:what|how|which way) (?:do|would|could|can) you (?:suggest|recommend|propose)"
        rf"(?: (?:to )?{_SORT}(?: (?:{ALL}|{_NOUN}))?(?: by)?)?",
        r"what (?:do|can) you (?:see|notice|find|recogni[sz]e|tell apart|distinguish)(?: (?:here|in .+|on .+))?",
        r"what(?:'s| is| are) (?:in )?(?:here|these|there|this folder|these \w+|the (?:pictures|images|photos))",
        r"what(?:'s| is) in (?:the|my|this) (?:folder|collection)",
        r"(?:any|some|more|other) (?:ideas|suggestions|proposals)|surprise me|what are (?:my|the) (?:options|choices)",
        r"(?:suggest|propose|recommend)(?: me)?(?: (?:something|some|a few|any|more|other|new))?"
        r"(?: (?:criteria|criterion|ideas|groupings|ways?(?: to \w+(?: \w+)?)?))?",
        r"(?:give|show|make)(?: me)? (?:some|a few|your|more|any) (?:ideas|suggestions|proposals|criteria)",
        r"(?:which|what) criteria (?:fit|are there|do you see|would fit|make sense)(?: .*)?",
        rf"i (?:don't|do not) know (?:what|how) to {_SORT}(?: (?:them|these))?(?: by)?",
        rf"(?:have a |take a )?look(?: at {ALL})?",
    ),
    # show what there is
    _rule(
        m.show,
        r"(?:show|list|display|view|see|open)(?: me)?|overview|status|where are we|how many .*",
        rf"what did you (?:find|do)|(?:which|what) {PILE} (?:are there|did you \w+|do (?:we|you|i) have)",
        r"how are they (?:grouped|sorted)",
        rf"(?:which|what)(?: {PICTURES})? (?:are|is) (?P<what>unsorted)",
        rf"(?:which|what|who|whose)(?: {PICTURES}| ones)? (?:are|is) (?:in|part of) (?P<what>.+)",
        r"what does (?P<what>.+) contain",
        r"show(?: me)? (?:what|who)(?:'s| is| are) in (?P<what>.+)",
        rf"{_OPEN} (?P<what>#\d+)",
    ),
    _rule(
        lambda parts, last: m.show({"what": "unsorted"}, last),
        rf"(?:which|what)(?: {PICTURES})? (?:are|is) (?:left(?: over)?|not sorted|in no {PILE})",
    ),
    _rule(
        lambda parts, last: m.show({"what": "unreadable"}, last),
        rf"(?:what|which)(?: {PICTURES}| ones)? (?:(?:could|can|did|was|were)(?: you)?(?: not|n't)|(?:could|can)not)"
        r"(?: you| be)? (?:read|opened|open)(?: and why)?",
        rf"(?:what|which|how many)(?: {PICTURES}| ones)? (?:are|is) (?:unreadable|broken|damaged)(?: and why)?",
        r"why (?:could|can|did)(?: you)?(?: not|n't)(?: you)? (?:read|open) .+",
        rf"(?:which|what|how many)(?: {PICTURES}| ones)? (?:could|can|did)(?: you)?(?: not|n't)(?: you)? (?:read|open)",
        rf"why (?:are|is) (?:some|the|those|these|they|it)(?: {PICTURES})? (?:unreadable|broken)",
        rf"(?:(?:show|list)(?: me)? )?(?:the |all )?(?:unreadable|broken)(?: ones| {PICTURES})?",
    ),
    _rule(
        lambda parts, last: m.show({"what": "duplicates"}, last),
        rf"(?:which|what)(?: {PICTURES})? are (?:the )?(?:duplicates|twice(?: here)?)",
        r"(?:(?:show|list|find)(?: me)? )?(?:the |all |any |my )?duplicates",
        rf"(?:are|is) (?:there )?(?:any|some)(?: {PICTURES})?(?: here)? ?(?:duplicates?|twice|double)(?: here)?",
        r"(?:do|did) (?:i|we|you) (?:have|see|find) (?:any )?(?:duplicates|doubles)",
    ),
    _rule(
        lambda parts, last: m.show({"what": "doubtful"}, last),
        rf"(?:which|what)(?: of (?:them|these|those|the {PICTURES}))?(?: {PICTURES}| ones)? (?:are|is|were) (?:you )?"
        r"(?:least (?:sure|certain|confident)|unsure|uncertain|not (?:so |very )?sure|in doubt|doubtful)"
        r"(?: (?:about|of|on))?",
        rf"(?:(?:show|list)(?: me)? )?(?:the |all |your )?(?:doubtful|uncertain|unsure|least (?:sure|certain))"
        rf"(?: ones| {PICTURES})?",
        r"where are you (?:unsure|uncertain|(?:least|not) (?:sure|certain))",
    ),
    _rule(
        m.where,
        r"where(?:'s| is| are| did you put)? (?P<image>.+?)(?: now)?",
        r"(?:find|locate) (?P<image>.+)",
    ),
    # explain
    _rule(m.asks("Which image?", "why"), r"why(?: not)?|explain(?: (?:it|that|this))?"),
    _rule(
        m.explain,
        r"(?:why|how come|(?:explain|tell me|show me) why)(?:'s)?"
        r"(?: (?:is|are|was|were|did you (?:put|sort|place|move)|did|does|do|do you think))? (?P<image>.+?)"
        r"(?: (?:is|was|belongs?|end(?:ed)? up|land(?:ed)?))? (?:there|here|(?:in|with|among|under|into|to) .+)",
    ),
    _rule(m.explain_image, r"(?:explain|tell me about|what about|what is|what's|describe) (?P<image>.+)"),
    # group
    _rule(
        m.group_by,
        rf"(?:{_SORT}|{_CUT}|see|view|have|want|show(?: me)?){_OBJECT}"
        rf"(?: (?:in|into)(?: exactly| about| around)? (?P<n>{NUMBER})(?: {PILE})?| into {PILE})? {BY} (?P<by>.+)",
        rf"(?:see|view|have|want|get|show(?: me)?) (?:{ALL}|{_NOUN}) {_SORTED} {BY} (?P<by>.+)",
        rf"{_SORT} (?:on|using) (?P<by>.+)",
        rf"{_HAVE}(?: about| around)? (?P<n>{NUMBER}) {PILE} {BY} (?P<by>.+)",
        rf"{_HAVE} (?:the )?{PILE} {BY} (?P<by>.+)",
        rf"{BY} (?P<by>.+)",
        rf"put (?:{ALL} |{_NOUN} )?(?:with |of |that have )?the same (?P<by>.+) "
        rf"(?:together|in(?:to)? {_ONE})",
    ),
    _rule(
        m.question,
        rf"(?P<by>(?:which|what) (?!(?:can|could|should|do|did|is|are|does|else|about|{PILE}|{PICTURES})\b)"
        rf"[\w-]+(?: [\w-]+)? (?:do|are|is|does|have|has) {_THEM}\b.*)",
        r"(?P<by>how do they (?:feel|look)\b.*)",
        r"(?P<by>how (?:old|young|big|large|small|bright|sharp|tall|happy|sad) are (?:they|these))",
        r"(?P<by>what (?:do|are) they (?:wear|hold|do|show|feel|made of|looking at|look at|wearing|holding|doing)\b.*)",
        r"(?P<by>who (?:is|are) (?:in|on) (?:them|these|the \w+))",
    ),
    _rule(
        m.as_many,
        rf"(?:make|try|give me|i want|do|use|have|again)?(?: it| them| that)?(?: again)? ?(?:in|into|with)? ?"
        rf"(?P<n>{NUMBER}) {PILE}(?: instead| now)?",
        rf"make (?:it|that) (?P<n>{NUMBER})(?: instead)?",
        rf"(?:in|into) (?P<n>{NUMBER})",
    ),
    _rule(m.says("That would sort nothing: say 2 groups or more."), rf".*\binto (?:-\s?\d+|no) {PILE}"),
    # export
    _rule(
        m.export,
        rf"(?:export|save|write|store|output|dump)(?: (?P<what>(?!{_TO} ).+?))?? {_TO} (?P<to>.+)",
        rf"(?:make|create|build) (?P<what>(?:the |my )?folders)(?: for (?:them|it))? {_TO} (?P<to>.+)",
        rf"put (?P<what>{ALL}) in(?:to)? (?:sub)?folders (?:of|{_TO}) (?P<to>.+)",
        rf"(?P<verb>copy|link|symlink|move|put)(?: (?P<what>(?!{_TO} ).+?))?? (?:to|into|in|under) (?P<to>.+)",
    ),
    _rule(
        m.asks("Export to which folder?", "export"),
        r"(?:export|save)(?: .+)?",
        rf"(?:make|create|build)(?: me)? (?:a |one |the )?(?:sub)?folders?"
        rf"(?: (?:for|of|from|out of) (?:each|every|all|them|it|these)(?: (?:of them|one|{PILE}))?)?",
    ),
    # merge
    _rule(
        m.merge,
        rf"(?:make|turn|form) (?:one|a single) {PILE} (?:out )?of (?P<list>.+)",
        rf"turn (?P<list>.+) into one(?: {PILE})?",
        r"(?:merge|join|combine|unite|unify|fuse|fold|lump)(?: together)? (?P<list>.+?)(?: together)?"
        r",? (?:and )?(?:call|name) (?:it|them|that|the result) (?P<name>.+)",
        r"(?:merge|join|combine|unite|unify|fuse|fold|lump)(?: together)? (?P<list>.+?)(?: together)?"
        r"(?: (?:as|into|to|under the name(?: of)?|under|named|called) (?P<name>.+))?",
        rf"(?:put|bring|lump|place) (?P<list>.+?) (?:together|in(?:to)? {_ONE})(?: (?:as|named|called) (?P<name>.+))?",
    ),
    _rule(
        m.merge,
        r"(?P<list>.+? and .+?) (?:belong together|are (?:really )?(?:the same|one)(?: thing| group)?)",
        r"(?P<list>.+? and .+?) should be (?:one|merged|together)(?: group)?",
    ),
    _rule(m.asks("Merge which groups?", "merge"), r"merge|join|combine|unite"),
    # rename
    _rule(
        m.rename,
        r"rename (?P<x>.+?) (?:to|as|into) (?P<name>.+)",
        r"change the name of (?P<x>.+?) (?:to|into) (?P<name>.+)",
        r"(?P<x>.+?) (?:should|must|ought to) be (?:called|named) (?P<name>.+)",
        r"change (?P<x>.+?)'s name to (?P<name>.+)",
        rf"(?:call|name|label|title) (?P<x>(?:the )?(?:{PILE}|number) [\w-]+|the .+? (?:{PILE}|ones)|[\w-]+"
        r"|[\ue000-\uf8ff])(?: as)? (?P<name>.+)",
    ),
    _rule(m.asks("Rename which group to what?", "rename"), r"(?:rename|call|name|label)(?: .*)?"),
    # split
    _rule(
        m.split,
        rf"{_CUT}(?: apart)? (?P<x>.+?)(?: (?:up|apart))?(?: {BY} (?:(?:the|their|its) )?(?P<by>.+?))?"
        rf"(?: (?:up )?(?:in|into) (?:(?P<half>half)|(?P<n>{NUMBER})(?: {PILE}| halves)?))?",
    ),
    _rule(m.asks("Split which group?", "split"), rf"{_CUT}(?: .*)?"),
    # move
    _rule(
        m.move,
        r"(?:move|put|send|shift|transfer|place|drag|add|assign) (?P<list>.+?)(?: (?:from|out of) .+?)? "
        r"(?:to|into|in|with|under) (?!#\d)(?P<to>.+)",
    ),
    _rule(
        m.belongs,
        r"(?P<list>.+?) (?:belongs?|should (?:be|go)|goes|needs to (?:be|go))"
        r"(?: (?:to|into|in|with|under)){1,2} (?P<to>.+)",
    ),
    _rule(
        m.is_really,
        r"(?P<list>.+?) (?:is|are|looks?|seems?|should be)(?: (?:actually|really|rather|clearly|in fact|more|just))* "
        r"(?P<to>[^\W\d][\w-]*)",
    ),
    _rule(m.take_out, r"(?:take|remove|pull|get) (?P<list>.+?) (?:out of|from|out) (?P<out_of>.+)"),
    _rule(m.asks("Move which images where?", "move"), r"(?:move|put)(?: .*)?"),
    # what may be the name of a group, and what is left over
    _rule(m.show, rf"{_OPEN} (?P<what>.+)", r"(?:what|who)(?:'s| is| are) in (?P<what>.+)"),
    _rule(m.asks("Group by what?", "group"), rf"{_SORT}{_OBJECT}(?: {BY})?"),
    _rule(
        m.refuses("I never delete images or change them, I only sort them."),
        r"(?P<all>(?:delete|remove|erase|trash|rm|wipe|destroy|discard|throw away)\b.*)",
    ),
)
