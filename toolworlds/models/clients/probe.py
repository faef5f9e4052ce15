"""A first look at a server, before any item is begun."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from pydantic import BaseModel, ValidationError

from toolworlds.errors import UserError
from toolworlds.models.clients.refusals import KEY_STATUSES, explain_status

PROBE_TIMEOUT_S = 10.0
VLLM = "vllm"


@dataclass(frozen=True, slots=True)
class Engine:
    """What a server says of itself."""

    name: str = "openai-compatible"
    version: str | None = None
    window: int | None = None
    """Tokens of prompt and reply together; None where the server does not say."""


class _Card(BaseModel):
    id: str
    owned_by: Any = None
    max_model_len: Any = None


class _Cards(BaseModel):
    data: list[_Card] = []


class _Version(BaseModel):
    version: str


def read_url(url: str) -> str:
    """The API's root without a slash at its end; `/v1` is added to a bare host. Raises UserError."""
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port beyond 65535, or half an IPv6 address
        is_address = False
    if not is_address:
        raise UserError(f"--server-url {url!r} is no http address; give one like http://127.0.0.1:8000/v1")
    if "@" in parts.netloc:
        raise UserError(
            "--server-url holds a user name; put the key into a variable and name it by --api-key-env"
        )
    return url.rstrip("/") if parts.path.strip("/") else f"{parts.scheme}://{parts.netloc}/v1"


def look_at(root: str, model: str, api_key: str | None) -> Engine:
    """Which engine answers there; raises UserError when none does, or not to this key, or not for this model.

    A server without a list of models is taken as it is. Only vLLM's list is held to be complete.
    """
    with httpx.Client(headers=key_header(api_key), timeout=PROBE_TIMEOUT_S) as client:
        return _read_engine(client, root, model, api_key)


def _read_engine(client: httpx.Client, root: str, model: str, api_key: str | None) -> Engine:
    status, body = _get(client, f"{root}/models")
    if status in KEY_STATUSES:
        raise explain_status(status, {}, hide_key(body, api_key), root, "", False)
    if status >= 500:
        raise UserError(f"{root} is not ready ({status}); wait for the server and run again")
    try:
        cards = _Cards.model_validate_json(body).data
    except ValidationError:
        return Engine()
    stated = [card.max_model_len for card in cards if card.id == model or len(cards) == 1]
    window = next((size for size in stated if type(size) is int and size > 0), None)
    if not any(card.owned_by == VLLM for card in cards):
        return Engine(window=window or _read_props(client, root))
    served = sorted(card.id for card in cards)
    if model not in served:
        raise UserError(f"{root} serves {', '.join(served)}, not {model!r}; correct --model")
    return Engine(VLLM, _read_version(client, root), window)


def _read_props(client: httpx.Client, root: str) -> int | None:
    """The window of one slot, as llama.cpp's server states it; None elsewhere."""
    try:
        match orjson.loads(_get(client, f"{root.removesuffix('/v1')}/props")[1]):
            case {"default_generation_settings": {"n_ctx": int(size)}} if size > 0:
                return size
    except (orjson.JSONDecodeError, UserError):
        pass
    return None


def _read_version(client: httpx.Client, root: str) -> str | None:
    try:
        return _Version.model_validate_json(_get(client, f"{root.removesuffix('/v1')}/version")[1]).version
    except ValidationError:
        return None


def _get(client: httpx.Client, url: str) -> tuple[int, bytes]:
    try:
        reply = client.get(url)
    except httpx.HTTPError as error:
        raise UserError(f"cannot reach {url}: {error}; start the server or correct --server-url") from error
    return reply.status_code, reply.content


def key_header(api_key: str | None) -> dict[str, str]:
    """The header that carries the key, or none."""
    return {"Authorization": f"Bearer {api_key}"} if api_key else {}


def hide_key(body: bytes, api_key: str | None) -> bytes:
    """What a server said, without the key that it may have repeated, in whichever spelling JSON allows."""
    return _spell_key(api_key).sub(b"***", body) if api_key else body


@cache
def _spell_key(api_key: str) -> re.Pattern[bytes]:
    spelled = (rf"(?:\\?{re.escape(char)}|\\u(?i:{ord(char):04x}))" for char in api_key)
    return re.compile("".join(spelled).encode())
