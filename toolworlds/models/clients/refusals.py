"""What an HTTP error status means: try again, skip this item, or stop the run."""

from collections.abc import Mapping

import orjson

from toolworlds.errors import UserError
from toolworlds.models.clients.retry import CAPACITY_STATUSES, CapacityError, TransportError, read_retry_after
from toolworlds.models.clients.window import read_overflow
from toolworlds.records.completions import RefusalError

KEY_STATUSES = frozenset({401, 403})
ITEM_STATUSES = frozenset({413, 422})
OVERFLOW_STATUSES = frozenset({400, 413, 422})
LONGEST_BODY = 4000
"""Bytes of a refusal that are looked at; what follows is the request, repeated."""
ITEM_WORDS = ("schema", "grammar", "structured output")
"""How servers word a 400 about one request alone: its schema is not supported."""
SETUP_WORDS = ("--enable-auto-tool-choice", "--tool-call-parser")
"""How vLLM words a 400 about the way it was started."""
LONGEST_EXCERPT = 300


def explain_status(
    status: int, headers: Mapping[str, str], body: bytes, url: str, request_id: str, served_before: bool
) -> Exception:
    """The exception for a status that is not 200.

    A 400 without known words is the item's own once the server has served others, and the user's before.
    """
    said = _read_message(body)
    if status in OVERFLOW_STATUSES and (
        overflow := read_overflow(body[:LONGEST_BODY].decode("utf-8", "replace"))
    ):
        return overflow
    if status in CAPACITY_STATUSES:
        return CapacityError(f"{url} is full ({status}): {said}", read_retry_after(headers))
    if status >= 500 or status == 408:
        return TransportError(f"{url} failed ({status}): {said}")
    if status in KEY_STATUSES:
        return UserError(
            f"{url} refuses access ({status}): {said}; --api-key-env names the variable with the key"
        )
    if status in ITEM_STATUSES or (status == 400 and _is_about_item(said, served_before)):
        return RefusalError(f"{request_id} was refused by the server ({status}): {said}")
    return UserError(f"{url} refuses the call ({status}): {said}; check --server-url, --model and the server")


def _is_about_item(said: str, served_before: bool) -> bool:
    if any(word in said for word in SETUP_WORDS):
        return False
    return served_before or any(word in said.lower() for word in ITEM_WORDS)


def _read_message(body: bytes) -> str:
    """The server's own words on one line: `error.message`, `message` or `detail`, or the body itself."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = body.decode("utf-8", "replace")
    for key in ("error", "message", "detail"):
        if isinstance(value, dict) and key in value:
            value = value[key]
    line = " ".join(str(value).split())
    return line if len(line) <= LONGEST_EXCERPT else f"{line[:LONGEST_EXCERPT]} […]"
