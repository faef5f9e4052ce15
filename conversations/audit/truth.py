"""The truth of a conversation: calls that fit the catalogue, values with a source, outputs that agree."""

import re
from collections.abc import Iterator, Sequence

from conversations.audit.problems import Problem, ProblemKind
from conversations.codes import looks_like_code
from conversations.interfaces import describe_registry, find_misfits, list_choices
from conversations.speech import find_internal_names, find_unheard_codes
from conversations.steps import (
    ConversationStep,
    TracedArgument,
    read_steps,
    trace_arguments,
)
from toolworlds.catalogue.spans import find_reversed
from toolworlds.records.base import Json
from toolworlds.records.catalogues import Endpoint, Registry
from toolworlds.records.conversations import Conversation
from toolworlds.world.calls import is_error
from toolworlds.world.json_paths import format_path, walk_leaves
from toolworlds.world.json_schema import compile_schema

_INDEX = re.compile(r"\[\d+\]")


class CompiledRegistry:
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
        self._aspects = {(e.endpoint_id, p.name): p.aspect for e in registry.endpoints for p in e.parameters}

    def trace(self, conversation: Conversation) -> list[TracedArgument]:
        """Every argument of a conversation with its sources, those among them that the record marks."""
        marks = conversation.metadata.mock_arguments or []
        return trace_arguments(conversation.messages, self.choices, marks)

    def fits_reply(self, name: str, output: Json) -> bool:
        """Whether an output is what its endpoint returns; errors and undeclared replies always are."""
        schema = self.endpoints[name].returns_schema if name in self.endpoints else {}
        return not schema or is_error(output) or compile_schema(schema).fits(output)

    def is_id(self, argument: TracedArgument) -> bool:
        """Whether an argument identifies something: by its parameter's aspect, else by its look."""
        aspect = self._aspects.get((argument.step.call.name, argument.parameter))
        if aspect is not None:
            return aspect == "id"
        return isinstance(argument.value, str) and looks_like_code(argument.value)


def check_truth(
    conversation: Conversation, arguments: Sequence[TracedArgument], registry: CompiledRegistry
) -> Iterator[Problem]:
    """Everything that the catalogue, the outputs and what was said do not bear out."""
    steps = read_steps(conversation.messages)
    for step in steps:
        for misfit in find_misfits(step.call.name, step.call.parameters, registry.schemas):
            yield Problem(misfit.kind, f"message {step.asked_in}: {misfit.message}")
        called = registry.endpoints.get(step.call.name)
        for span in find_reversed(called, step.call.parameters) if called else ():
            what = f"{span.end} = {step.call.parameters[span.end]!r} does not come after {span.start}"
            yield Problem("reversed_span", f"message {step.asked_in}, {step.call.name}: {what}")
    yield from _check_sources(arguments, registry)
    known = {f"{argument.step.index}.{argument.parameter}" for argument in arguments}
    for mark in conversation.metadata.mock_arguments or []:
        if mark not in known:
            yield Problem("mock_arguments", f"{mark!r} is no argument of any call")
    for step in steps:
        if step.answered_in is not None and not registry.fits_reply(step.call.name, step.output):
            what = f"message {step.answered_in}: that is not what {step.call.name} returns"
            yield Problem("output_schema", what)
    yield from _check_names(steps, registry)
    for remark in find_unheard_codes(conversation.messages):
        yield Problem("unheard_code", f"message {remark.message}: {remark.what}")
    for remark in find_internal_names(conversation.messages):
        yield Problem("internal_name", f"message {remark.message}: {remark.what}")


def _check_sources(arguments: Sequence[TracedArgument], registry: CompiledRegistry) -> Iterator[Problem]:
    for argument in arguments:
        if argument.source.kind == "nobody":
            kind: ProblemKind = "unsourced_id" if registry.is_id(argument) else "unsourced_value"
            what = f"nobody said {argument.path} = {argument.value!r} and no output held it"
            step = argument.step
            yield Problem(kind, f"message {step.asked_in}, {step.call.name}: {what}")


def _check_names(steps: Sequence[ConversationStep], registry: CompiledRegistry) -> Iterator[Problem]:
    """An entity keeps its name, wherever the catalogue says that id and name of one entity stand together."""
    names: dict[tuple[str, Json], Json] = {}
    for step in steps:
        for entity, identity, name in _list_named(step, registry):
            before = names.setdefault((entity, identity), name)
            if before != name:
                what = f"{entity} {identity!r} is {before!r} and, in message {step.answered_in}, {name!r}"
                yield Problem("entity_name", what)


def _list_named(step: ConversationStep, registry: CompiledRegistry) -> Iterator[tuple[str, Json, Json]]:
    """(entity, id, name) of each object in an output."""
    meanings = registry.meanings.get(step.call.name, {})
    things: dict[tuple[str, str], dict[str, Json]] = {}
    for steps, value in walk_leaves(step.output):
        path = format_path(steps)
        entity, aspect = meanings.get(_INDEX.sub("[]", path), ("", ""))
        if aspect in ("id", "name"):
            things.setdefault((path.rpartition(".")[0], entity), {})[aspect] = value
    for (_, entity), thing in things.items():
        if len(thing) == 2:
            yield entity, thing["id"], thing["name"]
