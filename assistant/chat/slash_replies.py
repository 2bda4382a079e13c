"""Replies to /model and /tier, the same in the terminal app and line by line."""

from typing import TYPE_CHECKING, get_args

from assistant.settings import Settings, config_file
from tools.errors import UsageError
from tools.names import quoted, visible

if TYPE_CHECKING:
    from assistant.desk import Desk

TIERS: tuple[str, ...] = get_args(Settings.model_fields["tier"].annotation)


def switch_reply(name: str, argument: str, desk: "Desk") -> tuple[str, Settings | None]:
    """Return the reply to "/model ARGUMENT" or "/tier ARGUMENT", and the settings to reopen the folder with.

    Without an argument the reply says what is in use, and there are no settings.

    Raises:
        UsageError: There is no such model or tier, or it cannot be set up.
    """
    settings = desk.settings
    if not argument:
        status = desk.status()
        if name == "model":
            return (
                f'{visible(status.brain)} thinks. Another: /model NAME, such as "builtin" or "openai:gpt-4.1".',
                None,
            )
        looks = f"{visible(status.tier)} models look" + (
            f" ({visible(status.model)})" if status.model else ""
        )
        return f"{looks}. Others: /tier {'|'.join(TIERS)}.", None
    if name == "tier" and argument not in TIERS:
        raise UsageError(f"there is no tier {quoted(argument)}; there are {', '.join(TIERS)}")
    chosen = settings.model_copy(update={name: argument})
    if name == "model":
        from assistant.agent.brain import brain

        brain(chosen)  # whether it can be set up at all
    until = f'until you leave; to keep it, write {name} = "{visible(argument)}" into {config_file()}'
    return f"{name}: {visible(argument)}, {until}.", chosen
