"""Tries the brain with one tiny request, to see that it answers. Nothing is sent beyond this machine."""

import os
import re
import threading
import time
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage

from assistant.agent import brain
from assistant.agent.builtin.builtin_brain import BuiltinBrain
from assistant.agent.gguf.gguf_brain import GgufBrain
from assistant.agent.gguf.worker import Finish
from assistant.agent.thinking import parsed, thinker
from assistant.agent.wording import one_line
from assistant.models.providers import loopback
from tools.errors import RegroupError
from tools.names import quoted

if TYPE_CHECKING:
    from assistant.settings import Settings

SECONDS = 60.0
"""The most seconds that a brain may take, loading included."""

_SENTENCE = "group these by colour"
_PROMPT = f'Somebody says "{_SENTENCE}". By what? Answer with JSON: {{"criterion": "..."}}'
_SCHEMA = {
    "type": "object",
    "properties": {"criterion": {"type": "string", "maxLength": 30}},
    "required": ["criterion"],
    "additionalProperties": False,
}


def trial(settings: "Settings", seconds: float = SECONDS) -> str:
    """Let the brain of the settings answer; return a line about the answer and the time it took.

    A model on another machine is not asked, and the line says so.

    Raises:
        RegroupError: It cannot be set up, failed, or did not answer in time.
    """
    choice = brain.choose(settings)
    model = brain.make(choice, settings)
    if isinstance(model, BuiltinBrain):
        return f"{choice.label}: {_grammar(model)}"
    if isinstance(model, GgufBrain):
        try:
            return f"{choice.label}: {_within(seconds, choice.label, lambda: _local(model))}"
        finally:
            model.close()
    if not stays_here(choice.model):
        return f"{choice.label} is set up and was not asked: it is not on this machine"
    return f"{choice.label}: {_within(seconds, choice.label, lambda: _chat(model))}"


def _grammar(model: BuiltinBrain) -> str:
    called = [(call["name"], call["args"]) for call in model.invoke([HumanMessage(_SENTENCE)]).tool_calls]
    if called != [("group_by", {"criterion": "colour"})]:
        raise RegroupError(f'the built-in brain does not understand "{_SENTENCE}"; install it again')
    return f'it takes "{_SENTENCE}" as group_by, colour'


def _local(model: GgufBrain) -> str:
    body = {
        "messages": [{"role": "user", "content": _PROMPT}],
        "temperature": 0,
        "max_tokens": 40,
        "response_format": {"type": "json_schema", "json_schema": {"schema": _SCHEMA}},
    }
    start, answer, timings = time.monotonic(), "", {}
    for piece in model.worker.ask(body):
        if isinstance(piece, Finish):
            timings = piece.timings
        else:
            answer += piece
    verdict = _verdict(parsed(answer), start)
    speed = timings.get("predicted_per_second")
    return f"{verdict}, {speed:.0f} tokens/s" if isinstance(speed, int | float) else verdict


def _chat(model: BaseChatModel) -> str:
    thinks, start = thinker(model), time.monotonic()
    if thinks is None:
        raise RegroupError(f"the model {model._llm_type} cannot answer in JSON; choose another")
    return _verdict(thinks.think(_PROMPT, _SCHEMA), start)


def _verdict(answer: Any, start: float) -> str:
    criterion = answer.get("criterion") if isinstance(answer, dict) else None
    if not isinstance(criterion, str) or not criterion.strip():
        raise RegroupError("it answers, but not what it was asked; choose another model")
    return f'it takes "{_SENTENCE}" as by {quoted(one_line(criterion, 40))}, {time.monotonic() - start:.1f} s'


def stays_here(model: str) -> bool:
    """Return whether asking a model sends nothing beyond this machine."""
    if re.search(r"[:-]cloud$", model):  # Ollama passes these on to its own servers
        return False
    if model.startswith("ollama:"):
        # Its class takes no HTTP client, so a proxy of the environment would be used.
        return loopback(os.environ.get("OLLAMA_HOST") or brain.OLLAMA) and not urllib.request.getproxies()
    return model.startswith(("http://", "https://")) and loopback(model)


def _within(seconds: float, label: str, work: Callable[[], str]) -> str:
    """Return the result of `work`. Raises RegroupError where it fails or takes longer, and then leaves its thread."""
    results: list[str] = []
    failed: list[Exception] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:  # a provider's errors are its own; raised again below
            failed.append(error)

    thread = threading.Thread(target=run, name="brain's trial", daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise RegroupError(f"{label}: {one_line(str(failed[0])) or type(failed[0]).__name__}") from failed[0]
    if not results:
        raise RegroupError(f"{label} did not answer within {seconds:g} s; set a smaller model, or another")
    return results[0]
