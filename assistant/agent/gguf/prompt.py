"""Writes the prompt of a small local model: rules, examples, the last turns, the groupings, and the request.

The fixed part comes first, so that the model has already read it; the prompt is short, because the model reads slowly.
"""

import json
import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

import prompts
from assistant.agent.gguf.menu import REPLY, shown
from assistant.agent.intents import intents
from assistant.agent.sentence_files import ENGLISH, sentence_data

PROMPT = "agent_small"
MAX_MESSAGE_CHARACTERS = 600
"""The most characters of one message in the prompt."""
MOST_FACTS = 1500
"""The most characters of what is said about the groupings."""
_FEWEST_FACTS = 100
"""The fewest characters of them where the prompt would be too long."""
MOST_TURNS = 3
"""The most earlier requests in the prompt."""
NEAREST = 2
"""The number of examples that are repeated beside the request."""
MOST_TOKENS = 400
"""The most tokens of one answer."""
CONTEXT = 8192
"""The most tokens of a prompt and its answer. The rules and examples of all tools take about 4,500."""
MOST_READ = CONTEXT - MOST_TOKENS
"""The most tokens of a prompt, as `tokens` estimates them."""
_REPLIES = (
    "one short sentence, only for thanks, talk about other things, and wishes to delete or edit images."
)
_COMMON = frozenset(
    ("a", "all", "an", "and", "are", "at", "for", "i", "in", "is", "it", "me", "my", "of", "on", "one", "the", "them",
     "these", "they", "this", "to", "with", "you")
)  # fmt: skip

Pair = tuple[dict[str, str], dict[str, str]]


def chat_messages(messages: Sequence[BaseMessage]) -> list[dict[str, str]]:
    """Return the messages for the model: rules, examples, the last turns and the request, in this order.

    Of what would be too long for the context the earliest turns are left out, then the end of what is said about the
    groupings.
    """
    system = next((m.text for m in messages if isinstance(m, SystemMessage)), "")
    if "\n# Examples\n" not in system:
        nothing = {"images": "some", "groupings": "nothing is grouped"}
        system = prompts.load(PROMPT).fill(**nothing, tools=tool_lines(), examples=examples())
    rules, shown_examples, now = _parts(system)
    turns = _turns(messages)
    shown_pairs = _pairs(shown_examples)
    shown_pairs += _nearest(shown_pairs, turns[-1][0])
    fixed = [
        {"role": "system", "content": rules.strip()},
        *(message for pair in shown_pairs for message in pair),
    ]
    earlier = [(_user(request), _model(answer)) for request, answer in turns[:-1][-MOST_TURNS:]]
    facts = MOST_FACTS
    while True:
        last = _user(f"{_short(now, facts)}\n{_short(turns[-1][0])}")
        written = [*fixed, *(message for pair in earlier for message in pair), last]
        if tokens(written) <= MOST_READ or facts == _FEWEST_FACTS:
            return written
        if earlier:
            earlier = earlier[1:]
        else:
            facts = max(facts // 2, _FEWEST_FACTS)


def tokens(messages: Sequence[dict[str, str]]) -> int:
    """Return about how many tokens a model reads in messages, rather too many: of English one in three characters, of
    other writing two a character, and five around each message."""
    text = "".join(message["content"] for message in messages)
    latin = sum(character.isascii() for character in text)
    return round(latin / 3 + 2 * (len(text) - latin) + 5 * len(messages))


def tool_lines() -> str:
    """Return one line for each tool that a small model may call."""
    lines = [f"{intent.name}: {intent.brief}" for intent in intents() if intent.brief]
    return "\n".join([*lines, f"{REPLY}: {_REPLIES}"])


def examples() -> str:
    """Return example requests with their calls, the tools in turn: neighbours should differ."""
    talk = sentence_data(ENGLISH, "_talk")
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
    """Return the body of a chat completion; without a schema the messages are only read."""
    common: dict[str, Any] = {"messages": messages, "temperature": 0, "cache_prompt": True}
    if schema is None:
        return common | {"max_tokens": 1}
    return common | {
        "max_tokens": MOST_TOKENS,
        "response_format": {"type": "json_schema", "json_schema": {"schema": schema}},
    }


def request(messages: Sequence[BaseMessage], back: int) -> str:
    """Return the person's last request (`back` = 1) or the one before (2); "" where there is none."""
    texts = [m.text for m in messages if isinstance(m, HumanMessage)]
    return texts[-back] if len(texts) >= back else ""


def _parts(system: str) -> tuple[str, str, str]:
    """Split a system message into its rules, its examples, and its line about the groupings."""
    rules, _, rest = system.partition("\n# Examples\n")
    examples, _, facts = rest.rpartition("\n# Now\n")
    return rules, examples, facts.strip().splitlines()[-1]


def _pairs(text: str) -> list[Pair]:
    blocks = [block.partition("\n=> ") for block in text.strip().split("\n\n")]
    return [(_user(request), _model(answer)) for request, _, answer in blocks]


def _nearest(examples: list[Pair], request: str) -> list[Pair]:
    """Return the examples that share most words with a request, the nearest last: the last ones influence it most."""
    spread = [_words(example["content"].rpartition("\n")[2]) for example, _ in examples]
    wanted = _words(request)
    rare = {word: 1 / sum(word in words for words in spread) for words in spread for word in words}
    near = [(sum(rare[w] for w in wanted & words) / (2 + len(words)), i) for i, words in enumerate(spread)]
    return [examples[i] for score, i in sorted(near)[-NEAREST:] if score > 0]


def _words(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"[^\W\d_]+|#(?=\d)", text.casefold())} - _COMMON


def _turns(messages: Sequence[BaseMessage]) -> list[tuple[str, str]]:
    """Return the person's requests, each with its result: calls as the model writes them, or words."""
    turns: list[tuple[str, list[dict[str, Any]], str]] = []
    for message in messages:
        if isinstance(message, HumanMessage):
            turns.append((message.text, [], ""))
        elif isinstance(message, AIMessage) and turns:
            request, calls, text = turns[-1]
            calls = [*calls, *({"name": c["name"], "arguments": c["args"]} for c in message.tool_calls)]
            turns[-1] = (request, calls, text if calls else message.text)
    return [(request, _did(calls, text)) for request, calls, text in turns]


def _did(calls: list[dict[str, Any]], text: str) -> str:
    written = [shown(call["name"], call["arguments"]) for call in calls]
    if not written:
        return shown(REPLY, {"text": _short(text, 200)})
    return written[0] if len(written) == 1 else f"[{', '.join(written)}]"


def _user(text: str) -> dict[str, str]:
    return {"role": "user", "content": _short(text, MAX_MESSAGE_CHARACTERS + MOST_FACTS)}


def _model(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text.strip()}


def _short(text: str, most: int = MAX_MESSAGE_CHARACTERS) -> str:
    text = text.strip()
    return text if len(text) <= most else text[: most - 3] + "..."
