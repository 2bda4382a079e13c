"""Settings: flags, then environment (REGROUP_*), then regroup.toml, then these defaults."""

from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class Settings(BaseSettings):
    """Everything a user can set. `Settings(seed=3)` is what a flag does."""

    model_config = SettingsConfigDict(env_prefix="REGROUP_", extra="ignore")

    workspace: Path | None = Field(default=None, description="Where Regroup keeps what it knows.")
    model: str | None = Field(
        default=None,
        description='Chat model: "auto" (or unset), "builtin", "local", "provider:name", "http://host:port/v1#name".',
    )
    gguf: Path | None = Field(default=None, description='A GGUF file for the model "local".')
    tier: Literal["auto", "bundled", "hub", "hosted"] = Field(
        default="auto", description="Models that look at the pictures; auto: the best that are here already."
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
    seed: int = Field(default=0, ge=0, le=2**31, description="Seed of every random choice.")
    images: bool = Field(default=True, description="Draw pictures in the terminal.")
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
    """Where regroup.toml is looked for."""
    return platformdirs.user_config_path("regroup") / "regroup.toml"
