"""Offers a small model its menu, the JSON schema of its answer, and reads the answer: a tool call or a plain reply.

The schema is narrowed to the request, because a small model fills in whatever it is offered: a number is on offer
only where the request names one, several steps only where it reads like several.
"""

import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from langchain_core.utils.function_calling import convert_to_openai_tool

from assistant.agent.builtin.lexicon import IMAGE_EXTENSION, NUMBERS, ORDINALS
from assistant.agent.intents import intents

REPLY = "reply"
MOST_STEPS = 4
"""The most calls in one answer."""

_NOISE = ("title", "description", "default", "minLength", "maxLength", "maxItems", "examples", "format")
_COUNTED = {word: n for word, n in NUMBERS.items() if n > 1} | {  # "one" is hardly ever a number
    "dozen": 12,
    "couple": 2,
    "half": 2,
    "halves": 2,
}
_NUMBER = re.compile(r"\d+|\b(?:" + "|".join(_COUNTED) + r")\b", re.IGNORECASE)
_NUMBERED = re.compile(r"[\w-]*\d[\w.-]*")
_RANGE = re.compile(r"(\d+)\s*(?:-|–|\.\.|to|through|until)\s*#?(\d+)")
_ORDINAL = re.compile(r"\b(?:" + "|".join(ORDINALS) + r")\b", re.IGNORECASE)
_ORDERED = re.compile(r"\w\W*(?:;|\bthen\b|\bafter(?:wards| that)\b)\W*\w", re.IGNORECASE)
_STEPS = re.compile(r"\n\s*\S|[.!?]\s+\w")
_WHY = re.compile(r"\b(?:why|how come|how did|what made|what makes|reason|explain)\b", re.IGNORECASE)
"""Matches a question for a reason, which must change nothing."""
_USE = re.compile(
    r"\b(?:can|could|may|should|must|do|am|to) (?:i|we)\b.*\b(?:say|ask|tell|type|talk|speak|command|use)\b"
    r"|\bwhich commands\b|\bhow to (?:use|talk)\b|^\W*help\W*$",
    re.IGNORECASE,
)
"""Matches a question about how to use Regroup, which gets help instead of small talk."""
_IMAGE = re.compile(r"[#\d_]|\w\.\w")
_NAMED_IMAGE = re.compile(
    rf"#\d|\w{IMAGE_EXTENSION}\b|\b(?:image|picture|photo)s? (?:number )?\d",
    re.IGNORECASE,
)
"""Matches an unmistakable reference to an image. A request with one is offered the tools for images alone."""
_SOMEWHERE = re.compile(
    r"\b(?:to|into|under|out of|off|away|unsorted|remove|called|named|new group)\b", re.IGNORECASE
)
"""Matches words that say that images move, or where to."""
_OF_ONE_GROUP = frozenset(("lock_group",))
"""The tools that are called once for each group that a request names."""
_STEP = re.compile(r"(?:step|event|number|no\.?)\s*#?(\d+)", re.IGNORECASE)
_SHORT_KEYWORD = 3
"""The most letters of a keyword that must be a whole word, so that "as" is not found in "ask"."""
_SMALL_WORDS = frozenset(
    ("the", "and", "for", "with", "all", "into", "from", "one", "ones", "group", "groups", "cluster")
)


