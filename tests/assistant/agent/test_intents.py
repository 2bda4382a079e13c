"""The table of intents: every tool is in it, and all that is made from it holds together."""

import pytest

from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Reply
from assistant.agent.intents import SECTIONS, Intent, intents
from assistant.agent.tools.base import Effect, Tool
from assistant.agent.tools.registry import tools

NAMES = [intent.name for intent in intents()]


@pytest.fixture(params=intents(), ids=NAMES)
def intent(request: pytest.FixtureRequest) -> Intent:
    asked: Intent = request.param
    return asked


def test_every_tool_is_an_intent() -> None:
    assert sorted(tools()) == NAMES


def test_is_complete(intent: Intent) -> None:
    assert intent.section in SECTIONS and (intent.tool.__doc__ or "").strip()
    if intent.name == "answer":  # a reply to a question: it needs no sentences of its own, and no model
        assert not intent.sentences and not intent.brief
        return
    assert intent.sentences and intent.brief.endswith(".")


def test_what_changes_something_can_be_offered_in_words(intent: Intent) -> None:
    changes = intent.effect is not Effect.READ or type(intent.tool).effect_of is not Tool.effect_of
    assert (type(intent.tool).offer is not Tool.offer) == changes


def test_every_sentence_of_the_help_asks_for_its_tool(intent: Intent) -> None:
    for say, _ in intent.help:
        for sentence in say.split(" / "):
            understood = parse(sentence)
            assert not isinstance(understood, Reply), sentence
            assert {call.tool for call in understood} <= {intent.name, "redo"}, (
                sentence
            )  # redo is named beside undo


def test_every_example_for_a_small_model_is_a_call_that_can_be_made(intent: Intent) -> None:
    for example in intent.examples:
        intent.tool.arguments.model_validate(example.arguments)


@pytest.mark.parametrize("intent", [i for i in intents() if i.asks], ids=lambda intent: intent.name)
def test_what_is_asked_for_can_be_given_in_reply(intent: Intent) -> None:
    assert intent.asks is not None
    assert intent.asks.question.endswith("?") and intent.asks.hint
    assert not intent.asks.then or intent.asks.then.count("{}") == 1


def test_sentences_for_no_tool_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    some = {name: tool for name, tool in tools().items() if name != "count"}
    monkeypatch.setattr("assistant.agent.intents.tools", lambda: some)
    intents.cache_clear()
    try:
        with pytest.raises(LookupError, match="count"):
            intents()
    finally:
        monkeypatch.undo()
        intents.cache_clear()
