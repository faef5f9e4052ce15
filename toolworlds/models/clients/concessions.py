"""What a server does not take: fields of a body that a call can do without are left out from then on.

Models that reason refuse a temperature, others refuse `reasoning`; some servers know no seed, or want
`max_completion_tokens`; some refuse to hold a model strictly to an open schema. Each is said once.
"""

import logging
import re
from collections.abc import Mapping

import orjson

from toolworlds.records.base import Json

REFUSING = frozenset({400, 422})
OPTIONAL = (
    "reasoning_effort",
    "reasoning",
    "temperature",
    "top_p",
    "seed",
    "store",
    "logprobs",
    "return_token_ids",
)
RENAMED = {"max_tokens": "max_completion_tokens"}
STRICT = "strict"

_REFUSED = re.compile(
    r"unsupported|not support|unknown|unrecogni[sz]ed|not permitted|extra|unexpected|not allowed|invalid",
    re.IGNORECASE,
)

log = logging.getLogger(__name__)


class FieldRefusedError(Exception):
    """The server does not take a field that the call can do without; it is to be sent again."""


class Concessions:
    """What one server has refused so far."""

    def __init__(self) -> None:
        self._made: set[str] = set()

    def apply(self, body: Mapping[str, Json]) -> dict[str, Json]:
        """The body as this server takes it."""
        kept = {
            RENAMED.get(name, name) if name in self._made else name: value
            for name, value in body.items()
            if name not in self._made or name in RENAMED
        }
        return _loosen(kept) if STRICT in self._made else kept

    def concede(self, status: int, said: bytes, sent: Mapping[str, Json]) -> bool:
        """Whether a refusal was about such a field of the body that was sent; if so, it will stay out."""
        if status not in REFUSING:
            return False
        param, message = _read_refusal(said)
        name = _find_field(param, message, sent)
        if name is None:
            return False
        if name not in self._made:
            self._made.add(name)
            shown = RENAMED.get(name)
            log.warning(
                "the server does not take %r (%s); from now on %s",
                name,
                message[:200],
                f"it is sent as {shown!r}" if shown else "it is left out",
            )
        return True


def _find_field(param: str, message: str, sent: Mapping[str, Json]) -> str | None:
    field = re.split(r"[.\[]", param)[0]
    if field in ("response_format", "text") and "schema" in message.lower() and _is_strict(sent):
        return STRICT
    known = [name for name in (*OPTIONAL, *RENAMED) if name in sent]
    if not _REFUSED.search(message):
        return None
    if field in known:
        return field
    named = [name for name in known if re.search(rf"(?<![a-z_]){name}(?![a-z_])", message)]
    return named[0] if named else None


def _read_refusal(said: bytes) -> tuple[str, str]:
    """The field that OpenAI's errors name (empty elsewhere), and the words."""
    try:
        value = orjson.loads(said)
    except orjson.JSONDecodeError:
        value = None
    error = value.get("error", value) if isinstance(value, dict) else value
    if isinstance(error, dict):
        return str(error.get("param") or ""), str(error.get("message") or error)
    return "", str(error if error is not None else said.decode("utf-8", "replace"))


def _format_of(body: Mapping[str, Json]) -> dict[str, Json]:
    """The object in which `strict` stands; {} without a reply schema."""
    if "response_format" in body:
        return dict(body["response_format"].get("json_schema", {}))
    return dict(body.get("text", {}).get("format", {}))


def _is_strict(body: Mapping[str, Json]) -> bool:
    return bool(_format_of(body).get("strict"))


def _loosen(body: dict[str, Json]) -> dict[str, Json]:
    loose = _format_of(body) | {"strict": False}
    if "response_format" in body:
        return body | {"response_format": body["response_format"] | {"json_schema": loose}}
    return body | {"text": body["text"] | {"format": loose}} if "text" in body else body
