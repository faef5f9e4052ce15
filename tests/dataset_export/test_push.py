"""Pushing to a hub: a small one over real HTTP, spoken to by the hub's own client."""

import base64
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest

ROOT = Path(__file__).resolve().parents[2]


class Hub(ThreadingHTTPServer):
    """Takes one dataset; with the status 401 it refuses every login."""

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status = status
        self.created: dict[str, Any] = {}
        self.files: dict[str, bytes] = {}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.status != 200:
            return self.reply(self.server.status, {"error": "Invalid user token."})
        if self.path == "/api/repos/create":
            self.server.created = orjson.loads(body)
            return self.reply(200, {"url": f"{self.server.address}/datasets/me/it"})
        if self.path.endswith("/preupload/main"):
            usual = {"uploadMode": "regular", "shouldIgnore": False}
            files = [{"path": file["path"], **usual} for file in orjson.loads(body)["files"]]
            return self.reply(200, {"files": files})
        if self.path.endswith("/commit/main"):
            for line in map(orjson.loads, body.splitlines()):
                if line["key"] == "file":
                    self.server.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            address = f"{self.server.address}/datasets/me/it/commit/0"
            return self.reply(200, {"success": True, "commitOid": "0" * 40, "commitUrl": address})
        return self.reply(200, {"errors": [], "warnings": []})

    def do_GET(self) -> None:
        self.reply(self.server.status, {"id": "me/it", "siblings": []})

    def reply(self, status: int, value: dict[str, Any]) -> None:
        data = orjson.dumps(value)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *given: object) -> None:
        """Nothing."""


@pytest.fixture
def hub(request: pytest.FixtureRequest) -> Iterator[Hub]:
    server = Hub(getattr(request, "param", 200))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def push(rows: Path, output: Path, hub: Hub) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dataset_export.run", "--include-procedural", "--format", "trl"]
    flags = ["--input", str(rows), "--output", str(output), "--license", "mit", "--push", "me/it"]
    environment = {**os.environ, "HF_ENDPOINT": hub.address, "HF_TOKEN": "hf_x", "HF_HUB_DISABLE_XET": "1"}
    return subprocess.run(
        [*command, *flags], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_a_push_uploads_the_folder(rows: Path, tmp_path: Path, hub: Hub) -> None:
    """Card, manifest and data arrive byte for byte in a private dataset."""
    done = push(rows, tmp_path / "out", hub)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"pushed: {hub.address}/datasets/me/it"
    assert hub.created["type"] == "dataset"
    assert (
        hub.created.get("visibility") == "private" or hub.created["private"]
    )  # as clients of any age say it
    lying = {str(p.relative_to(tmp_path / "out")): p.read_bytes() for p in (tmp_path / "out").rglob("*.*")}
    assert {name: hub.files.get(name) for name in lying} == lying


@pytest.mark.parametrize("hub", [401], indirect=True)
def test_a_refused_login_costs_one_line(rows: Path, tmp_path: Path, hub: Hub) -> None:
    """The export stays, the token is not told."""
    done = push(rows, tmp_path / "out", hub)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "hf auth login" in done.stderr and "hf_x" not in done.stderr
    assert (tmp_path / "out" / "manifest.json").exists()
