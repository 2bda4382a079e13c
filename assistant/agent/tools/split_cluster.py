"""Split one group into parts."""

from pydantic import Field

from assistant.agent.calls import Call, Reply, Understood
from assistant.agent.context import Context
from assistant.agent.tools.base import (
    Arguments,
    DialogueContext,
    Effect,
    GroupName,
    Name,
    Result,
    Slots,
    Tool,
)
from tools.errors import UsageError
from tools.metadata.metadata_criteria import named_criterion
from tools.names import quoted, visible

_FINER = {"year": "month", "month": "day", "country": "city", "season": "month"}
"""Maps what files say to what tells the parts of one such group apart."""


class SplitClusterArguments(Arguments):
    """Names the group, the number of parts, and the criterion."""

    cluster: GroupName
    parts: int | None = Field(
        None, ge=2, le=100, description="How many; left out, two, or as many as the criterion has there."
    )
    by: Name | None = Field(
        None, description="A criterion to split by; left out, what sets its images apart."
    )


class SplitCluster(Tool[SplitClusterArguments]):
    """Split one group of the current grouping into parts: by what sets its images apart, or by a criterion."""

    effect = Effect.EDIT
    arguments = SplitClusterArguments

    def run(self, context: Context, arguments: SplitClusterArguments) -> Result:
        before = context.desk.clusterings.get()
        named = named_criterion(before.criterion)
        finer = _FINER.get(named.name, "") if named and not arguments.by else ""
        split = f'"split {visible(context.group_name(arguments.cluster))} by {finer}"'
        try:
            after = context.desk.editing.split(
                arguments.cluster, arguments.parts, arguments.by, progress=context.progress
            )
        except UsageError as error:
            if finer and "apart" in str(error):
                raise UsageError(f"{error}; say {split}") from None
            raise
        text, ids = context.changed(after)
        if finer:
            text += f'\nThat was by looks. For parts by {finer}, say "undo" and then {split}.'
        known = {cluster.name for cluster in before.clusters}
        parts = [cluster.name for cluster in after.clusters if cluster.name not in known]
        return text, ids | {"made": parts}

    def offer(self, context: Context, arguments: SplitClusterArguments) -> str:
        how = f"by {quoted(arguments.by)}" if arguments.by else f"into {arguments.parts or 2}"
        return f"split {quoted(context.group_name(arguments.cluster))} {how}"

    def read_instead(self, arguments: SplitClusterArguments) -> Call:
        return Call("describe_group", {"cluster": arguments.cluster})

    def understand(self, slots: Slots) -> Understood | None:
        cluster, by = slots.values.get("group"), slots.values.get("by")
        parts = slots.values.get("parts", slots.values.get("number"))
        if parts is not None and parts < 2:
            if slots.form == "within" and not slots.dialogue.has(str(cluster)):
                return None  # "the sunsets in one folder"
            return Reply("A split needs two parts or more: say how many.")
        if slots.form == "all" or (slots.form == "these" and not slots.dialogue.spoken):
            return _all(parts, slots.dialogue)
        if slots.form == "spoken":
            cluster = slots.dialogue.spoken[-1] if slots.dialogue.spoken else None
        if not cluster or (slots.form == "within" and not slots.dialogue.has(cluster)):
            return None
        given = {"cluster": cluster} | ({"parts": parts} if parts else {}) | ({"by": by} if by else {})
        return [Call(self.name, given)]


def _all(parts: int, dialogue: DialogueContext) -> Understood:
    """Group all images afresh into that many groups."""
    if not dialogue.criteria:
        return Reply('Groups by what? Say for example "group by emotion into 5 groups".')
    return [Call("group_by", {"criterion": dialogue.criteria[0], "groups": parts})]
