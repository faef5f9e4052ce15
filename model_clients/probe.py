"""A first look at a server, before any item is begun."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from model_clients.refusals import KEY_STATUSES, explain_status
from utils import UserError

PROBE_TIMEOUT_S = 10.0
VLLM = "vllm"


@dataclass(frozen=True, slots=True)
class Engine:
    """What a server says of itself."""

    name: str = "openai-compatible"
    version: str | None = None


class _Card(BaseModel):
    id: str
    owned_by: str | None = None


class _Cards(BaseModel):
    data: list[_Card] = []


def read_url(url: str) -> str:
    """The API's root without a slash at its end; `/v1` is added to a bare host. Raises UserError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
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
    reply = _get(f"{root}/models", api_key)
    if reply.status_code in KEY_STATUSES:
        raise explain_status(reply.status_code, reply.headers, reply.content, root, "", False)
    if reply.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise UserError(f"{root} is not ready ({reply.status_code}); wait for the server and run again")
    try:
        cards = _Cards.model_validate_json(reply.content).data
    except ValidationError:
        return Engine()
    if not any(card.owned_by == VLLM for card in cards):
        return Engine()
    served = sorted(card.id for card in cards)
    if model not in served:
        raise UserError(f"{root} serves {', '.join(served)}, not {model!r}; correct --model")
    return Engine(VLLM, _read_version(root, api_key))


def _read_version(root: str, api_key: str | None) -> str | None:
    reply = _get(f"{root.removesuffix('/v1')}/version", api_key)
    return str(reply.json().get("version")) if reply.is_success else None


def _get(url: str, api_key: str | None) -> httpx.Response:
    try:
        return httpx.get(url, headers=key_header(api_key), timeout=PROBE_TIMEOUT_S)
    except httpx.RequestError as error:
        raise UserError(
            f"cannot reach {url}: {describe_fault(error)}; start the server or correct --server-url"
        ) from error


def key_header(api_key: str | None) -> dict[str, str]:
    """The header that carries the key, or none."""
    return {"Authorization": f"Bearer {api_key}"} if api_key else {}


def describe_fault(error: Exception) -> str:
    """A connection's failure in a few words."""
    return " ".join(str(error).split()) or type(error).__name__
