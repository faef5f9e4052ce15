"""Trajectories: what an agent did on a row and how it was scored. `<output-dir>/<task_id>.<k>.json`."""

from typing import Literal

from toolworlds.records.base import Json, Record
from toolworlds.records.tools import RecordedCall

StopReason = Literal["finished", "turn_limit", "length", "context", "simulator_fault", "provider_fault"]
"""`context`: the conversation outgrew the model's window."""
Party = Literal["agent", "simulator", "user", "provider"]


class AgentTurn(Record):
    """Measurements of one reply of the agent, parallel to the assistant messages."""

    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    prompt_token_ids: list[int] | None = None
    token_ids: list[int] | None = None
    logprobs: list[float] | None = None


class Score(Record):
    """The verifier's judgement of an episode: code, never a model."""

    solved: bool
    reward: float
    """1.0 when solved, else 0.0."""
    components: dict[str, bool]
    """state, answer, outcome: which parts were right."""
    reasons: list[str]
    """What was wrong, in words; empty when solved."""


class JudgeOpinion(Record):
    """The language-model judge's second opinion; it never overwrites the score of certified rows."""

    verdict: Literal["solved", "unsolved", "failed"]
    """`failed`: the judge gave no usable verdict."""
    reasoning: str


class Trajectory(Record):
    """One rollout."""

    format_version: Literal[1] = 1
    task_id: str
    rollout: int
    field: str
    solved: bool
    reward: float | None
    """None when the episode is invalid (a simulator fault); such episodes are masked, never scored 0."""
    reasons: list[str]
    valid: bool
    stop_reason: StopReason
    fault: Party | None = None
    components: dict[str, bool]
    judge: JudgeOpinion | None = None
    certified: bool
    tools: list[dict[str, Json]]
    """As sent to the model: OpenAI function schemas."""
    messages: list[dict[str, Json]]
    """OpenAI-shaped: system, user, assistant (content, reasoning, tool_calls with ids), tool."""
    agent_turns: list[AgentTurn]
    calls: list[RecordedCall]
    final_message: str
    answer: dict[str, Json]
    """Facts the agent reported by name."""
    agent: dict[str, Json]
    """model, sampling, engine version, chat template hash."""
    provenance: dict[str, Json]
