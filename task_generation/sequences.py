"""How one environment gets its chains: a model or a graph proposes them, code keeps or refuses them."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from roles.env_generator import EnvGenerator
from task_generation.chains import ChainFilter, link_tools
from task_generation.graph_chains import draw_chains
from task_generation.sequence_store import SequenceStore
from toolworlds.batch.provenance import trace_origin
from toolworlds.records.audits import SpecAudit
from toolworlds.records.completions import ReplyError
from toolworlds.records.tasks import SequenceSet
from toolworlds.records.tools import EnvSpec

Sampler = Literal["model", "graph"]
PART = "sequences"
"""The part of the role env_generator that proposes chains."""
MAX_ROUNDS = 4
"""Times a model is asked for further chains while some are still missing."""
MAX_PROPOSED = 200
"""Chains of one reply that are looked at."""


@dataclass(frozen=True, slots=True)
class ChainBuilding:
    """Builds chains over the tools that an audit kept."""

    generator: EnvGenerator
    store: SequenceStore
    wanted: int
    """Chains a spec, at most."""
    lengths: tuple[int, int]
    min_reliability: float
    sampler: Sampler = "model"

    async def build(self, spec_id: str) -> str:
        """Fills the set as far as chains hold; a set that grows keeps what it has."""
        audit = self.store.load_audit(spec_id)
        spec = self._keep_reliable(self.store.load_spec(spec_id), audit)
        begun = self.store.load(spec_id)
        chains = ChainFilter(link_tools(spec, audit), self.lengths, begun.sequences if begun else [])
        if self.sampler == "graph":
            self._draw(spec, audit, chains)
        elif spec.tools:
            await self._ask_for_all(spec, chains)
        self.store.save(self._assemble(spec, chains, begun))
        return "chained" if chains.kept else "without chains"

    def _draw(self, spec: EnvSpec, audit: SpecAudit, chains: ChainFilter) -> None:
        """Considers chains from the graph until enough hold; a set that grows passes over what it has."""
        phrases = {tool.tool_name: tool.tool_description.split(".")[0].strip() for tool in spec.tools}
        known = [sequence.tools for sequence in chains.kept]
        for tools in draw_chains(spec, audit, self.lengths, self.wanted, self.generator.seed):
            if len(chains.kept) >= self.wanted:
                return
            if tools not in known:
                chains.consider(tools, "; ".join(phrases[name] for name in tools))

    async def _ask_for_all(self, spec: EnvSpec, chains: ChainFilter) -> None:
        """Asks until enough hold or a round brings none."""
        for number in range(MAX_ROUNDS):
            missing = self.wanted - len(chains.kept)
            item = f"{spec.spec_id}/chains{self.wanted}/round{number}"
            if missing <= 0 or not await self._ask(item, spec, chains, missing):
                return

    async def _ask(self, item: str, spec: EnvSpec, chains: ChainFilter, count: int) -> bool:
        """Whether a round of proposals brought a chain that holds."""
        try:
            reply = await self.generator.sequences(item, spec, count, *self.lengths)
        except ReplyError:
            if not chains.kept:
                raise
            return False
        before = len(chains.kept)
        for draft in reply.sequences[:MAX_PROPOSED]:
            if len(chains.kept) < self.wanted:
                chains.consider(draft.tools, draft.purpose)
        return len(chains.kept) > before

    def _keep_reliable(self, spec: EnvSpec, audit: SpecAudit) -> EnvSpec:
        reliable = [
            tool.tool_name for tool in audit.tools if tool.keep and tool.reliability >= self.min_reliability
        ]
        return spec.keep(reliable, [name for name in audit.twins_admitted if name in reliable])

    def _assemble(self, spec: EnvSpec, chains: ChainFilter, begun: SequenceSet | None) -> SequenceSet:
        generator = self.generator
        refused = chains.rejected + Counter(begun.rejected if begun else {})
        return SequenceSet(
            spec_id=spec.spec_id,
            asked=self.wanted,
            sequences=chains.kept,
            kept_tools=[tool.tool_name for tool in spec.tools],
            twins_admitted=list(spec.twins),
            rejected=dict(sorted(refused.items())),
            provenance={"sampler": "graph", "seed": generator.seed}
            if self.sampler == "graph"
            else trace_origin(generator.model, generator.seed, generator.prompts(PART)),
        )
