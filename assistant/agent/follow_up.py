"""Follows up where no model is needed: a yes to an offer, a reply to an open question, the next step of a plan, and the
closing words after the last tool of a turn."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolCall, ToolMessage

from assistant.agent.builtin.mood import Mood, mood
from assistant.agent.builtin.parse import completed, parse, surely
from assistant.agent.calls import NOTHING_DONE, Call
from assistant.agent.gate import Turn
from assistant.agent.plan_turns import APPROVED, OPTIONAL, UNFINISHED, Step, planned_steps
from assistant.agent.wording import one_line
from assistant.text.typed_answers import read_answer
from assistant.text.yes_no import says_no, says_yes, takes_back
from tools.singular import in_singular
from tools.teach.question import Question

_NEXT = {
    "group_by": 'Next you could say "show 1" to look into the first group, or "merge 1 and 2".',
    "propose_criteria": 'Next you could say "show 1" to look into the first group, or name a criterion of your own.',
    "split_cluster": 'Next you could name the parts, as in "rename 1 to ...".',
    "export_clusters": 'If that is not what you wanted, say "undo".',
}
_FEW = {
    0: "Next you could name another criterion.",
    1: 'Next you could say "split 1 into 2", or name another criterion.',
}
"""The suggestion by the number of groups, where there is nothing to merge."""
_REJECTED = (
    'All right, nothing was done. Tell me what you want instead, for example "group by hair colour" or '
    '"export to ~/sorted as links".'
)

_ENDED = "All right, the plan ends here. What was finished is kept."

_PLAN = "plan"
CHOICES = "choices"
"""The key under which a message keeps the sentences that it offers, each to be chosen by its number."""
LOST = "lost"
"""The key that marks a message which says that nothing was understood."""
AGREED = "agreed"
"""The key that marks a message whose call the person has agreed to."""
MOST_WORDS = 3
"""The most words of the name of a new group where nothing says that it is one."""
_ASK = re.compile(r"(?:.+[ ,]+)?ask(?: me| away)?(?:[ ,]+please)?[.!]?", re.IGNORECASE)
"""Matches a yes to the offer of questions that repeats what was offered: "yes, ask me"."""
_ONLY = re.compile(
    r"(?:no[, ]+)?(?:only|just) (?:this|that|it|the|#\d+)(?: (?:one|image|picture|photo))?(?: (?:alone|only))?[.!]?"
    r"|(?:this|that) (?:one|image|picture|photo)(?: (?:alone|only))?[.!]?",
    re.IGNORECASE,
)
"""Matches the choice of the one image where a whole group was offered."""
_NO_NAME = re.compile(
    r"(?:hm+|um+|uh+|er+|oh|ah|well|not|maybe|perhaps|probably|no|don't|dont|i|what|why)\b", re.IGNORECASE
)
"""Matches what no name begins with, but people say while they think."""


_PLACE = re.compile(
    r"^(?:(?:to|in|into|with|it is|it's|that's|it belongs (?:to|in)|they are|put it (?:in|with)) )?(?:the |an? )?",
    re.IGNORECASE,
)
"""Matches what may stand before the group that is chosen by its name: "to the bags"."""


def answering(messages: Sequence[BaseMessage]) -> list[Step]:
    """Return the call that answers an open question or accepts an offer; none where the person said something else."""
    if not messages or not isinstance(messages[-1], HumanMessage):
        return []
    text = messages[-1].text
    if (question := open_question(messages)) is not None:
        understood = read_answer(text, question)
        if understood is not None and understood.kind != "new":
            return [replied(" ".join(text.split()))]
    elif (meant := _artifact(messages).get("yes")) and says_yes(text):
        return [{key: meant[key] for key in ("tool", "arguments", "moment") if key in meant}]
    elif (alone := _artifact(messages).get("only")) and _ONLY.fullmatch(text.strip()):
        return [alone]
    elif _artifact(messages).get("offer") and (says_yes(text) or _ASK.fullmatch(text.strip())):
        return [{"tool": "ask_me", "arguments": {}}]
    return []


def open_offer(messages: Sequence[BaseMessage]) -> Step:
    """Return the call that was offered, which the last message may add to; an empty step where nothing was offered.

    What was not understood since leaves it open.
    """
    kept = list(messages)
    while len(kept) > 2 and isinstance(kept[-2], AIMessage) and kept[-2].additional_kwargs.get(LOST):
        kept = [*kept[:-3], kept[-1]]
    meant: Step = _artifact(kept).get("yes") or {}
    return meant


def agreed(steps: Sequence[Step]) -> AIMessage:
    """Return the message that makes the first of these calls, to which the person has agreed."""
    first = steps[0]
    call = ToolCall(name=first["tool"], args=first["arguments"], id=f"call_{uuid4().hex}")
    return AIMessage(
        "", tool_calls=[call], additional_kwargs={AGREED: first.get("moment", "")} | planned(steps)
    )


def approved_plan(messages: Sequence[BaseMessage]) -> AIMessage | None:
    """Return the message that makes the next call of a plan that the person has approved, whatever brain thinks.

    It is None where there is none, and after a call that was not approved, or that failed and the next ones need.
    """
    steps = _left_of_plan(messages)
    last = messages[-1] if messages else None
    if not steps or not isinstance(last, ToolMessage) or (last.status == "error" and not _optional(messages)):
        return None
    if isinstance(last.artifact, dict) and (last.artifact.get("rejected") or last.artifact.get("yes")):
        return None
    call = ToolCall(name=steps[0]["tool"], args=steps[0]["arguments"], id=f"call_{uuid4().hex}")
    return AIMessage(
        "",
        tool_calls=[call],
        additional_kwargs={AGREED: "", APPROVED: list(steps)},
    )


def _left_of_plan(messages: Sequence[BaseMessage]) -> list[Step]:
    """Return the calls that are left of an approved plan at the end of a conversation."""
    last = messages[-1] if messages else None
    if not isinstance(last, ToolMessage):
        return []
    if isinstance(last.artifact, dict) and last.artifact.get("plan"):
        return list(last.artifact["plan"])
    message = _caller(messages)
    return planned_steps(message)[1:] if message else []


def _optional(messages: Sequence[BaseMessage]) -> bool:
    """Return whether the steps of a plan can go on without the call that was made last."""
    message = _caller(messages)
    return message is not None and any(step.get(OPTIONAL) for step in planned_steps(message)[:1])


def _caller(messages: Sequence[BaseMessage]) -> AIMessage | None:
    """Return the message that made the last call."""
    return next((m for m in reversed(messages) if isinstance(m, AIMessage) and m.tool_calls), None)


def utterance(messages: Sequence[BaseMessage]) -> str:
    """Return the person's last utterance: a message, or the reason for a rejection."""
    for message in reversed(messages):
        if why_not := reason(message):
            return why_not
        if isinstance(message, HumanMessage):
            return message.text
    return ""


