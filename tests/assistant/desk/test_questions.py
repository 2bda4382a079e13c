"""Questions, answers and links on a real desk."""

from collections.abc import Callable

import pytest

from assistant.desk import Desk
from tools.clustering.clustering import Clustering
from tools.clustering.constraints import CannotLink, Label, MustLink
from tools.errors import UsageError

Open = Callable[[], Desk]


def name(desk: Desk, image: str, made: Clustering | None = None) -> str:
    made = made or desk.clusterings.get()
    (sha,) = desk.find_images([image])
    place = made.label_of(sha)
    return "unsorted" if place < 0 else made.clusters[place].name


def test_a_question_is_about_an_image_that_nothing_was_said_of(desk: Desk) -> None:
    desk.grouping.group("colour")
    asked = set()
    for _ in range(5):
        question = desk.questions.ask()
        if question is None:  # copies of what was asked about are not worth asking
            break
        assert not asked & set(question.images)
        assert set(question.names) >= {"red", "green", "blue"}
        asked |= set(question.images)
        place = desk.clusterings.get().label_of(question.images[0])
        desk.questions.answer(question.images, str(place + 1) if len(question.images) == 1 else False)
    assert len(asked) >= 3


def test_a_question_that_was_skipped_is_not_asked_again(desk: Desk) -> None:
    desk.grouping.group("colour")
    first = desk.questions.ask()
    assert first is not None
    events = len(desk.shelf.log())
    desk.questions.answer(first.images, None)
    second = desk.questions.ask()
    assert second is not None and second.images != first.images
    assert len(desk.shelf.log()) == events
    third = desk.questions.ask(skipped=[second.images])
    assert third is not None and third.images not in (first.images, second.images)


def test_an_answer_that_may_be_a_slip_is_asked_about_once_more(desk: Desk) -> None:
    made = desk.grouping.group("colour")
    first, second, third = made.clusters
    for cluster in made.clusters:
        for image in made.members(cluster.id)[:3]:
            desk.questions.answer([image], cluster.name)
    slip, moved = made.members(first.id)[3], made.members(second.id)[3]
    desk.questions.answer([slip], third.name)
    question = desk.questions.ask()
    assert question is not None and question.images == (slip,) and question.before == third.name
    after = desk.questions.answer([slip], third.name)  # it is meant
    assert name(desk, slip, after) == third.name
    assert (question := desk.questions.ask()) is None or not question.before
    desk.history.undo()
    after = desk.questions.answer([slip], first.name)
    assert name(desk, slip, after) == first.name
    desk.editing.move([moved], first.id)
    assert (question := desk.questions.ask()) is None or not question.before


def test_before_anything_is_grouped_nothing_is_asked(desk: Desk) -> None:
    with pytest.raises(UsageError, match="nothing is grouped yet"):
        desk.questions.ask()


def test_one_answer_does_not_rename_a_group_that_the_user_has_named(desk: Desk) -> None:
    made = desk.grouping.group("colour")
    size = made.size(made.clusters[0].id)
    desk.editing.rename("1", "mine")
    image = desk.clusterings.get().members(made.clusters[0].id)[0]
    after = desk.questions.answer([image], "odd one")
    sizes = {c.name: after.size(c.id) for c in after.clusters}
    assert sizes["mine"] == size - 1 and sizes["odd one"] == 1


def test_an_answer_may_name_a_group_that_is_new(desk: Desk, open_desk: Open) -> None:
    desk.grouping.group("colour")
    made = desk.questions.answer(["#1"], "  my own ")
    assert name(desk, "#1", made) == "my own"
    assert {c.name for c in made.clusters} >= {"green", "blue", "my own"}
    again = open_desk()
    assert again.questions.answers() == (Label(again.find_images(["#1"])[0], "my own"),)
    again.grouping.group("colour", seed=3)
    assert name(again, "#1") == "my own"
    assert again.history.undo().startswith("undone: grouped")
    assert again.history.undo() == "undone: #1 is my own"
    assert again.questions.answers() == () and name(again, "#1") == "red"


@pytest.mark.parametrize("said", ["GREEN", "c2", "2", "#2"])
def test_an_answer_names_a_group_by_name_id_or_number(desk: Desk, said: str) -> None:
    desk.grouping.group("colour")
    green = desk.clusterings.get().clusters[1].name
    assert (
        name(desk, "#1", desk.questions.answer(["#1"], said if said != "GREEN" else green.upper())) == green
    )


def test_an_answer_about_two(desk: Desk) -> None:
    desk.grouping.group("colour")
    a, b = desk.find_images(["#1", "#2"])
    made = desk.questions.answer(["#1", "#2"], True)
    assert made.label_of(a) == made.label_of(b)
    made = desk.questions.answer(["#1", "#2"], False)
    assert made.label_of(a) != made.label_of(b)
    assert desk.changes.remarks() == [
        "what you said before (#1 and #2 belong together) contradicts a newer answer and was ignored: "
        "the newest counts"
    ]
    assert desk.changes.remarks() == []
    assert desk.questions.answers() == (CannotLink(a, b),)


