"""Teaching: questions to the user, answers, links; each answer groups again at once."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from assistant.desk.editing import Editing
from assistant.said import Said, locked_out
from tools.clustering import Clustering
from tools.constraints import CannotLink, Constraint, Label, MustLink
from tools.errors import UsageError
from tools.names import amount, same_name
from tools.progress import Progress, silent
from tools.refine import free_name
from tools.settle.assign_new import most_alike
from tools.teach.question import Question

LIKE = 12
"""So many images are found that are like others."""
_MOST_PAIRS = 1000


class Teaching(Editing):
    """What the user is asked and says."""

    def ask(
        self,
        clustering: str | None = None,
        skipped: Sequence[tuple[str, ...]] = (),
        progress: Progress = silent,
    ) -> Question | None:
        """The question whose answer would help most; None where nothing is left that is worth asking.

        Args:
            clustering: By id or criterion; the current one for None.
            skipped: Images of questions that are not to be asked again, besides those that were answered with None.
        """
        with self._lock:
            chosen = self.clustering(clustering)
            known = self._said(chosen.id)
            unasked = [*self._skipped.get(chosen.id, ()), *skipped, *((image,) for image in known.aside)]
            locked = [cluster.id for cluster in chosen.clusters if cluster.locked]
            unasked += [(image,) for id in locked for image in chosen.members(id)]
            # In their order, so that a key stays a group's; a locked one takes no answer.
            names = tuple(cluster.name for cluster in chosen.clusters if not cluster.locked)
            closed = tuple(cluster.name for cluster in chosen.clusters if cluster.locked)
            if newcomer := self._unclear(chosen, unasked, known):
                why = "it is new, and not clear"
                return Question((newcomer,), names, why, 1 / len(chosen.images), False, closed)
            question = self._teacher(chosen, known, progress).question(
                unasked, names, known.labels.keys() - known.doubtable
            )
            return replace(question, names=names, closed=closed) if question else None

    def _unclear(self, clustering: Clustering, skipped: Sequence[tuple[str, ...]], known: Said) -> str | None:
        """An image that came after the others, is still unsorted, and was not asked about."""
        done = {*known.labels, *known.aside, *(image for images in skipped for image in images)}
        unsorted = set(clustering.unsorted()) - done
        found = (image for image in self._sayings.unclear(clustering.id) if image in unsorted)
        return next(found, None)

    def answer(
        self,
        images: Sequence[str],
        said: str | bool | None,
        clustering: str | None = None,
        progress: Progress = silent,
    ) -> Clustering:
        """Take an answer and group again by all that was said, at once.

        Args:
            images: One image or two, as for `find_images`.
            said: Of one image the name or the number of its group, or a new name; of two whether they are of the same
                group. None leaves the question open: it is not asked again while this desk is open.

        Raises:
            UsageError: It is no answer to that, or it would change a locked cluster.
        """
        with self._lock:
            before = self.clustering(clustering)
            chosen = self.find_images(images)
            if said is None:
                self._skipped.setdefault(before.id, set()).add(chosen)
                return before
            if isinstance(said, bool):
                if len(chosen) != 2:
                    raise UsageError(
                        "same or different is an answer about two images; name the group instead"
                    )
                a, b = chosen
                new: Constraint = MustLink(a, b) if said else CannotLink(a, b)
                text = f"{self._listed(chosen)}: {'same' if said else 'different'}"
                return self._told("answer", text, before, [new], progress)
            if len(chosen) != 1:
                raise UsageError("the name of a group is an answer about one image; say same or different")
            if said.strip().casefold() == "unsorted":
                return self.move(images, None, before.id)
            name = self._name(said, before)
            text = f"{self._listed(chosen)} is {name}"
            return self._told("answer", text, before, [Label(chosen[0], name)], progress)

    def link(self, images: Sequence[str], clustering: str | None = None) -> Clustering:
        """These images belong together, in whatever group: now and in every later grouping. All others stay."""
        with self._lock:
            before = self.clustering(clustering)
            chosen = self.find_images(images)
            if len(chosen) < 2:
                raise UsageError(
                    "it takes two or more images to belong together; name them, such as #3 and #7"
                )
            said = [MustLink(chosen[0], other) for other in chosen[1:]]
            return self._tied("link", f"{self._listed(chosen)} belong together", before, said)

    def cut(
        self,
        a: str | Sequence[str],
        b: str | Sequence[str],
        clustering: str | None = None,
    ) -> Clustering:
        """These images belong apart: each of the first from each of the second. All others stay."""
        with self._lock:
            before = self.clustering(clustering)
            ones = self.find_images([a] if isinstance(a, str) else a)
            others = self.find_images([b] if isinstance(b, str) else b)
            pairs = [(one, other) for one, other in product(ones, others) if one != other]
            if not pairs or len(pairs) < len(ones) * len(others):
                raise UsageError("no image can be apart from itself; name different ones, such as #3 and #7")
            if len(pairs) > _MOST_PAIRS:
                raise UsageError(f"{len(pairs)} pairs are too many to keep apart; name fewer images")
            said = [CannotLink(one, other) for one, other in pairs]
            text = f"{self._listed(ones)} apart from {self._listed(others)}"
            return self._tied("cut", text, before, said)

    def answers(self, clustering: str | None = None) -> tuple[Constraint, ...]:
        """All that was said and is in force: answers, moves and links, in the order in which they were said."""
        with self._lock:
            return self._said(self.clustering(clustering).id).constraints

    def take_answers(
        self, said: Sequence[Constraint], clustering: str | None = None, progress: Progress = silent
    ) -> Clustering:
        """Take many answers at once, as from a table, and group again; one undo takes them back.

        Those that would change a locked cluster are left out; `remarks` says how many.

        Raises:
            UsageError: None of them is left.
        """
        with self._lock:
            before = self.clustering(clustering)
            new: dict[str, str] = {}  # a name that no group has yet, as it was written first
            kept: list[Constraint] = []
            for c in said:
                if isinstance(c, Label):
                    name = _there(c.name, before) or free_name(c.name, before.clusters)
                    c = Label(c.image, new.setdefault(same_name(name), name))
                kept.append(c)
            out = locked_out(before, kept)
            kept = [c for c in kept if c not in out]
            if not kept:
                raise UsageError("none of these answers can be used here")
            made = self._told("answer", f"took over {amount(len(kept), 'answer')}", before, kept, progress)
            if left := len(said) - len(kept):
                self._remarks.append(f"{amount(left, 'answer')} would change a locked group: left out")
            return made

    def more_like(
        self,
        images: Sequence[str],
        to: str | None = None,
        clustering: str | None = None,
        progress: Progress = silent,
    ) -> tuple[str, ...]:
        """The images most like these under the criterion, best first.

        With `to`, they are moved to that cluster, or to a new one of that name, together with these; images that are
        there already, in a locked cluster, or whose group was said, are not among them.

        Raises:
            UsageError: No image was named, or nothing is seen in them that counts under this criterion.
        """
        with self._lock:
            chosen = self.clustering(clustering)
            own = self.find_images(images)
            if not own:
                raise UsageError("no images were named; say which ones, for example #12")
            there: set[str] = set()
            if to is not None:
                target = self._target(to, chosen)
                there = set(chosen.members(target)) if target else set()
                said = self._said(chosen.id)
                there |= {*said.labels, *said.aside}
                there |= {i for c in chosen.clusters if c.locked for i in chosen.members(c.id)}
            descriptions = self.look_for(chosen.criterion, progress)
            near = most_alike(self._request(chosen.criterion, descriptions), own)
            found = tuple(image for image in near if image not in there)[:LIKE]
            if to is not None and found:
                self.move([*own, *found], to, chosen.id)
            return found

    def _name(self, said: str, before: Clustering) -> str:
        """The name of the group that an answer means: one that is there, by name, id or number, or a new one."""
        wanted = said.strip()
        if there := _there(wanted, before):
            return there
        if wanted.lstrip("#").isdigit() or wanted.casefold() in {cluster.id for cluster in before.clusters}:
            return self.find_cluster(wanted, before.id).name
        return free_name(wanted, before.clusters)

    def _listed(self, images: Sequence[str]) -> str:
        """Images by their numbers, for a line of the journal."""
        shown = ", ".join(f"#{self.collection.number(image)}" for image in images[:3])
        return shown + (f" and {len(images) - 3} more" if len(images) > 3 else "")


def _there(name: str, clustering: Clustering) -> str | None:
    """A name as the cluster has it that is called so; None where no cluster is."""
    same = (c.name for c in clustering.clusters if same_name(c.name) == same_name(name.strip()))
    return next(same, None)
