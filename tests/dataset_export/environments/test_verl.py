"""Rows through verl's own agent loop, tokens and all; only the model is a script."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from dataset_export.formats.verl import to_verl
from dataset_export.sources.rows import read_prompt
from tests.dataset_export.library import FINAL, LEND, PAY, PAY_MORE, make_bare_row, make_row, write_line
from tests.episodes.local_tokenizers import SPECIAL, make_tokenizer
from toolworlds.records.base import Json
from toolworlds.records.tasks import Row
from toolworlds.records.tools import ToolCall
from toolworlds.tokens.call_format import write_message
from utils import UserError

pytest.importorskip("verl.experimental.agent_loop", reason="needs the extra `verl`")
import hydra
import numpy as np
import torch
from omegaconf import OmegaConf
from tensordict import TensorDict
from transformers import AutoTokenizer
from verl import DataProto
from verl.experimental.agent_loop.agent_loop import DictConfigWrap, ToolListWrap
from verl.workers.rollout.replica import TokenOutput

from dataset_export.environments.verl import _find_row, neutralize

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
AGENTS = ROOT / "dataset_export" / "environments" / "verl_agent.yaml"

TEMPLATE = """\
{%- if tools %}<|im_start|>system
{% for tool in tools %}{{ tool | tojson }}
{% endfor %}<|im_end|>
{% endif -%}
{%- for message in messages %}<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt %}<|im_start|>assistant
{% endif -%}
"""
"""A chat format with tools in front and results under a role of their own."""


class Script:
    """A model server that says the given messages, one a turn, and remembers the prompts."""

    def __init__(self, tokenizer: Any, messages: list[str]) -> None:
        self.prompts: list[str] = []
        self._tokenizer = tokenizer
        self._messages = iter(messages)

    async def generate(self, request_id: str, prompt_ids: list[int], **rest: Any) -> TokenOutput:
        self.prompts.append(self._tokenizer.decode(prompt_ids))
        said = self._tokenizer.encode(next(self._messages) + self._tokenizer.eos_token)
        return TokenOutput(token_ids=said)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("tokenizer")
    config = {"eos_token": "<|im_end|>"}
    return AutoTokenizer.from_pretrained(make_tokenizer(folder, SPECIAL["chatml"], config, TEMPLATE))


def configure(response_length: int, max_turns: int) -> Any:
    turns = {
        "max_user_turns": None,
        "max_assistant_turns": max_turns,
        "max_parallel_calls": 16,
        "max_tool_response_length": 100_000,
        "tool_response_truncate_side": "middle",
        "format": "hermes",
    }
    rollout = {
        "multi_turn": turns,
        "prompt_length": 20_000,
        "response_length": response_length,
        "full_determinism": False,
    }
    return OmegaConf.create({"actor_rollout_ref": {"rollout": rollout}, "data": {}})


def play(
    tokenizer: Any, row: Row, messages: list[str], response_length: int = 20_000, max_turns: int = 24
) -> tuple[Any, Script]:
    """The output of one episode, made as verl's worker makes it."""
    config, script = configure(response_length, max_turns), Script(tokenizer, messages)

    async def run() -> Any:
        loop = hydra.utils.instantiate(
            config=OmegaConf.load(AGENTS)[0],
            trainer_config=DictConfigWrap(config=config),
            server_manager=script,
            tokenizer=tokenizer,
            processor=None,
            hf_model_type="qwen3",
            dataset_cls=None,
            data_config=DictConfigWrap(config.data),
            tools=ToolListWrap([]),
        )
        sample = to_verl(read_prompt(write_line(row).encode(), row.id), "train", 0)
        assert sample["agent_name"] == OmegaConf.load(AGENTS)[0].name
        return await loop.run({}, raw_prompt=sample["prompt"], tools_kwargs={}, **sample)

    return asyncio.run(run()), script


def call(*calls: dict[str, Any]) -> str:
    return write_message("", [ToolCall(**one) for one in calls])


def test_the_oracle_earns_one(tokenizer: Any) -> None:
    """It reads the row's tools in full and what its calls returned; only its own tokens are trained on."""
    row = make_row()
    output, script = play(tokenizer, row, [*(call(one.to_json()) for one in row.gt_calls), FINAL])
    assert output.reward_score == 1.0
    assert output.extra_fields["reward_extra_info"] == {"valid": 1.0, "solved": 1.0}
    for tool in row.tools:
        assert json.dumps(tool.parameters)[1:-1] in script.prompts[0]
    for recorded in row.recorded_calls:
        assert json.dumps(recorded.reply, ensure_ascii=False) in script.prompts[-1]
    own = [token for token, mine in zip(output.response_ids, output.response_mask, strict=True) if mine]
    said = tokenizer.decode(own)
    assert FINAL in said
    assert "tool_response" not in said


def test_doing_nothing_earns_nothing(tokenizer: Any) -> None:
    """A valid episode with a reward of 0."""
    output, _ = play(tokenizer, make_row(), ["I did it."])
    assert (output.reward_score, output.extra_fields["reward_extra_info"]["valid"]) == (0.0, 1.0)


def test_parallel_calls_are_carried_out_in_their_order(tokenizer: Any) -> None:
    """Though verl starts them all at once."""
    output, script = play(tokenizer, make_row(), [call(PAY_MORE, PAY, LEND), "?"])
    place = script.prompts[-1].index
    assert place('{"left": 3.5}') < place('{"left": 1}') < place('"loan_id": "ln_')
    assert output.reward_score == 0.0


def test_an_episode_cut_short_is_unsolved(tokenizer: Any) -> None:
    """By the turn limit, by the length of the response, or by a call that cannot be read."""
    done = call(LEND, PAY)
    assert play(tokenizer, make_row(), [done], max_turns=1)[0].reward_score == 0.0
    assert play(tokenizer, make_row(), [done, FINAL], response_length=40)[0].reward_score == 0.0
    assert play(tokenizer, make_row(), [done, "<tool_call>{</tool_call>" + FINAL])[0].reward_score == 0.0
    assert play(tokenizer, make_row(), [done, FINAL], max_turns=2)[0].reward_score == 1.0


def test_an_invalid_episode_is_not_trained_on(tokenizer: Any) -> None:
    """None of its tokens is, and it says that it is invalid."""
    output, _ = play(tokenizer, make_bare_row(), [call(PAY_MORE), FINAL])
    assert output.extra_fields["reward_extra_info"] == {"valid": 0.0, "solved": 0.0}
    assert output.response_mask == [0] * len(output.response_ids)


def test_an_invalid_episode_gets_the_mean_of_its_group() -> None:
    """So that it moves nobody's advantage."""
    batch = TensorDict(
        {"rm_scores": torch.tensor([[0.0, 1.0], [0.0, 0.0], [0.0, 0.0], [0.0, 1.0]])}, batch_size=4
    )
    told: dict[str, Json] = {"valid": np.array([1.0, 0.0, 1.0, 1.0])}
    scores = neutralize(DataProto(batch, told), np.array(["a", "a", "a", "b"])).batch["rm_scores"]
    assert scores.sum(-1).tolist() == [1.0, 0.5, 0.0, 1.0]


def test_a_sample_without_a_row_is_refused() -> None:
    """In one line that says what to do."""
    with pytest.raises(UserError, match=r"no reward_model\.ground_truth"):
        _find_row({"reward_model": {"style": "rule"}})
