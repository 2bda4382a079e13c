"""Asks on the command line for permission to send pictures of a collection to a host."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from tools.errors import UsageError
from tools.names import visible

if TYPE_CHECKING:
    from assistant.desk import Desk
    from assistant.models.consent import Quote


def obtain_consent(
    desk: "Desk",
    by: str,
    values: Sequence[str],
    again: bool,
    send_to: str | None,
    ask: bool = True,
    method: str | None = None,
) -> list[str]:
    """Have the user decide, where grouping would send pictures and they have not allowed that yet.

    Args:
        desk: The collection.
        by: The criterion to group by.
        values: The values that a describer chooses from.
        again: Whether images that failed are asked about again.
        send_to: The host that the user named, "none" to withdraw the consent, or None.
        ask: Whether the user may be asked at the terminal, which a command that is long at work does not do.
        method: The method that is used, which may ask a judge at a host; None for the default one.

    Returns:
        Lines for the user: what is sent, or why nothing is sent and the next tier is used.

    Raises:
        UsageError: The hosted tier was set and the user did not allow it, or named another host.
    """
    if send_to == "none":
        desk.models.withdraw()
        return ["the consent is withdrawn: nothing of this collection is sent anywhere"]
    wanted = (
        (desk.models.quote(by, values, again), False),
        (desk.models.judge_quote(method), True),
    )
    quotes = [(quote, judging) for quote, judging in wanted if quote is not None]
    named = [quote for quote, _ in quotes if send_to in (quote.sending.host, quote.sending.origin)]
    if send_to is not None and quotes and not named:
        hosts = " and ".join(dict.fromkeys(quote.sending.host for quote, _ in quotes))
        raise UsageError(f"--send-to {send_to} is the wrong host: pictures would go to {hosts}")
    lines = [_decided(desk, quote, judging, quote in named, ask) for quote, judging in quotes]
    return [line for line in lines if line]


def _decided(desk: "Desk", quote: "Quote", judging: bool, named: bool, ask: bool) -> str:
    """Have the user decide about one quote; `named` is whether they named the host. Return a line, or ""."""
    if not quote.needed:
        return quote.estimate.line()
    if named:
        desk.models.allow(quote.sending)
        return quote.estimate.line()
    refused = _ask(quote) if ask and sys.stdin.isatty() and sys.stderr.isatty() else _refusal(quote)
    if not refused:
        desk.models.allow(quote.sending)
        return ""
    if desk.settings.tier == "hosted" and not judging:
        raise UsageError(refused)
    desk.models.decline(judging)
    return refused


def _ask(quote: "Quote") -> str:
    """Ask at the terminal. Returns why nothing is sent, or "" where the user agreed."""
    click.echo(visible(quote.sending.line()), err=True)
    click.echo(visible(quote.estimate.line()), err=True)
    click.echo("Each further criterion asks about the same pictures again, at about the same cost.", err=True)
    if click.confirm("Send them for this collection?", err=True):
        return ""
    return f"nothing was sent to {quote.sending.host}"


def _refusal(quote: "Quote") -> str:
    """Return why nothing is sent where nobody can be asked, and how to allow it."""
    sending = quote.sending
    return (
        f"nothing is sent to {sending.host} without your consent: {sending.line()}; {quote.estimate.money}; "
        f"allow it with --send-to {sending.host}"
    )
