"""Sort into groups that the person names."""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from assistant.agent import wording
from assistant.agent.builtin.values_listed import ValuesListed, values_listed
from assistant.agent.calls import NOTHING_DONE, Call, Reply, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, GroupName, Name, Result, Slots, Tool
from assistant.desk.sorting import REST, NothingSeen, groups_named
from tools.names import quoted, visible
from tools.singular import in_singular, plurals


class SortIntoArguments(Arguments):
    """Names the groups, and the one for everything else."""

    ASKS_FILES: ClassVar[tuple[str, ...]] = ("values",)

    values: list[Name] = Field(
        min_length=1, max_length=20, description='What the groups are to be called: ["cats", "dogs"].'
    )
    rest: Name | None = Field(
        None,
        description='The name of a group for everything else, such as "other"; left out, there is none.',
    )
    beside: bool = Field(
        False,
        description="Whether the groups that there are stay, and these are put beside them.",
    )
    within: GroupName | None = Field(
        None, description="A group, if only its images are meant; left out, all images are."
    )
    unsure: bool = Field(
        False,
        description="Whether groups are made of the likeliest images also where none is sure.",
    )


_EITHER = re.compile(r"^(?:either|both) ", re.IGNORECASE)


class SortInto(Tool[SortIntoArguments]):
    """Sort images into groups that the person names one by one ("cats, dogs and the rest", "people against no
    people"), or pick out what they name ("put the screenshots together": one value, and a rest)."""

    effect = Effect.EDIT
    arguments = SortIntoArguments
    needs_groups = False

    def run(self, context: Context, arguments: SortIntoArguments) -> Result:
        try:
            return self._sorted(context, arguments)
        except NothingSeen as nothing:
            return _nothing(nothing, arguments)

    def _sorted(self, context: Context, arguments: SortIntoArguments) -> Result:
        sorting = context.desk.sorting
        if arguments.beside and context.desk.clusterings.current is not None:
            made = sorting.take_out(arguments.values, progress=context.progress)
        else:
            made = sorting.sort_into(
                arguments.values,
                _rest(arguments),
                arguments.within,
                progress=context.progress,
                unsure=arguments.unsure,
            )
        text, ids = context.changed(made.clustering)
        if len(arguments.values) == 1:
            ids["made"] = list(arguments.values)  # "put the red ones together", "call it sale"
        text = f"{text}{_absent(made.absent)}"
        if line := _guesses(made.guessed):
            return f"{text}\n{line}", ids | {"offer": "ask_me"}
        offer = wording.offer(made.clustering)
        return text + offer, ids | ({"offer": "ask_me"} if offer else {})

    def offer(self, context: Context, arguments: SortIntoArguments) -> str:
        if arguments.beside:
            return f"put {wording.enumerated(arguments.values)} into a group beside those that there are"
        of = f" the images of {quoted(context.group_name(arguments.within))}" if arguments.within else ""
        named = groups_named(arguments.values, _rest(arguments))
        return f"sort{of} into {wording.enumerated(named)}"

    def understand(self, slots: Slots) -> Understood | None:
        if slots.form == "exists":
            value = str(slots.values["value"])
            return [Call("show", {"cluster": value})] if _is_named(value, slots.dialogue.names) else None
        if slots.form == "beside" and slots.dialogue.informed and not slots.dialogue.names:
            slots = Slots(slots.values, "pick", slots.dialogue)
        if slots.dialogue.asking and slots.form:
            return None  # it is a reply to the question that is open
        if slots.form == "within_there" and not slots.dialogue.has(str(slots.values["group"])):
            return None
        listed = _listed(slots)
        if listed is None:
            return None
        if slots.form == "named":
            return self._one_called(listed.values[0], str(slots.values["name"]), slots)
        if "bare_values" in slots.values and (both := _of_several_groupings(listed, slots)) is not None:
            return both
        if _needs_groups_known(slots.form) and not slots.dialogue.informed:
            return None  # any of these names may be that of a group
        groups = slots.dialogue.names[: slots.dialogue.current or None]
        picks = slots.form in ("pick", "beside") and len(listed.values) == 1
        if picks and (part := _part_of(listed.values[0], groups)) is not None:
            return [Call(self.name, {"values": [part[0]], "rest": REST, "within": part[1]})]
        here = [name for name in groups if name not in slots.dialogue.phrases]
        there = [value for value in listed.values if _is_named(value, here)]
        if slots.form in ("pick", "beside", "bare") and there and not listed.against:
            return [Call("show", {"cluster": group}) for group in there]  # they are together already
        if slots.form == "beside":
            return [Call(self.name, {"values": list(listed.values), "beside": True})]
        if slots.form == "bare" and any(_speaks_of(value, slots.dialogue.names) for value in listed.values):
            return None  # the sentence is about a group
        if slots.form == "apart" and (apart := _apart_already(listed, slots)) is not None:
            return [apart]
        nothing_new = len(there) == len(listed.values) and (not listed.rest or _is_named(listed.rest, here))
        if slots.form in ("list", "meant") and nothing_new:
            return [Call("show")] if listed.against else None
        if _is_by_night(listed, slots):
            return [Call("pick_out", {"all_of": ["night"], "name": "night"})]
        rest = {"rest": listed.rest} if listed.rest else {}
        within = {"within": slots.values["group"]} if slots.values.get("group") else {}
        return [Call(self.name, {"values": list(listed.values), **rest, **within})]

    def _one_called(self, value: str, name: str, slots: Slots) -> Understood:
        """Return the calls that pick out one thing under another name: "put the cats in a group called Felix"."""
        if value in slots.dialogue.phrases:
            return [Call("pick_out", {"all_of": [value], "name": name})]
        renamed = Call("rename_cluster", {"cluster": value, "name": name})
        if _is_named(value, slots.dialogue.names[: slots.dialogue.current or None]):
            return [renamed]  # they are together already
        return [Call(self.name, {"values": [value], "rest": REST}), renamed]


