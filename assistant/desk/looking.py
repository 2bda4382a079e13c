"""Looking at a collection: what the experts and the describer say of it, and which criteria fit it."""

from collections.abc import Sequence

from assistant import exports
from assistant.desk.opened import Opened
from assistant.helping import Helps, helps
from assistant.looking import known, look_with, wanted
from assistant.workspace import Event
from tools.decode import passing
from tools.describe import Descriptions
from tools.models.ports import Expert, Thinker
from tools.progress import Progress, silent
from tools.propose import Proposal, propose


class Looking(Opened):
    """What is seen in the images."""

    @property
    def looked(self) -> bool:
        """Whether the images were looked at since the desk was opened; then questions are answered at once."""
        return self._descriptions is not None

    def look(self, progress: Progress = silent) -> Descriptions:
        """What the experts say of the collection; they are asked only about images that they have not seen."""
        with self._lock:
            if self._looked is None:
                for expert in known(self._slow, self.workspace.cache, self.collection.ids):
                    self._wake(expert)
                experts = [*self._experts, *self.describing.experts()]
                self._store.tell = progress  # small models may be fetched now
                try:
                    self._looked = look_with(
                        experts, self.collection, self.workspace.cache, self.meter, progress
                    )
                finally:
                    self._store.tell = silent  # what is fetched later must not end as this work was cancelled
                for image, reason in self._looked.unreadable.items():
                    if not passing(reason):
                        self.shelf.mark_unreadable(image, reason)
                self.collection = self.collection.without(self._looked.unreadable)
            if self._descriptions is None:
                self._descriptions = self.describing.joined(self._looked)
            return self._descriptions

    def look_for(self, criterion: str, progress: Progress = silent) -> Descriptions:
        """The same, with the slow expert that alone sees what a criterion is about, where there is one, the parts of
        the pictures that were found to tell its groups apart, and the vectors that a describer gives for it."""
        with self._lock:
            seen = self.describing.interested(criterion, self._look_with_slow(criterion, progress))
            return self._parts.joined(criterion, seen, self.collection, self.meter, progress)

    def _look_with_slow(self, criterion: str, progress: Progress) -> Descriptions:
        with self._lock:
            descriptions = self.look(progress)
            expert = wanted(criterion, descriptions, self._slow, self._texts)
            if expert is None:
                return descriptions
            self._wake(expert)
            try:
                return self.look(progress)
            except BaseException:  # stopped, or failed: it must not keep the next, quick question waiting
                self._experts.remove(expert)
                self._slow.append(expert)
                raise

    def propose(
        self, progress: Progress = silent, own: Sequence[str] = (), thinker: Thinker | None = None
    ) -> list[Proposal]:
        """Criteria that fit this collection: the user's own first, then the others, best first.

        Args:
            own: What the user wants to be among them.
            thinker: A language model to ask as well; it is told what was seen, in words. Where it fails, `status`
                says why.
        """
        with self._lock:
            self._unthought.clear()
            return propose(
                self.look(progress),
                seed=self.settings.seed,
                own=own,
                texts=self._texts,
                thinker=thinker,
                describes=self.asks,
                progress=progress,
                tell=self._unthought.append,
            )

    def accept(self, criteria: Sequence[str]) -> None:
        """Remember which criteria the user accepted; it is no step for undo."""
        with self._lock:
            listed = ", ".join(criteria)
            self.shelf.record(Event("accept", f"accepted: {listed}", detail={"criteria": list(criteria)}))

    def helps(self, method: str | None, images: Sequence[str]) -> Helps:
        """What a method wants beside views, as far as it is here; its rows are these images."""
        return helps(method, images, self.collection, self.describing)

    def _after_files(self, mode: str | None) -> None:
        """An export of this mode was done or undone: where files came or went, see what is there now."""
        if mode == "move":
            self.collection = exports.scanned(self.shelf, silent).without(self.shelf.unreadable())
            self._looked = self._descriptions = None

    def _wake(self, expert: Expert) -> None:
        self._slow.remove(expert)
        self._experts.append(expert)
        self._looked = self._descriptions = None

    def _described(
        self, criterion: str, values: Sequence[str], again: bool, progress: Progress
    ) -> Descriptions:
        """What is known of the collection, with what the tier's describer says of a criterion."""
        self.look(progress)
        self.describing.ask(criterion, self.collection, values, again, progress)
        self._descriptions = None
        return self.look_for(criterion, progress)
