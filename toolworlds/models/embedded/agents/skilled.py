"""Agents that know the ground truth: the oracle, and one that gets each step right with a given probability.

An agent keeps nothing between its calls: its plan for the whole rollout is sampled anew, alike, each time.
"""

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from toolworlds.language.words import raise_first
from toolworlds.models.embedded.agents.moves import Finish, Move, RolloutSoFar
from toolworlds.models.embedded.mistakes import ID, alter
from toolworlds.records.base import Json
from toolworlds.records.tasks import Row
from toolworlds.records.tools import ToolCall
from toolworlds.world.json_paths import NoSuchPath, read_path, rename


@dataclass(frozen=True, slots=True)
class TruthStep:
    """One ground-truth call as the agent is going to make it."""

    index: int
    """Its place in the row's `gt_calls`."""
    changed: dict[str, Json]
    """Arguments that the agent gets wrong."""


def play_truth(row: Row, episode: RolloutSoFar, skill: float, rng: random.Random) -> Move:
    """The ground truth's next call, or the answer; each is right with probability `skill`."""
    steps = list(_plan_steps(row, skill, rng))
    position = len(episode.replies)
    if position < len(steps):
        step = steps[position]
        call = row.gt_calls[step.index]
        arguments = rename(call.arguments, _learn_names(row, steps, episode)) | step.changed
        return ToolCall(name=call.name, arguments=arguments)
    answer = dict(_read_answer(row, steps, episode))
    if answer and rng.random() >= skill:
        name = rng.choice(sorted(answer))
        answer[name] = alter(answer[name], rng)
    return Finish(_tell(answer), answer)


def _plan_steps(row: Row, skill: float, rng: random.Random) -> Iterator[TruthStep]:
    """The calls that the agent will make; a skipped one is missing."""
    for index, call in enumerate(row.gt_calls):
        if rng.random() < skill:
            yield TruthStep(index, {})
        elif call.arguments and rng.random() < 0.7:
            name = rng.choice(sorted(call.arguments))
            yield TruthStep(index, {name: _mistake(row, call, name, rng)})


def _mistake(row: Row, call: ToolCall, name: str, rng: random.Random) -> Json:
    """A wrong value for an argument: another entity's id, another word of the enum, or a number beside it."""
    value = call.arguments[name]
    if isinstance(value, str) and ID.fullmatch(value):
        return alter(value, rng, _siblings(row, value))
    tool = next(tool for tool in row.tools if tool.tool_name == call.name)
    return alter(value, rng, tool.parameters.get("properties", {}).get(name, {}).get("enum", ()))


def _siblings(row: Row, entity_id: str) -> list[Json]:
    """Ids of the collection that holds this entity, or would hold it."""
    prefix = entity_id.rpartition("_")[0]
    for name, spec in row.world_schema.collections.items():
        if spec.id_prefix == prefix:
            return [entity[spec.id_field] for entity in row.initial_state.collections[name]]
    return []


def _learn_names(row: Row, steps: list[TruthStep], episode: RolloutSoFar) -> dict[str, str]:
    """Ids of the ground truth -> ids that stand in their places in this rollout."""
    names: dict[str, str] = {}
    for step, reply in zip(steps, episode.replies, strict=False):
        if not step.changed:
            names.update(_pair_ids(row.recorded_calls[step.index].reply, reply))
    return names


def _pair_ids(expected: Json, given: Json) -> Iterator[tuple[str, str]]:
    if isinstance(expected, dict) and isinstance(given, dict):
        for key in expected.keys() & given.keys():
            yield from _pair_ids(expected[key], given[key])
    elif isinstance(expected, list) and isinstance(given, list):
        for left, right in zip(expected, given, strict=False):
            yield from _pair_ids(left, right)
    elif isinstance(expected, str) and isinstance(given, str) and ID.fullmatch(expected):
        yield expected, given


def _read_answer(row: Row, steps: list[TruthStep], episode: RolloutSoFar) -> Iterator[tuple[str, Json]]:
    """Facts as the replies of this rollout tell them; a fact whose call was skipped is left out."""
    replies = {step.index: reply for step, reply in zip(steps, episode.replies, strict=False)}
    for fact in row.expected_answer:
        with suppress(NoSuchPath):
            yield fact.name, read_path(replies.get(fact.call), fact.path)


def _tell(answer: dict[str, Json]) -> str:
    if not answer:
        return "Everything is done as you asked."
    listed = "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in answer.items())
    return f"Everything is done as you asked. {raise_first(listed)}."
