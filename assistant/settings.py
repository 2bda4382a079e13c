"""Reads settings from flags, then the environment (REGROUP_*), then regroup.toml, then these defaults."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from tools.errors import RegroupError, UsageError
from tools.export.disk import sync_file

MOST_SEED = 2**31
"""The largest seed of random choices, which every library takes."""


class Settings(BaseSettings):
    """Holds everything that a user can set. A flag such as --seed 3 becomes `Settings(seed=3)`."""

    model_config = SettingsConfigDict(env_prefix="REGROUP_", extra="ignore")

    workspace: Path | None = Field(default=None, description="Where Regroup keeps what it knows.")
    model: str | None = Field(
        default=None,
        description='Chat model: "auto" (or unset), "builtin", "local", "provider:name", "http://host:port/v1#name".',
    )
    gguf: Path | None = Field(default=None, description='A GGUF file for the model "local".')
    tier: Literal["auto", "bundled", "hub", "hosted"] = Field(
        default="auto", description="Models that look at the pictures; auto: the best that are already here."
    )
    describer: str | None = Field(
        default=None,
        description='Model that describes pictures: "openai:name", "anthropic:name", "ollama:name" or '
        '"http://host:port/v1#name" (hosted), or a model of the hub: "vlm-small", "owner/name", a folder.',
    )
    base_url: str | None = Field(default=None, description="Where a hosted describer's server is.")
    concurrency: int = Field(default=4, ge=1, le=64, description="Requests to a hosted describer at a time.")
    side: int | None = Field(
        default=None,
        ge=32,
        le=4096,
        description="Longest side of a picture shown to the describer, in pixels.",
    )
    encoder: str | None = Field(
        default=None,
        description='Encoder of the hub: "clip-small", "owner/name", "architecture:tag", a folder.',
    )
    judge: str | None = Field(
        default=None,
        description='Model that walkers ask: of the hub "vlm-small", "owner/name", a folder; hosted "openai:name", '
        '"http://host:port/v1#name"; "none"; the describer of the hub if unset.',
    )
    exemplars: int = Field(
        default=5,
        ge=0,
        le=5,
        description="Pictures of a group that a judge is shown; 0 for a model that reads one picture at a time.",
    )
    seed: int = Field(default=0, ge=0, le=MOST_SEED, description="Seed of every random choice.")
    images: bool = Field(default=True, description="Draw pictures in the terminal.")
    theme: Literal["dark", "light"] = Field(default="dark", description="Colours of the terminal app.")
    plain: bool = Field(default=False, description="Talk line by line, without boxes and colours.")
    include_skipped: bool | None = Field(
        default=None,
        description="Take in folders of other programs and what git ignores; as the last time if unset.",
    )
    sidecar: Literal["img.jpg.xmp", "img.xmp"] = Field(
        default="img.jpg.xmp",
        description="How a new sidecar is called: by its picture's whole name, or without the extension.",
    )
    offline: bool = Field(default=False, description="Never fetch anything, not even small weights.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=config_file())


def config_file() -> Path:
    """Return the path of regroup.toml, whether it exists or not."""
    return platformdirs.user_config_path("regroup") / "regroup.toml"


def load_settings(flags: Mapping[str, Any]) -> Settings:
    """Read the settings: flags over environment over regroup.toml over defaults.

    Raises:
        UsageError: A setting has a value that it cannot have, or regroup.toml cannot be read.
    """
    try:
        return Settings(**flags)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise UsageError(
            f"the setting {name} is wrong: {first['msg']}; see REGROUP_* and {config_file()}"
        ) from None
    except ValueError as error:  # a regroup.toml that is no TOML
        raise UsageError(f"cannot read {config_file()}: {error}") from None


def save_setting(name: str, value: str) -> Path:
    """Set one setting in regroup.toml and leave every other line as it is. Returns the file.

    Raises:
        RegroupError: The file cannot be written.
    """
    path = config_file()
    line = f"{name} = {json.dumps(value)}"
    try:
        text = path.read_text("utf-8") if path.exists() else ""
        top, rest = _parted(text)
        line_of_setting = re.compile(rf"^[ \t]*{re.escape(name)}[ \t]*=.*$", re.MULTILINE)
        top = (
            line_of_setting.sub(lambda _: line, top, count=1)
            if line_of_setting.search(top)
            else f"{line}\n{top}"
        )
        if tomllib.loads(top + rest).get(name) != value:  # what stands there is more than a line can change
            raise ValueError("it is not a list of plain lines")
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".partial")
        temporary.write_text(top + rest, "utf-8")
        sync_file(temporary)  # or a power cut might leave an empty file
        temporary.replace(path)
    except (OSError, ValueError) as error:
        raise RegroupError(f"cannot write {path}: {error}; set it there by hand: {line}") from error
    return path


def _parted(text: str) -> tuple[str, str]:
    """Split a TOML text at the line of its first table."""
    match = re.search(r"^[ \t]*\[", text, re.MULTILINE)
    at = match.start() if match else len(text)
    return text[:at], text[at:]
