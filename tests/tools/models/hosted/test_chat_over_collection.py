"""500 pictures through a server that misbehaves in every way; then one that is killed in the middle."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.models.chat_model import chat_model
from assistant.workspace.cache import FindingsCache
from tools.errors import Cancelled
from tools.models.hosted.chat_client import ChatClient
from tools.models.hosted.chat_describer import ChatDescriber
from tools.models.hosted.chat_over_collection import Described, describe_all
from tools.models.hosted.prices import Price
from tools.models.hosted.request_policy import RequestPolicy
from tools.models.ports import Decode, Question
from tools.scan.collection import Collection, scan
from tools.scan.prefetch import decoded

REPOSITORY = Path(__file__).parents[4]
QUICK = RequestPolicy(timeout=3.0, limit=30.0, attempts=5, first=0.02, longest=0.2, in_a_row=30, grace=1.0)


def decode(collection: Collection) -> Decode:
    return lambda ids: decoded(collection, ids)


def describer(url: str, policy: RequestPolicy = QUICK) -> ChatDescriber:
    return ChatDescriber(ChatClient(chat_model("openai:tiny", address=url), policy=policy))


def colour(collection: Collection, image: str) -> str:
    return collection.by_id(image).path.stem.split("-")[1]


class Misbehaving:
    """What happens to the n-th picture that comes: every sixth or so meets something, some of them for ever."""

    def __init__(self, http_date: Callable[[float], str]) -> None:
        self.http_date = http_date
        self.lock = threading.Lock()
        self.ranks: dict[str, int] = {}
        self.lost = 0
        self.uncounted = 0
        self.kinds: dict[str, str] = {}
        self.bursts = 0

    def __call__(self, call: Any) -> None:
        with self.lock:
            rank = self.ranks.setdefault(call.image, len(self.ranks))
            burst = 120 <= call.order < 132
            self.bursts += burst
        if burst:
            return call.error(429, "slow down", {"Retry-After": "0.3"})
        kind = self.kinds[call.image] = KINDS.get(rank % 60, "good")
        if kind == "hang" and rank >= 240:  # a few are enough: each costs the whole timeout
            kind = self.kinds[call.image] = "good"
        if kind == "http-date" and rank >= 60:
            kind = self.kinds[call.image] = "429"
        getattr(self, kind.replace("-", "_"))(call) if kind != "good" else call.say(call.good(), usable=True)
        return None

    def _once(self, call: Any, bad: Callable[[], None]) -> None:
        if call.number == 0:
            bad()
        else:
            call.say(call.good(), usable=True)

    def number_429(self, call: Any) -> None:
        self._once(call, lambda: call.error(429, headers={"Retry-After": "0.05"}))

    def http_date_(self, call: Any) -> None:
        self._once(call, lambda: call.error(429, headers={"Retry-After": self.http_date(1)}))

    def error_500(self, call: Any) -> None:
        self._once(call, lambda: call.error(500, f"broken {call.handler.headers['Authorization']}"))

    def hang(self, call: Any) -> None:
        self.lost += call.number == 0
        self._once(call, lambda: call.hang(3.5))

    def drop(self, call: Any) -> None:
        self.lost += call.number == 0
        self._once(call, call.drop)

    def html(self, call: Any) -> None:
        self.lost += call.number == 0
        self._once(call, lambda: call.send(200, "<html>gateway</html>", {"Content-Type": "text/html"}))

    def cut_body(self, call: Any) -> None:
        self.lost += call.number == 0
        self._once(call, lambda: call.send(200, '{"id": "1", "choices": [{"mess'))

    def truncated(self, call: Any) -> None:
        self._once(call, lambda: call.say('{"colour": {"value": "re', finish_reason="length"))

    def prose_around(self, call: Any) -> None:
        call.say(f"Here's a detailed description!\n```json\n{call.good()}\n```\nAsk me more.", usable=True)

    def think(self, call: Any) -> None:
        call.say('<think>{"colour": {"value": "blue"}} or not?</think>' + call.good(), usable=True)

    def wrong_language(self, call: Any) -> None:
        self._once(call, lambda: call.say(call.good(value={"red": "rot"}.get(call.colour, "farbig"))))

    def always_wrong_language(self, call: Any) -> None:
        call.say(call.good(value="farbig"))

    def always_prose(self, call: Any) -> None:
        call.say("The image shows a lovely shape. Error: 500. " * 20)

    def always_500(self, call: Any) -> None:
        call.error(500)

    def rejected(self, call: Any) -> None:
        call.error(400, "this picture is against our rules")

    def refused(self, call: Any) -> None:
        call.say("", refusal="I will not look at this")


KINDS = {
    1: "number-429", 4: "http-date-", 6: "error-500", 9: "hang", 12: "drop", 15: "html", 18: "cut-body",
    21: "truncated", 25: "prose-around", 28: "think", 31: "wrong-language", 34: "always-wrong-language",
    37: "always-prose", 40: "always-500", 43: "rejected", 46: "refused", 50: "number-429", 55: "truncated",
}  # fmt: skip
FAIL = {"always-wrong-language", "always-prose", "always-500", "rejected", "refused"}


def test_500_pictures_and_everything_that_goes_wrong(
    server: Any,
    key: str,
    shapes: Path,
    question: Question,
    cache: FindingsCache,
    http_date: Callable[[float], str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.reply = trouble = Misbehaving(http_date)
    collection = scan(shapes)
    asking = describer(server.url)
    told: list[tuple[int, int]] = []
    found = describe_all(
        asking,
        question,
        collection.ids,
        decode(collection),
        cache,
        progress=lambda stage, done, total: told.append((done, total)),
    )

    # Every one is described or in the pile, and what is described is right.
    assert len(collection) == 500 and set(found.slots) | set(found.failures) == set(collection.ids)
    assert not set(found.slots) & set(found.failures) and not found.unreadable
    for image, slots in found.slots.items():
        assert [(s.name, s.value) for s in slots] == [("colour", colour(collection, image))]
    assert {slot.confidence for slots in found.slots.values() for slot in slots} == {0.9}
    failing = sum(kind in FAIL for kind in trouble.kinds.values())
    assert len(found.failures) == failing > 30 and len(trouble.ranks) == 500
    assert all(reason and "\n" not in reason and len(reason) < 300 for reason in found.failures.values())
    reasons = " ".join(found.failures.values())
    for why in ("must be one of", "no JSON object", "error 500", "against our rules", "the model refused"):
        assert why in reasons
    assert trouble.bursts and told[0] == (0, 500) and told[-1][1] == 500

    # None was asked again after it was answered; never too many at a time.
    assert server.after_served == 0 and set(server.served.values()) == {1}
    assert len(server.served) == len(found.slots)
    assert server.most <= QUICK.concurrency

    # The meter is the server's own count.
    meter = found.meter
    counted = (server.requests, server.images, server.bytes, server.tokens_in, server.tokens_out)
    assert (meter.requests, meter.images, meter.bytes, meter.tokens_in, meter.tokens_out) == counted
    assert meter.described == len(found.slots) and meter.failed == len(found.failures)
    assert meter.requests == 500 + meter.retries + meter.repairs
    assert meter.lost == trouble.lost > 10 and meter.uncounted == 0
    price = Price(0.15, 0.60)
    assert meter.cost(price) == (server.tokens_in * 0.15 + server.tokens_out * 0.60) / 1e6

    # Nothing of the files but the pixels went out, and the key nowhere else.
    assert not any(s in p for p in server.pictures for s in (b"SECRET", b"Exif", b"http:", b"ICC_PROFILE"))
    assert server.keys == {f"Bearer {key}"}
    shown = [caplog.text, repr(asking), repr(asking.client), repr(asking.client.model), repr(found)]
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(key in text for text in shown) and kept and not any(key.encode() in d for d in kept)

    # A second run asks for the failures alone.
    before, server.reply = server.requests, lambda call: call.say(call.good(), usable=True)
    again = describe_all(asking, question, collection.ids, decode(collection), cache)
    assert server.requests - before == failing and not again.failures and len(again.slots) == 500
    assert server.after_served == 0


CHILD = """
import sys
from pathlib import Path
from assistant.models.chat_model import chat_model
from assistant.workspace.cache import FindingsCache
from tools.scan.collection import scan
from tools.scan.prefetch import decoded
from tools.models.hosted.chat_client import ChatClient
from tools.models.hosted.chat_describer import ChatDescriber
from tools.models.hosted.chat_over_collection import describe_all
from tools.models.ports import Question

