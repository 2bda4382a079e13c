"""Says what hosts charge: the built-in price table, overridden by the user's own."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from tools.errors import UsageError
from tools.names import quoted

# The end of a model's name that has a date or says "latest".
_DATED = re.compile(r"-(latest|\d{8}|\d{4}-\d{2}-\d{2})$")


@dataclass(frozen=True, slots=True)
class Price:
    """Gives a price in US dollars for a million tokens.

    Attributes:
        input: For tokens that are sent.
        output: For tokens that are answered.
        picture: Tokens that a picture of 768 x 768 pixels counts as, or None where unknown; only estimates use it.
    """

    input: float
    output: float
    picture: int | None = None

    @property
    def free(self) -> bool:
        """Return whether nothing is charged."""
        return self.input == 0 and self.output == 0

    def of(self, tokens_in: float, tokens_out: float) -> float:
        """Return the cost of a number of tokens, in US dollars."""
        return (tokens_in * self.input + tokens_out * self.output) / 1e6


@dataclass(frozen=True, slots=True)
class Prices:
    """Lists prices by host and model.

    Attributes:
        table: Host and model to the price.
        user_file: The user's price file, which need not exist; a missing price can be added there.
    """

    table: dict[tuple[str, str], Price]
    user_file: Path

    def find(self, host: str, model: str, local: bool = False) -> Price | None:
        """Return the price of a model at a host, or None where it is not known.

        A dated name ("gpt-4.1-2025-04-14") has the price of the plain name unless it has its own. A model on this
        machine is free unless the user's file says otherwise.
        """
        price = self.table.get((host, model)) or self.table.get((host, _DATED.sub("", model)))
        return price or (Price(0, 0) if local else None)

    def unknown(self, host: str, model: str) -> str:
        """Return one line that says that a price is missing, and where to add it."""
        return f'the cost is not known: no price for "{model}" at {host}; add it to {self.user_file}'


def own_file() -> Path:
    """Return the path of the user's price file."""
    return platformdirs.user_config_path("regroup") / "prices.toml"


def read(user_file: Path | None = None) -> Prices:
    """Return the built-in prices, overridden by the user's own.

    Args:
        user_file: The user's price file, which need not exist. Default: `own_file()`.

    Raises:
        UsageError: The user's file cannot be read or is not a price table.
    """
    user_file = user_file or own_file()
    table = _table(Path(__file__).with_name("prices.toml"))
    if user_file.is_file():
        table |= _table(user_file)
    return Prices(table, user_file)


def _table(path: Path) -> dict[tuple[str, str], Price]:
    try:
        hosts = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"the prices in {path} cannot be read: {error.strerror or error}") from None
    except ValueError as error:  # not TOML, or not UTF-8
        raise UsageError(f"the prices in {path} cannot be read: {str(error).splitlines()[0]}") from None
    prices = {}
    for host, models in hosts.items():
        if not isinstance(models, dict):
            raise UsageError(f'in {path}, "{host}" must be a host with models, such as ["{host}"."model"]')
        for model, entry in models.items():
            prices[host, model] = _price(entry, f'["{host}"."{model}"] in {path}')
    return prices


def _price(entry: Any, where: str) -> Price:
    if not isinstance(entry, dict) or not {"input", "output"} <= entry.keys() <= {
        "input",
        "output",
        "picture",
    }:
        raise UsageError(
            f"{where} must have input and output, in dollars per million tokens, and may have picture"
        )
    for value in entry.values():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9:
            raise UsageError(f"{where}: {quoted(str(value))} is not a price; write a number such as 0.15")
    picture = entry.get("picture")
    return Price(float(entry["input"]), float(entry["output"]), None if picture is None else int(picture))
