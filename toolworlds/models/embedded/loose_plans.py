"""Plans over tools of which only names or schemas are known: who can follow whom, and with what values.

Nothing here knows what a tool does. A value comes from a field of like name in an earlier output, from the
text that asks for the work, or it is made up to fit the schema.
"""

import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from toolworlds.language.nouns import to_singular
from toolworlds.language.words import split_name
from toolworlds.records.base import Json

READING = (
    "get",
    "search",
    "find",
    "list",
    "lookup",
    "look",
    "fetch",
    "query",
    "read",
    "show",
    "check",
    "count",
)
WRITING = (
    "send",
    "post",
    "create",
    "update",
    "add",
    "write",
    "delete",
    "open",
    "close",
    "set",
    "publish",
    "store",
)
BODIES = ("message", "text", "body", "content", "note", "summary", "comment", "data", "input", "code")
"""Params that hold what was found out."""
SUBJECTS = (
    "Harbour Freight",
    "Northwind Cement",
    "the coastal rail line",
    "copper prices",
    "the payment service",
    "Alder Foods",
    "wheat exports",
    "the search index",
    "Meridian Bank",
    "Solway Energy",
    "container shipping",
    "Lindqvist Instruments",
)
FITTING: Mapping[str, Sequence[str]] = {
    "service": ("payments", "checkout", "search-index", "billing"),
    "channel": ("desk-news", "research", "operations"),
}
"""What some params are about, whatever the rest is about."""
KEYS = ("_id", "id", "symbol", "code", "key")
"""Ends of names that nobody can make up a value for."""
TRIES = 8
CODES = ("ALDR", "NWCM", "SLWY", "MRDN", "LQVI", "HBFR", "TMBR", "OSKA")
NUMBERS = (3, 5, 10, 14, 20, 30)
DAYS = ("2026-02-11", "2026-03-02", "2026-03-19", "2026-04-07")

_WORD = re.compile(r"[a-z0-9]+")
_QUOTED = re.compile(r"[\"“']([^\"”']{2,80})[\"”']")
_CODE = re.compile(r"\b(?:[A-Z]{2,6}|[A-Za-z]+[-_]?\d+)\b")
_NAME = re.compile(r"(?<![.!?:] )(?<!^)\b[A-Z][\w&-]+(?: [A-Z][\w&-]+)*")
_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_NUMBER = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w-])")


@dataclass(slots=True)
class LoosePlan:
    """Steps so far, and what their outputs offer."""

    text: str
    """The request that is planned for; empty when a request is still to be written."""
    subject: str
    rng: random.Random
    steps: list[dict[str, Json]] = field(default_factory=list)
    offered: list[tuple[str, str, set[str]]] = field(default_factory=list)
    """(reference, name of the field, its JSON types) of every field that a step is known to return."""
    fresh: bool = False
    """While the same call as before is to be avoided."""

    def call(self, card: Mapping[str, Json]) -> None:
        """Adds a call of the tool; one that was made already is made about something else."""
        number = len(self.steps) + 1
        made = [step["params"] for step in self.steps if step["tool"] == card["tool"]]
        params = self._choose_params(card)
        for _ in range(TRIES):
            if params not in made:
                break
            self.subject, self.fresh = self.rng.choice(SUBJECTS), True
            params = self._choose_params(card)
        self.fresh = False
        self.steps.append({"step": number, "server": card["server"], "tool": card["tool"], "params": params})
        if output := card.get("output"):
            self.offered += [
                (f"${{{number}{path}}}", name, kinds) for path, name, kinds in walk_fields(output)
            ]

    def _choose_params(self, card: Mapping[str, Json]) -> dict[str, Json]:
        schema = card.get("parameters")
        return self._fill(schema) if schema else self._guess(card)

    def _fill(self, schema: Mapping[str, Json]) -> dict[str, Json]:
        known, required = schema.get("properties", {}), schema.get("required", [])
        wanted = [name for name in known if name in required or self._mentions(known[name])]
        return {name: self._value(name, known[name]) for name in wanted}

    def _mentions(self, schema: Mapping[str, Json]) -> bool:
        """Whether the text names a choice of an optional param."""
        return any(str(choice).replace("_", " ") in self.text.lower() for choice in schema.get("enum", ()))

    def _value(self, name: str, schema: Mapping[str, Json]) -> Json:
        kinds = types_of(schema)
        if schema.get("enum"):
            named = [one for one in schema["enum"] if str(one).replace("_", " ") in self.text.lower()]
            return named[0] if named else self.rng.choice(schema["enum"])
        if reference := self._find_reference(name, kinds):
            return reference
        if "default" in schema and not self.text:
            return schema["default"]
        if "string" in kinds or not kinds:
            return self._word(name, schema)
        if "integer" in kinds or "number" in kinds:
            return self._number(schema, "integer" in kinds)
        if "boolean" in kinds:
            return True
        if "array" in kinds:
            return [self._value(to_singular(name), schema.get("items", {}))]
        return self._fill(schema) if "object" in kinds else None

    def _find_reference(self, name: str, kinds: set[str]) -> str | None:
        """The latest field of this name, or of one that ends alike; any of them where it must be fresh."""
        fitting = []
        for reference, shown, types in reversed(self.offered):
            if is_alike(name, shown) and (not kinds or not types or kinds & types):
                fitting.append(reference)
        if self.fresh:
            return self.rng.choice([*fitting, None]) if fitting else None
        return fitting[0] if fitting else None

    def _word(self, name: str, schema: Mapping[str, Json]) -> str:
        if schema.get("format") in ("date", "date-time") or name.endswith("date") or name == "day":
            day = next(iter(_DAY.findall(self.text)), None) or self.rng.choice(DAYS)
            return f"{day}T09:00:00" if schema.get("format") == "date-time" else day
        if any(name.endswith(body) for body in BODIES):
            return self._report()
        if name in ("symbol", "ticker", "code") or name.endswith("_id") or name == "id":
            return next(iter(_CODE.findall(self.text)), None) or self.rng.choice(CODES)
        if name in FITTING and not self.text:
            return self.rng.choice(FITTING[name])
        return self._subject()

    def _subject(self) -> str:
        named = [*_QUOTED.findall(self.text), *_NAME.findall(self.text)]
        return str(named[0]) if named else self.subject

    def _report(self) -> str:
        """What was found out, in a few words."""
        shown = [(reference, name) for reference, name, kinds in self.offered if kinds & SINGLE]
        if not shown:
            return f"About {self._subject()}"
        told = "; ".join(f"{name.replace('_', ' ')}: {reference}" for reference, name in shown[-2:])
        return f"About {self._subject()}: {told}"

    def _number(self, schema: Mapping[str, Json], whole: bool) -> Json:
        least, most = schema.get("minimum", 1), schema.get("maximum", 1_000_000)
        found = [float(number) for number in _NUMBER.findall(self.text)]
        fitting = [number for number in (found or NUMBERS) if least <= number <= most]
        if not fitting and "maximum" in schema:
            return self.rng.randint(math.ceil(least), math.floor(most))
        number = (fitting[0] if found else self.rng.choice(fitting)) if fitting else least
        return int(number) if whole else number

    def _guess(self, card: Mapping[str, Json]) -> dict[str, Json]:
        """Params of a tool that declares none: a question to ask, or what was found out so far."""
        if is_reading(card["tool"]) or not self.steps:
            return {"query": self._subject()}
        return {"input": f"${{{len(self.steps)}}}"}


