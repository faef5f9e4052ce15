"""Trajectories: what an agent did, its calls native, its tokens as sampled."""

import re
from collections.abc import Iterator, Sequence

import msgspec
import orjson

from dataset_export.dialogue import DialogueCall, Message, Speaker, TrainingDialogue, Unfit
from dataset_export.sources.kind import Head, InputKind, RankedRollout, convert, decode, is_procedural
from toolworlds.batch.record_files import parse_record
from toolworlds.records.base import Json
from toolworlds.records.trajectories import AgentTurn, Trajectory
from toolworlds.tokens.tokenizer import Tokens

_TASK_ID = re.compile(r"(.+)_seq\d+")
"""Tasks are called after their environment and the chain they grew from."""


class _TurnHead(msgspec.Struct):
    token_ids: msgspec.Raw = msgspec.Raw(b"null")


class _TrajectoryHead(msgspec.Struct):
    task_id: str
    rollout: int
    field: str
    solved: bool
    valid: bool
    agent_turns: list[_TurnHead]
    provenance: msgspec.Raw


class _NativeFunction(msgspec.Struct):
    name: str
    arguments: str = ""


class _NativeCall(msgspec.Struct):
    id: str
    function: _NativeFunction


class _NativeMessage(msgspec.Struct):
    role: Speaker
    content: str | None = ""
    reasoning: str | None = ""
    tool_calls: list[_NativeCall] | None = None
    tool_call_id: str = ""


class _Tool(msgspec.Struct):
    function: _NativeFunction


_DECODER = msgspec.json.Decoder(_TrajectoryHead)


def read_head(data: bytes, place: str) -> Head:
    """Where a task's id does not name its environment, all tasks of one field count as one."""
    head = decode(data, _DECODER, place)
    provenance = bytes(head.provenance)
    return Head(
        id=f"{head.task_id}.{head.rollout}",
        environment=find_environment(head.task_id, head.field),
        procedural=is_procedural(provenance),
        provenance=provenance,
        outcome=RankedRollout(head.task_id, head.solved, head.valid, (len(head.agent_turns), head.rollout)),
        has_tokens=bool(head.agent_turns) and all(bytes(t.token_ids) != b"null" for t in head.agent_turns),
    )


def find_environment(task_id: str, field: str) -> str:
    """The environment that a task belongs to."""
    match = _TASK_ID.fullmatch(task_id)
    return match[1] if match else f"field:{field}"


def read_dialogue(data: bytes, place: str) -> TrainingDialogue:
    """The messages up to the agent's last; raises Unfit where it said nothing."""
    trajectory = parse_record(orjson.loads(data), Trajectory, place)
    messages = list(_read_messages(convert(trajectory.messages, list[_NativeMessage], place)))
    if any(not _is_object(call.arguments) for message in messages for call in message.calls):
        raise Unfit("an episode with a call whose arguments are no JSON object")
    convert(trajectory.tools, list[_Tool], place)
    while messages and messages[-1].role != "assistant":
        messages.pop()
    if not messages:
        raise Unfit("an episode in which the agent said nothing")
    labels: dict[str, Json] = {
        "environment": find_environment(trajectory.task_id, trajectory.field),
        "field": trajectory.field,
        "task_id": trajectory.task_id,
        "rollout": trajectory.rollout,
        "solved": trajectory.solved,
        "reward": trajectory.reward,
    }
    dialogue_id = f"{trajectory.task_id}.{trajectory.rollout}"
    pieces = tuple(join_turns(trajectory.agent_turns))
    return TrainingDialogue(dialogue_id, tuple(messages), tuple(trajectory.tools), labels, pieces)


def _read_messages(messages: Sequence[_NativeMessage]) -> Iterator[Message]:
    names: dict[str, str] = {}
    for message in messages:
        calls = tuple(
            DialogueCall(call.id, call.function.name, call.function.arguments)
            for call in message.tool_calls or ()
        )
        names.update({call.id: call.name for call in calls})
        yield Message(
            role=message.role,
            content=message.content or "",
            reasoning=message.reasoning or "",
            calls=calls,
            call_id=message.tool_call_id,
            name=names.get(message.tool_call_id, ""),
        )


def _is_object(arguments: str) -> bool:
    try:
        return isinstance(orjson.loads(arguments), dict)
    except orjson.JSONDecodeError:
        return False


def join_turns(turns: Sequence[AgentTurn]) -> Iterator[Tokens]:
    """Sampled turns as sequences whose masks cover what was sampled, and nothing else.

    Turns share a sequence while each prompt goes on from the one before it and its reply. Where an engine
    rendered the earlier part anew, another sequence begins: no id stands there that the model did not see.
    """
    if not turns or any(turn.prompt_token_ids is None or turn.token_ids is None for turn in turns):
        return
    ids: list[int] = []
    mask: list[int] = []
    for turn in turns:
        prompt, reply = turn.prompt_token_ids or [], turn.token_ids or []
        if ids and prompt[: len(ids)] != ids:
            yield Tokens(ids, mask)
            ids, mask = [], []
        mask = [*mask, *[0] * (len(prompt) - len(ids)), *[1] * len(reply)]
        ids = [*prompt, *reply]
    yield Tokens(ids, mask)


TRAJECTORIES = InputKind(
    noun="trajectories",
    records=(Trajectory,),
    read_head=read_head,
    read_dialogue=read_dialogue,
    labels={
        "environment": "string",
        "field": "string",
        "task_id": "string",
        "rollout": "int64",
        "solved": "bool",
        "reward": "float64",
    },
)
