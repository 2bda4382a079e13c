"""Reads the user's feedback in the journal: what each kind of event says, and how it is written there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistant.desk.feedback import CONFIRMED, Feedback
from assistant.workspace import Event, Shelf
from tools.clustering.constraints import CannotLink, Constraint, Label, MustLink
from tools.names import name_key


class FeedbackLog:
    """Keeps the feedback on each clustering up to date with the journal.

    It reads the events that were appended since the last call, and after an undo or a redo all events in force.

    Args:
        shelf: The shelf with the journal.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._last = 0  # the number of the event that was read last
        self._feedback: dict[str, Feedback] = {}
        self._unclear: dict[str, list[str]] = {}

    def of(self, clustering: str) -> Feedback:
        """Return the feedback in force on the clustering of an id."""
        self._catch_up()
        return self._feedback.get(clustering, Feedback())

    def as_said(self, clustering: str, image: str) -> str | None:
        """Return the name that the user gave the group of an image last, as they said it, whatever became of that group
        since; None where that is not in the journal."""
        for event in reversed(self._shelf.done()):
            if event.clustering != clustering:
                continue
            if event.kind == "answer":
                said = constraints_from_json(event.detail["said"])
                for constraint in said:
                    if isinstance(constraint, Label) and constraint.image == image:
                        return constraint.name
            elif event.kind == "move" and image in event.detail.get("images", ()):
                to: str | None = event.detail.get("to")
                return to
        return None

    def unclear(self, clustering: str) -> list[str]:
        """Return the images that came after the others and could not be placed with certainty, the newest first."""
        self._catch_up()
        return self._unclear.get(clustering, [])

    def _catch_up(self) -> None:
        new = self._shelf.since(self._last)
        if not new:
            return
        last = new[-1].number
        if any(event.kind in ("undo", "redo") for event in new):
            self._feedback, self._unclear = {}, {}
            new = self._shelf.done(last)  # no further: what another process appends meanwhile is read next
        for event in new:
            self._take(event)
        self._last = last

    def _take(self, event: Event) -> None:
        id = event.clustering
        if id is None:
            return
        self._feedback[id] = after_event(self._feedback.get(id, Feedback()), event.kind, event.detail)
        if "unclear" in event.detail:
            self._unclear[id] = [*event.detail["unclear"], *self._unclear.get(id, ())]


def feedback_from(clustering: str, events: Iterable[Event]) -> Feedback:
    """Return the feedback of events, given oldest first, on the clustering of an id."""
    feedback = Feedback()
    for event in events:
        if event.clustering == clustering:
            feedback = after_event(feedback, event.kind, event.detail)
    return feedback


def after_event(feedback: Feedback, kind: str, detail: dict[str, Any]) -> Feedback:
    """Return the feedback after an event of this kind with these facts. Kinds without feedback change nothing."""
    match kind:
        case "group":
            feedback = replace(feedback, k=detail.get("k"), reshaped=False)
            if "examples" in detail:
                feedback = with_examples(feedback, detail["examples"], detail["guessed"])
                outside = frozenset(detail.get("outside", ()))
                feedback = replace(feedback, like=detail.get("like", ""), outside=outside)
            feedback = _after_joining(feedback, detail.get("names", {}))
            feedback = replace(feedback, named_ids=feedback.named_ids | set(detail.get("named", ())))
        case "answer" | "link" | "cut":
            constraints = constraints_from_json(detail["said"])
            feedback = feedback.plus(constraints)
            if kind == "answer":
                about = {c.image for c in constraints if isinstance(c, Label)}
                confirmed = feedback.confirmed | (feedback.answered & about)
                feedback = replace(feedback, answered=feedback.answered | about, confirmed=confirmed)
            feedback = replace(feedback, new_names=feedback.new_names | set(detail.get("new", ())))
        case "move" if "to" in detail:
            feedback = _after_move(feedback, detail["images"], detail.get("to"))
        case "merge" | "split":
            feedback = _after_reshaping(feedback, kind, detail)
        case "rename":
            names = {detail["from"]: detail["to"]} if "from" in detail else detail.get("names", {})
            clusters = detail.get("clusters") or [detail["cluster"]]
            feedback = replace(feedback.renamed(names), named_ids=feedback.named_ids | set(clusters))
        case "branch" | "restore":
            feedback = feedback_from_json(detail["state"])
    return feedback.without(constraints_from_json(detail.get("dropped", ())))


def with_examples(feedback: Feedback, examples: Mapping[str, str], guessed: Iterable[str]) -> Feedback:
    """Return the feedback on groups that the user names anew: their examples, and what was said about these very names.

    Links hold, and so do answers that put an image into one of these groups, however it was spelled; answers about
    groups that are not named any more do not. What was answered is no example, a group of which anything is known
    has no guesses for examples, and one that was confirmed before is no guess.

    Args:
        feedback: What was said under the criterion before.
        examples: Image to the name of its group.
        guessed: The names of the groups whose examples are guesses.
    """
    names = {name_key(name): name for name in examples.values()}
    feedback = feedback.renamed(
        {c.name: names.get(name_key(c.name), c.name) for c in feedback.constraints if isinstance(c, Label)}
    )
    kept = tuple(c for c in feedback.constraints if not isinstance(c, Label) or c.name in names.values())
    feedback = replace(feedback, constraints=kept, named_ids=frozenset(), merged_ids=frozenset())
    stated = feedback.labels
    guesses = set(guessed)
    confirmed = {name for name in names.values() if feedback.confirmations(name) >= CONFIRMED}
    told = confirmed | {name for name in guesses if feedback.confirmations(name)}
    return replace(
        feedback,
        examples=tuple(
            Label(image, name) for image, name in examples.items() if image not in stated and name not in told
        ),
        values_named=True,
        guessed=frozenset(guesses - confirmed),
    )


