"""Rows as trainers hand them, opened once: parsed, their world compiled, what was recorded of it at hand.

All of a process shares one Starlark worker, which ends with the process.
"""

import atexit
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import orjson

from toolworlds.batch.record_files import parse_record
from toolworlds.errors import UserError
from toolworlds.records.base import Json
from toolworlds.records.tasks import Row
from toolworlds.records.worlds import WorldState
from toolworlds.simulation.recorded import RecordedAnswers
from toolworlds.world.environment import Environment
from toolworlds.world.starlark import StarlarkWorker

AnyRow = Row | Mapping[str, Json] | str | bytes
"""A row as a record, as an object, or as JSON."""

_MOST_OPEN = 256
"""Rows that stay open when nobody holds them; one takes under half a megabyte."""
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A row ready for any number of episodes at once; nothing of it changes."""

    row: Row
    env: Environment
    recorded: RecordedAnswers


def is_rl_ready(row: Row) -> bool:
    """Whether all tools of a row have twins, so that code alone answers every call an agent may make.

    Formats for reinforcement learning tag a row with it. On other rows a call off the recorded path needs a
    model, and without one it makes the episode invalid.
    """
    return all(tool.tool_name in row.twins for tool in row.tools)


def open_row(row: AnyRow | OpenRow) -> OpenRow:
    """The row opened, or still open from an earlier time. Raises UserError for what is no certified row.

    A record is opened anew each time; who scores one again and again opens it once.
    """
    if isinstance(row, OpenRow):
        return row
    if isinstance(row, Row):
        return _open(row)
    data = row if isinstance(row, bytes) else row.encode() if isinstance(row, str) else _dump(row)
    return _SHELF.find(hashlib.sha256(data).digest(), data)


def share_worker() -> StarlarkWorker:
    """The worker of this process, closed at its end."""
    with _LOCK:
        return _start_worker()


@cache
def _start_worker() -> StarlarkWorker:
    worker = StarlarkWorker()
    atexit.register(worker.close)
    return worker


def _dump(row: object) -> bytes:
    try:
        return orjson.dumps(row)
    except TypeError as error:
        raise UserError(f"the row is no plain JSON: {error}; give a line of task_content.jsonl") from error


def _read_row(data: bytes) -> Row:
    try:
        row = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise UserError(f"the row is not JSON: {error}; give a line of task_content.jsonl") from error
    if not isinstance(row, dict):
        raise UserError(f"the row is a {type(row).__name__}; give a line of task_content.jsonl")
    place = f"row {row.get('id', row.get('task_id'))!r}"
    if "certificate" not in row:
        raise UserError(f"{place} has no certificate, so nothing says what solves it; give a released row")
    return parse_record(row, Row, place)


class _Shelf:
    """Rows that are open, by the hash of their JSON; the least recently used leaves first."""

    def __init__(self) -> None:
        self._rows: OrderedDict[bytes, OpenRow] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: bytes, data: bytes) -> OpenRow:
        """The row that this JSON holds."""
        with self._lock:
            if known := self._rows.get(key):
                self._rows.move_to_end(key)
                return known
        opened = _open(_read_row(data))
        with self._lock:
            self._rows[key] = opened
            if len(self._rows) > _MOST_OPEN:
                self._rows.popitem(last=False)
        return opened


_SHELF = _Shelf()


def _open(row: Row) -> OpenRow:
    try:
        env = Environment(row.world_schema, row.tools, row.twins, share_worker())
        _check_types(env, row.initial_state, row.final_state)
        return OpenRow(row, env, RecordedAnswers(env, row))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"row {row.id!r} was damaged after its release: {error!r:.200}; export it anew"
        ) from error


def _check_types(env: Environment, initial: WorldState, final: WorldState) -> None:
    """Raises ValueError for collections and entities that are not as the row's own schema has them."""
    for state in (initial, final):
        if strays := state.collections.keys() ^ env.collections.keys():
            raise ValueError(f"collections {', '.join(sorted(strays))} are in its schema or its states only")
    for name, collection in env.collections.items():
        old, new = initial.collections[name], final.collections[name]
        for entity in old if old == new else [*old, *new]:
            problems = collection.find_type_problems(entity)
            if problems or not isinstance(entity[collection.spec.id_field], str):
                raise ValueError("; ".join(problems) or f"{name}: an id is no text")
