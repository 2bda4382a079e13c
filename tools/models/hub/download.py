"""Fetches models of the Hugging Face hub in pinned revisions, and finds those that are on this machine.

Loading a model never fetches it: `Hub.needs` says how large it is, and `Hub.fetch` fetches it once the user agreed.
"""

import os
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from tools.errors import Cancelled, RegroupError
from tools.models.hub.catalogue import WEIGHTS, Entry, find, own_path
from tools.models.hub.integrity import CONFIGS, flaw, is_complete
from tools.progress import Progress, silent

_TIMEOUT = 15.0
"""The number of seconds after which a hub that does not answer counts as unreachable."""


class Hub:
    """Finds the models of the hub on this machine, and fetches those that are not.

    Args:
        root: Where they are kept. Default: the hub's own cache (HF_HOME), shared with other programs.
        offline: Whether nothing is ever fetched. Default: the environment variables REGROUP_OFFLINE and HF_HUB_OFFLINE
            (1, true, yes, on).
        endpoint: Address of the hub. Default: HF_ENDPOINT, otherwise huggingface.co.
    """

    def __init__(
        self, root: Path | None = None, offline: bool | None = None, endpoint: str | None = None
    ) -> None:
        self.root = root
        self.offline = _offline_by_environment() if offline is None else offline
        self.endpoint = endpoint

    def path(self, name: str) -> Path | None:
        """Return the folder or file of a model that is completely here, otherwise None. Nothing is sent.

        A name that is a path means that path, unless the catalogue has it.

        Raises:
            tools.errors.UsageError: There is no model of that name.
        """
        if local := own_path(name):
            return local
        entry = find(name)
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

        # Outside the catalogue nobody knows offline which files were wanted: the weights are checked below.
        wanted = list(entry.files) if entry.size is not None else list(CONFIGS)
        try:
            folder = snapshot_download(
                entry.repository,
                revision=entry.revision,
                cache_dir=self.root,
                allow_patterns=wanted,
                local_files_only=True,
            )
        except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError):
            return None
        return Path(folder) if is_complete(Path(folder)) else None

    def needs(self, name: str) -> int | None:
        """Return the bytes that would be fetched for a model: 0 where it is here, None where that is unknown.

        The hub is asked only about a model outside the catalogue.

        Raises:
            tools.errors.UsageError: There is no model of that name.
        """
        if self.path(name) is not None:
            return 0
        entry = find(name)
        if entry.size is not None:
            return entry.size
        if self.offline:
            return None
        try:
            return sum(size for _, size in self._listing(entry))
        except RegroupError:
            return None

    def fetch(self, name: str, progress: Progress = silent) -> Path:
        """Fetch a model unless it is here. What an earlier attempt fetched is not fetched again.

        Raises:
            tools.errors.UsageError: There is no model of that name.
            tools.errors.RegroupError: The hub cannot be reached, has no such model, or fetching is switched off.
            tools.errors.Cancelled: `progress` asked to stop; what was fetched stays for the next attempt.
        """
        if local := self.path(name):
            return local
        entry = find(name)
        if self.offline:
            raise RegroupError(f"The model {name} is not here and fetching is switched off (offline)")
        files = [file for file, _ in self._listing(entry)] if entry.size is None else list(entry.files)
        if not files:
            raise RegroupError(f"The hub's {entry.repository} has no weights that can be read safely")
        self._snapshot(entry, allow_patterns=files, tqdm_class=_bar(f"fetching {name}", entry.size, progress))
        if (local := self.path(name)) is None:
            raise RegroupError(f"The model {name} came without its weights: name another revision")
        return local

    def require(self, name: str) -> Path:
        """Return the folder or file of a model that is here. Nothing is fetched or loaded.

        Raises:
            tools.errors.RegroupError: It is not here; the line says how large it is and how to get it.
        """
        if local := self.path(name):
            return local
        needed = find(name).size
        size = f" ({megabytes(needed)})" if needed else ""
        raise RegroupError(f"The model {name}{size} is not here: regroup models fetch {name}")

    def ready(self, name: str) -> Path:
        """Return the folder of a model as `require` does, and check what can be checked before it is loaded.

        Raises:
            tools.errors.RegroupError: It is not here, or damaged; the line says how to get it.
        """
        local = self.require(name)
        if local.is_dir() and (why := flaw(local)):
            again = f"bring it again: regroup models remove {name}; regroup models fetch {name}"
            hint = "name another model, or make it again" if own_path(name) else again
            raise RegroupError(f"The model {name} cannot be loaded: {why}; {hint}")
        return local

    def _listing(self, entry: Entry) -> list[tuple[str, int]]:
        """Return the files of a model outside the catalogue that are needed, with their numbers of bytes."""
        sizes = {
            file.filename: file.file_size
            for file in self._snapshot(
                entry, dry_run=True, allow_patterns=list(entry.files), tqdm_class=_bar("", 0, silent)
            )
        }
        return [(file, sizes[file]) for file in needed_files(list(sizes))]

    def _snapshot(self, entry: Entry, **arguments: Any) -> Any:
        """Call the hub's `snapshot_download`; its errors become a RegroupError of one line."""
        from logging import ERROR

        import httpx2
        from huggingface_hub import HfApi, logging, snapshot_download
        from huggingface_hub.errors import (
            DryRunError,
            GatedRepoError,
            HfHubHTTPError,
            HFValidationError,
            LocalEntryNotFoundError,
            RepositoryNotFoundError,
            RevisionNotFoundError,
        )

        address = self.endpoint or os.environ.get("HF_ENDPOINT") or "huggingface.co"
        unreachable = (
            f"the model hub cannot be reached; {entry.name} was looked for at {address}: try again online"
        )
        verbosity = logging.get_verbosity()
        logging.set_verbosity(ERROR)  # its lines about retries would be written over the screen
        try:
            # This is asked first, because it fails at once where the download would try for half a minute.
            HfApi(endpoint=self.endpoint).model_info(
                entry.repository, revision=entry.revision, timeout=_TIMEOUT
            )
            return snapshot_download(
                entry.repository,
                revision=entry.revision,
                cache_dir=self.root,
                endpoint=self.endpoint,
                **arguments,
            )
        except Cancelled:
            raise
        except GatedRepoError as error:
            raise RegroupError(f"{entry.repository} asks you to accept its terms on the hub first") from error
        except RevisionNotFoundError as error:
            raise RegroupError(f"The hub's {entry.repository} has no revision {entry.revision}") from error
        except (RepositoryNotFoundError, HFValidationError) as error:
            raise RegroupError(f"The hub has no model {entry.repository}") from error
        except (
            LocalEntryNotFoundError,
            DryRunError,
            HfHubHTTPError,
            httpx2.HTTPError,
            ConnectionError,
        ) as error:
            cause = error.__cause__
            if isinstance(cause, GatedRepoError | RepositoryNotFoundError):
                raise RegroupError(
                    f"The hub has no model {entry.repository} that everybody may read"
                ) from error
            raise RegroupError(unreachable) from error
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise RegroupError(
                f"The model {entry.name} could not be kept: {reason}: {error.filename}"
            ) from error
        finally:
            logging.set_verbosity(verbosity)


