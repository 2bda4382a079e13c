"""Count the groups, or the images in one."""

from pydantic import Field

from assistant.agent import wording
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, GroupName, Result, Tool
from tools.names import quoted


class CountArguments(Arguments):
    """What to count."""

    cluster: GroupName | None = Field(None, description='A group, or "unsorted"; left out, all groups.')


class Count(Tool[CountArguments]):
    """Say how many groups there are, or how many images are in one of them."""

    effect = Effect.READ
    arguments = CountArguments

    def run(self, context: Context, given: CountArguments) -> Result:
        made = context.desk.clusterings.get()
        if given.cluster is None:
            return wording.counted(made), {"clustering": made.id}
        if given.cluster.casefold() == "unsorted":
            return wording.counted_in(made, "the unsorted pile", len(made.unsorted())), {
                "clustering": made.id
            }
        cluster = context.desk.clusterings.find_cluster(given.cluster)
        text = wording.counted_in(made, quoted(cluster.name), made.size(cluster.id))
        return text, {"clustering": made.id}
