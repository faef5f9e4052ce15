"""Chains of tools: which of the proposed ones can become tasks.

A chain holds when every required argument can be had: from the user, who knows words, numbers, dates and
what things are called, or from an earlier reply. Ids of things that have a name are known to nobody; they
must come from a reply. What a tool takes and gives is read off its schema and the audit's right calls.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass

from toolworlds.records.audits import SpecAudit
from toolworlds.records.base import Json
from toolworlds.records.tasks import Sequence
from toolworlds.records.tools import EnvSpec, ToolSpec
from toolworlds.records.worlds import WorldSchema, WorldState
from toolworlds.world.json_paths import list_texts

Success = tuple[dict[str, Json], Json]
"""Arguments and reply of a call."""


@dataclass(frozen=True, slots=True)
class ToolLink:
    """How a tool hangs together with others, in collections whose ids it takes and gives."""

    needs: frozenset[str]
    """Its required arguments hold ids of these, and no user knows them."""
    gives: frozenset[str]
    """Its replies show ids of these beyond the ones it was called with."""
    tells: bool
    """Whether it changes something or returns what could be asked for."""


class ChainFilter:
    """Considers proposed chains one by one; `kept` grows by the sound, new ones."""

    def __init__(
        self, links: Mapping[str, ToolLink], lengths: tuple[int, int], kept: Iterable[Sequence]
    ) -> None:
        self.links = links
        self.lengths = lengths
        self.kept = list(kept)
        self.rejected: Counter[str] = Counter()

    def consider(self, tools: list[str], purpose: str) -> None:
        """Keeps the chain under the next sequence id, or counts why not."""
        if reason := self._find_reason(tools):
            self.rejected[reason] += 1
            return
        sequence_id = f"seq{len(self.kept) + 1}"
        self.kept.append(Sequence(sequence_id=sequence_id, tools=tools, purpose=purpose))

    def _find_reason(self, tools: list[str]) -> str:
        minimum, maximum = self.lengths
        if not minimum <= len(tools) <= maximum:
            return "wrong length"
        if any(tool not in self.links for tool in tools):
            return "unknown or dropped tool"
        if any(tools == sequence.tools for sequence in self.kept):
            return "duplicate"
        if not any(self.links[tool].tells for tool in tools):
            return "no change and no fact"
        return "argument without a source" if self._lacks_source(tools) else ""

    def _lacks_source(self, tools: list[str]) -> bool:
        shown: set[str] = set()
        for tool in tools:
            if not self.links[tool].needs <= shown:
                return True
            shown |= self.links[tool].gives
        return False


def link_tools(spec: EnvSpec, audit: SpecAudit) -> dict[str, ToolLink]:
    """The links of the spec's tools, as its schema and the audit's right, successful calls show them."""
    successes = list_successes(audit)
    ids = IdFinder(spec.world_schema, spec.initial_state)
    return {tool.tool_name: _link(tool, successes[tool.tool_name], ids) for tool in spec.tools}


def list_successes(audit: SpecAudit) -> Mapping[str, list[Success]]:
    """By tool, arguments and reply of the calls that the audit found right; empty for other tools."""
    successes: dict[str, list[Success]] = defaultdict(list)
    for tool in audit.tools:
        successes[tool.tool_name] += [
            (probe.arguments, probe.reply)
            for probe in tool.probes
            if probe.label == "correct" and probe.status == 200
        ]
    return successes


class IdFinder:
    """Finds out which collection an id belongs to."""

    def __init__(self, schema: WorldSchema, state: WorldState) -> None:
        self.named = {name for name, spec in schema.collections.items() if spec.label is not None}
        self._references = {
            field: target for spec in schema.collections.values() for field, target in spec.references.items()
        }
        self._owners = {
            entity[spec.id_field]: name
            for name, spec in schema.collections.items()
            for entity in state.collections[name]
        }
        self._minted = {
            name: re.compile(rf"{spec.id_prefix}_[0-9a-f]{{8}}") for name, spec in schema.collections.items()
        }

    def owners(self, texts: Iterable[str]) -> set[str]:
        """The collections of those texts that are ids, seeded or minted."""
        return {owner for text in texts if (owner := self._owner(text))}

    def target(self, argument: str, values: Iterable[Json]) -> set[str]:
        """The collections that an argument points at, by its name or else by values it was given."""
        if argument in self._references:
            return {self._references[argument]}
        return {owner for value in values for owner in self.owners(list_texts(value))}

    def _owner(self, text: str) -> str | None:
        minted = (name for name, pattern in self._minted.items() if pattern.fullmatch(text))
        return self._owners.get(text) or next(minted, None)


def _link(tool: ToolSpec, successes: Many[Success], ids: IdFinder) -> ToolLink:
    needs: set[str] = set()
    for argument in tool.parameters.get("required", []):
        needs |= ids.target(argument, [arguments.get(argument) for arguments, _ in successes])
    gives: set[str] = set()
    for arguments, reply in successes:
        gives |= ids.owners(list_texts(reply) - list_texts(arguments))
    tells = tool.effect == "write" or bool(tool.output_details)
    return ToolLink(frozenset(needs & ids.named), frozenset(gives), tells)