def spoken_last(messages: Sequence[BaseMessage]) -> int | None:
    """Return where the person spoke last: a message, or the reason for a rejection; None where they never did."""
    return max((i for i, m in enumerate(messages) if isinstance(m, HumanMessage) or reason(m)), default=None)


def turn_of(messages: Sequence[BaseMessage]) -> Turn:
    """Return what the person said last and what was done since."""
    start = spoken_last(messages)
    if start is None:
        return Turn(None)
    since = messages[start + 1 :]
    agreed_to = [m for m in since if isinstance(m, AIMessage) and AGREED in m.additional_kwargs]
    made = tuple(str(m.name) for m in since if isinstance(m, ToolMessage))
    before = messages[start - 1] if start else None
    asked = isinstance(before, AIMessage) and before.text.rstrip().endswith("?")
    said = "no" if _rejected(since) else completing(messages[: start + 1]) or utterance(messages)
    return Turn(said, bool(agreed_to), made, asked)


def calls_of_turn(since: Sequence[BaseMessage]) -> tuple[Call, ...]:
    """Return the calls that the messages of a turn make, and those that they plan after them."""
    calls: list[Call] = []
    last: AIMessage | None = None
    for message in since:
        if isinstance(message, AIMessage) and message.tool_calls:
            calls += [Call(call["name"], call["args"]) for call in message.tool_calls]
            last = message
    planned_next = last.additional_kwargs.get(_PLAN, []) if last is not None else []
    return (*calls, *(Call(step["tool"], step["arguments"]) for step in planned_next))


