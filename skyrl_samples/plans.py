"""What must hold of a plan before anything runs: order, tools, params, references, facts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skyrl_samples.inventory import Inventory, InventoryTool
from skyrl_samples.plan_references import (
    PlanReference,
    ReferenceFault,
    is_reference,
    walk_references,
)
from toolworlds.records.base import Json
from toolworlds.records.samples import PlanStep
from toolworlds.world.canonical import canonical_text
from toolworlds.world.json_paths import NoSuchPath, Steps, format_path, read_path, show_path

Schema = Mapping[str, Json]

WITHIN_TEXT = frozenset({"string", "number", "integer", "boolean"})
"""JSON types of what can stand within a longer text."""
_BY_SHAPE = frozenset({"anyOf", "oneOf", "not", "enum", "const", "contains", "uniqueItems", "if"})
"""Keywords that look at values within; they say nothing while one of these is a reference."""


def check_steps(steps: Sequence[PlanStep], inventory: Inventory | None) -> list[str]:
    """Reasons against the steps of a plan; without an inventory tools, params and outputs stay unchecked."""
    reasons = _check_order(steps)
    if reasons:
        return reasons
    for step in steps:
        try:
            reasons += _Checker(steps, inventory).check(step)
        except ReferenceFault as fault:
            reasons.append(f"step {step.step} ({step.tool}): {fault}")
    return reasons


def check_fact(reference: PlanReference, steps: Sequence[PlanStep], inventory: Inventory | None) -> list[str]:
    """Reasons against a fact: a place within what a step is known to return."""
    if not reference.path:
        return [f"{reference} is a whole output; name the place of the one value that is meant"]
    checker = _Checker(steps, inventory)
    reasons = checker.check_place(reference)
    if not reasons and (held := checker.list_types(reference)) and held <= {"array", "object"}:
        return [f"{reference} is {' or '.join(sorted(held))}; name the place of one single value"]
    return reasons


def _check_order(steps: Sequence[PlanStep]) -> list[str]:
    numbers = [step.step for step in steps]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        return [
            f"step {number} occurs {numbers.count(number)} times; number the steps 1, 2, 3, …"
            for number in twice
        ]
    seen: dict[str, int] = {}
    for step in steps:
        call = canonical_text([step.server, step.tool, step.params])
        if seen.setdefault(call, step.step) != step.step:
            return [f"step {step.step} is the same call as step {seen[call]}; leave one of them out"]
    if numbers != list(range(1, len(steps) + 1)):
        return [f"the steps are numbered {', '.join(map(str, numbers))}; they are carried out as 1, 2, 3, …"]
    return []


@dataclass(frozen=True, slots=True)
class _Checker:
    """Looks at single steps of one plan."""

    steps: Sequence[PlanStep]
    inventory: Inventory | None

    def check(self, step: PlanStep) -> list[str]:
        """Reasons against one step. Raises ReferenceFault for what is no reference."""
        reasons = []
        tool = self._find(step)
        if self.inventory is not None and tool is None:
            reasons.append(self.inventory.explain_unknown(step.server, step.tool))
        referring = dict(walk_references(step.params))
        for path, references in referring.items():
            for reference in references:
                place = f"{show_path(path)}: "
                reasons += [place + why for why in self._check_use(step, reference)]
        if tool is not None:
            reasons += _check_params(tool, step.params, set(referring))
            reasons += self._check_types(tool, step, referring)
        return [f"step {step.step} ({step.tool}): {reason}" for reason in reasons]

    def check_place(self, reference: PlanReference) -> list[str]:
        """Reasons against a place in the output of a step."""
        if not 1 <= reference.step <= len(self.steps):
            return [f"{reference}: the plan has no step {reference.step}"]
        tool = self._find(self.steps[reference.step - 1])
        if tool is None or tool.spec is not None or not reference.path:
            return []
        if tool.output is None:
            return [
                f"{reference}: {tool.fqn} does not declare what it returns, so only ${{{reference.step}}}, "
                "all of it, can be referred to"
            ]
        try:
            find_schema(tool.output, reference.path)
        except NoSuchPath as error:
            return [f"{reference}: {tool.fqn} returns {_list_fields(tool.output)}; {error}"]
        return []

    def _check_use(self, step: PlanStep, reference: PlanReference) -> list[str]:
        if reference.step >= step.step:
            return [f"{reference}: only steps before this one have an output yet"]
        return self.check_place(reference)

    def _check_types(
        self, tool: InventoryTool, step: PlanStep, referring: Mapping[Steps, list[PlanReference]]
    ) -> Iterator[str]:
        """What a reference leads to must be of a type that its place takes: the param's, or a text's."""
        for path, references in referring.items():
            alone = is_reference(read_path(step.params, path))
            wanted = _types_of(_look_up(tool.parameters, path)) if alone else WITHIN_TEXT
            taker = "the tool" if alone else "a text"
            for reference in references:
                given = set() if self._check_use(step, reference) else self.list_types(reference)
                if wanted and given and not wanted & given:
                    yield (
                        f"{show_path(path)}: {reference} is {' or '.join(sorted(given))}, {taker} takes "
                        f"{' or '.join(sorted(wanted))}"
                    )

    def list_types(self, reference: PlanReference) -> set[str]:
        """The JSON types that may stand there; empty where nothing is declared."""
        tool = self._find(self.steps[reference.step - 1])
        return _types_of(_look_up(tool.output if tool else None, reference.path))

    def _find(self, step: PlanStep) -> InventoryTool | None:
        return self.inventory.find(step.server, step.tool) if self.inventory else None


def _check_params(tool: InventoryTool, params: Json, referring: set[Steps]) -> list[str]:
    """What the tool's schema refuses; where a reference stands the value is not known yet."""
    if strays := _find_strays(tool.parameters or {}, params):
        takes = ", ".join((tool.parameters or {})["properties"]) or "nothing"
        return [f"params: {tool.fqn} has no {', '.join(strays)}; it takes {takes}"]
    reasons = []
    for misfit in tool.arguments.list_misfits(params):
        path = misfit.path
        depends = [leaf for leaf in referring if leaf[: len(path)] == path or path[: len(leaf)] == leaf]
        if not depends or (_BY_SHAPE.isdisjoint(misfit.keywords) and path not in depends):
            reasons.append(f"params{'.' if path else ''}{show_path(path)}: {misfit.message}")
    return reasons


