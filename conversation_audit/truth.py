"""The truth of a conversation: calls that fit the catalogue, values with a source, outputs that agree."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from conversation_audit.problems import Problem, ProblemKind
from grounding.codes import looks_like_code
from grounding.interfaces import describe_registry, find_call_faults, list_choices
from grounding.sources import Argument, trace_arguments
from grounding.speech import Remark, find_internal_names, find_unheard_codes
from grounding.steps import Step, is_error, read_steps
from records.base import Json
from records.catalogues import Endpoint, Registry
from records.conversations import Conversation


class Catalogue:
    """A registry, compiled once for checking calls and outputs."""

    def __init__(self, registry: Registry) -> None:
        self.endpoints: dict[str, Endpoint] = {e.endpoint_id: e for e in registry.endpoints}
        self.schemas = describe_registry(registry)
        self.choices = list_choices(self.schemas)
        self._validators: dict[str, Any] = {}

    def fits_reply(self, name: str, output: Json) -> bool:
        """Whether an output is what its endpoint returns; errors and undeclared replies always are."""
        schema = self.endpoints[name].returns_schema if name in self.endpoints else {}
        if not schema or is_error(output):
            return True
        if name not in self._validators:
            self._validators[name] = jsonschema_rs.validator_for(schema)
        return bool(self._validators[name].is_valid(output))

    def is_id(self, argument: Argument, name: str) -> bool:
        """Whether an argument identifies something: by its parameter's aspect, else by its look."""
        endpoint = self.endpoints.get(name)
        declared = (
            next((p for p in endpoint.parameters if p.name == argument.parameter), None) if endpoint else None
        )
        if declared is not None:
            return declared.aspect == "id"
        return isinstance(argument.value, str) and looks_like_code(argument.value)


def check_truth(conversation: Conversation, catalogue: Catalogue) -> list[Problem]:
    """Everything that the catalogue, the outputs and what was said do not bear out."""
    steps = read_steps(conversation.messages)
    return [
        *_check_calls(steps, catalogue),
        *_check_sources(conversation, steps, catalogue),
        *_check_replies(steps, catalogue),
        *_check_names(steps),
        *_report("unheard_code", find_unheard_codes(conversation.messages)),
        *_report("internal_name", find_internal_names(conversation.messages)),
    ]


def _report(kind: ProblemKind, remarks: list[Remark]) -> list[Problem]:
    return [Problem(kind, f"message {remark.message}: {remark.what}") for remark in remarks]


def _check_calls(steps: list[Step], catalogue: Catalogue) -> Iterator[Problem]:
    for step in steps:
        for fault in find_call_faults(step.call.name, step.call.parameters, catalogue.schemas):
            yield Problem(fault.kind, f"call {step.index}: {fault.message}")


def _check_sources(conversation: Conversation, steps: list[Step], catalogue: Catalogue) -> Iterator[Problem]:
    marked = conversation.metadata.mock_arguments or []
    arguments = trace_arguments(conversation.messages, catalogue.choices, marked)
    for argument in arguments:
        if argument.source.kind == "nobody":
            name = steps[argument.step].call.name
            what = f"nobody said {argument.path} = {argument.value!r} and no output held it"
            kind: ProblemKind = "unsourced_id" if catalogue.is_id(argument, name) else "unsourced_value"
            yield Problem(kind, f"call {argument.step}, {name}: {what}")
    known = {f"{argument.step}.{argument.parameter}" for argument in arguments}
    for mark in marked:
        if mark not in known:
            yield Problem("mock_arguments", f"{mark!r} is no argument of any call")


def _check_replies(steps: list[Step], catalogue: Catalogue) -> Iterator[Problem]:
    for step in steps:
        if step.answered_in is not None and not catalogue.fits_reply(step.call.name, step.output):
            yield Problem("output_schema", f"call {step.index}: {step.call.name} returns something else")


def _check_names(steps: list[Step]) -> Iterator[Problem]:
    """An entity keeps its name."""
    names: dict[tuple[str, Json], Json] = {}
    for step in steps:
        for key, identity, name in _list_named(step.output):
            before = names.setdefault((key, identity), name)
            if before != name:
                yield Problem(
                    "entity_name", f"{identity!r} is {before!r} and, in call {step.index}, {name!r}"
                )


def _list_named(value: Json) -> Iterator[tuple[str, Json, Json]]:
    """(kind of id, id, name): `hotel_id` with `hotel_name`; with `name` or `title` if it is the only id."""
    if isinstance(value, list):
        for member in value:
            yield from _list_named(member)
    elif isinstance(value, dict):
        ids = [key for key, held in value.items() if key.endswith("_id") and isinstance(held, str | int)]
        for key in ids:
            labels = [f"{key.removesuffix('_id')}_name", *(["name", "title"] if len(ids) == 1 else [])]
            found = next((value[label] for label in labels if isinstance(value.get(label), str)), None)
            if found is not None:
                yield key, value[key], found
        for held in value.values():
            yield from _list_named(held)
