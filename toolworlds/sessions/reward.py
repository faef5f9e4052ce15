"""What an episode is worth, judged from where it ended and what was said last."""

from typing import TypedDict

from toolworlds.records.base import Entity
from toolworlds.records.tasks import Row
from toolworlds.records.worlds import CollectionSpec, WorldState
from toolworlds.world.answers import parse_final
from toolworlds.world.verifier import verify


class Components(TypedDict):
    """What was right of an episode."""

    state: bool
    """The world ended as it should have."""
    answer: bool
    """The outcome, its reason and all facts are as expected."""
    extra_writes: int
    """Entities that were changed, removed or added although the task leaves them alone."""


class Reward(TypedDict):
    """What an episode is worth."""

    valid: bool
    """False: the world could not answer a call, so the episode says nothing of the agent; mask it."""
    reward: float | None
    """1.0 when solved, else 0.0; None when invalid."""
    solved: bool
    components: Components | None
    """None when invalid."""
    reasons: list[str]
    """What was wrong, in words; empty when solved."""


def judge(row: Row, end: WorldState, message: str | None) -> Reward:
    """What an end state and a last message are worth; an episode that was cut short is never solved."""
    verdict = verify(row, end, parse_final(message or ""))
    cut = [] if message is not None else ["the agent did not finish"]
    solved = verdict.solved and not cut
    return Reward(
        valid=True,
        reward=float(solved),
        solved=solved,
        components=Components(
            state=verdict.components["state"],
            answer=verdict.components["answer"] and verdict.components["outcome"] and not cut,
            extra_writes=0 if verdict.components["state"] else _count_extra_writes(row, end),
        ),
        reasons=cut + verdict.reasons,
    )


def mask(why: str) -> Reward:
    """The reward of an episode that nobody can judge: none at all, which is not 0."""
    return Reward(valid=False, reward=None, solved=False, components=None, reasons=[why])


def _count_extra_writes(row: Row, end: WorldState) -> int:
    states = (row.initial_state, row.final_state, end)
    return sum(
        _count_extra(spec, *(state.collections.get(name, []) for state in states))
        for name, spec in row.world_schema.collections.items()
    )


def _count_extra(spec: CollectionSpec, old: list[Entity], want: list[Entity], got: list[Entity]) -> int:
    """Entities that should be as they were and are not, and new ones beyond the expected number."""
    before, wanted, found = ({entity[spec.id_field]: entity for entity in some} for some in (old, want, got))
    touched = sum(wanted.get(key) == entity != found.get(key) for key, entity in before.items())
    new = len(found.keys() - before.keys()) - len(wanted.keys() - before.keys())
    return touched + max(new, 0)
