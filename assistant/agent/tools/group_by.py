"""Group by a criterion."""

import re

from pydantic import Field

from assistant.agent import confirmations, wording
from assistant.agent.approvals import PlanApproval, SendApproval
from assistant.agent.builtin.lexicon import ATTRIBUTES, is_quoted, with_number, without_time
from assistant.agent.builtin.values_listed import values_listed
from assistant.agent.calls import Call, Reply, Understood
from assistant.agent.context import Context
from assistant.agent.group_with_consent import GroupingTool, grouped
from assistant.agent.tools.base import (
    Arguments,
    Name,
    Result,
    Slots,
)
from tools.fuse.registry import METHODS, method_name
from tools.metadata.metadata_criteria import named_criterion
from tools.names import quoted, visible


class GroupByArguments(Arguments):
    """Gives the criterion and the number of groups."""

    criterion: Name = Field(
        description='What to group by, in the person\'s words, for example "hair colour".'
    )
    groups: int | None = Field(
        None, ge=2, le=1000, description="How many groups; left out, the data decides."
    )

    method: str | None = Field(
        None,
        max_length=40,
        description='The method, such as "sac" or "walk", only if the person names one; else left out.',
    )


class GroupBy(GroupingTool[GroupByArguments]):
    """Group all images by one criterion, in the person's own words ("emotion", "colour of the hair").
    Grouping by another criterion keeps the earlier groupings. Use it again with a number of groups to
    change how many there are."""

    arguments = GroupByArguments

    def run(self, context: Context, arguments: GroupByArguments) -> Result:
        desk, criterion = context.desk, arguments.criterion
        near = desk.criteria.correction(criterion)
        if near is not None and context.confirmations.first(self.name, criterion):
            return confirmations.criterion(near, criterion, arguments.groups)
        sight = desk.criteria.sight(criterion, context.progress)
        if not sight.seen and context.confirmations.first(self.name, criterion):
            return confirmations.unseen(criterion, sight.nearest, arguments.groups, sight.missing)
        if context.confirmations.listens:
            thing, nearest = desk.sorting.nowhere(criterion, context.progress)
            if thing and context.confirmations.first(self.name, criterion):
                return confirmations.nowhere(criterion, thing, nearest)
        text, ids = grouped(context, criterion, arguments.groups, arguments.method)
        if isinstance(ids, PlanApproval | SendApproval) or "yes" in ids:
            return text, ids
        offer = wording.offer(desk.clusterings.get())
        return text + offer, ids | ({"offer": "ask_me"} if offer else {})

    def offer(self, context: Context, arguments: GroupByArguments) -> str:
        into = f" into {arguments.groups} groups" if arguments.groups else ""
        using = f" with {visible(arguments.method)}" if arguments.method else ""
        return f"group by {quoted(arguments.criterion)}{into}{using}"

    def understand(self, slots: Slots) -> Understood | None:
        if slots.form == "method":
            if unknown := slots.values.get("unknown_method"):
                return _no_method(unknown)
            if not slots.dialogue.criteria:
                return Reply('Groups by what? Say for example "group by emotion using sac".')
            method = slots.values["method"]
            return _calls([slots.dialogue.criteria[0]], slots.values.get("number"), method)
        if slots.form == "number":
            if not slots.dialogue.criteria:
                return Reply('Groups by what? Say for example "group by emotion into 5 groups".')
            return _calls([slots.dialogue.criteria[0]], slots.values["number"])
        spoken = next((slots.values[s] for s in _CRITERION_SLOTS if slots.values.get(s)), None)
        if spoken is None:
            return None
        if re.match(r"the ", spoken) and (method := method_name(spoken)) and slots.dialogue.criteria:
            return _calls(
                [slots.dialogue.criteria[0]], slots.values.get("number"), method
            )  # "group by the walk"
        counts = slots.values.get("number") or with_number(spoken)[1]
        if not counts and _AGAINST.search(spoken) and (listed := values_listed(spoken)) is not None:
            rest = {"rest": listed.rest} if listed.rest else {}
            return [Call("sort_into", {"values": list(listed.values), **rest})]  # "by daytime vs night"
        spoken, counted = with_number(without_time(spoken))
        spoken, method = without_method(spoken)
        if isinstance(method, Reply):
            return method
        if counted is None:
            spoken, counted = with_number(spoken)
        criteria = [spoken] if slots.form == "question" else _criteria(spoken)
        if isinstance(criteria, Reply):
            return criteria
        if re.search(r"\binto\b", spoken, re.IGNORECASE):
            return Reply(f'How many groups is "{spoken}"? Say for example "group by emotion into 5 groups".')
        return _calls(criteria, slots.values.get("number", counted), method)


