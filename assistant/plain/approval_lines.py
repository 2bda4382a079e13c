"""Says in lines what waits for the user's approval, and how to answer."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from assistant.text.formatting import size
from tools.names import amount, visible

if TYPE_CHECKING:
    from assistant.agent.approvals import Approval

PLACED_SHOWN = 40
"""The most files of one folder that are named one by one where files are added to a folder."""
LEFT_SHOWN = 8
"""The most files left in place that the plan of an export names."""


def approval_lines(approval: "Approval") -> Iterator[str]:
    """Yield the lines that describe what waits for approval and how to answer."""
    from assistant.agent import wording
    from assistant.agent.approvals import CriteriaApproval, ExportApproval, PlanApproval, UndoApproval

    if isinstance(approval, PlanApproval):
        yield from wording.plan_lines(approval)
        yield 'Do this? Type yes, no, "without ..." and the steps to leave out, or what to do instead.'
    elif isinstance(approval, CriteriaApproval):
        yield wording.proposals(approval)
        yield 'Group by which? Type names or numbers ("1 and 3"), "all", "only ..." in your own words, or "no".'
    elif isinstance(approval, ExportApproval):
        how = {
            "copy": "the originals stay",
            "link": "links; the originals stay",
            "move": "MOVED out of the folder",
        }
        yield f"{wording.plan(approval)} {size(approval.bytes)}{f'; {how[approval.mode]}' if approval.files else ''}."
        for name, count in approval.tags:
            yield f"  {name} {count:,}"
        for source in approval.sources[:LEFT_SHOWN]:
            yield f"  out of {source}"
        if len(approval.sources) > LEFT_SHOWN:
            yield f"  out of {amount(len(approval.sources) - LEFT_SHOWN, 'more folder')}"
        for name, count in approval.folders:
            new = " (new)" if approval.adds and name not in approval.into else ""
            yield f"  {visible(name)}/ {count:,}{new}"
            inside = [(to, of) for to, of in approval.placed if to.rpartition("/")[0] == visible(name)]
            for to, of in inside[:PLACED_SHOWN]:
                yield f"    {to.rpartition('/')[2]} from {of}"
            if len(inside) > PLACED_SHOWN:
                yield f"    and {len(inside) - PLACED_SHOWN:,} more"
        if approval.renamed:
            yield f"  {amount(approval.renamed, 'name')} used twice; a number is added, and nothing is overwritten"
        for path, why in approval.left[:LEFT_SHOWN]:
            yield f"  left where it is: {visible(path)} ({visible(why)})"
        if len(approval.left) > LEFT_SHOWN:
            yield f"  and {len(approval.left) - LEFT_SHOWN:,} more left where they are"
        yield "Do this? Type yes, no, or what to do instead."
    elif isinstance(approval, UndoApproval):
        yield wording.undo_plan(approval)
        yield "Do this? Type yes or no."
    else:
        yield wording.sending(approval)
        yield "Send them? Type yes or no; with no, the models on this machine are used."
