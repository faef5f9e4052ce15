"""From a grown task to the draft of its row: the tools an agent will see, and the solution."""

import random
from collections.abc import Sequence as Many

from toolworlds.records.base import Json
from toolworlds.records.tasks import RowDraft, Task
from toolworlds.records.tools import EnvSpec, ToolCall, ToolReply, ToolSpec
from toolworlds.world.delta import apply_delta
from toolworlds.world.environment import Environment
from toolworlds.world.replay import Replay

MAX_TOOLS = 15


def draft_row(task: Task, spec: EnvSpec, tools: Many[ToolSpec], origin: dict[str, Json]) -> RowDraft:
    """All of the row but its request and certificate; `origin` says where these will come from."""
    calls = [turn.call for turn in task.turns]
    facts = [fact for turn in task.turns for fact in turn.facts]
    names = [tool.tool_name for tool in tools]
    return RowDraft(
        id=task.task_id,
        field=spec.field,
        summary="",
        tools=list(tools),
        gt_tool_calls=[format_call(call) for call in calls],
        initial_state=task.initial_state,
        final_state=task.final_state,
        env_id=spec.spec_id,
        now=task.initial_state.now,
        policy=spec.policy,
        turns=[{"request": turn.request, "calls": [place]} for place, turn in enumerate(task.turns)],
        gt_calls=calls,
        recorded_calls=[turn.recorded for turn in task.turns],
        expected_answer=facts,
        world_schema=spec.world_schema,
        twins={name: twin for name, twin in spec.twins.items() if name in names},
        difficulty={
            "calls": len(calls),
            "writes": sum(bool(turn.recorded.delta) for turn in task.turns),
            "facts": len(facts),
            "tools": len(tools),
            "entities": sum(len(entities) for entities in task.initial_state.collections.values()),
        },
        provenance={**task.provenance, "release": origin},
    )


def recall_replay(draft: RowDraft, env: Environment) -> Replay:
    """The ground truth as it went when it was recorded; no call is made again."""
    states = [draft.initial_state]
    for recorded in draft.recorded_calls:
        states.append(apply_delta(env.collections, states[-1], recorded.delta))
    replies = [
        ToolReply(status=call.status, reply=call.reply, source=call.source, delta=call.delta)
        for call in draft.recorded_calls
    ]
    return Replay(states, replies)


def choose_tools(task: Task, spec: EnvSpec, distractors: tuple[int, int], seed: int) -> list[ToolSpec]:
    """The tools of the solution among others of the environment, in an order that tells nothing.

    At most `MAX_TOOLS` in all, and fewer distractors than asked for where the environment has no more.
    """
    rng = random.Random(f"{seed}:{task.task_id}")
    used = {turn.call.name for turn in task.turns}
    needed = [tool for tool in spec.tools if tool.tool_name in used]
    others = [tool for tool in spec.tools if tool.tool_name not in used]
    count = min(rng.randint(*distractors), len(others), max(0, MAX_TOOLS - len(needed)))
    tools = needed + rng.sample(others, count)
    rng.shuffle(tools)
    return tools


def format_call(call: ToolCall) -> str:
    """The call as Python source: `name(arg=literal, …)`."""
    arguments = ", ".join(f"{name}={value!r}" for name, value in call.arguments.items())
    return f"{call.name}({arguments})"
