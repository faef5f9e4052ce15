"""SkyRL-Gym's environment `MCPToolEnv`: a row's tools, called between tags.

import skyrl_gym
from dataset_export.environments.skyrl_gym import register_environment

register_environment()
env = skyrl_gym.make("MCPToolEnv", extras={"reward_spec": {"ground_truth": row}, "max_turns": 24})
"""

from collections.abc import Mapping, Sequence
from typing import Any

import skyrl_gym
from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput

from dataset_export.model_answers import share_answers
from toolworlds.records.base import Json
from toolworlds.sessions.reward import Reward
from toolworlds.sessions.session import Session
from toolworlds.tokens.call_format import Result, read_message, write_results
from toolworlds.world.replay import UnansweredCall
from utils import UserError

NAME = "MCPToolEnv"
_MAX_TURNS = 24
"""Messages of an agent where the trainer names no number."""


def register_environment(simulator: str = "", api_key_env: str = "") -> None:
    """Makes `MCPToolEnv` known to SkyRL-Gym in this process, unless it is.

    `simulator` is `MODEL@URL` of the model that answers calls on tools without a twin, `api_key_env` the
    environment variable with its server's key; without one such calls make an episode invalid.
    """
    if NAME not in skyrl_gym.registry:
        given = {"simulator": simulator, "api_key_env": api_key_env}
        skyrl_gym.register(id=NAME, entry_point=f"{__name__}:{MCPToolEnv.__name__}", kwargs=given)


class MCPToolEnv(BaseTextEnv):  # type: ignore[misc] # SkyRL-Gym is not typed
    """One episode: each action is a message of the agent; one without a call ends it.

    An invalid episode ends with the reward NaN, for SkyRL knows no missing one; `metadata` and the metric
    `valid` say so, and `skyrl_train.py` masks it.
    """

    def __init__(
        self,
        env_config: Any = None,
        extras: Mapping[str, Json] | None = None,
        simulator: str = "",
        api_key_env: str = "",
    ) -> None:
        super().__init__()
        extras = extras or {}
        self.max_turns = int(extras.get("max_turns") or _MAX_TURNS)
        self._session = Session(_find_row(extras), share_answers(simulator, api_key_env))
        self._reward: Reward | None = None

    def init(self, prompt: list[dict[str, str]]) -> tuple[list[dict[str, str]], dict[str, Any]]:
        """The prompt as it is: it already teaches the tools."""
        self._session.reset()
        self.turns, self._reward = 0, None
        return prompt, {}

    def step(self, action: str) -> BaseTextEnvStepOutput:
        """Carries out the calls of a message in order; or judges the episode by its last message."""
        self.turns += 1
        spoken = read_message(action)
        if not spoken.calls:
            return self._end(spoken.text)
        try:
            results = [Result(call.name, self._session.step(call).reply) for call in spoken.calls]
        except UnansweredCall:
            return self._end(None)
        if self.turns >= self.max_turns:
            return self._end(None)
        return _show(write_results(results))

    def get_metrics(self) -> dict[str, Any]:
        """Turns; whether the episode is valid and solved so far; the share of calls that code answered."""
        solved = self._reward is not None and self._reward["solved"]
        metrics = {"turns": self.turns, "valid": not self._session.fault, "solved": solved}
        sources = self._session.sources
        answered = 1 - sources["model"] / sources.total() if sources else 1.0
        return {**metrics, "answered_by_code": answered}

    def _end(self, message: str | None) -> BaseTextEnvStepOutput:
        self._reward = reward = self._session.score(message)
        given = float("nan") if reward["reward"] is None else reward["reward"]
        return BaseTextEnvStepOutput(observations=[], reward=given, done=True, metadata=dict(reward))


def _show(content: str) -> BaseTextEnvStepOutput:
    observations: Sequence[dict[str, str]] = [{"role": "user", "content": content}]
    return BaseTextEnvStepOutput(observations=observations, reward=0.0, done=False, metadata={})


def _find_row(extras: Mapping[str, Json]) -> Json:
    row = (extras.get("reward_spec") or {}).get("ground_truth")
    if row is None:
        raise UserError(
            f"the sample has no reward_spec.ground_truth; export rows with --format skyrl for {NAME}"
        )
    return row
