"""Groups that would be "X" and "X 2" are told apart by what is seen in them."""

from assistant.desk import Desk


def test_the_parts_of_a_split_are_told_apart(desk: Desk) -> None:
    desk.grouping.group("colour", k=3)
    desk.editing.merge(["red", "green"], name="warm")
    split = desk.editing.split("warm")
    names = sorted(cluster.name for cluster in split.clusters)
    assert not any(name.endswith(" 2") for name in names), names
    assert {"warm, red", "warm, green"} & set(names) and "warm" in names


def test_a_name_that_the_user_gave_stays_though_it_has_a_number(desk: Desk) -> None:
    desk.grouping.group("colour", k=3)
    desk.editing.rename("red", "pile")
    desk.editing.rename("green", "pile 2")
    desk.grouping.more()
    assert {"pile", "pile 2"} <= {cluster.name for cluster in desk.clusterings.get(None).clusters}


def test_more_groups_are_told_apart(desk: Desk) -> None:
    desk.grouping.group("colour", k=3)
    desk.editing.merge(["red", "green"], name="warm")
    made = desk.grouping.more()
    assert not any(cluster.name.endswith(" 2") for cluster in made.clusters)


def test_a_name_that_the_user_gave_to_a_merged_group_stays(desk: Desk) -> None:
    desk.grouping.group("colour", k=3)
    desk.editing.rename("blue", "pile")
    desk.editing.merge(["red", "green"], name="pile 2")
    assert "pile 2" in {cluster.name for cluster in desk.grouping.more().clusters}
