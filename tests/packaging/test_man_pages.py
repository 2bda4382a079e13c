"""The manual pages, made from the commands themselves."""

from pathlib import Path

import click
import pytest

from assistant.cli import regroup
from tests.packaging.man_pages import write


def test_every_command_has_a_page(tmp_path: Path) -> None:
    pytest.importorskip("click_man", reason="click-man is not installed")
    pages = {page.name: page.read_text("utf-8") for page in write(tmp_path)}
    names = {f"regroup-{name}.1" for name in regroup.commands}
    nested = {
        f"regroup-{name}-{inner}.1"
        for name, command in regroup.commands.items()
        if isinstance(command, click.Group)
        for inner in command.commands
    }
    assert set(pages) == {"regroup.1"} | names | nested
    assert all(page.startswith(".TH ") for page in pages.values())
    assert "\\-\\-offline" in pages["regroup.1"] and "\\-\\-licences" in pages["regroup-models.1"]
