"""What a small model may answer, as one JSON schema: the call of a tool, or a plain reply; and its way back.

The schema is narrowed to what was said, because a small model fills in whatever it is offered: a number that nobody
named is not on offer, several steps are offered only for a request that reads like several.
"""

import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from langchain_core.utils.function_calling import convert_to_openai_tool

from assistant.agent.builtin.lexicon import NUMBERS, ORDINALS
from assistant.agent.intents import intents

REPLY = "reply"
MOST_STEPS = 4

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
"""A question for a reason: what it asks about is not to be changed."""
_USE = re.compile(
    r"\b(?:can|could|may|should|must|do|am|to) (?:i|we)\b.*\b(?:say|ask|tell|type|talk|speak|command|use)\b"
    r"|\bwhich commands\b|\bhow to (?:use|talk)\b|^\W*help\W*$",
    re.IGNORECASE,
)
"""A question about how to talk to this: it gets help, not small talk."""
_IMAGE = re.compile(r"[#\d_]|\w\.\w")
_NAMED_IMAGE = re.compile(
    r"#\d|\w\.(?:jpe?g|png|gif|webp|heic|heif|bmp|tiff?|avif)\b|\b(?:image|picture|photo)s? (?:number )?\d",
    re.IGNORECASE,
)
"""What can be nothing but an image; a request with one is about images, and only their tools are on offer."""
_SOMEWHERE = re.compile(
    r"\b(?:to|into|under|out of|off|away|unsorted|remove|called|named|new group)\b", re.IGNORECASE
)
"""Words that say where images go, or that they go."""
_OF_ONE_GROUP = frozenset(("lock_group",))
"""Tools that are called once for each group that a request names."""
_STEP = re.compile(r"(?:step|event|number|no\.?)\s*#?(\d+)", re.IGNORECASE)
_WHOLE = 3
"""Letters up to which a keyword must be a whole word, so that "as" is not found in "ask"."""
_SMALL_WORDS = frozenset(
    ("the", "and", "for", "with", "all", "into", "from", "one", "ones", "group", "groups", "cluster")
)


