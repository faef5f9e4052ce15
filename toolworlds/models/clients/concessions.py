"""What a server does not take: fields of a body that a call can do without are left out from then on.

Models that reason refuse a temperature, others refuse `reasoning`; some servers know no seed, or want
`max_completion_tokens`; some refuse to hold a model strictly to an open schema. Each is said once.
"""

import logging
import re
from collections.abc import Iterable, Mapping

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

_PLACE = re.compile(r"""['"]loc['"]: ?[(\[]['"]body['"], ?['"](\w+)""")
_LISTED = re.compile(r"""\s*\[\s*\{\s*['"]type['"]""")

log = logging.getLogger(__name__)


class FieldRefusedError(Exception):
    """The server does not take this field, which the call can do without; it is to be sent again."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


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

    def concede(self, status: int, said: bytes, sent: Mapping[str, Json]) -> str | None:
        """The field of the body that a refusal was about, which stays out from now on; None if about none."""
        if status not in REFUSING:
            return None
        param, message = _read_refusal(said)
        name = _find_field(param, message, sent)
        if name is not None and name not in self._made:
            self._made.add(name)
            shown = RENAMED.get(name)
            log.warning(
                "the server does not take %r (%s); from now on %s",
                name,
                message[:200],
                f"it is sent as {shown!r}" if shown else "it is left out",
            )
        return name

    def undo(self, fields: Iterable[str]) -> None:
        """Sends these fields again: leaving them out did not help the request that was refused."""
        self._made -= set(fields)

    def describe(self) -> dict[str, Json]:
        """What provenance keeps: the fields that were asked for and not sent."""
        return {"not_sent": sorted(self._made - RENAMED.keys() - {STRICT})} if self._made else {}


def _find_field(param: str, message: str, sent: Mapping[str, Json]) -> str | None:
    field = re.split(r"[.\[]", param)[0]
    if field in ("response_format", "text") and "schema" in message.lower() and _is_strict(sent):
        return STRICT
    known = [name for name in (*OPTIONAL, *RENAMED) if name in sent]
    if not _REFUSED.search(message):
        return None
    if field in known:
        return field
    words = _drop_echo(message)
    named = [name for name in known if re.search(rf"(?<![a-z_]){name}(?![a-z_])", words)]
    return named[0] if named else None


def _drop_echo(message: str) -> str:
    """The words of a refusal without the request that it repeats, which names every field.

    Errors of pydantic say in `loc` where something is wrong; elsewhere an object or list is a repetition.
    """
    if places := _PLACE.findall(message):
        return " ".join(places)
    return "" if _LISTED.match(message) else re.split(r"[{\[]", message, maxsplit=1)[0]


def _read_refusal(said: bytes) -> tuple[str, str]:
    """The field that OpenAI's errors name (empty elsewhere), and the words."""
    try:
        value = orjson.loads(said)
    except orjson.JSONDecodeError:
        value = None
    if isinstance(value, dict):
        value = value.get("error", value.get("detail", value))
    if isinstance(value, dict):
        return str(value.get("param") or ""), str(value.get("message") or value)
    return "", str(value if value is not None else said.decode("utf-8", "replace"))


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