def test_links_hold_in_every_later_grouping(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.editing.link(["#1", "#2", "#3"])
    desk.editing.cut("#4", ["#7", "#10"])
    shas = desk.find_images(["#1", "#2", "#3"])
    four, seven, ten = desk.find_images(["#4", "#7", "#10"])
    for k in (None, 2, 5):
        made = desk.grouping.group("colour", k=k)
        assert len({made.label_of(sha) for sha in shas}) == 1
        assert made.label_of(four) not in (made.label_of(seven), made.label_of(ten))
    assert desk.questions.answers()[:2] == (MustLink(shas[0], shas[1]), MustLink(shas[0], shas[2]))


@pytest.mark.parametrize(
    ("say", "line"),
    [
        (lambda desk: desk.questions.answer(["#1"], True), "an answer about two images"),
        (lambda desk: desk.questions.answer(["#1", "#2"], "red"), "an answer about one image"),
        (lambda desk: desk.questions.answer(["#1"], "99"), 'there is no group "99"'),
        (lambda desk: desk.questions.answer(["#1"], " \u202e "), "needs a name"),
        (lambda desk: desk.questions.answer(["#99"], "red"), 'there is no image "#99"'),
        (lambda desk: desk.editing.link(["#1", "#1"]), "two or more images"),
        (lambda desk: desk.editing.cut("#1", "#1"), "kept apart from itself"),
        (lambda desk: desk.editing.more_like([]), "no images were named"),
        (lambda desk: desk.questions.take_answers([]), "none of these answers"),
    ],
)
def test_what_is_no_answer_changes_nothing(desk: Desk, say: Callable[[Desk], object], line: str) -> None:
    desk.grouping.group("colour")
    events = len(desk.shelf.log())
    with pytest.raises(UsageError, match=line):
        say(desk)
    assert len(desk.shelf.log()) == events


def test_a_link_moves_nobody_else(desk: Desk) -> None:
    made = desk.grouping.group("colour")
    merged = desk.editing.merge(["red", "green"])
    inside = [f"#{desk.collection.number(image)}" for image in merged.members(merged.clusters[0].id)[:2]]
    linked = desk.editing.link(inside)
    assert linked.labels.tolist() == merged.labels.tolist() and linked.method == made.method  # not made again
    before = {image: name(desk, f"#{desk.collection.number(image)}") for image in linked.images}
    after = desk.editing.cut(*inside)  # the link is newer no more
    places = {image: name(desk, f"#{desk.collection.number(image)}", after) for image in after.images}
    moved = [image for image in after.images if places[image] != before[image]]
    assert len(moved) == 1 and moved[0] in desk.find_images(inside)


def test_a_locked_group_takes_no_answer_that_changes_it(desk: Desk) -> None:
    desk.grouping.group("colour")
    red = set(desk.clusterings.get().members("c1"))
    locked = desk.editing.lock("c1").clusters[0]
    inside = next(iter(red))
    outside = next(image for image in desk.collection.ids if image not in red)
    for say in (
        lambda: desk.questions.answer([outside], locked.name),
        lambda: desk.questions.answer([inside], "another"),
        lambda: desk.questions.answer([inside, outside], True),
        lambda: desk.editing.cut(*list(red)[:2]),
        lambda: desk.editing.move([inside], None),
        lambda: desk.editing.rename("c1", "another"),
    ):
        with pytest.raises(UsageError, match="is locked, so it stays as it is; unlock it first"):
            say()
    for k in (2, 4):
        made = desk.grouping.group("colour", k=k)
        assert set(made.members("c1")) == red and made.clusters[made.index("c1")].name == locked.name
    question = desk.questions.ask()
    assert question is not None and not set(question.images) & red
    with pytest.raises(UsageError, match="is already locked"):
        desk.editing.lock("c1")
    desk.editing.lock("c1", on=False)
    assert (
        name(desk, f"#{desk.collection.number(inside)}", desk.questions.answer([inside], "another"))
        == "another"
    )


def test_names_and_merges_survive_a_new_grouping(desk: Desk) -> None:
    desk.grouping.group("colour")
    desk.editing.rename("green", "leaves")
    desk.editing.merge(["red", "blue"], "the others")
    for seed in (1, 2):
        made = desk.grouping.group("colour", seed=seed)
        assert {c.name: made.size(c.id) for c in made.clusters} == {"the others": 8, "leaves": 4}


def test_more_like_finds_and_moves(desk: Desk) -> None:
    desk.grouping.group("colour")
    red = set(desk.find_images(["#1", "#4", "#7", "#10"]))
    found = desk.editing.more_like(["#1"])
    assert set(found[:3]) == red - set(desk.find_images(["#1"]))
    desk.questions.answer(["#4"], "red")
    moved = desk.editing.more_like(["#1"], to="copies")
    four = desk.find_images(["#4"])[0]
    assert four not in moved and name(desk, "#4") == "red"
    assert {name(desk, image) for image in moved} == {"copies"} == {name(desk, "#1")}


def test_one_step_fewer_leads_to_the_level_that_the_pictures_have(desk: Desk) -> None:
    desk.grouping.group("colour", k=6)
    before = desk.clusterings.get()
    after = desk.grouping.fewer()
    assert len(before.clusters) == 6 and len(after.clusters) == 3  # and not five
    for cluster in before.clusters:  # groups become one as they are, and none is cut
        assert len({name(desk, i, after) for i in before.members(cluster.id)}) == 1


def test_fewer_and_more_groups(desk: Desk) -> None:
    desk.grouping.group("colour")
    fewer = desk.grouping.fewer()
    assert len(fewer.clusters) == 2 and any(" or " in c.name for c in fewer.clusters)
    desk.questions.answer(["#1"], "rot")
    now = len(desk.clusterings.get().clusters)
    more = desk.grouping.more()
    assert len(more.clusters) == now + 1 and name(desk, "#1") == "rot"
    for cluster in more.clusters:
        desk.editing.lock(cluster.id)
    for edit in (desk.grouping.fewer, desk.grouping.more):
        with pytest.raises(UsageError, match="because of your answers or locked groups"):
            edit()
