"""verl's tool agent on rows: each sample brings its own tools, world and reward.

`verl_agent.yaml` puts `RowAgentLoop` in the place of the agent loop `tool_agent`; `MaskingManager` is the
rollout's `agent_loop_manager_class`. The README has the training command.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from verl import DataProto
from verl.experimental.agent_loop.agent_loop import AgentLoopManager, AgentLoopOutput
from verl.experimental.agent_loop.tool_agent_loop import ToolAgentLoop
from verl.tools.base_tool import BaseTool
from verl.tools.schemas import OpenAIFunctionToolSchema, ToolResponse
from verl.utils.ray_utils import auto_await

from dataset_export.environments.masking import fill_masked
from dataset_export.model_answers import share_answers
from roles.cards import function_schema
from toolworlds.records.base import Json
from toolworlds.sessions.reward import Reward
from toolworlds.sessions.session import Session
from toolworlds.tokens.call_format import read_message
from toolworlds.world.replay import UnansweredCall
from utils import UserError


class RowTool(BaseTool):  # type: ignore[misc] # verl is not typed
    """One tool of one row; all tools of an episode share its session, and their calls go one by one."""

    def __init__(self, function: dict[str, Json], session: Session, turnstile: asyncio.Lock) -> None:
        self.name = function["function"]["name"]
        self.config: dict[str, Json] = {}
        self.tool_schema = OpenAIFunctionToolSchema.model_validate(_coarsen(function))
        self._session = session
        self._turnstile = turnstile

    async def execute(
        self, instance_id: str, parameters: dict[str, Any], **kwargs: Any
    ) -> tuple[ToolResponse, float, dict[str, Any]]:
        """What the call returns, as JSON; no call earns anything by itself."""
        async with self._turnstile:
            call = {"name": self.name, "arguments": parameters}
            try:
                reply = (await asyncio.to_thread(self._session.step, call)).reply
            except UnansweredCall as fault:
                reply = {"error": str(fault)}  # the episode is masked whatever the agent makes of it
        return ToolResponse(text=json.dumps(reply, ensure_ascii=False)), 0.0, {}


class RowAgentLoop(ToolAgentLoop):  # type: ignore[misc] # verl is not typed
    """One episode on a sample whose `reward_model.ground_truth` is a row.

    An invalid episode is masked: its tokens are not trained on, and `MaskingManager` gives it the mean reward
    of its group. `simulator` and `api_key_env` are those of `dataset_export.model_answers.share_answers`.
    """

    def __init__(self, *args: Any, simulator: str = "", api_key_env: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._answer = share_answers(simulator, api_key_env)

    async def run(self, sampling_params: dict[str, Any], **kwargs: Any) -> AgentLoopOutput:
        """Plays the episode with the row's own tools and scores its end."""
        session = Session(_find_row(kwargs), self._answer)
        functions = [function_schema(tool) for tool in session.opened.row.tools]
        turnstile = asyncio.Lock()
        self.tools = {
            function["function"]["name"]: RowTool(function, session, turnstile) for function in functions
        }
        self.tool_schemas = functions
        # verl would show the tools that a sample selects as its own schema has them: without their bounds
        info = {
            name: value
            for name, value in (kwargs.get("extra_info") or {}).items()
            if name != "tool_selection"
        }
        output = await super().run(sampling_params, **{**kwargs, "extra_info": info})
        return _stamp(output, session.score(await self._find_last_message(output)))

    async def _find_last_message(self, output: AgentLoopOutput) -> str | None:
        """What the agent said last without a call; None if it was cut short before."""
        length = next((n for n, own in enumerate(reversed(output.response_mask)) if not own), None)
        said = (
            output.response_ids
            if length is None
            else output.response_ids[len(output.response_ids) - length :]
        )
        if not said or len(output.response_ids) >= self.response_length:
            return None
        _, calls = await self.tool_parser.extract_tool_calls(said, [])
        spoken = read_message(self.tokenizer.decode(said, skip_special_tokens=True))
        return None if calls or spoken.calls else spoken.text


class MaskingManager(AgentLoopManager):  # type: ignore[misc] # verl is not typed
    """Gives masked episodes the mean reward of the valid ones of their prompt."""

    @auto_await  # type: ignore[untyped-decorator] # verl is not typed
    async def generate_sequences(self, prompts: DataProto) -> DataProto:
        """verl's own rollouts, with rewards that no masked episode bears on."""
        return neutralize(await super().generate_sequences(prompts), prompts.non_tensor_batch["uid"])


def neutralize(batch: DataProto, groups: Any) -> DataProto:
    """Rewards of invalid episodes become their group's mean; the others stay."""
    scores = batch.batch["rm_scores"]
    valid = np.asarray(batch.non_tensor_batch["valid"], dtype=bool)
    totals = [total if good else None for total, good in zip(scores.sum(-1).tolist(), valid, strict=True)]
    for place, reward in enumerate(fill_masked(totals, list(groups))):
        if not valid[place]:
            scores[place, -1] = reward
    return batch


def _stamp(output: AgentLoopOutput, reward: Reward) -> AgentLoopOutput:
    """The episode's output with its reward; without tokens to train on where it is invalid."""
    if not reward["valid"]:
        output.response_mask = [0] * len(output.response_mask)
    output.reward_score = reward["reward"] or 0.0
    told = {"valid": float(reward["valid"]), "solved": float(reward["solved"])}
    output.extra_fields["reward_extra_info"] = told
    return output


def _find_row(sample: Mapping[str, Json]) -> Json:
    row = (sample.get("reward_model") or {}).get("ground_truth")
    if row is None:
        raise UserError("the sample has no reward_model.ground_truth; export rows with --format verl")
    return row


def _coarsen(function: dict[str, Json]) -> dict[str, Json]:
    """A function as far as verl's schema can say it; what an agent reads is the whole one."""
    inner = function["function"]
    properties: dict[str, Json] = inner["parameters"].get("properties", {})
    coarse = {
        name: {"type": rule.get("type", "string"), "description": rule.get("description")}
        for name, rule in properties.items()
    }
    parameters = {
        "type": "object",
        "properties": coarse,
        "required": inner["parameters"].get("required", []),
    }
    return {"type": "function", "function": {**inner, "parameters": parameters}}
