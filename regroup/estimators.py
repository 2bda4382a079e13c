"""Offers the methods on arrays, as estimators of scikit-learn.

    >>> import numpy as np
    >>> from regroup.estimators import RoutedKMeans
    >>> X = np.repeat(np.eye(3), 10, axis=0)
    >>> RoutedKMeans(n_clusters=3).fit_predict(X).shape
    (30,)

Each row of X is one image. In the program the methods get what its experts saw; here they get what you give: features
of the images in X, and, for those that fuse pictures and words, the words beside them. `regroup methods NAME` says what
a method computes, with the equations of its paper, and lists its options.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from tools.clustering.constraints import Constraint, Label
from tools.describe.guided import meanings
from tools.embed.prepare import prepare
from tools.errors import UsageError
from tools.fuse.base import Method
from tools.fuse.method_context import MethodContext
from tools.fuse.registry import find_method
from tools.models.ports import PromptTuner, TextEncoder
from tools.number_of_groups import k_or_estimate
from tools.views import View

UNLABELLED = -1
"""The label in y of an image of which nobody said anything."""


class GroupingEstimator(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Fits one method.

    Args:
        n_clusters: The number of groups, 1 <= n_clusters <= n; None to find it.
        random_state: The seed of every random choice, or a generator from which one is drawn.
        options: Options of the method by name, such as {"epochs": 50}; None for its defaults.

    Attributes:
        labels_: (n,) int64, the group of each image in 0..k-1.
        soft_: (n, k) float32, the soft assignment, whose rows sum to 1.
        n_clusters_: k, the number of groups.
        n_features_in_: d, the number of columns of X.
        notes_: Lines on what happened on the way.
    """

    method: ClassVar[str]
    """The name of the method in `regroup methods`."""

    def __init__(
        self,
        n_clusters: int | None = None,
        *,
        random_state: int | np.random.RandomState | None = 0,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.random_state = random_state
        self.options = options

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Group n images.

        Args:
            X: (n, d) real and finite, n >= 2.
            y: Ignored; it is here since scikit-learn's pipelines pass it.

        Raises:
            ValueError: X or the number of groups does not fit.
        """
        return self._fit(X)

    def _fit(
        self,
        X: ArrayLike,
        constraints: Sequence[Constraint] = (),
        words: Sequence[str | None] | None = None,
        text: View | None = None,
        labels: int | None = None,
        **context: Any,
    ) -> Self:
        rows = cast(
            "NDArray[np.float64]",
            validate_data(self, X, dtype=np.float64, ensure_min_samples=2),
        )
        views = [View("X", prepare(rows.astype(np.float32))), *([text] if text is not None else [])]
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        n, k = len(rows), self.n_clusters
        if labels is not None and labels != n:
            raise ValueError(f"y has {labels} labels for {n} images")
        if k is not None and not 1 <= k <= n:
            raise ValueError(f"n_clusters={k} must be in 1..{n}, the number of images")
        given = _context(words, n, **context)
        method = self._method()
        try:
            if k is None and not method.estimates_k:
                k = k_or_estimate(views[0].data, None, given.values if words else None, seed)
            soft = method.fit(views, images=_names(n), constraints=constraints, k=k, seed=seed, context=given)
        except UsageError as error:
            raise ValueError(str(error)) from error
        self.soft_ = soft
        self.labels_ = np.unique(soft.argmax(axis=1), return_inverse=True)[1].astype(np.int64)
        self.n_clusters_ = int(self.labels_.max()) + 1
        self.notes_ = tuple(given.notes)
        return self

    def _method(self) -> Method:
        options = ",".join(f"{name}={_spelt(value)}" for name, value in (self.options or {}).items())
        try:
            return find_method(f"{self.method}:{options}" if options else self.method)
        except UsageError as error:
            raise ValueError(str(error)) from error


class RoutedKMeans(GroupingEstimator):
    """Runs k-means with the number of groups found where it is not given (Lloyd 1982), the default of the program."""

    method = "kmeans"


class Taught(GroupingEstimator):
    """Learns from a few labels what group all other images belong to: kernel ridge regression pooled with k-means."""

    method = "taught"

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Group n images, of which some have a label.

        Args:
            X: (n, d) real and finite, n >= 2.
            y: (n,) the label of each image, any integers or texts; -1 or None for those that have none. None for all.

        Raises:
            ValueError: X, y or the number of groups does not fit.
        """
        labels = [] if y is None else np.asarray(y, dtype=object).ravel().tolist()
        said = [
            Label(str(row), str(label))
            for row, label in enumerate(labels)
            if label is not None and label != UNLABELLED
        ]
        return self._fit(X, constraints=said, labels=None if y is None else len(labels))


class GraphWalk(GroupingEstimator):
    """Walks a graph of alike images by agents and merges what they found (arXiv 2503.22241); without a judge."""

    method = "walk"

    def fit(
        self, X: ArrayLike, y: ArrayLike | None = None, *, tags: Sequence[str | None] | None = None
    ) -> Self:
        """Group n images.

        Args:
            X: (n, d) real and finite, n >= 2.
            y: Ignored.
            tags: n words, what is said of each image under the criterion; None where nothing is.

        Raises:
            ValueError: X, the tags or the number of groups does not fit.
        """
        return self._fit(X, words=tags)


class FusingEstimator(GroupingEstimator):
    """Fuses features with words, which `fit` needs beside them."""

    def fit(
        self, X: ArrayLike, y: ArrayLike | None = None, *, tags: Sequence[str | None] | None = None
    ) -> Self:
        """Group n images by their features and their words.

        Args:
            X: (n, d) real and finite, n >= 2.
            y: Ignored.
            tags: n words, what is said of each image under the criterion; None where nothing is.

        Raises:
            ValueError: There are no tags, or X, the tags or the number of groups does not fit.
        """
        tags = _needed(tags, type(self).__name__)
        text = View("tags", prepare(meanings(tags, _texts())), kind="text")
        return self._fit(X, words=tags, text=text)


class SAC(FusingEstimator):
    """Has an image head and a text head teach each other (SAC, Eq. 2-14)."""

    method = "sac"


class MLLMMC(FusingEstimator):
    """Draws images towards the tags of a criterion, fuses both by attention, then k-means (MLLM_MC, Eq. 3-10)."""

    method = "mllm_mc"


class MultiSub(GroupingEstimator):
    """Looks for the words of a criterion in the space of an encoder of images and texts (Multi-Sub).

    Args:
        encoder: A model of `tools.models.hub` whose text tower passes gradients; X must be its vectors of the images.
        reference_words: Words of the criterion, such as its values, two or more.
        criterion: The criterion, for the prompt.
        n_clusters: The number of groups; None to find it.
        random_state: The seed.
        options: Options of the method.
    """

    method = "multi_sub"

    def __init__(
        self,
        encoder: Any = None,
        reference_words: Sequence[str] = (),
        criterion: str = "kind",
        n_clusters: int | None = None,
        *,
        random_state: int | np.random.RandomState | None = 0,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(n_clusters, random_state=random_state, options=options)
        self.encoder = encoder
        self.reference_words = reference_words
        self.criterion = criterion

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Group n images by their vectors.

        Args:
            X: (n, d) the vectors of the encoder.
            y: Ignored.

        Raises:
            ValueError: There is no encoder or fewer than two words, or X or the number of groups does not fit.
        """
        if not isinstance(self.encoder, PromptTuner):
            raise ValueError(
                "MultiSub needs an encoder of images and texts whose text tower passes gradients"
            )
        vectors = np.asarray(X, np.float32)
        return self._fit(
            X,
            vocabulary=tuple(self.reference_words),
            criterion=self.criterion,
            encoder=self.encoder,
            tuner=self.encoder,
            aligned=vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9),
        )


def _context(words: Sequence[str | None] | None, n: int, **more: Any) -> MethodContext:
    """Return what a method is told besides the views."""
    values = [None] * n if words is None else list(words)
    if len(values) != n:
        raise ValueError(f"there are {len(values)} tags for {n} images")
    counts: dict[str, int] = {}
    for value in values:
        if value:
            counts[value] = counts.get(value, 0) + 1
    context = {
        "criterion": "kind",
        "vocabulary": tuple(sorted(counts, key=lambda word: (-counts[word], word))),
        **more,
    }
    sure = np.array([1.0 if value else 0.0 for value in values], np.float32)
    return MethodContext(values=tuple(values), confidence=sure, texts=_texts(), **context)


def _needed(tags: Sequence[str | None] | None, name: str) -> Sequence[str | None]:
    if tags is None or not any(tags):
        raise ValueError(f"{name} fuses images with words: give fit(X, tags=...) a word for each image")
    return tags


def _texts() -> TextEncoder:
    from tools.models.bundled.text_encoder import WordLlamaEncoder

    return WordLlamaEncoder()


def _names(n: int) -> tuple[str, ...]:
    return tuple(map(str, range(n)))


def _spelt(value: object) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)
