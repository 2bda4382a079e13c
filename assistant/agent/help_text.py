"""Makes the help text from the table of intents."""

from assistant.agent.intents import SECTIONS, intents

_CLOSING = (
    "Groups go by name or number, images by number or file name. Put quotes around a name of several words.",
    "Nothing is ever deleted, and nothing is written before you have accepted the plan.",
)
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
