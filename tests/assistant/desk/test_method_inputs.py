"""What a method is given besides views."""

from pathlib import Path
from typing import Any

from assistant.agent.toolbox import Toolbox
from assistant.desk import Desk
from assistant.settings import Settings


class Silent:
    name = "silent"

    def think(self, prompt: str, schema: Any) -> Any:
        raise AssertionError("nobody asks it here")


def test_the_language_model_of_the_conversation_is_given_to_methods_that_ask_for_words(
    album: Path, tmp_path: Path
) -> None:
    with Desk.open(album, Settings(workspace=tmp_path / "own", offline=True)) as desk:
        assert desk.grouping.method_inputs("multi_sub", ())["thinker"] is None
        thinker = Silent()
        Toolbox(desk, thinker)
        assert desk.grouping.method_inputs("multi_sub", ())["thinker"] is thinker
        assert desk.grouping.method_inputs("kmeans", ())["thinker"] is None
