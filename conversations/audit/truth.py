"""The truth of a conversation: calls that fit the catalogue, values with a source, outputs that agree."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs

from conversations.audit.problems import Problem, ProblemKind
from conversations.grounding.codes import looks_like_code
from conversations.grounding.interfaces import describe_registry, find_call_faults, list_choices
from conversations.grounding.sources import Argument, trace_arguments
from conversations.grounding.speech import Remark, find_internal_names, find_unheard_codes
from conversations.grounding.steps import Step, is_error, read_steps, walk_leaves
from toolworlds.records.base import Json
from toolworlds.records.catalogues import Endpoint, Registry
from toolworlds.records.conversations import Conversation

_INDEX = re.compile(r"\[\d+\]")


class Catalogue:
    """A registry, compiled once for checking calls and outputs."""

    def __init__(self, registry: Registry) -> None:
        self.endpoints: dict[str, Endpoint] = {e.endpoint_id: e for e in registry.endpoints}
        self.schemas = describe_registry(registry)
        self.choices = list_choices(self.schemas)
        self.meanings = {
            endpoint.endpoint_id: {
                field.path: (field.entity, field.aspect) for field in endpoint.returns_fields
            }
            for endpoint in registry.endpoints
        }
        """endpoint -> path of a returned field -> entity and aspect"""
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
        *_check_names(steps, catalogue),
        *_report("unheard_code", find_unheard_codes(conversation.messages)),
        *_report("internal_name", find_internal_names(conversation.messages)),
    ]


def _report(kind: ProblemKind, remarks: list[Remark]) -> list[Problem]:
    return [Problem(kind, f"message {remark.message}: {remark.what}") for remark in remarks]


def _check_calls(steps: list[Step], catalogue: Catalogue) -> Iterator[Problem]:
    for step in steps:
        for fault in find_call_faults(step.call.name, step.call.parameters, catalogue.schemas):
            yield Problem(fault.kind, f"message {step.asked_in}: {fault.message}")


def _check_sources(conversation: Conversation, steps: list[Step], catalogue: Catalogue) -> Iterator[Problem]:
    marked = conversation.metadata.mock_arguments or []
    arguments = trace_arguments(conversation.messages, catalogue.choices, marked)
    for argument in arguments:
        if argument.source.kind == "nobody":
            name = steps[argument.step].call.name
            what = f"nobody said {argument.path} = {argument.value!r} and no output held it"
            kind: ProblemKind = "unsourced_id" if catalogue.is_id(argument, name) else "unsourced_value"
            yield Problem(kind, f"message {steps[argument.step].asked_in}, {name}: {what}")
    known = {f"{argument.step}.{argument.parameter}" for argument in arguments}
    for mark in marked:
        if mark not in known:
            yield Problem("mock_arguments", f"{mark!r} is no argument of any call")


def _check_replies(steps: list[Step], catalogue: Catalogue) -> Iterator[Problem]:
    for step in steps:
        if step.answered_in is not None and not catalogue.fits_reply(step.call.name, step.output):
            yield Problem(
                "output_schema", f"message {step.answered_in}: that is not what {step.call.name} returns"
            )


def _check_names(steps: list[Step], catalogue: Catalogue) -> Iterator[Problem]:
    """An entity keeps its name, wherever the catalogue says that id and name of one entity stand together."""
    names: dict[tuple[str, Json], Json] = {}
    for step in steps:
        for entity, identity, name in _list_named(step, catalogue):
            before = names.setdefault((entity, identity), name)
            if before != name:
                what = f"{entity} {identity!r} is {before!r} and, in message {step.answered_in}, {name!r}"
                yield Problem("entity_name", what)


def _list_named(step: Step, catalogue: Catalogue) -> Iterator[tuple[str, Json, Json]]:
    """(entity, id, name) of each object in an output."""
    meanings = catalogue.meanings.get(step.call.name, {})
    things: dict[tuple[str, str], dict[str, Json]] = {}
    for path, value in walk_leaves(step.output):
        entity, aspect = meanings.get(_INDEX.sub("[]", path), ("", ""))
        if aspect in ("id", "name"):
            things.setdefault((path.rpartition(".")[0], entity), {})[aspect] = value
    for (_, entity), thing in things.items():
        if len(thing) == 2:
            yield entity, thing["id"], thing["name"]
