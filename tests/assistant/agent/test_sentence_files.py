"""The files of sentences are read alike by each loader of YAML: which one there is depends on how PyYAML was built."""

from pathlib import Path

import pytest
import yaml

from assistant.agent import sentence_files
from assistant.agent.sentence_files import sentence_data

FOLDER = Path(sentence_files.__file__).with_name("sentences")


@pytest.mark.parametrize("language", sorted(folder.name for folder in FOLDER.iterdir()))
def test_the_slow_loader_reads_the_same(language: str) -> None:
    names = sorted(path.stem for path in (FOLDER / language).glob("*.yaml"))
    assert names
    for name in names:
        written = (FOLDER / language / f"{name}.yaml").read_text("utf-8")
        assert sentence_data(language, name) == yaml.safe_load(written), name