def _is_by_night(listed: ValuesListed, slots: Slots) -> bool:
    """Return whether day and night are told apart where files say which pictures were taken at night; an undated one is
    in neither, so that all others are called "other"."""
    times = dict(slots.dialogue.said_by_files).get("time of day", ())
    here = {value.casefold() for value in listed.values} == {"day", "night"}
    return here and "night" in times and not slots.values.get("group")


def _apart_already(listed: ValuesListed, slots: Slots) -> Call | None:
    """Return the call that shows the grouping whose groups are those that are to be kept apart; None where none is."""
    for criterion, names in zip(slots.dialogue.criteria, slots.dialogue.groupings, strict=False):
        if all(_is_named(value, names) for value in listed.values):
            return Call("show", {} if criterion == slots.dialogue.criteria[0] else {"clustering": criterion})
    return None


def _of_several_groupings(listed: ValuesListed, slots: Slots) -> Understood | None:
    """Return what a bare list is about that names groups of several groupings, which pictures can be in at once, or a
    part of one group: "the blond and happy ones", "the black and white cats"; None for any other."""
    values, dialogue = [_EITHER.sub("", value) for value in listed.values], slots.dialogue
    if listed.rest or listed.against or len(values) < 2:
        return None
    if all(_is_named(value, dialogue.names) for value in values):
        together = any(all(_is_named(value, grouping) for value in values) for grouping in dialogue.groupings)
        if together or not dialogue.groupings:
            return None
        return [Call("show", {"cluster": values[0], "also": values[1:]})]
    part = _part_of(values[-1], dialogue.names[: dialogue.current or None])
    if part is None or any(_is_named(value, dialogue.names) for value in values):
        return None
    said = " and ".join([*values[:-1], part[0]])
    return Reply(
        f'Is that a part of {quoted(part[1])}? Say "put the {visible(said)} {visible(part[1])} together" to look for '
        f'it there, or "sort into {visible(", ".join(listed.values))}" for groups of all pictures.',
        asks=True,
    )


