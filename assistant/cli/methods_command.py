"""Adds `regroup methods`, which lists the methods of grouping, and the options of one."""

from typing import Any

import click

from assistant.cli import output
from assistant.cli.options import JSON


@click.command()
@click.argument("name", required=False)
@JSON
def methods(name: str | None, as_json: bool) -> None:
    """List the methods of grouping with their sources, or all about NAME: equations, needs, options and defaults."""
    output.show(_one(name) if name else _all(), as_json, _lines)


def _all() -> dict[str, Any]:
    from tools.fuse.registry import METHODS
    from tools.fuse.sources import method_sources

    return {
        "methods": [
            {"name": name, "about": method.about, "source": method_sources()[name].source}
            for name, method in METHODS.items()
        ]
    }


def _one(name: str) -> dict[str, Any]:
    import inspect

    from tools.fuse.method_options import options_of
    from tools.fuse.registry import find_method
    from tools.fuse.sources import method_sources

    found = find_method(name)
    method = type(found)
    origin = method_sources().get(found.name)  # a single view has none
    needs = {
        "words and features": method.multimodal,
        "a judge, where there is one": method.asks_judge,
        "a language model for words, where there is one": method.asks_thinker,
        "your answers": method.learns_from_answers,
        "training, which takes the most of its time": method.trains,
    }
    described = (inspect.getdoc(method) or "").partition("\n\nAttributes:\n")[0]
    return {
        "name": found.name,
        "about": method.about,
        "description": described,
        "source": origin.source if origin else "",
        "equations": dict(origin.equations) if origin else {},
        "made_for": list(origin.inputs) if origin else [],
        "finds_number": method.estimates_k,
        "uses": [what for what, wanted in needs.items() if wanted],
        "options": [
            {"name": option.name, "default": option.default, "about": option.about}
            for option in options_of(method).values()
        ],
    }


def _lines(document: dict[str, Any]) -> list[str]:
    if "methods" in document:
        width = max(len(method["name"]) for method in document["methods"])
        listed = [
            line
            for method in document["methods"]
            for line in (
                f"{method['name']:<{width}}  {method['about']}",
                f"{'':<{width}}  [{method['source']}]",
            )
        ]
        return [*listed, "", 'regroup methods NAME tells all about one; "--method NAME" uses it.']
    lines = [f"{document['name']}: {document['about']}", "", document["description"], ""]
    if document["source"]:
        lines.append(f"source: {document['source']}")
    lines += [f"  Eq. {number}: {what}" for number, what in document["equations"].items()]
    if document["made_for"]:
        made_for = " and ".join(
            f"{'an' if work[0] in 'aeiou' else 'a'} {work}" for work in document["made_for"]
        )
        lines.append(f"made for: what {made_for} sees; with less, its figures say nothing about its source")
    if document["uses"]:
        lines.append(f"uses: {'; '.join(document['uses'])}")
    if not document["options"]:
        return [*lines, "no options"]
    lines.append(f'options, as in "--method {document["name"]}:{_example(document["options"])}":')
    for option in document["options"]:
        lines.append(f"  {option['name']}={_written(option['default'])}  {option['about']}")
    return lines


def _example(options: list[dict[str, Any]]) -> str:
    return ",".join(f"{option['name']}={_written(option['default'])}" for option in options[:2])


def _written(value: bool | float | str | None) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None else str(value)
