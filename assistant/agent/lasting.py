"""The grammar of what lasts: questions, tuning, links, locks, snapshots, branches; and of questions about groups."""

import re

from assistant.agent.meanings import HINTS, Answer, Call, Make, Parts, Reply, ask
from assistant.agent.words import ALL, NUMBER, PICTURES, PILE, group, images, is_image, is_quoted

_IT = rf"(?:{ALL}|it|that|this|them|these|those|anything|everything|nothing|me|you|us)"
_ONES = (
    rf"(?:(?:a )?(?:few|couple of|{NUMBER}|some|more|your|the)(?: more)?(?: quick| short)? ?)?"
    r"(?:ones|questions?|things?)"
)
_TWO = r"#?(?P<a>\d+) (?:and|&) #?(?P<b>\d+)"
_SEVERAL = r"(?:.*#.*|.*\.\w{3,4}\b.*|.*(?:picture|image|photo|file)s?\b.*\d.*)"

Rule = tuple[Make, tuple[str, ...]]


def calls(tool: str, **arguments: object) -> Make:
    """A rule that calls a tool with these arguments."""
    return lambda parts, last: [Call(tool, dict(arguments))]


def together(parts: Parts, last: str | None) -> Answer | None:
    """ "list" of images, which belong together."""
    found = _images(f"{parts['list']} and {parts['other']}" if "other" in parts else parts["list"])
    if found is None:
        return None
    return [Call("keep_together", {"images": found})] if len(found) > 1 else ask("With which image?", "link")


def pair(make: Make) -> Make:
    """As `make` of two numbers, which can be nothing but images: groups are in no group."""
    return lambda parts, last: make({"list": f"#{parts['a']} and #{parts['b']}"}, last)


def apart(parts: Parts, last: str | None) -> Answer | None:
    """ "list" of images, and maybe "other" ones that they are apart from."""
    found = _images(parts["list"])
    others = _images(parts["other"]) if "other" in parts else []
    if found is None or others is None:
        return None
    both = [*found, *others]
    return [Call("keep_apart", {"images": both})] if len(both) > 1 else ask("From which image?", "link")


def more_like(parts: Parts, last: str | None) -> Answer | None:
    """ "list" of images, and maybe "to"."""
    found = _images(parts["list"])
    if found is None:
        return None
    return [Call("more_like", {"images": found} | ({"to": group(parts["to"])} if "to" in parts else {}))]


def lock(on: bool) -> Make:
    """ "x" is locked, or unlocked."""

    def make(parts: Parts, last: str | None) -> Answer | None:
        names = re.split(r"\s*(?:,\s*and\b|,|\band\b)\s*", parts["x"], flags=re.IGNORECASE)
        if any(re.fullmatch(_IT, name, re.IGNORECASE) or (is_image(name) and "#" in name) for name in names):
            return None
        extra = {} if on else {"locked": False}
        return [Call("lock_group", {"cluster": group(name)} | extra) for name in names]

    return make


def number(parts: Parts, last: str | None) -> Answer | None:
    """ "fewer" or "more" groups."""
    return [Call("change_number", {"direction": "fewer" if "fewer" in parts else "more"})]


def describe(parts: Parts, last: str | None) -> Answer | None:
    """ "x" is a group."""
    if re.fullmatch(rf"{_IT}|they|the {PICTURES}", parts["x"], re.IGNORECASE) or not group(parts["x"]):
        return None
    if not is_quoted(parts["x"]) and is_image(parts["x"]) and not re.fullmatch(r"c?\d+", parts["x"]):
        return None
    return [Call("describe_group", {"cluster": group(parts["x"])})]


def what_if(parts: Parts, last: str | None) -> Answer | None:
    """ "image" about which something was said."""
    found = _images(parts["image"])
    return [Call("what_if", {"image": found[0]})] if found else None


def named(tool: str, key: str = "name") -> Make:
    """A tool that takes a name; a folder is none."""

    def make(parts: Parts, last: str | None) -> Answer | None:
        name = parts["name"].strip(" .")
        if re.search(r"[/\\~]", name) or re.fullmatch(rf"{_IT}|links?|copies|moves?", name, re.IGNORECASE):
            return None
        return [Call(tool, {key: name})]

    return make