class Menu:
    """The tools of one conversation, as a schema that a request narrows."""

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

    def schema(
        self,
        said: str,
        known: Sequence[str] | None = None,
        names: Sequence[str] = (),
        before: str = "",
        without: Collection[str] = (),
    ) -> dict[str, Any]:
        """The schema for the answer to a request: a call, a list of calls, or a reply.

        Args:
            said: The request.
            known: The criteria that were grouped by, the current one first; None where that is not known.
            names: The names of the groups that there are. Where the request names some, only those can be meant.
            before: The request before, which "it" may be about.
            without: Tools that are not on offer.
        """
        numbered = bool(_numbers(said))
        meant = [name for name in names if _speaks_for(said, name, {})]
        meant += sorted({str(n) for n in _numbers(said) | _ordinals(said)} - set(meant))
        several_steps = self.compound(said)
        about_images = _NAMED_IMAGE.search(said) is not None and not several_steps
        images = _IMAGE.search(f"{said} {before}") is not None or bool(_numbers(said) or _ordinals(said))
        if about_images and _WHY.search(said):
            without = {*without, "move_images"}
        relations = self._relations(said, known or (), names) - set(without)
        calls = [
            _call(name, parameters, numbered, known, meant)
            for name, parameters in self._parameters.items()
            if name not in without
            and (not relations or name in relations)
            and self._has_keyword(name, said)
            and (known is None or known or not self._needs_groups(name))
            and (images if _takes_images(parameters) else not about_images)
        ]
        reply = _object({"tool": {"const": REPLY}, "text": {"type": "string"}}, ["tool", "text"])
        several = {"type": "array", "items": {"oneOf": calls}, "minItems": 2, "maxItems": MOST_STEPS}
        if calls and _ORDERED.search(said.strip()):
            return {"oneOf": [several] if self._verb.search(said) else [several, reply]}
        helped = _USE.search(said) and "help" in self._parameters and "help" not in without
        spoken = [] if helped or relations else [reply]
        return {"oneOf": [*calls, *spoken, *([several] if calls and several_steps else [])]}

    def _has_keyword(self, name: str, said: str) -> bool:
        """Whether a request has a word that a tool which few requests are for asks for."""
        intent = self._intents.get(name)
        if intent is None or not intent.brief:
            return intent is None
        return not intent.keywords or any(_begins_a_word(keyword, said) for keyword in intent.keywords)

    def _needs_groups(self, name: str) -> bool:
        return name not in self._intents or self._intents[name].tool.needs_groups

    def _relations(self, said: str, known: Sequence[str], names: Sequence[str]) -> set[str]:
        """The tools for two of a kind, where a request names two images or two groupings and no place for them."""
        if self.compound(said) or any(_whole(name, said) for name in names):
            return set()
        images = _NAMED_IMAGE.search(said) and not _SOMEWHERE.search(said)
        pairs = ("keep_together", "keep_apart") if images and len(_NUMBERED.findall(said)) > 1 else ()
        crossed = ("compare", "cross") if sum(_whole(name, said) for name in known) > 1 else ()
        return {
            tool for tool in (*pairs, *crossed) if tool in self._parameters and self._has_keyword(tool, said)
        }

    def repeated(
        self, call: dict[str, Any], arguments: dict[str, Any], said: str, names: Sequence[str]
    ) -> list[dict[str, Any]]:
        """The arguments of a call, and the same for each other group that the request names, where it takes one."""
        if call.get("tool") not in _OF_ONE_GROUP or self.compound(said):
            return [arguments]
        meant = [name for name in names if _whole(name, said)]
        if str(arguments.get("cluster", "")).casefold() not in (name.casefold() for name in meant):
            return [arguments]
        return [arguments | {"cluster": name} for name in meant]

    def spoken_for(self, call: dict[str, Any], said: str, known: Sequence[str] | None = None) -> bool:
        """Whether every argument that a call must have is in the request. A model that is at a loss invents them.

        A criterion of before needs no mention where the request is about the number of groups.
        """
        tool = str(call.get("tool"))
        if not self._has_keyword(tool, said):
            return False
        required = self._parameters.get(tool, {}).get("required", [])
        for key in required:
            value = call.get(key)
            if key == "direction":  # "too many" says it, too
                continue
            if (
                key == "criterion"
                and _numbers(said)
                and str(value).casefold() in map(str.casefold, known or ())
            ):
                continue
            if isinstance(value, list) and len({str(v).casefold() for v in value}) < len(value):
                return False
            if not all(v == "unsorted" or _speaks_for(said, v, {}) for v in _listed(value)):
                return False
        return True

    def compound(self, said: str) -> bool:
        """Whether a request reads like several steps."""
        text = said.strip()
        return bool(_ORDERED.search(text) or _STEPS.search(text) or self._and.search(text))

    def required(self, call: dict[str, Any]) -> list[str]:
        """The values of the arguments that a call must have."""
        keys = self._parameters.get(str(call.get("tool")), {}).get("required", [])
        return [str(value) for key in keys for value in _listed(call.get(key))]

    def grounded(
        self,
        call: dict[str, Any],
        said: str,
        known: Sequence[str] | None = None,
        elsewhere: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The arguments of a call in accord with the request. What is needed `elsewhere`, by other steps of the
        request, speaks for no optional argument of this one.

        A criterion that was not named is the current one.
        Optional ones are left out where nothing in the request speaks for them. A number that was said, and that
        the call uses nowhere, is the number that the tool can take.
        """
        parameters = self._parameters.get(str(call.get("tool")), {})
        properties, required = parameters.get("properties", {}), parameters.get("required", [])
        rest = said  # what is left of the request for the optional ones: "merge a and b" names no third group
        for value in (*self.required(call), *elsewhere):
            rest = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", " ", rest, count=1, flags=re.IGNORECASE)
        kept = {
            key: value
            for key, value in call.items()
            if key != "tool" and (key in required or _speaks_for(rest, value, properties.get(key, {})))
        }
        grouping = next((name for name in known or () if _same(name, kept.get("cluster"))), None)
        if grouping is not None and "clustering" in properties and "cluster" not in required:
            kept["clustering"] = grouping  # what is grouped by was taken for a group
            del kept["cluster"]
        if step := _STEP.fullmatch(str(kept.get("moment", ""))):
            kept["moment"] = step[1]
        if known and "criterion" in kept and not _speaks_for(said, kept["criterion"], {}):
            kept["criterion"] = known[0]
        counts = [key for key, value in properties.items() if _plain(value).get("type") == "integer"]
        if len(counts) == 1 and counts[0] not in kept:
            least = int(_plain(properties[counts[0]]).get("minimum", 0))
            used = _numbers(json.dumps(kept)) | _ordinals(said)
            free = {n for n in _numbers(said) if n >= least} - used
            if len(free) == 1:
                kept[counts[0]] = free.pop()
        return kept


def shown(name: str, arguments: dict[str, Any]) -> str:
    """A call as the model writes it."""
    return json.dumps({"tool": name, **arguments}, ensure_ascii=False)


def _call(
    name: str, parameters: dict[str, Any], numbered: bool, known: Sequence[str] | None, meant: Sequence[str]
) -> dict[str, Any]:
    required = list(parameters.get("required", []))
    properties: dict[str, Any] = {"tool": {"const": name}}
    for key, value in parameters.get("properties", {}).items():
        plain = _plain(value)
        if key == "clustering" and known is not None:
            if len(known) < 2:
                continue
            plain = {"enum": list(known)}
        if key == "cluster" and meant:
            plain = {"enum": [*meant, "unsorted"]}
        if key == "clusters" and len(meant) > 1:
            plain = plain | {"items": {"enum": list(meant)}}
        if key in required or numbered or plain.get("type") != "integer":
            properties[key] = plain
    return _object(properties, ["tool", *required])


def _begins_a_word(keyword: str, said: str) -> bool:
    """Whether a word of a request begins with a keyword; a short one must be a whole word."""
    start = r"\b" if keyword[0].isalnum() and keyword != "n't" else ""
    end = r"\b" if len(keyword) <= _WHOLE and keyword[-1].isalnum() else ""
    return re.search(rf"{start}{re.escape(keyword)}{end}", said, re.IGNORECASE) is not None


def _takes_images(parameters: dict[str, Any]) -> bool:
    return bool({"image", "images"} & parameters.get("properties", {}).keys())


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """A property without what a grammar does not need, and without null: what is not said is left out."""
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


def _whole(name: str, said: str) -> bool:
    """Whether a request names something by its whole name."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said, re.IGNORECASE) is not None


def _speaks_for(said: str, value: Any, schema: dict[str, Any]) -> bool:
    if value in ("", None, []) or value == schema.get("default"):
        return False
    if isinstance(value, bool):
        return True
    if isinstance(value, int):
        return value in _numbers(said)
    text, said = str(value).casefold(), said.casefold()
    if number := re.fullmatch(r"(?:group |cluster )?[c#]?(\d+)", text):
        return _counts(int(number[1]), said)
    words = [word for word in re.findall(r"[^\W_]+", text) if word not in _SMALL_WORDS]
    return any(word[:4] in said for word in words)


def _counts(n: int, said: str) -> bool:
    """Whether a number is in what was said: in digits, in words, as the nth, or in "3 to 7"."""
    if n in _numbers(said) | _ordinals(said) or (n == 1 and re.search(r"\bone\b", said)):
        return True
    return any(int(first) <= n <= int(last) for first, last in _RANGE.findall(said))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _numbers(text: str) -> set[int]:
    """The numbers in a text, in digits or in words."""
    return {int(n) if n.isdecimal() else _COUNTED[n.casefold()] for n in _NUMBER.findall(text)}


def _ordinals(text: str) -> set[int]:
    return {ORDINALS[n.casefold()] for n in _ORDINAL.findall(text)}
