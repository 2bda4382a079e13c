"""What tools answer, in words for a model and for a person alike. Names are data: made visible and quoted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tools.clustering import Clustering
from tools.names import visible

if TYPE_CHECKING:
    from assistant.agent.approvals import CriteriaApproval, ExportApproval, SendApproval
    from tools.collection import Collection
    from tools.describe import Descriptions

MOST_GROUPS = 30
MOST_IMAGES = 20
MOST_CHARACTERS = 6000


def quoted(text: str) -> str:
    """A name as data inside a sentence: on one line, in double quotes that it cannot close."""
    return '"' + visible(text).replace('"', "'") + '"'


def one_line(text: str, most: int = 300) -> str:
    """A message of an error or a model on one line, not longer than `most`."""
    line = " ".join(visible(" ".join(text.split())).split())
    return line if len(line) <= most else line[: most - 3] + "..."


def counted(n: int, what: str) -> str:
    """ "1 image", "2 images"."""
    return f"{n:,} {what}" + ("" if n == 1 else "s")


def grouping(clustering: Clustering) -> str:
    """One clustering: its groups with counts and confidence, and how far it can be believed."""
    lines = (
        []
        if clustering.sure
        else [
            f"I cannot see this yet: no model here sees {quoted(clustering.criterion)}. These groups are from plain "
            "image features, with low confidence; merge, split and move what is wrong."
        ]
    )
    lines.append(
        f"{counted(len(clustering.images), 'image')} grouped by {quoted(clustering.criterion)} "
        f"into {counted(len(clustering.clusters), 'group')}:"
    )
    for number, cluster in enumerate(clustering.clusters[:MOST_GROUPS], 1):
        sure = clustering.confidence[clustering.labels == number - 1]
        mean = f", {sure.mean():.0%} sure" if len(sure) else ""
        lines.append(f"  {number}. {quoted(cluster.name)}: {counted(len(sure), 'image')}{mean}")
    if (more := len(clustering.clusters) - MOST_GROUPS) > 0:
        lines.append(f"  and {counted(more, 'more group')}")
    if piled := len(clustering.unsorted()):
        lines.append(f"  unsorted: {counted(piled, 'image')}")
    if clustering.sources:
        lines.append("Seen by: " + ", ".join(visible(source) for source in clustering.sources) + ".")
    return "\n".join(lines)


def faceless(clustering: Clustering, descriptions: "Descriptions") -> str:
    """Why images are unsorted where only faces count: a line that says in how many none was seen, or ""."""
    if not any(source.startswith("face expert") for source in clustering.sources):
        return ""
    people = dict(zip(descriptions.images, descriptions.column("people")[0], strict=True))
    unsorted = clustering.unsorted()
    none = sum(people.get(image) in (None, "nobody") for image in unsorted)
    if not none:
        return ""
    those = "them" if none == len(unsorted) else f"{none} of them"
    return f"\nNo face was seen in {those if len(unsorted) > 1 else 'the unsorted image'}."


def members(clustering: Clustering, collection: "Collection", images: Sequence[str], title: str) -> str:
    """The images of one group, surest first, with number, file name and confidence."""
    row = {image: i for i, image in enumerate(clustering.images)}
    lines = [f"{title} under {quoted(clustering.criterion)}: {counted(len(images), 'image')}, surest first."]
    for image in images[:MOST_IMAGES]:
        path = collection.by_id(image).path
        sure = clustering.confidence[row[image]]
        lines.append(f"  #{collection.number(image)} {quoted(path.as_posix())} {sure:.0%}")
    if (more := len(images) - MOST_IMAGES) > 0:
        lines.append(f"  and {counted(more, 'more image')}")
    return "\n".join(lines)


def proposals(asked: "CriteriaApproval") -> str:
    """The criteria that are proposed."""
    lines = ["Proposed criteria:"]
    for number, option in enumerate(asked.options, 1):
        groups = ", ".join(f"{quoted(name)} {count}" for name, count in option.groups[:8])
        shown = f" ({groups})" if groups else ""
        lines.append(f"  {number}. {quoted(option.criterion)}: {visible(option.why)}{shown}")
    return "\n".join(lines)


def plan(asked: "ExportApproval") -> str:
    """What an export would do."""
    verb = {"copy": "copied", "link": "linked", "move": "moved"}[asked.mode]
    return (
        f"{counted(asked.files, 'file')} would be {verb} into {counted(len(asked.folders), 'folder')} under "
        f"{quoted(asked.target)}."
    )


def sending(asked: "SendApproval") -> str:
    """What would be sent where."""
    plain = "" if asked.encrypted else ", unencrypted"
    each = " for each" if len(asked.criteria) > 1 else ""
    return (
        f"{counted(asked.images, 'image')}, made small ({asked.bytes / 1e6:,.1f} MB), without EXIF and names, would go "
        f"to {visible(asked.host)}{plain}, where {quoted(asked.model)} describes them by "
        f"{', '.join(quoted(c) for c in asked.criteria)}; {visible(asked.cost)}{each}."
    )


def failures(found: Mapping[str, str]) -> str:
    """A line about the images for which a describer gave no usable answer; "" where there are none."""
    if not found:
        return ""
    why, count = Counter(found.values()).most_common(1)[0]
    most = "" if count == len(found) else " mostly"
    told = f"\nNo answer about {counted(len(found), 'image')},{most} because: {one_line(why, 160)}."
    return told + ' Say "ask again" to try.'


def asked(about: Mapping[str, Any] | None) -> str:
    """A line about what a host was asked by this process; "" where none was."""
    return f"\n{visible(str(about['model']))} so far: {visible(str(about['meter']))}." if about else ""
