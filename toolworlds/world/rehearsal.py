"""Runs variants of a ground truth from the states of its replay, and reports facts as that run shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from toolworlds.records.base import Json
from toolworlds.records.tasks import RowDraft
from toolworlds.records.tools import ToolCall, ToolReply
from toolworlds.records.trajectories import Score
from toolworlds.records.worlds import WorldState
from toolworlds.world.answers import FinalAnswer
from toolworlds.world.canonical import canonical_text
from toolworlds.world.json_paths import NoSuchPath, Steps, read_path, replace_at
from toolworlds.world.minted_ids import find_new
from toolworlds.world.provenance import ReplyPlace
from toolworlds.world.replay import Execute, Replay
from toolworlds.world.verifier import verify


@dataclass(frozen=True, slots=True)
class VariantStep:
    """One call of a variant."""

    call: ToolCall
    stands_for: int | None
    """The ground-truth call whose reply this one's takes the place of; None for a call that was added."""
    altered: bool = False
    """Whether its arguments were changed on purpose, so that they no longer follow earlier replies."""


@dataclass(frozen=True, slots=True)
class VariantRun:
    """How a variant went."""

    state: WorldState
    replies: dict[int, ToolReply]
    """Ground-truth call -> the reply that took its place."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A ground truth with its replay, ready for variants of it.

    The agent of a variant acts on what it sees: an argument that the ground truth takes from an earlier reply
    is taken from the same place of the reply in this run, where there is one; and so are the facts.
    """

    row: RowDraft
    replayed: Replay
    links: list[dict[Steps, ReplyPlace]]
    execute: Execute

    def follow(self, start: int) -> list[VariantStep]:
        """The ground truth's own steps from call `start` on, without reads that nothing depends on."""
        needed = self.find_needed()
        return [
            VariantStep(call, place)
            for place, call in enumerate(self.row.gt_calls)
            if place >= start and place in needed
        ]

    async def run(self, kept: int, steps: Sequence[VariantStep]) -> VariantRun:
        """The first `kept` calls as they were replayed, then the steps. Raises UnansweredCall."""
        state = self.replayed.states[kept]
        replies = dict(enumerate(self.replayed.replies[:kept]))
        for step in steps:
            call = step.call if step.altered else self._relink(step, replies)
            state, reply = await self.execute(state, call)
            if step.stands_for is not None:
                replies[step.stands_for] = reply
        return VariantRun(state, replies)

    def truth(self) -> VariantRun:
        """The replay of the ground truth itself."""
        return VariantRun(self.replayed.states[-1], dict(enumerate(self.replayed.replies)))

    def judge(self, run: VariantRun) -> Score:
        """What the verifier says of this run, with the facts read where the ground truth reads them."""
        return verify(self.row, run.state, self.conclude(self._read_facts(run)))

    def conclude(self, answer: dict[str, Json]) -> FinalAnswer:
        """A last message with the outcome and reason that the row expects."""
        return FinalAnswer(self.row.expected_outcome, self.row.expected_reason, answer)

    def is_same(self, run: VariantRun) -> bool:
        """Whether the run's end and facts are the ground truth's own, prose included and minted ids masked.

        Not the verifier's comparison on purpose: what the verifier overlooks shows as a difference here.
        """
        return self._mask(self.truth()) == self._mask(run)

    def _mask(self, run: VariantRun) -> list[str]:
        """Every entity and fact as text, minted ids blotted out, in an order that does not depend on them."""
        minted = find_new(self.row.world_schema, self.row.initial_state, run.state).contents
        texts = [
            f"{name} {canonical_text(entity)}"
            for name, entities in sorted(run.state.collections.items())
            for entity in entities
        ]
        texts.append(f"facts {canonical_text(self._read_facts(run))}")
        for key in minted:
            texts = [text.replace(key, "?") for text in texts]
        return sorted(texts)

    def _read_facts(self, run: VariantRun) -> dict[str, Json]:
        facts = {}
        for fact in self.row.expected_answer:
            try:
                facts[fact.name] = read_path(run.replies[fact.call].reply, fact.path)
            except (KeyError, NoSuchPath):
                continue
        return facts

    def _relink(self, step: VariantStep, replies: dict[int, ToolReply]) -> ToolCall:
        """The step's call with linked arguments as this run's replies have them."""
        arguments = step.call.arguments
        for path, link in self.links[step.stands_for].items() if step.stands_for is not None else ():
            try:
                arguments = replace_at(arguments, path, read_path(replies[link.call].reply, link.path))
            except (KeyError, NoSuchPath):
                continue
        return ToolCall(name=step.call.name, arguments=arguments)

    def find_needed(self) -> set[int]:
        """Calls that change the world, show a fact, or feed a later call; other reads can be left out."""
        changing = {place for place, reply in enumerate(self.replayed.replies) if reply.delta}
        feeding = {link.call for links in self.links for link in links.values()}
        return changing | feeding | {fact.call for fact in self.row.expected_answer}
