"""What code refuses in a proposed world, tool or documentation, in words a model can act on."""

from roles.env_generator import Metadata, ToolDraft, WorldDraft
from toolworlds.records.tools import ToolSpec
from toolworlds.records.worlds import WorldState
from toolworlds.world.environment import check_environment
from toolworlds.world.starlark import StarlarkWorker, make_twin

MIN_TOOLS = 5
"""Sound tools without which an environment is of no use."""
MAX_TOOLS = 20
MIN_ENTITIES = 3
"""Fewer entities in a collection leave a search nothing to choose from."""


def draft_state(world: WorldDraft) -> WorldState:
    """The initial state: nothing minted yet, every collection of the schema present and sorted by id."""
    collections = {}
    for name, spec in world.world_schema.collections.items():
        entities = world.collections.get(name, [])
        collections[name] = sorted(entities, key=lambda entity: str(entity.get(spec.id_field)))
    return WorldState(now=world.now, collections=collections)


def draft_tool(draft: ToolDraft, metadata: Metadata | None = None) -> ToolSpec:
    """The tool with its documentation, or without any yet."""
    known = metadata.model_dump(exclude={"twin"}) if metadata else {}
    return ToolSpec(**draft.model_dump(), **known)


def check_world(world: WorldDraft, worker: StarlarkWorker) -> list[str]:
    """Reasons against a world; [] if it is sound."""
    strays = sorted(world.collections.keys() - world.world_schema.collections.keys())
    reasons = [f"collections.{name}: world_schema has no such collection" for name in strays]
    for name in world.world_schema.collections:
        count = len(world.collections.get(name, []))
        if count < MIN_ENTITIES:
            reasons.append(f"collections.{name}: {count} entities are too few; give at least {MIN_ENTITIES}")
    return reasons + check_environment(world.world_schema, draft_state(world), [], {}, worker)


def check_tool(
    world: WorldDraft, tool: ToolSpec, twin_source: str | None, worker: StarlarkWorker
) -> list[str]:
    """Reasons against one tool on a sound world; [] if it is sound."""
    twins = {tool.tool_name: make_twin(twin_source)} if twin_source else {}
    return check_environment(world.world_schema, draft_state(world), [tool], twins, worker)


def pick_sound_tools(
    world: WorldDraft, drafts: list[ToolDraft], worker: StarlarkWorker
) -> tuple[list[ToolDraft], list[str]]:
    """The sound drafts, the first of several with one name, and the reasons against all others."""
    tools = [draft_tool(draft) for draft in drafts]
    if not check_environment(world.world_schema, draft_state(world), tools, {}, worker):
        return drafts, []
    sound: dict[str, ToolDraft] = {}
    reasons: list[str] = []
    for draft, tool in zip(drafts, tools, strict=True):
        refused = check_tool(world, tool, None, worker)
        if draft.tool_name in sound:
            refused = [f"tool {draft.tool_name!r}: another tool has this name"]
        if not refused:
            sound[draft.tool_name] = draft
        reasons += refused
    return list(sound.values()), reasons
