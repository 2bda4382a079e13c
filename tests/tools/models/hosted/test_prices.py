"""What hosts charge."""

from pathlib import Path

import pytest

from tools.errors import UsageError
from tools.models.hosted.chat_port import Answer, Message, Usage, text
from tools.models.hosted.jpeg import block
from tools.models.hosted.prices import Price, own_file, read
from tools.models.hosted.usage_meter import UsageMeter, dollars

OPENAI = "api.openai.com"


def test_the_table_that_comes_along(tmp_path: Path) -> None:
    prices = read(tmp_path / "none.toml")
    assert prices.find(OPENAI, "gpt-4o-mini") == Price(0.15, 0.60, 25501)
    assert prices.find(OPENAI, "gpt-4.1-2025-04-14") == prices.find(OPENAI, "gpt-4.1")
    assert prices.find("api.anthropic.com", "claude-haiku-4-5-20251001") == Price(1, 5, 786)
    # Neither a longer name nor another host is the same thing.
    assert prices.find(OPENAI, "gpt-4o-mini-audio") is None
    assert prices.find("cheap.example", "gpt-4o-mini") is None
    assert prices.find("127.0.0.1:8000", "anything", local=True) == Price(0, 0)
    assert str(tmp_path / "none.toml") in prices.unknown("cheap.example", "gpt-4o-mini")
    assert own_file().name == "prices.toml"


def test_the_users_own_file_goes_over_it(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(
        '["api.openai.com"."gpt-4o-mini"]\ninput = 1\noutput = 2.5\n'
        '["my.server:8000"]\n"qwen" = {input = 0, output = 1}\n'
    )
    prices = read(own)
    assert prices.find(OPENAI, "gpt-4o-mini") == Price(1, 2.5)
    assert prices.find("my.server:8000", "qwen") == Price(0, 1)
    assert prices.find(OPENAI, "gpt-4o") == Price(2.5, 10, 765)


@pytest.mark.parametrize(
    "wrong",
    [
        "this is = = no toml",
        '"api.openai.com" = 3',
        '["a"."b"]\ninput = 1',
        '["a"."b"]\ninput = "1"\noutput = 1',
        '["a"."b"]\ninput = -1\noutput = 1',
        '["a"."b"]\ninput = nan\noutput = 1',
        '["a"."b"]\ninput = true\noutput = 1',
        '["a"."b"]\ninput = 1\noutput = 1\ninputs = 3',
        '["a"]\nb = 3',
    ],
)
def test_a_file_that_is_no_table_is_told(wrong: str, tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(wrong)
    with pytest.raises(UsageError, match=r"prices\.toml") as told:
        read(own)
    assert "\n" not in str(told.value)


def test_the_meter_adds_up() -> None:
    meter = UsageMeter()
    messages = (Message("user", (block(b"12345"), block(b"123"), text("what is it?"))),)
    meter.sent(messages, "first")
    meter.sent(messages, "retry")
    meter.sent(messages, "repair")
    meter.sent(messages, "retry")
    meter.not_sent(messages, "retry")
    meter.answered(Answer("", Usage(1000, 10)))
    meter.answered(Answer("", Usage(2000, 20)))
    assert (meter.requests, meter.retries, meter.repairs, meter.images, meter.bytes) == (3, 1, 1, 6, 24)
    assert meter.cost(Price(2, 10)) == pytest.approx(3000 * 2e-6 + 30 * 10e-6)
    assert meter.cost(None) is None and "cost unknown" in meter.line(None)
    assert meter.line(Price(2, 10)) == "3 requests, 0 described, 3,000 + 30 tokens, $0.0063"
    meter.answered(Answer("", None))
    assert meter.cost(Price(2, 10)) is None and meter.cost(Price(0, 0)) == 0
    assert [dollars(x) for x in (0, 0.0042, 1234.5)] == ["$0", "$0.0042", "$1,234.50"]
