import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from toolworlds.errors import UserError
from toolworlds.models.clients.recording import RecordingModel, ReplayModel
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, Model, ProviderError, Request, Usage

CALL = {"id": "call_0", "type": "function", "function": {"name": "book", "arguments": "{}"}}
REQUEST = Request(
    "item/step/0",
    "task_evolver.t0",
    ({"role": "user", "content": "größer \ud800"},),
    inputs={"count": 2**70},
    reference="SECRET-TRUTH",
)


class Parrot:
    """A model with a full completion for everything."""

    name = "parrot"

    async def complete(self, request: Request) -> Completion:
        usage = Usage(3, 2, 1)
        return Completion(f"to {request.request_id}", "tool_calls", "parrot", (CALL,), "why", usage, [1], [2])

    async def aclose(self) -> None: ...

    def describe(self) -> dict[str, Json]:
        return {"engine": "parrot", "version": "1"}


def record(folder: Path, *requests: Request) -> list[Completion]:
    model = RecordingModel(Parrot(), folder)
    return [asyncio.run(model.complete(request)) for request in requests]


def test_a_replay_gives_the_recorded_completions(tmp_path: Path) -> None:
    """Field for field, by the name and description of the recorded model."""
    again = replace(REQUEST, attempt=1)
    given = record(tmp_path, REQUEST, again)
    model: Model = ReplayModel(tmp_path)
    assert [asyncio.run(model.complete(request)) for request in (REQUEST, again)] == given
    assert (model.name, model.describe()) == ("parrot", {"engine": "parrot", "version": "1"})


def test_the_record_holds_the_raw_request_and_reply_but_no_reference(tmp_path: Path) -> None:
    """One file a process, one line a call, whatever the values."""
    record(tmp_path, REQUEST)
    record(tmp_path, REQUEST)
    files = list(tmp_path.iterdir())
    text = files[0].read_text()
    assert len(files) == 2
    assert "SECRET-TRUTH" not in text
    header, line = map(json.loads, text.splitlines())
    assert header == {"name": "parrot", "describe": {"engine": "parrot", "version": "1"}}
    assert line["inputs"] == {"count": 2**70}
    assert line["reply"]["text"] == "to item/step/0"


def test_a_call_that_is_not_on_record_asks_nobody(tmp_path: Path) -> None:
    """The error names the call."""
    record(tmp_path, REQUEST)
    with pytest.raises(ProviderError, match="other/step/0"):
        asyncio.run(ReplayModel(tmp_path).complete(replace(REQUEST, request_id="other/step/0")))


def test_a_changed_prompt_is_told(tmp_path: Path) -> None:
    """An answer to another question is no answer."""
    record(tmp_path, REQUEST)
    changed = replace(REQUEST, messages=({"role": "user", "content": "other"},))
    with pytest.raises(UserError, match=r"item/step/0 was recorded .* with another prompt"):
        asyncio.run(ReplayModel(tmp_path).complete(changed))


@pytest.mark.parametrize("folder", ["missing", "."])
def test_a_folder_without_records_is_told(tmp_path: Path, folder: str) -> None:
    """Missing or empty."""
    with pytest.raises(UserError, match=r"does not exist|--record-dir"):
        ReplayModel(tmp_path / folder)
