"""A server on this machine that speaks the OpenAI chat-completions API and misbehaves as it is told."""

import base64
import hashlib
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assistant.workspace.cache import FindingsCache
from tools.models.ports import Question

KEY = "sk-regroup-test-5f3b1c9e7a2d4680"
COLOURS = {"red": (215, 30, 35), "green": (30, 160, 50), "blue": (35, 65, 215)}
WRONG = {"red": "rot", "green": "gruen", "blue": "blau"}

Reply = Callable[["Call"], None]


class Call:
    """One request that the server got, and the ways in which it can be answered."""

    def __init__(self, server: "Server", handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        self.server = server
        self.handler = handler
        self.body = body
        content = [part for m in body["messages"] if isinstance(m["content"], list) for part in m["content"]]
        urls = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
        self.text = " ".join(part["text"] for part in content if part["type"] == "text")
        self.pictures = [base64.b64decode(url.removeprefix("data:image/jpeg;base64,")) for url in urls]
        self.image = hashlib.sha256(self.pictures[-1]).hexdigest() if self.pictures else ""
        self.repair = len(body["messages"]) > 1
        self.order = 0
        """The how manieth request of all this is, from 1."""
        self.number = 0
        """How often this picture came before."""
        self.open = True

    def leave(self) -> None:
        """No longer in work. Said before the answer is written: the client may ask again before it is read."""
        with self.server.lock:
            self.server.now -= self.open
            self.open = False

    @property
    def colour(self) -> str:
        """What the picture that came shows, found out by looking at it."""
        pixels = np.asarray(Image.open(BytesIO(self.pictures[-1])).convert("RGB"), float)
        seen = pixels[pixels.shape[0] // 2, pixels.shape[1] // 2]
        return min(COLOURS, key=lambda name: float(np.abs(seen - np.array(COLOURS[name])).sum()))

    def good(self, **changes: Any) -> str:
        """The right answer as JSON."""
        return json.dumps({"colour": {"value": self.colour, "confidence": 0.9} | changes})

    def say(self, text: str, usable: bool = False, usage: bool = True, **message: Any) -> None:
        """Answer with a text. `usable`: the server takes its job as done with this."""
        tokens = {"prompt_tokens": 100 + len(self.text) // 4, "completion_tokens": 1 + len(text) // 4}
        tokens["total_tokens"] = sum(tokens.values())
        choice = {"index": 0, "finish_reason": message.pop("finish_reason", "stop")}
        choice["message"] = {"role": "assistant", "content": text, **message}
        answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
        with self.server.lock:
            if usage:
                self.server.tokens_in += tokens["prompt_tokens"]
                self.server.tokens_out += tokens["completion_tokens"]
            if usable:
                self.server.served[self.image] += 1
        self.send(200, json.dumps(answer | ({"usage": tokens} if usage else {})))

    def error(self, status: int, message: str = "no", headers: dict[str, str] | None = None) -> None:
        """Answer with an error as OpenAI writes it."""
        self.send(status, json.dumps({"error": {"message": message, "type": "t", "code": None}}), headers)

    def send(self, status: int, body: str, headers: dict[str, str] | None = None) -> None:
        """Answer with anything."""
        self.leave()
        data = body.encode()
        self.handler.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | (headers or {})).items():
            self.handler.send_header(name, value)
        self.handler.send_header("Content-Length", str(len(data)))
        self.handler.end_headers()
        self.handler.wfile.write(data)

    def drop(self) -> None:
        """Say nothing and hang up."""
        self.leave()
        self.handler.close_connection = True
        self.handler.connection.close()

    def hang(self, seconds: float) -> None:
        """Say nothing for too long, then hang up."""
        self.leave()  # the client gives up first and asks another
        time.sleep(seconds)
        self.drop()


class Server:
    """Counts everything that it gets; answers as `reply` says."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.reply: Reply = lambda call: call.say(call.good(), usable=True)
        self.requests = self.bytes = self.tokens_in = self.tokens_out = self.repairs = 0
        self.now = self.most = 0
        self.images = 0
        self.pictures: list[bytes] = []
        self.asked: Counter[str] = Counter()
        self.served: Counter[str] = Counter()
        self.after_served = 0
        self.paths: set[str] = set()
        self.bodies: list[dict[str, Any]] = []
        self.keys: set[str] = set()
        self.connections: list[socket.socket] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                outer.connections.append(self.connection)

            def do_POST(self) -> None:
                outer.handle(self)

            def log_message(self, *arguments: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.block_on_close = False
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers["Content-Length"])
        raw = handler.rfile.read(length)
        if len(raw) < length:  # the client was killed while it sent this
            handler.close_connection = True
            return
        call = Call(self, handler, json.loads(raw))
        with self.lock:
            self.requests += 1
            call.order = self.requests
            self.images += len(call.pictures)
            self.bytes += sum(map(len, call.pictures))
            self.pictures += call.pictures
            self.repairs += call.repair and call.number == 0
            self.now += 1
            self.most = max(self.most, self.now)
            call.number = self.asked[call.image]
            self.asked[call.image] += 1
            self.after_served += bool(self.served[call.image])
            self.paths.add(handler.path)
            self.bodies = [*self.bodies[-9:], call.body]
            self.keys.add(handler.headers.get("Authorization", ""))
        try:
            self.reply(call)
        except OSError:  # the client hung up
            pass
        finally:
            call.leave()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A running server that behaves well until it is told otherwise."""
    pytest.importorskip("langchain_openai")
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()
    for connection in made.connections:  # those that a client keeps open would keep their threads
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def key() -> str:
    """The key that must never be seen anywhere."""
    return KEY


@pytest.fixture
def http_date() -> Callable[[float], str]:
    """An HTTP date so many seconds from now."""
    return lambda seconds: formatdate(time.time() + seconds, usegmt=True)


@pytest.fixture
def question() -> Question:
    """Which colour, of three."""
    return Question("colour of the shape", ("colour",), {"colour": tuple(COLOURS)})


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[FindingsCache]:
    """A real findings cache."""
    kept = FindingsCache(tmp_path / "workspace" / "cache")
    yield kept
    kept.close()


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """500 small pictures, each different, of three colours; the name says which. With EXIF, XMP and a comment."""
    folder = tmp_path_factory.mktemp("shapes")
    exif = Image.Exif()
    exif[0x010E] = "SECRET-PLACE"
    for i in range(500):
        colour = list(COLOURS)[i % 3]
        pixels = np.full((48, 64, 3), 255, np.uint8)
        pixels[8:40, 12:52] = COLOURS[colour]
        # The number as a bar code along the edge, in blocks that survive JPEG: no two pictures are the same.
        for bit in range(9):
            if i >> bit & 1:
                pixels[0:6, bit * 7 : bit * 7 + 6] = 0
        Image.fromarray(pixels).save(
            folder / f"{i:03}-{colour}.jpg", quality=95, exif=exif, comment=b"SECRET-COMMENT"
        )
    return folder