class Menu:
    """Offers the tools of one conversation, as a schema that is narrowed to a request."""

    def __init__(self, tools: Sequence[Any]) -> None:
        functions = [convert_to_openai_tool(tool)["function"] for tool in tools]
        self._parameters: dict[str, dict[str, Any]] = {
            f["name"]: f.get("parameters") or {} for f in functions
        }
        self._intents = {intent.name: intent for intent in intents() if intent.name in self._parameters}
        common = [name for name, intent in self._intents.items() if not intent.keywords]
        verbs = sorted({name.split("_")[0] for name in common} | {"sort", "save"})
        self._verb = re.compile(rf"\b(?:{'|'.join(verbs)})\b", re.IGNORECASE)
        self._and = re.compile(rf"\band\s+(?:{'|'.join(verbs)})\b", re.IGNORECASE)

    @property
    def tools(self) -> Collection[str]:
        """Return the names of the tools."""
        return self._parameters.keys()

    def schema(
        self,
        request: str,
        criteria: Sequence[str] | None = None,
        names: Sequence[str] = (),
        before: str = "",
        without: Collection[str] = (),
    ) -> dict[str, Any]:
        """Return the schema for the answer to a request: a call, a list of calls, or a reply.

        Args:
            request: The request.
            criteria: The criteria of the groupings, the current one first; None where they are not known.
            names: The names of all groups. Where the request names some of them, only those can be meant.
            before: The previous request, to which "it" may refer.
            without: The tools that are not on offer.
        """
        numbered = bool(_numbers(request))
        meant = [name for name in names if _speaks_for(request, name, {})]
        meant += sorted({str(n) for n in _numbers(request) | _ordinals(request)} - set(meant))
        several_steps = self.compound(request)
        about_images = _NAMED_IMAGE.search(request) is not None and not several_steps
        images = _IMAGE.search(f"{request} {before}") is not None or bool(
            _numbers(request) or _ordinals(request)
        )
        if about_images and _WHY.search(request):
            without = {*without, "move_images"}
        relations = self._relations(request, criteria or (), names) - set(without)
        calls = [
            _call(name, parameters, numbered, criteria, meant)
            for name, parameters in self._parameters.items()
            if name not in without
            and (not relations or name in relations)
            and self._has_keyword(name, request)
            and (criteria is None or criteria or not self._needs_groups(name))
            and (images if _takes_images(parameters) else not about_images)
        ]
        reply = _object({"tool": {"const": REPLY}, "text": {"type": "string"}}, ["tool", "text"])
        several = {"type": "array", "items": {"oneOf": calls}, "minItems": 2, "maxItems": MOST_STEPS}
        if calls and _ORDERED.search(request.strip()):
            return {"oneOf": [several] if self._verb.search(request) else [several, reply]}
        helped = _USE.search(request) and "help" in self._parameters and "help" not in without
        spoken = [] if helped or relations else [reply]
        return {"oneOf": [*calls, *spoken, *([several] if calls and several_steps else [])]}

    def _has_keyword(self, name: str, request: str) -> bool:
        """Return whether a request has one of a tool's keywords, where the tool has any."""
        intent = self._intents.get(name)
        if intent is None or not intent.brief:
            return intent is None
        return not intent.keywords or any(_begins_a_word(keyword, request) for keyword in intent.keywords)

    def _needs_groups(self, name: str) -> bool:
        return name not in self._intents or self._intents[name].tool.needs_groups

    def _relations(self, request: str, criteria: Sequence[str], names: Sequence[str]) -> set[str]:
        """Return the tools for a pair, where a request names two images or two groupings and no target for them."""
        if self.compound(request) or any(_named_in(name, request) for name in names):
            return set()
        images = _NAMED_IMAGE.search(request) and not _SOMEWHERE.search(request)
        pairs = ("keep_together", "keep_apart") if images and len(_NUMBERED.findall(request)) > 1 else ()
        crossed = ("compare", "cross") if sum(_named_in(name, request) for name in criteria) > 1 else ()
        return {
            tool
            for tool in (*pairs, *crossed)
            if tool in self._parameters and self._has_keyword(tool, request)
        }

    def repeated(
        self, call: dict[str, Any], arguments: dict[str, Any], request: str, names: Sequence[str]
    ) -> list[dict[str, Any]]:
        """Return the arguments of a call, and a copy for each other group in the request where the tool takes one."""
        if call.get("tool") not in _OF_ONE_GROUP or self.compound(request):
            return [arguments]
        meant = [name for name in names if _named_in(name, request)]
        if str(arguments.get("cluster", "")).casefold() not in (name.casefold() for name in meant):
            return [arguments]
        return [arguments | {"cluster": name} for name in meant]

    def spoken_for(self, call: dict[str, Any], request: str, criteria: Sequence[str] | None = None) -> bool:
        """Return whether every required argument of a call is in the request: a confused model invents arguments.

        An existing criterion needs no mention where the request is about the number of groups.
        """
        tool = str(call.get("tool"))
        if not self._has_keyword(tool, request):
            return False
        required = self._parameters.get(tool, {}).get("required", [])
        for key in required:
            value = call.get(key)
            if key == "direction":  # "too many" says it, too
                continue
            if (
                key == "criterion"
                and _numbers(request)
                and str(value).casefold() in map(str.casefold, criteria or ())
            ):
                continue
            if isinstance(value, list) and len({str(v).casefold() for v in value}) < len(value):
                return False
            if not all(v == "unsorted" or _speaks_for(request, v, {}) for v in _listed(value)):
                return False
        return True

    def compound(self, request: str) -> bool:
        """Return whether a request reads like several steps."""
        text = request.strip()
        return bool(_ORDERED.search(text) or _STEPS.search(text) or self._and.search(text))

    def required(self, call: dict[str, Any]) -> list[str]:
        """Return the values of a call's required arguments."""
        keys = self._parameters.get(str(call.get("tool")), {}).get("required", [])
        return [str(value) for key in keys for value in _listed(call.get(key))]

    def grounded(
        self,
        call: dict[str, Any],
        request: str,
        criteria: Sequence[str] | None = None,
        elsewhere: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Return the arguments of a call, corrected to what the request says.

        A criterion that the request does not name becomes the current one. Optional arguments are left out where
        nothing in the request supports them; the values needed `elsewhere`, by other steps of the request, do not
        count as support. A number in the request that the call does not use becomes the number that the tool takes.
        """
        parameters = self._parameters.get(str(call.get("tool")), {})
        properties, required = parameters.get("properties", {}), parameters.get("required", [])
        rest = (
            request  # what is left of the request for the optional ones: "merge a and b" names no third group
        )
        for value in (*self.required(call), *elsewhere):
            rest = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", " ", rest, count=1, flags=re.IGNORECASE)
        kept = {
            key: value
            for key, value in call.items()
            if key != "tool" and (key in required or _speaks_for(rest, value, properties.get(key, {})))
        }
        grouping = next((name for name in criteria or () if _same(name, kept.get("cluster"))), None)
        if grouping is not None and "clustering" in properties and "cluster" not in required:
            kept["clustering"] = grouping  # what is grouped by was taken for a group
            del kept["cluster"]
        if step := _STEP.fullmatch(str(kept.get("moment", ""))):
            kept["moment"] = step[1]
        if criteria and "criterion" in kept and not _speaks_for(request, kept["criterion"], {}):
            kept["criterion"] = criteria[0]
        counts = [key for key, value in properties.items() if _plain(value).get("type") == "integer"]
        if len(counts) == 1 and counts[0] not in kept:
            least = int(_plain(properties[counts[0]]).get("minimum", 0))
            used = _numbers(json.dumps(kept)) | _ordinals(request)
            free = {n for n in _numbers(request) if n >= least} - used
            if len(free) == 1:
                kept[counts[0]] = free.pop()
        return kept


def shown(name: str, arguments: dict[str, Any]) -> str:
    """Return a call as the model writes it."""
    return json.dumps({"tool": name, **arguments}, ensure_ascii=False)


def _call(
    name: str,
    parameters: dict[str, Any],
    numbered: bool,
    criteria: Sequence[str] | None,
    meant: Sequence[str],
) -> dict[str, Any]:
    required = list(parameters.get("required", []))
    properties: dict[str, Any] = {"tool": {"const": name}}
    for key, value in parameters.get("properties", {}).items():
        plain = _plain(value)
        if key == "clustering" and criteria is not None:
            if len(criteria) < 2:
                continue
            plain = {"enum": list(criteria)}
        if key == "cluster" and meant:
            plain = {"enum": [*meant, "unsorted"]}
        if key == "clusters" and len(meant) > 1:
            plain = plain | {"items": {"enum": list(meant)}}
        if key in required or numbered or plain.get("type") != "integer":
            properties[key] = plain
    return _object(properties, ["tool", *required])


def _begins_a_word(keyword: str, request: str) -> bool:
    """Return whether a word of a request begins with a keyword; a short keyword must be a whole word."""
    start = r"\b" if keyword[0].isalnum() and keyword != "n't" else ""
    end = r"\b" if len(keyword) <= _SHORT_KEYWORD and keyword[-1].isalnum() else ""
    return re.search(rf"{start}{re.escape(keyword)}{end}", request, re.IGNORECASE) is not None


def _takes_images(parameters: dict[str, Any]) -> bool:
    return bool({"image", "images"} & parameters.get("properties", {}).keys())


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a property without what a grammar does not need, and without null: unsaid arguments are left out."""
    if "anyOf" in schema:
        several = [option for option in schema["anyOf"] if option.get("type") != "null"]
        return _plain(several[0]) if len(several) == 1 else {"anyOf": [_plain(option) for option in several]}
    kept = {key: value for key, value in schema.items() if key not in _NOISE}
    if kept.get("type") == "string" and "enum" not in kept:
        kept["minLength"] = 1
    if "items" in kept:
        kept["items"] = _plain(kept["items"])
    return kept


def _same(name: str, value: Any) -> bool:
    return isinstance(value, str) and name.casefold() == value.casefold()


def _named_in(name: str, request: str) -> bool:
    """Return whether a request contains a whole name, whatever the case."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", request, re.IGNORECASE) is not None


def _speaks_for(request: str, value: Any, schema: dict[str, Any]) -> bool:
    if value in ("", None, []) or value == schema.get("default"):
        return False
    if isinstance(value, bool):
        return True
    if isinstance(value, int):
        return value in _numbers(request)
    text, request = str(value).casefold(), request.casefold()
    if number := re.fullmatch(r"(?:group |cluster )?[c#]?(\d+)", text):
        return _counts(int(number[1]), request)
    words = [word for word in re.findall(r"[^\W_]+", text) if word not in _SMALL_WORDS]
    return any(word[:4] in request for word in words)


def _counts(n: int, request: str) -> bool:
    """Return whether a request has a number: in digits, in words, as an ordinal, or in a range such as "3 to 7"."""
    if n in _numbers(request) | _ordinals(request) or (n == 1 and re.search(r"\bone\b", request)):
        return True
    return any(int(first) <= n <= int(last) for first, last in _RANGE.findall(request))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _numbers(text: str) -> set[int]:
    """Return the numbers in a text, in digits or in words."""
    return {int(n) if n.isdecimal() else _COUNTED[n.casefold()] for n in _NUMBER.findall(text)}


def _ordinals(text: str) -> set[int]:
    return {ORDINALS[n.casefold()] for n in _ORDINAL.findall(text)}
