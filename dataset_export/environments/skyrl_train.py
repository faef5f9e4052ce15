"""Training with SkyRL on exported rows: knows `MCPToolEnv`, and masks invalid episodes.

python -m dataset_export.environments.skyrl_train data.train_data="['rows/train.parquet']" …
    simulator=big@http://127.0.0.1:8001/v1    # optional: the model for calls on tools without a twin

All other arguments are SkyRL's own; the README has the whole command.
"""

import math
import sys
from collections.abc import Sequence
from typing import Any

import ray
from skyrl.backends.skyrl_train.inference_servers.utils import resolve_policy_model_name
from skyrl.train.config import SkyRLTrainConfig
from skyrl.train.entrypoints.main_base import BasePPOExp
from skyrl.train.generators.skyrl_gym_generator import SkyRLGymGenerator
from skyrl.train.utils import initialize_ray, validate_cfg

from dataset_export.environments.masking import fill_masked
from dataset_export.environments.skyrl_gym import register_environment
from utils import UserError

_OWN = ("simulator=", "api_key_env=")


class MaskingGenerator(SkyRLGymGenerator):  # type: ignore[misc] # SkyRL is not typed
    """SkyRL's generator; no token of an invalid episode is trained on, and its reward is its group's mean."""

    def _post_process_agent_loop_output(self, agent_loop_output: Any, *rest: Any) -> Any:
        steps = getattr(agent_loop_output, "step_outputs", [agent_loop_output])
        if steps and not steps[-1].env_metrics.get("valid", True):
            for step in steps:
                step.loss_mask = [0] * len(step.loss_mask)
                step.reward = _place(step.reward, 0.0)
        return super()._post_process_agent_loop_output(agent_loop_output, *rest)

    async def generate(self, input_batch: Any, *rest: Any, **named: Any) -> Any:
        """SkyRL's own episodes; the rewards of masked ones shift nobody's advantage."""
        output = await super().generate(input_batch, *rest, **named)
        last = output.get("is_last_step") or [True] * len(output["rewards"])
        names = output.get("trajectory_ids") or input_batch.get("trajectory_ids") or range(len(last))
        ends = [place for place, is_last in enumerate(last) if is_last]
        valid = [output["env_metrics"][place].get("valid", True) for place in ends]
        rewards = [
            _total(output["rewards"][place]) if good else None
            for place, good in zip(ends, valid, strict=True)
        ]
        groups = [getattr(names[place], "instance_id", names[place]) for place in ends]
        for place, good, reward in zip(ends, valid, fill_masked(rewards, groups), strict=True):
            if not good:
                output["rewards"][place] = _place(output["rewards"][place], reward)
        return output


class Experiment(BasePPOExp):  # type: ignore[misc] # SkyRL is not typed
    """SkyRL's experiment with the generator above."""

    def get_generator(self, cfg: Any, tokenizer: Any, inference_engine_client: Any) -> MaskingGenerator:
        """The generator of this experiment."""
        return MaskingGenerator(
            generator_cfg=cfg.generator,
            skyrl_gym_cfg=cfg.environment.skyrl_gym,
            inference_engine_client=inference_engine_client,
            tokenizer=tokenizer,
            policy_model_name=resolve_policy_model_name(cfg),
        )


def main(argv: Sequence[str]) -> None:
    """Trains. Raises UserError for settings under which episodes could not be played."""
    given = dict(text.split("=", 1) for text in argv if text.startswith(_OWN))
    cfg = SkyRLTrainConfig.from_cli_overrides([text for text in argv if not text.startswith(_OWN)])
    if cfg.generator.batched:
        raise UserError("generator.batched=true plays single turns only; leave it out")
    validate_cfg(cfg)
    initialize_ray(cfg)
    ray.get(ray.remote(num_cpus=1)(_train).remote(cfg, given))


def _train(cfg: Any, given: dict[str, str]) -> None:
    """Runs in a process of Ray's, where the environments live."""
    register_environment(**given)
    Experiment(cfg).run()


def _total(reward: float | Sequence[float]) -> float:
    return float(reward) if isinstance(reward, int | float) else math.fsum(reward)


def _place(old: float | Sequence[float], reward: float) -> float | list[float]:
    """The reward in the form of the old one: a number, or one a token with all of it on the last."""
    return reward if isinstance(old, int | float) else [*[0.0] * (len(old) - 1), reward]


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
