"""Say what a group has in common."""

from assistant.agent.calls import Call, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import Arguments, Effect, GroupName, Result, Slots, Tool


class DescribeGroupArguments(Arguments):
    """Names the group to describe."""

    cluster: GroupName


class DescribeGroup(Tool[DescribeGroupArguments]):
    """Say what the images of one group have in common and what sets the group apart from the others."""

    effect = Effect.READ
    arguments = DescribeGroupArguments

    def run(self, context: Context, arguments: DescribeGroupArguments) -> Result:
        cluster = context.desk.clusterings.find_cluster(arguments.cluster)
        return context.desk.explaining.cluster(cluster.id, progress=context.progress), {"cluster": cluster.id}

    def understand(self, slots: Slots) -> Understood | None:
        cluster = slots.values.get("group") or next(iter(slots.values.get("groups") or ()), None)
        if slots.form == "there" and cluster and not slots.dialogue.has(cluster):
            return None  # "why are these together"
        return [Call(self.name, {"cluster": cluster})] if cluster else None
