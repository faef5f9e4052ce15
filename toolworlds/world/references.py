"""The reference language: what a delta or a reply says instead of data, and how code fills it in.

    {"$arg": "name"}                            the call's argument; omitted: its default, else null
    {"$entity": ["collection", ID, "field"]}    one field of one entity
    {"$each": "collection", "where": CONDITIONS, "sort": "field" or "-field", "offset": N, "limit": N,
     "fields": ["f", ...]}                      a list of objects, ties and unsorted lists by id
    {"$op": "count" | "sum" | "mean" | "min" | "max", "of": "collection", "field": "f", "where": CONDITIONS}
                                                one value; of nothing: 0 for count and sum, else null
    {"$calc": "round(h * r, 2)", "vars": {"h": VALUE, "r": VALUE}}
    {"$new": "collection"}                      the id of the call's first insert there; "index": 1 the second
    {"$now": true}                              the clock
    {"$let": {"name": VALUE}, "in": VALUE}      names a single value (no list, no object);
                                                {"$var": "name"} stands for it inside

CONDITIONS is a list of [field, operator, VALUE] that must all hold (`world/conditions.py`). A condition
whose value is an omitted argument is dropped, unless the argument has a default. A VALUE is again a
reference or a literal. Numbers come out as `world.calc.tidy` writes them.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from toolworlds.records.base import Entity, Json
from toolworlds.records.worlds import Condition, WorldState
from toolworlds.world.calc import CalcFault, evaluate, mean, tidy, total
from toolworlds.world.conditions import ConditionFault, is_equal, select, sort_by
from toolworlds.world.schema import Collection

Literals = Literal["checked", "free"]

_OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "in", "contains")
_NUMBER_OR_DATE = re.compile(r"[-+]?\d+(\.\d+)?|\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?)?")


class UnresolvedReference(ValueError):  # noqa: N818 - named like the other faults of this package
    """A reference that leads nowhere, or a literal that should be a reference; the text quotes it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What references may point at."""

    arguments: Mapping[str, Json]
    parameters: Sequence[str]
    """Names of all arguments that the tool knows."""
    state: WorldState
    collections: Mapping[str, Collection]
    """The closed footprint."""
    minted: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """collection -> ids of the entities that this call inserts, in order."""


def resolve(value: Json, scope: Scope, literals: Literals) -> Json:
    """The value with every reference replaced by the data it points at. The input is left as it is.

    `checked` refuses literal numbers, dates and ids that are no argument: a model must point, not copy.
    `free` is for twins, whose code may compute what it likes. Raises UnresolvedReference.
    """
    try:
        return _Resolver(scope, literals).resolve(value)
    except CalcFault as error:
        raise UnresolvedReference(str(error)) from error


def resolve_conditions(
    collection: str, conditions: Json, scope: Scope, literals: Literals
) -> list[Condition]:
    """Conditions on a collection with plain values, dropped ones left out. Raises UnresolvedReference."""
    return _Resolver(scope, literals).resolve_conditions(scope.collections[collection], conditions)


class _Resolver:
    """One walk over one value."""

    def __init__(self, scope: Scope, literals: Literals) -> None:
        self._scope = scope
        self._literals = literals
        self._variables: dict[str, Json] = {}

    def resolve(self, value: Json) -> Json:
        if isinstance(value, dict):
            for key, (allowed, follow) in _FORMS.items():
                if key in value:
                    _require_keys(value, key, allowed)
                    return self._explain(follow, value)
            return {name: self.resolve(item) for name, item in self._plain_items(value)}
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if self._literals == "checked":
            self._check_literal(value)
        return tidy(value) if type(value) in (int, float) else value

    def _explain(
        self, follow: Callable[["_Resolver", dict[str, Json]], Json], value: dict[str, Json]
    ) -> Json:
        try:
            return follow(self, value)
        except (CalcFault, ConditionFault) as error:
            raise UnresolvedReference(f"{_quote(value)}: {error}") from error

    def _plain_items(self, value: dict[str, Json]) -> Iterator[tuple[str, Json]]:
        for name, item in value.items():
            if name.startswith("$"):
                raise UnresolvedReference(
                    f"{_quote(value)}: there is no reference {name!r}; known: {', '.join(_FORMS)}"
                )
            yield name, item

    def _check_literal(self, value: Json) -> None:
        if value is None or isinstance(value, bool) or self._is_argument(value):
            return
        if isinstance(value, int | float):
            raise UnresolvedReference(
                f"the literal number {value!r} is no argument; point at it, or put a constant inside $calc"
            )
        if _NUMBER_OR_DATE.fullmatch(value) or self._is_id(value):
            raise UnresolvedReference(
                f"the literal {value!r} is data and no argument; point at it with a reference"
            )

    def _is_argument(self, value: Json) -> bool:
        return any(is_equal(value, argument) for argument in self._scope.arguments.values())

    def _is_id(self, text: str) -> bool:
        entities = self._scope.state.collections
        return any(
            collection.place(entities[name], text) is not None
            for name, collection in self._scope.collections.items()
        )

    def follow_arg(self, value: dict[str, Json]) -> Json:
        name = value["$arg"]
        if name not in self._scope.parameters:
            raise UnresolvedReference(f"{_quote(value)}: the tool has no argument {name!r}")
        return self._scope.arguments.get(name)

    def follow_entity(self, value: dict[str, Json]) -> Json:
        steps = value["$entity"]
        if not isinstance(steps, list) or len(steps) != 3:
            raise UnresolvedReference(f"{_quote(value)}: give [collection, id, field]")
        collection = self._collection(value, steps[0])
        self._require_fields(value, collection, [steps[2]])
        entity_id = self.resolve(steps[1])
        entity = collection.find(self._scope.state.collections[collection.name], entity_id)
        if entity is None:
            raise UnresolvedReference(f"{_quote(value)}: {collection.name} has no entity {entity_id!r}")
        return entity.get(steps[2])

    def follow_each(self, value: dict[str, Json]) -> Json:
        collection = self._collection(value, value["$each"])
        entities = self._select(value, collection)
        if "sort" in value:
            entities = self._sort(value, collection, entities)
        offset = self._whole_number(value, "offset", 0)
        limit = self._whole_number(value, "limit", len(entities))
        page = entities[offset : offset + limit]
        if "fields" not in value:
            return page
        fields = self._require_fields(value, collection, value["fields"])
        return [{name: entity.get(name) for name in fields} for entity in page]

    def follow_op(self, value: dict[str, Json]) -> Json:
        operation = value["$op"]
        collection = self._collection(value, value.get("of"))
        entities = self._select(value, collection)
        if operation == "count":
            return len(entities)
        if operation not in ("sum", "mean", "min", "max"):
            raise UnresolvedReference(f"{_quote(value)}: $op is one of count, sum, mean, min, max")
        (name,) = self._require_fields(value, collection, [value.get("field")])
        return _aggregate(operation, [entity[name] for entity in entities if entity.get(name) is not None])

    def follow_calc(self, value: dict[str, Json]) -> Json:
        expression, variables = value["$calc"], value.get("vars", {})
        if not isinstance(expression, str) or not isinstance(variables, dict):
            raise UnresolvedReference(f"{_quote(value)}: give an expression as text and vars as an object")
        return evaluate(expression, {name: self.resolve(item) for name, item in variables.items()})

    def follow_new(self, value: dict[str, Json]) -> Json:
        ids, index = self._scope.minted.get(str(value["$new"]), ()), value.get("index", 0)
        if type(index) is not int or not 0 <= index < len(ids):
            raise UnresolvedReference(f"{_quote(value)}: this call inserts {len(ids)} entities there")
        return ids[index]

    def follow_now(self, value: dict[str, Json]) -> Json:
        return self._scope.state.now

    def follow_let(self, value: dict[str, Json]) -> Json:
        names = value["$let"]
        if not isinstance(names, dict) or "in" not in value:
            raise UnresolvedReference(f'{_quote(value)}: give {{"$let": {{name: value}}, "in": value}}')
        outer = self._variables
        try:
            for name, item in names.items():
                single = self.resolve(item)
                if isinstance(single, dict | list):  # nested names of lists would multiply without bound
                    raise UnresolvedReference(
                        f"{_quote(value)}: {name!r} is a list or object; $let names single values"
                    )
                self._variables = {**self._variables, name: single}
            return self.resolve(value["in"])
        finally:
            self._variables = outer

    def follow_var(self, value: dict[str, Json]) -> Json:
        name = value["$var"]
        if not isinstance(name, str) or name not in self._variables:
            raise UnresolvedReference(f"{_quote(value)}: no $let around it names {name!r}")
        return self._variables[name]

    def resolve_conditions(self, collection: Collection, conditions: Json) -> list[Condition]:
        if not isinstance(conditions, list | tuple):
            raise UnresolvedReference(f"{_quote(conditions)}: give a list of [field, operator, value]")
        resolved: list[Condition] = []
        for condition in conditions:
            if not isinstance(condition, list | tuple) or len(condition) != 3:
                raise UnresolvedReference(f"{_quote(condition)}: give [field, operator, value]")
            name, how, value = condition
            if how not in _OPERATORS:
                raise UnresolvedReference(f"{_quote(condition)}: the operators are {' '.join(_OPERATORS)}")
            self._require_fields(condition, collection, [name])
            if value in collection.enums.get(name, ()):
                resolved.append((name, how, value))
            elif not self._is_omitted(value):
                resolved.append((name, how, self.resolve(value)))
        return resolved

    def _is_omitted(self, value: Json) -> bool:
        return (
            isinstance(value, dict)
            and value.get("$arg") in self._scope.parameters
            and self.follow_arg(value) is None
        )

    def _select(self, value: dict[str, Json], collection: Collection) -> list[Entity]:
        conditions = self.resolve_conditions(collection, value.get("where", []))
        return select(self._scope.state.collections[collection.name], conditions)

    def _sort(self, value: dict[str, Json], collection: Collection, entities: list[Entity]) -> list[Entity]:
        name = str(value["sort"])
        (plain,) = self._require_fields(value, collection, [name.removeprefix("-")])
        return sort_by(entities, plain, descending=name.startswith("-"))

    def _whole_number(self, value: dict[str, Json], key: str, otherwise: int) -> int:
        number = self.resolve(value.get(key))
        if number is None:
            return otherwise
        if (
            isinstance(number, bool)
            or not isinstance(number, int | float)
            or number < 0
            or number != int(number)
        ):
            raise UnresolvedReference(f"{_quote(value)}: {key} is {number!r}, not a whole number from 0")
        return int(number)

    def _collection(self, value: dict[str, Json], name: Json) -> Collection:
        if not isinstance(name, str) or name not in self._scope.collections:
            known = ", ".join(sorted(self._scope.collections))
            raise UnresolvedReference(f"{_quote(value)}: {name!r} is not in the tool's footprint ({known})")
        return self._scope.collections[name]

    def _require_fields(self, value: Json, collection: Collection, names: Json) -> list[str]:
        if not isinstance(names, list):
            raise UnresolvedReference(f"{_quote(value)}: fields is a list of field names")
        for name in names:
            if not isinstance(name, str) or name not in collection.fields:
                raise UnresolvedReference(f"{_quote(value)}: {collection.name} has no field {name!r}")
        return names


_FORMS: dict[str, tuple[frozenset[str], Callable[[_Resolver, dict[str, Json]], Json]]] = {
    "$arg": (frozenset(), _Resolver.follow_arg),
    "$entity": (frozenset(), _Resolver.follow_entity),
    "$each": (frozenset({"where", "sort", "offset", "limit", "fields"}), _Resolver.follow_each),
    "$op": (frozenset({"of", "field", "where"}), _Resolver.follow_op),
    "$calc": (frozenset({"vars"}), _Resolver.follow_calc),
    "$new": (frozenset({"index"}), _Resolver.follow_new),
    "$now": (frozenset(), _Resolver.follow_now),
    "$let": (frozenset({"in"}), _Resolver.follow_let),
    "$var": (frozenset(), _Resolver.follow_var),
}
"""reference -> the keys that may stand beside it, and what follows it."""


def _require_keys(value: dict[str, Json], key: str, allowed: frozenset[str]) -> None:
    strange = sorted(value.keys() - allowed - {key})
    if strange:
        raise UnresolvedReference(f"{_quote(value)}: {', '.join(strange)} may not stand beside {key}")


def _aggregate(operation: str, values: list[Json]) -> Json:
    if operation == "sum":
        return total(values)
    if not values:
        return None
    if operation == "mean":
        return mean(values)
    if any(isinstance(value, str) for value in values) and not all(
        isinstance(value, str) for value in values
    ):
        raise CalcFault(f"{operation} takes numbers or dates, not a mix of both")
    return min(values) if operation == "min" else max(values)


def _quote(value: Json) -> str:
    """A reference as reasons quote it: JSON, cut to a readable length."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 160 else f"{text[:150]} …"
