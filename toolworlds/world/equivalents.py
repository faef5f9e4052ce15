"""Right variants of a ground truth: independent calls in another order, and reads on the side."""

from collections import Counter
from collections.abc import Iterator

from toolworlds.records.tools import Footprint, ToolCall
from toolworlds.world.interface import close_footprint
from toolworlds.world.rehearsal import Rehearsal, VariantStep
from toolworlds.world.replay import UnansweredCall


async def try_equivalents(rehearsal: Rehearsal) -> tuple[dict[str, int], list[str]]:
    """kind (reordered, extra_read) -> how many were accepted; and in words, those that were not."""
    accepted = Counter({"reordered": 0, "extra_read": 0})
    refused = []
    for kind, what, kept, steps in [*_reorder(rehearsal), *_add_reads(rehearsal)]:
        try:
            score = rehearsal.judge(await rehearsal.run(kept, steps))
        except UnansweredCall:
            continue
        if score.solved:
            accepted[kind] += 1
        else:
            refused.append(f"{what} is refused: {'; '.join(score.reasons)}")
    return dict(accepted), refused


_Variant = tuple[str, str, int, list[VariantStep]]
"""Kind, description, how many calls are kept, the steps after them."""


def _reorder(rehearsal: Rehearsal) -> Iterator[_Variant]:
    """Neighbours swapped that neither feed nor touch each other, at least one of them a write."""
    calls = rehearsal.row.gt_calls
    for place in range(len(calls) - 1):
        if _is_independent(rehearsal, place):
            swapped = [VariantStep(calls[place + 1], place + 1), VariantStep(calls[place], place)]
            what = f"swapping the independent calls {place} and {place + 1}"
            yield "reordered", what, place, swapped + rehearsal.follow(place + 2)


def _is_independent(rehearsal: Rehearsal, place: int) -> bool:
    one, other = (_footprint(rehearsal, call) for call in rehearsal.row.gt_calls[place : place + 2])
    fed = any(link.call == place for link in rehearsal.links[place + 1].values())
    conflict = {*one.writes} & {*other.reads} or {*other.writes} & {*one.reads}
    return bool(one.writes or other.writes) and not conflict and not fed


def _footprint(rehearsal: Rehearsal, call: ToolCall) -> Footprint:
    """The closed footprint; its reads hold its writes."""
    tool = next(tool for tool in rehearsal.row.tools if tool.tool_name == call.name)
    return close_footprint(rehearsal.row.world_schema, tool.footprint)


def _add_reads(rehearsal: Rehearsal) -> Iterator[_Variant]:
    """A read of the ground truth once more, and one that asks for no argument, before the last call."""
    row = rehearsal.row
    reads = {tool.tool_name: tool for tool in row.tools if tool.effect == "read"}
    again = [call for call in row.gt_calls if call.name in reads][:1]
    free = [
        ToolCall(name=name, arguments={})
        for name, tool in reads.items()
        if not tool.parameters.get("required")
    ]
    last = len(row.gt_calls) - 1
    for call in again + free[:1]:
        yield "extra_read", f"an extra {call.name}", last, [VariantStep(call, None), *rehearsal.follow(last)]
