"""The built-in brain's grammar: what a person types becomes calls of tools, or an answer that says what is missing.

Every rule has to match a whole sentence. What matches no rule is not guessed at.
"""

import re
from typing import Any

from assistant.agent.meanings import EXAMPLES, MOST_STEPS, Answer, Call, Reply, either
from assistant.agent.rules import COURTESIES, RULES
from assistant.agent.words import ATTRIBUTES, Quotes, plain

LONGEST = 1000
"""How many characters of a request are read: no rule takes long over so many, whatever they are."""

_STEPS = re.compile(
    r"\s*;\s*|\s*\n\s*|\.\s+(?=then\b)|,?\s+(?:and\s+)?then\s+(?=\S)|"
    r",?\s+and\s+(?=(?:show|export|save|merge|rename|split|group|sort|undo|redo|explain|move #)\b)",
    re.IGNORECASE,
)


def parse(text: str, last: str | None = None) -> Answer:
    """What a request asks for: calls to be made one after the other, or a reply.

    Args:
        text: What the user typed.
        last: The criterion that was grouped by last, for "make it five groups".
    """
    if len(text) > LONGEST:
        return Reply(f"That is longer than I can read ({LONGEST} characters). Say one thing at a time.")
    quotes = Quotes()
    calls: list[Call] = []
    hidden = re.sub(r"[^\S\n]+", " ", quotes.hide(text))
    steps = [step for step in _STEPS.split(hidden) if step.strip()]
    for step in steps:
        answer = _one(step, last)
        if isinstance(answer, Reply):
            if len(steps) > 1 and answer.text in COURTESIES:
                continue
            return Reply(quotes.quote(answer.text), answer.examples)
        calls += [Call(call.tool, _filled(quotes, call.arguments)) for call in answer]
    if len(calls) > MOST_STEPS:
        return Reply(f"That is {len(calls)} steps; I do at most {MOST_STEPS} in one go.")
    return calls or _lost(text.strip())


def _one(step: str, last: str | None) -> Answer:
    if step.strip() == "?":
        return [Call("help")]
    said = plain(step)
    for make, wordings in RULES:
        for wording in wordings:
            if match := wording.fullmatch(said):
                answer = make({k: v.strip() for k, v in match.groupdict().items() if v}, last)
                if answer is not None:
                    return answer
    return _lost(said)


def _lost(said: str) -> Reply:
    examples = EXAMPLES
    words = said.lower().split()
    if words and words[-1] in ATTRIBUTES and len(words) <= 2 and words[0] not in ("only", "be"):
        examples = (f"group by {said}", *EXAMPLES[1:])
    said = said if len(said) <= 80 else said[:80] + "..."
    what = f'I do not understand "{said}".' if said else "There was nothing in that for me."
    return Reply(f"{what} Try {either(examples)}.", examples)


def _filled(quotes: Quotes, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments with what was quoted in its place."""
    filled: dict[str, Any] = {}
    for key, value in arguments.items():
        if isinstance(value, list):
            filled[key] = [quotes.show(v) for v in value]
        else:
            filled[key] = quotes.show(value) if isinstance(value, str) else value
    return filled
