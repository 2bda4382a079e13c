"""Words the tools' answers, for models and people alike. Names are data: they are made visible and quoted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assistant.text.formatting import duration
from tools.clustering.clustering import Clustering
from tools.fuse.registry import method_of
from tools.models.ports import NO_FACE
from tools.names import amount, quoted, visible, with_companions
from tools.settle.by_value import RECORDED

if TYPE_CHECKING:
    from assistant.agent.approvals import (
        CriteriaApproval,
        ExportApproval,
        PlanApproval,
        SendApproval,
        UndoApproval,
    )
    from assistant.desk.effort import Over
    from assistant.desk.plan_step import PlanStep
    from tools.describe.describe import Descriptions
    from tools.scan.collection import Collection

MOST_GROUPS = 30
"""The most groups of one grouping that an answer lists."""
NO_CRITERION = (
    'I found no criterion that sorts these images well. Name one, as in "group by colour", or name the groups, as in '
    '"sort into A, B and other".'
)
"""The answer where there is nothing to propose."""
FEW = 12
"""The fewest images on which it is measured whether a criterion sorts them."""
MOST_DIFFER = 3
"""The most criteria that are named by which images differ where none is proposed."""
MOST_IMAGES = 20
"""The most images or files that an answer lists one by one."""
MOST_CHARACTERS = 6000
"""The most characters of one answer; the rest is cut off."""
DOUBTFUL = 0.7
"""The mean confidence below which it is said how many pictures are probably wrong, and questions are offered."""
LEAST = 24
"""The fewest images for which questions are offered: fewer are moved by hand as quickly."""


def one_line(text: str, most: int = 300) -> str:
    """Return a message of an error or a model as one line of at most `most` characters."""
    line = " ".join(visible(" ".join(text.split())).split())
    return line if len(line) <= most else line[: most - 3] + "..."


def no_proposal(images: int, differ: Sequence[str]) -> str:
    """Return the answer where no criterion sorts some images well: why not, and by what they differ all the same."""
    are = f"{amount(images, 'image')} {'is' if images == 1 else 'are'}"
    few = f"{are} too few to tell whether a criterion sorts them well"
    if not differ:
        return f"{few}. {NO_CRITERION}" if images < FEW else NO_CRITERION
    why = few if images < FEW else "I found no criterion that sorts these images into clear groups"
    *others, last = [quoted(each) for each in differ[:MOST_DIFFER]]
    listed = f"{', '.join(others)} and {last}" if others else last
    return (
        f'{why}. They do differ in {listed}: say "group by {visible(differ[0])}", or name the groups yourself, as in '
        '"sort into A, B and other".'
    )


def enumerated(names: Sequence[str]) -> str:
    """Return names in quotes as a list in words: "a", "b" and "c"."""
    shown = [quoted(name) for name in names]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def grouping(clustering: Clustering) -> str:
    """Return a clustering in lines: its groups with sizes and confidence, and how reliable it is."""
    lines = [] if clustering.sure else [_unseen(clustering)]
    lines.append(
        f"{amount(len(clustering.images), 'image')} grouped by {quoted(clustering.criterion)} "
        f"into {amount(len(clustering.clusters), 'group')}:"
    )
    for number, cluster in enumerate(clustering.clusters[:MOST_GROUPS], 1):
        sure = clustering.confidence[clustering.labels == number - 1]
        mean = (f", {sure.mean():.0%} sure" if len(sure) else "") + (", locked" if cluster.locked else "")
        lines.append(f"  {number}. {quoted(cluster.name)}: {amount(len(sure), 'image')}{mean}")
    if (more := len(clustering.clusters) - MOST_GROUPS) > 0:
        lines.append(f"  and {amount(more, 'more group')}")
    if piled := len(clustering.unsorted()):
        lines.append(f"  unsorted: {amount(piled, 'image')}")
    lines += [f"Note: {one_line(note)}." for note in clustering.notes]
    if clustering.chosen:
        lines.append(f"Method: {clustering.method}, as you chose.")
    if clustering.sources:
        lines.append("Seen by: " + ", ".join(visible(source) for source in clustering.sources) + ".")
    return "\n".join(lines)


def _unseen(clustering: Clustering) -> str:
    """Return the remark about groups whose criterion no model sees."""
    method = method_of(clustering.method)
    if method is not None and method.learns_from_answers:
        return (
            f"No model here sees {quoted(clustering.criterion)}: these groups come from plain image features and "
            "your answers."
        )
    return (
        f"I cannot see this yet: no model here sees {quoted(clustering.criterion)}. These groups come from plain image "
        "features, with low confidence; merge, split and move what is wrong."
    )


def faceless(clustering: Clustering, descriptions: "Descriptions") -> str:
    """Return a line about the unsorted images without a face, where the groups go by faces; else ""."""
    if not any(source.startswith("face expert") for source in clustering.sources):
        return ""
    people = dict(zip(descriptions.images, descriptions.column("people")[0], strict=True))
    unsorted = clustering.unsorted()
    none = sum(people.get(image) in (None, NO_FACE) for image in unsorted)
    if not none:
        return ""
    those = "them" if none == len(unsorted) else f"{none} of them"
    return f"\nNo face was seen in {those if len(unsorted) > 1 else 'the unsorted image'}."


def members(clustering: Clustering, collection: "Collection", images: Sequence[str], title: str) -> str:
    """Return the images of one group in lines, surest first, with number, file name and confidence."""
    row = {image: i for i, image in enumerate(clustering.images)}
    lines = [f"{title} under {quoted(clustering.criterion)}: {amount(len(images), 'image')}, surest first."]
    for image in images[:MOST_IMAGES]:
        path = collection.by_id(image).path
        sure = clustering.confidence[row[image]]
        lines.append(f"  #{collection.number(image)} {quoted(path.as_posix())} {sure:.0%}")
    if (more := len(images) - MOST_IMAGES) > 0:
        lines.append(f"  and {amount(more, 'more image')}")
    return "\n".join(lines)


def member_numbers(
    clustering: Clustering, collection: "Collection", images: Sequence[str], title: str
) -> str:
    """Return the images of one group in a line, by their numbers alone, surest first: for a reader who sees them."""
    shown = ", ".join(f"#{collection.number(image)}" for image in images[:MOST_IMAGES])
    more = len(images) - MOST_IMAGES
    rest = f" and {more:,} more" if more > 0 else ""
    return f"{title} under {quoted(clustering.criterion)}: {amount(len(images), 'image')}, surest first: {shown}{rest}."


def listed_images(
    collection: "Collection", images: Sequence[str], words: str, numbers_alone: bool = False
) -> str:
    """Return the images for which something holds, in lines, or by their numbers alone for a reader who sees them."""
    title = (
        f"{amount(len(images), 'image')} of {len(collection)} {'is' if len(images) == 1 else 'are'} {words}"
    )
    shown = [f"#{collection.number(image)}" for image in images[:MOST_IMAGES]]
    more = f"and {amount(len(images) - MOST_IMAGES, 'more image')}" if len(images) > MOST_IMAGES else ""
    if not images or numbers_alone:
        return f"{title}{': ' if images else ''}{', '.join(shown)}{' ' if more else ''}{more}."
    paths = (quoted(collection.by_id(image).path.as_posix()) for image in images)
    lines = [f"  {number} {path}" for number, path in zip(shown, paths, strict=False)]
    return "\n".join([f"{title}:", *lines, *([f"  {more}"] if more else [])])


def other_number(before: Clustering, after: Clustering) -> str:
    """Return a line where the same request gave another number of groups than before; else ""."""
    was, now = len(before.clusters), len(after.clusters)
    return (
        "" if was == now else f"{amount(now, 'group')} now, {was} before: the number was estimated again.\n"
    )


def missed_number(wanted: int, after: Clustering, before: Clustering | None) -> str:
    """Return a line where there are not as many groups as the person asked for; else ""."""
    now = len(after.clusters)
    if now == wanted or after.method == RECORDED:  # of what files say, a note tells it
        return ""
    why = (
        "the pictures gave no more" if before is None else "what you said before still holds, such as a merge"
    )
    return f"You asked for {wanted} groups and got {now}, as {why}.\n"


def places(clustering: Clustering, collection: "Collection", images: Sequence[str]) -> str:
    """Return the group of each of the images, in words, at most `MOST_IMAGES` of them."""
    groups: dict[str, list[str]] = {}
    for image in images[:MOST_IMAGES]:
        place = clustering.label_of(image)
        name = quoted(clustering.clusters[place].name) if place >= 0 else "no group"
        groups.setdefault(name, []).append(f"#{collection.number(image)}")
    return "; ".join(
        f"{', '.join(those)} {'is' if len(those) == 1 else 'are'} in {name}" for name, those in groups.items()
    )


def least_sure(clustering: Clustering) -> list[int]:
    """Return the rows of the images that are placed with the least confidence, at most as many as are listed."""
    placed = [i for i, label in enumerate(clustering.labels) if label >= 0]
    return sorted(placed, key=lambda i: float(clustering.confidence[i]))[:MOST_IMAGES]


def doubtful(clustering: Clustering, collection: "Collection") -> str:
    """Return the images that are placed with the least confidence in lines, each with its group."""
    doubted = [i for i in least_sure(clustering) if round(float(clustering.confidence[i]), 2) < 1]
    if not doubted:
        return (
            f"None is in doubt under {quoted(clustering.criterion)}: every placed image counts as 100% sure."
        )
    lines = [f"Least sure under {quoted(clustering.criterion)}:"]
    for i in doubted:
        image, cluster = clustering.images[i], clustering.clusters[clustering.labels[i]]
        path = quoted(collection.by_id(image).path.as_posix())
        sure = f"{clustering.confidence[i]:.0%} sure"
        lines.append(f"  #{collection.number(image)} {path}: {quoted(cluster.name)}, {sure}")
    lines.append('Say "ask me" to correct them with a few answers, or "move #3 to ...".')
    return "\n".join(lines)


def left_out(collection: "Collection", pile: str) -> str:
    """Return the files of a pile in lines: those that could not be read, with the reason, or the duplicates."""
    if pile == "duplicates":
        files = [
            (d.path, f"the same bytes as {quoted(collection.by_id(d.of).path.as_posix())}")
            for d in collection.duplicates
        ]
        title = (
            f"{amount(len(files), 'duplicate file')}, left in place" if files else "No file is a duplicate"
        )
    else:
        files = [(u.path, visible(u.reason)) for u in collection.unreadable]
        title = f"{amount(len(files), 'file')} could not be read" if files else "Every image could be read"
    lines = [f"{title}{':' if files else '.'}"]
    lines += [f"  {quoted(path.as_posix())}: {why}" for path, why in files[:MOST_IMAGES]]
    if (more := len(files) - MOST_IMAGES) > 0:
        lines.append(f"  and {amount(more, 'more file')}")
    return "\n".join(lines)


def proposals(approval: "CriteriaApproval") -> str:
    """Return the proposed criteria in lines."""
    lines = [f"Proposed criteria ({approval.basis}):" if approval.basis else "Proposed criteria:"]
    for number, option in enumerate(approval.options, 1):
        groups = ", ".join(f"{quoted(name)} {count}" for name, count in option.groups[:8])
        shown = f" ({groups})" if groups else ""
        lines.append(f"  {number}. {quoted(option.criterion)}: {visible(option.why)}{shown}")
    return "\n".join(lines)


def comparison(a: Clustering, b: Clustering, table: Sequence[Sequence[int]], agreement: float) -> str:
    """Return two clusterings side by side: for each group of the first, the groups of the second with shared images."""
    lines = [
        f"{quoted(a.id)} compared with {quoted(b.id)} (agreement {round(agreement, 2) + 0.0:.2f}, 1.00 is the same):"
    ]
    names = [*(quoted(cluster.name) for cluster in b.clusters), "unsorted"]
    for name, row in zip([*(quoted(c.name) for c in a.clusters), "unsorted"], table, strict=True):
        shared = sorted(zip(row, names, strict=True), key=lambda pair: -pair[0])
        parts = ", ".join(f"{other} {count}" for count, other in shared if count)
        if parts:
            lines.append(f"  {name}: {parts}")
    return "\n".join(lines[: MOST_GROUPS + 1])


def offer(clustering: Clustering) -> str:
    """Return a line that offers questions about an unreliable grouping; "" for a reliable or a small one."""
    placed = clustering.confidence[clustering.labels >= 0]
    sure = float(placed.mean()) if len(placed) else 1.0
    doubtful = not clustering.sure or sure < DOUBTFUL
    if not doubtful or len(clustering.images) < LEAST or len(clustering.clusters) < 2:
        return ""
    tenth = max(1, round(10 * sure))
    how = f"Only about {tenth} of 10 pictures are probably in the right group. " if sure < DOUBTFUL else ""
    return f"\n{how}Shall I ask you eight quick questions? Your answers improve it at once."


def plan(approval: "ExportApproval") -> str:
    """Return a sentence about what an export would do."""
    rest = " All other groups stay as they are." if approval.only else ""
    if approval.order:
        rest = f" The number before each name is its place by {approval.order}.{rest}"
    if approval.form == "tags":
        new = approval.sidecars - approval.added_to
        how = [f"{amount(new, 'sidecar')} written beside them"] if new else []
        how += [f"{amount(approval.added_to, 'sidecar')} added to"] if approval.added_to else []
        groups = "their group" if not approval.also else "their groups"
        return (
            f"{amount(approval.sidecars, 'picture')} would be tagged with {groups}: {' and '.join(how)}. "
            f"The pictures themselves are not touched.{rest}"
        )
    if not approval.files:
        names = " and ".join(quoted(path) for path, _ in approval.written)
        return f"{names} would be written to {quoted(approval.target)}.{rest}"
    verb = {"copy": "copied", "link": "linked", "move": "moved"}[approval.mode]
    files = with_companions(approval.files - approval.companions, approval.companions, "file")
    if approval.adds:
        new = len(approval.folders) - len(approval.into)
        made = f", {new} of them new," if new else ""
        return (
            f"{files} would be {verb} into {amount(len(approval.folders), 'folder')}{made} under "
            f"{quoted(approval.target)}, beside what is there, which stays as it is.{rest}"
        )
    return (
        f"{files} would be {verb} into {amount(len(approval.folders), 'folder')} under "
        f"{quoted(approval.target)}{_beside(approval)}.{rest}"
    )


def _beside(approval: "ExportApproval") -> str:
    names = " and ".join(quoted(path) for path, _ in approval.written)
    return f", and {names} beside them" if names else ""


def exported(approval: "ExportApproval", manifest: str) -> str:
    """Return a sentence about what an export has done."""
    undo = "Undo takes it back."
    if approval.form == "tags":
        return f"Tagged {amount(approval.sidecars, 'picture')} in XMP sidecars beside them. {undo}"
    where = f"under {quoted(approval.target)}"
    if not approval.files:
        return f"Wrote {' and '.join(quoted(path) for path, _ in approval.written)} {where}. {undo}"
    verb = {"copy": "Copied", "link": "Linked", "move": "Moved"}[approval.mode]
    files = with_companions(approval.files - approval.companions, approval.companions, "file")
    folders = amount(len(approval.folders), "folder")
    beside = ", beside what was there" if approval.adds else ""
    return f"{verb} {files} into {folders} {where}{beside}; what went where is in {quoted(manifest)}. {undo}"


def plan_lines(approval: "PlanApproval") -> list[str]:
    """Return a plan as a checklist in lines: each step with its calls and time, what is sent, and the budget."""
    about = f"a grouping by {quoted(approval.criterion)}"
    lines = [f"{approval.over} The rest of the plan for {about}:" if approval.over else f"Plan for {about}:"]
    for step in approval.steps:
        box = "[-]" if step.left_out else "[ ]" if step.tool else "[x]"
        about = f"left out: {step.left_out}" if step.left_out else step.about
        lines.append(f"  {box} {step.name}: {visible(about)}{_takes(step)}")
    lines += [sending(sent) for sent in approval.sends]
    return [*lines, budget(approval)]


def _takes(step: "PlanStep") -> str:
    """Return what a step takes, in brackets; "" for what takes hardly any time."""
    calls = step.describer_calls + step.judge_calls
    if not step.tool or (not calls and step.seconds == 0):
        return ""
    most = "at most " if step.judge_calls else ""
    asked = [f"{most}{amount(calls, 'call')}"] if calls else []
    return f" ({', '.join([*asked, _time(step.seconds)])})"


def _time(seconds: float | None) -> str:
    return "time not known yet" if seconds is None else f"about {duration(seconds)}"


def budget(approval: "PlanApproval") -> str:
    """Return the sum of what a plan takes in a line: calls, time and cost."""
    described = sum(step.describer_calls for step in approval.steps)
    judged = sum(step.judge_calls for step in approval.steps)
    calls = [f"{count:,} of a {who}" for count, who in ((described, "describer"), (judged, "judge")) if count]
    known = [step.seconds for step in approval.steps if step.seconds is not None]
    unknown = [step.name for step in approval.steps if step.seconds is None]
    time = f"about {duration(sum(known))}" if sum(known) else "no waiting to speak of"
    if unknown:
        listed = " and ".join(filter(None, [", ".join(unknown[:-1]), unknown[-1]]))
        begun = (
            f"how long {listed} takes is known once it has begun"
            if len(unknown) == 1
            else f"how long {listed} take is known once they have begun"
        )
        time = f"{time}; {begun}" if sum(known) else begun
    costs = list(dict.fromkeys(sent.cost.partition(":")[0] for sent in approval.sends))  # why stands above
    cost = " and ".join(visible(cost) for cost in costs) if costs else "$0.00"
    more = "more calls, or longer" if described + judged else "longer"
    again = f"Should it take {more} than {duration(approval.seconds)}, I stop and ask you again."
    return f"Budget: {amount(described + judged, 'call')}{_bracketed(calls)}; {time}; {cost}. {again}"


def over_budget(step: str, over: "Over") -> str:
    """Return a sentence about the step of a plan that stopped before it took more than was allowed."""
    if over.kind == "time":
        return f"I stopped in the step {step}: the {duration(over.allowed)} that you allowed are over."
    made = f"the {over.kind} has made {over.taken:,} of the {amount(over.allowed, 'call')} that you allowed"
    more = f", and the next would be {over.needed:,} more" if over.needed > 1 else ""
    return f"I stopped in the step {step}: {made}{more}."


def _bracketed(parts: Sequence[str]) -> str:
    return f" ({', '.join(parts)})" if parts else ""


def undo_plan(approval: "UndoApproval") -> str:
    """Return a sentence about what undoing an export would do."""
    files, target = amount(approval.files, "file"), quoted(approval.target)
    if approval.form == "tags":
        return (
            f"{amount(approval.files, 'sidecar')} would be as before, byte for byte; new ones would be removed. "
            "What another program changed since stays, and is named."
        )
    if approval.form in ("csv", "jsonl", "coco"):
        return f"{files} would be removed from {target}, unless somebody changed it since."
    if approval.mode == "move":
        return (
            f"{files} would be moved out of {target}, back to where they were in {quoted(approval.folder)}."
        )
    kind = {"copy": "copies", "link": "links"}[approval.mode]
    return f"The {kind} of {files} would be removed from {target}. The originals stay."


def sending(approval: "SendApproval") -> str:
    """Return a sentence about what would be sent where."""
    plain = "" if approval.encrypted else ", unencrypted"
    each = " for each" if len(approval.criteria) > 1 else ""
    images = amount(approval.images, "question" if approval.judging else "image")
    asked = f"up to {images} with images of them" if approval.judging else images
    return (
        f"{asked}, made small ({approval.bytes / 1e6:,.1f} MB), without EXIF and names, "
        f"would go to {visible(approval.host)}{plain}, where {quoted(approval.model)} {_does(approval)} by "
        f"{', '.join(quoted(c) for c in approval.criteria)}; {visible(approval.cost)}{each}."
    )


def _does(approval: "SendApproval") -> str:
    return "judges which belong together" if approval.judging else "describes them"


def failures(reasons: Mapping[str, str]) -> str:
    """Return a line about the images for which a describer gave no usable answer; "" where there are none."""
    if not reasons:
        return ""
    why, count = Counter(reasons.values()).most_common(1)[0]
    most = "" if count == len(reasons) else " mostly"
    text = f"\nNo answer about {amount(len(reasons), 'image')},{most} because: {one_line(why, 160)}."
    return text + ' Say "ask again" to try.'


def usage_line(usage: Mapping[str, Any] | None) -> str:
    """Return a line about this process's requests to a host; "" where there were none."""
    return f"\n{visible(str(usage['model']))} so far: {visible(str(usage['meter']))}." if usage else ""
