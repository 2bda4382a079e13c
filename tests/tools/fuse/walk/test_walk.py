"""The walk: what it finds, what it obeys, what it asks, and what it does with bad input."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.fuse.test_kmeans import partition
from tools.clustering.constraints import CannotLink, Constraint, Label, MustLink, consistent, tie
from tools.errors import Cancelled, RegroupError, UsageError
from tools.fuse.method_context import MethodContext
from tools.fuse.walk.settle_groups import settle_groups
from tools.fuse.walk.traversal import Plan, WalkResult, walk
from tools.fuse.walk.walk import Walk
from tools.models.bundled.text_encoder import WordLlamaEncoder
from tools.models.ports import Vectors
from tools.views import View


def ids(n: int) -> tuple[str, ...]:
    return tuple(f"image {i}" for i in range(n))


def clouds(sizes: Sequence[int], apart: float = 6, seed: int = 0, d: int = 4) -> tuple[Vectors, list[int]]:
    rng = np.random.default_rng(seed)
    centres = np.eye(len(sizes), d) * apart
    truth = [group for group, size in enumerate(sizes) for _ in range(size)]
    return (centres[truth] + rng.normal(size=(len(truth), d))).astype(np.float32), truth


class Oracle:
    """A judge that knows the truth, and remembers what it was asked."""

    name = "oracle"

    def __init__(self, truth: Sequence[int]) -> None:
        self.truth = truth
        self.asked: list[tuple[int, tuple[int, ...], tuple[str, ...]]] = []
        self._lock = threading.Lock()

    def belongs(self, row: int, exemplars: Sequence[int], tags: Sequence[str], criterion: str) -> float:
        with self._lock:
            self.asked.append((row, tuple(exemplars), tuple(tags)))
        kinds = [self.truth[other] for other in exemplars]
        return 0.95 if self.truth[row] == max(set(kinds), key=kinds.count) else 0.05


class Always:
    """A judge that always says the same, or fails."""

    name = "always"

    def __init__(self, answer: float | Exception) -> None:
        self.answer = answer
        self.asked = 0

    def belongs(self, row: int, exemplars: Sequence[int], tags: Sequence[str], criterion: str) -> float:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def told(
    n: int, texts: WordLlamaEncoder, said: Sequence[str | None] = (), judge: object = None
) -> MethodContext:
    said = tuple(said) or (None,) * n
    sure = np.array([0.9 if word else 0 for word in said], np.float32)
    vocabulary = tuple(sorted({w for w in said if w}))
    # The words are those of a model that was asked, as far as there are any.
    return MethodContext(
        "kind",
        said,
        sure,
        vocabulary,
        texts,
        judge=judge,
        described=bool(vocabulary),  # type: ignore[arg-type]
    )


def fit(
    data: Vectors,
    context: MethodContext | None = None,
    k: int | None = None,
    said: Sequence[Constraint] = (),
    seed: int = 0,
    plan: Plan | None = None,
) -> tuple[Vectors, Walk]:
    method = Walk(plan or Plan())
    soft = method.fit(
        [View("x", data)], images=ids(len(data)), constraints=said, k=k, seed=seed, context=context
    )
    return soft, method


def truly(truth: Sequence[int]) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(np.array(truth) == group).tolist()) for group in set(truth)}


def test_the_judge_finds_groups_and_their_number_within_its_budget(texts: WordLlamaEncoder) -> None:
    data, truth = clouds([30, 25, 20, 15], apart=9)
    judge = Oracle(truth)
    soft, method = fit(data, told(90, texts, judge=judge))
    assert method.last is not None
    assert method.last.calls == len(judge.asked) <= 27
    assert partition(soft) == truly(truth)
    assert all(1 <= len(exemplars) <= 5 for _, exemplars, _ in judge.asked)


def test_pictures_that_look_alike_are_told_apart_by_the_judge_alone(texts: WordLlamaEncoder) -> None:
    data, truth = clouds([20, 20, 20], apart=2.5)
    blind, _ = fit(data, k=3)
    seeing, method = fit(data, told(60, texts, judge=Oracle(truth)), k=3, plan=Plan(budget=None))
    assert method.last is not None and any(one.by == "judge" for one in method.last.log)
    right = [sum(np.bincount(np.array(truth)[list(g)]).max() for g in partition(s)) for s in (blind, seeing)]
    assert right[1] > right[0]


def test_words_decide_where_nobody_can_be_asked(texts: WordLlamaEncoder) -> None:
    rng = np.random.default_rng(0)
    data = rng.normal(size=(60, 3)).astype(np.float32)  # tells nothing
    words = [("red", "green", "blue")[i % 3] for i in range(60)]
    soft, method = fit(data, told(60, texts, words))
    assert partition(soft) == truly([i % 3 for i in range(60)])
    assert method.last is not None and method.last.calls == 0
    assert {one.by for one in method.last.log} <= {"sure", "words"}


def test_wrong_words_of_a_few_are_corrected_by_the_likeness(texts: WordLlamaEncoder) -> None:
    data, truth = clouds([25, 25], apart=12)
    words = [("cat", "dog")[i] for i in truth]
    words[3], words[40] = "dog", "cat"
    context = told(50, texts, words)
    soft, _ = fit(data, replace(context, confidence=np.full(50, 0.6, np.float32)))
    assert partition(soft) == truly(truth)


def test_the_judge_is_shown_exemplars_and_tags(texts: WordLlamaEncoder) -> None:
    data, truth = clouds([20, 20], apart=2)
    words = [("cat", "dog")[i] for i in truth]
    judge = Oracle(truth)
    context = replace(told(40, texts, words, judge), confidence=np.full(40, 0.4, np.float32))
    fit(data, context, plan=Plan(budget=None))
    assert judge.asked and all(tags and set(tags) <= {"cat", "dog"} for _, _, tags in judge.asked)
    assert all(len(set(exemplars)) == len(exemplars) <= 5 for _, exemplars, _ in judge.asked)
    assert all(row not in exemplars for row, exemplars, _ in judge.asked)


@pytest.mark.parametrize("k", [None, 3])
def test_the_same_whatever_the_number_of_workers(k: int | None, texts: WordLlamaEncoder) -> None:
    data, truth = clouds([20, 18, 16, 14, 12], apart=4)
    found = []
    for workers in (1, 2, 7):
        context = told(80, texts, judge=Oracle(truth))
        soft, method = fit(data, context, k, plan=Plan(workers=workers))
        assert method.last is not None
        found.append((soft, method.last.log, method.last.calls))
    for soft, log, calls in found[1:]:
        np.testing.assert_array_equal(soft, found[0][0])
        assert (log, calls) == found[0][1:]


@pytest.mark.parametrize("budget", [0.0, 0.05, 0.2, 1.0])
def test_the_budget_is_never_exceeded(budget: float, texts: WordLlamaEncoder) -> None:
    data, truth = clouds([20, 20, 20], apart=2)
    judge = Oracle(truth)
    fit(data, told(60, texts, judge=judge), plan=Plan(budget=budget))
    assert len(judge.asked) <= budget * 60


def test_every_decision_is_logged(texts: WordLlamaEncoder) -> None:
    data, truth = clouds([20, 20], apart=3)
    said = [CannotLink("image 0", "image 1")]
    soft, method = fit(data, told(40, texts, judge=Oracle(truth)), said=said)
    assert method.last is not None
    log = method.last.log
    assert {one.row for one in log} <= set(range(40))
    assert all(0 <= one.probability <= 1 and -1 <= one.score <= 1 for one in log)
    assert all(0 <= one.cluster < soft.shape[1] for one in log)
    taken = {one.row for one in log if one.probability >= 0.5}
    assert len(taken) >= 40 - 2 * soft.shape[1] - 2


@pytest.mark.parametrize("k", [1, 2, 3, 5, 9, 40])
def test_as_many_groups_as_were_asked_for(k: int, texts: WordLlamaEncoder) -> None:
    data, truth = clouds([15, 15, 10], apart=8)
    for context in (None, told(40, texts, judge=Oracle(truth))):
        soft, _ = fit(data, context, k)
        assert soft.shape == (40, k) and len(partition(soft)) == k
        if k == 3:
            assert partition(soft) == truly(truth)


LINKS = st.lists(
    st.one_of(
        st.builds(lambda i, name: Label(f"image {i}", name), st.integers(0, 11), st.sampled_from("xy")),
        st.builds(lambda i, j: MustLink(f"image {i}", f"image {j}"), st.integers(0, 11), st.integers(0, 11)),
        st.builds(
            lambda i, j: CannotLink(f"image {i}", f"image {j}"), st.integers(0, 11), st.integers(0, 11)
        ),
    ),
    max_size=8,
)


@settings(max_examples=20, deadline=None)
@given(said=LINKS, k=st.none() | st.integers(1, 12), seed=st.integers(0, 3))
def test_what_was_said_is_obeyed(said: list[Constraint], k: int | None, seed: int) -> None:
    data, truth = clouds([5, 4, 3], apart=3, seed=seed)
    context = MethodContext(
        "kind", (None,) * 12, np.zeros(12, np.float32), (), judge=Oracle(truth), texts=None
    )  # type: ignore[arg-type]
    soft, _ = fit(data, context, k, said, seed, Plan(workers=1))
    best = dict(zip(ids(12), soft.argmax(1).tolist(), strict=True))
    assert k is None or soft.shape[1] >= k
    names: dict[str, int] = {}
    for one in consistent(said)[0]:
        if isinstance(one, Label):
            assert names.setdefault(one.name, best[one.image]) == best[one.image]
        else:
            assert (best[one.a] == best[one.b]) == isinstance(one, MustLink)
    assert len(set(names.values())) == len(names)
    np.testing.assert_allclose(soft.sum(1), 1, atol=1e-5)


def test_more_groups_than_asked_for_where_the_user_told_more_apart(texts: WordLlamaEncoder) -> None:
    data, _ = clouds([6, 6])
    context = told(12, texts)
    said = [
        CannotLink("image 0", "image 1"),
        CannotLink("image 1", "image 6"),
        CannotLink("image 0", "image 6"),
    ]
    soft, _ = fit(data, context, 2, said)
    assert soft.shape[1] == 3
    assert context.notes[:-1] == ["your answers keep apart more than 2 groups, so there are 3"]


def test_contradictions_are_told_and_the_newest_counts(texts: WordLlamaEncoder) -> None:
    data, _ = clouds([6, 6])
    context = told(12, texts)
    soft, _ = fit(data, context, 2, [MustLink("image 0", "image 1"), CannotLink("image 0", "image 1")])
    best = soft.argmax(1)
    assert best[0] != best[1] and len(context.notes) == 2 and "contradicts" in context.notes[0]


def test_one_and_two_images() -> None:
    one = np.zeros((1, 2), np.float32)
    assert fit(one)[0].tolist() == [[1]]
    two = np.array([[0, 0], [1, 1]], np.float32)
    assert fit(two)[0].sum(1).tolist() == [1, 1]
    assert partition(fit(two, k=1)[0]) == {frozenset([0, 1])}
    assert partition(fit(two, k=2)[0]) == {frozenset([0]), frozenset([1])}


def test_all_equal_images_are_one_group() -> None:
    data = np.full((40, 3), 2.0, np.float32)
    assert partition(fit(data)[0]) == {frozenset(range(40))}
    soft, _ = fit(data, k=3)
    assert soft.shape == (40, 3) and partition(soft) == {frozenset(range(40))}


def test_images_that_show_nothing_stay_unsorted_unless_they_are_tied() -> None:
    data, _ = clouds([8, 8])
    data[[2, 9]] = np.nan
    soft, _ = fit(data, k=2, said=[MustLink("image 9", "image 10")])
    assert not soft[2].any()
    assert soft[9].argmax() == soft[10].argmax() and soft[9].max() == 1
    assert fit(np.full((3, 2), np.nan, np.float32), k=2)[0].tolist() == [[0, 0]] * 3
    assert fit(np.full((3, 2), np.nan, np.float32))[0].tolist() == [[0]] * 3


def test_an_image_without_likeness_is_a_group_of_its_own_or_joins_where_words_say_so(
    texts: WordLlamaEncoder,
) -> None:
    data, truth = clouds([12, 12], apart=9)
    data = np.concatenate([data, np.full((1, 4), -40, np.float32)])
    words = [("cat", "dog")[i] for i in truth]
    alone, _ = fit(data, told(25, texts, [*words, "whale"]))
    assert frozenset([24]) in partition(alone)


@pytest.mark.parametrize("k", [0, -1, 5])
def test_a_number_of_groups_that_cannot_be_is_refused(k: int) -> None:
    with pytest.raises(UsageError, match=f"{k} groups cannot be made of 4 images; ask for 1 to 4"):
        fit(np.eye(4, dtype=np.float32), k=k)


@pytest.mark.parametrize("answer", [1.0, 0.0, 0.5, float("nan")])
@pytest.mark.parametrize("k", [None, 3])
def test_a_judge_that_always_says_the_same(answer: float, k: int | None, texts: WordLlamaEncoder) -> None:
    data, _ = clouds([20, 20, 20], apart=3)
    judge = Always(answer)
    soft, method = fit(data, told(60, texts, judge=judge), k)
    assert method.last is not None and method.last.calls == judge.asked <= 18
    np.testing.assert_allclose(soft.sum(1), 1, atol=1e-5)
    assert k is None or len(partition(soft)) == k


@pytest.mark.parametrize("workers", [1, 4])
def test_a_judge_that_fails_is_left_alone_and_the_user_told_once(
    workers: int, texts: WordLlamaEncoder
) -> None:
    data, _ = clouds([20, 20, 20], apart=3)
    judge = Always(RegroupError("no answer"))
    context = told(60, texts, judge=judge)
    soft, _ = fit(data, context, 3, plan=Plan(budget=None, workers=workers))
    assert judge.asked == 3
    assert context.notes[:-1] == ["the judge stopped answering; the rest was decided without it"]
    np.testing.assert_array_equal(soft, fit(data, None, 3, plan=Plan(settle=False))[0])


def test_a_judge_that_fails_now_and_then_goes_on_being_asked(texts: WordLlamaEncoder) -> None:
    data, truth = clouds([20, 20], apart=2)

    class Moody(Oracle):
        def belongs(self, row: int, exemplars: Sequence[int], tags: Sequence[str], criterion: str) -> float:
            answer = super().belongs(row, exemplars, tags, criterion)
            if len(self.asked) % 2:
                raise RegroupError("no answer")
            return answer

    judge = Moody(truth)
    context = told(40, texts, judge=judge)
    fit(data, context, plan=Plan(budget=None))
    (story,) = context.notes
    assert len(judge.asked) > 10 and f"the judge was asked {len(judge.asked)} times" in story
    assert "by the judge" in story and "walker" in story


@pytest.mark.parametrize("workers", [1, 4])
def test_cancelling_stops_all_walkers(workers: int, texts: WordLlamaEncoder) -> None:
    data, truth = clouds([20, 20, 20], apart=2)
    with pytest.raises(Cancelled):
        fit(data, told(60, texts, judge=Always(Cancelled("stop"))), plan=Plan(workers=workers))
    judge = Oracle(truth)

    def stop(stage: str, done: int, total: int) -> None:
        if done >= 3:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        Walk(Plan(workers=workers)).fit(
            [View("x", data)], images=ids(60), context=told(60, texts, judge=judge), progress=stop
        )
    assert len(judge.asked) <= 3 + workers


def test_an_error_in_a_judge_is_not_taken_for_cancelling(texts: WordLlamaEncoder) -> None:
    data, _ = clouds([20, 20, 20], apart=2)
    with pytest.raises(ZeroDivisionError):
        fit(data, told(60, texts, judge=Always(ZeroDivisionError())), plan=Plan(workers=4))


def test_hundreds_of_groups_are_merged_in_bounded_tables(
    monkeypatch: pytest.MonkeyPatch, texts: WordLlamaEncoder
) -> None:
    from tools.fuse.walk import agglomerate

    data, truth = clouds([30, 30, 30], apart=12)
    whole, _ = fit(data, k=3, plan=Plan(tau=0.99))
    monkeypatch.setattr(agglomerate, "MOST", 30)
    few, _ = fit(data, k=3, plan=Plan(tau=0.99))
    assert partition(whole) == partition(few) == truly(truth)


def test_without_the_merge_there_are_more_groups(texts: WordLlamaEncoder) -> None:
    rng = np.random.default_rng(1)
    data = rng.normal(size=(60, 2)).astype(np.float32) * 3
    words = [("red", "green")[i % 2] for i in range(60)]
    counts = [
        len(partition(fit(data, told(60, texts, words), plan=Plan(merge=merge, tau=0.95))[0]))
        for merge in (True, False)
    ]
    assert counts[0] == 2 < counts[1]


def test_words_are_trusted_as_far_as_the_judge_bears_them_out(texts: WordLlamaEncoder) -> None:
    data, truth = clouds([40, 40, 40], apart=6)
    free, gained = Plan(budget=None), 0
    for seed in range(3):
        rng = np.random.default_rng(seed)
        words = np.array(["ant", "bee", "cow"])[truth]
        wrong = rng.permutation(120)[:36]
        words[wrong] = rng.permutation(words[wrong])
        alone = replace(told(120, texts, words.tolist()), confidence=np.full(120, 0.99, np.float32))
        judges = (None, Oracle(truth), Always(0.0))  # the last is no witness against the words
        right = [
            sum(np.bincount(np.array(truth)[list(g)]).max() for g in partition(soft))
            for soft, _ in (fit(data, replace(alone, judge=judge), 3, plan=free) for judge in judges)
        ]
        assert right[1] >= right[0] == right[2]
        gained += int(right[1] - right[0])
    assert gained >= 20


def test_where_words_would_chain_all_into_one_there_are_as_many_groups_as_is_usual(
    texts: WordLlamaEncoder,
) -> None:
    data, truth = clouds([30, 30, 30, 30], apart=4)
    words: list[str | None] = [None] * 120
    for row in (3, 40):
        words[row] = ("red", "green", "blue", "grey")[truth[row]]
    context = told(120, texts, words)
    chained = walk(data, tie(ids(120), ()), context, None, 0)
    assert len(partition(chained.soft)) == 1
    soft, _ = fit(data, context)
    assert len(partition(soft)) == 4


def test_words_that_nobody_was_asked_for_do_not_overrule_the_pictures(texts: WordLlamaEncoder) -> None:
    data, truth = clouds([40, 40, 40], apart=5)
    rng = np.random.default_rng(0)
    words = [("ant", "bee", "cow")[i] for i in rng.integers(0, 3, 120)]
    context = replace(told(120, texts, words), described=False)
    settled, _ = fit(data, context, 3)
    loose, _ = fit(data, context, 3, plan=Plan(settle=False))
    right = [sum(np.bincount(np.array(truth)[list(g)]).max() for g in partition(s)) for s in (settled, loose)]
    assert right[0] >= 116 > right[1] + 20
    asked, _ = fit(data, replace(context, described=True), 3)
    np.testing.assert_array_equal(asked, loose)
    judged = replace(context, judge=Oracle(truth))
    np.testing.assert_array_equal(fit(data, judged, 3)[0], fit(data, judged, 3, plan=Plan(settle=False))[0])
    np.testing.assert_allclose(settled.sum(1), 1, atol=1e-5)


def test_images_move_to_the_nearest_centre_and_the_walk_of_least_squares_counts() -> None:
    rows = np.array([[0], [1], [2], [8], [9], [10], [np.nan]], np.float32)
    walked = walk(rows, tie(ids(7), ()), None, 2)

    def ended(*labels: int) -> WalkResult:
        soft = np.array([[0.8, 0.2], [0.2, 0.8], [0.0, 0.0]], np.float32)[list(labels)]
        return replace(walked, soft=soft)

    chained, crossed = ended(0, 0, 0, 0, 1, 1, 2), ended(0, 1, 1, 1, 1, 1, 2)
    found, moved = settle_groups(rows, [chained])
    assert found.soft[:6].argmax(1).tolist() == [0, 0, 0, 1, 1, 1] and moved.tolist() == [3]
    assert found.soft[3].tolist() == pytest.approx([0.2, 0.8]) and not found.soft[6].any()
    assert chained.soft[3].argmax() == 0  # what was given is not changed
    worse = ended(0, 0, 0, 0, 0, 0, 2)
    for walks in ([worse, chained], [chained, worse], [worse, crossed]):
        assert settle_groups(rows, walks)[0].soft[:6].argmax(1).tolist() == [0, 0, 0, 1, 1, 1]


def test_words_that_tell_nothing_are_dropped_for_a_judge_that_tells_near_from_far(
    texts: WordLlamaEncoder,
) -> None:
    data, truth = clouds([40, 40, 40], apart=7)
    words = [("ant", "bee", "cow")[i // 2 % 3] for i in range(120)]  # of another partition
    right = {}
    for title, judge in {
        "oracle": Oracle(truth),
        "none": None,
        "no": Always(0.0),
        "yes": Always(1.0),
    }.items():
        context = replace(told(120, texts, words, judge), confidence=np.full(120, 0.9, np.float32))
        soft, method = fit(data, context, 3, plan=Plan(budget=1.0))
        assert method.last is not None and method.last.calls <= 120
        right[title] = sum(np.bincount(np.array(truth)[list(g)]).max() for g in partition(soft))
    assert right["oracle"] == 120 and right["none"] < 80
    assert right["no"] < 80 and right["yes"] < 80  # these are no witnesses
