"""Answers calls offline, as tools that remember would: what one call returns, the next may use.

A session's replies follow from the seed, the conversation's id and the calls so far, so that the calls of a
finished conversation can be executed again.
"""

import random
from collections.abc import Mapping
from datetime import date, datetime, timedelta

import orjson

from conversations.execution.calls import Call
from conversations.execution.fields import Field, describe_parameter
from conversations.execution.names import City, find_city
from conversations.execution.replies import Replier
from conversations.execution.shapes import Shape, compile_shape
from conversations.execution.values import Scene
from conversations.execution.world import Thing, World
from conversations.interfaces import describe_parameters
from toolworlds.catalogue.kinds import Kind
from toolworlds.language.words import split_name
from toolworlds.records.base import Json
from toolworlds.records.catalogues import Endpoint, Parameter, Registry
from toolworlds.world.calls import find_argument_faults
from toolworlds.world.json_schema import compile_schema

FAILURE_RATE = 0.015
"""Calls that find the service unavailable at first."""
EMPTY_RATE = 0.05
"""Searches with filters that find nothing; at most one in a conversation."""

UNAVAILABLE = "unavailable"

_CHANGING = frozenset({"update", "delete", "execute", "create"})


def is_unavailable(error: Json) -> bool:
    """Whether a refusal says that the same call may succeed when it is made again."""
    said = error["error"]
    return isinstance(said, dict) and said.get("code") == UNAVAILABLE


class OfflineExecutor:
    """The endpoints of a registry, ready to be called in any number of conversations."""

    def __init__(
        self, registry: Registry, failure_rate: float = FAILURE_RATE, empty_rate: float = EMPTY_RATE
    ) -> None:
        self.endpoints = {endpoint.endpoint_id: endpoint for endpoint in registry.endpoints}
        self.failure_rate = failure_rate
        self.empty_rate = empty_rate
        self.returned = {
            field.entity
            for e in registry.endpoints
            for field in e.returns_fields
            if Kind(field.entity, field.aspect).identifies
        }
        """Entities whose ids some endpoint returns; the user brings those of others, taken as they are."""
        self._shapes: dict[str, Shape | None] = {}
        self._fields: dict[str, dict[str, Field]] = {}

    def open(self, conversation_id: str, seed: int) -> "Session":
        """A new conversation; the same id and seed give the same answers."""
        return Session(self, f"{seed}:{conversation_id}")

    def shape_of(self, endpoint: Endpoint) -> Shape | None:
        """What the endpoint's replies look like, compiled at the first call."""
        if endpoint.endpoint_id not in self._shapes:
            self._shapes[endpoint.endpoint_id] = compile_shape(endpoint)
        return self._shapes[endpoint.endpoint_id]

    def fields_of(self, endpoint: Endpoint) -> dict[str, Field]:
        """Its parameters by name, as fields."""
        if endpoint.endpoint_id not in self._fields:
            self._fields[endpoint.endpoint_id] = {p.name: describe_parameter(p) for p in endpoint.parameters}
        return self._fields[endpoint.endpoint_id]


