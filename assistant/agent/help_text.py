"""Makes the help text from the table of intents."""

from assistant.agent.intents import SECTIONS, intents

_CLOSING = (
    "Groups go by name or number, images by number or file name. Put quotes around a name of several words.",
    "Nothing is ever deleted, and nothing is written before you have accepted the plan.",
)
_TOPICS = {
    "files": "Your files stay where and as they are while you group. Only an export writes anything, into a folder "
    "that you name, after you have accepted its plan: copies and links leave the originals alone, and only "
    '"as moves" moves them, which "undo" takes back. I never delete or change a picture.',
    "privacy": "Nothing leaves this machine unless you allow it. The models that look at the pictures run here; a "
    "hosted model is used only if you set one, and before pictures are sent to it you are asked, with their number "
    "and the host. `regroup models` says which models are in use.",
    "self": "I am Regroup, a program on your machine that sorts a folder of pictures as you say: by mood, by colour, "
    "by place, or by what you teach me. You see the groups, correct them, and get them as folders.",
    "limits": "I see what the models in use see, and what your files say of time, place and camera. Meanings that no "
    "picture shows are beyond them: who somebody is, what a thing costs, why it was taken. What they do not know I can "
    'learn: name the groups and show me three pictures of each ("sort into ..."), or answer questions ("ask me"). '
    "`regroup doctor` says which models are missing.",
    "undo": '"undo" takes back the last step, and the one before when you say it again: groupings, corrections and '
    'exports alike, also tomorrow. "redo" does it again, and "history" lists the steps.',
    "export_clusters": 'Say "export to ~/sorted": you are shown which folders and files there would be, and nothing '
    'is written before you say yes. "as links" takes no room, "as moves" moves the originals, "export happy to '
    '~/sorted" writes one group alone.',
}
"""What is answered about the program itself, or about a tool of which the table of intents says too little."""
WIDTH = 46
"""The width of the column of sentences, in characters; their explanations stand beside it."""


def help_text() -> str:
    """Return the help: a few sentences for each section, and how to refer to groups and images."""
    lines = ["Say what to do, for example:"]
    for section in SECTIONS:
        for intent in sorted(intents(), key=lambda intent: intent.rank):
            if intent.section == section:
                lines += [f"  {say:<{WIDTH}}{does}".rstrip() for say, does in intent.help]
    return "\n".join([*lines, *_CLOSING])


def topics() -> list[str]:
    """Return the topics of the help: those about the program, then the tools that the help lists."""
    return list(dict.fromkeys([*_TOPICS, *(intent.name for intent in intents() if intent.help)]))


def topic_text(topic: str) -> str | None:
    """Return the answer about a topic, or the sentences that a tool understands; None where there is no such topic."""
    if topic in _TOPICS:
        return _TOPICS[topic]
    sentences = [line for intent in intents() if intent.name == topic for line in intent.help]
    shown = [f"  {say}{f'  ({does})' if does else ''}" for say, does in sentences]
    return "\n".join(["Say for example:", *shown]) if shown else None
