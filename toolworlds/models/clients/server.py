"""A model behind one or several OpenAI-compatible servers."""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, Protocol

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import DetailedPyreqwestError, PyreqwestError
from pyreqwest.response import Response

from toolworlds.errors import UserError
from toolworlds.models.clients.balance import Balancer, Replica
from toolworlds.models.clients.capacity import Limiter
from toolworlds.models.clients.concessions import Concessions, FieldRefusedError
from toolworlds.models.clients.probe import VLLM, Engine, hide_key, key_header, look_at, read_url
from toolworlds.models.clients.refusals import explain_status
from toolworlds.models.clients.responses import read_response, responses_body
from toolworlds.models.clients.retry import CapacityError, Patience, TransportError, Tries, UnservedError
from toolworlds.models.clients.window import OverflowRefusal, Window
from toolworlds.models.clients.wire import UnreadableReplyError, chat_body, encode_json, read_reply
from toolworlds.records.base import Json
from toolworlds.records.completions import Completion, RefusalError, Request

OK = 200
LARGEST_BODY = 16 * 2**20
LAST_WAKE_S = 0.1
KEEPALIVE = timedelta(seconds=30)
Backend = Literal["chat", "responses"]


class WriteBody(Protocol):
    """A request as a body."""

    def __call__(self, request: Request, model: str, *, token_ids: bool = False) -> dict[str, Json]:
        """The body."""
        ...


@dataclass(frozen=True, slots=True)
class Dialect:
    """One of the APIs that servers offer."""

    path: str
    write: WriteBody
    read: Callable[[bytes, str], Completion]
    """Raises UnreadableReplyError."""
    ask_effort: Callable[[str], dict[str, Json]]
    """The field that says how hard to reason."""


DIALECTS: dict[Backend, Dialect] = {
    "chat": Dialect("/chat/completions", chat_body, read_reply, lambda effort: {"reasoning_effort": effort}),
    "responses": Dialect(
        "/responses", responses_body, read_response, lambda effort: {"reasoning": {"effort": effort}}
    ),
}


class ServerModel:
    """Posts requests. Opens no connection before the first call; `open_server` also looks first.

    `concurrency` bounds the calls in flight per server. The key is sent and nowhere else to be found: where
    a server repeats it in an answer it is blanked before anything reads that answer.
    """

    def __init__(
        self,
        name: str,
        urls: Sequence[str],
        *,
        api_key: str | None = None,
        concurrency: int = 64,
        engine: Engine | None = None,
        reasoning_channel: bool = False,
        patience: Patience | None = None,
        backend: Backend = "chat",
        reasoning_effort: str = "",
    ) -> None:
        self.name = name
        self._dialect = DIALECTS[backend]
        self._effort = self._dialect.ask_effort(reasoning_effort) if reasoning_effort else {}
        self._concessions = Concessions()
        self._patience = patience or Patience()
        self._engine = engine or Engine()
        self._reasoning_channel = reasoning_channel
        self._api_key = api_key
        self._balancer = Balancer(
            [Replica(url, Limiter(concurrency, self._patience.pause_s)) for url in urls]
        )
        self._client = _make_client(self._patience, api_key)
        self._has_served = False
        self._window = Window(self._engine.window)

    async def complete(self, request: Request) -> Completion:
        """One completion.

        Raises ProviderError when no try was served, RefusalError when the server will not take this
        request, and UserError when it will not take any.
        """
        token_ids = request.token_ids and self._engine.name == VLLM
        body = self._dialect.write(request, self.name, token_ids=token_ids)
        return await self.send(body | self._effort, request)

    async def send(self, body: dict[str, Json], request: Request) -> Completion:
        """`complete` with a body of one's own."""
        tries = Tries(request.request_id, self._patience)
        length = len(encode_json(body))
        body = self._window.fit(body, length)
        conceded: list[str] = []
        while True:
            replica = self._balancer.choose(request.session)
            try:
                completion = await self._try_once(replica, self._concessions.apply(body), request.request_id)
                self._window.learn(length, completion.usage.prompt_tokens)
                return replace(completion, retries=tries.failed)
            except FieldRefusedError as refused:
                conceded.append(refused.field)  # it is left out now
                continue
            except OverflowRefusal as refusal:
                body = self._window.shrink(body, refusal, request.request_id)
                continue
            except (RefusalError, UserError):
                self._concessions.undo(conceded)
                raise
            except UnservedError as fault:
                wait = tries.fail(fault)
                if isinstance(fault, TransportError):
                    replica.fail()
            await asyncio.sleep(wait)

    async def _try_once(self, replica: Replica, sent: dict[str, Json], request_id: str) -> Completion:
        async with replica.limiter.place() as sent_at:
            try:
                completion = await self._post(replica.url, sent, request_id)
            except CapacityError as fault:
                replica.limiter.refuse(sent_at, fault.retry_after)
                raise
            replica.succeed()
            return completion

    async def _post(self, url: str, sent: dict[str, Json], request_id: str) -> Completion:
        post = self._client.post(f"{url}{self._dialect.path}").header("X-Request-Id", request_id)
        try:
            async with post.body_bytes(encode_json(sent)).build_streamed() as response:
                body = hide_key(await _read_body(response, url), self._api_key)
        except PyreqwestError as error:
            raise TransportError(f"{url}: {_describe_fault(error)}") from error
        if field := self._concessions.concede(response.status, body, sent):
            raise FieldRefusedError(field)
        if response.status != OK:
            raise explain_status(response.status, response.headers, body, url, request_id, self._has_served)
        try:
            completion = self._dialect.read(body, self.name)
        except UnreadableReplyError as error:
            raise TransportError(f"{url}: {error}") from error
        self._has_served = True
        return completion

    async def aclose(self) -> None:
        """Closes all connections.

        Each reply wakes the event loop from the client's own thread. An interpreter that ends while that
        thread is still on its way out aborts, so it is given the time.
        """
        await self._client.close()
        await asyncio.sleep(LAST_WAKE_S)

    def describe(self) -> dict[str, Json]:
        """Model, engine, version; no addresses, no keys."""
        return {
            "model": self.name,
            "engine": self._engine.name,
            "version": self._engine.version,
            "reasoning_channel": self._reasoning_channel,
            **self._concessions.describe(),
        }