def _rejected(since: Sequence[BaseMessage]) -> bool:
    """Return whether an approval was rejected, without a reason, among these messages."""
    return any(
        isinstance(m, ToolMessage) and isinstance(m.artifact, dict) and m.artifact.get("rejected")
        for m in since
    )


def accepted(messages: Sequence[BaseMessage]) -> list[Step]:
    """Return the call that the person has agreed to, as `answering`; a question agrees to nothing."""
    steps = answering(messages)
    asks = bool(steps) and steps[0]["tool"] == "answer" and mood(messages[-1].text) is Mood.QUESTION
    return [] if asks and len(messages[-1].text.split()) > 1 else steps


def naming(messages: Sequence[BaseMessage]) -> list[Step]:
    """Return the call that answers an open question with a new name: a few words that the grammar does not know."""
    if not messages or not isinstance(messages[-1], HumanMessage) or not (name := new_group(messages)):
        return []
    understood = parse(messages[-1].text)
    return [] if isinstance(understood, list) or not understood.lost else [replied(name)]


def declined(messages: Sequence[BaseMessage]) -> bool:
    """Return whether the person said no to an offer that is open."""
    return bool(_artifact(messages).get("yes")) and (
        says_no(messages[-1].text) or takes_back(messages[-1].text)
    )


def picked_for_export(messages: Sequence[BaseMessage]) -> dict[str, Any]:
    """Return what picking out a group left, where the export that waits is the next step of the same sentence; else an
    empty dict."""
    before = [m for m in messages if not isinstance(m, ToolMessage) or m.name != "export_clusters"]
    at = max((i for i, m in enumerate(before) if isinstance(m, ToolMessage)), default=0)
    picked, caller = before[at], _caller(before[:at])
    if not isinstance(picked, ToolMessage) or picked.name != "pick_out" or caller is None:
        return {}
    planned_next = [step["tool"] for step in caller.additional_kwargs.get(_PLAN, ())]
    return dict(picked.artifact or {}) if "export_clusters" in planned_next else {}


def rejected_just_now(messages: Sequence[BaseMessage]) -> bool:
    """Return whether an approval was rejected just before the last message."""
    between = len(messages) > 1 and isinstance(messages[-2], ToolMessage)
    return between and bool(_artifact(messages).get("rejected"))


def chosen(messages: Sequence[BaseMessage]) -> str:
    """Return the sentence that a bare number chooses of those that were offered just before; "" where none is."""
    if len(messages) < 2 or not isinstance(messages[-1], HumanMessage):
        return ""
    offered = messages[-2].additional_kwargs.get(CHOICES, ())
    said = messages[-1].text.strip(" .!")
    if number := re.fullmatch(r"#?(\d)[.)]?", said):
        return str(offered[int(number[1]) - 1]) if 0 < int(number[1]) <= len(offered) else ""
    place = in_singular(_PLACE.sub("", said))
    places = [each for each in map(str, offered) if each.startswith("move ")]
    named = [each for each in places if in_singular(each.rpartition(" to ")[2]) == place]
    return named[0] if len(named) == 1 and len(places) == len(offered) else ""


def completing(messages: Sequence[BaseMessage]) -> str:
    """Return the request that a bare reply completes, where a missing part was asked for, or chooses; "" for none."""
    if choice := chosen(messages):
        return choice
    before = messages[-2] if len(messages) > 1 else None
    if not isinstance(before, AIMessage) or before.tool_calls:
        return ""
    if mood(messages[-1].text) in (Mood.ORDER, Mood.REQUEST) and surely(messages[-1].text):
        return ""  # it asks for something else by itself
    return completed(before.text, messages[-1].text.strip())