def two(tool: str) -> Make:
    """A tool about two groupings, "a" and "b"."""

    def make(parts: Parts, last: str | None) -> Answer | None:
        bare = [
            re.sub(
                r"^(?:the |by )+|(?: (?:groupings?|clusterings?|groups))$",
                "",
                parts[key],
                flags=re.IGNORECASE,
            )
            for key in ("a", "b")
        ]
        if not all(bare) or any(re.fullmatch(_IT, name, re.IGNORECASE) for name in bare):
            return Reply(HINTS["two"], asks=True)
        return [Call(tool, {"first": bare[0], "second": bare[1]})]

    return make


def _images(text: str) -> list[str] | None:
    """Images, where a text can be nothing else."""
    found = images(text) if re.fullmatch(_SEVERAL, text, re.IGNORECASE) or is_quoted(text) else None
    return found if isinstance(found, list) else None


_WHAT_I_SAID = (
    r"(?:(?:(?:what|everything|all)(?: that)? i(?:'ve| have)? (?:said|told you|answered|taught you|showed you|did)"
    r"|(?:all (?:of )?)?(?:my|the|those|these) (?:answers|corrections|moves|examples))(?: so far)?)"
)
_FEATURES = r"(?: (?:it|them|yourself|(?:the|your|these) (?:features|model|embeddings?|network|views?)))?"
_WELL = r"(?: (?:thoroughly|properly|slowly|in depth))"

