"""Show near-duplicates or bursts, without doing anything about them."""

from typing import Literal

from pydantic import Field

from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, Result, Tool
from tools.names import amount, quoted

MOST_STACKS, MOST_PICTURES = 12, 8
"""The most stacks that are listed, and the most pictures of one."""


class ShowNearDuplicatesArguments(Arguments):
    """Says which kind of stacks is meant."""

    kind: Literal["near duplicates", "bursts"] = Field(
        "near duplicates",
        description='"near duplicates": one picture saved again, edited or cut. "bursts": shots within two seconds.',
    )


class ShowNearDuplicates(Tool[ShowNearDuplicatesArguments]):
    """List pictures that are nearly the same (one saved in another size or format, edited or cut), or bursts (many
    shots of one moment). It only looks: nothing is grouped, moved or deleted."""

    effect = Effect.READ
    arguments = ShowNearDuplicatesArguments
    needs_groups = False

    def run(self, context: Context, arguments: ShowNearDuplicatesArguments) -> Result:
        desk, kind = context.desk, arguments.kind
        stacks = desk.near_duplicates.find(kind, context.progress)
        same = len(desk.collection.duplicates)
        also = (
            f' {amount(same, "file")} more with the very same picture: say "show duplicates".' if same else ""
        )
        if not stacks:
            return f"There are no {kind} among these pictures.{also}", {}
        aside = sum(len(stack.images) - 1 for stack in stacks)
        lines = [
            f"{amount(len(stacks), 'stack')} of {kind}, with {amount(aside, 'picture')} besides the best of each:"
        ]
        for number, stack in enumerate(stacks[:MOST_STACKS], 1):
            shown = [
                f"#{desk.collection.number(image)} {quoted(desk.collection.by_id(image).path.as_posix())} ({how})"
                for image, how in zip(stack.images[:MOST_PICTURES], stack.how, strict=False)
            ]
            more = len(stack.images) - MOST_PICTURES
            lines.append(f"  {number}. {', '.join(shown)}" + (f" and {more} more" if more > 0 else ""))
        if (more := len(stacks) - MOST_STACKS) > 0:
            lines.append(f"  and {amount(more, 'more stack')}")
        lines.append(f'Nothing was changed.{also} Say "group the {kind}" to look through them, or')
        lines.append(
            f'"set the {kind} aside" for a group of the best and one of the others; nothing is ever deleted.'
        )
        lines.append("In the app, /duplicates lays each stack side by side.")
        return "\n".join(lines), {"listed": [image for stack in stacks for image in stack.images][:500]}
