"""Trivial policies: ways to act that need no understanding, and that no row may reward."""

import json
import random
from collections.abc import Mapping, Sequence

from toolworlds.records.base import Json
from toolworlds.records.tasks import RowDraft
from toolworlds.records.tools import ToolCall, ToolReply, ToolSpec
from toolworlds.records.worlds import WorldState
from toolworlds.world.alterations import alter_value, find_rule
from toolworlds.world.answers import FinalAnswer, parse_final
from toolworlds.world.interface import close_footprint
from toolworlds.world.rehearsal import Rehearsal, VariantStep
from toolworlds.world.replay import UnansweredCall
from toolworlds.world.verifier import verify

_MOST_RANDOM_WRITES = 3


async def try_policies(rehearsal: Rehearsal, rng: random.Random) -> dict[str, bool]:
    """policy -> whether the verifier accepted it. Those that the row gives no occasion for are left out.

    nothing            no call, no answer: the goal is not true at the start
    echo               no call; the request itself is the last message
    pasted_reads       the ground truth's reads, with all replies pasted into the last message
    last_call_alone    only the last of two or more calls that change the world
    random_writes      as many writes as the ground truth has (at most 3), with random arguments
    wrong_answer       the right calls, with one of the facts wrong
    """
    row, start = rehearsal.row, rehearsal.row.initial_state
    accepted = {
        "nothing": verify(row, start, FinalAnswer()).solved,
        "echo": verify(row, start, parse_final(row.summary)).solved,
        "pasted_reads": verify(row, start, parse_final(await _paste_reads(rehearsal))).solved,
    }
    writes = [place for place, reply in enumerate(rehearsal.replayed.replies) if reply.delta]
    if len(writes) > 1:
        accepted["last_call_alone"] = await _try_last_call(rehearsal, writes[-1])
    if writes:
        end = await _write_at_random(rehearsal, min(len(writes), _MOST_RANDOM_WRITES), rng)
        accepted["random_writes"] = verify(row, end, FinalAnswer()).solved
    if row.expected_answer:
        accepted["wrong_answer"] = _try_wrong_answers(rehearsal, rng)
    return accepted


async def _paste_reads(rehearsal: Rehearsal) -> str:
    tools = {tool.tool_name: tool for tool in rehearsal.row.tools}
    reads = [call for call in rehearsal.row.gt_calls if tools[call.name].effect == "read"]
    _, replies = await _carry_out(rehearsal, reads)
    return "\n".join(json.dumps(reply.reply, ensure_ascii=False) for reply in replies)


async def _try_last_call(rehearsal: Rehearsal, place: int) -> bool:
    try:
        run = await rehearsal.run(0, [VariantStep(rehearsal.row.gt_calls[place], place)])
    except UnansweredCall:
        return False
    return rehearsal.judge(run).solved


async def _write_at_random(rehearsal: Rehearsal, count: int, rng: random.Random) -> WorldState:
    tools = [tool for tool in rehearsal.row.tools if tool.effect == "write"]
    calls = [_draw_call(rehearsal.row, tool, rng) for tool in rng.choices(tools, k=count)]
    return (await _carry_out(rehearsal, calls))[0]


async def _carry_out(rehearsal: Rehearsal, calls: Sequence[ToolCall]) -> tuple[WorldState, list[ToolReply]]:
    """The calls from the initial state on; what the world cannot answer is passed over."""
    state, replies = rehearsal.row.initial_state, []
    for call in calls:
        try:
            state, reply = await rehearsal.execute(state, call)
        except UnansweredCall:
            continue
        replies.append(reply)
    return state, replies


def _try_wrong_answers(rehearsal: Rehearsal, rng: random.Random) -> bool:
    """Whether any one altered fact is overlooked."""
    row = rehearsal.row
    right = {fact.name: fact.value for fact in row.expected_answer}
    others = {name: alter_value(value, {}, rng) for name, value in right.items()}
    wrong = [{**right, name: "unknown" if other is None else other} for name, other in others.items()]
    return any(verify(row, row.final_state, rehearsal.conclude(answer)).solved for answer in wrong)


def _draw_call(row: RowDraft, tool: ToolSpec, rng: random.Random) -> ToolCall:
    """Required arguments of the right type; texts are ids of what the tool touches."""
    collections = row.world_schema.collections
    ids = [
        entity[collections[name].id_field]
        for name in close_footprint(row.world_schema, tool.footprint).reads
        for entity in row.initial_state.collections[name]
    ]
    return ToolCall(name=tool.tool_name, arguments=_draw_arguments(tool.parameters, row.now, ids, rng))


def _draw_arguments(
    parameters: Mapping[str, Json], now: str, ids: Sequence[str], rng: random.Random
) -> dict[str, Json]:
    return {
        name: _draw_value(find_rule(parameters, (name,)), now, ids, rng)
        for name in parameters.get("required", [])
    }


def _draw_value(rule: Mapping[str, Json], now: str, ids: Sequence[str], rng: random.Random) -> Json:
    if rule.get("enum"):
        return rng.choice(rule["enum"])
    match rule.get("type"):
        case "integer" | "number":
            low = int(rule.get("minimum", 1))
            return rng.randint(low, max(low, int(rule.get("maximum", low + 10))))
        case "boolean":
            return rng.random() < 0.5
        case "array":
            return [_draw_value(find_rule(rule, (0,)), now, ids, rng)]
        case "object":
            return _draw_arguments(rule, now, ids, rng)
    if "date" in rule.get("format", ""):
        return now if rule["format"] == "date-time" else now[:10]
    return rng.choice(ids) if ids else "x"