url, folder, workspace = sys.argv[1:]
collection = scan(Path(folder))
question = Question("colour of the shape", ("colour",), {"colour": ("red", "green", "blue")})
describer = ChatDescriber(ChatClient(chat_model("openai:tiny", address=url)))
cache = FindingsCache(Path(workspace) / "cache")
print(len(cache.missing(describer.key(question), collection.ids)), flush=True)
found = describe_all(describer, question, collection.ids, lambda ids: decoded(collection, ids), cache)
print(len(found.slots), len(found.failures), found.meter.requests, flush=True)
"""


def test_killed_in_the_middle_it_asks_only_for_the_rest(server: Any, shapes: Path, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", CHILD, server.url, str(shapes), str(tmp_path / "workspace")]

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    child = start()
    try:
        until = time.monotonic() + 60
        while server.requests < 200:
            assert child.poll() is None, child.communicate()
            assert time.monotonic() < until
            time.sleep(0.005)
        child.send_signal(signal.SIGKILL)
        child.wait(10)
    finally:
        child.kill()
    assert child.returncode == -signal.SIGKILL
    time.sleep(0.2)  # what the server was just answering
    first = dict(server.served)
    assert 190 <= sum(first.values()) < 450

    child = start()
    said, complaints = child.communicate(timeout=100)
    assert child.returncode == 0, complaints
    missing, described, failed, requests = map(int, said.split())
    assert (described, failed) == (500, 0)
    # It asked for what was not kept and for nothing else; what was answered but not yet kept are those under way.
    assert requests == missing and server.requests == sum(first.values()) + missing
    assert len(server.served) == 500
    twice = [image for image, times in server.served.items() if times > 1]
    assert len(twice) <= RequestPolicy().concurrency and set(twice) <= set(first)
    assert missing == 500 - (len(first) - len(twice))


def test_cancelling_is_quick_and_loses_nothing_finished(
    server: Any, shapes: Path, question: Question, cache: FindingsCache
) -> None:
    collection = scan(shapes)
    asking = describer(server.url)
    stopped_at = 0.0

    def reply(call: Any) -> None:
        # From the fortieth on the server takes its time: some answers come within the grace, the last ones never.
        if call.order > 40:
            time.sleep(0.3 if call.order <= 42 else 1.8)
        call.say(call.good(), usable=True)

    def stop(stage: str, done: int, total: int) -> None:
        nonlocal stopped_at
        if done >= 40:
            stopped_at = time.monotonic()
            raise Cancelled("stopped")

    server.reply = reply
    with pytest.raises(Cancelled):
        describe_all(asking, question, collection.ids, decode(collection), cache, progress=stop)
    assert time.monotonic() - stopped_at < 2.0
    kept = 500 - len(cache.missing(asking.key(question), collection.ids))
    sent = server.requests
    assert 40 <= kept <= 42 and kept == asking.client.meter.described
    assert asking.client.meter.requests == sent and asking.client.meter.lost == sent - kept
    time.sleep(0.5)
    assert server.requests == sent  # nothing goes on behind the user's back

    server.reply = lambda call: call.say(call.good(), usable=True)
    found: Described = describe_all(asking, question, collection.ids[:60], decode(collection), cache)
    assert len(found.slots) == 60 and server.requests == sent + 60 - kept
