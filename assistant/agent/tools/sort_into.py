"""Sort into groups that the person names."""

import re
from collections.abc import Sequence

from pydantic import Field

from assistant.agent import wording
from assistant.agent.builtin.values_listed import ValuesListed, values_listed
from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, GroupName, Name, Result, Slots, Tool
from assistant.desk.sorting import REST, groups_named
from tools.named_values import in_singular
from tools.names import quoted


class SortIntoArguments(Arguments):
    """Names the groups, and the one for everything else."""

    values: list[Name] = Field(
        min_length=1, max_length=20, description='What the groups are to be called: ["cats", "dogs"].'
    )
    rest: Name | None = Field(
        None,
        description='The name of a group for everything else, such as "other"; left out, there is none.',
    )
    within: GroupName | None = Field(
        None, description="A group, if only its images are meant; left out, all images are."
    )


class SortInto(Tool[SortIntoArguments]):
    """Sort images into groups that the person names one by one ("cats, dogs and the rest", "people against no
    people"), or pick out what they name ("put the screenshots together": one value, and a rest)."""

    effect = Effect.EDIT
    arguments = SortIntoArguments
    needs_groups = False

    def run(self, context: Context, arguments: SortIntoArguments) -> Result:
        made = context.desk.sorting.sort_into(
            arguments.values, _rest(arguments), arguments.within, progress=context.progress
        )
        text, ids = context.changed(made.clustering)
        if line := _guesses(made.guessed):
            return f"{text}\n{line}", ids | {"offer": "ask_me"}
        offer = wording.offer(made.clustering)
        return text + offer, ids | ({"offer": "ask_me"} if offer else {})

    def offer(self, context: Context, arguments: SortIntoArguments) -> str:
        of = f" the images of {quoted(context.group_name(arguments.within))}" if arguments.within else ""
        named = groups_named(arguments.values, _rest(arguments))
        return f"sort{of} into {wording.enumerated(named)}"

    def understand(self, slots: Slots) -> Understood | None:
        listed: ValuesListed | None = slots.values.get("values") or slots.values.get("bare_values")
        if slots.form == "two":
            second = slots.values.get("second_value") or f"no {slots.values['first_value']}"
            listed = values_listed(f"{slots.values['first_value']} vs {second}")
            if listed is None:
                return None
        if listed is None:
            value = slots.values.get("value") or slots.values.get("several_things")
            if value is None:
                return None
            listed = ValuesListed((value,), REST)
        here = slots.dialogue.names[: slots.dialogue.current or None]
        there = [value for value in listed.values if _is_named(value, here)]
        if slots.form in (
            "list",
            "meant",
        ):  # of which some may be there: what is new makes it another grouping
            if not slots.dialogue.informed:
                return None
            if len(there) == len(listed.values) and (listed.rest is None or _is_named(listed.rest, here)):
                return [Call("show")] if listed.against else None
        elif slots.form == "pick" and there:
            return [Call("show", {"cluster": group}) for group in there]  # they are together already
        elif slots.form == "bare" and (
            not slots.dialogue.informed
            or any(_speaks_of(value, slots.dialogue.names) for value in listed.values)
        ):
            return None  # these groups are there, or may be: the sentence is about them
        rest = {"rest": listed.rest} if listed.rest else {}
        within = {"within": slots.values["group"]} if slots.values.get("group") else {}
        return [Call(self.name, {"values": list(listed.values), **rest, **within})]


def _speaks_of(value: str, names: Sequence[str]) -> bool:
    """Return whether a value has the name of a group that is there in it."""
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", value, re.IGNORECASE) for name in names)


def _is_named(value: str, names: Sequence[str]) -> bool:
    """Return whether a group has this name, in the singular or the plural."""
    return in_singular(value) in {in_singular(name) for name in names}


def _rest(arguments: SortIntoArguments) -> str | None:
    """Return the name of the rest; one value alone always has one."""
    return arguments.rest or (REST if len(arguments.values) == 1 else None)


def _guesses(guessed: Sequence[str]) -> str:
    if not guessed:
        return ""
    return (
        f"{wording.enumerated(guessed)}: guessed, since no expert here is sure what that is. Shall I show you a few "
        "pictures, each to be told with one key? Three right ones for a group are enough."
    )
