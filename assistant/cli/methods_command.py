"""Adds `regroup methods`, which lists the methods of grouping, and the options of one."""

from typing import Any

import click

from assistant.cli import output
from assistant.cli.options import JSON


@click.command()
@click.argument("name", required=False)
@JSON
def methods(name: str | None, as_json: bool) -> None:
    """List the methods of grouping, or all about the method NAME: its source, what it needs, and its options."""
    output.show(_one(name) if name else _all(), as_json, _lines)


def _all() -> dict[str, Any]:
    from tools.fuse.registry import METHODS

    return {"methods": [{"name": name, "about": method.about} for name, method in METHODS.items()]}


def _one(name: str) -> dict[str, Any]:
    import inspect

    from tools.fuse.method_options import options_of
    from tools.fuse.registry import find_method

    method = type(find_method(name))
    needs = {
        "words and features": method.multimodal,
        "a judge, where there is one": method.asks_judge,
        "your answers": method.learns_from_answers,
    }
    described = (inspect.getdoc(method) or "").partition("\n\nAttributes:\n")[0]
    return {
        "name": method.name,
        "about": method.about,
        "description": described,
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
        listed = [f"{method['name']:<{width}}  {method['about']}" for method in document["methods"]]
        return [*listed, "", 'regroup methods NAME tells all about one; "--method NAME" uses it.']
    lines = [f"{document['name']}: {document['about']}", "", document["description"], ""]
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
