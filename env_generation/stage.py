"""How a field is planned, and how one planned environment is made."""

from collections.abc import Mapping
from dataclasses import dataclass

from env_generation.plans import FieldPlan, FieldSizes, PlannedSpec, PlanPart, refuse_names, take_new
from env_generation.soundness import (
    MIN_TOOLS,
    check_tool,
    check_world,
    draft_state,
    draft_tool,
    pick_sound_tools,
)
from env_generation.store import SpecStore
from roles.env_generator import EnvGenerator, Idea, Metadata, ToolDraft, ToolDrafts, WorldDraft
from toolworlds.batch.provenance import trace_origin
from toolworlds.records.completions import ReplyError
from toolworlds.records.tools import EnvSpec
from toolworlds.world.environment import check_environment
from toolworlds.world.starlark import StarlarkWorker, make_twin
from utils import ItemError, slugify

PARTS = ("subfields", "tasks", "world", "tools", "metadata")
"""The parts of the role env_generator that this stage plays."""


class UnsoundSpecError(ItemError):
    """An environment that did not come together: too few sound tools, or parts that do not fit."""

    kind = "unsound_spec"


@dataclass(frozen=True, slots=True)
class Planning:
    """Plans fields for given sizes."""

    generator: EnvGenerator
    store: SpecStore
    sizes: FieldSizes

    async def plan_field(self, field: str) -> str:
        """Adds parts to the field's plan until it covers the sizes."""
        while not (plan := self.store.load_plan(field)).covers(self.sizes):
            self.store.add_part(plan, await self._draft_part(plan))
        return "planned"

    async def _draft_part(self, plan: FieldPlan) -> PlanPart:
        item = f"{slugify(plan.field)}/plan{len(plan.parts)}"
        added = []
        for subfield in await self._find_subfields(plan, item):
            known = plan.scenarios(subfield)
            if len(known) < self.sizes.tasks:
                step = f"{item}/{slugify(subfield.name)}"
                reply = await self.generator.tasks(
                    step, plan.field, subfield, self.sizes.tasks, check=lambda r: refuse_names(r.scenarios)
                )
                added += [(subfield, idea) for idea in take_new(known, reply.scenarios, self.sizes.tasks)]
        return PlanPart(subfields=self.sizes.subfields, tasks=self.sizes.tasks, specs=plan.number(added))

    async def _find_subfields(self, plan: FieldPlan, item: str) -> list[Idea]:
        known = plan.subfields[: self.sizes.subfields]
        if len(known) == self.sizes.subfields:
            return known
        reply = await self.generator.subfields(
            item, plan.field, self.sizes.subfields, check=lambda r: refuse_names(r.subfields)
        )
        return known + take_new(known, reply.subfields, self.sizes.subfields)


@dataclass(frozen=True, slots=True)
class SpecGeneration:
    """Makes planned environments."""

    generator: EnvGenerator
    worker: StarlarkWorker
    store: SpecStore
    planned: Mapping[str, PlannedSpec]
    tools_per_env: tuple[int, int]

    async def make_spec(self, spec_id: str) -> str:
        """World, tools, documentation of each tool, and the sound whole is saved."""
        planned = self.planned[spec_id]
        world = await self.generator.world(
            spec_id,
            planned.field,
            planned.subfield,
            planned.scenario,
            check=lambda draft: check_world(draft, self.worker),
        )
        drafts = await self._draft_tools(spec_id, planned.scenario, world)
        documented = [
            (draft, metadata)
            for draft in drafts
            if (metadata := await self._document(spec_id, world, draft)) is not None
        ]
        spec = self._assemble(planned, world, documented)
        self._require_sound(spec, offered=len(drafts))
        self.store.save(spec)
        return "made"

    async def _draft_tools(self, spec_id: str, scenario: Idea, world: WorldDraft) -> list[ToolDraft]:
        minimum, maximum = self.tools_per_env

        def refuse(reply: ToolDrafts) -> list[str]:
            sound, reasons = pick_sound_tools(world, reply.tools, self.worker)
            if len(sound) >= minimum:
                return []
            return [f"{len(sound)} sound tools are too few; give at least {minimum}", *reasons]

        reply = await self.generator.tools(spec_id, scenario, world, minimum, maximum, check=refuse)
        return pick_sound_tools(world, reply.tools, self.worker)[0][:maximum]

    async def _document(self, spec_id: str, world: WorldDraft, draft: ToolDraft) -> Metadata | None:
        """The tool's documentation; without its twin when only that was unsound, None when all of it was."""
        without_twin: list[Metadata] = []

        def refuse(metadata: Metadata) -> list[str]:
            tool = draft_tool(draft, metadata)
            reasons = check_tool(world, tool, metadata.twin, self.worker)
            if reasons and metadata.twin and not check_tool(world, tool, None, self.worker):
                without_twin.append(metadata.model_copy(update={"twin": None}))
            return reasons

        try:
            return await self.generator.metadata(f"{spec_id}/{draft.tool_name}", world, draft, check=refuse)
        except ReplyError:
            return without_twin[-1] if without_twin else None

    def _assemble(
        self, planned: PlannedSpec, world: WorldDraft, documented: list[tuple[ToolDraft, Metadata]]
    ) -> EnvSpec:
        return EnvSpec(
            spec_id=planned.spec_id,
            field=planned.field,
            subfield=planned.subfield.name,
            scenario=planned.scenario.description,
            policy=world.policy,
            world_schema=world.world_schema,
            initial_state=draft_state(world),
            tools=[draft_tool(draft, metadata) for draft, metadata in documented],
            twins={draft.tool_name: make_twin(m.twin) for draft, m in documented if m.twin},
            provenance=trace_origin(
                self.generator.model, self.generator.seed, self.generator.prompts(*PARTS)
            ),
        )

    def _require_sound(self, spec: EnvSpec, offered: int) -> None:
        if len(spec.tools) < MIN_TOOLS:
            raise UnsoundSpecError(
                f"only {len(spec.tools)} of {offered} tools were sound; {MIN_TOOLS} are needed"
            )
        reasons = check_environment(
            spec.world_schema, spec.initial_state, spec.tools, spec.twins, self.worker
        )
        if reasons:
            raise UnsoundSpecError(f"the parts do not fit: {'; '.join(reasons)}")
