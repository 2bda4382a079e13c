"""Writes the output of the commands: JSON documents for programs, lines for people, and remarks on stderr."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from assistant.text.clustering_document import cluster_documents, file_names
from assistant.text.formatting import BLANK
from tools.names import amount, visible, with_companions

if TYPE_CHECKING:
    from tools.clustering.clustering import Clustering
    from tools.describe.describe import Meter
    from tools.export.plan import Plan
    from tools.propose.propose import Proposal
    from tools.scan.collection import Collection

Document = dict[str, Any]
"""The result of a command as JSON holds it; each function that ends in `_lines` turns one kind of it into lines."""

_START = time.monotonic()
_FOLDERS_SHOWN = 8
"""The most folders that are named of those that files are moved out of."""
_FILES_SHOWN = 5
"""The most files that are named of those that could not be read, and of those without a description."""


def since_start() -> float:
    """Return the seconds since the command was loaded, which is when it began to work."""
    return round(time.monotonic() - _START, 2)


def complain(text: str) -> None:
    """Print an error as one line on stderr, with line ends and control characters made visible."""
    from assistant.models.redact import redact

    remark([redact(" ".join(text.split()))])


def remark(lines: Iterable[str], prefix: str = "regroup: ") -> None:
    """Print lines on stderr, so that they do not mix with the results on stdout."""
    for line in lines:
        click.echo(f"{prefix}{visible(line)}", err=True)


def show(document: Document, as_json: bool, lines: Callable[[Document], Iterable[str]]) -> None:
    """Print a document as JSON (ASCII, so that any file name survives) or as lines."""
    click.echo(json.dumps(document, indent=2) if as_json else "\n".join(lines(document)))


def clustering_document(
    clustering: "Clustering",
    collection: "Collection",
    meter: "Meter",
    seconds: float,
    failed: Mapping[str, str] | None = None,
    usage: Document | None = None,
) -> Document:
    """Return a clustering as a document, with every file of the folder in exactly one place.

    Args:
        clustering: The clustering.
        collection: The collection that was clustered.
        meter: The count of model calls.
        seconds: The seconds that the command took.
        failed: Each image without a usable answer of a describer, with the reason.
        usage: The host that was asked, and what that cost.
    """
    failed = failed or {}

    unsorted = clustering.unsorted()
    unreadable = [*(str(item.path) for item in collection.unreadable), *map(str, collection.others)]
    document: Document = {
        "criterion": clustering.criterion,
        "clustering": clustering.id,
        "method": clustering.method,
        "tier": clustering.tier,
        "sure": clustering.sure,
        "sources": list(clustering.sources),
        "notes": [*([] if clustering.sure else [_unseen(clustering)]), *clustering.notes],
        "k": len(clustering.clusters),
        "clusters": cluster_documents(clustering, collection),
        "piles": {
            "unsorted": file_names((image for image in unsorted if image not in failed), collection),
            "unreadable": unreadable,
            "duplicates": [str(item.path) for item in collection.duplicates],
        },
        "seconds": seconds,
        "model_calls": meter.calls,
    }
    if collection.companions:
        document["piles"]["companions"] = [str(item.path) for item in collection.companions]
    piled = [image for image in unsorted if image in failed]
    if piled:
        document["piles"]["failed"] = file_names(piled, collection)
    if collection.unreadable:
        document["unread"] = {str(item.path): item.reason for item in collection.unreadable}
    if collection.skipped:
        document["skipped"] = [str(item.path) for item in collection.skipped]
    if failed:
        document["failures"] = {str(collection.by_id(image).path): why for image, why in failed.items()}
    return document | ({"asked": usage} if usage else {})


def _unseen(clustering: "Clustering") -> str:
    return f"I cannot see {visible(clustering.criterion)} yet; these groups come from plain image features."


def clustering_lines(document: Document) -> Iterator[str]:
    """Yield a clustering in lines."""
    first = [] if document["sure"] else document["notes"][:1]
    yield from first
    yield f"{visible(document['criterion'])}: {amount(document['k'], 'group')}"
    if not document["clusters"]:
        yield f"The {', '.join(document['sources'])} saw nothing useful in these pictures."
    for number, group in enumerate(document["clusters"], 1):
        names = ", ".join(visible(name) for name in group["files"][:3])
        more = ", ..." if group["size"] > 3 else ""
        yield f"{number:>4}  {visible(group['name']):<24} {group['size']:>6}  {names}{more}"
    for pile, files in document["piles"].items():
        if files:
            yield f"      {pile:<24} {len(files):>6}"
    for file, why in list(document.get("unread", {}).items())[:_FILES_SHOWN]:
        yield f"      {'left out' if why.startswith(BLANK) else 'cannot read'} {visible(file)}: {visible(why)}"
    for file, why in list(document.get("failures", {}).items())[:_FILES_SHOWN]:
        yield f"      no answer about {visible(file)}: {visible(why)}"
    if (left := len(document.get("failures", {})) - _FILES_SHOWN) > 0:
        yield f"      and {left} more without an answer"
    if document.get("failures"):
        yield "      ask about them again with: --ask-again"
    for note in document["notes"][len(first) :]:
        yield f"      {visible(note)}"
    if "asked" in document:
        yield f"{visible(document['asked']['model'])}: {document['asked']['meter']}"
    yield f"{document['seconds']} s, {amount(document['model_calls'], 'model call')}"


def tuned_lines(document: Document) -> Iterator[str]:
    """Yield the outcome of tuning in lines."""
    yield visible(document["line"])
    kept = amount(document["k"], "group")
    yield f"{visible(document['criterion'])}: {kept}{'' if document['kept'] else ', as before'}"
    yield f"{document['seconds']} s"


def proposals_document(
    proposals: Sequence["Proposal"], basis: str, calls: int, seconds: float, collection: "Collection"
) -> Document:
    """Return the proposed criteria as a document, each group with a few of its files; `basis` says what a language
    model read for them."""

    def group(name: str, size: int, images: Iterable[str]) -> Document:
        files = [str(collection.by_id(image).path) for image in images]
        return {"name": name, "size": size, "examples": files}

    return {
        "criteria": [
            {
                "criterion": proposal.criterion,
                "why": proposal.why,
                "quality": proposal.quality,
                "own": proposal.own,
                "groups": [
                    group(name, size, images)
                    for (name, size), images in zip(proposal.groups, proposal.examples, strict=True)
                ],
            }
            for proposal in proposals
        ],
        "basis": basis,
        "seconds": seconds,
        "model_calls": calls,
    }


def proposal_lines(document: Document) -> Iterator[str]:
    """Yield the proposed criteria in lines."""
    if not document["criteria"]:
        yield "I see nothing that divides these pictures; name a criterion of your own with: regroup cluster --by"
    if document["basis"]:
        yield f"{visible(document['basis'])}:"
    for proposal in document["criteria"]:
        yield f"{proposal['quality']:.2f}  {visible(proposal['criterion']):<20} {visible(proposal['why'])}"
        if proposal["groups"]:
            yield " " * 26 + ", ".join(
                f"{visible(group['name'])} {group['size']}" for group in proposal["groups"][:6]
            )


def plan_lines(plan: "Plan") -> Iterator[str]:
    """Yield an export plan in lines, as a tree with counts."""
    what = with_companions(plan.pictures, plan.companions)
    sources = sorted(plan.sources, key=lambda source: not source.inside)
    if plan.form == "tags":
        changed = sum(bool(text.before) for text in plan.texts)
        yield f"tag {amount(len(plan.texts), 'image')}: {len(plan.texts) - changed} sidecars new, {changed} added to"
    elif not plan.entries:
        yield f"write {visible(str(plan.texts[0].path))} to {visible(str(plan.target))}"
    only = f", out of {sources[0]}" if len(sources) == 1 else ""
    if plan.entries:
        how = f"add as {plan.mode}" if plan.adds else plan.mode
        yield f"{how} {what} ({plan.bytes / 1e6:.1f} MB) to {visible(str(plan.target))}{only}"
        yield from (f"  {visible(str(text.path))}" for text in plan.texts)
    if plan.order is not None:
        yield f"  numbered by {plan.order.by}, as in 0001-NAME"
    for name, count in plan.tags:
        yield f"  {visible(name)}  {count}"
    for source in sources[:_FOLDERS_SHOWN] if not only else ():
        yield f"  out of {source}"
    if len(plan.sources) > _FOLDERS_SHOWN:
        yield f"  out of {amount(len(plan.sources) - _FOLDERS_SHOWN, 'more folder')}"
    for name, count in plan.folders:
        new = "  (new)" if plan.adds and name not in plan.into else ""
        yield f"  {visible(name)}/  {count}{new}"
        for entry in plan.entries if plan.adds else ():
            if entry.destination.parent.as_posix() == name:
                yield f"    {visible(entry.destination.name)}  from {visible(str(entry.source))}"
    if plan.renamed:
        yield f"  {amount(plan.renamed, 'file')} with a name that is taken; a number is added"
    for path, why in plan.left[:10]:
        yield f"  left where it is: {visible(str(path))} ({visible(why)})"
    if len(plan.left) > 10:
        yield f"  and {len(plan.left) - 10} more left where they are"


def log_lines(document: Document) -> Iterator[str]:
    """Yield the history in lines; undone steps are in brackets."""
    if not document["events"]:
        yield "nothing has been done yet"
    for event in document["events"]:
        text = visible(event["text"])
        shown = text if event["in_force"] or event["kind"] in ("undo", "redo") else f"({text})"
        yield f"{event['number']:>5}  {event['at']}  {shown}"


def bench_lines(document: Document) -> Iterator[str]:
    """Yield measurements in lines, as a table."""
    yield (
        f"{'folder':<18} {'criterion':<12} {'method':<13} {'asked':>5} {'NMI':>6} {'sd':>5} {'AMI':>6} {'ARI':>6} "
        f"{'ACC':>6} {'k':>5} {'true':>4} {'calls':>6} {'s':>6} {'MB':>5}"
    )
    for r in document["rows"]:
        about = (
            f"{visible(r['folder']):<18} {visible(r['criterion']):<12} {r['method']:<13} {r['questions']:>5} "
        )
        if "reason" in r:
            yield f"{about}{visible(r['reason'])}"
            continue
        yield (
            f"{about}{r['nmi']:>6.3f} {r['nmi_sd']:>5.3f} {r['ami']:>6.3f} {r['ari']:>6.3f} {r['acc']:>6.3f} "
            f"{r['k']:>5} {r['k_true']:>4} {r['model_calls']:>6} {r['seconds']:>6} {r['peak_mb']:>5}"
        )


def speed_lines(document: Document) -> Iterator[str]:
    """Yield the speed of the experts in lines."""
    yield f"{'folder':<18} {'images':>6} {'images/s':>8} {'naive/s':>7} {'ratio':>5} {'network/s':>9}  ms a picture"
    for r in document["rows"]:
        stages = ", ".join(f"{name} {spent}" for name, spent in r["milliseconds"].items())
        yield (
            f"{visible(r['folder']):<18} {r['images']:>6} {r['images_per_second']:>8} {r['naive_per_second']:>7} "
            f"{r['ratio']:>5} {r['network_per_second']:>9}  {stages}"
        )


def model_lines(document: Document) -> Iterator[str]:
    """Yield in lines what each tier can do here, and the models that are here or recommended."""
    for tier in document["tiers"]:
        yield f"{tier['tier']}: {visible(tier['text'])}"
        experts, providers = tier.get("experts", []), tier.get("providers", [])
        if ready := [visible(e["name"]) + (" (slow)" if e["slow"] else "") for e in experts if e["ready"]]:
            yield f"  ready: {', '.join(ready)}"
        for expert in experts:
            if not expert["ready"]:
                yield f"  {visible(expert['name'])}: {visible(expert['text'])}"
        if providers:
            yield "  " + "; ".join(_provider(provider) for provider in providers)
        for model in tier["models"]:
            if tier["tier"] == "bundled":  # what is lacking stands with its expert
                continue
            if model["here"] or model.get("recommended") or model["kind"] == "hosted":
                place = "" if model["here"] or not model["fetch"] else f"; not here: {model['fetch']}"
                yield f"{_model(model)}{place}"
    yield f"brain: {visible(document['brains']['text'])}"
    for model in document["brains"]["models"]:
        state = "taken" if model["taken"] else "here" if model["here"] else "not here"
        yield f"  {visible(model['name'])}  {_megabytes(model['size'])}; {state}"
    yield "Everything, with sources and places: regroup models --all"


def all_model_lines(document: Document) -> Iterator[str]:
    """Yield in lines the tiers, what each expert sees, and every model with its licence, source and path."""
    for tier in document["tiers"]:
        yield f"{tier['tier']}: {visible(tier['text'])}"
        for expert in tier.get("experts", []):
            yield f"  {visible(expert['name']):<16} {visible(expert['text'])}"
            yield f"  {'':<16} sees {', '.join(visible(slot) for slot in expert['sees'])}"
        for provider in tier.get("providers", []):
            yield f"  {_provider(provider)}"
        for model in tier["models"]:
            yield _model(model)
            yield f"  {'':<16} {'':>9}  {'':<10} from {visible(model['source'])}"
            place = visible(model["path"] or "here") if model["here"] else f"not here: {model['fetch']}"
            if model["kind"] != "hosted":
                yield f"  {'':<16} {'':>9}  {'':<10} {place}"
    yield from _brain_lines(document["brains"])


def licence_lines(document: Document) -> Iterator[str]:
    """Yield a line for each model with its licence and source."""
    for row in document["licences"]:
        licence = visible(row["licence"]) or "not named"
        place = "" if row["here"] else "; not here"
        yield f"{visible(row['name']):<40} {licence:<11} {visible(row['source'])}{place}"


def _model(model: Document) -> str:
    size = f"{_megabytes(model['size']):>9}" if model["kind"] != "hosted" else f"{'':>9}"
    return (
        f"  {visible(model['name']):<16} {size}  {visible(model['licence']):<10} {visible(model['purpose'])}"
    )


def _provider(provider: Document) -> str:
    return (
        f"{provider['name']}: {provider['text']}, {'its key is set' if provider['key'] else 'no key is set'}"
    )


def _brain_lines(brains: Document) -> Iterator[str]:
    yield f"brain: {visible(brains['text'])}"
    for model in brains["models"]:
        licence = visible(model["licence"]) or "a licence not named in the file"
        yield f"  {visible(model['name'])}  {_megabytes(model['size'])}, {licence}"
        if model["source"]:
            yield f"  {'':<16} from {visible(model['source'])}"
        place = visible(model["path"]) if model["here"] else "not here"
        yield f"  {'':<16} {place}{' (in use)' if model['taken'] else ''}"


def fetched_lines(document: Document) -> Iterator[str]:
    """Yield a line with the path of a fetched model."""
    yield f"{visible(document['name'])} is here: {visible(document['path'])}"


def verified_lines(document: Document) -> Iterator[str]:
    """Yield one line for each verified model."""
    if not document["models"]:
        yield "no fetched model is here"
    for row in document["models"]:
        mark = {True: "ok  ", False: "FAIL", None: "-   "}[row["ok"]]
        yield f"{mark} {visible(row['name']):<16} {visible(row['text'])}"


def removed_lines(document: Document) -> Iterator[str]:
    """Yield one line for each removed model."""
    name, size = visible(document["name"]), _megabytes(document["bytes"])
    if document["files"] is not None:
        yield f"{amount(document['files'], 'file')} of {name} deleted"
    else:
        yield f"{name} deleted: {size}" if document["bytes"] else f"{name} was not here"


def _megabytes(size: int | None) -> str:
    return "?" if size is None else f"{size / 1e6:,.2f} MB" if size < 1e8 else f"{size / 1e6:,.0f} MB"


def doctor_lines(document: Document) -> Iterator[str]:
    """Yield one line for each check."""
    for check in document["checks"]:
        mark = "ok  " if check["ok"] else ("no  " if check["optional"] else "FAIL")
        yield f"{mark} {check['name']:<22} {check['seconds']:>6.2f} s  {visible(check['text'])}"
