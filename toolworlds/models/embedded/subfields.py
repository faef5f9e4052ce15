"""The catalogue's subfields, compiled, and finding the one that a prompt is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from toolworlds.errors import ItemError
from toolworlds.models.embedded.archetypes.compile import CompiledTool, compile_tool
from toolworlds.models.embedded.catalogue import Subfield, known_fields, load_field
from toolworlds.models.embedded.entities import Domain
from toolworlds.models.embedded.schemas import world_schema
from toolworlds.records.base import Json
from toolworlds.records.worlds import WorldState
from toolworlds.world.environment import Environment
from toolworlds.world.starlark import StarlarkWorker


class UnknownWorld(ItemError):  # noqa: N818 — reads as what happened
    """The embedded model is asked about a world that is not of its catalogue, so it knows nothing of it."""

    kind = "unknown_world"


@dataclass(frozen=True, slots=True, eq=False)
class CompiledSubfield:
    """A subfield with its entity types and all its tools; there is one object of each."""

    source: Subfield
    domain: Domain
    tools: dict[str, CompiledTool]

    def list_numbered(self, state: WorldState) -> set[str]:
        """Ids of the entities that have no name, so that people call them by their id."""
        return {
            entity["id"]
            for name, kind in self.domain.entities.items()
            if kind.label is None
            for entity in state.collections[name]
        }

    def find_tool(self, name: str) -> CompiledTool:
        """Raises UnknownWorld for a tool that this subfield does not have, as one of an older catalogue."""
        if name not in self.tools:
            raise UnknownWorld(
                f"the catalogue's subfield {self.source.name!r} has no tool {name!r}; "
                "the spec is of another catalogue: re-run env_generation.run"
            )
        return self.tools[name]

    def make_environment(self, worker: StarlarkWorker) -> Environment:
        """All tools with their twins, whichever of them a spec has kept."""
        specs = [tool.spec for tool in self.tools.values()]
        twins = {name: tool.twin for name, tool in self.tools.items()}
        return Environment(world_schema(self.domain), specs, twins, worker)


@lru_cache(maxsize=128)
def open_subfield(field: str, subfield: str) -> CompiledSubfield:
    """A subfield by its name; raises UnknownField, UnknownWorld."""
    found = next((known for known in load_field(field).subfields if known.name == subfield), None)
    if found is None:
        raise UnknownWorld(f"the catalogue's field {field!r} has no subfield {subfield!r}")
    domain = Domain(found.entities)
    tools = [compile_tool(domain, operation) for operation in found.operations]
    return CompiledSubfield(found, domain, {tool.spec.tool_name: tool for tool in tools})


def recognise_subfield(collections: Mapping[str, Mapping[str, Json]]) -> CompiledSubfield:
    """The subfield whose collections bear these names and descriptions; raises UnknownWorld."""
    return open_subfield(
        *_find_home(tuple((name, shown["description"]) for name, shown in collections.items()))
    )


@lru_cache(maxsize=512)
def _find_home(collections: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """Field and subfield that have all these (collection, description)."""
    for field in known_fields().values():
        for subfield in load_field(field).subfields:
            own = {(name, entity.description) for name, entity in subfield.entities.items()}
            if own.issuperset(collections):
                return field, subfield.name
    names = ", ".join(name for name, _ in collections)
    raise UnknownWorld(f"no world of the catalogue has the collections {names}")
