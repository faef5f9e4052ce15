"""Rows through SkyRL's own generator, tokens and all; only the model is a script."""

import asyncio
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.dataset_export.library import FINAL, LEND, PAY, PAY_MORE, make_bare_row, make_row, write_line
from tests.episodes.local_tokenizers import make_chat_tokenizer
from toolworlds.records.tasks import Row
from toolworlds.records.tools import ToolCall
from toolworlds.tokens.call_format import write_message

try:
    from skyrl.train.config import SkyRLTrainConfig
    from skyrl.train.generators.base import TrajectoryID
    from transformers import AutoTokenizer
except Exception as error:  # noqa: BLE001 - besides being absent it may refuse this Python
    pytest.skip(f"needs SkyRL: {error}", allow_module_level=True)
from dataset_export.environments.skyrl_gym import register_environment
from dataset_export.environments.skyrl_train import MaskingGenerator

pytestmark = pytest.mark.slow


class Script:
    """An inference engine that says each episode's messages in turn."""

    def __init__(self, tokenizer: Any, episodes: dict[str, list[str]]) -> None:
        self._tokenizer = tokenizer
        self._messages = {name: iter(messages) for name, messages in episodes.items()}

    async def generate(self, request: Any, **rest: Any) -> dict[str, Any]:
        said = next(self._messages[request["session_ids"][0]])
        ids = self._tokenizer.encode(said + self._tokenizer.eos_token, add_special_tokens=False)
        return {
            "responses": [said],
            "response_ids": [ids],
            "stop_reasons": ["stop"],
            "response_logprobs": None,
        }

    async def finish_session(self, session_id: str) -> None:
        """Nothing to let go of."""


def call(*calls: dict[str, Any]) -> str:
    return write_message("", [ToolCall(**one) for one in calls])


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = make_chat_tokenizer(tmp_path_factory.mktemp("tokenizer"), "chatml")
    return AutoTokenizer.from_pretrained(folder)


def play(tokenizer: Any, row: Row, episodes: list[list[str]], *overrides: str) -> Any:
    """The output of one group of episodes on one row, as SkyRL's trainer gets it."""
    register_environment()
    cfg = SkyRLTrainConfig.from_cli_overrides(
        ["generator.max_turns=8", "generator.max_input_length=20000", *overrides]
    )
    script = Script(tokenizer, {f"p0_{n}": messages for n, messages in enumerate(episodes)})
    generator = MaskingGenerator(cfg.generator, cfg.environment.skyrl_gym, script, tokenizer)
    extras = [{"reward_spec": {"method": "rule", "ground_truth": write_line(row)}} for _ in episodes]
    given = {
        "prompts": [[{"role": "user", "content": row.summary}] for _ in episodes],
        "env_classes": ["MCPToolEnv"] * len(episodes),
        "env_extras": extras,
        "trajectory_ids": [TrajectoryID("p0", n) for n in range(len(episodes))],
        "batch_metadata": SimpleNamespace(global_step=0, training_phase="train"),
    }
    return asyncio.run(generator.generate(given, disable_tqdm=True))


ORACLE = [call(LEND), call(PAY), FINAL]


def total(reward: Any) -> float:
    return reward if isinstance(reward, float) else math.fsum(reward)


@pytest.mark.parametrize("multi_turn", ["true", "false"])
def test_fifty_episodes(tokenizer: Any, multi_turn: str) -> None:
    """Oracles earn 1, those who do nothing 0; only their own tokens are trained on."""
    output = play(
        tokenizer,
        make_row(),
        [ORACLE, ["I did it."]] * 25,
        f"generator.use_conversation_multi_turn={multi_turn}",
        "environment.skyrl_gym.max_env_workers=16",
    )
    assert [total(reward) for reward in output["rewards"]] == [1.0, 0.0] * 25
    tokens = zip(output["response_ids"][0], output["loss_masks"][0], strict=True)
    said = tokenizer.decode([token for token, mine in tokens if mine])
    assert "tool_response" not in said
    assert FINAL in said
    assert "<tool_response>" in tokenizer.decode(output["response_ids"][0])
    assert output["rollout_metrics"]["environment/solved"] == 0.5


@pytest.mark.parametrize("step_wise", ["false", "true"])
def test_an_invalid_episode_is_masked(tokenizer: Any, step_wise: str) -> None:
    """Its tokens are not trained on, and its reward is the mean of its group's others."""
    episodes = [ORACLE, [call(LEND), call(PAY_MORE)], ["I did it."]]
    output = play(tokenizer, make_bare_row(), episodes, f"generator.step_wise_trajectories={step_wise}")
    last = output["is_last_step"] or [True] * 3
    ends = [total(reward) for reward, is_last in zip(output["rewards"], last, strict=True) if is_last]
    assert ends == [1.0, 0.5, 0.0]
    invalid = [place for place, metrics in enumerate(output["env_metrics"]) if metrics.get("valid") is False]
    assert [sum(output["loss_masks"][place]) for place in invalid] == [0]
    assert sum(map(sum, output["loss_masks"][: invalid[0] - (step_wise == "true")])) > 0
    if step_wise == "true":
        assert sum(output["loss_masks"][invalid[0] - 1]) == 0
