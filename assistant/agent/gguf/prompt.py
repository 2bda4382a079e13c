"""What a small local model is given to read: rules, examples, the last turns, what is grouped, and the request.

What does not change comes first, so that the model has read it already; the whole is short, because it reads slowly.
"""

import json
import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

import prompts
from assistant.agent.gguf.menu import REPLY, shown
from assistant.agent.intents import ENGLISH, data, intents

PROMPT = "agent_small"
MOST_SAID = 600
"""How many characters of one message the model is given."""
MOST_FACTS = 1500
MOST_TURNS = 3
"""How many earlier requests the model is given."""
NEAREST = 2
"""How many examples are shown again beside the request."""
MOST_TOKENS = 400
"""Tokens of one answer."""
_REPLIES = (
    "one short sentence, only for thanks, talk about other things, and wishes to delete or edit images."
)
_COMMON = frozenset(
    ("a", "all", "an", "and", "are", "at", "for", "i", "in", "is", "it", "me", "my", "of", "on", "one", "the", "them",
     "these", "they", "this", "to", "with", "you")
)  # fmt: skip

Pair = tuple[dict[str, str], dict[str, str]]


def given(messages: Sequence[BaseMessage]) -> list[dict[str, str]]:
    """Rules, examples, the last turns and the request, in this order: what does not change comes first, so that
    the model has read it already."""
    system = next((m.text for m in messages if isinstance(m, SystemMessage)), "")
    if "\n# Examples\n" not in system:
        nothing = {"images": "some", "groupings": "nothing is grouped"}
        system = prompts.load(PROMPT).fill(**nothing, tools=tool_lines(), examples=examples())
    rules, shown_examples, now = _parts(system)
    turns = _turns(messages)
    pairs = _pairs(shown_examples)
    pairs += _nearest(pairs, turns[-1][0])
    pairs += [(_user(asked), _model(answer)) for asked, answer in turns[:-1][-MOST_TURNS:]]
    start = {"role": "system", "content": rules.strip()}
    return [
        start,
        *(message for pair in pairs for message in pair),
        _user(f"{_short(now, MOST_FACTS)}\n{_short(turns[-1][0])}"),
    ]


def tool_lines() -> str:
    """Each tool that a small model may call, in one line."""
    lines = [f"{intent.name}: {intent.brief}" for intent in intents() if intent.brief]
    return "\n".join([*lines, f"{REPLY}: {_REPLIES}"])


def examples() -> str:
    """Requests and what they come to, of all tools by turns: neighbours should differ."""
    talk = data(ENGLISH, "_talk")
    columns: list[list[str]] = [
        [_example(e.say, shown(intent.name, e.arguments), e.now) for e in intent.examples]
        for intent in intents()
    ]
    columns.append([_example(say, shown(REPLY, {"text": text})) for say, text in talk["replies"]])
    columns.append([_example(say, json.dumps(calls, ensure_ascii=False)) for say, calls in talk["steps"]])
    rows = zip_longest(*columns)
    return "\n\n".join(example for row in rows for example in row if example)


def _example(say: str, answer: str, now: str = "") -> str:
    return f"[now: {now}]\n{say}\n=> {answer}" if now else f"{say}\n=> {answer}"


def body(messages: list[dict[str, str]], schema: dict[str, Any] | None) -> dict[str, Any]:
    """A chat completion's body; without a schema only to have the messages read."""
    common: dict[str, Any] = {"messages": messages, "temperature": 0, "cache_prompt": True}
    if schema is None:
        return common | {"max_tokens": 1}
    return common | {
        "max_tokens": MOST_TOKENS,
        "response_format": {"type": "json_schema", "json_schema": {"schema": schema}},
    }


def said(messages: Sequence[BaseMessage], back: int) -> str:
    """What the person said last (1), or before that (2)."""
    texts = [m.text for m in messages if isinstance(m, HumanMessage)]
    return texts[-back] if len(texts) >= back else ""


def _parts(system: str) -> tuple[str, str, str]:
    """The rules, the examples, and the line that tells what is grouped now."""
    rules, _, rest = system.partition("\n# Examples\n")
    examples, _, facts = rest.rpartition("\n# Now\n")
    return rules, examples, facts.strip().splitlines()[-1]


def _pairs(text: str) -> list[Pair]:
    blocks = [block.partition("\n=> ") for block in text.strip().split("\n\n")]
    return [(_user(asked), _model(answer)) for asked, _, answer in blocks]


def _nearest(examples: list[Pair], said: str) -> list[Pair]:
    """The examples that share most words with a request, the nearest last: a small model heeds what it read last."""
    spread = [_words(asked["content"].rpartition("\n")[2]) for asked, _ in examples]
    wanted = _words(said)
    rare = {word: 1 / sum(word in words for words in spread) for words in spread for word in words}
    near = [(sum(rare[w] for w in wanted & words) / (2 + len(words)), i) for i, words in enumerate(spread)]
    return [examples[i] for score, i in sorted(near)[-NEAREST:] if score > 0]


def _words(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"[^\W\d_]+|#(?=\d)", text.casefold())} - _COMMON


def _turns(messages: Sequence[BaseMessage]) -> list[tuple[str, str]]:
    """What the person said and what came of it: calls as the model writes them, or words."""
    turns: list[tuple[str, list[dict[str, Any]], str]] = []
    for message in messages:
        if isinstance(message, HumanMessage):
            turns.append((message.text, [], ""))
        elif isinstance(message, AIMessage) and turns:
            said, calls, text = turns[-1]
            calls = [*calls, *({"name": c["name"], "arguments": c["args"]} for c in message.tool_calls)]
            turns[-1] = (said, calls, text if calls else message.text)
    return [(said, _did(calls, text)) for said, calls, text in turns]


def _did(calls: list[dict[str, Any]], text: str) -> str:
    written = [shown(call["name"], call["arguments"]) for call in calls]
    if not written:
        return shown(REPLY, {"text": _short(text, 200)})
    return written[0] if len(written) == 1 else f"[{', '.join(written)}]"


def _user(text: str) -> dict[str, str]:
    return {"role": "user", "content": _short(text, MOST_SAID + MOST_FACTS)}


def _model(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text.strip()}


def _short(text: str, most: int = MOST_SAID) -> str:
    text = text.strip()
    return text if len(text) <= most else text[: most - 3] + "..."
