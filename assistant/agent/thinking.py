"""Lets tools ask the brain as a thinker: words and a schema go in, parsed JSON comes out.

It is a brain that the conversation may use anyway: one that the user named, one that they agreed to for this
collection, or one on this machine. It reads words about the pictures and never sees one.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage

from assistant.agent import brain
from assistant.agent.gguf.gguf_brain import GgufBrain
from assistant.agent.gguf.worker import Finish
from assistant.agent.wording import one_line
from assistant.models.providers import PROVIDERS
from tools.errors import RegroupError, UsageError
from tools.models.ports import Thinker

if TYPE_CHECKING:
    from assistant.desk import Desk

AGREED = "brain:"
"""The prefix of the note about a provider: the host that the user agreed to, or False for a refusal."""

_MOST_TOKENS = 200
"""The most tokens of one answer."""
_WRITERS = ("openai-chat", "anthropic-chat", "chat-ollama")


def agreed(desk: "Desk") -> list[str]:
    """Return the providers that the user agreed to for this collection, if their host is still the same."""
    return [p for p in PROVIDERS if desk.shelf.noted(AGREED + p) == brain.goes_to(p)]


def is_elsewhere(model: BaseChatModel) -> bool:
    """Return whether a brain is reached over a network, be it at a server on this machine."""
    return model._llm_type in _WRITERS


def relays(model: BaseChatModel) -> bool:
    """Return whether a brain passes on what a tool says as it is, so that a call is its whole answer."""
    return model._llm_type in ("builtin", "local")


def thinker(model: BaseChatModel) -> Thinker | None:
    """Return the brain as a thinker; None for one that cannot answer in JSON, such as the built-in grammar."""
    if isinstance(model, GgufBrain):
        return _Local(model)
    return _Chat(model) if model._llm_type in _WRITERS else None


@contextmanager
def opened(desk: "Desk", tell: Callable[[str], None]) -> Iterator[Thinker | None]:
    """Open the thinker that a conversation about a collection would have; `tell` is called with the reason for none."""
    model: BaseChatModel | None = None
    try:
        model = brain.brain(desk.settings, agreed(desk))
    except UsageError as error:
        tell(str(error))
    try:
        yield None if model is None else thinker(model)
    finally:
        if isinstance(model, GgufBrain):
            model.close()


class _Local:
    """Thinks with a GGUF model, whose answer always fits the schema."""

    def __init__(self, model: GgufBrain) -> None:
        self._model = model

    @property
    def name(self) -> str:
        return self._model.gguf.stem

    def think(self, prompt: str, schema: Mapping[str, Any]) -> Any:
        body = {
            "messages": [{"role": "user", "content": prompt}],
            "temperature": 0,
            "max_tokens": _MOST_TOKENS,
            "response_format": {"type": "json_schema", "json_schema": {"schema": dict(schema)}},
        }
        return parsed("".join(p for p in self._model.worker.ask(body) if not isinstance(p, Finish)))


class _Chat:
    """Thinks with the model of a provider or a server."""

    def __init__(self, model: BaseChatModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        named = getattr(self._model, "model_name", None) or getattr(self._model, "model", None)
        return one_line(str(named or self._model._llm_type), 80)

    def think(self, prompt: str, schema: Mapping[str, Any]) -> Any:
        try:
            answer = self._model.invoke([HumanMessage(prompt)], **self._options(schema))
        except Exception as error:  # each provider has its own: no network, no credit, a broken answer
            raise RegroupError(one_line(str(error), 160) or type(error).__name__) from None
        return parsed(answer.text)

    def _options(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options that pass the schema to a provider; others find it in the prompt."""
        if self._model._llm_type == "openai-chat":
            form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": dict(schema)}}
            return {"extra_body": {"response_format": form}}
        return {"format": dict(schema)} if self._model._llm_type == "chat-ollama" else {}


def parsed(text: str) -> Any:
    """Return the parsed JSON of an answer, without thoughts and code fences. Raises RegroupError for other text."""
    text = re.sub(r"<think>.*?(?:</think>|$)", "", text, flags=re.DOTALL)
    fenced = re.fullmatch(
        r"\s*```\w*\n(.*?)```\s*", text, flags=re.DOTALL
    )  # as models write that take no schema
    try:
        return json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError):  # RecursionError: a thousand brackets inside each other
        raise RegroupError("the answer is no JSON") from None
