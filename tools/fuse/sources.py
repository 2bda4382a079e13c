"""Says where the methods are from: papers, equations that they compute, and models that they were made for."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class MethodSource:
    """Says where a method is from.

    Attributes:
        source: Its paper, or what else it stands on.
        equations: Number or range of numbers in the paper to what is computed there.
        inputs: What the models do that it was made for: "describer", "encoder", "judge". Where one is missing, its
            figures say nothing about the paper.
    """

    source: str
    equations: Mapping[str, str]
    inputs: tuple[str, ...]

    def lacking(self, models: Mapping[str, str]) -> tuple[str, ...]:
        """Return which of these are not among the models that looked, by what they do."""
        return tuple(work for work in self.inputs if work not in models)


@cache
def method_sources() -> Mapping[str, MethodSource]:
    """Return where every method is from, by its name."""
    text = files("tools.fuse").joinpath("sources.toml").read_text("utf-8")
    return {
        name: MethodSource(about["source"], about.get("equations", {}), tuple(about["inputs"]))
        for name, about in tomllib.loads(text).items()
    }