def open_server(
    name: str,
    urls: Sequence[str],
    *,
    key_env: str = "",
    concurrency: int = 64,
    reasoning_channel: bool = False,
    backend: Backend = "chat",
    reasoning_effort: str = "",
    context_window: int | None = None,
) -> ServerModel:
    """The model behind these servers, after a look at each; raises UserError where one cannot be used.

    `key_env` names the environment variable that holds the key; without it no key is sent. `context_window`
    (tokens) counts before what the servers say of it.
    """
    api_key = os.environ.get(key_env) or None
    if key_env and not api_key:
        raise UserError(  # unquoted: some give the key itself
            "--api-key-env names a variable that is not set; export it, or leave the flag out"
        )
    roots = [read_url(url) for url in urls]
    engines = [look_at(root, name, api_key) for root in roots]
    windows = [context_window] if context_window else [engine.window for engine in engines if engine.window]
    return ServerModel(
        name,
        roots,
        api_key=api_key,
        concurrency=concurrency,
        engine=replace(engines[0], window=min(windows, default=None)),
        reasoning_channel=reasoning_channel,
        backend=backend,
        reasoning_effort=reasoning_effort,
    )


async def _read_body(response: Response, url: str) -> bytes:
    """The body; raises TransportError for one that no reply of a model needs, before it fills the memory."""
    body = bytearray()
    while (chunk := await response.body_reader.read_chunk()) is not None:
        body += bytes(chunk)
        if len(body) > LARGEST_BODY:
            raise TransportError(f"{url} sent more than {LARGEST_BODY // 2**20} MB for one call")
    return bytes(body)


def _make_client(patience: Patience, api_key: str | None) -> Client:
    """A redirect is not followed: it would carry the key to an address that the user did not name. Compressed
    replies are not asked for: a small one can unfold beyond all memory.
    """
    return (
        ClientBuilder()
        .default_headers({"Content-Type": "application/json", **key_header(api_key)})
        .connect_timeout(timedelta(seconds=patience.connect_s))
        .tcp_keepalive(KEEPALIVE)
        .timeout(timedelta(seconds=patience.reply_s))
        .follow_redirects(False)
        .gzip(False)
        .deflate(False)
        .brotli(False)
        .zstd(False)
        .build()
    )


def _describe_fault(error: PyreqwestError) -> str:
    """A connection's failure in a few words, its innermost cause among them."""
    causes = error.details["causes"] if isinstance(error, DetailedPyreqwestError) and error.details else None
    return f"{error.message}: {causes[-1]['message']}" if causes else str(error.message)
