"""Wrong variants of a ground truth: a call dropped, another entity, a changed argument."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from toolworlds.records.base import Json
from toolworlds.records.tasks import MutantCounts
from toolworlds.records.tools import ToolCall
from toolworlds.world.alterations import alter_value, find_rule, find_siblings
from toolworlds.world.json_paths import Steps, replace_at, walk_leaves
from toolworlds.world.rehearsal import Rehearsal, VariantStep
from toolworlds.world.replay import UnansweredCall

Kind = Literal["dropped_call", "wrong_entity", "changed_argument"]
Verdict = Literal["failed", "passed", "neutral", "untried"]
_KINDS: tuple[Kind, ...] = ("dropped_call", "wrong_entity", "changed_argument")
_MOST_SIBLINGS = 2
"""Other entities tried in the place of one, until one makes a difference."""


@dataclass(frozen=True, slots=True)
class MutantReport:
    """What the verifier said of the mutants."""

    counts: dict[str, MutantCounts]
    refuted: set[int]
    """Calls of which it refused at least one mutant."""
    accepted: list[str]
    """Wrong variants that it took for right, in words."""


async def try_mutants(
    rehearsal: Rehearsal, prose: Sequence[set[Steps]], rng: random.Random, budget: int | None
) -> MutantReport:
    """Drops each call, then changes each argument but those that end in free text alone (`prose`).

    At most `budget` mutants (None: all) may execute calls. Reads that nothing depends on can only be neutral.
    """
    trial = _Trial(rehearsal, budget)
    needed = sorted(rehearsal.find_needed())
    calls = rehearsal.row.gt_calls
    trial.counts["dropped_call", "neutral"] += len(calls) - len(needed)
    for place in needed:
        await trial.judge("dropped_call", place, None)
    for place in needed:
        for kind, values in _propose_changes(rehearsal, place, prose[place], rng):
            for arguments in values:
                altered = ToolCall(name=calls[place].name, arguments=arguments)
                if await trial.judge(kind, place, altered) != "neutral":
                    break
    return MutantReport(trial.count(), trial.refuted, trial.accepted)


class _Trial:
    """Runs mutants and keeps count."""

    def __init__(self, rehearsal: Rehearsal, budget: int | None) -> None:
        self._rehearsal = rehearsal
        self._budget = budget
        self.counts: Counter[tuple[Kind, Verdict]] = Counter()
        self.refuted: set[int] = set()
        self.accepted: list[str] = []

    async def judge(self, kind: Kind, place: int, altered: ToolCall | None) -> Verdict:
        """Runs the ground truth with one call altered, or dropped when None, and counts the verdict."""
        steps = [VariantStep(altered, place, altered=True)] if altered else []
        verdict = await self._find_verdict(place, steps + self._rehearsal.follow(place + 1))
        self.counts[kind, verdict] += 1
        if verdict == "failed":
            self.refuted.add(place)
        if verdict == "passed":
            what = f"with {altered.arguments}" if altered else "left out"
            self.accepted.append(f"call {place} {what:.150} is accepted although it ends differently")
        return verdict

    def count(self) -> dict[str, MutantCounts]:
        """The counts as certificates hold them."""
        return {
            kind: MutantCounts(
                failed=self.counts[kind, "failed"],
                passed=self.counts[kind, "passed"],
                neutral=self.counts[kind, "neutral"],
                untried=self.counts[kind, "untried"],
            )
            for kind in _KINDS
        }

    async def _find_verdict(self, kept: int, steps: list[VariantStep]) -> Verdict:
        if steps and self._budget is not None:
            if self._budget == 0:
                return "untried"
            self._budget -= 1
        try:
            run = await self._rehearsal.run(kept, steps)
        except UnansweredCall:
            return "untried"
        if not self._rehearsal.judge(run).solved:
            return "failed"
        return "neutral" if self._rehearsal.is_same(run) else "passed"


def _propose_changes(
    rehearsal: Rehearsal, place: int, prose: set[Steps], rng: random.Random
) -> Iterator[tuple[Kind, list[dict[str, Json]]]]:
    """For each argument leaf of a call: the kind of change and the changed arguments."""
    row = rehearsal.row
    call = row.gt_calls[place]
    parameters = next(tool.parameters for tool in row.tools if tool.tool_name == call.name)
    for path, leaf in walk_leaves(call.arguments):
        if path in prose:
            continue
        siblings = find_siblings(row.world_schema, rehearsal.replayed.states[place], leaf, rng)
        if siblings:
            yield "wrong_entity", [replace_at(call.arguments, path, key) for key in siblings[:_MOST_SIBLINGS]]
            continue
        other = alter_value(leaf, find_rule(parameters, path), rng)
        if other is not None:
            yield "changed_argument", [replace_at(call.arguments, path, other)]