def _find_strays(schema: Schema, params: Json) -> list[str]:
    """Names that a tool does not know; schemas often forget to say that there are no others."""
    if "properties" not in schema or schema.get("additionalProperties"):
        return []
    return sorted(params.keys() - schema["properties"].keys())


def find_schema(schema: Schema, path: Steps) -> Schema | None:
    """The schema of what stands at a path; None where nothing is said of it. Raises NoSuchPath."""
    held: Any = schema
    for depth, step in enumerate(path):
        if not isinstance(held, dict) or held.keys() & {"$ref", "anyOf", "oneOf", "allOf", "if"}:
            return None
        held = _enter(held, step, path[: depth + 1])
    return held if isinstance(held, dict) else None


def _enter(schema: Schema, step: str | int, path: Steps) -> Json:
    if isinstance(step, int):
        if "array" not in (_types_of(schema) or {"array"}):
            raise NoSuchPath(f"{format_path(path[:-1]) or 'the output'} is no list")
        return schema.get("items", {})
    if "object" not in (_types_of(schema) or {"object"}):
        raise NoSuchPath(f"{format_path(path[:-1]) or 'the output'} has no fields; it is no object")
    known = schema.get("properties", {})
    if step in known:
        return known[step]
    if known and not schema.get("additionalProperties"):
        raise NoSuchPath(f"there is no {format_path(path)}")
    return schema.get("additionalProperties") or {}


def _look_up(schema: Schema | None, path: Steps) -> Schema | None:
    try:
        return find_schema(schema, path) if schema else None
    except NoSuchPath:
        return None


def _types_of(schema: Schema | None) -> set[str]:
    """The JSON types that a schema allows; empty where it does not say."""
    held = (schema or {}).get("type")
    types = {held} if isinstance(held, str) else set(held or ())
    return types | ({"integer"} if "number" in types else set())


def _list_fields(schema: Schema) -> str:
    names = ", ".join(schema.get("properties", {}))
    return f"the fields {names}" if names else f"{schema.get('type', 'something')}"
