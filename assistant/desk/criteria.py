"""Finds criteria to group by: proposals for the collection, the criteria that the user accepted, corrected
spellings."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.desk.clusterings import Clusterings
from assistant.desk.core import Core
from assistant.desk.experts import Experts
from assistant.workspace import Event
from tools.describe.describe import Descriptions, GeneralDescriptions
from tools.embed.route import CLOSE, route, slots_here
from tools.errors import Cancelled, RegroupError
from tools.metadata.columns import Column, of_rows
from tools.metadata.metadata_criteria import CRITERIA, MetadataCriterion, named_criterion
from tools.models.ports import Thinker
from tools.names import amount, spelling_suggestion, visible
from tools.progress import Progress, silent
from tools.promise import CANDIDATES, promised
from tools.propose.propose import Proposal, propose
from tools.propose.propose_metadata import proposal_of, propose_metadata
from tools.propose.suggest import enough, sample

_MOST = 8
"""The most criteria that are proposed from what is seen, besides the user's own."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Says whether a criterion is seen here.

    Attributes:
        seen: Whether an expert or a model sees it.
        nearest: The criterion of an expert that comes nearest to it; "" where none is near.
        missing: What most of the files would have to say for it and do not, such as "no date in the file"; "" for what
            files never say.
    """

    seen: bool
    nearest: str = ""
    missing: str = ""


class Criteria:
    """Proposes criteria.

    Attributes:
        failures: Why a model did not help with the last proposal, a line each.
        basis: What the language model read for the last proposal, in words; "" where it read counts or nothing.
    """

    def __init__(self, core: Core, clusterings: Clusterings, experts: Experts) -> None:
        self._core, self._clusterings, self._experts = core, clusterings, experts
        self.failures: list[str] = []
        self.basis = ""

    def propose(
        self, progress: Progress = silent, own: Sequence[str] = (), thinker: Thinker | None = None
    ) -> list[Proposal]:
        """Propose criteria that fit this collection: the user's own first, then the others, best first.

        Args:
            progress: Called during the work.
            own: Criteria of the user's own to include.
            thinker: A language model to ask as well. Where a model describes images, and nobody has to be asked before,
                it reads general descriptions of a sample of them; otherwise the findings in words. Where one fails,
                `failures` says why.
        """
        with self._core.lock:
            self._core.check_present()
            if not self._core.collection.images:
                return []
            self.failures.clear()
            self.basis = ""
            descriptions = self._experts.look(progress)
            general = self._general(descriptions.images, progress) if thinker is not None else None
            proposals = propose(
                descriptions,
                CANDIDATES,
                seed=self._core.settings.seed,
                own=own,
                texts=self._core.texts,
                thinker=thinker,
                describes=self._core.describing.asks,
                general=general,
                progress=progress,
                tell=self.failures.append,
            )
            proposals = promised(
                proposals, descriptions, self._core.request, _MOST, progress, self._core.settings.seed
            )
            proposals = self._with_metadata(proposals, descriptions.images, progress)
            if general is not None and thinker is not None and not self.failures:
                count = amount(len(general.slots), "general description")
                self.basis = f"{visible(thinker.name)} read {count} by {visible(general.by)}"
            return proposals

    def _with_metadata(
        self, proposals: Sequence[Proposal], images: Sequence[str], progress: Progress
    ) -> list[Proposal]:
        """Return the proposals with those from what the files say, best first behind the user's own.

        No language model is told of them: what files say stays on this machine.
        """
        metadata = self._core.metadata
        place = {image: row for row, image in enumerate(self._core.collection.ids)}
        rows = [place[image] for image in images]
        columns = {c: of_rows(column, rows) for c, column in metadata.proposable(progress).items()}
        own = [self._own(proposal, columns, images, progress) for proposal in proposals if proposal.own]
        named = {proposal.criterion for proposal in own}
        others = [proposal for proposal in proposals if not proposal.own]
        others += [p for p in propose_metadata(columns, images) if p.criterion not in named]
        return [*own, *sorted(others, key=lambda proposal: (-proposal.quality, proposal.criterion))]

    def _own(
        self,
        proposal: Proposal,
        columns: Mapping[MetadataCriterion, Column],
        images: Sequence[str],
        progress: Progress,
    ) -> Proposal:
        """Return a criterion of the user's own, with what files say where it is about that."""
        about = self._core.metadata.sees(proposal.criterion, progress)
        if about is None or about not in columns:
            return proposal
        said = proposal_of(about, columns[about], images)
        if said is None:
            return proposal
        return replace(said, criterion=proposal.criterion, why=f"yours: {said.why}", own=True)

    def _general(self, images: Sequence[str], progress: Progress) -> GeneralDescriptions | None:
        """Return general descriptions of a sample of the images; None where there is no describer, or it says too
        little."""
        core = self._core
        try:
            general = core.describing.describe_in_general(
                core.collection, sample(images, core.settings.seed), progress
            )
        except Cancelled:
            raise
        except RegroupError as error:
            self.failures.append(f"no general descriptions ({error}); criteria are from what was measured")
            return None
        return general if general is not None and enough(general) else None

    def seen(self) -> list[str]:
        """Return what the experts saw in these pictures that tells at least two groups of them apart, the evenest
        first; nothing before they have looked, as it must cost nothing."""
        if not self._experts.looked:
            return []
        descriptions = self._experts.look()
        return descriptions.once(("criteria that are seen",), lambda: _telling(descriptions))

    def sight(self, criterion: str, progress: Progress = silent) -> Sight:
        """Return whether anything here sees a criterion, by its words and what files say: no expert has to look."""
        with self._core.lock:
            recorded = named_criterion(criterion)
            in_files = self._core.metadata.sees(criterion, progress) is not None
            asked = self._core.describing.asks or self._core.describing.encoder() is not None
            if in_files or asked or self._clusterings.has(criterion):
                return Sight(True)
            missing = recorded.missing if recorded is not None else ""
            best = route(criterion, self._experts.specs(), self._core.texts).matches
            if not best:
                return Sight(False, missing=missing)
            (spec, cosine), *_ = best
            return Sight(cosine >= CLOSE, spec.title or spec.name, missing)

    def accept(self, criteria: Sequence[str]) -> None:
        """Record in the journal which criteria the user accepted. This is not a step for undo."""
        with self._core.lock:
            text = f"accepted: {', '.join(criteria)}"
            self._core.shelf.record(Event("accept", text, detail={"criteria": list(criteria)}))

    def correction(self, criterion: str) -> str | None:
        """Return the known criterion that this one probably misspells; None where it is known or close to none."""
        names = [clustering.criterion for clustering in self._clusterings.all()]
        names += [spec.title or spec.name for spec in self._experts.specs()]
        names += [named.name for named in CRITERIA]
        if named_criterion(criterion) or any(_spelling(criterion) == _spelling(name) for name in names):
            return None
        return spelling_suggestion(criterion, names)


def _telling(descriptions: Descriptions) -> list[str]:
    """Return the criteria whose most frequent value leaves most pictures to others, the best first."""
    shares: dict[str, float] = {}
    for spec in slots_here(descriptions):
        values = [
            value for value in descriptions.column(spec.name).values if value not in (None, spec.nothing)
        ]
        if spec.unfamiliar and descriptions.unfamiliar:
            continue  # its words say nothing about such pictures
        if len(set(values)) > 1:
            rest = len(values) - Counter(values).most_common(1)[0][1]
            shares[spec.title or spec.name] = rest / len(descriptions.images)
    return sorted(shares, key=lambda name: -shares[name])


def _spelling(criterion: str) -> str:
    """Return a criterion in one spelling, whether it is written in American or British English, singular or plural."""
    words = " ".join(criterion.casefold().split()).replace("color", "colour").replace("gray", "grey")
    return words.removesuffix("s")
