"""Options of methods by name."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest

from tools.errors import UsageError
from tools.fuse.method_options import configured, options_in_force, options_of
from tools.fuse.mfavbs.mfavbs import Mfavbs
from tools.fuse.mllm_mc import MllmMc
from tools.fuse.registry import METHODS, find_method, method_label, method_of
from tools.fuse.sac import Sac
from tools.fuse.sources import method_sources
from tools.fuse.walk.walk import Walk


def test_an_option_is_set_and_the_others_are_as_before() -> None:
    made = find_method("sac:intra=off,neighbours=7")
    assert isinstance(made, Sac) and made.neighbours == 7 and not made.intra
    assert made.inter and made.alpha == Sac().alpha


def test_a_setting_of_the_plan_is_an_option_too() -> None:
    made = find_method("sac:epochs=50")
    assert isinstance(made, Sac) and made.plan.epochs == 50 and made.plan.patience == Sac().plan.patience
    walk = find_method("walk: tau=.7, budget=none")
    assert isinstance(walk, Walk) and walk.plan.tau == 0.7 and walk.plan.budget is None and walk.plan.merge
    trained = find_method("mfavbs:epochs=40,fusions=none,minutes=5")
    assert isinstance(trained, Mfavbs) and trained.epochs == 40 and trained.fusions is None
    assert type(trained.epochs) is int and trained.minutes == 5.0
    aligned = find_method("mllm_mc:keys=tags,residual=no")
    assert isinstance(aligned, MllmMc) and not aligned.residual


def test_settings_inside_settings_are_options_too() -> None:
    made = find_method("mllm_mc:epochs=3,tau=0.5")
    assert isinstance(made, MllmMc) and (made.alignment.plan.epochs, made.alignment.tau) == (3, 0.5)
    assert made.alignment.plan.patience == MllmMc().alignment.plan.patience
    values = options_in_force(made)
    assert (values["epochs"], values["tau"], values["residual"]) == (3, 0.5, True)
    assert list(values) == list(options_of(MllmMc)) and options_in_force(find_method("kmeans")) == {}


@pytest.mark.parametrize("name", METHODS)
def test_the_source_of_every_method_is_told_and_what_it_was_made_for(name: str) -> None:
    origin = method_sources()[name]
    assert origin.source and set(origin.inputs) <= {"describer", "encoder", "judge"}
    assert origin.lacking({"encoder": "a", "describer": "b", "judge": "c"}) == ()
    assert origin.lacking({}) == origin.inputs


def test_sources_are_of_methods_that_there_are() -> None:
    assert set(method_sources()) == set(METHODS)


def test_defaults_and_descriptions_are_those_of_the_method() -> None:
    known = options_of(Sac)
    assert known["epochs"].default == Sac().plan.epochs and known["epochs"].inside == "plan"
    assert known["intra"].about.startswith("Whether there is L_RC^intra") and "checkpoint" not in known


@pytest.mark.parametrize("name", METHODS)
def test_every_option_of_every_method_is_described_and_takes_its_own_default(name: str) -> None:
    for option in options_of(METHODS[name]).values():
        assert option.about, f"{name} does not describe {option.name}"
        default = option.default
        shown = {True: "on", False: "off"}[default] if isinstance(default, bool) else str(default).lower()
        assert options_of(type(configured(METHODS[name], f"{option.name}={shown}")))[option.name] == option


@pytest.mark.parametrize("name", METHODS)
def test_no_two_options_of_a_method_share_a_name(name: str) -> None:
    """Of two of one name one could not be set."""

    def names(settings: object) -> Iterator[str]:
        for field in fields(settings):  # type: ignore[arg-type]
            value = getattr(settings, field.name)
            if is_dataclass(value):
                yield from names(value)
            else:
                yield field.name

    listed = list(names(METHODS[name]())) if is_dataclass(METHODS[name]) else []
    assert len(listed) == len(set(listed)), listed


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sac:colour=red", 'sac has no option "colour"; it has neighbours, alpha'),
        ("sac:intra", 'sac: "intra" is no option; write NAME=VALUE with one of neighbours'),
        ("sac:intra=perhaps", 'sac: intra is on or off, not "perhaps"'),
        ("sac:neighbours=2.5", 'sac: neighbours is a whole number of at least 0, not "2.5"'),
        ("mfavbs:epochs=2.5", 'mfavbs: epochs is a whole number of at least 0, not "2.5"'),
        ("sac:tau=-1", "sac: tau is a number of at least 0"),
        ("sac:tau=nan", "sac: tau is a number"),
        ("sac:alpha=none", "sac: alpha is a number"),
        ("mllm_mc:keys=words", "mllm_mc: keys is one of"),
        ("kmeans:k=3", 'kmeans has no option "k"; it has none'),
        ("magic:k=3", 'there is no method "magic"'),
    ],
)
def test_what_is_no_option_is_refused_in_one_line(text: str, why: str) -> None:
    with pytest.raises(UsageError) as raised:
        find_method(text)
    assert why in str(raised.value) and "\n" not in str(raised.value)


def test_a_label_keeps_the_name_and_the_options() -> None:
    assert method_label("The Walkers:budget=0.5") == "walk:budget=0.5"
    assert method_label("k-means") == "kmeans" and method_label("view:a:b") == "view:a:b"
    assert method_of("walk:budget=0.5") is Walk and method_of("merged by hand") is None