def is_alike(param: str, shown: str) -> bool:
    """Whether a field's name says that a param takes its value: `id` for `order_id`, not for `name`."""
    return shown == param or param.endswith(f"_{shown}") or shown.endswith(f"_{param}")


def list_providers(card: Mapping[str, Json], cards: Sequence[Mapping[str, Json]]) -> list[Mapping[str, Json]]:
    """The tool after those that return what its required params of a telling name take, each once."""
    found: list[Mapping[str, Json]] = []
    schema = card.get("parameters") or {}
    for name in schema.get("required", []):
        if not name.endswith(KEYS):
            continue
        providers = [
            other
            for other in cards
            if other is not card
            and any(shown == name for _, shown, _ in walk_fields(other.get("output") or {}))
        ]
        if providers and providers[0] not in found:
            found.append(providers[0])
    return [*found, card]


SINGLE = frozenset({"string", "number", "integer", "boolean"})


def walk_fields(schema: Mapping[str, Json], path: str = "") -> Iterator[tuple[str, str, set[str]]]:
    """(path, name, types) of the single values that an output declares; of a list its first element's."""
    for name, held in schema.get("properties", {}).items():
        here, kinds = f"{path}.{name}", types_of(held)
        if "array" in kinds:
            yield from walk_fields(held.get("items", {}), f"{here}[0]")
        elif "object" in kinds:
            yield from walk_fields(held, here)
        else:
            yield here, name, kinds


def types_of(schema: Mapping[str, Json]) -> set[str]:
    """The JSON types that a schema allows; empty where it does not say."""
    declared = schema.get("type", [])
    return {declared} if isinstance(declared, str) else set(declared)


def is_reading(tool: str) -> bool:
    """Whether a tool's name says that it looks something up."""
    words = split_name(tool)
    return bool(set(words) & set(READING)) or not set(words) & set(WRITING)


def order_tools(cards: Sequence[Mapping[str, Json]]) -> list[Mapping[str, Json]]:
    """Tools that look things up before those that change something."""
    return sorted(cards, key=lambda card: not is_reading(card["tool"]))


def score_tool(card: Mapping[str, Json], text: str) -> int:
    """How many words of a tool's name (twice) and description the text shares."""
    said = {to_singular(word) for word in split_name(text) if len(word) > 3}
    name = {to_singular(word) for word in split_name(card["tool"])}
    described = {to_singular(word) for word in split_name(card.get("description", ""))}
    return 2 * len(name & said) + len((described - name) & said)
