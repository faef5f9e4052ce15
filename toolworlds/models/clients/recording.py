"""Every request and reply as JSON lines, and a model that answers from such a record.

One file a process, so that no two processes write to one file. Its first line describes the model; each
further line is one call. A request's `reference` is never written.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import orjson

from toolworlds.errors import UserError
from toolworlds.files import append_line, explain_os_errors, read_lines
from toolworlds.models.clients.wire import encode_json
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, Model, ProviderError, Request, Usage


class RecordingModel:
    """Passes requests on and appends each with its reply to a file of its own under `folder`."""

    def __init__(self, inner: Model, folder: Path) -> None:
        self.name = inner.name
        self._inner = inner
        self._path = folder / f"{os.getpid()}-{secrets.token_hex(4)}.jsonl"
        append_line(self._path, {"name": inner.name, "describe": inner.describe()})

    async def complete(self, request: Request) -> Completion:
        """The inner model's completion, once it is on record."""
        completion = await self._inner.complete(request)
        line = {**_asked(request), "reply": asdict(completion)}
        append_line(self._path, orjson.Fragment(encode_json(line)))
        return completion

    async def aclose(self) -> None:
        """Closes the inner model."""
        await self._inner.aclose()

    def describe(self) -> dict[str, Json]:
        """The inner model's description: recording changes nothing."""
        return self._inner.describe()


class ReplayModel:
    """Answers from the records under `folder`, by request id and attempt, and only to the very same messages.

    It asks nobody: a call that is not on record raises ProviderError, a changed prompt UserError. Of several
    records of one call with the same messages the last one counts.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._replies: dict[tuple[str, int], dict[str, dict[str, Json]]] = {}
        headers = []
        for line in _read_folder(folder):
            if "describe" in line:
                headers.append(line)
            else:
                self._keep(line)
        if not self._replies:
            raise UserError(f"--replay-dir {folder} holds no recorded call; make one with --record-dir")
        self.name = str(headers[0]["name"])
        self._describe: dict[str, Json] = headers[0]["describe"]

    def _keep(self, line: dict[str, Json]) -> None:
        replies = self._replies.setdefault((line["request_id"], line["attempt"]), {})
        replies[line["messages_sha256"]] = line["reply"]

    async def complete(self, request: Request) -> Completion:
        """The recorded completion."""
        key = (request.request_id, request.attempt)
        if key not in self._replies:
            raise ProviderError(f"{request.request_id} (attempt {request.attempt}) is not in {self._folder}")
        reply = self._replies[key].get(_hash_messages(request))
        if reply is None:
            raise UserError(
                f"{request.request_id} was recorded in {self._folder} with another prompt; record it again"
            )
        return read_completion(reply)

    async def aclose(self) -> None:
        """Nothing to close."""

    def describe(self) -> dict[str, Json]:
        """The recorded model's description, so that a replay makes the same files as its record did."""
        return self._describe


def _asked(request: Request) -> dict[str, Any]:
    kept = {
        field.name: getattr(request, field.name) for field in fields(request) if field.name != "reference"
    }
    kept["inputs"] = dict(request.inputs)
    kept["sampling"] = asdict(request.sampling)
    return kept | {"messages_sha256": _hash_messages(request)}


def _hash_messages(request: Request) -> str:
    return hashlib.sha256(encode_json(request.messages)).hexdigest()


def read_completion(reply: dict[str, Json]) -> Completion:
    """The completion in a recorded reply."""
    usage = Usage(**reply["usage"])
    return Completion(**reply | {"usage": usage, "tool_calls": tuple(reply["tool_calls"])})


def _read_folder(folder: Path) -> Iterator[dict[str, Json]]:
    with explain_os_errors(folder):
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".jsonl")
    for path in paths:
        yield from read_lines(path)
