"""Asks the user: chooses which question to ask next, and regroups by each answer at once."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.desk.changes import Changes
from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.editing import Editing
from assistant.desk.feedback import MOST_GUESSES, Feedback, locked_out, take_in
from assistant.desk.feedback_log import constraints_to_json
from assistant.desk.grouping import Grouping
from assistant.desk.references import listed
from tools.clustering.clustering import Clustering
from tools.clustering.constraints import CannotLink, Constraint, Label, MustLink
from tools.clustering.refine import free_name
from tools.errors import UsageError
from tools.fuse.registry import find_method
from tools.names import amount, name_key, quoted
from tools.progress import Progress, silent
from tools.settle.by_value import RECORDED
from tools.teach.question import Question
from tools.teach.teacher import Teacher


class Questions:
    """Asks the user, and takes the answers. Without a clustering, a question concerns the current one."""

    def __init__(
        self, core: Core, clusterings: Clusterings, changes: Changes, grouping: Grouping, editing: Editing
    ) -> None:
        self._core, self._clusterings, self._changes = core, clusterings, changes
        self._grouping, self._editing = grouping, editing
        self._skipped: dict[str, set[tuple[str, ...]]] = {}  # clustering to the images of skipped questions

    def ask(
        self,
        clustering: str | None = None,
        skipped: Sequence[tuple[str, ...]] = (),
        progress: Progress = silent,
    ) -> Question | None:
        """Return the question whose answer would help most; None where nothing is left worth asking.

        Args:
            clustering: An id or criterion; the current clustering for None.
            skipped: The images of questions not to ask again, besides those that were answered with None.
            progress: Called during the work.
        """
        with self._core.lock:
            chosen = self._clusterings.get(clustering)
            feedback = self._core.feedback.of(chosen.id)
            unasked = [*self._skipped.get(chosen.id, ()), *skipped]
            unasked += [(image,) for image in feedback.set_aside]
            locked = [cluster.id for cluster in chosen.clusters if cluster.locked]
            unasked += [(image,) for id in locked for image in chosen.members(id)]
            # In their order, so that each group keeps its key; a locked group takes no answer.
            names = tuple(cluster.name for cluster in chosen.clusters if not cluster.locked)
            closed = tuple(cluster.name for cluster in chosen.clusters if cluster.locked)
            if feedback.like:  # also those of which there is no picture yet
                names = tuple(
                    dict.fromkeys([*names, *(c.name for c in feedback.examples if c.name not in closed)])
                )
            if newcomer := self._newcomer(chosen, unasked, feedback):
                row = chosen.images.index(newcomer)
                why = (chosen.why[row] if chosen.why else "") or "it is new, and not clear"
                return Question((newcomer,), names, why, 1 / len(chosen.images), False, closed)
            if chosen.method == RECORDED:
                return _unsaid(chosen, unasked, names, closed)
            teacher = self._grouping.teacher(chosen, feedback, progress)
            if guess := _guess(feedback, chosen, unasked, teacher):
                why = f"a guess at {quoted(guess.name)}"
                return Question(
                    (guess.image,), names, why, 1 / len(chosen.images), False, closed, guess=guess.name
                )
            settled = {*feedback.labels} - feedback.unconfirmed
            settled |= {c.image for c in feedback.examples} if feedback.like else set()
            question = teacher.question(unasked, names, settled)
            return replace(question, names=names, closed=closed) if question else None

    def answer(
        self,
        images: Sequence[str],
        reply: str | bool | None,
        clustering: str | None = None,
        progress: Progress = silent,
    ) -> Clustering:
        """Take an answer and regroup by all feedback at once.

        Args:
            images: One image or two, by number, file name or hash.
            reply: For one image, the name or the number of its group, or a new name; for two images, whether they
                belong to the same group. None skips the question while this desk is open.
            clustering: An id or criterion; the current clustering for None.
            progress: Called during the work.

        Raises:
            UsageError: The reply does not answer the question, or would change a locked cluster.
        """
        with self._core.lock:
            before = self._clusterings.get(clustering)
            chosen = self._core.find_images(images)
            shown = listed(chosen, self._core.collection)
            if reply is None:
                self._skipped.setdefault(before.id, set()).add(chosen)
                return before
            if isinstance(reply, bool):
                if len(chosen) != 2:
                    raise UsageError(
                        "same or different is an answer about two images; name the group instead"
                    )
                a, b = chosen
                link: Constraint = MustLink(a, b) if reply else CannotLink(a, b)
                return self._take(f"{shown}: {'same' if reply else 'different'}", before, [link], progress)
            if len(chosen) != 1:
                raise UsageError("the name of a group is an answer about one image; say same or different")
            if reply.strip().casefold() == "unsorted":
                return self._editing.move(images, None, before.id)
            name = self._name(reply, before)
            return self._take(f"{shown} is {name}", before, [Label(chosen[0], name)], progress)

    def warning(self, clustering: str | None = None) -> str:
        """Return a line for before the first answer, where that makes the groups again by another method; else ""."""
        with self._core.lock:
            chosen = self._clusterings.get(clustering)
            if not chosen.chosen or find_method(chosen.method).learns_from_answers:
                return ""
            learner = find_method(answered=True).name
            return (
                f"These groups were made by {chosen.method}, which does not learn from answers: an answer makes them "
                f"again by {learner}. Undo brings them back."
            )

    def answers(self, clustering: str | None = None) -> tuple[Constraint, ...]:
        """Return the constraints in force from answers, moves and links, in the order in which they were given."""
        with self._core.lock:
            return self._core.feedback.of(self._clusterings.get(clustering).id).constraints

    def take_answers(
        self, answers: Sequence[Constraint], clustering: str | None = None, progress: Progress = silent
    ) -> Clustering:
        """Take many answers at once, as from a table, and regroup; a single undo takes them back.

        Answers that would change a locked cluster are left out; `Changes.remarks` says how many.

        Raises:
            UsageError: No answer is left.
        """
        with self._core.lock:
            before = self._clusterings.get(clustering)
            new: dict[str, str] = {}  # a name that no group has yet, as it was written first
            usable: list[Constraint] = []
            for c in answers:
                if isinstance(c, Label):
                    name = _existing_name(c.name, before) or free_name(c.name, before.clusters)
                    c = Label(c.image, new.setdefault(name_key(name), name))
                usable.append(c)
            out = locked_out(before, usable)
            kept = [c for c in usable if c not in out]
            if not kept:
                raise UsageError("none of these answers can be used here")
            regrouped = self._take(f"took over {amount(len(kept), 'answer')}", before, kept, progress)
            if left := len(answers) - len(kept):
                self._changes.remark(f"{amount(left, 'answer')} would change a locked group: left out")
            return regrouped

    def _newcomer(
        self, clustering: Clustering, skipped: Sequence[tuple[str, ...]], feedback: Feedback
    ) -> str | None:
        """Return an image that came after the others, is still unsorted, and was not asked about; None for none."""
        done = {*feedback.labels, *feedback.set_aside, *(image for images in skipped for image in images)}
        unsorted = set(clustering.unsorted()) - done
        unclear = self._core.feedback.unclear(clustering.id)
        unclear += reversed(clustering.unsorted()) if feedback.like else ()
        newcomers = (image for image in unclear if image in unsorted)
        return next(newcomers, None)

    def _take(
        self, text: str, before: Clustering, constraints: Sequence[Constraint], progress: Progress
    ) -> Clustering:
        """Regroup with new constraints. Older ones that contradict them are dropped, which the remarks report."""
        feedback, new = take_in(self._core.feedback.of(before.id), before, constraints)
        regrouped = self._grouping.again(before, feedback, progress)
        return self._changes.record(
            "answer", text, regrouped, {"said": constraints_to_json(constraints), "new": new}
        )

    def _name(self, reply: str, before: Clustering) -> str:
        """Return the name of the group that an answer means: an existing one, by name, id or number, or a new one."""
        wanted = reply.strip()
        if existing := _existing_name(wanted, before):
            return existing
        if wanted.lstrip("#").isdigit() or wanted.casefold() in {cluster.id for cluster in before.clusters}:
            return self._clusterings.find_cluster(wanted, before.id).name
        return free_name(wanted, before.clusters)


def _unsaid(
    chosen: Clustering, unasked: Sequence[tuple[str, ...]], names: tuple[str, ...], closed: tuple[str, ...]
) -> Question | None:
    """Return the question about an image of which no file says where it belongs; of all others that is known."""
    image = next((image for image in chosen.unsorted() if (image,) not in unasked), None)
    if image is None:
        return None
    why = chosen.why[chosen.images.index(image)] if chosen.why else ""
    return Question((image,), names, why or "no file says it", 1 / len(chosen.images), False, closed)


def _guess(
    feedback: Feedback, clustering: Clustering, unasked: Sequence[tuple[str, ...]], teacher: Teacher
) -> Label | None:
    """Return a guess to be confirmed, at the group that was guessed and has the fewest answers: the picture that stands
    for most of it; None where none is open."""
    if len(feedback.labels) >= MOST_GUESSES * max(len(clustering.clusters), 1):
        return None
    closed = {image for images in unasked for image in images} | set(feedback.labels)
    guessed = [cluster for cluster in clustering.clusters if cluster.name in feedback.guessed]
    for cluster in sorted(guessed, key=lambda cluster: feedback.confirmations(cluster.name)):
        known = [image for image, name in feedback.labels.items() if name == cluster.name]
        image = teacher.candidate(set(clustering.members(cluster.id)), set(known), closed)
        if image is not None:
            return Label(image, cluster.name)
    return None


def _existing_name(name: str, clustering: Clustering) -> str | None:
    """Return a name as its cluster spells it, whatever the case; None where no cluster has it."""
    same = (c.name for c in clustering.clusters if name_key(c.name) == name_key(name.strip()))
    return next(same, None)
