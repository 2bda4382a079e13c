"""Questions about the program itself: they are answered, and nothing is done."""

import pytest
from langchain_core.messages import ToolCall

from assistant.agent.builtin.mood import Mood, mood
from assistant.agent.builtin.parse import parse
from assistant.agent.calls import Call
from assistant.agent.help_text import topic_text, topics
from assistant.agent.intents import intents
from assistant.agent.toolbox import Toolbox
from assistant.desk import Desk

ASKED = [
    ("what happens to my files?", "files"),
    ("will my originals be touched?", "files"),
    ("would exporting move the pictures?", "files"),
    ("is that safe?", "files"),
    ("what will you do with our photos?", "files"),
    ("does anything leave this computer?", "privacy"),
    ("are my pictures uploaded to a server?", "privacy"),
    ("do you need an internet connection for that?", "privacy"),
    ("who can see my photos?", "privacy"),
    ("who are you?", "self"),
    ("what is this tool for?", "self"),
    ("are you an AI?", "self"),
    ("can I undo that later?", "undo"),
    ("how do I undo an export?", "undo"),
    ("how far back can I go back?", "undo"),
    ("how do I export them?", "export_clusters"),
    ("where would the files go?", "export_clusters"),
    ("how can I merge two groups?", "merge_clusters"),
    ("how would one split a group?", "split_cluster"),
    ("is there a way to rename a group?", "rename_cluster"),
    ("how do I move a picture to another group?", "move_images"),
    ("how do I begin?", "group_by"),
    ("what do I say to lock a group?", "lock_group"),
    ("how do I get fewer groups?", "change_number"),
]


@pytest.mark.parametrize(("said", "topic"), ASKED)
def test_a_question_about_the_program_is_a_question_for_the_help(said: str, topic: str) -> None:
    assert parse(said) == [Call("help", {"topic": topic})]
    assert mood(said) is Mood.QUESTION


def test_every_topic_has_an_answer_with_sentences_that_are_understood(desk: Desk) -> None:
    toolbox = Toolbox(desk)
    for topic in topics():
        answered = toolbox.run(ToolCall(name="help", args={"topic": topic}, id="h"))
        assert answered.status == "success" and answered.text == topic_text(topic)
    for intent in intents():
        if intent.help and intent.name not in ("export_clusters", "undo"):
            assert intent.help[0][0] in (topic_text(intent.name) or "")


def test_a_topic_that_there_is_not_lists_those_that_there_are(desk: Desk) -> None:
    lost = Toolbox(desk).run(ToolCall(name="help", args={"topic": "cooking"}, id="h"))
    assert lost.status == "error" and lost.text.startswith(
        'there is no help about "cooking"; there is about files, '
    )