def _listed(slots: Slots) -> ValuesListed | None:
    """Return the groups that a sentence names: a list, two that are told apart, or one that is picked out."""
    if slots.form in ("two", "within_two"):
        first = slots.values["first_value"]
        return values_listed(f"{first} vs {slots.values.get('second_value') or f'no {first}'}")
    if found := slots.values.get("values") or slots.values.get("bare_values"):
        assert isinstance(found, ValuesListed)
        return found
    value = slots.values.get("value") or slots.values.get("several_things")
    return ValuesListed((value,), REST) if value else None


def _part_of(value: str, groups: Sequence[str]) -> tuple[str, str] | None:
    """Return what is said of a part of a group, and the group: "ugly" and "belt" of "ugly belts"; None for none."""
    for group in groups:
        said = sorted((group, *plurals(group), in_singular(group)), key=len, reverse=True)
        forms = "|".join(map(re.escape, said))
        before = re.fullmatch(rf"(?P<part>[\w' -]+?) (?:{forms})", value, re.IGNORECASE)
        behind = re.fullmatch(
            rf"(?:{forms}) (?:with|of|in|on|at|that (?:are|is|have|has|show|wear))"
            r" (?:(?:the|an?|their) )?(?P<part>[\w' -]+)",
            value,
            re.IGNORECASE,
        )
        if match := before or behind:
            return match["part"], group
    return None


def _needs_groups_known(form: str) -> bool:
    """Return whether sentences of this form could as well be about groups that are there."""
    return form in ("list", "apart", "meant", "bare")


def _speaks_of(value: str, names: Sequence[str]) -> bool:
    """Return whether a value has the name of a group that is there in it."""
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", value, re.IGNORECASE) for name in names)


def _is_named(value: str, names: Sequence[str]) -> bool:
    """Return whether a group has this name, in the singular or the plural."""
    return in_singular(value) in {in_singular(name) for name in names}


def _rest(arguments: SortIntoArguments) -> str | None:
    """Return the name of the rest; one value alone always has one."""
    return arguments.rest or (REST if len(arguments.values) == 1 else None)


def _absent(absent: Mapping[str, Sequence[int]]) -> str:
    """Return a line for each group of which nothing is seen here for sure; "" where there are none."""
    return "".join(
        f"\n{quoted(name)}: none found for sure, so no image was put there. The likeliest are {_numbers(near)}; if one "
        f'is, say "move #{near[0]} to {visible(name)}".'
        for name, near in absent.items()
    )


def _nothing(seen: NothingSeen, arguments: SortIntoArguments) -> Result:
    """Return what is said where nothing is found for sure, and the call that a yes makes."""
    lines = [f"The likeliest for {quoted(name)} are {_numbers(near)}." for name, near in seen.absent.items()]
    found = f"Nothing here is {' or '.join(map(quoted, seen.absent))} for sure. {' '.join(lines)}"
    if arguments.beside:
        name, near = next(iter(seen.absent.items()))
        return f'{found} If one is, say "move #{near[0]} to {visible(name)}".', {NOTHING_DONE: True}
    text = (
        f"{found} Shall I sort by such images, and show you a few of them, each to be told with one key? Say yes. "
        "Nothing is grouped yet."
    )
    call = arguments.model_dump(exclude_defaults=True) | {"unsure": True}
    return text, {"yes": {"tool": "sort_into", "arguments": call}}


def _numbers(numbers: Sequence[int]) -> str:
    *first, last = [f"#{number}" for number in numbers]
    return f"{', '.join(first)} and {last}" if first else last


def _guesses(guessed: Sequence[str]) -> str:
    if not guessed:
        return ""
    return (
        f"{wording.enumerated(guessed)}: guessed, since no expert here is sure what that is. Shall I show you a few "
        "pictures, each to be told with one key? Three right ones for a group are enough."
    )