_CRITERION_SLOTS = ("criterion", "attribute", "clause", "kinds", "question")


_AGAINST = re.compile(r"\b(?:vs|versus)\b", re.IGNORECASE)
_CALLED = "(?:method|algorithm|technique|approach)"
_METHOD = re.compile(
    r"^(?P<rest>.+?),? (?:(?P<surely>(?:by )?using|via|by means of|with the help of)|with|by|through) (?:the |an? )?"
    rf"(?P<method>[\w-]+(?: (?!{_CALLED}$)[\w-]+)?)(?P<options>:[\w=,.-]+)?(?P<called> {_CALLED})?$",
    re.IGNORECASE,
)
"""Matches a criterion and the method behind it: "colour using SAC", "mood with the walk method"."""


def without_method(text: str) -> tuple[str, str | Reply | None]:
    """Return a criterion without the method that is named behind it, and that: None where none is, or a reply."""
    match = _METHOD.match(text)
    if match is None:
        return text, None
    if method := method_name(match["method"]):
        return match["rest"], method + (match["options"] or "")
    return text, _no_method(match["method"]) if match["surely"] or match["called"] else None


def _no_method(text: str) -> Reply:
    return Reply(f"There is no method {quoted(text)}. Choose one of {', '.join(METHODS)}.")


def _calls(criteria: list[str], groups: int | None, method: str | None = None) -> Understood:
    if groups is not None and groups < 2:
        return Reply("That would sort nothing: say two groups or more.")
    said = {"groups": groups, "method": method}
    given = {key: value for key, value in said.items() if value is not None}
    return [Call(GroupBy.name, {"criterion": criterion, **given}) for criterion in criteria]


_OF_A_KIND = re.compile(
    r"(?!(?:who|which|what|whether|how|where|when)\b)(?P<what>[\w' -]+?) by (?:the |their )?(?P<by>[\w' -]+)",
    re.IGNORECASE,
)
"""Matches a thing and what its pictures are told apart by, where a criterion should be: "cars by colour"."""


def is_criterion(text: str) -> bool:
    """Return whether words are known as what one groups by."""
    return text.split()[-1].casefold() in ATTRIBUTES or named_criterion(text) is not None


def _criteria(text: str) -> list[str] | Reply:
    """Split "emotion and hair colour" into two criteria; return a question where it could be one or several."""
    criteria: list[str] = []
    for part in re.split(r"\s*(?:,|\band\b)\s*by\s+", text, flags=re.IGNORECASE):
        if named_criterion(part):  # "year and month" is what files say, and one criterion
            criteria.append(part)
            continue
        if (
            (nested := _OF_A_KIND.fullmatch(part))
            and is_criterion(nested["by"])
            and not is_criterion(nested["what"])
        ):
            what, by = nested["what"].strip(), nested["by"]
            return Reply(
                f'Shall only the {visible(what)} be grouped by {visible(by)}, or all pictures? Say "put the '
                f'{visible(what)} together" and then "split {visible(what)} by {visible(by)}", or '
                f'"group by {visible(by)}".',
                asks=True,
            )
        several = re.split(r"\s*(?:,\s*and\b|,|\band\b|&)\s*", part.strip(), flags=re.IGNORECASE)
        bare = [
            re.sub(r"^(?:the|their|its|his|her|a|an|both)\s+", "", s, flags=re.IGNORECASE) for s in several
        ]
        if not all(bare):
            return Reply(
                'Group by what? For example "group by emotion into 5 groups", or ask "what could I group by?".',
                asks=True,
            )
        if len(bare) > 1 and not all(is_quoted(b) or b.split()[-1].lower() in ATTRIBUTES for b in bare):
            if re.match(r"(?:who|which|what|whether|how)\b", part, re.IGNORECASE):
                bare = [part]  # "who wears glasses and who doesn't" is one
            else:
                return Reply(
                    f'Is "{part}" one criterion or several? Put quotes around it if it is one, '
                    f'or say "group by {bare[0]} and by {bare[1]}" if it is several.'
                )
        criteria += bare
    return criteria
