"""Give two groups each other's name."""

from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, GroupName, Result, Slots, Tool
from tools.names import quoted


class SwapNamesArguments(Arguments):
    """Names the two groups."""

    first: GroupName
    second: GroupName


class SwapNames(Tool[SwapNamesArguments]):
    """Give two groups of the current grouping each other's name, where the person says that they are mixed up."""

    effect = Effect.EDIT
    arguments = SwapNamesArguments

    def run(self, context: Context, arguments: SwapNamesArguments) -> Result:
        return context.changed(context.desk.editing.swap_names(arguments.first, arguments.second))

    def groups_named(self, arguments: SwapNamesArguments) -> list[str]:
        return [arguments.first, arguments.second]

    def offer(self, context: Context, arguments: SwapNamesArguments) -> str:
        first, second = context.group_name(arguments.first), context.group_name(arguments.second)
        return f"swap the names {quoted(first)} and {quoted(second)}"

    def understand(self, slots: Slots) -> Understood | None:
        if slots.form == "crossed":
            names = [slots.values[s] for s in ("first_group", "second_group", "group_again", "other_again")]
            first, second, again, other = (str(name).casefold() for name in names)
            pair = names[:2] if (first, second) == (other, again) else []
        else:
            pair = slots.values.get("two_groups") or []
        return [Call(self.name, {"first": pair[0], "second": pair[1]})] if len(pair) == 2 else None

    def read_instead(self, arguments: SwapNamesArguments) -> Call:
        return Call("describe_group", {"cluster": arguments.first})
