"""Finds the inputs of tuning besides the user's answers: pairs from another teacher, and a model that can be tuned."""

from collections.abc import Sequence
from functools import partial

from assistant.desk.tuned_features import Target, Teacher, TunableModel, start
from assistant.models.collection_describer import CollectionDescriber
from tools.decode.decode_pool import decode_in_worker
from tools.describe.guided import question_about
from tools.describe.judging import Membership
from tools.errors import UsageError
from tools.models.ports import Pixels
from tools.names import amount, quoted, visible
from tools.progress import Progress
from tools.request import Request
from tools.scan.collection import Collection
from tools.tune.pairs import Pairs, from_judge, from_values

ENCODER_SIDE = 384
"""The longest side in pixels of a picture that an encoder is tuned on; encoders shrink it further themselves."""
_NONE_HERE = "; regroup models lists those that can be fetched"


def taught_pairs(
    request: Request, teacher: Teacher, judge: Membership | None, progress: Progress
) -> tuple[Pairs | None, str]:
    """Return the pairs that a teacher labels besides the user, and who labelled them, for people; None for no teacher.

    Args:
        request: The criterion, the images, and what is said of them.
        teacher: Who labels.
        judge: The model that judges pairs; None where there is none.
        progress: Called during the judge's work.

    Raises:
        tools.errors.UsageError: The teacher is not here, or says nothing of this criterion.
        tools.errors.RegroupError: The judge does not answer.
    """
    if teacher == "words":
        if request.words is None:
            raise UsageError(
                f"no model here has words for {quoted(request.criterion)}; tune to your answers instead"
            )
        words = request.words
        return from_values(words.values, words.confidence, request.seed), "the words that were seen"
    if teacher == "judge":
        if judge is None:
            raise UsageError(
                f"there is no model here that judges pairs{_NONE_HERE}, or tune to your answers instead"
            )
        taught = from_judge(start(request), judge, request.criterion, seed=request.seed, progress=progress)
        return taught, f"{amount(len(taught), 'clear answer')} of the judge {visible(judge.name)}"
    return None, ""


def tunable_model(
    target: Target,
    criterion: str,
    images: Sequence[str],
    collection: Collection,
    describing: CollectionDescriber,
) -> TunableModel | None:
    """Return the model of this machine that a target means, loaded; None for the map, which needs none.

    Raises:
        tools.errors.UsageError: There is no such model here.
        tools.errors.RegroupError: It cannot be loaded.
    """
    if target == "map":
        return None

    def pixels(rows: Sequence[int], side: int) -> list[Pixels]:
        return [decode_in_worker(collection.file(images[row]), side) for row in rows]

    if target == "encoder":
        encoder = describing.tunable_encoder()
        if encoder is None:
            raise UsageError(f"there is no encoder here to tune{_NONE_HERE}")
        return TunableModel(encoder, encoder.embed, partial(pixels, side=ENCODER_SIDE))
    tier = describing.multimodal()
    if tier is None:
        raise UsageError(f"there is no multimodal model on this machine to tune{_NONE_HERE}")
    asked = question_about(criterion).slots[0]
    return TunableModel(
        tier.interest.model, partial(tier.interest.embed, criterion=asked), partial(pixels, side=tier.side)
    )