class Session:
    """One conversation's world and its calls."""

    def __init__(self, executor: OfflineExecutor, seed: str) -> None:
        self._executor = executor
        self.name = seed.partition(":")[2]
        """The conversation's id."""
        self._world = World(seed)
        self._replier = Replier(self._world)
        self._tried: set[str] = set()
        self._was_empty = False
        dice = random.Random(f"{seed}:clock")
        self._now = datetime(2026, 1, 5, 7) + timedelta(days=dice.randrange(700), minutes=dice.randrange(840))

    @property
    def now(self) -> str:
        """The conversation's clock: an ISO date-time."""
        return self._now.isoformat()

    def execute(self, name: str, parameters: Mapping[str, Json]) -> Json:
        """What the endpoint answers; a refusal is `{"error": {"code", "message"}}`."""
        endpoint = self._executor.endpoints.get(name)
        if endpoint is None:
            return _refuse("unknown_endpoint", f"There is no endpoint {name}.")
        if faults := find_argument_faults(compile_schema(describe_parameters(endpoint)), parameters):
            return _refuse("invalid_parameters", f"Wrong parameters: {faults[0].message}.")
        subjects = self._find_subjects(endpoint, parameters)
        if isinstance(subjects, str):
            return _refuse("not_found", subjects)
        cause = f"{name} {orjson.dumps(dict(parameters), option=orjson.OPT_SORT_KEYS).decode()}"
        if self._is_unavailable(cause):
            return _refuse(UNAVAILABLE, "The service did not answer in time. Please try again.")
        if gone := next((s for s in subjects.values() if s.gone and endpoint.intent in _CHANGING), None):
            return _refuse(
                "conflict", f"{gone.entity.replace('_', ' ').capitalize()} {gone.id} is already {gone.gone}."
            )
        return self._answer(endpoint, parameters, cause, subjects)

    def _answer(
        self, endpoint: Endpoint, parameters: Mapping[str, Json], cause: str, subjects: dict[str, Thing]
    ) -> Json:
        fields = self._executor.fields_of(endpoint)
        call = Call(
            endpoint, parameters, cause, self._set_scene(endpoint, parameters, fields), fields, subjects
        )
        call.most = _find_limit(parameters, fields)
        call.is_empty = self._finds_nothing(call)
        if endpoint.intent == "delete":
            self._end(endpoint, subjects)
        shape = self._executor.shape_of(endpoint)
        reply = {"status": "success"} if shape is None else self._replier.answer(call, shape)
        if endpoint.intent == "execute" and isinstance(reply, dict):
            _charge(subjects, reply.get("amount"))
        return reply

    def _find_subjects(self, endpoint: Endpoint, parameters: Mapping[str, Json]) -> dict[str, Thing] | str:
        """The things whose ids the call names, by entity; a sentence where one is not known."""
        subjects: dict[str, Thing] = {}
        for parameter in endpoint.parameters:
            if not _identifies(parameter) or parameter.name not in parameters:
                continue
            value = parameters[parameter.name]
            for one in value if isinstance(value, list) else [value]:
                thing = self._find_thing(parameter.entity, one)
                if thing is None:
                    return f"No {parameter.entity.replace('_', ' ')} has the id {one}."
                subjects.setdefault(thing.entity, thing)
        return subjects

    def _find_thing(self, entity: str, thing_id: Json) -> Thing | None:
        known = self._world.find(entity, thing_id)
        if known or not isinstance(thing_id, str | int):
            return known
        if entity not in self._executor.returned:
            return self._world.find_any(thing_id) or self._world.add(entity, thing_id)
        return None

    def _is_unavailable(self, cause: str) -> bool:
        if cause in self._tried:
            return False
        self._tried.add(cause)
        return self._world.roll("unavailable", cause).random() < self._executor.failure_rate

    def _finds_nothing(self, call: Call) -> bool:
        """Whether a search comes back empty: only one that could have asked for something else."""
        told = [
            n
            for n in call.arguments
            if n in call.fields and call.fields[n].kind not in ("id", "limit", "page")
        ]
        if self._was_empty or call.endpoint.intent != "search" or not told or call.subjects:
            return False
        self._was_empty = self._world.roll("empty", call.cause).random() < self._executor.empty_rate
        return self._was_empty

    def _end(self, endpoint: Endpoint, subjects: Mapping[str, Thing]) -> None:
        """What a deletion does to the thing it is about: the one its name speaks of, or the first."""
        words = set(split_name(endpoint.name))
        own = [s for s in subjects.values() if set(s.entity.split("_")) & words] or list(subjects.values())
        if own:
            own[0].gone = "deleted" if words & {"delete", "remove", "clear"} else "cancelled"

    def _set_scene(
        self, endpoint: Endpoint, parameters: Mapping[str, Json], fields: Mapping[str, Field]
    ) -> Scene:
        city: City | None = None
        day: date | None = None
        theme, currency, language = "", "", ""
        for name, value in parameters.items():
            kind = fields[name].kind if isinstance(value, str) else ""
            if kind in ("city", "airport") and (city is None or fields[name].side == "end"):
                city = find_city(str(value)) or city
            elif kind in ("date", "moment") and day is None:
                day = _read_day(str(value))
            elif kind in ("query", "topic", "name", "skill", "ingredient", "question"):
                theme = theme or str(value)
                city = city or find_city(str(value))
            elif kind == "currency":
                currency = str(value)
            elif kind == "language" and fields[name].side != "start":
                language = str(value)
            elif kind == "text" and not theme:
                theme = str(value) if endpoint.intent == "execute" else ""
        names = {fields[name].kind: str(value) for name, value in parameters.items()}
        sought = {kind: names.get(kind, "") for kind in ("first_name", "last_name")}
        born = next((v for n, v in parameters.items() if "birth" in split_name(n) and isinstance(v, int)), 0)
        return Scene(self._now, city, day, theme, currency, language=language, born=born, **sought)


def _identifies(parameter: Parameter) -> bool:
    return not parameter.natural and Kind(parameter.entity, parameter.aspect).identifies


def _charge(subjects: Mapping[str, Thing], amount: Json) -> None:
    """What is paid from an account is missing there afterwards."""
    for subject in subjects.values():
        balance = subject.values.get("balance")
        if isinstance(balance, int | float) and isinstance(amount, int | float):
            subject.values["balance"] = round(balance - amount, 2)


def _refuse(code: str, message: str) -> dict[str, Json]:
    return {"error": {"code": code, "message": message}}


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _find_limit(parameters: Mapping[str, Json], fields: Mapping[str, Field]) -> int | None:
    limits = [v for n, v in parameters.items() if fields[n].kind == "limit" and fields[n].side != "min"]
    return limits[0] if limits and isinstance(limits[0], int) and limits[0] > 0 else None
