"""A server in front of a real engine that makes it say what a record holds."""

import random
from datetime import timedelta
from pathlib import Path

from pyreqwest.client import ClientBuilder

from tests.spoken import ROOM, write_out
from tests.stub_replies import write_error, write_head
from tests.stub_responses import write_response
from tests.stub_server import Ask, Behaviour, StubServer, Writer, read_replies
from tests.vllm.engine_process import MODEL_NAME
from toolworlds.models.clients.wire import encode_json
from toolworlds.records.base import Json


class SpeakingServer(StubServer):
    """Answers each request by its id, in the recorded words, through the same API of the engine.

    So commands run unchanged, with `--server-url`, on meaningful answers that a real engine tokenized,
    decoded and parsed.
    """

    def __init__(self, record: Path, engine_url: str) -> None:
        super().__init__(Behaviour(models=(MODEL_NAME,), owned_by="vllm"))
        self._replies = read_replies(record)
        self._root = engine_url
        self._client = ClientBuilder().timeout(timedelta(minutes=30)).build()

    async def _work(self, write: Writer, ask: Ask, fault: str, chance: random.Random) -> bytes:
        reply = self._replies.get(ask.request_id)
        if reply is None:
            return write_error(400, f"{ask.request_id} is not on record")
        spoken: dict[str, Json] = {"structured_outputs": {"choice": [write_out(reply)]}}
        if write is write_response:
            path, kept = "responses", ["model", "temperature", "top_p", "store"]
            spoken |= {"input": ask.body["messages"], "max_output_tokens": ROOM}
        else:
            path, kept = "chat/completions", [key for key in ask.body if key != "response_format"]
            spoken["max_tokens"] = ROOM
        body = {key: ask.body[key] for key in kept if key in ask.body} | spoken
        post = self._client.post(f"{self._root}/{path}").header("Content-Type", "application/json")
        response = await post.body_bytes(encode_json(body)).build().send()
        content = (await response.bytes()).to_bytes()
        self.stats.served += 1
        return write_head(response.status, len(content)) + content