def replied(text: str) -> Step:
    """Return the call that passes a reply on to the open question."""
    return {"tool": "answer", "arguments": {"said": text}}


def open_question(messages: Sequence[BaseMessage]) -> Question | None:
    """Return the question that the last tool asked; None where it asked none."""
    last = next(
        (m for m in reversed(messages[:-1]) if isinstance(m, ToolMessage) and m.status != "error"), None
    )
    about = last.artifact.get("question") if last is not None and isinstance(last.artifact, dict) else None
    if not about:
        return None
    return Question(tuple(about["images"]), tuple(about["names"]), "", 0.0, False)


def _artifact(messages: Sequence[BaseMessage]) -> dict[str, Any]:
    """Return the artifact of the last tool that did anything; an empty dict where another turn came after it."""
    for message in reversed(messages[:-1]):
        if isinstance(message, HumanMessage):
            break
        if isinstance(message, ToolMessage) and message.status != "error":
            return message.artifact if isinstance(message.artifact, dict) else {}
    return {}


def new_group(messages: Sequence[BaseMessage]) -> str:
    """Return "new NAME" for a few words, otherwise not understood, in reply to a question about a picture; else ""."""
    question, text = open_question(messages), " ".join(messages[-1].text.split())
    few = (
        0 < len(text.split()) <= MOST_WORDS
        and re.fullmatch(r"[\w][\w '/-]*", text)
        and not _NO_NAME.match(text)
    )
    named = question is not None and not question.pair and few
    return f"new {text}" if named and not text.isdigit() and text.casefold() not in ("n", "new") else ""


def following(messages: Sequence[BaseMessage]) -> tuple[str, list[Step]] | None:
    """Return the words and the planned calls that follow a tool's answer; no calls after a failure or a rejection.

    It is None where a person spoke last.
    """
    last = messages[-1] if messages else None
    if not isinstance(last, ToolMessage):
        return None
    message = _caller(messages)
    plan = message.additional_kwargs.get(_PLAN, []) if message else []
    rejected = isinstance(last.artifact, dict) and (last.artifact.get("rejected") or last.artifact.get("yes"))
    if plan and last.status != "error" and not rejected:
        return last.text, plan
    left = [step["tool"] for step in _left_of_plan(messages)]
    if isinstance(last.artifact, dict) and last.artifact.get(UNFINISHED):
        left.insert(0, last.name or "")
    undone = ", ".join(tool.replace("_", " ") for tool in left)
    rest = f"\nThe rest of the plan was not done: {undone}." if undone else ""
    return closing(last) + rest, []


def planned(steps: Sequence[Step]) -> dict[str, Any]:
    """Return the data to keep beside the first call, from which the other steps follow."""
    return {_PLAN: list(steps[1:])} if steps[1:] else {}


def closing(last: ToolMessage) -> str:
    """Return the last words of a turn: the text of its last tool, and a suggestion for the next request."""
    if why_not := reason(last):
        return f'You said: "{one_line(why_not, 200)}". Tell me what you want instead.'
    if isinstance(last.artifact, dict) and last.artifact.get("rejected"):
        return _ENDED if last.artifact.get(UNFINISHED) else _REJECTED
    if last.status == "error":
        return last.text
    if isinstance(last.artifact, dict) and any(last.artifact.get(key) for key in ("offer", "yes", "choices")):
        return last.text  # it asks already
    if isinstance(last.artifact, dict) and last.artifact.get(NOTHING_DONE):
        return last.text  # nothing was grouped, and it says what to say instead
    groups = last.artifact.get("groups") if isinstance(last.artifact, dict) else None
    few = _FEW.get(groups, "") if groups is not None and last.name in ("group_by", "propose_criteria") else ""
    return f"{last.text}\n{few or _NEXT.get(last.name or '', '')}".strip()


def reason(message: BaseMessage) -> str:
    """Return the person's reason for rejecting a tool's proposal; "" where there is none."""
    artifact = message.artifact if isinstance(message, ToolMessage) else None
    return str(artifact.get("reason") or "") if isinstance(artifact, dict) else ""
