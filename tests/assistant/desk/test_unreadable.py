"""What could not be read is remembered for as long as that is about its bytes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from langchain_core.messages import ToolCall

from assistant.agent.toolbox import Toolbox
from assistant.desk import Desk
from assistant.text.greeting import greeting
from tools.decode import decode
from tools.errors import RegroupError


def test_an_image_that_was_away_for_a_moment_is_there_again(
    open_desk: Callable[[], Desk], pictures: Path
) -> None:
    desk = open_desk()
    (pictures / "img-003.png").rename(pictures / "renamed.png")
    desk.experts.look()
    assert [(item.path.name, item.reason) for item in desk.collection.unreadable] == [
        ("img-003.png", "the file is gone")
    ]
    again = open_desk()
    again.experts.look()
    assert len(again.collection) == 12
    assert not again.collection.unreadable


def test_a_truncated_image_is_remembered(open_desk: Callable[[], Desk], pictures: Path) -> None:
    broken = pictures / "img-003.png"
    broken.write_bytes(broken.read_bytes()[:-60])
    open_desk().experts.look()
    again = open_desk()  # before anybody looks
    assert [item.path.name for item in again.collection.unreadable] == ["img-003.png"]


def test_why_is_said_where_the_folder_is_greeted_and_where_it_is_asked(
    open_desk: Callable[[], Desk], pictures: Path
) -> None:
    (pictures / "not [b]one[b].jpg").write_bytes(b"no picture")
    (pictures / "copy.png").write_bytes((pictures / "img-003.png").read_bytes())
    desk = open_desk()
    (file,) = desk.collection.unreadable
    assert f"Could not be read: not [b]one[b].jpg ({file.reason})." in greeting(desk.collection, first=False)
    box = Toolbox(desk)
    told = box.run(ToolCall(name="show", args={"cluster": "unreadable"}, id="1")).text
    assert told.splitlines() == ["1 file could not be read:", f'  "not [b]one[b].jpg": {file.reason}']
    told = box.run(ToolCall(name="show", args={"cluster": "duplicates"}, id="2")).text
    assert '"img-003.png": the same bytes as "copy.png"' in told and "1 duplicate file" in told


def test_what_could_not_be_decoded_is_tried_again_when_more_can_be(
    open_desk: Callable[[], Desk], pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (pictures / "img-003.png").rename(pictures / "img-003.new")
    with monkeypatch.context() as older:
        older.setattr(decode, "_formats", lambda: ["JPEG"])
        older.setattr("assistant.desk.desk.decoder", lambda: "older")
        (pictures / "a.jpg").write_bytes(_jpeg())
        assert len(open_desk().collection) == 1
    assert len(open_desk().collection) == 13


def _jpeg() -> bytes:
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "JPEG")
    return file.getvalue()


def test_what_shows_nothing_has_a_reason_and_no_group(open_desk: Callable[[], Desk], pictures: Path) -> None:
    from PIL import Image

    Image.new("RGB", (64, 64), "white").save(pictures / "sheet.png")
    Image.new("RGBA", (64, 64), (9, 9, 9, 0)).save(pictures / "clear.png")
    Image.new("L", (64, 64), 2).save(pictures / "cap.jpg")
    desk = open_desk()
    assert len(desk.grouping.group("colour", 3).images) == 12
    reasons = {str(item.path): item.reason for item in desk.collection.unreadable}
    assert reasons == {
        "cap.jpg": "shows nothing: black throughout",
        "clear.png": "shows nothing: white throughout",
        "sheet.png": "shows nothing: white throughout",
    }
    assert greeting(desk.collection, first=False).endswith(
        "Left out: cap.jpg (shows nothing: black throughout), clear.png (shows nothing: white throughout), and 1 more."
    )
    again = open_desk()  # before anybody looks
    assert {str(item.path): item.reason for item in again.collection.unreadable} == reasons


def test_a_folder_of_nothing_is_said_in_a_line(open_desk: Callable[[], Desk], pictures: Path) -> None:
    from PIL import Image

    for file in pictures.iterdir():
        file.unlink()
    for i in range(3):
        Image.new("L", (64 + i, 64), 255).save(pictures / f"{i}.png")
    with pytest.raises(RegroupError, match="image"):
        open_desk().grouping.group("colour")


def test_what_was_seen_in_pixels_of_older_rules_is_seen_again(
    open_desk: Callable[[], Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 16-bit picture that was once decoded to black is no longer black, nor is its thumbnail."""
    with monkeypatch.context() as older:
        older.setattr("tools.describe.describe.RULES", 1)
        older.setattr("assistant.desk.desk.decoder", lambda: "older")
        desk = open_desk()
        desk.experts.look()
        image = desk.collection.ids[0]
        desk.workspace.thumbnails.make(image, desk.collection.file(image))
        assert open_desk().experts.unlooked() == 0
        assert desk.workspace.thumbnails.path(image) is not None
    again = open_desk()
    assert again.experts.unlooked() >= len(again.collection)
    assert again.workspace.thumbnails.path(image) is None
