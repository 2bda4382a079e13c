"""A model hub on this machine, for tests: one repository, and a record of what was asked for."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

COMMIT = "0123456789abcdef0123456789abcdef01234567"
WEIGHTS = bytes(range(256)) * 4000
REPOSITORY = {
    "open_clip_config.json": b"{}",
    "open_clip_model.safetensors": WEIGHTS,
    "open_clip_pytorch_model.bin": WEIGHTS[::-1],
    "pytorch_model.bin": WEIGHTS,
    "onnx/model.safetensors": WEIGHTS,
    "README.md": b"# A model",
    "setup.py": b"raise SystemExit",
}


@dataclass
class FakeHub:
    """A hub that has one repository, "owner/tiny", and says what it was asked for."""

    files: dict[str, bytes] = field(default_factory=lambda: dict(REPOSITORY))
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)
    cut: int | None = None  # weights end after so many bytes, once
    address: str = ""

    def got(self) -> list[str]:
        """The files whose bytes were sent."""
        return [
            path.rpartition("/")[2]
            for method, path, _ in self.asked
            if method == "GET" and "/resolve/" in path
        ]


class Handler(BaseHTTPRequestHandler):
    """Answers as the hub does."""

    hub: FakeHub

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.hub.asked.append((self.command, path, self.headers.get("Range")))
        if re.fullmatch(rf"/api/models/owner/tiny/tree/({COMMIT}|main)", path):
            rows = [
                {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
                for name, data in self.hub.files.items()
            ]
            self.reply(json.dumps(rows).encode())
        elif re.fullmatch(rf"/api/models/owner/tiny/revision/({COMMIT}|main)", path):
            self.reply(json.dumps({"id": "owner/tiny", "sha": COMMIT, "siblings": []}).encode())
        elif match := re.fullmatch(rf"/owner/tiny/resolve/({COMMIT}|main)/(.+)", path):
            self.file(match.group(2))
        else:
            self.send_response(404)
            kind = "RevisionNotFound" if "/owner/tiny" in path else "RepoNotFound"
            self.send_header("X-Error-Code", kind)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def file(self, name: str) -> None:
        data = self.hub.files[name]
        headers = {
            "ETag": f'"{hashlib.sha256(data).hexdigest()}"',
            "X-Repo-Commit": COMMIT,
            "Accept-Ranges": "bytes",
        }
        begin = 0
        if match := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or ""):
            begin = int(match.group(1))
            headers["Content-Range"] = f"bytes {begin}-{len(data) - 1}/{len(data)}"
        cut = None
        if self.command == "GET" and self.hub.cut is not None and len(data) > self.hub.cut:
            cut, self.hub.cut = self.hub.cut, None
        self.reply(data[begin:], headers, 206 if begin else 200, cut)

    def reply(
        self, data: bytes, headers: dict[str, str] | None = None, status: int = 200, cut: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data[:cut])

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[FakeHub]:
    """A hub that answers at its `address`."""
    hub = FakeHub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Handler,), {"hub": hub}))
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield hub
    server.shutdown()
    server.server_close()
    thread.join()