def needed_files(files: list[str]) -> list[str]:
    """Return the files of a repository that are needed: its settings, and the safest single copy of its weights."""
    top = [file for file in files if "/" not in file]
    weights = [file for file in top if any(fnmatch(file, pattern) for pattern in WEIGHTS)]
    settings = [file for file in top if file not in weights]
    open_clip_files = [file for file in weights if file.startswith("open_clip")] if CONFIGS[0] in top else []
    weights = open_clip_files or weights
    safe = [file for file in weights if file.endswith(".safetensors")]
    if safe or open_clip_files:
        # Shards belong together; of several complete files the plain one ("model") is taken.
        chosen = safe or open_clip_files
        chosen = (
            chosen
            if any("-of-" in file for file in chosen)
            else sorted(chosen, key=lambda f: (len(f), f))[:1]
        )
    else:
        chosen = weights
    return settings + chosen if chosen else []


def megabytes(size: int) -> str:
    """Return a size for people: "605 MB", "4.4 GB"."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(1, round(size / 1e6))} MB"


def _bar(stage: str, size: int | None, progress: Progress) -> type[Any]:
    """Return a class of progress bars that draw nothing and report the bytes that are there to `progress`."""
    from tqdm.auto import tqdm

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            # Other bars count files and bytes of the network; only what is written is reported.
            self.counts = kwargs.get("unit") == "B" and str(kwargs.get("desc", "")).startswith(
                "Reconstructing"
            )
            kwargs.pop("name", None)
            kwargs["disable"] = True
            super().__init__(*args, **kwargs)
            self.seen = 0
            if self.counts:
                progress(stage, 0, size or 0)

        def update(self, n: float | None = 1) -> bool | None:
            self.seen += int(n or 0)
            if self.counts:
                progress(stage, self.seen, max(size or 0, int(self.total or 0), self.seen))
            return None

    return Bar


def _offline_by_environment() -> bool:
    values = (os.environ.get(name, "") for name in ("REGROUP_OFFLINE", "HF_HUB_OFFLINE"))
    return any(value.strip().lower() in {"1", "true", "yes", "on"} for value in values)
