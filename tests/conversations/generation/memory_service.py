"""A service that speaks the REST paths of mem0 which its own client calls, on loopback.

It remembers texts by user, scores them by shared words, and refuses any other key than KEY.
"""

import json
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

KEY = "m0-key"


class MemoryService:
    """Runs for the length of a `with` block."""

    def __init__(self, *, most_texts: int = 10_000) -> None:
        self.texts: dict[str, list[str]] = defaultdict(list)
        """What each user has been told, as it came."""
        self.most_texts = most_texts
        """Texts that it takes; after them it is out of order."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _make_handler(self))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Status and body of a reply."""
        if path == "/v1/ping/":
            return 200, {
                "status": "ok",
                "org_id": "org",
                "project_id": "tests",
                "user_email": "t@example.com",
            }
        if path == "/v3/memories/add/":
            return self._add(body)
        if path == "/v3/memories/search/":
            return self._search(body["query"], body["filters"]["user_id"], body["top_k"])
        return 404, {"detail": f"no path {path}"}

    def _add(self, body: dict[str, Any]) -> tuple[int, Any]:
        if sum(map(len, self.texts.values())) >= self.most_texts:
            return 500, {"detail": "out of order"}
        if body["infer"]:
            return 400, {"detail": "this service infers nothing"}
        self.texts[body["user_id"]] += [message["content"] for message in body["messages"]]
        return 200, {"results": [{"event": "ADD", "memory": body["messages"][0]["content"]}]}

    def _search(self, query: str, user: str, count: int) -> tuple[int, Any]:
        asked = set(query.split())
        scored = [
            (len(asked & {*text.split()}) / len(asked | {*text.split()}), text) for text in self.texts[user]
        ]
        found = sorted(scored, reverse=True)[:count]
        return 200, {"results": [{"memory": text, "score": score} for score, text in found]}


def _make_handler(service: MemoryService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply({})

        def do_POST(self) -> None:
            self._reply(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

        def _reply(self, body: dict[str, Any]) -> None:
            known = self.headers["Authorization"] == f"Token {KEY}"
            path = self.path.partition("?")[0]
            status, value = service.answer(path, body) if known else (401, {"detail": "invalid key"})
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler
