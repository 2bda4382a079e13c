"""The brain as something that tools may ask: words and a schema in, parsed JSON out.

Only a brain that the conversation may use already: one that the user named, one that they agreed to for this
collection, or one on this machine. What it is given are words about the pictures, no picture.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage

from assistant.agent import brain
from assistant.agent.local import LocalBrain
from assistant.agent.wording import one_line
from assistant.agent.worker import Finish
from assistant.models.providers import PROVIDERS
from tools.errors import RegroupError, UsageError
from tools.models.ports import Thinker

if TYPE_CHECKING:
    from assistant.desk import Desk

AGREED = "brain:"
"""Under this and its name is noted which host of a provider the user agreed to, or False."""

_MOST_TOKENS = 200
_WRITERS = ("openai-chat", "anthropic-chat", "chat-ollama")


def agreed(desk: "Desk") -> list[str]:
    """The providers that the user agreed to for this collection, as long as they are where they were."""
    return [p for p in PROVIDERS if desk.shelf.noted(AGREED + p) == brain.goes_to(p)]


def thinker(model: BaseChatModel) -> Thinker | None:
    """The brain as a thinker; None for one that cannot answer in JSON, as the built-in one, which has its grammar."""
    if isinstance(model, LocalBrain):
        return _Local(model)
    return _Chat(model) if model._llm_type in _WRITERS else None


@contextmanager
def opened(desk: "Desk", tell: Callable[[str], None]) -> Iterator[Thinker | None]:
    """What would think in a conversation about a collection, for a command; `tell` hears why none can."""
    model: BaseChatModel | None = None
    try:
        model = brain.brain(desk.settings, agreed(desk))
    except UsageError as error:
        tell(str(error))
    try:
        yield None if model is None else thinker(model)
    finally:
        if isinstance(model, LocalBrain):
            model.close()


class _Local:
    """A GGUF model, whose answer cannot leave the schema."""

    def __init__(self, model: LocalBrain) -> None:
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
    """A provider's model, or a server's."""

    def __init__(self, model: BaseChatModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        named = getattr(self._model, "model_name", None) or getattr(self._model, "model", None)
        return one_line(str(named or self._model._llm_type), 80)

    def think(self, prompt: str, schema: Mapping[str, Any]) -> Any:
        try:
            said = self._model.invoke([HumanMessage(prompt)], **self._options(schema))
        except Exception as error:  # each provider has its own: no network, no credit, a broken answer
            raise RegroupError(one_line(str(error), 160) or type(error).__name__) from None
        return parsed(said.text)

    def _options(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """How a provider is told the schema; others find it in the prompt."""
        if self._model._llm_type == "openai-chat":
            form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": dict(schema)}}
            return {"extra_body": {"response_format": form}}
        return {"format": dict(schema)} if self._model._llm_type == "chat-ollama" else {}


def parsed(text: str) -> Any:
    """The JSON of an answer, without thoughts and the fence around it. Raises RegroupError."""
    text = re.sub(r"<think>.*?(?:</think>|$)", "", text, flags=re.DOTALL)
    fenced = re.fullmatch(
        r"\s*```\w*\n(.*?)```\s*", text, flags=re.DOTALL
    )  # as models write that take no schema
    try:
        return json.loads(fenced[1] if fenced else text)
    except ValueError:
        raise RegroupError("the answer is no JSON") from None