RULES: tuple[Rule, ...] = (
    (
        calls("tune"),
        (
            rf"(?:fine-?)?tune{_FEATURES}(?: (?:to|on|by|with|from|for) {_WHAT_I_SAID})?{_WELL}?",
            rf"(?:train|adapt|adjust|fit){_FEATURES} (?:to|on|by|with|from) {_WHAT_I_SAID}{_WELL}?",
            rf"(?:thoroughly |properly )?learn (?:more )?(?:from|by|with) {_WHAT_I_SAID}{_WELL}?",
            rf"learn{_WELL}(?: from {_WHAT_I_SAID})?",
        ),
    ),
    (
        calls("ask_me"),
        (
            rf"(?:ask|quiz|question|interview|test) me(?: (?:something|anything|away|about .+|{_ONES}(?:"
            rf" about .+)?))?",
            rf"ask(?: away| {_ONES})",
            rf"(?:ask|quiz|question|test) me {NUMBER}(?: more)?",
            r"(?:let me |i(?:'ll| will| can| could| want to)? )?(?:teach|train)(?: you| it| me)?(?:"
            r" (?:what|how|the) .+)?",
            r"(?:start|begin|do|let's do)(?: a| the| another)? (?:lesson|teaching|quiz|round)(?: of"
            r" questions)?",
            r"(?:do|have) you(?: have)?(?: any| more)? questions(?: for me)?|what do you (?:want|need) to"
            r" know(?: .*)?",
            r"(?:learn|let yourself be taught) from me|(?:more|next) questions?",
        ),
    ),
    (
        together,
        (
            rf"(?P<list>.+?) (?:(?:must|should|have to|all) )*(?:belong|go|stay|be|are) (?:together|in"
            rf" (?:one|the same) {PILE})",
            r"(?P<list>.+?) (?:are|is|show) (?:really )?(?:the same|one)(?: thing| group| one| person)?",
            rf"(?:keep|put|hold|tie|leave|bring) (?P<list>.+?) (?:together|in (?:one|the same) {PILE})",
            r"(?:link|tie|connect|couple) (?P<list>.+?)(?: (?:up|together))?",
        ),
    ),
    (
        pair(together),
        (rf"{_TWO} (?:should|must|have to|ought to|may) be (?:together )?in (?:one|the same) {PILE}",),
    ),
    (together, (r"(?P<list>#\S+) (?:is|looks)(?: just| exactly| a lot| much)? like (?P<other>#\S+)",)),
    (
        pair(apart),
        (
            rf"{_TWO} (?:(?:should|must|can|do|may)(?: not|n't)|cannot|don't) (?:be|belong|go)"
            rf" (?:together )?in (?:one|the same) {PILE}",
        ),
    ),
    (
        apart,
        (
            r"(?P<list>#\S+) (?:is not|isn't|does not look|doesn't look|is nothing|looks nothing)"
            r"(?: at all)? like (?P<other>#\S+)",
            r"(?P<list>#\S+) (?:is|looks)(?: very| quite)? different from (?P<other>#\S+)",
            r"(?P<list>#\S+ and #\S+) (?:are|look)(?: very| quite| all)? different(?: from each other)?",
        ),
    ),
    (
        apart,
        (
            rf"(?P<list>.+?) (?:do not|don't|must not|should not|shouldn't|mustn't|never|cannot|can't)"
            rf" (?:belong|go|be|stay) "
            rf"(?:together|in (?:one|the same) {PILE})",
            rf"(?P<list>.+?) (?:are|belong|must be|should be|go) (?:apart|different(?: {PILE})?|not the"
            rf" same|in different {PILE}"
            r"|not together)",
            r"(?:keep|hold|put|tell|pull) (?P<list>.+?) apart(?: from (?P<other>.+))?",
            r"(?P<list>.+?) (?:does not|doesn't|do not|don't|must not|should not) (?:belong|go|be)"
            r" (?:together )?with (?P<other>.+)",
            r"(?:separate|cut|unlink|part|divorce) (?P<list>.+?) (?:from|and) (?P<other>.+)",
        ),
    ),
    (
        more_like,
        (
            rf"(?:move|put|add|send) (?:more|others|everything|all)(?: {PICTURES})?(?: that (?:is|are))?"
            rf" (?:like|similar to) "
            r"(?P<list>.+?) (?:to|into|in|with|under) (?P<to>.+)",
            rf"(?:(?:show|find|get|give|list|see|look for|search for|are there)(?: me)? )?(?:(?:some|any)"
            rf" )?(?:more|others?|similar)"
            rf"(?: {PICTURES}| ones)? (?:like|to|as|similar to) (?P<list>.+)",
            rf"(?:(?:show|find|get|give|list|see|look for|search for)(?: me)? )?(?:the )?(?:{PICTURES}"
            rf" )?(?:that (?:look|are) )?"
            r"(?:most )?(?:like|similar to|resembling) (?P<list>.+)",
            rf"(?:what|which)(?: else| other)?(?: {PICTURES}| ones)? (?:looks?|is|are|resembles?) (?:most )?"
            r"(?:like|similar to) (?P<list>.+)",
        ),
    ),
    (
        lambda parts, last: ask("Lock or unlock which group?", "lock"),
        (r"(?:un)?(?:lock|freeze|pin|protect)(?: (?:it|that|this|them|a group|groups?))?",),
    ),
    (lock(False), (r"(?:unlock|unfreeze|unpin|release|unfix) (?P<x>.+)",)),
    (
        lock(True),
        (
            r"(?:lock|freeze|fix|pin|protect)(?: down| in)? (?P<x>.+?)(?: (?:in place|as (?:it|they)"
            r" (?:is|are)))?",
            r"(?:keep|leave) (?P<x>.+?) (?:as (?:it|they) (?:is|are)|locked|unchanged|alone|untouched)",
            r"(?:do not|don't|never) (?:touch|change) (?:the )?(?P<x>.+?)(?: any ?more| again)?",
            r"(?P<x>.+?) (?:is|are) (?:final|fine as (?:it|they) (?:is|are)|right as (?:it|they) (?:is|are))",
        ),
    ),
    (
        number,
        (
            rf"(?:(?:make|give me|i want|use|try|have|show(?: me)?) )?(?:it |them"
            rf" )?(?:(?P<more>more|finer|smaller)"
            rf"|(?P<fewer>fewer|less|coarser|bigger|larger|broader))(?: {PILE})",
            r"(?:make (?:it|them) |go |be )?(?:(?P<more>finer|more (?:detailed|fine[- ]grained))"
            r"|(?P<fewer>coarser|less (?:detailed|fine[- ]grained)))",
            rf"(?:(?:that|these|those|there|it)(?:'s| is| are) )?(?:(?P<fewer>(?:far |way )?too"
            rf" many)|(?P<more>(?:far |way )?too few))"
            rf" {PILE}",
            rf"(?:the |your |my )?{PILE} (?:are|is) (?:(?P<fewer>(?:far |way )?too many)"
            r"|(?P<more>(?:far |way )?too few))",
            r"(?:a bit |a little |somewhat |much |even )?(?P<fewer>fewer)",
        ),
    ),
    (
        describe,
        (
            r"(?:describe|characteri[sz]e|sum up|summari[sz]e) (?P<x>.+)",
            r"what (?:do|does|have|has) (?P<x>.+?) (?:all )?(?:have |got )?in common",
            r"what (?:makes|sets) (?P<x>.+?) (?:different|apart|special)(?: .*)?",
            r"what(?:'s| is) (?:so )?(?:special|different|typical|common)(?: about| of| for| to| in) (?P<x>.+)",
            r"how (?:is|are|does|do) (?P<x>.+?) (?:different|differ)(?: from .*)?",
            r"explain (?:the )?(?!why|how|what)(?P<x>.+)",
        ),
    ),
    (
        what_if,
        (
            r"what (?:if|would (?:change|happen|be (?:different|otherwise))|changes|happens)\b.*?"
            r"(?P<image>#\d+|(?:image|picture|photo) \d+|[\w-]+\.\w{3,4})(?:\b.*)?",
            r"what (?:did|does) (?:my|the|that) answer (?:about|on|for|to) (?P<image>.+?) (?:do|change|matter)",
        ),
    ),
    (
        calls("history"),
        (
            r"(?:(?:show|list|see|view|open|print)(?: me)? )?(?:the |my |our )?(?:history|journal|log)(?:"
            r" of .+)?",
            r"what (?:have i|did i) (?:do|done|said|say|change|changed)(?: so far| until now| before| today)?",
            r"what (?:has )?happened(?: so far| until now| before)?|(?:list|show)(?: me)? (?:all )?(?:my"
            r" |the )?(?:steps|changes)",
        ),
    ),
    (
        named("snapshot"),
        (
            r"(?:(?:take|make|save|keep|create) )?(?:a |the )?(?:snapshot|checkpoint|bookmark)(?: of"
            r" (?:this|it|that|the \w+))?"
            r"(?:,? (?:as|called|named|under|and call it)(?: the name)?|:) ?(?P<name>.+)",
            r"(?:remember|keep|save|bookmark|store) (?:this|it|that|the (?:current"
            r" )?(?:grouping|state|clustering))"
            r"(?: (?:state|grouping|clustering|version))? (?:as|under)(?: the name)? (?P<name>.+)",
        ),
    ),
    (
        lambda parts, last: ask("Under which name?", "snapshot"),
        (r"(?:take|make|save|keep|create) (?:a|the) (?:snapshot|checkpoint|bookmark)",),
    ),
    (calls("undo"), (r"(?:make it |have it )?(?:just )?(?:as|like) (?:it was )?before",)),
    (
        named("as_before", "moment"),
        (
            r"(?:go |take me |bring me |return |jump )?(?:back )?to (?:the"
            r" )?(?:snapshot|checkpoint|bookmark|step|state)"
            r"(?: called| named| number| no\.?)? (?P<name>.+)",
            r"(?:restore|recall|load|revert to|bring back)(?: the)?"
            r" (?:snapshot|checkpoint|bookmark|step)(?: called| named| number)?"
            r" (?P<name>.+)",
            r"(?:make it |have it )?(?:just )?(?:as|like)(?: it was)? (?:in|at|after) (?:the"
            r" )?(?:snapshot |checkpoint |step )?(?P<name>.+)",
            r"(?:restore|recall) (?P<name>.+)",
        ),
    ),
    (
        named("branch"),
        (
            r"(?:(?:make|start|open|create) )?(?:a )?branch(?: (?:it|this|off))?(?:"
            r" (?:as|called|named|to))? (?P<name>.+)",
            r"(?:copy|duplicate|fork) (?:this|the|it|the current)(?: grouping| clustering)?"
            r" (?:as|under|and call it) (?P<name>.+)",
        ),
    ),
    (
        two("compare"),
        (
            r"compare (?P<a>.+?) (?:and|with|to|against|versus|vs\.?) (?P<b>.+)",
            r"(?:show|put|see)(?: me)? (?P<a>.+?) (?:and|next to|beside|with) (?P<b>.+?) side by side",
            r"how (?:do|does) (?P<a>.+?) (?:and|with) (?P<b>.+?) (?:compare|overlap|relate|differ)",
            r"how does (?P<a>.+?) (?:compare|relate) (?:with|to) (?P<b>.+)",
        ),
    ),
    (
        two("cross"),
        (
            r"nest (?P<b>.+?) (?:in|into|inside|within|under) (?P<a>.+)",
            r"(?:cross|nest|multiply) (?P<a>.+?) (?:x|×|with|and|by|times|in|into) (?P<b>.+)",
            r"(?P<a>[\w ]+?) (?:x|×|times|crossed with) (?P<b>[\w ]+)",
            r"(?:group|sort)(?: \w+)* by (?P<a>.+?),?(?: and)?(?: then)? (?:within|inside)"
            r" (?:that|each|it|those|each of them)"
            r"(?: group)?,? by (?P<b>.+)",
        ),
    ),
)
"""What to make of a sentence, and the wordings that mean it; see `assistant.agent.rules`."""