def _after_move(feedback: Feedback, images: Sequence[str], to: str | None) -> Feedback:
    if to is not None:
        feedback = replace(feedback, confirmed=feedback.confirmed | frozenset(images))
        return feedback.plus(Label(image, to) for image in images)
    gone = set(images)
    kept = tuple(c for c in feedback.constraints if not (isinstance(c, Label) and c.image in gone))
    examples = tuple(c for c in feedback.examples if c.image not in gone)
    return replace(feedback, constraints=kept, examples=examples, set_aside=feedback.set_aside | gone)


def _after_joining(feedback: Feedback, names: Mapping[str, str]) -> Feedback:
    """Return the feedback on groups that became others for a number of groups. What was merged or split of what files
    say stays in it as it was, since the next number is made of that."""
    renamed = feedback.renamed(names)
    examples = tuple(
        was if was.image in feedback.files_said else now
        for was, now in zip(feedback.examples, renamed.examples, strict=True)
    )
    return replace(renamed, examples=examples, of_value=feedback.of_value)


def _after_reshaping(feedback: Feedback, kind: str, detail: dict[str, Any]) -> Feedback:
    """Transfer the feedback on merged or split clusters to the clusters that they became."""
    feedback = feedback.renamed(detail.get("names", {}))
    now = detail.get("labels", {})
    constraints = tuple(
        Label(c.image, now.get(c.image, c.name)) if isinstance(c, Label) else c for c in feedback.constraints
    )
    stated = feedback.labels
    new = [Label(image, name) for image, name in detail.get("examples", {}).items() if image not in stated]
    about = {c.image for c in new}
    old = [Label(c.image, now.get(c.image, c.name)) for c in feedback.examples if c.image not in about]
    merged = feedback.merged_ids
    if kind == "merge":
        merged = merged - set(detail.get("clusters", ())) | {detail["kept"]} if "kept" in detail else merged
    else:
        merged = merged - {detail.get("cluster")}
    named = feedback.named_ids | ({detail["kept"]} if detail.get("given") else set())
    return replace(
        feedback,
        constraints=constraints,
        examples=(*old, *new),
        merged_ids=merged,
        named_ids=named,
        reshaped=True,
        guessed=feedback.guessed | frozenset(detail.get("guessed", ())),
        files_said={**feedback.files_said, **detail.get("files_said", {})},
        of_value={**feedback.of_value, **detail.get("of_value", {})},
    )


def constraints_to_json(constraints: Iterable[Constraint]) -> list[list[str]]:
    """Return constraints as rows of strings: ["group", image, name], ["same", a, b] or ["apart", a, b]."""
    rows = []
    for c in constraints:
        if isinstance(c, Label):
            rows.append(["group", c.image, c.name])
        else:
            rows.append(["same" if isinstance(c, MustLink) else "apart", c.a, c.b])
    return rows


def constraints_from_json(rows: Iterable[Sequence[str]]) -> list[Constraint]:
    """Return the constraints from the rows that `constraints_to_json` wrote."""
    kinds: dict[str, Any] = {"group": Label, "same": MustLink, "apart": CannotLink}
    return [kinds[kind](first, second) for kind, first, second in rows]


def feedback_to_json(feedback: Feedback) -> dict[str, Any]:
    """Return feedback as JSON. The keys are those of existing journals, whatever the attributes are called."""
    return {
        "constraints": constraints_to_json(feedback.constraints),
        "examples": constraints_to_json(feedback.examples),
        "aside": sorted(feedback.set_aside),
        "named": sorted(feedback.named_ids),
        "whole": sorted(feedback.merged_ids),
        "answered": sorted(feedback.answered),
        "firm": sorted(feedback.confirmed),
        "own": sorted(feedback.new_names),
        "k": feedback.k,
        "reshaped": feedback.reshaped,
        "values": feedback.values_named,
        "guessed": sorted(feedback.guessed),
        "like": feedback.like,
        "outside": sorted(feedback.outside),
        "files_said": dict(feedback.files_said),
        "of_value": dict(feedback.of_value),
    }


def feedback_from_json(state: dict[str, Any]) -> Feedback:
    """Return the feedback that `feedback_to_json` wrote, also by versions without confirmed answers."""
    return Feedback(
        constraints=tuple(constraints_from_json(state["constraints"])),
        examples=tuple(c for c in constraints_from_json(state["examples"]) if isinstance(c, Label)),
        set_aside=frozenset(state["aside"]),
        named_ids=frozenset(state["named"]),
        merged_ids=frozenset(state["whole"]),
        answered=frozenset(state["answered"]),
        confirmed=frozenset(state.get("firm", ())),
        new_names=frozenset(state["own"]),
        k=state["k"],
        reshaped=state["reshaped"],
        values_named=state.get("values", False),
        guessed=frozenset(state.get("guessed", ())),
        like=state.get("like", ""),
        outside=frozenset(state.get("outside", ())),
        files_said=state.get("files_said", {}),
        of_value=state.get("of_value", {}),
    )
