"""A chat model on this machine that answers as a script says: OpenAI's protocol over loopback, streamed or not."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Reply = Callable[[dict[str, Any]], dict[str, Any]]
"""Gives the message of the assistant (`content`, `tool_calls`) in answer to the body of a request."""


class ScriptedServer:
    """Serves one scripted model.

    Attributes:
        reply: The script.
        bodies: The bodies of all requests so far.
        url: The address, as a base URL.
    """

    def __init__(self, reply: Reply) -> None:
        self.reply, self.bodies = reply, list[dict[str, Any]]()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.bodies.append(body)
                message = {"role": "assistant", "content": "", **outer.reply(body)}
                data, kind = (_streamed if body.get("stream") else _whole)(message)
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """End it."""
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def scripted(reply: Reply) -> Iterator[ScriptedServer]:
    """Serve a scripted model for a while."""
    server = ScriptedServer(reply)
    try:
        yield server
    finally:
        server.close()


def tool_call(name: str, **arguments: Any) -> dict[str, Any]:
    """A message that calls one tool."""
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"tool_calls": [{"index": 0, "id": f"call_{name}", "type": "function", "function": function}]}


def text_of(body: dict[str, Any]) -> str:
    """All that the model is told, in one text."""
    parts = []
    for message in body["messages"]:
        content = message.get("content") or ""
        parts += [content] if isinstance(content, str) else [part.get("text", "") for part in content]
    return "\n".join(parts)


def _whole(message: dict[str, Any]) -> tuple[bytes, str]:
    choice = {"index": 0, "finish_reason": "tool_calls" if message.get("tool_calls") else "stop"}
    answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "scripted"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return json.dumps(answer | {"choices": [choice | {"message": message}], "usage": usage}).encode(), _JSON


def _streamed(message: dict[str, Any]) -> tuple[bytes, str]:
    head = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
    end = "tool_calls" if message.get("tool_calls") else "stop"
    choices = [{"index": 0, "delta": message}, {"index": 0, "delta": {}, "finish_reason": end}]
    lines = [f"data: {json.dumps(head | {'choices': [choice]})}\n\n" for choice in choices]
    return "".join([*lines, "data: [DONE]\n\n"]).encode(), "text/event-stream"


_JSON = "application/json"
